"""History: what quarters of an hour, hours, days, and weeks up to years held, merged over partitions and lines.

Pure: the kept cells are arguments (history_cells.py reads them). May import: the core.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from streams.core.calendar import INTERVAL_MS, Stretch, day_of, hour_of, next_day, next_stretch, stretch_of
from streams.core.carried import Carried, changes, definitions_since
from streams.core.carried import stretch_of as carried_of
from streams.core.cells import merge
from streams.core.definitions import Definitions
from streams.core.later import OF_CONVERSATIONS, unknown
from streams.core.measures import DAILY, too_few
from streams.core.reading import NO_EDGES, Cell, Reading
from streams.past.history_rows import Row
from streams.serve.figures import read as read_figures

Step = Literal["15m", "1h", Stretch]
By = Literal["total", "channel", "audience", "group", "queue"]
NO_SINCE: Mapping[str, int] = {}
NONE: Set[str] = frozenset()
Located = tuple[int, str, Cell]  # start, line, cell

GROUP_BY: dict[By, tuple[str, ...]] = {
    "total": (),
    "channel": ("channel",),
    "audience": ("audience",),
    "group": ("channel", "audience"),
    "queue": ("channel", "audience", "queue"),
}
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Span:
    """The rows that start from one instant up to, not including, another; each row is whole."""

    from_ms: int
    to_ms: int
    step: Step
    zone: ZoneInfo

    @classmethod
    def of(cls, from_ms: int, to_ms: int, step: Step, zone: ZoneInfo) -> "Span":
        """Between any two instants (epoch ms): the first row starts at or after the first."""
        return cls(_next_start(from_ms, step, zone), _next_start(to_ms, step, zone), step, zone)

    @property
    def is_of_days(self) -> bool:
        """Whether its rows are made of whole days, and not of intervals."""
        return self.step not in ("15m", "1h")

    def cell_starts(self) -> Sequence[int]:
        """Where the kept cells that these rows are made of start: local days, or intervals."""
        if not self.is_of_days:
            return range(self.from_ms, self.to_ms, INTERVAL_MS)
        days, day = [], self.from_ms
        while day < self.to_ms:
            days.append(day)
            day = next_day(day, self.zone)
        return days

    def row_start(self, cell_start: int) -> int | None:
        """The row that a cell belongs to, or None if it is outside."""
        if not self.from_ms <= cell_start < self.to_ms:
            return None
        if self.step == "15m" or self.step == "1d":
            return cell_start
        return hour_of(cell_start, self.zone) if self.step == "1h" else stretch_of(cell_start, self.step, self.zone)

    def instant(self, at: int) -> str:
        """An instant with its local offset."""
        return datetime.fromtimestamp(at / 1000, self.zone).isoformat()

    def end(self, start: int) -> int:
        """Where the row ends that starts then."""
        if self.step == "15m" or self.step == "1h":
            return start + (HOUR_MS if self.step == "1h" else INTERVAL_MS)
        return next_stretch(start, self.step, self.zone)

    def text(self, start: int) -> str:
        """A row's start: UTC, but with its local offset where it is made of days, as it is its date that tells it."""
        if self.is_of_days:
            return self.instant(start)
        return datetime.fromtimestamp(start / 1000, UTC).isoformat().replace("+00:00", "Z")


def _next_start(ms: int, step: Step, zone: ZoneInfo) -> int:
    """The first start of a row at or after an instant."""
    if step == "15m":
        return -(-ms // INTERVAL_MS) * INTERVAL_MS
    if step == "1h":
        hour = hour_of(ms, zone)
        return hour if hour == ms else hour + HOUR_MS
    stretch = stretch_of(day_of(ms, zone), step, zone)
    return stretch if stretch == ms else next_stretch(stretch, step, zone)


def rows(
    cells: Iterable[Located],
    span: Span,
    by: By,
    external_at: Callable[[int], Collection[str]],
    shown_ms: tuple[int, ...],
    coarse_ms: Set[int] = NO_EDGES,
    counted_since: Mapping[str, int] = NO_SINCE,
    carried: Sequence[Carried] = (),
    changed_ms: Sequence[int] = (),
    definitions: Definitions | None = None,
) -> list[Row]:
    """The rows in order of time and name; where nothing was counted there is none, as no data is never zero.

    Lines that are external when a cell starts are no part of the centre's own figures: only by queue are they shown,
    each by itself. `carried` is what was carried over from other states, and `changed_ms` since when (epoch ms) there
    are other definitions of its own. `definitions` say which channels' conversations are counted.
    """
    changed_ms = changes(carried, changed_ms)
    too_fine: Set[str] = frozenset() if span.is_of_days else DAILY
    merged: dict[tuple[int, tuple[str, ...]], Cell] = {}
    channels: dict[tuple[int, tuple[str, ...]], set[str]] = {}
    for start, line, cell in cells:
        row = span.row_start(start)
        in_rows = {name: n for name, n in cell.items() if name not in too_fine} if too_fine else cell
        if row is not None and in_rows and (by == "queue" or line not in external_at(start)):
            key = (row, _group(line, by))
            merge(merged.setdefault(key, {}), in_rows)
            channels.setdefault(key, set()).add(line.partition("/")[0])

    def not_known(start: int, group: tuple[str, ...], cell: Cell) -> Set[str]:
        are_counted = definitions and definitions.count_conversations(channels[start, group], start, span.end(start))
        return unknown(counted_since, start) | too_fine | too_few(cell) | (NONE if are_counted else OF_CONVERSATIONS)

    return [
        read_figures(
            Row,
            Reading(cell, shown_ms, coarse_ms=coarse_ms, unknown=not_known(start, group, cell)),
            **_origin(span, start, carried, changed_ms),
            **_names(by, group),
        )
        for (start, group), cell in sorted(merged.items(), key=lambda item: item[0])
    ]


def _origin(span: Span, start: int, carried: Sequence[Carried], changed_ms: Sequence[int]) -> dict[str, str | None]:
    """When a row starts, who counted it, and by definitions of when."""
    of, since = carried_of(carried, start), definitions_since(changed_ms, span.end(start))
    return {
        "start": span.text(start),
        "definitions_since": None if since is None else span.instant(since),
        "carried_from": of.state if of else None,
    }


def _names(by: By, group: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(GROUP_BY[by], group, strict=True))


def _group(line: str, by: By) -> tuple[str, ...]:
    named = dict(zip(GROUP_BY["queue"], line.split("/", 2), strict=True))
    return tuple(named[name] for name in GROUP_BY[by])


def columns(by: By, shown_ms: tuple[int, ...]) -> list[str]:
    """The names of all that a row has, in order; the same whatever was counted."""
    group = dict.fromkeys(GROUP_BY[by], "")
    return list(read_figures(Row, Reading({}, shown_ms), start="", **group).flat)
