"""Of each source: whether it is heard, how its clock goes, what was wrong with what it sent, and where it disagrees.

May import: the core, config, documents, merging's Shown, statuses, view.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple, get_args

from msgspec import UNSET

from config.sources import OTHERS, SourceTable
from streams.core.by_source import MINUTE_MS, MINUTES, Minutes, counts_of
from streams.core.cells import merge
from streams.core.source_queue import OTHER
from streams.core.verdicts import is_silent
from streams.serve.documents import Agreement, SourceEntry, SourceStatus
from streams.serve.merging import Shown
from streams.serve.view import View

SOURCE_STATUSES: Final[tuple[str, ...]] = get_args(SourceStatus)
_SPAN_MS: Final = MINUTES * MINUTE_MS  # over which it is looked at how a clock goes
_NO_COUNTS: Final[Mapping[str, int]] = {}


def sources(views: Iterable[View], shown: Shown) -> dict[str, SourceEntry]:
    """By name, those that are configured, and all others together. What is of one that is configured no more is let be:
    it is there again when that is.
    """
    views = list(views)
    minutes, counts, agreements = _minutes(views), _counts(views), _agreements(shown)
    untold = {view.channel for view in views if view.promptness is UNSET}
    return {
        name: _entry(
            _Known(source, minutes.get(name, {}), counts.get(name, _NO_COUNTS), agreements.get(name)), shown, untold
        )
        for name, source in {**shown.centre.sources, OTHER: OTHERS}.items()
    }


class _Known(NamedTuple):
    """What there is of one."""

    source: SourceTable
    minutes: Minutes
    counts: Mapping[str, int]
    agreement: Agreement | None


def _entry(known: _Known, shown: Shown, untold: Collection[str]) -> SourceEntry:
    """`untold` are channels of which an earlier build shows something: it says nothing of sources."""
    source, now_ms = known.source, shown.now_ms
    channels = source.channels or list(shown.feeds)
    is_known = all(shown.is_caught_up(channel) and channel not in untold for channel in channels)
    heard_ms = min(now_ms, max(known.minutes) + MINUTE_MS) if known.minutes else None
    lately = [took for minute, took in known.minutes.items() if now_ms - _SPAN_MS < minute]
    quickest = min(lately) if lately and is_known else None
    # Where it dates its records, too, the clock that shows how far ahead it is is ours.
    ahead = None if quickest is None else max(0, -quickest, max(known.minutes) - now_ms)
    clock = _Clock(ahead, None if quickest is None else max(0, quickest))
    return SourceEntry(
        label=source.label,
        status=_status(source, heard_ms, clock, shown) if is_known else "unknown",
        heard_ms=heard_ms,
        silent_ms=now_ms - heard_ms if is_known and heard_ms is not None else None,
        ahead_ms=clock.ahead_ms,
        quickest_ms=clock.quickest_ms,
        late=known.counts.get("late", 0),
        rejected=known.counts.get("rejected", 0),
        clamped=known.counts.get("clamped", 0),
        unmatched=known.counts.get("unmatched", 0),
        counts=known.agreement if is_known else None,
    )


class _Clock(NamedTuple):
    """How a source's goes; None where nothing has come lately."""

    ahead_ms: int | None
    quickest_ms: int | None


def _status(source: SourceTable, heard_ms: int | None, clock: _Clock, shown: Shown) -> SourceStatus:
    """In one word; the first that is so."""
    centre = shown.centre

    def is_open(at_ms: int) -> bool:
        """Whether anything is to be heard of it: what is down as planned is as good as closed."""
        opened = (channel for channel in source.channels if centre.opening_hours.is_any_open(channel, at_ms))
        return any(centre.planned_stop_at(channel, at_ms) is None for channel in opened)

    if clock.ahead_ms is not None and clock.ahead_ms > source.ahead:
        return "ahead"
    if source.channels and not is_open(shown.now_ms):
        return "closed"
    if heard_ms is None:
        return "unheard"  # it may be called otherwise: where a whole channel is silent, that is told
    if clock.quickest_ms is not None and clock.quickest_ms > source.behind:
        return "behind"
    is_over = source.silent_after is not None and is_silent(heard_ms, source.silent_after, is_open, shown.now_ms)
    return "silent" if is_over else "heard"


def _minutes(views: Iterable[View]) -> dict[str, Minutes]:
    found: dict[str, Minutes] = {}
    for view in views:
        for source, minutes in ({} if view.promptness is UNSET else view.promptness).items():
            here = found.setdefault(source, {})
            for minute, took in minutes.items():
                here[minute] = min(took, here.get(minute, took))
    return found


def _counts(views: Iterable[View]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for view in views:
        for source, counts in counts_of(view.counters).items():
            merge(found.setdefault(source, {}), counts)
    return found


def _agreements(shown: Shown) -> dict[str, Agreement]:
    """Of the queues whose source says how many wait: where it says otherwise, and by how many together."""
    found: dict[str, Agreement] = {}
    for queue in shown.held_against:
        here = found.setdefault(queue.reported_by, Agreement(queues=0, fewer=0, more=0, difference=0))
        fewer, more = queue.disputed or 0, queue.reported_more or 0
        here.queues += 1
        here.fewer += fewer > 0
        here.more += more > 0
        here.difference += fewer + more
    return found
