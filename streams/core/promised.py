"""The registry of what targets may promise: each target measure once, with what it is made of.

Config, snapshot, metrics, rules and boards have their kinds of targets from here; what people call one is in
streams/generate/words.py. Definitions in full are in streams/MEASURES.md. A part and a whole add up, over queues and
over what is expected, and are divided last. May import: standard library, the core.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Final, Literal

from streams.core.measures import ANSWERED_WAITS
from streams.core.prediction import Ahead, Queue
from streams.core.reading import Cell, WaitStats
from streams.core.series import MEAN_WAIT_TARGETS, SHARE_TARGETS, WAIT, TargetSeries

Name = Literal["mean_wait", "share_within"]
Parts = tuple[float | None, float]  # part and whole; no part where it is not known how many were within the threshold


@dataclass(frozen=True, slots=True)
class TargetMeasure:
    """One of them: a mean in ms, promised to be at most so long, or a share, promised to be at least so much."""

    name: Name
    series: TargetSeries
    is_share: bool
    has_threshold: bool  # a wait (`within`) that is short enough
    whole: tuple[str, ...]  # the counters that its whole is the sum of, as the year's budget is asked for
    counted: Callable[[Cell, int, Set[int]], Parts]  # in a cell, by the threshold (ms) and the coarse edges
    if_answered_now: Callable[[Queue, int, int], tuple[float, float]]  # who waits, by the threshold, at an instant
    expected: Callable[[Ahead], tuple[float, float]]

    def why_not(self, *, has_threshold: bool, is_share: bool) -> str | None:
        """What is wrong with a target that is told so."""
        if self.is_share == is_share and self.has_threshold == has_threshold:
            return None
        limit = "at_least or more_than" if self.is_share else "at_most"
        return f"a {self.name} has {limit}, and {'within' if self.has_threshold else 'no within'}"


def _waits(cell: Cell, _: int, coarse_ms: Set[int]) -> Parts:
    stats = WaitStats.of(cell, ANSWERED_WAITS, coarse_ms)
    return stats.sum_ms, stats.count


def _answered_within(cell: Cell, within_ms: int, coarse_ms: Set[int]) -> Parts:
    stats = WaitStats.of(cell, ANSWERED_WAITS, coarse_ms)
    return stats.within(within_ms), stats.count


MEAN_WAIT: Final = TargetMeasure(
    "mean_wait",
    MEAN_WAIT_TARGETS,
    is_share=False,
    has_threshold=False,
    whole=(WAIT.total,),
    counted=_waits,
    if_answered_now=lambda queue, _, now_ms: (queue.ages_sum_ms(now_ms), queue.waiting),
    expected=lambda ahead: (ahead.wait_sum_ms, ahead.answered),
)
SHARE_WITHIN: Final = TargetMeasure(
    "share_within",
    SHARE_TARGETS,
    is_share=True,
    has_threshold=True,
    whole=(WAIT.total,),
    counted=_answered_within,
    if_answered_now=lambda queue, within_ms, now_ms: (0, queue.waiting_beyond(within_ms, now_ms)),
    expected=lambda ahead: (ahead.within, ahead.answered),
)
TARGET_MEASURES: Final[dict[Name, TargetMeasure]] = {one.name: one for one in (MEAN_WAIT, SHARE_WITHIN)}
