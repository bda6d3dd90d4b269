"""The registry of what targets may promise: each target measure once, with what it is made of.

Config, snapshot, metrics, rules and boards have their kinds of targets from here; what people call one is in
streams/generate/words.py. Definitions in full are in streams/MEASURES.md. A part and a whole add up, over queues and
over what is expected, and are divided last. May import: standard library, the core.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from typing import Final, Literal

from streams.core.measures import (
    ABANDONED,
    ABANDONED_SHORT,
    ABANDONED_WAITS,
    ANSWERED_WAITS,
    BROKEN,
    FAILED,
    JOURNEY_WAITS,
    KEPT,
    LATER,
    REACHED,
)
from streams.core.measures import TIME_IN_QUEUES as IN_QUEUES
from streams.core.prediction import Ahead, Queue
from streams.core.reading import Cell, WaitStats
from streams.core.series import MEAN_WAIT_TARGETS, SHARE_TARGETS, WAIT, TargetSeries

Name = Literal[
    "mean_wait",
    "share_within",
    "share_within_of_offered",
    "share_within_with_abandons_met",
    "abandonment",
    "abandonment_without_short",
    "journey_wait",
    "time_in_queues",
    "callbacks_kept",
]
Sampled = Literal["answered", "offered", "journeys", "promises"]
Parts = tuple[float | None, float]  # part and whole; no part where it is not known how many were within the threshold
Limit = Literal["most ms", "most share", "least share"]
_LIMITS: Final[dict[Limit, str]] = {
    "most ms": "at_most (a length of time)",
    "most share": "at_most (a share)",
    "least share": "at_least or more_than",
}


@dataclass(frozen=True, slots=True)
class Counters:
    """Cumulative series, added up; those of `less` are taken off."""

    of: tuple[str, ...]
    less: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetMeasure:
    """One of them: a mean in ms, promised to be at most so long, or a share, promised to be at least, or at most, so
    much.

    Its whole is what a sample is counted in. The year's budget is asked for of counters; where there are none of its
    part, it has none.
    """

    name: Name
    series: TargetSeries
    limit: Limit
    has_threshold: bool  # a wait (`within`) that is short enough
    of: Sampled  # what its whole counts: of the offered, who gave up, too, and they alone may break it
    whole: Counters
    part: Counters | None
    counted: Callable[[Cell, int, Set[int]], Parts]  # in a cell, by the threshold (ms) and the coarse edges
    if_answered_now: Callable[[Queue, int, int], tuple[float, float]]  # who waits, by the threshold, at an instant
    expected: Callable[[Ahead], tuple[float, float]]
    later: Set[str] = frozenset()  # what it is made of that is not known of stretches from before it was counted

    @property
    def is_share(self) -> bool:
        """Whether it is from 0 to 1; else it is in ms."""
        return self.limit != "most ms"

    @property
    def is_less_better(self) -> bool:
        """Whether it is promised to be at most so much."""
        return self.limit != "least share"

    def why_not(self, *, has_threshold: bool, limit: Limit) -> str | None:
        """What is wrong with a target that is told so."""
        if self.limit == limit and self.has_threshold == has_threshold:
            return None
        return (
            f"a target of {self.name} has {_LIMITS[self.limit]}, and {'within' if self.has_threshold else 'no within'}"
        )


def _answered(cell: Cell, coarse_ms: Set[int]) -> WaitStats:
    return WaitStats.of(cell, ANSWERED_WAITS, coarse_ms)


def _waits(cell: Cell, _: int, coarse_ms: Set[int]) -> Parts:
    stats = _answered(cell, coarse_ms)
    return stats.sum_ms, stats.count


def _answered_within(cell: Cell, within_ms: int, coarse_ms: Set[int]) -> Parts:
    stats = _answered(cell, coarse_ms)
    return stats.within(within_ms), stats.count


def _offered(cell: Cell) -> int:
    """Who was answered or gave up, short ones among them."""
    return cell.get(ANSWERED_WAITS.count, 0) + cell.get(ABANDONED.name, 0)


def _of_offered(cell: Cell, within_ms: int, coarse_ms: Set[int]) -> Parts:
    return _answered(cell, coarse_ms).within(within_ms), _offered(cell)


def _with_abandons_met(cell: Cell, within_ms: int, coarse_ms: Set[int]) -> Parts:
    answered = _answered(cell, coarse_ms).within(within_ms)
    abandoned = WaitStats.of(cell, ABANDONED_WAITS, coarse_ms).within(within_ms)
    return None if answered is None or abandoned is None else answered + abandoned, _offered(cell)


def _abandoned(cell: Cell, _: int, __: Set[int]) -> Parts:
    return cell.get(ABANDONED.name, 0), _offered(cell)


def _abandoned_but_short(cell: Cell, _: int, __: Set[int]) -> Parts:
    short = cell.get(ABANDONED_SHORT.name, 0)
    return cell.get(ABANDONED.name, 0) - short, _offered(cell) - short


def _journeys(name: str) -> Callable[[Cell, int, Set[int]], Parts]:
    """A sum over the journeys that reached a person."""
    return lambda cell, _, __: (cell.get(name, 0), cell.get(REACHED.name, 0))


def _kept(cell: Cell, _: int, __: Set[int]) -> Parts:
    """Of promises that came to an end, and were neither withdrawn nor settled otherwise."""
    kept = cell.get(KEPT.name, 0)
    return kept, kept + cell.get(FAILED.name, 0) + cell.get(BROKEN.name, 0)


def _too_late(queue: Queue, within_ms: int, now_ms: int) -> tuple[float, float]:
    """Who waits beyond the threshold is not in time any more, answered or not; of the others nobody knows yet, and they
    would look well for not having waited for long.
    """
    return 0, queue.waiting_beyond(within_ms, now_ms)


def _not_given_up(queue: Queue, _: int, __: int) -> tuple[float, float]:
    """Whoever waits has not given up, and would not if answered now."""
    return 0, queue.waiting


_ANSWERS: Final = Counters((WAIT.total,))
_OFFERS: Final = Counters((WAIT.total, ABANDONED.counter))
_WITHIN: Final = Counters((WAIT.bucket,))
MEAN_WAIT: Final = TargetMeasure(
    "mean_wait",
    MEAN_WAIT_TARGETS,
    limit="most ms",
    has_threshold=False,
    of="answered",
    whole=_ANSWERS,
    part=Counters((WAIT.sum,)),
    counted=_waits,
    if_answered_now=lambda queue, _, now_ms: (queue.ages_sum_ms(now_ms), queue.waiting),
    expected=lambda ahead: (ahead.wait_sum_ms, ahead.answered),
)
SHARE_WITHIN: Final = TargetMeasure(
    "share_within",
    SHARE_TARGETS,
    limit="least share",
    has_threshold=True,
    of="answered",
    whole=_ANSWERS,
    part=_WITHIN,
    counted=_answered_within,
    if_answered_now=_too_late,
    expected=lambda ahead: (ahead.within, ahead.answered),
)
SHARE_WITHIN_OF_OFFERED: Final = replace(
    SHARE_WITHIN,
    name="share_within_of_offered",
    of="offered",
    whole=_OFFERS,
    counted=_of_offered,
    expected=lambda ahead: (ahead.given_within, ahead.offered),
)
SHARE_WITHIN_WITH_ABANDONS_MET: Final = replace(
    SHARE_WITHIN_OF_OFFERED,
    name="share_within_with_abandons_met",
    part=None,  # how long who gave up had waited is no series
    counted=_with_abandons_met,
    expected=lambda ahead: (ahead.given_within + ahead.abandoned_within, ahead.offered),
)
ABANDONMENT: Final = TargetMeasure(
    "abandonment",
    SHARE_TARGETS,
    limit="most share",
    has_threshold=False,
    of="offered",
    whole=_OFFERS,
    part=Counters((ABANDONED.counter,)),
    counted=_abandoned,
    if_answered_now=_not_given_up,
    expected=lambda ahead: (ahead.abandoned, ahead.given + ahead.abandoned),
)
ABANDONMENT_WITHOUT_SHORT: Final = replace(
    ABANDONMENT,
    name="abandonment_without_short",
    whole=Counters(_OFFERS.of, (ABANDONED_SHORT.counter,)),
    part=Counters((ABANDONED.counter,), (ABANDONED_SHORT.counter,)),
    counted=_abandoned_but_short,
    expected=lambda ahead: (
        ahead.abandoned - ahead.abandoned_short,
        ahead.given + ahead.abandoned - ahead.abandoned_short,
    ),
)
JOURNEY_WAIT: Final = replace(
    MEAN_WAIT,
    name="journey_wait",
    of="journeys",
    whole=Counters((REACHED.counter,)),
    part=None,
    counted=_journeys(JOURNEY_WAITS.sum_ms),
)
TIME_IN_QUEUES: Final = replace(
    JOURNEY_WAIT, name="time_in_queues", counted=_journeys(IN_QUEUES.name), later=LATER & {IN_QUEUES.name}
)
CALLBACKS_KEPT: Final = TargetMeasure(
    "callbacks_kept",
    SHARE_TARGETS,
    limit="least share",
    has_threshold=False,
    of="promises",
    whole=Counters((KEPT.counter,)),
    part=None,
    counted=_kept,
    if_answered_now=lambda queue, _, __: (0, queue.promises_overdue),  # what is past its time is not kept
    expected=lambda _: (0, 0),
)
TARGET_MEASURES: Final[dict[Name, TargetMeasure]] = {
    one.name: one
    for one in (
        *(MEAN_WAIT, SHARE_WITHIN, SHARE_WITHIN_OF_OFFERED, SHARE_WITHIN_WITH_ABANDONS_MET),
        *(ABANDONMENT, ABANDONMENT_WITHOUT_SHORT),
        *(JOURNEY_WAIT, TIME_IN_QUEUES, CALLBACKS_KEPT),
    )
}
