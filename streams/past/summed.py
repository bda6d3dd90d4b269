"""What a promise came to in a stretch of time: the kept cells of days, and of quarters of an hour, added up.

Pure: the cells are arguments (history_cells.py reads them). May import: the core, history_cells' Found, promise.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, Self, TypeVar
from zoneinfo import ZoneInfo

from streams.core.burn import LENGTHS_MS, Lately
from streams.core.calendar import INTERVAL_MS, date_of, interval_of, midnight
from streams.core.cells import merge
from streams.core.later import unknown
from streams.core.promised import NOTHING, Parts
from streams.core.promised_days import OF_BOTS, response
from streams.core.reading import Cell
from streams.past.history import Span
from streams.past.history_cells import Found
from streams.past.promise import Promise

When = TypeVar("When", date, int)
Lines = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Cells(Generic[When]):
    """Kept cells by when they begin, as the lines were shown then: a date, or an instant (epoch ms)."""

    by_when: Mapping[When, Lines]
    external: Mapping[When, Collection[str]]  # the lines that were not the centre's own then
    coarse_ms: Set[int]
    _by_whose: dict[object, dict[When, Cell]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Found, external_at: Callable[[int], Collection[str]], when: Callable[[int], When]) -> Self:
        """Of all lines, and which of them are the centre's own."""
        by_when: dict[When, dict[str, Cell]] = {}
        external: dict[When, Collection[str]] = {}
        for start, line, cell in found.cells:
            at = when(start)
            external.setdefault(at, external_at(start))
            merge(by_when.setdefault(at, {}).setdefault(line, {}), cell)
        return cls(by_when, external, found.coarse_ms)

    def parts(self, promise: Promise, first: When, last: When) -> Parts:
        """Part and whole of a promise over these, both included."""
        own, all_ = (_sum(cells, first, last) for cells in (self.own(promise), self.all(promise)))
        return promise.counted(own, all_, self.coarse_ms) if own or all_ else NOTHING

    def own(self, promise: Promise) -> Mapping[When, Cell]:
        """Those of all queues that a promise is of, together: made once for all of the same."""
        key = (promise.of.whose, promise.is_of_bots)
        if key not in self._by_whose:
            self._by_whose[key] = self._together(lambda line: _is_of(line, promise), bots=promise.is_of_bots)
        return self._by_whose[key]

    def all(self, promise: Promise) -> Mapping[When, Cell]:
        """Those of all queues of the centre, its chatbots among them; nothing where a promise does not go by it."""
        if not promise.is_of_bots:
            return {}
        if None not in self._by_whose:
            self._by_whose[None] = self._together(lambda _: True, bots=True)
        return self._by_whose[None]

    def _together(self, is_in: Callable[[str], bool], *, bots: bool) -> dict[When, Cell]:
        """The centre's own lines together; of what is outside, where they are asked for, what chatbots came to."""
        together: dict[When, Cell] = {}
        for when, lines in self.by_when.items():
            for line, cell in lines.items():
                if not is_in(line):
                    continue
                if line not in self.external[when]:
                    merge(together.setdefault(when, {}), cell)
                elif bots:
                    of_bots = {name: n for name, n in cell.items() if name in OF_BOTS}
                    merge(together.setdefault(when, {}), of_bots)
        return together


def _sum(cells: Mapping[When, Cell], first: When, last: When) -> Cell:
    total: Cell = {}
    for when, cell in cells.items():
        if first <= when <= last:
            merge(total, cell)
    return total


def _is_of(line: str, promise: Promise) -> bool:
    channel, audience, _ = line.split("/", 2)
    return line == promise.of.whose if promise.of.queue is not None else promise.of.is_of(channel, audience)


@dataclass(frozen=True, slots=True)
class Known:
    """From when on what is kept is all that there was."""

    counted_since: Mapping[str, int]
    let_go_of_ms: int  # up to where (epoch ms) nobody knows any more what was counted

    def is_all(self, promise: Promise, begins_ms: int) -> bool:
        """Whether all that a promise is made of was counted, and is kept, from an instant (epoch ms) on."""
        return begins_ms > self.let_go_of_ms and not promise.later & unknown(self.counted_since, begins_ms)


@dataclass(frozen=True, slots=True)
class Days:
    """The days: what every stretch of dates is added up of."""

    cells: Cells[date]
    known: Known
    zone: ZoneInfo
    today: date | None = None  # the day that is not over; of a survey nothing is said of it

    @classmethod
    def of(
        cls,
        found: Found,
        external_at: Callable[[int], Collection[str]],
        zone: ZoneInfo,
        today: date | None = None,
    ) -> "Days":
        """Of all lines, and which of them are the centre's own."""
        cells: Cells[date] = Cells.of(found, external_at, lambda start: date_of(start, zone))
        return cls(cells, Known(found.counted_since, found.let_go_of_ms), zone, today)

    @property
    def begin(self) -> date:
        """The first day on which anything at all was counted; of what was before nothing is known."""
        return min(self.cells.by_when, default=date.max)

    def parts(self, promise: Promise, first: date, last: date) -> Parts | None:
        """Part and whole of a promise over these dates, both included; None where that is not known: where a day of it
        was let go, it was not counted then, or nothing at all was counted up to the last of them.
        """
        return self.cells.parts(promise, first, last) if self.is_known(promise, first, last) else None

    def response(self, promise: Promise, first: date, last: date) -> float | None:
        """Of a survey, the share that answered of those who were asked; None where that is not known."""
        if not promise.is_asked or not self.is_known(promise, first, last):
            return None
        return response(_sum(self.cells.own(promise), first, last))

    def each(self, promise: Promise, last: date) -> Iterator[tuple[date, Parts]]:
        """Of each day that there is and that is known, up to a date."""
        own, everybody = self.cells.own(promise), self.cells.all(promise)
        for day in sorted(own.keys() | everybody.keys()):
            if day <= last and self.is_known(promise, day, day):
                yield day, promise.counted(own.get(day, {}), everybody.get(day, {}), self.cells.coarse_ms)

    def is_known(self, promise: Promise, first: date, last: date) -> bool:
        """Whether all that a promise is made of was counted, and is kept, from the beginning of the first day on; and
        anything was by the last.
        """
        return first <= last >= self.begin and self.known.is_all(promise, midnight(first, self.zone))


@dataclass(frozen=True, slots=True)
class Quarters:
    """The quarters of an hour of the last 24 hours, the one that is running among them."""

    cells: Cells[int]
    known: Known
    zone: ZoneInfo
    now_ms: int

    @classmethod
    def of(cls, found: Found, external_at: Callable[[int], Collection[str]], zone: ZoneInfo, now_ms: int) -> "Quarters":
        """Of all lines, as of an instant (epoch ms)."""
        cells: Cells[int] = Cells.of(found, external_at, lambda start: start)
        return cls(cells, Known(found.counted_since, found.let_go_of_ms), zone, now_ms)

    @staticmethod
    def span(now_ms: int, zone: ZoneInfo) -> Span:
        """What it is made of."""
        end = interval_of(now_ms) + INTERVAL_MS
        return Span.of(end - LENGTHS_MS["1d"], end, "15m", zone)

    def parts(self, promise: Promise, stretch: Lately, since: date) -> Parts | None:
        """Part and whole of a promise in the latest stretch, but of nothing before a date; None where that is not
        known: where a quarter of it was let go, or it was not counted then.
        """
        last = interval_of(self.now_ms)
        first = max(last + INTERVAL_MS - LENGTHS_MS[stretch], midnight(since, self.zone))
        return self.cells.parts(promise, first, last) if self.known.is_all(promise, first) else None
