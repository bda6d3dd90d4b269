"""The snapshot: one JSON document of every queue, made of the partitions' views and the clock.

Its schema is `snapshot.schema.json` beside this file. A pure function: what is merged, and what time it is, are
arguments. May import: the core, config.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from config import Centre
from streams.core.measures import ANSWERED, Cell, WaitStats, merge, pressure_ms, ratio, residual
from streams.core.rules import OTHER
from streams.serve.figures import Edges, bot_figures, figures, window_figures
from streams.serve.targets import Shown, entries
from streams.serve.view import LineView, View

SCHEMA_VERSION = 1
CATCHING_UP = 5_000  # records behind: the figures are true of the past, not of now


@dataclass(slots=True)
class Memo:
    """What went into the last snapshot and what came of it, by line or group: only what changed is worked out again."""

    merged: dict[str, tuple[list[LineView], LineView]] = field(default_factory=dict)
    figures: dict[tuple[str, str], tuple[Cell, dict[str, Any]]] = field(default_factory=dict)  # by stretch of time too


def snapshot(
    views: Iterable[View],
    missing: Iterable[str],
    centre: Centre,
    edges_ms: Edges,
    now_ms: int,
    fresh_ms: int,
    memo: Memo | None = None,
) -> dict[str, Any]:
    """The document as of `now_ms`, to be believed for `fresh_ms` more. `missing` are partitions that nobody shows.

    `memo` is left by the last call for the next one.
    """
    memo = memo or Memo()
    views, missing = list(views), sorted(missing)
    feeds: dict[str, Any] = {channel: _feed(channel, views, centre, now_ms) for channel in centre.hours}
    lines = _lines(views, centre, memo)
    groups = _groups(lines, centre, memo)
    maker = _Maker(centre, edges_ms, feeds, now_ms, memo)
    behind = sum(view.behind for view in views)
    return {
        "schema_version": SCHEMA_VERSION,
        "centre": centre.name,
        "as_of": iso(now_ms),
        "as_of_ms": now_ms,
        "fresh_until_ms": now_ms + fresh_ms,
        "status": "stale" if missing or not views else "catching_up" if behind > CATCHING_UP else "live",
        "missing_partitions": missing,
        "behind": behind,
        "main_window": duration(centre.windows.main),
        "feeds": feeds,
        "groups": {group: maker.entry(group, view) for group, view in groups.items()},
        "lines": {line: maker.entry(line, view) for line, view in lines.items()},
        "targets": entries(Shown(centre, lines, groups, feeds, _is_of_now(views, missing), now_ms), edges_ms),
        "records": _records(views),
        "residual": sum(abs(residual(view.total, _waiting_in_books(view))) for view in lines.values()),
    }


def _is_of_now(views: Iterable[View], missing: Collection[str]) -> bool:
    """Whether the figures are whole, and of now rather than of a past that is being caught up with."""
    return not missing and sum(view.behind for view in views) <= CATCHING_UP


def judged(
    views: Iterable[View], missing: Collection[str], centre: Centre, edges_ms: Edges, now_ms: int, memo: Memo
) -> list[dict[str, Any]]:
    """The document's `targets` alone."""
    views = list(views)
    feeds: dict[str, Any] = {channel: _feed(channel, views, centre, now_ms) for channel in centre.hours}
    lines = _lines(views, centre, memo)
    groups = _groups(lines, centre, memo)
    return entries(Shown(centre, lines, groups, feeds, _is_of_now(views, missing), now_ms), edges_ms)


