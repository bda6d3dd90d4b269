"""What a measure is: its name, kind, unit, meaning, and where it is shown. Which there are: measures.py.

May import: standard library, msgspec, series.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import TypedDict, Unpack

from msgspec import Meta

from streams.core.series import LINE, Series, counter, gauge


class Kind(StrEnum):
    """What a measure is, and so how two of it merge: a maximum by the greater, all else by addition."""

    COUNT = "count"
    SUM = "sum"
    MAXIMUM = "maximum"
    HISTOGRAM = "histogram"


class Unit(StrEnum):
    """What one of it is."""

    VISITS = "visits"
    OFFERS = "offers"
    PROMISES = "promises"
    CONTACTS = "contacts"
    JOURNEYS = "journeys"
    LETTERS = "letters"
    SURVEYS = "surveys"
    SCORES = "scores"
    MS = "ms"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure that is counted, and stored under its name; that is also its column in history."""

    name: str
    kind: Kind
    unit: Unit
    meaning: str  # one sentence
    is_windowed: bool = False  # whether it is read from sliding windows, too
    series: str | None = None  # Prometheus' name of its total since the beginning
    series_help: str | None = None  # where the meaning is too long or too short for it
    window: Series | None = None  # and its gauge by window
    is_later: bool = False  # whether there are states from before it was: it is null where it is not known of them
    edition: int = 1  # of the definitions, from which on it is counted at all
    is_daily: bool = False  # counted by the day, and never finer: no shorter stretch is shown of it

    @property
    def counter(self) -> Series:
        """The counter of its total. Raises LookupError where it has none."""
        if self.series is None:
            raise LookupError(f"{self.name} is not exposed as a counter")
        return counter(self.series, self.series_help or self.meaning, *LINE)

    @property
    def by_window(self) -> Series:
        """The gauge of its windows. Raises LookupError where it has none."""
        if self.window is None:
            raise LookupError(f"{self.name} is not exposed by window")
        return self.window

    @property
    def shown(self) -> Meta:
        """Marks a field as this measure. That of one that is later is a `Count | None`."""
        return Meta(
            ge=None if self.is_later else 0, description=self.meaning, extra={"measure": self, "series": self.window}
        )


def by_window(name: str, help_: str) -> Series:
    """A gauge of a line and window."""
    return gauge(name, help_, *LINE, "window")


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity: they are keys on the hot path
class Family:
    """The measures of one kind of wait: how many, their sum and maximum, and how many fell in each bucket.

    And how many of them lie in the bucket that their step of an earlier, coarser scale ended in: that is all that is
    known of them.
    """

    count: str
    sum_ms: str
    max_ms: str
    histogram: str
    coarse: str = ""
    measures: tuple[Measure, ...] = field(repr=False, default=())

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Of its figures: how many, their sum, the longest and the histogram."""
        return self.count, self.sum_ms, self.max_ms, self.histogram

    def buckets(self, edges_ms: tuple[int, ...]) -> tuple[str, ...]:
        """What a recount calls the buckets, in rising order, by their upper, inclusive edges.

        `answered_in_180000ms` counts the waits above the edge before and up to three minutes; `answered_in_inf`, the
        last, those above the last edge.
        """
        return _buckets(self, edges_ms)


@cache
def _buckets(family: Family, edges_ms: tuple[int, ...]) -> tuple[str, ...]:
    return (*(f"{family.count}_in_{edge}ms" for edge in edges_ms), f"{family.count}_in_inf")


class _Shown(TypedDict, total=False):
    """Where a count is shown, as a measure has it."""

    is_windowed: bool
    series: str
    series_help: str
    window: Series
    is_later: bool
    is_daily: bool


def visits(name: str, meaning: str, **given: Unpack[_Shown]) -> Measure:
    """A count of visits."""
    return Measure(name, Kind.COUNT, Unit.VISITS, meaning, **given)


def count(name: str, unit: Unit, meaning: str, **given: Unpack[_Shown]) -> Measure:
    """A count of something else."""
    return Measure(name, Kind.COUNT, unit, meaning, **given)


def added(name: str, unit: Unit, meaning: str, edition: int, **given: Unpack[_Shown]) -> Measure:
    """A count that an edition of the definitions added, and so a build."""
    return replace(count(name, unit, meaning, **given), is_later=True, edition=edition)


def family(count: Measure, wait: str, of: str, called: str = "wait") -> Family:
    """A wait's measures; `of` says whose wait it is, and from when to when. Other lengths are no waits, and `called`
    what they are.
    """

    def one(name: str, kind: Kind, unit: Unit, meaning: str) -> Measure:
        return Measure(name, kind, unit, meaning, count.is_windowed, is_later=count.is_later, edition=count.edition)

    sum_ms = one(f"{wait}_sum_ms", Kind.SUM, Unit.MS, f"The sum of the {called}s {of}.")
    max_ms = one(f"{wait}_max_ms", Kind.MAXIMUM, Unit.MS, f"The longest {called} {of}.")
    told = f"How many {called}s {of} fell in each bucket."
    histogram = one(f"{wait}_histogram", Kind.HISTOGRAM, count.unit, told)
    told = f"How many {called}s {of} are known between the edges of an earlier scale alone."
    coarse = one(f"{wait}_coarse", Kind.COUNT, count.unit, told)
    measures = (count, sum_ms, max_ms, histogram, coarse)
    return Family(count.name, sum_ms.name, max_ms.name, histogram.name, coarse.name, measures)
