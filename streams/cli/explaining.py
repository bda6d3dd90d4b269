"""Why a target's verdict is what it is, in sentences: which rule speaks, of which figures, since when, and what would
clear it.

The rules are numbered in streams/MEASURES.md. Pure. May import: config, the core, documents, windows, answers,
durations.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from math import ceil
from typing import Final

from msgspec import UNSET

from config.targets import Target
from streams.cli.answers import Explained, ExplainedQueue
from streams.core.promised import LONGEST, RATIO, TARGET_MEASURES, Sampled
from streams.core.telling import Matter
from streams.durations import in_parts, short
from streams.serve.documents import Line, Snapshot, TargetEntry
from streams.serve.windows import window_start

CLOSED, STALE, BROKEN, UNANSWERED, INSUFFICIENT, DRIFTING, OK = range(1, 8)
_COUNTED: Final[dict[Sampled, str]] = {
    "answered": "answered",
    "offered": "who were answered or gave up",
    "ended": "whose visit ended",
    "journeys": "who reached a person",
    "promises": "callbacks that came to an end",
    "waited": "who were answered, gave up or wait",
    "waiting": "who wait",
}


def all_in_force(document: Snapshot, targets: Sequence[Target]) -> list[tuple[TargetEntry, Target]]:
    """Each target of a snapshot with what is configured of it."""
    by_id = {target.id: target for target in targets}
    return [(entry, by_id[entry.id]) for entry in document.targets if entry.id in by_id]


def explained(entry: TargetEntry, target: Target, document: Snapshot, now_ms: int, zone: tzinfo) -> Explained:
    """All of it, at an instant (epoch ms)."""
    stands_ms = None if entry.since_ms is None else max(0, now_ms - entry.since_ms)
    terms = next((of for matter, of in target.telling.items() if matter == entry.verdict), None)
    return Explained(
        target=entry.id,
        verdict=entry.verdict,
        rule=entry.rule,
        why=_why(entry, target, document, zone),
        since=None if entry.since_ms is None else _at(entry.since_ms, zone).isoformat(timespec="seconds"),
        stands_ms=stands_ms,
        promised=f"{_measure(entry)} is {_limit(entry)} {_stretch(entry)}",
        value=entry.window.value,
        sample=entry.window.answered,
        least_sample=target.least_sample,
        pressure=entry.pressure,
        expected=entry.expected,
        told=_told(entry, target, stands_ms, zone),
        clears=_clears(entry, target, document, zone)
        + ("" if terms is None else f"; told as over after {_span(terms.clear_ms)} of that"),
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


def _why(entry: TargetEntry, target: Target, document: Snapshot, zone: tzinfo) -> str:
    n, least = entry.window.answered, target.least_sample
    counted = _COUNTED[target.promise.measure.of]
    few = f"too few to judge by ({n} {counted}, {least} are needed)"
    now = f"if all who wait were answered now it would be {_value(entry, entry.pressure)}"
    if entry.rule == CLOSED:
        return "it is closed, and nothing is judged outside the opening hours"
    if entry.rule == STALE:
        return f"nobody knows: {_why_stale(entry, target, document, zone)}"
    made = "" if target.promise.measure.is_of_now else f", of {n} {counted}"
    kept = f"{_measure(entry)} is {_value(entry, entry.window.value)}{made}"
    if entry.rule == BROKEN:
        return kept
    if entry.rule == UNANSWERED:
        return f"{few}, but with those who wait they are enough, and {now}: nobody answers"
    if entry.rule == INSUFFICIENT:
        return few if n is None or n < least else "how many were within the threshold is not known"
    if entry.rule == OK:
        return f"{kept}: it is kept, and is expected to be"
    if entry.expected is not None and not target.is_met(entry.expected):
        return f"{kept}, and is expected to be {_value(entry, entry.expected)} in {_span(target.lead)}"
    return f"{kept}, but {now}"


def _why_stale(entry: TargetEntry, target: Target, document: Snapshot, zone: tzinfo) -> str:
    feed = document.feeds.get(entry.channel)
    if feed is not None and (stop := feed.planned_stop) is not None:
        until = f"{_at(stop.until_ms, zone):%Y-%m-%d %H:%M}"
        return f"the source of {entry.channel} is down as planned until {until} ({stop.reason})"
    if feed is not None and feed.status in ("stale", "rebuilding"):
        return f"{entry.channel} is {feed.status}; `svartid doctor` says what is missing"
    if known_ms := _known_from_ms(entry, target, document):
        since_ms = known_ms - entry.window_ms
        return (
            f"{_measure(entry)} has been counted since {_when(since_ms, document, zone)} alone, and its window of "
            f"{_span(entry.window_ms)} begins before that"
        )
    return "the channel is silent, or its figures are not whole; `svartid doctor` says which"


def _known_from_ms(entry: TargetEntry, target: Target, document: Snapshot) -> int | None:
    """When all of its window will have been counted, where a measure that it is made of is younger than that."""
    later = target.promise.measure.later
    since_ms = max((since for name, since in document.counted_since.items() if name in later), default=0)
    is_younger = since_ms > window_start(document.as_of_ms, entry.window_ms)
    return since_ms + entry.window_ms if is_younger else None


def _told(entry: TargetEntry, target: Target, stands_ms: int | None, zone: tzinfo) -> str:
    """What somebody is told of it, or when."""
    is_known = entry.told is not None
    told = [(matter, of) for matter, of in entry.told_of if of.is_told]
    now = "; ".join(f"{_matter(matter, target)}: {_since(of.since_ms, zone)}" for matter, of in told)
    if entry.verdict not in ("breach", "drifting"):
        if told:
            return f"{now}; {_not_yet_over(entry, told[0][0], target)}"
        is_settled = is_known and all(of.is_told is False for _, of in entry.told_of)
        return "nobody is told of it" if is_settled or not is_known else "nobody knows what was told before"
    if entry.verdict in dict(told):
        return now
    coming = f"{_matter(entry.verdict, target)}, after it has stood for {_span(target.hold)}"
    if stands_ms is not None and stands_ms < target.hold:
        coming += f": in {_span(1000 * ceil((target.hold - stands_ms) / 1000))}"
    return f"{now}; {coming}" if told else coming


def _matter(matter: Matter, target: Target) -> str:
    return f"a breach, as {target.severity}" if matter == "breach" else f"a drift, as {target.drift_severity}"


def _since(ms: int | None, zone: tzinfo) -> str:
    return "told" if ms is None else f"since {_at(ms, zone):%H:%M:%S}"


def _not_yet_over(entry: TargetEntry, matter: Matter, target: Target) -> str:
    if entry.verdict == "stale":
        return "while nobody knows, nothing is taken back"
    return f"taken back when it has been gone for {_span(target.telling[matter].clear_ms)}"


def _clears(entry: TargetEntry, target: Target, document: Snapshot, zone: tzinfo) -> str:
    missing = target.least_sample - (entry.window.answered or 0)
    if entry.rule == CLOSED:
        return "when it opens"
    if entry.rule == STALE:
        if known_ms := _known_from_ms(entry, target, document):
            return f"at {_when(known_ms, document, zone)}, when all of its window has been counted"
        feed = document.feeds.get(entry.channel)
        stop = "the stop is over, " if feed is not None and feed.planned_stop is not None else ""
        return f"when {stop}the channel speaks again, and nothing of it is missing or unread"
    if entry.rule == BROKEN:
        more = _more(entry, target)
        leave = f"as the bad ones leave the window of {_span(entry.window_ms)}"
        if target.promise.measure.is_of_now:
            return f"when {_limit(entry)} wait"
        if target.promise.measure.shape is LONGEST:
            return f"when nobody waits beyond it, and the bad ones have left the window of {_span(entry.window_ms)}"
        return leave if more is None else f"with {more} more {_good(entry)}, or {leave}"
    if entry.rule == UNANSWERED:
        return "when those who wait are answered, or there are fewer of them"
    if entry.rule == INSUFFICIENT:
        return f"with {max(1, missing)} more {_COUNTED[target.promise.measure.of]}"
    if entry.rule == OK:
        return "when it is not kept, or is expected not to be"
    return "when fewer wait, or more are answered in time than come"


def _more(entry: TargetEntry, target: Target) -> int | None:
    """How many more good ones would keep it; None where no number does, and where it is none of a ratio."""
    value, whole, limit = entry.window.value, entry.window.answered, target.promise.limit
    if value is None or whole is None or target.promise.measure.shape is not RATIO:
        return None
    part, measure = value * whole, target.promise.measure
    per_good = 0 if measure.is_less_better else 1
    slope = per_good - limit  # of what is beyond the limit, by each good one
    if slope == 0:
        return None
    more = max(1, ceil((limit * whole - part) / slope - 1e-9))
    return next((n for n in (more, more + 1) if target.is_met((part + per_good * n) / (whole + n))), None)


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
    return TARGET_MEASURES[entry.measure].meaning.format(within=_span(entry.within_ms or 0))


def _good(entry: TargetEntry) -> str:
    return TARGET_MEASURES[entry.measure].good.format(within=_span(entry.within_ms or 0))


def _stretch(entry: TargetEntry) -> str:
    return "now" if TARGET_MEASURES[entry.measure].is_of_now else f"in the last {_span(entry.window_ms)}"


def _value(entry: TargetEntry, value: float | None) -> str:
    if value is None:
        return "not known"
    unit = TARGET_MEASURES[entry.measure].unit
    if unit == "visits":
        return f"{ceil(value)}"
    return f"{value:.2%}" if unit == "share" else _span(ceil(value / 1000) * 1000)


def _limit(entry: TargetEntry) -> str:
    limit = entry.limit
    if limit.at_most_ms is not UNSET:
        return f"at most {_span(limit.at_most_ms)}"
    if limit.at_most_visits is not UNSET:
        return f"at most {limit.at_most_visits}"
    if limit.at_most is not UNSET:
        return f"at most {limit.at_most:.10g}"
    return f"at least {limit.at_least:.10g}" if limit.at_least is not UNSET else f"more than {limit.more_than:.10g}"


def _span(ms: int) -> str:
    return " ".join(f"{n} {_UNITS[unit]}" for n, unit in in_parts(ms)) or "0 s"


_UNITS: Final = {"d": "d", "h": "h", "m": "min", "s": "s", "ms": "ms"}


def _when(ms: int, document: Snapshot, zone: tzinfo) -> str:
    """The time of day; with its date, where that is not the document's."""
    at, now = _at(ms, zone), _at(document.as_of_ms, zone)
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M:%S}"


def _at(ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(ms / 1000, zone)
