"""How a channel's feed and a queue stand, in one word each; and what a stale snapshot lacks.

May import: standard library, the core, config.
"""

from collections.abc import Iterable
from typing import get_args

from config import Centre
from streams.core.reading import Cell
from streams.core.verdicts import is_silent
from streams.serve.documents import Feed, FeedStatus, QueueStatus
from streams.serve.view import LineView, View

FEED_STATUSES: tuple[str, ...] = get_args(FeedStatus)
QUEUE_STATUSES: tuple[str, ...] = get_args(QueueStatus)


def feed(
    channel: str, views: Iterable[View], centre: Centre, now_ms: int, *, behind: int | None, is_known: bool = True
) -> Feed:
    """A channel's entry in the snapshot: its status, its newest event, how long it has been silent, how far behind.

    Where it is not known whether all of it is read, it is stale at any hour, and while it is rebuilt.
    """
    own = [view for view in views if view.channel == channel]
    if any(view.rebuilding is not None for view in own):  # what is read now is of the past
        status: FeedStatus = "rebuilding" if is_known else "stale"
        return Feed(status=status, newest_event_ms=None, silent_ms=None, behind=behind)
    newest = max((view.newest_ms for view in own), default=0) or None
    return Feed(
        status=_feed_status(channel, newest, centre, now_ms) if is_known else "stale",
        newest_event_ms=newest,
        silent_ms=None if newest is None else max(0, now_ms - newest),
        behind=behind,
    )


def _feed_status(channel: str, newest_ms: int | None, centre: Centre, now_ms: int) -> FeedStatus:
    def is_open(at_ms: int) -> bool:
        return centre.opening_hours.is_open(channel, at_ms)

    if not is_open(now_ms):
        return "closed"
    return "stale" if is_silent(newest_ms, centre.definitions.stale_after, is_open, now_ms) else "open"


def queue_status(channel_feed: Feed | None, view: LineView, main: Cell, least_sample: int) -> QueueStatus:
    """A line's status; `main` is its main window. A closed channel's queue is open for those who still wait in it."""
    said = "open" if channel_feed is None else channel_feed.status
    if said == "closed":
        return "open" if view.waiting else "closed"
    if said == "stale":
        return "stale"
    return "open" if main.get("answered", 0) >= least_sample else "insufficient"
