"""What it costs to merge the views of all partitions into one picture, and to make the snapshot and the small documents
of it.

May import: serve, config, the core, the workload.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

import msgspec

from config import Centre, load
from streams.core.calendar import PANE_MS
from streams.core.fold import fold
from streams.core.state import PartitionState, Touched
from streams.serve.merging import NONE_MISSING, Merged, merged
from streams.serve.small import Small, changed_since, small_documents
from streams.serve.snapshot import Memo, document_of
from streams.serve.view import View, Viewer
from tests.bench.workload import MEAN_LIFE_MS, Record, make, many_queues

PARTITIONS = 6
CONTACTS_A_QUEUE = 120
SPAN_MS = 70 * 60_000  # in which they come: more than the longest window
SHAPES = (30, 1_000)  # queues
TIMES = 15
FRESH_MS = 5_000


@dataclass(frozen=True, slots=True)
class Publishing:
    """Milliseconds of CPU, medians."""

    queues: int
    partitions: int
    windows: int
    view_ms: float  # one partition's view, nothing having changed but the clock
    merge_ms: float  # all views, all of them new
    merge_again_ms: float  # all views, every line of one partition's being new
    event_ms: float  # from one event to the snapshot's bytes
    tick_ms: float  # to the bytes, where only ages have grown
    small_ms: float  # from one event to the bytes of the small documents that it changed, between two snapshots


def measure() -> list[Publishing]:
    """Each shape."""
    return [_of(queues) for queues in SHAPES]


def _of(queues: int) -> Publishing:
    centre, (states, later) = load(), _states(queues)
    rules = states[0].rules
    now_ms = max(state.watermark for state in states)
    viewers = [Viewer(state, centre.windows.lengths) for state in states]
    views = [_view(n, viewer, now_ms, Touched()) for n, viewer in enumerate(viewers)]
    memo: Merged = {}
    merge, again = [], []
    for n in range(TIMES):
        merge.append(_ms(partial(merged, views, NONE_MISSING, centre, rules, now_ms, {})))
        merged(views, NONE_MISSING, centre, rules, now_ms, memo)
        fresh = [_view(0, viewers[0], now_ms + (n + 1) * 6 * PANE_MS, Touched()), *views[1:]]
        changed = sum(view != views[0].lines[line] for line, view in fresh[0].lines.items())
        assert changed > queues / 2, f"{changed} lines have changed"
        again.append(_ms(partial(merged, fresh, NONE_MISSING, centre, rules, now_ms, memo)))
    views_ms = [_ms(partial(viewers[1].lines, now_ms + (n + 1) * PANE_MS, Touched())) for n in range(TIMES)]
    whole = _Whole(centre, states, now_ms)
    event = [_ms(partial(whole.after, later[n])) for n in range(TIMES)]
    tick = [_ms(partial(whole.after, None)) for _ in range(TIMES)]
    small = [_ms(partial(whole.between, record)) for record in later[TIMES:]]
    medians = [median(figures) for figures in (views_ms, merge, again, event, tick, small)]
    return Publishing(queues, PARTITIONS, len(centre.windows.lengths), *medians)


class _Whole:
    """All that a publisher does, but for Redis."""

    def __init__(self, centre: Centre, states: list[PartitionState], now_ms: int) -> None:
        self._centre, self._states, self._now_ms = (
            centre,
            states,
            now_ms - now_ms % PANE_MS + PANE_MS,
        )  # nobody has entered after it
        self._viewers = [Viewer(state, centre.windows.lengths) for state in states]
        self._memo = Memo()
        self.after(None)

    def after(self, record: Record | None) -> tuple[bytes, dict[str, bytes]]:
        """The snapshot and all small documents after one event more, or none, a moment later."""
        touched = self._touched_by(record)
        self._views = {
            f"p-{n}": _view(n, viewer, self._now_ms, touched.get(n, Touched()))
            for n, viewer in enumerate(self._viewers)
        }
        views, rules = [*self._views.values()], self._states[0].rules
        self._shown = self._memo.shown(views, NONE_MISSING, self._centre, rules, self._now_ms)
        document = document_of(self._shown, views, FRESH_MS, self._memo)
        self._targets = document.targets
        return msgspec.json.encode(document), _packed(small_documents(self._shown, document.targets))

    def between(self, record: Record) -> dict[str, bytes]:
        """The small documents that one event more has changed."""
        views = [_view(n, self._viewers[n], self._now_ms, of) for n, of in self._touched_by(record).items()]
        before, rules = self._shown, self._states[0].rules
        self._shown = self._memo.shown_again(before, self._views, views, rules, self._now_ms)
        self._views = {**self._views, **{view.partition: view for view in views}}
        return _packed(changed_since(before, self._shown, self._targets))

    def _touched_by(self, record: Record | None) -> dict[int, Touched]:
        """By partition, a moment later."""
        self._now_ms += 20
        if record is None:
            return {}
        state = self._states[record.partition]
        state.aggregates.panes.touched, state.aggregates.touched_totals = set(), set()
        fold(state, [record])
        return {record.partition: state.take_touched()}


def _packed(documents: Mapping[str, Small]) -> dict[str, bytes]:
    return {name: msgspec.json.encode(of) for name, of in documents.items()}


def _states(queues: int) -> tuple[list[PartitionState], list[Record]]:
    """That many queues, all busy for so long that something leaves every window at each pane; and what comes next."""
    many = many_queues(queues)
    lines = {("phone", audience, queue): f"phone/{audience}/{queue}" for audience, queue, _ in many}
    rules = replace(load().rules(), lines=lines)
    contacts = queues * CONTACTS_A_QUEUE
    at_a_time = contacts * MEAN_LIFE_MS // SPAN_MS
    records = make(3 * contacts, open_contacts=at_a_time, queues=many, partitions=PARTITIONS).records
    records, later = records[: -2 * TIMES], records[-2 * TIMES :]
    states = [PartitionState(rules) for _ in range(PARTITIONS)]
    for number, state in enumerate(states):
        fold(state, [record for record in records if record.partition == number])
    return states, later


def _view(number: int, viewer: Viewer, now_ms: int, touched: Touched) -> View:
    state = viewer.state
    lines = viewer.lines(now_ms, touched)
    at = now_ms, state.offset, 0, state.watermark
    return View(f"p-{number}", "phone", "1", "one", *at, {}, lines, is_fresh=True, version=state.rules.version)


def _ms(do: Callable[[], object]) -> float:
    started = time.process_time()
    do()
    return (time.process_time() - started) * 1000
