"""What it costs to merge the views of all partitions into one picture, and to make the snapshot of it.

May import: serve, config, the core, the workload.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

from config import load
from streams.core.fold import PartitionState, fold
from streams.core.rules import PANE_MS
from streams.serve.merging import Merged, merged
from streams.serve.view import View, Viewer
from tests.bench.workload import MEAN_LIFE_MS, make, many_queues

PARTITIONS = 6
CONTACTS_A_QUEUE = 120
SPAN_MS = 70 * 60_000  # in which they come: more than the longest window
SHAPES = (30, 1_000)  # queues
TIMES = 15


@dataclass(frozen=True, slots=True)
class Publishing:
    """Milliseconds of CPU, medians."""

    queues: int
    partitions: int
    windows: int
    view_ms: float  # one partition's view, nothing having changed but the clock
    merge_ms: float  # all views, all of them new
    merge_again_ms: float  # all views, one partition's being new


def measure() -> list[Publishing]:
    """Each shape."""
    return [_of(queues) for queues in SHAPES]


def _of(queues: int) -> Publishing:
    centre, states = load(), _states(queues)
    now_ms = max(state.watermark for state in states)
    viewers = [Viewer(state, centre.windows.lengths) for state in states]
    views = [_view(n, viewer, now_ms) for n, viewer in enumerate(viewers)]
    memo: Merged = {}
    merge, again = [], []
    for tick in range(TIMES):
        merge.append(_ms(partial(merged, views, (), centre, now_ms, {})))
        merged(views, (), centre, now_ms, memo)
        fresh = [_view(0, viewers[0], now_ms + (tick + 1) * 6 * PANE_MS), *views[1:]]
        changed = sum(view != views[0].lines[line] for line, view in fresh[0].lines.items())
        assert changed > queues / 2, f"{changed} lines have changed"
        again.append(_ms(partial(merged, fresh, (), centre, now_ms, memo)))
    ticks = [_ms(partial(viewers[1].lines, now_ms + (n + 1) * PANE_MS, ())) for n in range(TIMES)]
    return Publishing(queues, PARTITIONS, len(centre.windows.lengths), median(ticks), median(merge), median(again))


def _states(queues: int) -> list[PartitionState]:
    """That many queues, all busy for so long that something leaves every window at each pane."""
    many = many_queues(queues)
    lines = {("phone", audience, queue): f"phone/{audience}/{queue}" for audience, queue, _ in many}
    rules = replace(load().rules(), lines=lines)
    contacts = queues * CONTACTS_A_QUEUE
    at_a_time = contacts * MEAN_LIFE_MS // SPAN_MS
    records = make(3 * contacts, open_contacts=at_a_time, queues=many, partitions=PARTITIONS).records
    states = [PartitionState(rules) for _ in range(PARTITIONS)]
    for number, state in enumerate(states):
        fold(state, [record for record in records if record.partition == number])
    return states


def _view(number: int, viewer: Viewer, now_ms: int) -> View:
    state = viewer.state
    lines = viewer.lines(now_ms, ())
    return View(f"p-{number}", "phone", "1", now_ms, state.offset, 0, state.watermark, {}, lines)


def _ms(do: Callable[[], object]) -> float:
    started = time.process_time()
    do()
    return (time.process_time() - started) * 1000
