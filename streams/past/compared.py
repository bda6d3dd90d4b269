"""Two states of one log held against each other: which figures of which days differ, and by how much.

A state that was begun later reaches back as far as Kafka does. Days that one of them does not reach, or not wholly, are
no differences: they are told by themselves. Pure. May import: the core, history's rows.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.past.history_rows import Row, Value

_NO_FIGURES = frozenset({"start", "channel", "audience", "queue", "definitions_since", "carried_from"})
Rows = Mapping[tuple[str, str], Mapping[str, Value]]  # by day and group, every figure by its name


class Unlike(NamedTuple):
    """One figure that differs. None: nothing was counted there, or it is not known."""

    day: str  # its date
    of: str  # the group: "channel/audience", or what rows are told apart by; empty: all
    figure: str
    one: Value
    other: Value

    @property
    def by(self) -> int | float | None:
        """How much more the other has; None where it is no number in one of them."""
        if isinstance(self.one, int | float) and isinstance(self.other, int | float):
            return self.other - self.one
        return None


class Reach(NamedTuple):
    """The days of one state, by their dates."""

    days: frozenset[str]
    whole_since: str = ""  # what is earlier its log does not have, or not all of it
    going_on: str = ""  # from this one on it is still being counted

    @property
    def whole(self) -> frozenset[str]:
        """Those that are there from their beginning to their end."""
        is_over = (day for day in self.days if not self.going_on or day < self.going_on)
        return frozenset(day for day in is_over if day >= self.whole_since)


@dataclass
class Compared:
    """What came of it; the days in order."""

    days: list[str]
    unlike: list[Unlike]
    only: tuple[list[str], list[str]]  # by state, those that the other does not have
    in_part: tuple[list[str], list[str]]  # those that both have, and one of them in part
    going_on: list[str] = field(default_factory=list)


def compared(one: Sequence[Row], other: Sequence[Row], ours: Reach, theirs: Reach) -> Compared:
    """Of all rows of days of two states."""
    both = ours.days & theirs.days
    going_on = {day for day in both for reach in (ours, theirs) if reach.going_on and day >= reach.going_on}
    in_part = tuple(sorted(day for day in both if day < reach.whole_since) for reach in (ours, theirs))
    days = ours.whole & theirs.whole
    return Compared(
        sorted(days),
        list(_unlike(_by_day(one, days), _by_day(other, days))),
        (sorted(ours.days - both), sorted(theirs.days - both)),
        (in_part[0], in_part[1]),
        sorted(going_on),
    )


def date_of(row: Row) -> str:
    """A row's day, by its own zone."""
    return row.start[:10]


def _by_day(rows: Iterable[Row], days: Collection[str]) -> Rows:
    return {(date_of(row), "/".join(row.group)): row.flat for row in rows if date_of(row) in days}


def _unlike(one: Rows, other: Rows) -> Iterator[Unlike]:
    for day, group in sorted({*one, *other}):
        mine, theirs = one.get((day, group), {}), other.get((day, group), {})
        for figure in dict.fromkeys((*mine, *theirs)):
            a, b = mine.get(figure), theirs.get(figure)
            if figure not in _NO_FIGURES and a != b and not (a or 0) == (b or 0) == 0:
                yield Unlike(day, group, figure, a, b)