class _Maker:
    """Makes the entries of one document."""

    def __init__(self, centre: Centre, edges_ms: Edges, feeds: Mapping[str, Any], now_ms: int, memo: Memo) -> None:
        self.centre, self.edges_ms, self.feeds, self.now_ms, self.memo = centre, edges_ms, feeds, now_ms, memo
        thresholds = sorted({t.within for t in centre.targets if t.within is not None})
        self.thresholds = {duration(t): t for t in thresholds}
        self.windows = {duration(length): length for length in sorted(centre.windows.lengths)}

    def entry(self, name: str, view: LineView) -> dict[str, Any]:
        """One line, or one channel's and audience's lines together."""
        channel, audience, *queue = name.split("/")
        ages_ms = view.waiting * self.now_ms - view.waiting_since_sum_ms
        main = view.windows.get(self.centre.windows.main, {})
        return {
            "channel": channel,
            "audience": audience,
            "queue": queue[0] if queue else None,
            "external": name in self.centre.external_lines,
            "status": self._status(channel, view, main),
            "waiting": view.waiting,
            "oldest_wait_ms": _since(view.waiting_oldest_ms, self.now_ms),
            "mean_age_ms": ratio(ages_ms, view.waiting),
            "pressure_ms": pressure_ms(main, view.waiting, ages_ms),
            "reported": None if view.reported is None else {"at_ms": view.reported[0], "waiting": view.reported[1]},
            "callbacks_open": view.promises_open,
            "callbacks_overdue_now": view.promises_overdue,
            "callbacks_oldest_ms": _since(view.promises_oldest_ms, self.now_ms),
            "transfers_waiting": view.transfers_waiting,
            "windows": {
                window: self._made(name, window, view.windows.get(length, {}), self._window)
                for window, length in self.windows.items()
            },
            "today": self._made(name, "today", view.today, self._figures),
            "total": self._made(name, "total", view.total, self._total),
        }

    def _made(self, name: str, stretch: str, cell: Cell, make: Callable[[Cell], dict[str, Any]]) -> dict[str, Any]:
        before = self.memo.figures.get((name, stretch))
        if before is None or before[0] != cell:
            before = self.memo.figures[name, stretch] = (cell, make(cell))
        return before[1]

    def _window(self, cell: Cell) -> dict[str, Any]:
        return window_figures(cell, self.edges_ms, self.thresholds)

    def _figures(self, cell: Cell) -> dict[str, Any]:
        made = figures(cell, self.edges_ms, self.thresholds)
        if any(name.startswith("bot_") for name in cell):
            made["bot"] = bot_figures(cell)
        return made

    def _total(self, cell: Cell) -> dict[str, Any]:
        """Since the beginning: no maximum is kept for it, but the whole histogram is shown, cumulative."""
        made = figures(cell, self.edges_ms, {})
        del made["wait_max_ms"], made["share_within"], made["journeys"]["wait_max_ms"]
        within_edges = WaitStats.of(cell, ANSWERED, self.edges_ms).within_edges
        made["wait_histogram"] = list(zip(self.edges_ms, within_edges[:-1], strict=True))
        return made

    def _status(self, channel: str, view: LineView, main: Cell) -> str:
        feed = self.feeds.get(channel, {}).get("status", "open")
        if feed == "closed":
            return "closed" if not view.waiting else "open"
        if feed == "stale":
            return "stale"
        return "open" if main.get("answered", 0) >= self.centre.definitions.least_sample else "insufficient"


def _feed(channel: str, views: Iterable[View], centre: Centre, now_ms: int) -> dict[str, Any]:
    newest = max((view.watermark_ms for view in views if view.channel == channel), default=0) or None
    silent_ms = None if newest is None else max(0, now_ms - newest)
    stale_after, is_open = centre.definitions.stale_after, centre.opening_hours.is_open
    if not is_open(channel, now_ms):
        status = "closed"
    elif (silent_ms is None or silent_ms > stale_after) and is_open(channel, now_ms - stale_after):
        status = "stale"
    else:
        status = "open"
    return {"status": status, "newest_event_ms": newest, "silent_ms": silent_ms}


def _lines(views: list[View], centre: Centre, memo: Memo) -> dict[str, LineView]:
    """Every configured line and every line with anything, merged over the partitions."""
    configured = [line for line in centre.own_lines if not line.endswith("/" + OTHER)] + centre.external_lines
    parts: dict[str, list[LineView]] = {line: [] for line in configured}
    for view in views:
        for name, line in view.lines.items():
            parts.setdefault(name, []).append(line)
    return {name: _merged(name, own, centre, memo) for name, own in parts.items()}


def _groups(lines: Mapping[str, LineView], centre: Centre, memo: Memo) -> dict[str, LineView]:
    """The centre's own lines by channel and audience; what lies outside is in no group."""
    parts: dict[str, list[LineView]] = {}
    for name, view in lines.items():
        if name not in centre.external_lines:
            parts.setdefault(name.rpartition("/")[0], []).append(view)
    groups = {name: _merged(name, own, centre, memo) for name, own in parts.items()}
    for name, own in parts.items():
        groups[name].reported = _reported_together(own)
    return groups


def _reported_together(lines: Iterable[LineView]) -> tuple[int, int] | None:
    """What the source says of all lines together, as of its oldest word; None unless it speaks of all with visits."""
    said = [line.reported for line in lines if line.reported or line.total]
    known = [word for word in said if word is not None]
    return (min(at for at, _ in known), sum(n for _, n in known)) if known and len(known) == len(said) else None


def _merged(name: str, parts: list[LineView], centre: Centre, memo: Memo) -> LineView:
    known = memo.merged.get(name)
    if known is None or known[0] != parts:
        whole = LineView(windows={length: {} for length in centre.windows.lengths})
        for part in parts:
            whole.add(part)
        known = memo.merged[name] = (parts, whole)
    return known[1]


def _records(views: Iterable[View]) -> dict[str, Any]:
    counters: dict[str, int] = {}
    for view in views:
        merge(counters, view.counters)
    rejected = {name.partition(":")[2]: n for name, n in counters.items() if name.startswith("rejected:")}
    return {
        "accepted": counters.get("accepted", 0),
        "late": counters.get("late", 0),
        "newer": counters.get("newer", 0),
        "rejected": rejected,
    }


def _waiting_in_books(view: LineView) -> int:
    return view.waiting + view.presumed_lost_by_clock


def _since(instant_ms: int | None, now_ms: int) -> int | None:
    return None if instant_ms is None else max(0, now_ms - instant_ms)


def iso(ms: int) -> str:
    """RFC 3339, UTC, with milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration(ms: int) -> str:
    """As people write it: "10s", "7m", "1h"."""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"
