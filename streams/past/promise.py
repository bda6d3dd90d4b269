"""A promise as the scorecard judges it, whether it is watched by a window, too (a target) or by the day alone.

May import: the core, config, serve's documents.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Literal

from config import Centre
from config.day_promises import DayPromise
from config.targets import Target
from streams.core import promised, promised_days
from streams.core.promised import Parts
from streams.core.reading import Cell
from streams.serve.documents import Limit
from streams.serve.targets import limit_of

Measured = promised.Name | promised_days.Name
Unit = Literal["ms", "share", "visits"]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, of whom, and how it is added up."""

    of: Target | DayPromise
    limit: Limit
    unit: Unit
    is_less_better: bool
    has_year: bool  # a part of a whole: a maximum, or a number of now, adds up to none
    has_budget: bool  # and there is a side that breaks it
    counted: Callable[[Cell, Cell, Set[int]], Parts]  # in its own cell, in that of all, by the coarse edges
    value: Callable[[Parts], float | None]
    later: Set[str]  # what it is made of that is not known of stretches from before it was counted
    is_asked: bool = False  # of some who were asked
    is_of_bots: bool = False

    def is_as(self, other: "Promise") -> bool:
        """Whether just the same is promised."""
        mine, theirs = ((one.of.id, one.of.whose, one.of.measure, one.within_ms, one.limit) for one in (self, other))
        return mine == theirs

    @property
    def within_ms(self) -> int | None:
        """Its threshold, where it has one."""
        return self.of.within if isinstance(self.of, Target) else None

    @property
    def can_burn(self) -> bool:
        """Whether it is asked how fast its year's budget is spent: of targets, which are known by the hour."""
        return self.has_budget and isinstance(self.of, Target)

    @property
    def is_share(self) -> bool:
        """Whether it is from 0 to 1."""
        return self.unit == "share"

    @property
    def room(self) -> float:
        """How much of what breaks it there may be, of each one that it is of: what it may be at most, or a share less
        than all.
        """
        return self.limit.value if self.is_less_better else 1 - self.limit.value

    def breaks(self, part: float, whole: float) -> float:
        """How much of what breaks it there is: its part where it is to be at most so much, else its whole's rest."""
        return part if self.is_less_better else whole - part


def of_target(target: Target) -> Promise:
    """A target, as what it comes to over days."""
    measure, promise = target.promise.measure, target.promise
    return Promise(
        target,
        limit_of(target),
        measure.unit,
        measure.is_less_better,
        has_year=not measure.is_of_now,
        has_budget=measure.has_budget,
        counted=lambda cell, _, coarse_ms: promise.counted(cell, coarse_ms),
        value=measure.shape.value,
        later=measure.later,
    )


def of_days(promise: DayPromise) -> Promise:
    """A promise of days."""
    measure = promise.counted
    return Promise(
        promise,
        _limit(promise),
        measure.unit,
        promise.sense in ("at_most", "less_than"),
        has_year=True,
        has_budget=promise.about is None and not measure.is_asked,
        counted=lambda cell, all_, _: measure.counted(cell, all_),
        value=measure.value,
        later=measure.later,
        is_asked=measure.is_asked,
        is_of_bots=measure.is_of_bots,
    )


def _limit(promise: DayPromise) -> Limit:
    if promise.sense == "at_most" and promise.counted.unit == "ms":
        return Limit(at_most_ms=round(promise.limit))
    if promise.about is not None:
        return Limit(about=promise.about, give_or_take=promise.give_or_take or 0.0)
    shares: dict[str, float] = {promise.sense: promise.limit}
    return Limit(**shares)  # type: ignore[arg-type]  # of the senses, those that are a share


def promises_at(centre: Centre, card: str | None = None) -> Callable[[date], Sequence[Promise]]:
    """What is promised on a date: by the card that is in force then, or by one that was named; targets first."""

    def found(day: date) -> list[Promise]:
        targets, days = centre.targets_at(day), centre.promises_at(day)
        if card is not None:
            targets = [one for one in centre.all_targets if one.card == card and one.holds(day)]
            days = [one for one in centre.promises if one.card == card and one.holds(day)]
        return [*map(of_target, targets), *map(of_days, days)]

    return found
