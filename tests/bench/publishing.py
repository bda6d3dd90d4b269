"""What it costs to merge the views of all partitions into one picture, and to make the snapshot of it.

May import: serve, config, the core, the workload.
"""

import time
from dataclasses import dataclass, replace
from statistics import median

from config import load
from streams.core.fold import PartitionState, fold
from streams.core.rules import PANE_MS
from streams.serve.merging import Merged, merged
from streams.serve.view import View, Viewer
from tests.bench.workload import make, many_queues

PARTITIONS = 6
EVENTS_A_QUEUE = 300  # enough for something in every window of every queue and partition
MEAN_GAP_MS = 220_000  # between contacts with 3 open at a time: what the workload's pace is a multiple of
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
        merge.append(_ms(lambda: merged(views, (), centre, now_ms, {})))
        merged(views, (), centre, now_ms, memo)
        fresh = [_view(0, viewers[0], now_ms + (tick + 1) * PANE_MS), *views[1:]]
        again.append(_ms(lambda fresh=fresh: merged(fresh, (), centre, now_ms, memo)))
    ticks = [_ms(lambda n=n: viewers[1].lines(now_ms + n * PANE_MS, ())) for n in range(TIMES)]
    return Publishing(queues, PARTITIONS, len(centre.windows.lengths), median(ticks), median(merge), median(again))


def _states(queues: int) -> list[PartitionState]:
    """Half an hour of that many queues, all busy."""
    many = many_queues(queues)
    lines = {("phone", audience, queue): f"phone/{audience}/{queue}" for audience, queue, _ in many}
    rules = replace(load().rules(), lines=lines)
    records = make(queues * EVENTS_A_QUEUE, speed=queues, queues=many, partitions=PARTITIONS).records
    states = [PartitionState(rules) for _ in range(PARTITIONS)]
    for number, state in enumerate(states):
        fold(state, [record for record in records if record.partition == number])
    return states


def _view(number: int, viewer: Viewer, now_ms: int) -> View:
    state = viewer.state
    lines = viewer.lines(now_ms, ())
    return View(f"p-{number}", "phone", "1", now_ms, state.offset, 0, state.watermark, {}, lines)


def _ms(do: object) -> float:
    assert callable(do)
    started = time.process_time()
    do()
    return (time.process_time() - started) * 1000
