"""What is told of one id is several journeys where nothing was told for long: so nothing depends on when it is read."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from streams.core.cells import in_full
from streams.core.fold import fold
from streams.core.reading import Cell
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
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
    ten days never. Both come to the same, whatever comes of it later; but for what is told anew of a contact so late
    that it is passed over, and counted.
    """
    told = records(in_order(log))
    hasty = folded(HASTY, told, cuts)
    assume(not hasty.counters["restated_late"])
    assert totals(hasty) == totals(folded(ROOMY, told, []))


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


@pytest.mark.parametrize("end", [None, "queue.answered", "contact.ended"])
def test_what_is_told_can_only_lengthen_how_long_it_is_remembered(end: str | None) -> None:
    """Redis may have a journey as an earlier commit left it, beside a later one: that is over no later."""
    chat = "chat/personbruker/helse"
    log = [event("queue.entered", START_MS, "a", chat)] + ([event(end, START_MS + MINUTE, "a")] if end else [])
    log += [event("queue.entered", START_MS + 2 * DAY_MS, "a", chat, visit_id="another")]
    state = folded(RULES, records([*log, LAST]), [len(log) - 1])
    assert unlike(state, [*log, LAST]) == []
    assert total(state, chat)["journeys"] == 1


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


@pytest.mark.parametrize("one_by_one", [True, False], ids=["one by one", "at once"])
def test_an_id_that_is_used_each_day_keeps_its_room_and_every_figure(one_by_one: bool) -> None:
    """Sixty days, of one visit: more instants than one may have, and none is crowded."""
    days = 60
    log = [
        event(type_, START_MS + day * DAY_MS + after_ms, "a")
        for day in range(days)
        for type_, after_ms in (("queue.entered", 0), ("queue.answered", MINUTE), ("contact.ended", 2 * MINUTE))
    ]
    state = folded(RULES, records(log), list(range(len(log))) if one_by_one else [])
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


@pytest.mark.parametrize("edition", [1, 2])
def test_till_the_third_edition_an_id_is_one_journey_while_it_is_remembered(edition: int) -> None:
    rules = at_first(RULES, edition=edition, one_place=(), memory_ms={})
    assert answered(5 * HOUR, rules=rules)["answered"] == 1


def test_what_began_before_the_third_edition_stays_one_journey() -> None:
    """As it was counted: a build before it may have the figures."""
    rules = from_then_on(at_first(RULES, edition=2, memory_ms={}), START_MS + HOUR, edition=3)
    log = [event("queue.entered", START_MS, "a"), event("queue.answered", START_MS + 6 * HOUR, "a")]
    log += [event("queue.entered", START_MS + HOUR, "b"), event("queue.answered", START_MS + 7 * HOUR, "b")]
    state = folded(rules, records([*log, LAST]), [2])
    assert unlike(state, [*log, LAST]) == []
    assert (total(state, HELSE)["answered"], total(state, HELSE)["lost"]) == (1, 1)


def visit_of(day_ms: int) -> Log:
    return [
        event(type_, START_MS + day_ms + ms, "a") for type_, ms in (("queue.entered", 0), ("queue.answered", MINUTE))
    ]


AT_40H = 40 * HOUR - MINUTE
CORRECTIONS = {
    "an earlier answer": [event("queue.answered", START_MS + AT_40H + 1000, "a")],
    "a callback": [event("callback.requested", START_MS + AT_40H + 1000, "a")],
    "put back": [event("queue.entered", START_MS + AT_40H + 2 * MINUTE, "a")],
    "passed on": [
        event("contact.transferred", START_MS + AT_40H + 5 * MINUTE, "a", destination="arbeid"),
        event("queue.entered", START_MS + AT_40H + 5 * MINUTE, "a", "phone/personbruker/arbeid", visit_id="b"),
    ],
}


@pytest.mark.parametrize("version", [RULES, RULES.of_version(BY_LINE)], ids=["ours", "of the version before"])
@pytest.mark.parametrize("correction", CORRECTIONS)
def test_what_is_left_of_an_id_can_be_corrected(correction: str, version: Rules) -> None:
    """Its earlier journey is over and let go of, and what is left is written in short: one plain visit."""
    clock = event("contact.started", START_MS + 40 * HOUR + 2 * MINUTE, "z", None)
    log = [*visit_of(0), *visit_of(AT_40H), clock, *CORRECTIONS[correction]]
    state = folded(version, records(log), list(range(len(log))))
    assert unlike(state, log) == []


def test_terms_of_a_time_to_come_change_nothing_of_what_is_counted() -> None:
    """An answer after three hours and a half: by terms of next year its journey may be of two."""
    log = [
        event("queue.entered", START_MS, "a"),
        event("queue.answered", START_MS + 7 * HOUR // 2, "a"),
        event("queue.answered", START_MS + 3 * HOUR, "a"),
    ]
    state = PartitionState(RULES)
    fold(state, records(log[:2]))
    state.configure(from_then_on(RULES, START_MS + 300 * DAY_MS, ghost_after_ms=3 * HOUR))
    fold(state, records(log))
    assert unlike(state, log) == []
    assert total(state, HELSE)["wait_sum_ms"] == 3 * HOUR


def test_what_was_told_in_the_time_of_the_first_edition_goes_by_its_terms() -> None:
    """The chatbot's facts decide no edition: two hours apart they are of two journeys, by a memory of an hour."""
    rules = from_then_on(
        at_first(RULES, edition=1, one_place=(), memory_ms={}, ghost_after_ms=HOUR),
        START_MS + 22 * HOUR // 10,
        edition=3,
        ghost_after_ms=4 * HOUR,
    )
    log = [
        event("bot.ended", START_MS, "a", "chat/personbruker/frida", outcome="solved"),
        event("bot.ended", START_MS + 2 * HOUR, "a", "chat/personbruker/frida", outcome="solved"),
        event("queue.entered", START_MS + 5 * HOUR // 2, "a"),
    ]
    state = folded(rules, records(log), [1, 2])
    assert unlike(state, log) == []
    assert total(state, "chat/personbruker/frida")["bot_solved"] == 2


def test_what_keeps_an_id_in_mind_and_is_no_fact_of_it_leaves_no_trace_of_batches() -> None:
    log = [
        event("queue.answered", START_MS, "a"),
        event("queue.entered", START_MS + 15 * MINUTE, "a", "chat/personbruker/helse"),
        event("contact.started", START_MS + 60 * MINUTE, "a", None),
        event("contact.started", START_MS + 105 * MINUTE - 1, "z", None),
    ]
    state = folded(HASTY, records(log), list(range(len(log))))
    assert unlike(state, log) == []
    assert state.hash() == folded(HASTY, records(log), []).hash()
