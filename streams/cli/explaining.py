"""Why a target's verdict is what it is, in sentences: which rule speaks, of which figures, since when, and what would
clear it.

The rules are numbered in streams/MEASURES.md. Pure. May import: config, the core, documents, answers, durations.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from math import ceil
from typing import Final

from msgspec import UNSET

from config.targets import Target
from streams.cli.answers import Explained, ExplainedQueue
from streams.core.promised import Name, Sampled
from streams.durations import in_parts, short
from streams.serve.documents import Feed, Line, Snapshot, TargetEntry

CLOSED, STALE, BROKEN, UNANSWERED, INSUFFICIENT, DRIFTING, OK = range(1, 8)
_MEASURES: Final[dict[Name, str]] = {
    "mean_wait": "the mean wait",
    "share_within": "the share answered within {within}",
    "share_within_of_offered": "the share of all (answered or given up) answered within {within}",
    "share_within_with_abandons_met": "the share of all that was answered or gave up within {within}",
    "abandonment": "the share that gave up",
    "abandonment_without_short": "the share that gave up, short ones apart",
    "journey_wait": "the mean wait from the first queue to a person",
    "time_in_queues": "the mean time in all queues until a person",
    "callbacks_kept": "the share of callbacks kept",
}
_COUNTED: Final[dict[Sampled, str]] = {
    "answered": "answered",
    "offered": "who were answered or gave up",
    "journeys": "who reached a person",
    "promises": "callbacks that came to an end",
}
_GOOD: Final[dict[Name, str]] = {
    "mean_wait": "answered without a wait",
    "abandonment": "answered",
    "abandonment_without_short": "answered",
    "journey_wait": "who reach a person without a wait",
    "time_in_queues": "who reach a person without a wait",
    "callbacks_kept": "kept",
}
_IN_TIME: Final = "answered within {within}"


def explained(entry: TargetEntry, target: Target, document: Snapshot, now_ms: int, zone: tzinfo) -> Explained:
    """All of it, at an instant (epoch ms)."""
    stands_ms = None if entry.since_ms is None else max(0, now_ms - entry.since_ms)
    is_told_of = entry.verdict in ("breach", "drifting")
    feed = document.feeds.get(entry.channel)
    clear_ms = target.clear if entry.verdict == "breach" else min(target.clear, target.hold // 2)
    return Explained(
        target=entry.id,
        verdict=entry.verdict,
        rule=entry.rule,
        why=_why(entry, target, feed, zone),
        since=None if entry.since_ms is None else _at(entry.since_ms, zone).isoformat(timespec="seconds"),
        stands_ms=stands_ms,
        promised=f"{_measure(entry)} is {_limit(entry)} in the last {_span(entry.window_ms)}",
        value=entry.window.value,
        sample=entry.window.answered,
        least_sample=target.least_sample,
        pressure=entry.pressure,
        expected=entry.expected,
        told=_told(entry, target, stands_ms, zone) if is_told_of else "nobody is told of it",
        clears=_clears(entry, target, feed) + (f"; told as over after {_span(clear_ms)} of that" if is_told_of else ""),
        queues=_queues(entry, document),
    )


def in_words(of: Explained, zone: tzinfo) -> list[str]:
    """For people, a line each."""
    since = ""
    if of.since is not None and of.stands_ms is not None:
        began = datetime.fromisoformat(of.since).astimezone(zone)
        since = f" since {began:%H:%M:%S} ({_span(of.stands_ms - of.stands_ms % 1000) or '0 s'})"
    return [
        f"{of.target}: {of.verdict}{since}",
        f"  promised  {of.promised}",
        f"  why       {of.why} (rule {of.rule} of streams/MEASURES.md)",
        f"  told      {of.told}",
        f"  clears    {of.clears}",
    ]


def _why(entry: TargetEntry, target: Target, feed: Feed | None, zone: tzinfo) -> str:
    n, least = entry.window.answered, target.least_sample
    counted = _COUNTED[target.promise.measure.of]
    few = f"too few to judge by ({n} {counted}, {least} are needed)"
    now = f"if all who wait were answered now it would be {_value(entry, entry.pressure)}"
    if entry.rule == CLOSED:
        return "it is closed, and nothing is judged outside the opening hours"
    if entry.rule == STALE:
        if feed is not None and (stop := feed.planned_stop) is not None:
            until = f"{_at(stop.until_ms, zone):%Y-%m-%d %H:%M}"
            return f"nobody knows: the source of {entry.channel} is down as planned until {until} ({stop.reason})"
        state = (
            f" ({entry.channel} is {feed.status})"
            if feed is not None and feed.status in ("stale", "rebuilding")
            else ""
        )
        return f"nobody knows: the channel is silent, or its figures are not whole{state}; `svartid doctor` says which"
    if entry.rule == BROKEN:
        return f"{_measure(entry)} is {_value(entry, entry.window.value)}, of {n} {counted}"
    if entry.rule == UNANSWERED:
        return f"{few}, but with those who wait they are enough, and {now}: nobody answers"
    if entry.rule == INSUFFICIENT:
        return few if n is None or n < least else "how many were within the threshold is not known"
    kept = f"{_measure(entry)} is {_value(entry, entry.window.value)}, of {n} {counted}"
    if entry.rule == OK:
        return f"{kept}: it is kept, and is expected to be"
    if entry.expected is not None and not target.is_met(entry.expected):
        return f"{kept}, and is expected to be {_value(entry, entry.expected)} in {_span(target.lead)}"
    return f"{kept}, but {now}"


def _told(entry: TargetEntry, target: Target, stands_ms: int | None, zone: tzinfo) -> str:
    held = f"after it has stood for {_span(target.hold)}"
    severity = target.severity if entry.verdict == "breach" else "warning"
    if stands_ms is None or entry.since_ms is None:
        return f"as {severity}, {held}"
    if stands_ms < target.hold:
        return f"as {severity}, {held}: in {_span(1000 * ceil((target.hold - stands_ms) / 1000))}"
    return f"as {severity}, {held}: since {_at(entry.since_ms + target.hold, zone):%H:%M:%S}"


def _clears(entry: TargetEntry, target: Target, feed: Feed | None) -> str:
    missing = target.least_sample - (entry.window.answered or 0)
    if entry.rule == CLOSED:
        return "when it opens"
    if entry.rule == STALE:
        is_stopped = feed is not None and feed.planned_stop is not None
        stop = "the stop is over, " if is_stopped else ""
        return f"when {stop}the channel speaks again, and nothing of it is missing or unread"
    if entry.rule == BROKEN:
        more = _more(entry, target)
        leave = f"as the bad ones leave the window of {_span(entry.window_ms)}"
        return leave if more is None else f"with {more} more {_good(entry)}, or {leave}"
    if entry.rule == UNANSWERED:
        return "when those who wait are answered, or there are fewer of them"
    if entry.rule == INSUFFICIENT:
        return f"with {max(1, missing)} more {_COUNTED[target.promise.measure.of]}"
    if entry.rule == OK:
        return "when it is not kept, or is expected not to be"
    return "when fewer wait, or more are answered in time than come"


def _more(entry: TargetEntry, target: Target) -> int | None:
    """How many more good ones would keep it; None where no number does."""
    value, whole, limit = entry.window.value, entry.window.answered, target.promise.limit
    if value is None or whole is None:
        return None
    part, measure = value * whole, target.promise.measure
    per_good = 0 if measure.is_less_better else 1
    slope = per_good - limit  # of what is beyond the limit, by each good one
    if slope == 0:
        return None
    more = max(1, ceil((limit * whole - part) / slope - 1e-9))
    kept = next((n for n in (more, more + 1) if target.is_met((part + per_good * n) / (whole + n))), None)
    return kept


def _queues(entry: TargetEntry, document: Snapshot) -> list[ExplainedQueue]:
    """Those that it speaks of, the longest wait first."""
    window = short(entry.window_ms)
    found = []
    for line in document.lines.values():
        if _is_of(entry, line):
            of = line.windows.get(window)
            found.append(
                ExplainedQueue(
                    queue=f"{line.channel}/{line.audience}/{line.queue}",
                    answered=None if of is None else of.answered,
                    abandoned=None if of is None else of.abandoned,
                    wait_mean_ms=None if of is None else of.wait_mean_ms,
                    waiting=line.waiting,
                    oldest_wait_ms=line.oldest_wait_ms,
                )
            )
    return sorted(found, key=lambda one: (-(one.oldest_wait_ms or 0), -(one.wait_mean_ms or 0), one.queue))


def _is_of(entry: TargetEntry, line: Line) -> bool:
    return (
        not line.external
        and line.channel == entry.channel
        and entry.audience in (None, line.audience)
        and entry.queue in (UNSET, line.queue)
    )


def _measure(entry: TargetEntry) -> str:
    return _MEASURES[entry.measure].format(within=_span(entry.within_ms or 0))


def _good(entry: TargetEntry) -> str:
    return _GOOD.get(entry.measure, _IN_TIME).format(within=_span(entry.within_ms or 0))


def _value(entry: TargetEntry, value: float | None) -> str:
    if value is None:
        return "not known"
    return f"{value:.2%}" if entry.limit.at_most_ms is UNSET else _span(ceil(value / 1000) * 1000)


def _limit(entry: TargetEntry) -> str:
    limit = entry.limit
    if limit.at_most_ms is not UNSET:
        return f"at most {_span(limit.at_most_ms)}"
    if limit.at_most is not UNSET:
        return f"at most {limit.at_most:.10g}"
    return f"at least {limit.at_least:.10g}" if limit.at_least is not UNSET else f"more than {limit.more_than:.10g}"


def _span(ms: int) -> str:
    return " ".join(f"{n} {_UNITS[unit]}" for n, unit in in_parts(ms)) or "0 s"


_UNITS: Final = {"d": "d", "h": "h", "m": "min", "s": "s", "ms": "ms"}


def _at(ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(ms / 1000, zone)


def all_in_force(document: Snapshot, targets: Sequence[Target]) -> list[tuple[TargetEntry, Target]]:
    """Each target of a snapshot with what is configured of it."""
    by_id = {target.id: target for target in targets}
    return [(entry, by_id[entry.id]) for entry in document.targets if entry.id in by_id]
