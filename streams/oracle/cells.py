"""The figures put where they belong: pane, interval, day and total, and only what is still kept.

May import: standard library.
"""

from collections.abc import Iterable
from typing import Final, TypedDict

from streams.oracle.definitions import Definitions
from streams.oracle.journey import Count
from streams.oracle.time_of_day import day_start

PANE_MS: Final = 10_000
INTERVAL_MS: Final = 15 * 60_000

Cells = dict[str, dict[str, int]]  # line -> measure -> n
Spans = dict[int, Cells]  # start in epoch ms -> cells


class Figures(TypedDict):
    """All that was counted, by where it belongs."""

    panes: Spans
    intervals: Spans
    days: Spans
    totals: Cells


def pane_start(at: int) -> int:
    """The start of the 10 s pane that an instant is in."""
    return at - at % PANE_MS


def interval_start(at: int) -> int:
    """The start of the quarter of an hour (UTC) that an instant is in."""
    return at - at % INTERVAL_MS


class Books:
    """All counts by pane, interval and day, and in total; a span is kept while start > W - retention."""

    def __init__(self, watermark: int, definitions: Definitions) -> None:
        self.timezone = definitions.timezone
        self.panes, self.intervals, self.days = Spans(), Spans(), Spans()
        self.totals = Cells()
        self.no_pane = watermark - definitions.pane_retention_ms
        self.no_interval = watermark - definitions.interval_retention_ms
        self.no_day = watermark - definitions.day_retention_ms

    def add(self, counts: Iterable[Count]) -> None:
        """Puts each count where it belongs."""
        for count in counts:
            if count.n == 0:
                continue  # what is 0 is absent
            if not _is_max(count.measure):
                _add(self.totals, count)
            if (start := pane_start(count.at)) > self.no_pane:
                _add(self.panes.setdefault(start, {}), count)
            if (start := interval_start(count.at)) > self.no_interval:
                _add(self.intervals.setdefault(start, {}), count)
            if (start := day_start(count.at, self.timezone)) > self.no_day:
                _add(self.days.setdefault(start, {}), count)

    def figures(self) -> Figures:
        """Everything that was added, in the order of time."""
        return {
            "panes": dict(sorted(self.panes.items())),
            "intervals": dict(sorted(self.intervals.items())),
            "days": dict(sorted(self.days.items())),
            "totals": dict(sorted(self.totals.items())),
        }


def _is_max(measure: str) -> bool:
    return measure.endswith("_max_ms")


def _add(cells: Cells, count: Count) -> None:
    cell = cells.setdefault(count.line, {})
    so_far = cell.get(count.measure, 0)
    cell[count.measure] = max(so_far, count.n) if _is_max(count.measure) else so_far + count.n
