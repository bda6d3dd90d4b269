"""What a state carries of the one that was served before it: days that Kafka no longer had when it began to count.

They are as the other state counted them, by its own definitions, and stay so. May import: standard library, msgspec,
the core.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from streams.core.calendar import day_of, midnight

FIELD: Final = "carried"  # of a partition's first hash, that says what it is
_NAMED: Final = "{state}-{nth}:{partition}"  # a colon is in no topic's name


class Carried(msgspec.Struct, array_like=True, frozen=True):
    """Whose cells they are, up to when, and by which definitions."""

    state: str  # the name of the one that counted them
    until_ms: int | None  # all of them start before it (epoch ms); None: of what is read no more, and so wholly its own
    timezone: str  # whose days they are
    changed_ms: tuple[int, ...]  # the instants (epoch ms) before that from which on other definitions held


def packed_carried(of: Carried) -> bytes:
    """As the first hash has it."""
    return msgspec.msgpack.encode(of)


def unpacked_carried(value: bytes | None) -> Carried | None:
    """What was packed; None of a partition that was not carried over."""
    return None if value is None else msgspec.msgpack.decode(value, type=Carried)


def carried_name(state: str, nth: int, partition: str) -> str:
    """What a partition is called that was carried over from a state at a switch of this number."""
    return _NAMED.format(state=state, nth=nth, partition=partition)


def is_carried(name: str) -> bool:
    """Whether it is the name of a partition that was carried over."""
    return ":" in name


def carried_as(name: str) -> str:
    """The partition whose days it has; the name itself where it was not carried over."""
    return name.rpartition(":")[2]


def day_in(zone: ZoneInfo, of: Carried, start_ms: int) -> int:
    """The midnight in a zone of the date that a day was of which was carried over, as its own zone had it; of the one
    that was not over when the state's own days begin, of the day before them.
    """
    day = midnight(datetime.fromtimestamp(start_ms / 1000, ZoneInfo(of.timezone)).date(), zone)
    return day if of.until_ms is None or day < of.until_ms else day_of(of.until_ms - 1, zone)


def carried_from(name: str) -> str:
    """The state that counted what was carried over; empty of what was not."""
    return name.partition(":")[0].rpartition("-")[0] if is_carried(name) else ""


def nth_of(name: str) -> int:
    """The number of the switch at which it was carried over; 0 of what was not."""
    number = name.partition(":")[0].rpartition("-")[2]
    return int(number) if is_carried(name) and number.isdecimal() else 0


def own_since(carried: Iterable[Carried]) -> int | None:
    """The first instant (epoch ms) that is the state's own; None where it carries nothing."""
    return max((one.until_ms for one in carried if one.until_ms is not None), default=None)


def stretch_of(carried: Sequence[Carried], start_ms: int) -> Carried | None:
    """What a cell belongs to that starts then; None where it is the state's own."""
    ends = ((one.until_ms, one) for one in carried if one.until_ms is not None and start_ms < one.until_ms)
    return min(ends, key=lambda end: end[0], default=(0, None))[1]


def changes(carried: Sequence[Carried], own_ms: Iterable[int]) -> list[int]:
    """The instants (epoch ms) from which on figures are by other definitions; `own_ms` are those of the state's own."""
    since = own_since(carried)
    ends = {one.until_ms for one in carried if one.until_ms is not None}
    before = {at for one in carried for at in one.changed_ms}
    return sorted(ends | before | {at for at in own_ms if since is None or at > since})


def definitions_since(changed_ms: Iterable[int], end_ms: int) -> int | None:
    """Since when (epoch ms) the definitions held by which a stretch was counted that ended then; None: always."""
    return max((at for at in changed_ms if at < end_ms), default=None)
