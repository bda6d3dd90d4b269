"""From which local date until which something holds: both are included, and each may be left out. And local times."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from config.values import Table

DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1975, 2099  # events lie in these and between: streams/core/events.py


def _date(value: object) -> object:
    if type(value) is not date:  # one with a time of day is a date, too
        raise ValueError("a date such as 2027-01-01, without quotes and without a time of day")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"a date from {FIRST_YEAR} to {LAST_YEAR}; without one it holds for ever")
    return value


LocalDate = Annotated[date, BeforeValidator(_date)]


class Span(Table):
    """Some days on end, by the centre's own calendar."""

    from_: LocalDate | None = Field(default=None, alias="from")
    until: LocalDate | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"it would never hold: until {self.until} is before from {self.from_}")
        return self

    @property
    def first(self) -> date:
        """The first of the days."""
        return self.from_ or date.min

    @property
    def last(self) -> date:
        """The last of them."""
        return self.until or date.max

    def holds(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day <= self.last

    def overlaps(self, other: "Span") -> bool:
        """Whether they have a day in common."""
        return self.first <= other.last and other.first <= self.last

    def common(self, other: "Span") -> "Span | None":
        """The days that are in both; None where there are none."""
        if not self.overlaps(other):
            return None
        begins = [day for day in (self.from_, other.from_) if day]
        ends = [day for day in (self.until, other.until) if day]
        return days(max(begins, default=None), min(ends, default=None))

    @property
    def dates(self) -> str:
        """ "from 2026-01-01 until 2026-12-31"; nothing where it always holds."""
        told = (f"{word} {day}" for word, day in (("from", self.from_), ("until", self.until)) if day)
        return " ".join(told)


def days(from_: date | None, until: date | None) -> Span:
    """Those from one to another, unchecked."""
    return Span().model_copy(update={"from_": from_, "until": until})


def without(some: Iterable[Span], of: Span) -> Iterator[Span]:
    """The days of one that are in none of some."""
    at = of.first
    for one in sorted((one for one in some if one.overlaps(of)), key=lambda one: one.first):
        if at < one.first:
            yield days(_if_any(at), one.first - DAY)
        if one.last >= of.last:
            return
        at = max(at, one.last + DAY)
    yield days(_if_any(at), of.until)


def _if_any(first: date) -> date | None:
    return None if first == date.min else first


def instant_ms(at: datetime, zone: ZoneInfo) -> int:
    """A local time in epoch ms; one that has an offset means that."""
    return round((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() * 1000)
