"""The kept cells of a span, as they lie in Redis: what the rows of history are made of. Nothing is changed there.

May import: the core, history, keys, sealed, redis.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from streams.core import later, upgrade
from streams.core.carried import FIELD, Carried, day_in, is_carried, own_since, unpacked_carried
from streams.core.cells import as_of_today, unpacked
from streams.core.later import since_when
from streams.core.measures import LATER
from streams.core.reading import NO_EDGES
from streams.core.rules import BY_LINE, Rules
from streams.keys import Keys
from streams.past.history import Located, Span
from streams.redis_client import Client
from streams.sealed import MARK, SIZES, Seal, Spoiled, is_of_another_type, number, sizes, typed

_FIELDS_A_CALL = 1000  # so that no single call keeps Redis from its other clients for long


class OtherDefinitions(Exception):
    """The figures in Redis were made by other definitions than those they would be read by."""

    def __init__(self, partition: str) -> None:
        super().__init__(
            f"the figures of {partition} in Redis were made by other definitions: give the --config, and the "
            "SVARTID_PSEUDONYM_KEY, SVARTID_QUEUE_KEY and SVARTID_PSEUDONYM_KEY_OTHER, that the workers have"
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The kept cells of a span, the edges by which alone some of their waits are known, since when measures are
    counted that were not always, what of it was carried over from another state, and up to where (epoch ms) some were
    let go of.
    """

    cells: list[Located]
    coarse_ms: Set[int]
    counted_since: Mapping[str, int] = field(default_factory=dict)
    carried: tuple[Carried, ...] = ()
    let_go_of_ms: int = 0
    closed_before_ms: int = 0  # what is older can change no more: it is late wherever anything was counted; 0: all can
    not_whole: tuple[str, ...] = ()  # partitions that are not counted yet, or are being rebuilt: figures miss theirs
    is_begun: bool = True  # a partition is known: else no worker has counted anything in this namespace


async def read(client: Client, keys: Keys, rules: Rules, span: Span, *, is_own: bool = False) -> Found:
    """Every kept cell of a span, of every partition that is or was read, but of rows of which one let go of a part.

    Each is of the line that its queue was shown as on that day; of what was left out then there is none. What was
    carried over from another state takes the place of what this one has of that time; where only what `is_own` is
    asked for, there is none of it.

    Raises OtherDefinitions and Spoiled.
    """
    members = await typed(keys.partitions, client.smembers(keys.partitions))
    retired = await typed(keys.retired, client.smembers(keys.retired))
    names = sorted(name.decode(errors="replace") for name in members | retired)
    if is_own:
        names = [name for name in names if not is_carried(name)]
    whole = {name: await _whole(client, keys, name, span, rules) for name in names}
    carried = tuple(one.carried for one in whole.values() if one.carried)
    own_ms = own_since(carried) or 0
    let_go_of = max((one.let_go_of(span) for one in whole.values()), default=0)
    scales = [frozenset(one.coarse_edges_ms) for one in whole.values() if one.coarse_edges_ms]
    cells = [
        (start, line, cell)
        for name, one in whole.items()
        async for start, line, cell in _cells(client, keys, name, one, rules, span)
        if one.carried or start >= own_ms
    ]
    kept = [(start, line, cell) for start, line, cell in cells if (span.row_start(start) or 0) > let_go_of]
    begun = {name: one for name, one in whole.items() if one.watermark}
    since = since_when(one.since(is_read=name.encode() in members) for name, one in begun.items())
    watermarks = [one.watermark for name, one in begun.items() if name.encode() in members and not one.carried]
    not_whole = tuple(name for name, one in whole.items() if name.encode() in members and not one.is_there)
    closed = 0 if not_whole else min(map(rules.definitions.late_before, watermarks), default=0)
    coarse = frozenset.intersection(*scales) if scales else NO_EDGES
    return Found(kept, coarse, since, carried, let_go_of, closed, not_whole, is_begun=bool(whole))


async def _cells(
    client: Client, keys: Keys, name: str, one: "_Whole", rules: Rules, span: Span
) -> AsyncIterator[Located]:
    key, starts = _level(keys, name, span), span.cell_starts()
    exact = len(starts) * len(one.lines) <= one.fields and (one.carried is None or not span.is_of_days)
    fields = await (_named(client, key, starts, one.lines) if exact else _all(client, key))
    for at, packed in Seal(key).open_all(fields).items():
        told, _, line = at.decode().partition("/")
        start = int(told)
        if one.carried and span.is_of_days:
            start = day_in(span.zone, one.carried, start)
        if span.row_start(start) is not None and (shown_as := rules.shown_as(line, start)) is not None:
            yield start, shown_as, as_of_today(unpacked(packed, one.version), one.version, rules)


