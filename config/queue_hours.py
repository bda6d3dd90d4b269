"""The opening hours of queues that have some of their own, and when any of several is open.

Where a queue says nothing its channel's hold, as on days on which it is not there. Pure. May import: hours, placing,
queue_items, spans.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from config.hours import Hours, HoursStretch, hours_of, within
from config.placing import Placed, together
from config.queue_items import Queue
from config.spans import Span, without

_ALWAYS: Final = hours_of("24/7")  # what a channel without hours is
ByName = dict[str, Hours]


def of_lines(all_of_them: Iterable[Placed], of_channels: Mapping[str, Hours]) -> ByName:
    """By line the hours of each that has some of its own on any day; on its other days they are its channel's."""
    return {
        line: tuple(_of_line(items, of_channels.get(_channel(line), _ALWAYS)))
        for line, items in _items(all_of_them).items()
        if any(item.hours for item in items)
    }


def _of_line(items: Sequence[Queue], of_channel: Hours) -> Iterator[HoursStretch]:
    own = [item for item in items if item.hours]
    for item in own:
        yield from within(item.hours or (), item)
    for days in without(own, Span()):
        yield from within(of_channel, days)


def of_any(all_of_them: Iterable[Placed], of_channels: Mapping[str, Hours]) -> ByName:
    """By channel, and by channel and audience, when any of its own queues is open: of those where one has own hours.

    A queue counts on the days on which it is there; on a day on which none is, the channel's hours are meant.
    """
    by_name: dict[str, list[Queue]] = {}
    for line, items in _items(one for one in all_of_them if one.kind == "own").items():
        for name in (_channel(line), line.rpartition("/")[0]):
            by_name.setdefault(name, []).extend(items)
    return {
        name: tuple(dict.fromkeys(_of_any(items, of_channels.get(_channel(name), _ALWAYS))))
        for name, items in by_name.items()
        if any(item.hours for item in items)
    }


def _of_any(items: Sequence[Queue], of_channel: Hours) -> Iterator[HoursStretch]:
    for item in items:
        yield from within(item.hours or of_channel, item)
    for days in without(items, Span()):
        yield from within(of_channel, days)


def _items(all_of_them: Iterable[Placed]) -> dict[str, list[Queue]]:
    """By line what is said of it, each item once."""
    by_line = together(all_of_them, lambda one: one.line)
    return {line: list({one.place: one.queue for one in placed}.values()) for line, placed in by_line.items()}


def _channel(name: str) -> str:
    """Of a line, or of a group."""
    return name.partition("/")[0]
