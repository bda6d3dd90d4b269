"""What is carried over of a partition to another state: its intervals and days, and no journey. Pure.

It is kept as a partition of that state which nobody reads on: sealed, in its backups and checkpoints, and history's.
May import: the core, layout, msgspec.
"""

from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from streams.core.calendar import next_day
from streams.core.carried import FIELD, Carried, packed_carried
from streams.core.cells import merge, packed, unpacked
from streams.core.measures import MAXIMA
from streams.core.reading import Cell
from streams.core.rules import Rules
from streams.ingest.layout import Hashes

_KEPT: Final[tuple[bytes, ...]] = (
    b"offset",
    b"began",
    b"watermark",
    b"committed_at",
    b"floors",
    b"queues",
    b"measures",
    b"upgrade",
)

Cells = dict[bytes, bytes]  # "<start>/<line>" -> packed


def cut(hashes: Hashes, of: Carried, rules: Rules, from_ms: int | None = None) -> Hashes | None:
    """What a partition's hashes have of before `of.until_ms`, as a partition of a state with these rules; None where
    that is nothing.

    `from_ms`: what is earlier (epoch ms) is not its own. A day of another time zone that has begun by then and is not
    over is made of its intervals; where those are let go of, nobody knows what it had come to.
    """
    meta, _, _, intervals, days, _ = hashes
    kept = {at: cell for at, cell in intervals.items() if _is_within(at, from_ms, of.until_ms)}
    zone = ZoneInfo(of.timezone)
    begun = {at: cell for at, cell in days.items() if _is_within(at, from_ms, of.until_ms)}
    over = {at: cell for at, cell in begun.items() if of.until_ms is None or _ends(at, zone) <= of.until_ms}
    whole = over | _made_of(kept, {_start(at) for at in begun.keys() - over.keys()})
    if not whole and not kept:
        return None
    first = {name: meta[name] for name in _KEPT if name in meta}
    first[b"rules"] = rules.fingerprint().encode()
    first[b"definitions"] = msgspec.msgpack.encode(rules.definitions.later)
    first[FIELD.encode()] = packed_carried(of)
    return [first, {}, {}, kept, whole, _totals(whole)]


def _made_of(intervals: Cells, days: set[int]) -> Cells:
    """The days that start then, as far as these intervals go."""
    made: dict[tuple[int, bytes], Cell] = {}
    for at, cell in intervals.items():
        day = max((day for day in days if day <= _start(at)), default=None)
        if day is not None:
            merge(made.setdefault((day, at.partition(b"/")[2]), {}), unpacked(cell))
    return {b"%d/%s" % (day, line): packed(cell) for (day, line), cell in made.items()}


def _totals(days: Cells) -> Cells:
    """All days together."""
    totals: dict[bytes, Cell] = {}
    for at, cell in days.items():
        line = at.partition(b"/")[2]
        merge(totals.setdefault(line, {}), {name: n for name, n in unpacked(cell).items() if name not in MAXIMA})
    return {line: packed(cell) for line, cell in totals.items() if cell}


def _is_within(at: bytes, from_ms: int | None, until_ms: int | None) -> bool:
    start = _start(at)
    return (from_ms is None or from_ms <= start) and (until_ms is None or start < until_ms)


def _start(at: bytes) -> int:
    return int(at.partition(b"/")[0])


def _ends(at: bytes, zone: ZoneInfo) -> int:
    return next_day(_start(at), zone)
