"""Who has left lately: the same whenever it is looked at, after a start, and however long nobody looks."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

import config
from streams.core.contribution import told_by
from streams.core.definitions import NEWEST_EDITION
from streams.core.fold import fold
from streams.core.lately import oldest
from streams.core.restated import as_told_last
from streams.core.state import PartitionState
from streams.core.waiting import Ended
from tests.core.logs import logs
from tests.events import START_MS, Event, Record, records, visit
from tests.examples import examples

RULES = config.load().rules(b"a key")
HOUR_MS = 3_600_000
Left = dict[str, list[Ended]]


def left(state: PartitionState) -> Left:
    return state.lately.by_line(state.journeys, state.watermark, state.rules)


def counted(state: PartitionState) -> Left:
    """Anew, of all journeys."""
    found: Left = {}
    for journey in state.journeys.values():
        for stay in told_by(as_told_last(journey, RULES.definitions), NEWEST_EDITION, RULES).stays:
            if stay.exit[1] and stay.exit[0] > oldest(state.watermark, RULES):
                found.setdefault(stay.line, []).append(Ended(stay.entered, *stay.exit))
    return {line: sorted(ended) for line, ended in found.items()}


@settings(max_examples=examples(100), deadline=None)
@given(logs(20 * 60_000), st.integers(1, 9), st.integers(0, 4))
def test_it_is_what_the_journeys_say(log: list[dict[str, object]], size: int, looks: int) -> None:
    state, written = PartitionState(RULES), records(log)
    for n, first in enumerate(range(0, len(written), size)):
        fold(state, written[first : first + size])
        if n % 4 < looks:
            left(state)
    assert left(state) == left(started(state)) == counted(state)


def started(state: PartitionState) -> PartitionState:
    """As a worker that takes it has it."""
    other = PartitionState(RULES)
    other.offset, other.watermark = state.offset, state.watermark
    other.restore(state.journeys.items())
    return other


def answered(n: int, at_ms: int) -> list[Event]:
    return visit(f"{n}", at_ms, ("queue.answered", 1))


def test_while_nobody_looks_only_what_is_of_lately_is_remembered() -> None:
    state = PartitionState(RULES)
    for hour in range(30):
        at_ms = START_MS + hour * HOUR_MS
        log = records([event for n in range(500) for event in answered(500 * hour + n, at_ms)], at_ms)
        fold(state, [Record(state.offset + r.offset, r.timestamp, r.value) for r in log])
    assert len(state.journeys) == 15_000
    assert state.lately._touches <= 2_000
    assert len(left(state)[state.rules.counted_as("phone/personbruker/helse")]) == 500


def test_one_journey_that_is_touched_for_ever_is_remembered_once() -> None:
    state = PartitionState(RULES)
    for n in range(30_000):
        state.lately.touch([1], 1, START_MS + n, RULES)
    assert state.lately._touches <= 2_000


def test_who_left_before_is_known_once_a_report_may_be_older() -> None:
    """A worker takes that while it runs."""
    state = PartitionState(RULES)
    early = visit("early", START_MS, ("queue.answered", 1000))
    fold(state, records([*early, *visit("late", START_MS + 30 * 60_000)]))
    assert left(state) == {}
    state.configure(replace(RULES, lately_ms=HOUR_MS))
    assert list(left(state).values()) == [[Ended(START_MS, START_MS + 1000, "answered")]]
