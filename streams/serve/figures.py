"""A cell as people and programs read it: counts and the ratios made of them, with null where nothing is known.

Definitions: streams/MEASURES.md. May import: the core.
"""

from collections.abc import Mapping
from typing import Any

from streams.core.measures import (
    ABANDONED,
    ANSWERED,
    CALLBACK_KEPT,
    LEFT,
    REACHED,
    Cell,
    WaitStats,
    abandonment_rate,
    abandonment_rate_without_short,
    left,
    mean_ms,
    ratio,
)

Edges = tuple[int, ...]
Thresholds = Mapping[str, int]  # as people write them -> ms; each is an edge


# Every measure that is read from a window, here or to judge a promise: what happened in the queues themselves.
_WAITS = {name for f in (ANSWERED, ABANDONED) for name in (f.count, f.sum_ms, f.max_ms, f.histogram)}
WINDOW_MEASURES = frozenset({*_WAITS, *LEFT, "entered", "abandoned_short", "called_back", "missed"})


def window_figures(cell: Cell, edges_ms: Edges, thresholds: Thresholds) -> dict[str, Any]:
    """The figures of a short stretch of time. Waits in ms; shares from 0 to 1; null over nothing.

    Shares of journeys and promises are not among them: who came and who was reached in half an hour are other people.
    """
    get = cell.get
    answered, abandoned = WaitStats.of(cell, ANSWERED, edges_ms), WaitStats.of(cell, ABANDONED, edges_ms)
    return {
        "entered": get("entered", 0),
        "answered": answered.count,
        **_waits(answered),
        "share_within": {name: _shares_within(answered, abandoned, ms) for name, ms in thresholds.items()},
        "abandoned": abandoned.count,
        "abandoned_short": get("abandoned_short", 0),
        "abandonment_rate": abandonment_rate(cell),
        "abandonment_rate_without_short": abandonment_rate_without_short(cell),
        "left": left(cell),
        "left_by_reason": {name.removeprefix("left_"): cell[name] for name in LEFT if name in cell},
        "callbacks_asked": get("called_back", 0),
        "missed": get("missed", 0),
    }


def figures(cell: Cell, edges_ms: Edges, thresholds: Thresholds) -> dict[str, Any]:
    """All figures of a day, or of all time."""
    get = cell.get
    return {
        **window_figures(cell, edges_ms, thresholds),
        "lost": get("lost", 0),
        "offered": get("offered", 0),
        "callbacks": _callbacks(cell),
        "transfers": {
            "passed_on": get("passed_on", 0),
            "answered": get("passed_on_answered", 0),
            "given_up": get("passed_on_given_up", 0),
            "ended_otherwise": get("passed_on_ended_otherwise", 0),
        },
        "journeys": _journeys(cell),
    }


def bot_figures(cell: Cell) -> dict[str, Any]:
    """A chatbot's outcomes; its time is no part of any wait."""
    timed = cell.get("bot_timed", 0)
    return {
        "solved": cell.get("bot_solved", 0),
        "partly": cell.get("bot_partly", 0),
        "transferred": cell.get("bot_transferred", 0),
        "time_mean_ms": ratio(cell.get("bot_time_sum_ms", 0), timed),
    }


def _waits(stats: WaitStats) -> dict[str, Any]:
    return {
        "wait_sum_ms": stats.sum_ms,
        "wait_mean_ms": stats.mean_ms,
        "wait_max_ms": stats.max_ms,
        "wait_median_at_most_ms": stats.quantile_ms(0.5),
        "wait_p90_at_most_ms": stats.quantile_ms(0.9),
    }


def _callbacks(cell: Cell) -> dict[str, Any]:
    asked, kept = cell.get("called_back", 0), cell.get("callback_kept", 0)
    return {
        "asked": asked,
        "tried": cell.get("callback_tried", 0),
        "kept": kept,
        "cancelled": cell.get("callback_cancelled", 0),
        "failed": cell.get("callback_failed", 0),
        "broken": cell.get("callback_broken", 0),
        "overdue": cell.get("callback_overdue", 0),
        "kept_share": ratio(kept, asked),
        "wait_mean_ms": mean_ms(cell, CALLBACK_KEPT),
    }


def _journeys(cell: Cell) -> dict[str, Any]:
    journeys, reached = cell.get("journeys", 0), cell.get("reached", 0)
    first = cell.get("reached_first_visit", 0)
    return {
        "began": journeys,
        "reached": reached,
        "reached_share": ratio(reached, journeys),
        "reached_first_visit": first,
        "reached_first_visit_share": ratio(first, journeys),
        "wait_sum_ms": cell.get(REACHED.sum_ms, 0),
        "wait_mean_ms": mean_ms(cell, REACHED),
        "wait_max_ms": cell.get(REACHED.max_ms, 0) if reached else None,
    }


def _shares_within(answered: WaitStats, abandoned: WaitStats, threshold_ms: int) -> dict[str, float | None]:
    """The three shares within a threshold, each under its own name."""
    offered = answered.count + abandoned.count
    within = answered.within(threshold_ms)
    return {
        "of_answered": ratio(within, answered.count),
        "of_offered": ratio(within, offered),
        "with_abandons_met": ratio(within + abandoned.within(threshold_ms), offered),
    }
