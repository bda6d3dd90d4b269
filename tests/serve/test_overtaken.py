"""Who is overtaken by somebody who was answered: never more than are, and all where one is answered alone."""

from itertools import pairwise

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cli.verify import definitions_of
from streams.core.fold import fold
from streams.core.state import PartitionState, Touched
from streams.oracle.recount import stays
from streams.serve.overtaken import Overtaken
from streams.serve.view import Viewer
from tests.core.logs import logs
from tests.core.test_oracle_agrees import HASTY, folded
from tests.events import CREATE_TIME, Record, event, records
from tests.examples import examples
from tests.ingest.contract import RULES
from tests.serve.documents import CENTRE, MINUTE, NOW, SECOND, document, said, view, visit
from tests.serve.documents import folded as folded_view
from tests.serve.test_longest import longest

MINUTE_MS = 60_000
BEGINS_MS = 1_741_080_000_000
LINE = "phone/personbruker/helse"


@settings(max_examples=examples(100))
@given(logs(6 * 3_600_000).map(records), st.lists(st.integers(0, 1000), max_size=6))
def test_nobody_is_held_to_be_overtaken_who_is_not_and_batches_leave_no_trace(
    log: list[Record], cuts: list[int]
) -> None:
    state = PartitionState(HASTY)
    overtaken = Overtaken(state.aggregates.panes)
    for first, last in pairwise([0, *sorted(cut % (len(log) + 1) for cut in cuts), len(log)]):
        fold(state, log[first:last])
        overtaken.note(state.take_touched().panes)
        for level in state.aggregates.levels:
            level.touched.clear()  # as who commits it does
    told = stays([record.recounted for record in log], definitions_of(HASTY))
    anew = Overtaken(state.aggregates.panes)
    for line in state.aggregates.totals:
        before_ms = overtaken.before_ms(line)
        answered = [entered for of, entered, _, how in told if of == line and how == "answered"]
        assert before_ms == anew.before_ms(line)
        assert before_ms is None or before_ms <= max(answered)


calls = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), min_size=1, max_size=6, unique_by=sum)


@given(calls)
def test_all_are_whom_one_has_overtaken_who_was_alone_in_his_pane(told: list[tuple[int, int]]) -> None:
    events = []
    for n, (entered, wait) in enumerate(told):
        at_ms = BEGINS_MS + entered * MINUTE_MS
        events += [event("queue.entered", at_ms, f"{n}", LINE)]
        events += [event("queue.answered", at_ms + wait * MINUTE_MS, f"{n}", LINE)]
    state = folded(RULES, records(events), [])
    kept_ms = state.aggregates.panes.floor
    in_time = [entered for entered, wait in told if BEGINS_MS + (entered + wait) * MINUTE_MS > kept_ms]
    latest = BEGINS_MS + max(in_time) * MINUTE_MS
    found = of_line(state)
    assert found is not None
    assert latest - 10_000 < found <= latest


def test_where_nobody_was_answered_nobody_is() -> None:
    state = folded(RULES, records([event("queue.entered", BEGINS_MS, "a", LINE)]), [])
    assert of_line(state) is None


def test_who_was_answered_in_another_partition_overtakes_too() -> None:
    waits = folded_view(*visit("w", 30 * MINUTE), said(0, SECOND))
    lines = folded_view(*visit("l", 10 * MINUTE, ("queue.answered", 9 * MINUTE))).lines
    other = view(lines, partition="phone-1")
    assert longest(document(waits))["is_disputed_beyond"] is True
    assert longest(document(waits, other))["is_disputed_beyond"] is False


def test_who_was_answered_by_events_that_wait_overtakes_too() -> None:
    """They are the first of their partition, and dated further ahead of nothing than an event is believed at once."""
    calls = visit("l", 10 * MINUTE, ("queue.answered", 9 * MINUTE))
    state = PartitionState(CENTRE.rules())
    fold(state, [Record(n, NOW, orjson.dumps(one), CREATE_TIME) for n, one in enumerate(calls)])
    assert state.watermark == 0, "nothing is counted yet"
    lines = Viewer(state, CENTRE.windows.lengths).lines(NOW, Touched())
    (line,) = lines.values()
    assert line.overtaken_before_ms == NOW - 10 * MINUTE


def of_line(state: PartitionState) -> int | None:
    return Overtaken(state.aggregates.panes).before_ms(state.rules.line(*LINE.split("/")))
