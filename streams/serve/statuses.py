"""How a channel's feed and a queue stand, in one word each; and what a stale snapshot lacks.

May import: standard library, the core, config.
"""

from collections.abc import Iterable
from typing import NamedTuple, get_args

from config import Centre
from config.planned_stops import Stop
from streams.core.reading import Cell
from streams.core.verdicts import is_silent
from streams.serve.documents import Feed, FeedStatus, PlannedStop, QueueStatus
from streams.serve.open_letters import is_of_letters
from streams.serve.view import LineView, View

FEED_STATUSES: tuple[str, ...] = get_args(FeedStatus)
QUEUE_STATUSES: tuple[str, ...] = get_args(QueueStatus)


class Lacking(NamedTuple):
    """What of a channel is not counted yet, not shown, or perhaps not read."""

    behind: int | None  # records
    missing: int  # partitions and topics
    unread: int  # partitions


def feed(
    channel: str, views: Iterable[View], centre: Centre, now_ms: int, lacking: Lacking, *, is_known: bool = True
) -> Feed:
    """A channel's entry in the snapshot: its status, its newest event, how long it has been silent, what it lacks.

    Where it is not known whether all of it is read, it is stale at any hour, and while it is rebuilt. While its source
    is down as planned it is stale as well, whatever still comes, and the entry says so.
    """
    stop = centre.planned_stop_at(channel, now_ms)
    own = [view for view in views if view.channel == channel]
    is_rebuilt = any(view.rebuilding is not None for view in own)  # what is read now is of the past
    newest = None if is_rebuilt else max([0, *(view.newest_ms for view in own)]) or None
    status: FeedStatus = "rebuilding" if is_rebuilt else _feed_status(channel, newest, centre, now_ms, stop)
    return Feed(
        status=status if is_known else "stale",
        newest_event_ms=newest,
        silent_ms=None if newest is None else max(0, now_ms - newest),
        behind=lacking.behind,
        missing=lacking.missing,
        unread=lacking.unread,
        planned_stop=None if stop is None else PlannedStop(**stop._asdict()),
    )


def _feed_status(channel: str, newest_ms: int | None, centre: Centre, now_ms: int, stop: Stop | None) -> FeedStatus:
    def is_open(at_ms: int) -> bool:
        return centre.opening_hours.is_any_open(channel, at_ms)

    if not is_open(now_ms):
        return "closed"
    is_unknown = stop is not None or is_silent(newest_ms, centre.definitions.stale_after, is_open, now_ms)
    return "stale" if is_unknown else "open"


def queue_status(
    channel_feed: Feed | None, view: LineView, main: Cell, least_sample: int, *, is_open: bool, is_read: bool = True
) -> QueueStatus:
    """A line's status; `is_open` is by its own hours, `main` its main window.

    One that is closed is open for those who still wait in it, where that is known: while its source is down nobody
    knows, nor where it is not known whether all of it is read (`is_read`). Where letters alone come there is no mean
    to be judged.
    """
    is_stopped = channel_feed is not None and channel_feed.planned_stop is not None
    is_stale = channel_feed is not None and channel_feed.status == "stale"
    waits = bool(view.waiting) and not is_stopped
    if is_stale and (is_open or waits or not is_read):
        return "stale"
    if not is_open:
        return "open" if waits else "closed"
    return "open" if main.get("answered", 0) >= least_sample or is_of_letters(view) else "insufficient"
