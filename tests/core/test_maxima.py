"""The greatest wait of an interval is taken out: what takes its place, and what that costs."""

import copy
import time
from dataclasses import replace
from random import Random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.account import account
from streams.core.aggregates import Level
from streams.core.cells import in_full
from streams.core.fold import fold
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from tests.core.logs import logs
from tests.core.test_oracle_agrees import HASTY, RULES, folded
from tests.events import HELSE, START_MS, Event, Record, event, records, visit
from tests.examples import examples
from tests.recounted import unlike

SECOND_MS, HOUR = 1000, 3_600_000


def answered(n: int, after_ms: int) -> list[Event]:
    """Entered at the beginning, and answered so many ms later."""
    return visit(f"{n}", START_MS, ("queue.answered", after_ms))


def loaded(state: PartitionState, rules: Rules | None = None) -> PartitionState:
    """The same, as it comes back from Redis: figures and journeys, nothing else; perhaps for another configuration."""
    again = PartitionState(rules or state.rules)
    again.offset, again.watermark, again.counters = state.offset, state.watermark, state.counters.copy()
    again.queues.restore(state.queues.packed)
    again.reported, again.upgrade = dict(state.reported), state.upgrade
    for level, known in zip(levels(again), levels(state), strict=True):
        for start, row in known.rows.items():
            for line, cell in row.items():
                level.restore(start, line, dict(cell))
    again.aggregates.totals = copy.deepcopy(state.aggregates.totals)
    again.restore(copy.deepcopy(state.journeys).items())
    return again


def levels(state: PartitionState) -> tuple[Level, ...]:
    return state.aggregates.panes, state.aggregates.intervals, state.aggregates.days


@pytest.mark.parametrize(("rules", "span_ms"), [(RULES, 8 * 3_600_000), (HASTY, 6 * 3_600_000)], ids=["ours", "hasty"])
@pytest.mark.fault(35)
def test_a_state_that_was_loaded_corrects_as_one_that_was_not(rules: Rules, span_ms: int) -> None:
    @settings(max_examples=examples(80), deadline=None)
    @given(logs(span_ms), st.integers(0, 1000), st.randoms(use_true_random=False))
    def holds(log: list[dict[str, object]], cut: int, chance: Random) -> None:
        if rules is RULES:  # nothing is late: in any order
            chance.shuffle(log)
        written = records(log)
        state = loaded(folded(rules, written[: cut % (len(written) + 1)], []))
        fold(state, written)
        assert state.hash() == folded(rules, written, [cut]).hash()

    holds()


def test_where_the_day_is_let_go_of_its_quarters_are_corrected_all_the_same() -> None:
    """Days are kept for two days, quarters for longer, and a fact that is 35 hours late counts still."""
    rules = replace(RULES, day_retention_ms=48 * HOUR)
    late = START_MS + 8 * HOUR  # half past five in the afternoon
    state = folded(rules, records(visit("a", late, ("queue.answered", HOUR))), [])
    line = RULES.counted_as(HELSE)
    fold(state, records([event("queue.entered", late + 35 * HOUR, "b")], first=2))
    assert not [start for start in state.aggregates.days.rows if start < late]
    fold(state, records([event("queue.answered", late + 10 * 60_000, "a")], first=3))
    assert (state.counters["late"], state.counters["accepted"]) == (0, 4)
    cells = {start - late: row[line] for start, row in state.aggregates.intervals.rows.items() if start <= late + HOUR}
    assert {start: in_full(cell).get("wait_max_ms") for start, cell in cells.items()} == {0: 10 * 60_000}


@pytest.mark.parametrize("hours", [38, 90])
def test_a_wait_that_was_let_go_of_stands_when_its_journey_goes_on(hours: int) -> None:
    """
    a          answered | hears something each day |    another visit, told when its first wait is `hours` old
    b          answered | another visit an hour later: what stands is sorted, and what is old is let go of
    the rest   an entry each hour
    """
    rules = replace(RULES, interval_retention_ms=10 * 24 * HOUR)
    log = [
        *visit("a", START_MS, ("queue.answered", 60_000)),
        *visit("b", START_MS, ("queue.answered", 30_000)),
        event("queue.entered", START_MS + HOUR, "b", visit_id="b2"),
    ]
    for hour in range(2, hours + 1):
        log.append(event("queue.entered", START_MS + hour * HOUR, f"o{hour}"))
        log += [event("contact.started", START_MS + hour * HOUR, "a", line=None)] if hour % 12 == 0 else []
    log.append(event("queue.entered", START_MS + (hours - 35) * HOUR, "a", visit_id="a2"))
    written = records(log)
    one_by_one = folded(rules, written, list(range(len(log))))
    assert one_by_one.counters["late"] == 0
    assert account(one_by_one) == account(folded(rules, written, []))
    assert one_by_one.hash() == folded(rules, written, []).hash()
    first = min(one_by_one.aggregates.intervals.rows)
    assert in_full(one_by_one.aggregates.intervals.rows[first][RULES.counted_as(HELSE)])["wait_max_ms"] == 60_000


def test_what_has_none_of_the_measures_that_are_let_go_of_is_not_written_again() -> None:
    level = Level(HOUR)
    level.restore(HOUR, "both", {"entered": 2, "lost": 1})
    level.restore(HOUR, "one", {"lost": 1})
    level.restore(HOUR, "none", {"entered": 2})
    level.let_go_of({"lost"})
    assert level.rows == {HOUR: {"both": {"entered": 2}, "none": {"entered": 2}}}
    assert level.touched == {(HOUR, "both"), (HOUR, "one")}


def seconds_a_correction(journeys: int) -> float:
    """The greatest of so many waits in one quarter of an hour is taken out, again and again: the median."""
    events = [event for n in range(journeys) for event in answered(n, 60_000 + n % 600 * SECOND_MS)]
    state = folded(RULES, records(events), [])
    took = []
    for n in range(599, 549, -1):
        (correction,) = records([answered(n, 1)[1]])
        begun = time.perf_counter()
        fold(state, [Record(state.offset, correction.timestamp, correction.value)])
        took.append(time.perf_counter() - begun)
    return median(took)


@pytest.mark.fault(35)
def test_what_a_correction_costs_does_not_grow_with_the_journeys() -> None:
    few, many = seconds_a_correction(600), seconds_a_correction(9_600)
    assert many < 4 * few + 0.000_5, (few, many)


@pytest.mark.parametrize("rules", [RULES, RULES.of_version(BY_LINE)], ids=["ours", "of the version before"])
def test_all_that_an_answer_stood_for_in_short_is_taken_back(rules: Rules) -> None:
    """It was counted in one batch, and an earlier answer is told in the next."""
    log = [*visit("a", START_MS, ("queue.answered", 60_000)), event("queue.answered", START_MS + 20_000, "a")]
    state = folded(rules, records(log), [2])
    assert unlike(state, log) == []
    found = in_full(state.aggregates.totals[rules.counted_as(HELSE)])
    assert [found[name] for name in ("wait_sum_ms", "journey_wait_sum_ms", "time_in_queues_sum_ms")] == [20_000] * 3