class _Whole(NamedTuple):
    """A hash that is what the last commit left there."""

    fields: int
    floors: bytes | None
    lines: list[str]
    version: int
    coarse_edges_ms: tuple[int, ...]
    counted_since: Mapping[str, int]
    watermark: int
    carried: Carried | None
    is_there: bool  # begun, and read to where its log ended when it began, or was begun anew

    def let_go_of(self, span: Span) -> int:
        """Up to where it has let go of the cells that rows are made of; 0 where an earlier build did not say. What was
        carried over says nothing of what is later.
        """
        if self.floors is None:
            return 0
        _, intervals, days = msgspec.msgpack.decode(self.floors, type=tuple[int, int, int])
        floor = days if span.is_of_days else intervals
        until_ms = self.carried.until_ms if self.carried else None
        return floor if until_ms is None else min(floor, until_ms - 1)

    def since(self, *, is_read: bool) -> Mapping[str, int]:
        """Since when it counts those measures; one that is read no more counts nothing after its end."""
        end = self.watermark + 1
        if self.carried is not None and self.carried.until_ms is not None:
            end = self.carried.until_ms
        return self.counted_since if is_read else dict.fromkeys(LATER, end) | {**self.counted_since}


async def _whole(client: Client, keys: Keys, name: str, span: Span, rules: Rules) -> _Whole:
    """A hash that is in step with the first, as are the totals, which say of which lines there are cells.

    Raises OtherDefinitions and Spoiled.
    """
    at, key = keys.partition(name), _level(keys, name, span)
    meta = at.meta
    pipe = client.pipeline(transaction=True)
    pipe.hmget(meta, "rules", "offset", MARK, SIZES, "floors", "upgrade", "measures", "watermark", FIELD, "rebuild")
    pipe.hget(key, MARK)
    pipe.hlen(key)
    pipe.hgetall(at.totals)
    head, mark, size, totals = await pipe.execute(raise_on_error=False)
    for asked, answer in ((meta, head), (key, mark), (key, size), (at.totals, totals)):
        if is_of_another_type(answer):
            raise Spoiled(asked, "is of another type")
        if isinstance(answer, Exception):
            raise answer
    made_by, offset, marked, expected, floors, made_of, measures, watermark, carried, rebuild = head
    version = rules.version_of(made_by)
    if version is None:
        raise OtherDefinitions(name)
    if number(offset) is None and (offset or mark or is_carried(name)):
        raise Spoiled(meta, "has lost fields")
    are = dict(zip(at.committed(), sizes(expected), strict=False))
    for asked, known, fields in ((key, mark, size), (at.totals, totals.get(MARK), len(totals))):
        if offset and (known != marked or fields != are.get(asked)):
            raise Spoiled(asked, "is not what the last commit left there" if fields else "is gone")
    return _Whole(
        int(size),
        None if floors is None else Seal(meta).open(b"floors", floors),
        [line.decode(errors="replace") for line in totals if line != MARK],
        version,
        rules.coarse_edges_ms
        if version == BY_LINE
        else upgrade.unpacked(made_of and Seal(meta).open(b"upgrade", made_of)).edges_ms,
        later.with_editions(
            later.unpacked(measures and Seal(meta).open(b"measures", measures), number(offset)), rules.definitions
        ),
        0 if watermark is None else number(Seal(meta).open(b"watermark", watermark)) or 0,
        unpacked_carried(carried and Seal(meta).open(FIELD.encode(), carried)),
        is_carried(name) or _is_there(number(offset), rebuild and Seal(meta).open(b"rebuild", rebuild)),
    )


def _is_there(offset: int | None, rebuild: bytes | None) -> bool:
    if offset is None:
        return False
    return rebuild is None or offset >= msgspec.msgpack.decode(rebuild, type=tuple[int, int])[1]


async def first_days(client: Client, keys: Keys, names: Iterable[str]) -> dict[str, int]:
    """When the first day with anything in it began (epoch ms), of each of these partitions that has one."""
    first: dict[str, int] = {}
    for name in names:
        fields = await _all(client, keys.partition(name).days)
        if starts := [int(at.partition(b"/")[0]) for at in fields if at != MARK]:
            first[name] = min(starts)
    return first


def _level(keys: Keys, partition: str, span: Span) -> str:
    at = keys.partition(partition)
    return at.days if span.is_of_days else at.intervals


async def _named(client: Client, key: str, starts: Iterable[int], lines: Iterable[str]) -> dict[bytes, bytes]:
    """Exactly the fields asked for: what a short span costs does not grow with what is kept."""
    fields = [f"{start}/{line}".encode() for start in starts for line in lines]
    pipe = client.pipeline(transaction=False)
    for first in range(0, len(fields), _FIELDS_A_CALL):
        pipe.hmget(key, fields[first : first + _FIELDS_A_CALL])
    values = [value for answer in await pipe.execute() for value in answer]
    return {field: value for field, value in zip(fields, values, strict=True) if value is not None}


async def _all(client: Client, key: str) -> dict[bytes, bytes]:
    """The whole hash, in small bites. A dict, because a scan may answer a field twice."""
    return {field: cell async for field, cell in client.hscan_iter(key, count=_FIELDS_A_CALL)}
