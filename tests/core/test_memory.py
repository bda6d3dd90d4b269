"""What is told of one id is several journeys where nothing was told for long: so nothing depends on when it is read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cells import in_full
from streams.core.fold import PartitionState, fold
from streams.core.reading import Cell
from streams.core.rules import Rules
from tests.core.logs import logs
from tests.core.named import total
from tests.core.test_oracle_agrees import HASTY, RULES, cuts, folded
from tests.events import DAY_MS, HELSE, START_MS, Event, event, records
from tests.examples import examples
from tests.recounted import unlike
from tests.terms import at_first, from_then_on

MINUTE, HOUR = 60_000, 3_600_000
SPAN_MS = 6 * HOUR  # many times what is remembered
ROOMY = at_first(HASTY, horizon_ms=10 * DAY_MS)  # nothing is late, or forgotten
LAST = event("survey.answered", START_MS + 5 * DAY_MS, "the last", question="service", score=6)
Log = list[Event]


def totals(state: PartitionState) -> dict[str, Cell]:
    """What every line has come to, in full."""
    return {line: in_full(cell) for line, cell in state.aggregates.totals.items()}


def in_order(log: Log) -> Log:
    return [*sorted(log, key=lambda one: one["occurred_at"]), LAST]


@settings(max_examples=examples(300), deadline=None)
@given(logs(SPAN_MS), cuts)
def test_what_is_forgotten_early_comes_to_the_same(log: Log, cuts: list[int]) -> None:
    """In order nothing is late: with a horizon of half an hour each id is forgotten as soon as it may be, with one of
    ten days never. Both come to the same, whatever comes of it later.
    """
    told = records(in_order(log))
    assert totals(folded(HASTY, told, cuts)) == totals(folded(ROOMY, told, []))


@settings(max_examples=examples(200), deadline=None)
@given(logs(SPAN_MS), st.data(), cuts)
def test_order_leaves_no_trace_over_more_than_is_remembered(log: Log, data: st.DataObject, cuts: list[int]) -> None:
    shuffled = data.draw(st.permutations(log))
    assert folded(ROOMY, records(shuffled), cuts).hash() == folded(ROOMY, records(log), []).hash()


@settings(max_examples=examples(200), deadline=None)
@given(logs(SPAN_MS), cuts)
def test_how_the_log_is_cut_leaves_no_trace_in_what_is_left(log: Log, cuts: list[int]) -> None:
    told = records(in_order(log)[:-1])
    assert folded(HASTY, told, cuts).hash() == folded(HASTY, told, []).hash()


def answered(after_ms: int, channel: str = "phone", rules: Rules = RULES) -> Cell:
    """What comes of an entry and an answer so long after it."""
    log = [
        event("queue.entered", START_MS, "a", f"{channel}/personbruker/helse"),
        event("queue.answered", START_MS + after_ms, "a"),
    ]
    state = folded(rules, records([*log, LAST]), [1])
    assert unlike(state, [*log, LAST]) == []
    return total(state, f"{channel}/personbruker/helse")


@pytest.mark.parametrize(("channel", "memory_ms"), [("phone", 4 * HOUR), ("chat", 3 * DAY_MS)])
def test_an_answer_counts_within_the_memory_of_its_channel(channel: str, memory_ms: int) -> None:
    assert answered(memory_ms - 1, channel)["answered"] == 1
    found = answered(memory_ms, channel)
    assert (found["lost"], found.get("answered", 0), found["journeys"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("end", "journeys"),
    [
        (None, 1),
        ([("queue.answered", MINUTE)], 2),
        ([("contact.ended", MINUTE)], 2),
        ([("queue.answered", MINUTE), ("queue.entered", 2 * MINUTE)], 1),
    ],
    ids=["nobody answered", "answered", "its contact ended", "put back"],
)
def test_a_chat_is_remembered_for_days_while_it_waits(end: list[tuple[str, int]] | None, journeys: int) -> None:
    chat = "chat/personbruker/helse"
    begun = [("queue.entered", 0), *(end or ())]
    log = [event(type_, START_MS + after_ms, "a", chat) for type_, after_ms in begun]
    log += [event("queue.entered", START_MS + 2 * DAY_MS, "a", chat, visit_id="another")]
    state = folded(RULES, records([*log, LAST]), [len(log) - 1])
    assert unlike(state, [*log, LAST]) == []
    assert total(state, chat)["journeys"] == journeys


def test_what_is_told_in_between_bridges_it() -> None:
    log = [
        event("queue.entered", START_MS, "a"),
        event("queue.answered", START_MS + 6 * HOUR, "a"),
        event("agent.offered", START_MS + 3 * HOUR, "a"),
    ]
    state = folded(RULES, records(log), [2])
    assert unlike(state, log) == []
    assert total(state, HELSE)["wait_sum_ms"] == 6 * HOUR


def test_an_entry_that_comes_late_lengthens_what_is_remembered() -> None:
    """As a chat: until then its offer and its answer, five hours apart, are of two journeys without an entry."""
    log = [
        event("agent.offered", START_MS + MINUTE, "a"),
        event("queue.answered", START_MS + 5 * HOUR, "a"),
        event("queue.entered", START_MS, "a", "chat/personbruker/helse"),
    ]
    state = folded(RULES, records(log), [1, 2])
    assert unlike(state, log) == []
    assert total(state, "chat/personbruker/helse")["answered"] == 1


def test_a_promise_is_remembered_until_it_is_broken() -> None:
    log = [
        event("queue.entered", START_MS, "a"),
        event("callback.requested", START_MS + MINUTE, "a"),
        event("callback.connected", START_MS + 6 * DAY_MS, "a"),
    ]
    state = folded(RULES, records(log), [])
    assert unlike(state, log) == []
    assert total(state, HELSE)["callback_kept"] == 1


def test_an_id_that_is_used_each_day_keeps_its_room_and_every_figure() -> None:
    """Sixty days, of one visit: more instants than one may have, and none is crowded."""
    days = 60
    log = [
        event(type_, START_MS + day * DAY_MS + after_ms, "a")
        for day in range(days)
        for type_, after_ms in (("queue.entered", 0), ("queue.answered", MINUTE), ("contact.ended", 2 * MINUTE))
    ]
    state = PartitionState(RULES)
    for record in records(log):
        fold(state, [record])
    assert unlike(state, log) == []
    assert state.counters["crowded"] == 0
    found = total(state, HELSE)
    assert (found["answered"], found["journeys"], found["wait_sum_ms"]) == (days, days, days * MINUTE)
    (journey,) = state.journeys.values()
    (visit,) = journey.visits
    assert visit.further is not None
    assert len(visit.further.answered or ()) <= 3, "what is over is let go of"


def test_a_longer_memory_holds_from_a_date_on() -> None:
    later = from_then_on(RULES, START_MS + HOUR, memory_ms={"phone": DAY_MS, "chat": 3 * DAY_MS})
    assert answered(5 * HOUR, rules=later)["lost"] == 1, "by what held at the entry, which was the fact before"
    log = [
        event("queue.entered", START_MS, "a"),
        event("agent.offered", START_MS + HOUR, "a"),
        event("queue.answered", START_MS + 20 * HOUR, "a"),
    ]
    state = folded(later, records(log), [1, 2])
    assert unlike(state, log) == []
    assert total(state, HELSE)["answered"] == 1


def test_the_first_edition_goes_by_what_is_remembered() -> None:
    first = at_first(RULES, edition=1, one_place=(), memory_ms={})
    assert answered(5 * HOUR, rules=first)["answered"] == 1
