"""Any clock: where producers date their records, what is dated far ahead waits, and nothing else becomes late of it."""

import dataclasses
import sys
from itertools import permutations
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cli.verify import definitions_of
from streams.core import ahead
from streams.core.account import account
from streams.core.fold import LOG_APPEND_TIME, fold
from streams.core.rules import Rules
from streams.core.source_queue import OTHER
from streams.core.state import PartitionState
from streams.ingest.layout import changed, restored
from streams.ingest.segments import Segments
from streams.oracle import differences, recount
from tests.core.logs import events
from tests.core.named import total
from tests.core.test_invariants import HOURS_MS, figures
from tests.core.test_oracle_agrees import HASTY, RULES, cuts, folded
from tests.events import CREATE_TIME, DAY_MS, START_MS, Record, event
from tests.examples import examples

HOUR = 3_600_000
YEAR_MS = 365 * DAY_MS
LATE_MS = START_MS + 400 * DAY_MS  # a broker that had everything at the end
HELSE = "phone/personbruker/helse"
QUEUES = ("helse", "arbeid", "familie", "pensjon", "sosiale-tjenester")


def record(event: dict[str, Any], kind: int = CREATE_TIME, timestamp: int | None = None) -> Record:
    """Where nothing else is said it is dated by its producer, whose clock is the event's own."""
    return Record(0, event["occurred_at"] if timestamp is None else timestamp, orjson.dumps(event), kind)


def in_order(log: list[Record]) -> list[Record]:
    return [dataclasses.replace(one, offset=n) for n, one in enumerate(log)]


def call(what: str, at: int, journey: str, **more: Any) -> Record:
    """An event of a call on the phone."""
    return record(event(what, at, journey, **more))


def counted(at: int, queue: str, waiting: int) -> Record:
    """A source's own count of one line."""
    return record(event("queue.snapshot", at, "none", queue=queue, waiting=waiting))


@st.composite
def sane(draw: st.DrawFn) -> Record:
    """Of some hours with quiet stretches, dated by the producer or by the broker, by clocks that are not quite one."""
    made = draw(events(HOURS_MS))
    behind = draw(st.sampled_from([0, 1, RULES.skew_ms, RULES.skew_ms + 1, RULES.future_ms]))
    stamped = draw(st.sampled_from([made["occurred_at"] - behind, LATE_MS]))
    return record(made, draw(st.sampled_from([CREATE_TIME, LOG_APPEND_TIME])), stamped)


@st.composite
def wild(draw: st.DrawFn, journeys: int, letter: int | None) -> Record:
    """Dated years ahead, or days; a source's own counts, of any line, among them.

    A letter and a call are two witnesses though they have one id: so `letter` is which id is only of letters.
    """
    left_out = ("survey.", "written.") if letter is None else ("survey.",)  # a survey is a witness by itself
    made = draw(events(HOURS_MS).filter(lambda one: not one["type"].startswith(left_out)))
    is_letter = made["type"].startswith("written.")
    number = letter if is_letter else draw(st.sampled_from([n for n in range(journeys) if n != letter]))
    made["journey_id"] = f"j{number}"
    made["occurred_at"] += draw(st.sampled_from([2 * DAY_MS, YEAR_MS, 10 * YEAR_MS]))
    return record(made)


def mixed(journeys: int) -> st.SearchStrategy[list[Record]]:
    """At most so many journeys are far ahead, one of them perhaps a letter."""

    def of(letter: int | None) -> st.SearchStrategy[list[Record]]:
        return st.lists(st.one_of(sane(), sane(), sane(), wild(journeys, letter)), max_size=30).map(in_order)

    return st.sampled_from([None, *range(journeys)]).flatmap(of)


@settings(max_examples=examples(60), deadline=None)
@given(mixed(journeys=2), st.data(), cuts)
@pytest.mark.fault(12, 25)
def test_order_repetition_and_batches_leave_no_trace(log: list[Record], data: st.DataObject, cuts: list[int]) -> None:
    """Fewer journeys are far ahead than it takes to believe them."""
    expected = folded(RULES, log, [])
    again = data.draw(st.lists(st.sampled_from(log), max_size=15)) if log else []
    found = folded(RULES, in_order(data.draw(st.permutations([*log, *again]))), cuts)
    assert figures(found) == figures(expected)
    assert found.hash() == expected.hash()
    assert found.counters["late"] == 0


@pytest.mark.parametrize("rules", [RULES, HASTY, dataclasses.replace(HASTY, future_ms=60_000, witnesses=2)])
@pytest.mark.fault(25)
def test_fold_equals_recount(rules: Rules) -> None:
    @settings(max_examples=examples(50), deadline=None)
    @given(mixed(journeys=4), cuts)
    def holds(log: list[Record], cuts: list[int]) -> None:
        expected = recount([one.recounted for one in log], definitions_of(rules))
        assert not [str(d) for d in differences(expected, account(folded(rules, log, cuts)))]

    holds()


