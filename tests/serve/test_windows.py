"""Windows as running sums, against the panes counted anew at each look: the clock moves them, and late facts do too."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.core.calendar import PANE_MS
from streams.core.cells import in_full
from streams.core.fold import fold
from streams.core.measures import FAMILIES, MAXIMA, WINDOWED, WITHOUT_WAITS, Window
from streams.core.reading import Cell, Reading
from streams.core.state import PartitionState, Touched
from streams.serve.figures import read
from streams.serve.view import Viewer
from tests.core.logs import events
from tests.core.test_oracle_agrees import HASTY
from tests.events import START_MS, event, records, visit
from tests.examples import examples
from tests.serve.documents import figures_of

LENGTHS_MS = (10_000, 60_000, 300_000, 3_600_000)
EDGES_MS = (60_000, 180_000)
NAMES = {*WITHOUT_WAITS, *(n for f in FAMILIES for n in (f.count, f.sum_ms, f.max_ms, f.histogram))}
SHORT_GHOST_MS = HASTY.definitions.first.ghost_after_ms
SPAN_MS = 5_400_000  # longer than panes are kept

# What one step does: events are folded, or not; then the clock goes on, or a little back; and somebody looks, or not.
Step = tuple[list[dict[str, object]], int, bool]
steps = st.lists(
    st.tuples(
        st.lists(events(SPAN_MS), max_size=4),
        st.one_of(st.sampled_from([0, 1, 9_999, 10_000, 60_000, -10_000, 3_600_000]), st.integers(0, 1_200_000)),
        st.booleans(),
    ),
    max_size=14,
)


def naive(state: PartitionState, line: str, length_ms: int, now_ms: int) -> Cell:
    """The panes of a window, added up."""
    last = now_ms // PANE_MS * PANE_MS
    found: Cell = {}
    for start, lines in state.aggregates.panes.rows.items():
        if last - length_ms < start <= last:
            for name, n in lines.get(line, {}).items():
                found[name] = max(found.get(name, 0), n) if name in MAXIMA else found.get(name, 0) + n
    return in_full({name: n for name, n in found.items() if n and name in WINDOWED})


def fold_next(state: PartitionState, some: list[dict[str, object]]) -> Touched:
    """Folds events as the next records; what has changed."""
    fold(state, records(some, first=state.offset))
    touched = state.take_touched()
    state.aggregates.panes.touched.clear()
    state.aggregates.touched_totals.clear()  # as a commit does
    return touched


HELSE = HASTY.counted_as("phone/personbruker/helse")
ENTRY, ANSWER = visit("j", START_MS, ("queue.answered", 0))
MUCH_LATER = event("contact.started", START_MS + 2 * SPAN_MS, "k")


@settings(max_examples=examples(300), deadline=None)
@given(steps)
@example(
    [([ENTRY, ANSWER], 0, True), ([MUCH_LATER], 0, True)]
)  # event time is ahead of the clock: a pane goes that is shown
@example(
    [([event("queue.entered", START_MS, line="chat/personbruker/helse")], SHORT_GHOST_MS, False)]
)  # longer in chat
def test_a_window_is_its_panes_added_up(steps: list[Step]) -> None:
    state, now_ms = PartitionState(HASTY), START_MS
    viewer = Viewer(state, LENGTHS_MS)
    touched = Touched()
    for some, passes_ms, looks in [*steps, ([], 0, True)]:
        touched.add(fold_next(state, some))
        now_ms += passes_ms
        if not looks:
            continue
        views = viewer.lines(now_ms, touched)
        touched = Touched()
        afresh = Viewer(state, LENGTHS_MS).lines(now_ms, Touched())
        assert figures_of(views) == figures_of(afresh), "as who looks for the first time sees it"
        for line, view in ((line, view.in_full()) for line, view in views.items()):
            expected = {length: naive(state, line, length, now_ms) for length in LENGTHS_MS}
            assert {length: view.windows.get(length, {}) for length in LENGTHS_MS} == expected
            ghosts_since = now_ms - HASTY.definitions.first.ghost_ms(line.split("/")[0])
            entered = [at for at in state.open_now.waiting[line].values() if at > ghosts_since]
            assert (view.waiting, view.waiting_since_sum_ms) == (len(entered), sum(min(at, now_ms) for at in entered))
            assert view.waiting_oldest_ms == min(entered, default=None)


@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.integers(1, 1000)))
def test_a_window_keeps_all_that_is_read_from_windows(cell: Cell) -> None:
    kept = {name: n for name, n in cell.items() if name in WINDOWED}
    thresholds = {"1m": EDGES_MS[0]}
    assert read(Window, Reading(kept, EDGES_MS, thresholds)) == read(Window, Reading(cell, EDGES_MS, thresholds))


def test_a_view_is_made_again_when_an_event_has_come_or_the_clock_changes_it() -> None:
    state = PartitionState(HASTY)
    viewer, line, now_ms = Viewer(state, LENGTHS_MS), HELSE, START_MS + 1_000_000
    now_ms -= now_ms % PANE_MS
    touched = fold_next(state, [event("queue.entered", now_ms - HASTY.definitions.first.ghost_after_ms + 1)])
    first = viewer.lines(now_ms, touched)
    assert first[line].waiting == 1
    assert viewer.lines(now_ms, Touched()) is first
    touched = fold_next(state, [event("queue.snapshot", now_ms, waiting=7)])
    assert not touched.panes
    second = viewer.lines(now_ms, touched)
    assert second[line].reported == (now_ms, 7)
    assert viewer.lines(now_ms + 1, Touched())[line].waiting == 0, "a ghost by now"
    assert viewer.lines(now_ms, Touched())[line].waiting == 1, "clocks are set back, too"


def test_a_line_that_is_as_it_was_keeps_its_version() -> None:
    state = PartitionState(HASTY)
    viewer = Viewer(state, LENGTHS_MS)
    before = viewer.lines(START_MS, fold_next(state, [ENTRY]))
    another = event("queue.entered", START_MS, "k", "phone/samhandler/arbeidsgiver")
    after = viewer.lines(START_MS, fold_next(state, [another]))
    assert len(after) == 2
    assert after[HELSE] == before[HELSE]
    again = viewer.lines(START_MS, fold_next(state, [event("queue.answered", START_MS + 5)]))
    assert again[HELSE].version > before[HELSE].version
    empty = viewer.lines(START_MS + 2 * SPAN_MS, Touched())
    slid = viewer.lines(START_MS + 2 * SPAN_MS + PANE_MS, Touched())
    assert slid is not empty
    assert all(slid[name] is empty[name] for name in empty), "made anew with the clock, and no other for it"


def test_the_edges_of_a_window() -> None:
    """
    answered at   0 s       pane 0
    in a window of 60 s     until the clock shows 59.999 s
    """
    state = PartitionState(HASTY)
    log = visit("j", START_MS - 1000, ("queue.answered", 1000))
    viewer = Viewer(state, [60_000])
    touched = fold_next(state, log)
    for at_ms, answered in ((0, 1), (9_999, 1), (59_999, 1), (60_000, 0), (0, 1), (-1, 0)):
        view = viewer.lines(START_MS + at_ms, touched)[HELSE].in_full()
        assert view.windows[60_000].get("answered", 0) == answered, at_ms
        touched = Touched()
