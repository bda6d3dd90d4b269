"""The figures put where they belong: pane, interval, day and total, and only what is still kept.

May import: standard library.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from streams.oracle.definitions import Definitions
from streams.oracle.journey import Count

PANE_MS: Final = 10_000
INTERVAL_MS: Final = 15 * 60_000

Cells = dict[str, dict[str, int]]  # line -> measure -> n
Spans = dict[int, Cells]  # start in epoch ms -> cells


def pane_start(at: int) -> int:
    """The start of the 10 s pane that an instant is in."""
    return at - at % PANE_MS


def interval_start(at: int) -> int:
    """The start of the quarter of an hour (UTC) that an instant is in."""
    return at - at % INTERVAL_MS


def day_start(at: int, timezone: str) -> int:
    """The local midnight before an instant, in epoch ms."""
    return _midnight_ms(at // 1000, timezone)


@lru_cache(maxsize=100_000)
def _midnight_ms(second: int, timezone: str) -> int:
    here = datetime.fromtimestamp(second, ZoneInfo(timezone))
    midnight = datetime(here.year, here.month, here.day, tzinfo=here.tzinfo)
    return int(midnight.timestamp()) * 1000


def book(counts: Iterable[Count], watermark: int, definitions: Definitions) -> dict[str, Spans | Cells]:
    """All counts by pane, interval and day, and in total; a span is kept while start > W - retention."""
    panes: Spans = {}
    intervals: Spans = {}
    days: Spans = {}
    totals: Cells = {}
    for count in counts:
        _add(totals, count)
        for spans, start, retention in (
            (panes, pane_start(count.at), definitions.pane_retention_ms),
            (intervals, interval_start(count.at), definitions.interval_retention_ms),
            (days, day_start(count.at, definitions.timezone), definitions.day_retention_ms),
        ):
            if start > watermark - retention:
                _add(spans.setdefault(start, {}), count)
    return {
        "panes": _tidy(panes),
        "intervals": _tidy(intervals),
        "days": _tidy(days),
        "totals": {
            line: {measure: n for measure, n in cell.items() if not _is_max(measure)} for line, cell in totals.items()
        },
    }


def _is_max(measure: str) -> bool:
    return measure.endswith("_max_ms")


def _add(cells: Cells, count: Count) -> None:
    if count.n == 0:
        return  # what is 0 is absent
    cell = cells.setdefault(count.line, {})
    so_far = cell.get(count.measure, 0)
    cell[count.measure] = max(so_far, count.n) if _is_max(count.measure) else so_far + count.n


def _tidy(spans: Spans) -> Spans:
    """In the order of time. A span is never empty: whatever opens one also counts at least a 1 in it."""
    return {start: spans[start] for start in sorted(spans) if spans[start]}
