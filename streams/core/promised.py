"""The registry of what targets may promise: each target measure once, with what it is made of.

Config, snapshot, metrics, rules, boards and `svartid explain` have their kinds of targets from here; what Norwegian
boards call one is in streams/serve/target_words.py. Definitions in full are in streams/MEASURES.md. Parts and wholes
are put together over queues and over what is expected, and a value is made of them last. May import: standard library,
the core.
"""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace
from typing import Final, Literal

from streams.core.measures import (
    ABANDONED,
    ABANDONED_SHORT,
    ABANDONED_WAITS,
    ANSWERED_WAITS,
    BROKEN,
    ENDED,
    FAILED,
    JOURNEY_WAITS,
    KEPT,
    LATER,
    OVER_CLOSED_WAITS,
    REACHED,
    WHILE_OPEN_WAITS,
    while_open,
)
from streams.core.measures import TIME_IN_QUEUES as IN_QUEUES
from streams.core.prediction import Ahead, Queue
from streams.core.reading import Cell, WaitStats, ratio
from streams.core.series import (
    LONGEST_WAIT_TARGETS,
    MEAN_WAIT_TARGETS,
    SHARE_TARGETS,
    WAITING_TARGETS,
    TargetSeries,
)

Name = Literal[
    "mean_wait",
    "mean_wait_while_open",
    "share_within",
    "share_within_while_open",
    "share_within_of_offered",
    "share_within_without_short",
    "share_within_without_early_abandons",
    "share_within_with_abandons_met",
    "share_within_of_ended",
    "abandonment",
    "abandonment_without_short",
    "journey_wait",
    "time_in_queues",
    "callbacks_kept",
    "longest_wait",
    "waiting",
]
Sampled = Literal["answered", "offered", "ended", "journeys", "promises", "waited", "waiting"]
Parts = tuple[float | None, float]  # part and whole; no part where it is not known how many were within the threshold
NOTHING: Final[Parts] = (None, 0)  # is known of it
Unit = Literal["ms", "share", "visits"]
Limit = Literal["most ms", "most share", "most visits", "least share"]
_LIMITS: Final[dict[Limit, str]] = {
    "most ms": "at_most (a length of time)",
    "most share": "at_most (a share)",
    "most visits": "at_most (how many)",
    "least share": "at_least or more_than",
}
_UNITS: Final[dict[Limit, Unit]] = {
    "most ms": "ms",
    "most share": "share",
    "most visits": "visits",
    "least share": "share",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How parts and wholes go together, in any order, and what value they make; None where nothing is known of it."""

    together: Callable[[Iterable[Parts]], Parts]
    value: Callable[[Parts], float | None]


@dataclass(frozen=True, slots=True)
class TargetMeasure:
    """One of them: a wait in ms, promised to be at most so long; a share, promised to be at least, or at most, so much;
    or how many there are, promised to be at most so many.

    Its whole is what a sample is counted in.
    """

    name: Name
    meaning: str  # in a sentence, with {within} where it has a threshold
    good: str  # one more of those who help it to be kept
    series: TargetSeries
    limit: Limit
    has_threshold: bool  # a wait (`within`) that is short enough
    of: Sampled  # what its whole counts: of the offered, who gave up, too, and they alone may break it
    counted: Callable[[Cell, int, Set[int]], Parts]  # in a cell, by the threshold (ms) and the coarse edges
    if_answered_now: Callable[[Queue, int, int], Parts]  # who waits, by the threshold, at an instant
    expected: Callable[[Ahead], Parts]
    shape: Shape
    now: Callable[[Queue, int], Parts] | None = None  # what who waits at an instant adds to its value
    is_of_now: bool = False  # nothing that is over is in it: any number of it is known, and none of a day
    least_sample: int | None = None  # where another one is usual than what `[alerting]` says of all
    later: Set[str] = frozenset()  # what it is made of that is not known of stretches from before it was counted

    @property
    def unit(self) -> Unit:
        """What its value is in: ms, a share from 0 to 1, or so many visits."""
        return _UNITS[self.limit]

    @property
    def is_share(self) -> bool:
        """Whether it is from 0 to 1."""
        return self.unit == "share"

    @property
    def is_less_better(self) -> bool:
        """Whether it is promised to be at most so much."""
        return self.limit != "least share"

    @property
    def has_budget(self) -> bool:
        """Whether it adds up to a year of which a part may be spent: a maximum does not, nor how many there are."""
        return self.shape is RATIO

    def why_not(self, *, has_threshold: bool, limit: Limit) -> str | None:
        """What is wrong with a target that is told so."""
        if self.limit == limit and self.has_threshold == has_threshold:
            return None
        return (
            f"a target of {self.name} has {_LIMITS[self.limit]}, and {'within' if self.has_threshold else 'no within'}"
        )


def _summed(parts: Iterable[Parts]) -> Parts:
    first, *others = parts
    part, whole = first[0], first[1] + sum(of for _, of in others)
    more = [part for part, _ in others if part is not None]
    return None if part is None or len(more) < len(others) else part + sum(more), whole


def _greatest(parts: Iterable[Parts]) -> Parts:
    listed = list(parts)
    return max((part for part, _ in listed if part is not None), default=None), sum(whole for _, whole in listed)


RATIO: Final = Shape(_summed, lambda made: ratio(*made))
LONGEST: Final = Shape(_greatest, lambda made: made[0])
HOW_MANY: Final = Shape(_summed, lambda made: made[0])


def _answered(cell: Cell, coarse_ms: Set[int]) -> WaitStats:
    return WaitStats.of(cell, ANSWERED_WAITS, coarse_ms)


def _waits(cell: Cell, _: int, coarse_ms: Set[int]) -> Parts:
    stats = _answered(cell, coarse_ms)
    return stats.sum_ms, stats.count


def _answered_within(cell: Cell, within_ms: int, coarse_ms: Set[int]) -> Parts:
    stats = _answered(cell, coarse_ms)
    return stats.within(within_ms), stats.count


def _waits_while_open(cell: Cell, _: int, coarse_ms: Set[int]) -> Parts:
    stats = while_open(lambda family: WaitStats.of(cell, family, coarse_ms))
    return stats.sum_ms, stats.count


def _within_while_open(cell: Cell, within_ms: int, coarse_ms: Set[int]) -> Parts:
    stats = while_open(lambda family: WaitStats.of(cell, family, coarse_ms))
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


def _without_short(cell: Cell, within_ms: int, coarse_ms: Set[int]) -> Parts:
    return _answered(cell, coarse_ms).within(within_ms), _offered(cell) - cell.get(ABANDONED_SHORT.name, 0)


def _without_early_abandons(cell: Cell, within_ms: int, coarse_ms: Set[int]) -> Parts:
    early = WaitStats.of(cell, ABANDONED_WAITS, coarse_ms).within(within_ms)
    if early is None:
        return None, _offered(cell)
    return _answered(cell, coarse_ms).within(within_ms), _offered(cell) - early


def _of_ended(cell: Cell, within_ms: int, coarse_ms: Set[int]) -> Parts:
    return _answered(cell, coarse_ms).within(within_ms), sum(cell.get(name, 0) for name in ENDED)


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


def _longest(cell: Cell, _: int, coarse_ms: Set[int]) -> Parts:
    """Of who was answered, and of who gave up."""
    stats = [WaitStats.of(cell, family, coarse_ms) for family in (ANSWERED_WAITS, ABANDONED_WAITS)]
    return _greatest((one.max_ms, one.count) for one in stats)


def _oldest(queue: Queue, now_ms: int) -> Parts:
    """How long the one has waited who came first, of as many as wait."""
    if queue.waiting_oldest_ms is None or not queue.waiting:
        return NOTHING
    return max(0, now_ms - queue.waiting_oldest_ms), queue.waiting


def _too_late(queue: Queue, within_ms: int, now_ms: int) -> Parts:
    """Who waits beyond the threshold is not in time any more, answered or not; of the others nobody knows yet, and they
    would look well for not having waited for long.
    """
    return 0, queue.waiting_beyond(within_ms, now_ms)


def _not_given_up(queue: Queue, _: int, __: int) -> Parts:
    """Whoever waits has not given up, and would not if answered now."""
    return 0, queue.waiting


MEAN_WAIT: Final = TargetMeasure(
    "mean_wait",
    "the mean wait",
    "answered without a wait",
    MEAN_WAIT_TARGETS,
    limit="most ms",
    has_threshold=False,
    of="answered",
    counted=_waits,
    if_answered_now=lambda queue, _, now_ms: (queue.ages_sum_ms(now_ms), queue.waiting),
    expected=lambda ahead: (ahead.wait_sum_ms, ahead.answered),
    shape=RATIO,
)
SHARE_WITHIN: Final = TargetMeasure(
    "share_within",
    "the share answered within {within}",
    "answered within {within}",
    SHARE_TARGETS,
    limit="least share",
    has_threshold=True,
    of="answered",
    counted=_answered_within,
    if_answered_now=_too_late,
    expected=lambda ahead: (ahead.within, ahead.answered),
    shape=RATIO,
)
# Of a wait that goes on, who has waited for how long while it was open is not known one by one.
_OF_OPEN_WAITS: Final = frozenset(m.name for of in (OVER_CLOSED_WAITS, WHILE_OPEN_WAITS) for m in of.measures)


def _while_open(name: Name, of: TargetMeasure, counted: Callable[[Cell, int, Set[int]], Parts]) -> TargetMeasure:
    """The same of waits without the time that their channel was closed. Of who still waits that is not known."""
    return replace(
        of,
        name=name,
        meaning=f"{of.meaning}, closed hours apart",
        counted=counted,
        if_answered_now=lambda _, __, ___: (0, 0),
        expected=lambda _: (0, 0),
        later=LATER & _OF_OPEN_WAITS,
    )


MEAN_WAIT_WHILE_OPEN: Final = _while_open("mean_wait_while_open", MEAN_WAIT, _waits_while_open)
SHARE_WITHIN_WHILE_OPEN: Final = _while_open("share_within_while_open", SHARE_WITHIN, _within_while_open)
SHARE_WITHIN_OF_OFFERED: Final = replace(
    SHARE_WITHIN,
    name="share_within_of_offered",
    meaning="the share of all (answered or given up) answered within {within}",
    of="offered",
    counted=_of_offered,
    expected=lambda ahead: (ahead.given_within, ahead.offered),
)
SHARE_WITHIN_WITHOUT_SHORT: Final = replace(
    SHARE_WITHIN_OF_OFFERED,
    name="share_within_without_short",
    meaning="the share of all (answered or given up, short ones apart) answered within {within}",
    counted=_without_short,
    expected=lambda ahead: (ahead.given_within, ahead.offered - ahead.abandoned_short),
)
SHARE_WITHIN_WITHOUT_EARLY_ABANDONS: Final = replace(
    SHARE_WITHIN_OF_OFFERED,
    name="share_within_without_early_abandons",
    meaning="the share answered within {within} of all but those who gave up before that",
    counted=_without_early_abandons,
    expected=lambda ahead: (ahead.given_within, ahead.offered - ahead.abandoned_within),
)
SHARE_WITHIN_WITH_ABANDONS_MET: Final = replace(
    SHARE_WITHIN_OF_OFFERED,
    name="share_within_with_abandons_met",
    meaning="the share of all that was answered or gave up within {within}",
    counted=_with_abandons_met,
    expected=lambda ahead: (ahead.given_within + ahead.abandoned_within, ahead.offered),
)
SHARE_WITHIN_OF_ENDED: Final = replace(
    SHARE_WITHIN_OF_OFFERED,
    name="share_within_of_ended",
    meaning="the share of all visits that ended (in whatever way) answered within {within}",
    of="ended",
    counted=_of_ended,
    expected=lambda ahead: (ahead.given_within, ahead.offered + ahead.left),
)
ABANDONMENT: Final = TargetMeasure(
    "abandonment",
    "the share that gave up",
    "answered",
    SHARE_TARGETS,
    limit="most share",
    has_threshold=False,
    of="offered",
    counted=_abandoned,
    if_answered_now=_not_given_up,
    expected=lambda ahead: (ahead.abandoned, ahead.given + ahead.abandoned),
    shape=RATIO,
)
ABANDONMENT_WITHOUT_SHORT: Final = replace(
    ABANDONMENT,
    name="abandonment_without_short",
    meaning="the share that gave up, short ones apart",
    counted=_abandoned_but_short,
    expected=lambda ahead: (
        ahead.abandoned - ahead.abandoned_short,
        ahead.given + ahead.abandoned - ahead.abandoned_short,
    ),
)
JOURNEY_WAIT: Final = replace(
    MEAN_WAIT,
    name="journey_wait",
    meaning="the mean wait from the first queue to a person",
    good="who reach a person without a wait",
    of="journeys",
    counted=_journeys(JOURNEY_WAITS.sum_ms),
)
TIME_IN_QUEUES: Final = replace(
    JOURNEY_WAIT,
    name="time_in_queues",
    meaning="the mean time in all queues until a person",
    counted=_journeys(IN_QUEUES.name),
    later=LATER & {IN_QUEUES.name},
)
CALLBACKS_KEPT: Final = TargetMeasure(
    "callbacks_kept",
    "the share of callbacks kept",
    "kept",
    SHARE_TARGETS,
    limit="least share",
    has_threshold=False,
    of="promises",
    counted=_kept,
    if_answered_now=lambda queue, _, __: (0, queue.promises_overdue),  # what is past its time is not kept
    expected=lambda _: (0, 0),
    shape=RATIO,
)
LONGEST_WAIT: Final = TargetMeasure(
    "longest_wait",
    "the longest wait",
    "answered",
    LONGEST_WAIT_TARGETS,
    limit="most ms",
    has_threshold=False,
    of="waited",
    counted=_longest,
    now=_oldest,
    if_answered_now=lambda queue, _, now_ms: _oldest(queue, now_ms),
    expected=lambda ahead: (ahead.longest_ms, ahead.waiting + ahead.answered) if ahead.longest_ms else NOTHING,
    shape=LONGEST,
    least_sample=1,  # it holds for one as for a thousand
)
WAITING: Final = TargetMeasure(
    "waiting",
    "the number who wait",
    "answered",
    WAITING_TARGETS,
    limit="most visits",
    has_threshold=False,
    of="waiting",
    counted=lambda _, __, ___: (0, 0),
    now=lambda queue, _: (queue.waiting, queue.waiting),
    if_answered_now=lambda _, __, ___: NOTHING,  # nobody would wait: that says nothing
    expected=lambda ahead: (ahead.waiting, ahead.waiting),
    shape=HOW_MANY,
    is_of_now=True,
    least_sample=1,
)
TARGET_MEASURES: Final[dict[Name, TargetMeasure]] = {
    one.name: one
    for one in (
        *(MEAN_WAIT, MEAN_WAIT_WHILE_OPEN, SHARE_WITHIN, SHARE_WITHIN_WHILE_OPEN),
        *(SHARE_WITHIN_OF_OFFERED, SHARE_WITHIN_WITHOUT_SHORT, SHARE_WITHIN_WITHOUT_EARLY_ABANDONS),
        *(SHARE_WITHIN_WITH_ABANDONS_MET, SHARE_WITHIN_OF_ENDED),
        *(ABANDONMENT, ABANDONMENT_WITHOUT_SHORT),
        *(JOURNEY_WAIT, TIME_IN_QUEUES, CALLBACKS_KEPT, LONGEST_WAIT, WAITING),
    )
}
