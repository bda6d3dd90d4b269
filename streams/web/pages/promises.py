"""What the configuration calls those of whom something is promised, by any card.

A scorecard that a browser has kept may be of a card that is over. May import: config, serve's words, msgspec.
"""

from typing import Final

from msgspec import Struct

from config import Centre
from config.day_promises import DayPromise
from config.targets import Target
from streams.serve import bokmal

PATH: Final = "/pages/promises.json"


class Promised(Struct, kw_only=True):
    """One promise: of whom it is, as people call them, and of what it is counted."""

    channel: str
    group: str | None  # None: of all of the channel's
    queue: str | None  # None: of all of the group's
    of: str  # what its sample counts


class Told(Struct, kw_only=True):
    """All of them, by id."""

    promises: dict[str, Promised]


def told(centre: Centre) -> Told:
    """Targets first; of one id the latest."""
    each: tuple[Target | DayPromise, ...] = (*centre.all_targets, *centre.promises)
    return Told(promises={one.id: _promised(one, centre) for one in each})


def _promised(one: Target | DayPromise, centre: Centre) -> Promised:
    names, channel, audience, queue = centre.names, one.channel, one.audience, one.queue
    return Promised(
        channel=names.channel(channel),
        group=None if audience is None else names.group(channel, audience),
        queue=None
        if audience is None or queue is None
        else bokmal.queue_name(queue, names.queue(channel, audience, queue)),
        of=one.promise.measure.of if isinstance(one, Target) else one.counted.of,
    )
