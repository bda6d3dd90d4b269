"""Which queue of the source is shown as what, and on which days: what all groups of `queues.toml` come to together.

Pure. May import: queues, the core.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from config.queue_items import Queue
from config.queues import Kind, Queues
from streams.core import shown
from streams.core.calendar import midnight
from streams.core.source_queue import normalized

Days = tuple[date, date]  # the first and the last, both included
EVER: Days = (date.min, date.max)
K = TypeVar("K")
T = TypeVar("T")


class Placed(NamedTuple):
    """One queue of the source in one item."""

    group: int  # its place in the file, and the item's in there
    at: int
    line: str
    kind: Kind
    queue: Queue
    source: shown.Source
    days: Days  # the source's own and the item's; none where the first is after the last

    @property
    def place(self) -> str:
        """Such as "queues.0.ids.2"."""
        return f"queues.{self.group}.ids.{self.at}"

    def placing(self, zone: ZoneInfo) -> shown.Placing:
        """The same in instants."""
        first, last = self.days
        begins, ends = shown.ALWAYS
        return shown.Placing(
            None if self.kind == "left out" else self.line,
            begins if first == date.min else midnight(first, zone),
            ends if last == date.max else midnight(last + timedelta(days=1), zone),
        )


def placed(groups: Sequence[Queues]) -> list[Placed]:
    """All of them, in the order of the file."""
    return [
        Placed(
            number,
            at,
            group.line(queue),
            group.kind(queue),
            queue,
            (group.channel, source.audience or group.audience, source.name),
            (max(source.first, queue.first), min(source.last, queue.last)),
        )
        for number, group in enumerate(groups)
        for at, queue in enumerate(group.ids)
        for source in queue.told
    ]


def wrong(all_of_them: Sequence[Placed]) -> Iterator[str]:
    """What cannot be: a queue of the source in two places on one day, one that is never shown, a line in two items."""
    for one in all_of_them:
        if one.days[0] > one.days[1]:
            yield f'{one.place}: "{one.source[2]}" never holds, as its dates lie outside those of {one.line}'
    items = {one.place: one._replace(days=days_of(one.queue)) for one in all_of_them}
    lines = {pair.places: pair for pair in _overlaps(items.values(), lambda one: one.line)}
    for pair in lines.values():
        yield pair.told(pair.second.line)
    for pair in _overlaps(all_of_them, source_key):
        if pair.places not in lines:
            yield pair.told('the source\'s "{}" of {}, {}'.format(pair.second.source[2], *pair.second.source))


def lines_of(all_of_them: Iterable[Placed]) -> dict[shown.Source, str]:
    """Every queue of the source that is configured, whenever that holds, and the first line that it is shown as."""
    return {each[0].source: each[0].line for each in together(all_of_them, source_key).values()}


def placings_of(all_of_them: Iterable[Placed], zone: ZoneInfo) -> dict[shown.Source, list[shown.Placing]]:
    """Of those that are not always shown as that line: which they are shown as, and when."""
    made = {each[0].source: [one.placing(zone) for one in each] for each in together(all_of_them, source_key).values()}
    return {source: each for source, each in made.items() if each[0].line is None or each[0][1:] != shown.ALWAYS}


def remaining(groups: Sequence[Queues], day: date) -> list[Queues]:
    """The groups without what is over, or left out: of each line the item that holds on a day, or the next to hold."""
    kept: dict[str, Placed] = {}
    for one in placed(groups):
        is_shown = one.kind != "left out" and max(day, one.days[0]) <= one.days[1]
        if is_shown and (one.line not in kept or one.days < kept[one.line].days):
            kept[one.line] = one
    places = {(one.group, one.at) for one in kept.values()}
    ids = [[queue for at, queue in enumerate(group.ids) if (n, at) in places] for n, group in enumerate(groups)]
    return [group.model_copy(update={"ids": some}) for group, some in zip(groups, ids, strict=True) if some]


def together(some: Iterable[T], told_by: Callable[[T], K]) -> dict[K, list[T]]:
    """Those that are told by the same, in their order."""
    by_key: dict[K, list[T]] = {}
    for one in some:
        by_key.setdefault(told_by(one), []).append(one)
    return by_key


def source_key(one: Placed) -> shown.Source:
    """Another one for another queue of the source, however its name is written."""
    channel, audience, name = one.source
    return channel, audience, normalized(name)


def days_of(queue: Queue) -> Days:
    """When an item holds."""
    return queue.first, queue.last


class _Pair(NamedTuple):
    """Two that both hold from a day on, in the order of the file."""

    first: Placed
    second: Placed
    day: date

    @property
    def places(self) -> tuple[str, str]:
        return self.first.place, self.second.place

    def told(self, what: str) -> str:
        since = "" if self.day == date.min else f" from {self.day} on"
        return f"{self.second.place}: {what} is there twice{since}: {self.first.place} has it, too"


def _overlaps(some: Iterable[Placed], told_by: Callable[[Placed], object]) -> Iterator[_Pair]:
    """Those that are told by the same and hold on the same day."""
    for same in together(some, told_by).values():
        for one, other in pairwise(sorted(same, key=lambda one: one.days)):
            if max(one.days[0], other.days[0]) <= min(one.days[1], other.days[1]):
                first, second = sorted((one, other), key=lambda one: (one.group, one.at))
                yield _Pair(first, second, other.days[0])