@settings(max_examples=examples(30), deadline=None)
@given(mixed(journeys=2), st.integers(0, 30))
@pytest.mark.fault(1, 25)
def test_a_restart_anywhere_leaves_no_trace(log: list[Record], cut: int) -> None:
    """What waits is written and read again like everything else."""
    state, segments, kept = PartitionState(RULES), Segments(), [dict[Any, bytes]() for _ in range(6)]
    for some in (log[:cut], log[cut:]):
        changes = fold(state, some)
        for fields, (new, gone) in zip(kept, changed(state, segments, changes, 1), strict=True):
            fields.update({name.encode() if isinstance(name, str) else name: value for name, value in new.items()})
            for name in gone:
                fields.pop(name.encode() if isinstance(name, str) else name, None)
        kept[0][b"offset"] = str(state.offset).encode()
        state, segments = restored(RULES, kept)
    assert state.hash() == folded(RULES, log, []).hash()
    assert account(state) == account(folded(RULES, log, []))


@pytest.mark.fault(25)
def test_one_call_years_ahead_makes_no_other_late() -> None:
    """The same call, however often it is heard of; then a day as usual, then the next."""
    far = START_MS + 3 * YEAR_MS
    first = [call("queue.entered", START_MS + n * 1000, f"first-{n}") for n in range(3)]
    broken = [call(what, far + n, "broken") for n, what in enumerate(["queue.entered", "queue.answered"] * 20)]
    days = [call("queue.entered", START_MS + n * HOUR // 2, f"{n}") for n in range(100)]
    state = folded(RULES, in_order([*first, *broken, *days]), [2, 30])
    assert (state.counters["late"], state.counters["accepted"]) == (0, 143)
    assert state.watermark == START_MS + 99 * HOUR // 2
    assert [fact.moves_to - far for fact in state.ahead] == list(range(40))
    assert total(state, HELSE)["entered"] == 103


@pytest.mark.fault(37)
@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize(
    ("behind_ms", "said"),
    [
        (RULES.skew_ms, (START_MS + RULES.skew_ms, 5, START_MS + RULES.skew_ms)),
        (RULES.skew_ms + 1, (START_MS + 1, 2, START_MS + 1)),
        (RULES.future_ms, (START_MS + 1, 2, START_MS + 1)),
    ],
)
def test_a_source_s_count_dated_too_far_ahead_of_its_record_is_of_when_that_came(
    behind_ms: int, said: tuple[int, int, int], order: tuple[int, ...]
) -> None:
    ahead = record(event("queue.snapshot", START_MS + behind_ms, "none", waiting=5), LOG_APPEND_TIME, START_MS)
    three = [ahead, counted(START_MS + 1, "helse", 2), call("queue.entered", START_MS + HOUR, "a")]
    log = in_order([dataclasses.replace(three[n], timestamp_type=LOG_APPEND_TIME) for n in order])
    state = folded(RULES, log, [])
    assert state.reported == {RULES.counted_as(HELSE): (*said, OTHER)}
    assert differences(recount([one.recounted for one in log], definitions_of(RULES)), account(state)) == []


@pytest.mark.fault(25)
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_one_poll_of_a_sources_own_counts_years_ahead_makes_nobody_late(order: tuple[int, ...]) -> None:
    """Of three lines, or of all: one clock dates them. They wait until event time has come near."""
    far = START_MS + 9 * YEAR_MS
    poll = [counted(far + n * 1000, queue, 7) for n, queue in enumerate(QUEUES)]
    calls = [call("queue.entered", START_MS + n * HOUR // 3, f"{n}") for n in range(80)]
    three = [calls[:40], poll, calls[40:]]
    log = in_order([one for n in order for one in three[n]])
    state = folded(RULES, log, [7])
    assert (state.counters["late"], state.watermark) == (0, START_MS + 79 * HOUR // 3)
    assert (len(state.ahead), state.reported) == (5, {})
    assert differences(recount([one.recounted for one in log], definitions_of(RULES)), account(state)) == []
    fold(state, [dataclasses.replace(call("queue.entered", far - HOUR, f"c{n}"), offset=100 + n) for n in range(3)])
    assert (len(state.ahead), state.reported[RULES.counted_as(HELSE)]) == (0, (far, 7, far, OTHER))


@pytest.mark.fault(25)
def test_after_a_night_two_callers_and_any_number_of_counts_still_wait() -> None:
    callers = [call("queue.entered", START_MS + 16 * HOUR + n, name) for n, name in enumerate("ab")]
    counts = [counted(START_MS + 16 * HOUR + n, queue, 1) for n, queue in enumerate(QUEUES)]
    evening = [call("queue.entered", START_MS + n, f"evening-{n}") for n in range(3)]
    log = in_order([*evening, *callers, *counts])
    state = folded(RULES, log, [])
    assert (state.watermark, len(state.journeys), len(state.ahead)) == (START_MS + 2, 3, 2 + len(QUEUES))
    fold(state, [dataclasses.replace(call("queue.entered", START_MS + 16 * HOUR, "c"), offset=len(log))])
    assert (len(state.ahead), len(state.journeys)) == (0, 6)


@pytest.mark.fault(25, 35)
def test_counts_alone_have_the_same_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """And let go of nobody who waits nearer."""
    monkeypatch.setattr(ahead, "MOST_AHEAD", 5)
    monkeypatch.setattr(sys.modules["streams.oracle.recount"], "MOST_AHEAD", 5)
    caller = call("queue.entered", START_MS + 2 * HOUR, "a")
    log = in_order([caller, *(counted(START_MS + YEAR_MS + n, QUEUES[n % 5], n) for n in range(9))])
    state = folded(RULES, log, [])
    assert (len(state.ahead), account(state)["let_go"]) == (5, 5)
    assert next(iter(state.ahead)).kind.__name__ == "QueueEntered"
    assert differences(recount([one.recounted for one in log], definitions_of(RULES)), account(state)) == []


@pytest.mark.fault(25)
def test_after_a_night_the_third_caller_is_believed() -> None:
    #    evening   │   │        night        a   b   c
    #    W ────────┘   └ 2 h later: 16 h     waits   W comes here, and a and b are in
    evening = [call("queue.entered", START_MS + n, f"evening-{n}") for n in range(3)]
    morning = [call("queue.entered", START_MS + 16 * HOUR + n * 60_000, name) for n, name in enumerate("abc")]
    state = folded(RULES, in_order([*evening, *morning[:2]]), [])
    assert state.watermark == START_MS + 2
    assert len(state.ahead) == 2
    fold(state, [dataclasses.replace(morning[2], offset=5)])
    assert state.watermark == morning[2].timestamp
    assert (len(state.ahead), len(state.journeys)) == (0, 6)


@pytest.mark.fault(25)
def test_what_waits_comes_in_when_the_watermark_has_come_near() -> None:
    begun = [call("queue.entered", START_MS + n, f"{n}") for n in range(3)]
    early = call("queue.entered", START_MS + 2 * HOUR + 2, "early")
    steps = [call("queue.answered", START_MS + at, "0") for at in (HOUR - 1, HOUR + 1, HOUR + 2)]
    state = folded(RULES, in_order([*begun, early, *steps[:2]]), [])
    assert (len(state.ahead), state.watermark) == (1, START_MS + HOUR + 1)
    fold(state, [dataclasses.replace(steps[2], offset=6)])
    assert (len(state.ahead), state.watermark) == (0, early.timestamp)


@pytest.mark.fault(25)
def test_what_a_broker_has_dated_waits_for_nobody() -> None:
    one = record(orjson.loads(call("queue.entered", START_MS, "one").value or b""), LOG_APPEND_TIME)
    state = folded(RULES, in_order([one]), [])
    assert (state.watermark, len(state.ahead)) == (START_MS, 0)


@pytest.mark.fault(25)
def test_more_than_so_much_is_let_go_of_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "MOST_AHEAD", 5)
    log = in_order([call("agent.offered", START_MS + n * 1000, "one") for n in (3, 9, 1, 7, 2, 8, 4, 2)])
    state = folded(RULES, log, [])
    assert [fact.moves_to - START_MS for fact in state.ahead] == [1000, 2000, 3000, 4000, 7000]
    assert account(state)["let_go"] == 2


@pytest.mark.fault(25)
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_who_of_one_instant_is_let_go_of_depends_on_no_order(
    monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    """And the recount lets go of the same."""
    monkeypatch.setattr(ahead, "MOST_AHEAD", 2)
    monkeypatch.setattr(sys.modules["streams.oracle.recount"], "MOST_AHEAD", 2)
    far = START_MS + YEAR_MS
    three = [call("contact.started", far, "a"), call("queue.entered", far, "a"), call("agent.offered", far, "b")]
    log = in_order([three[n] for n in order])
    found = account(folded(RULES, log, []))
    assert [tag for *_, tag in found["ahead"]] == ["agent.offered", "queue.entered"]
    assert differences(recount([one.recounted for one in log], definitions_of(RULES)), found) == []


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(wild(2, letter=0), max_size=10), st.text(min_size=10, max_size=40))
@pytest.mark.fault(19, 25)
def test_no_text_of_an_event_waits(log: list[Record], canary: str) -> None:
    said = [orjson.loads(one.value or b"") for one in log]
    for one in said:
        one |= {name: f"{canary}{one[name]}" for name in ("journey_id", "contact_id", "visit_id")}
        one |= {"reason": canary, "queue": canary, "source": canary, "agent_ref": canary, "event_id": canary}
        if "destination" in one:
            one["destination"] = canary
    state = folded(RULES, in_order([record(one) for one in said]), [])
    assert not any(canary.encode() in packed for packed in state.ahead.packed)
