"""Retention raised and lowered between restarts: no figure is less than nothing, and what is shown is whole."""

import dataclasses
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cli.verify import as_kept, definitions_of
from streams.core.account import account
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState, Touched
from streams.ingest.layout import Hashes, changed, restored
from streams.oracle import differences, recount
from streams.serve.view import Viewer
from tests.core.logs import logs
from tests.core.test_oracle_agrees import HASTY as WITH_CONVERSATIONS
from tests.events import START_MS, Event, Record, event, records, visit
from tests.terms import at_first

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


class Partition:
    """One partition as Redis has it, in the hands of one worker after the other."""

    def __init__(self) -> None:
        self.hashes: Hashes = [{} for _ in range(6)]

    def worked_on(self, rules: Rules, batch: list[Record]) -> PartitionState:
        """A worker starts, folds one batch, commits it, and ends."""
        state, segments = restored(rules, self.hashes)
        changes = fold(state, batch)
        for kept, (fields, gone) in zip(self.hashes, changed(state, segments, changes, 0), strict=True):
            for name in gone:
                kept.pop(_bytes(name), None)
            kept.update({_bytes(name): value for name, value in fields.items()})
        self.hashes[0][b"offset"] = str(state.offset).encode()
        return state


def _bytes(name: str | bytes) -> bytes:
    return name.encode() if isinstance(name, str) else name


HASTY = at_first(WITH_CONVERSATIONS, conversations=())  # an answer is all that a pane has of a call


def keeping(panes_ms: int, days_ms: int = HASTY.day_retention_ms) -> Rules:
    return dataclasses.replace(HASTY, pane_retention_ms=panes_ms, day_retention_ms=days_ms)


def assert_whole(state: PartitionState, read: list[Record]) -> None:
    """Nothing is less than nothing, and what is kept is what a recount has."""
    for level in state.aggregates.levels:
        cells = [cell for row in level.rows.values() for cell in row.values()]
        assert all(n > 0 for cell in cells for n in cell.values())
    expected = recount([r.recounted for r in read], as_kept(definitions_of(HASTY), state))
    assert not [str(d) for d in differences(expected, account(state))]


@settings(max_examples=150, deadline=None)
@given(
    logs(8 * HOUR),
    st.lists(st.integers(0, 40), max_size=5).map(sorted),
    st.lists(st.sampled_from([5 * MINUTE, 75 * MINUTE, 3 * HOUR, 2 * DAY]), min_size=6, max_size=6),
    st.lists(st.sampled_from([HOUR, DAY, 3 * DAY]), min_size=6, max_size=6),
)
@pytest.mark.fault(34)
def test_retention_raised_and_lowered(
    log: list[dict[str, object]], cuts: list[int], panes: list[int], days: list[int]
) -> None:
    partition, written = Partition(), records(log)
    for n, (first, last) in enumerate(pairwise([0, *cuts, len(written)])):
        state = partition.worked_on(keeping(panes[n], days[n]), written[first:last])
        assert_whole(state, written[: state.offset])


def tick(after_ms: int) -> Event:
    return event("survey.answered", START_MS + after_ms, "k", question="service", score=6)


@pytest.mark.parametrize("of_an_earlier_build", [False, True])
@pytest.mark.fault(34)
def test_an_answer_that_is_corrected_where_its_pane_was_let_go_of(of_an_earlier_build: bool) -> None:
    """
    T         T+5m               T+10m        T+100m | panes are kept for 3 h from here on
    entered                      answered     tick   |
              answered (told last)
    """
    log = [
        *visit("j", START_MS, ("queue.answered", 10 * MINUTE)),
        tick(25 * MINUTE),
        event("queue.answered", START_MS + 5 * MINUTE),
    ]
    partition, written = Partition(), records(log)
    partition.worked_on(keeping(10 * MINUTE), written[:3])
    if of_an_earlier_build:
        del partition.hashes[0][b"floors"]
    state = partition.worked_on(keeping(3 * HOUR), written[3:])
    assert_whole(state, written)
    assert state.aggregates.panes.floor >= START_MS + 15 * MINUTE
    assert not state.aggregates.panes.rows, "nobody knows what was there"


@pytest.mark.fault(34)
def test_a_window_that_reaches_back_to_what_was_let_go_of_is_not_known() -> None:
    """Panes are kept for 75 minutes, then for three hours: the window of two hours is known 45 minutes later."""
    answered = [*visit("j", START_MS, ("queue.answered", MINUTE)), tick(90 * MINUTE)]
    partition = Partition()
    partition.worked_on(keeping(75 * MINUTE), records(answered))
    viewer = Viewer(restored(keeping(3 * HOUR), partition.hashes)[0], [HOUR, 2 * HOUR])
    viewer.lines(START_MS + 90 * MINUTE, Touched())
    assert viewer.windows.in_part == [2 * HOUR]
    viewer.lines(START_MS + 135 * MINUTE + 10_000, Touched())
    assert viewer.windows.in_part == []
