"""Of each source: whether it is heard, how its clock goes, what was wrong with what it sent, and where it disagrees.

May import: the core, config, documents, merging's Shown, statuses, view.
"""

from collections.abc import Iterable, Mapping
from typing import Final, get_args

from config import Centre
from config.sources import SourceTable
from streams.core.by_source import MINUTE_MS, MINUTES, Minutes, counts_of
from streams.core.source_queue import OTHER
from streams.core.verdicts import is_silent
from streams.serve.documents import Agreement, SourceEntry, SourceStatus
from streams.serve.merging import Shown
from streams.serve.view import View

SOURCE_STATUSES: Final[tuple[str, ...]] = get_args(SourceStatus)
_SPAN_MS: Final = MINUTES * MINUTE_MS  # over which it is looked at how a clock goes
_NO_COUNTS: Final[Mapping[str, int]] = {}


def sources(views: Iterable[View], shown: Shown) -> dict[str, SourceEntry]:
    """By name, those that are configured; and "other" where others have told of anything."""
    views, centre = list(views), shown.centre
    minutes, counts, agreements = _minutes(views, centre), _counts(views, centre), _agreements(shown, centre)
    others = {OTHER: _OTHER} if OTHER in minutes.keys() | counts.keys() | agreements.keys() else {}
    return {
        name: _entry(source, minutes.get(name, {}), counts.get(name, _NO_COUNTS), agreements.get(name), shown)
        for name, source in {**centre.sources, **others}.items()
    }


_OTHER: Final = SourceTable(label=OTHER)


def _entry(
    source: SourceTable, minutes: Minutes, counts: Mapping[str, int], agreement: Agreement | None, shown: Shown
) -> SourceEntry:
    now_ms, is_known = shown.now_ms, _is_known(source, shown)
    ended = [minute + MINUTE_MS for minute in minutes if minute <= now_ms]  # what is dated later says nothing of now
    heard_ms = min(now_ms, max(ended)) if ended else None
    lately = [took for minute, took in minutes.items() if now_ms - _SPAN_MS < minute <= now_ms]
    quickest = min(lately) if lately and is_known else None
    return SourceEntry(
        label=source.label,
        status=_status(source, heard_ms, quickest, shown) if is_known else "unknown",
        heard_ms=heard_ms,
        silent_ms=now_ms - heard_ms if is_known and heard_ms is not None else None,
        ahead_ms=None if quickest is None else max(0, -quickest),
        quickest_ms=None if quickest is None else max(0, quickest),
        late=counts.get("late", 0),
        rejected=counts.get("rejected", 0),
        clamped=counts.get("clamped", 0),
        unmatched=counts.get("unmatched", 0),
        counts=agreement or Agreement(queues=0, fewer=0, more=0, difference=0),
    )


def _status(source: SourceTable, heard_ms: int | None, quickest: int | None, shown: Shown) -> SourceStatus:
    """In one word; the first that is so."""
    centre = shown.centre

    def is_open(at_ms: int) -> bool:
        """Whether anything is to be heard of it: what is down as planned is as good as closed."""
        opened = (channel for channel in source.channels if centre.opening_hours.is_any_open(channel, at_ms))
        return any(centre.planned_stop_at(channel, at_ms) is None for channel in opened)

    if quickest is not None and -quickest > source.ahead:
        return "ahead"
    if quickest is not None and quickest > source.behind:
        return "behind"
    if source.channels and not is_open(shown.now_ms):
        return "closed"
    if heard_ms is None:
        return "unheard"  # it may be called otherwise: where a whole channel is silent, that is told
    is_over = source.silent_after is not None and is_silent(heard_ms, source.silent_after, is_open, shown.now_ms)
    return "silent" if is_over else "heard"


def _is_known(source: SourceTable, shown: Shown) -> bool:
    """Whether all that it may have sent is read."""
    return all(shown.is_caught_up(channel) for channel in source.channels or shown.feeds)


def _name(source: str, centre: Centre) -> str:
    """One that is not configured any more is one of the others."""
    return source if source in centre.sources else OTHER


def _minutes(views: Iterable[View], centre: Centre) -> dict[str, Minutes]:
    found: dict[str, Minutes] = {}
    for view in views:
        for source, minutes in view.promptness.items():
            here = found.setdefault(_name(source, centre), {})
            for minute, took in minutes.items():
                here[minute] = min(took, here.get(minute, took))
    return found


def _counts(views: Iterable[View], centre: Centre) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for view in views:
        for source, counts in counts_of(view.counters).items():
            here = found.setdefault(_name(source, centre), {})
            for wrong, n in counts.items():
                here[wrong] = here.get(wrong, 0) + n
    return found


def _agreements(shown: Shown, centre: Centre) -> dict[str, Agreement]:
    """Of the queues whose source says how many wait: where it says otherwise, and by how many together."""
    found: dict[str, Agreement] = {}
    for queue in shown.held_against:
        here = found.setdefault(_name(queue.reported_by, centre), Agreement(queues=0, fewer=0, more=0, difference=0))
        fewer, more = queue.disputed or 0, queue.reported_more or 0
        here.queues += 1
        here.fewer += fewer > 0
        here.more += more > 0
        here.difference += fewer + more
    return found
