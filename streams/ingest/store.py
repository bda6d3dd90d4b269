"""State in Redis: claim a partition, load it, commit a batch. May import: the core, keys, redis."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from streams.core.aggregates import Level
from streams.core.fold import Changes, PartitionState
from streams.core.measures import Cell
from streams.core.rules import Rules
from streams.ingest.group_commit import Arguments, GroupCommit
from streams.ingest.segments import Segments
from streams.keys import Keys, PartitionKeys
from streams.redis_client import Client

Answer = Literal["ok", "duplicate", "fenced", "gap"]
Fields = tuple[Mapping[str, bytes], list[str]]  # what to set and what to delete in one hash

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.decode


class OtherRules(Exception):
    """The figures in Redis were made by other definitions; mixing them would give figures that mean nothing."""

    def __init__(self, partition: str) -> None:
        super().__init__(
            f"the figures of {partition} in Redis were made by other definitions (queues, thresholds, horizon or "
            "pseudonym key) or another version. Run with the old ones, or set SVARTID_NAMESPACE to a new name: the "
            "figures are then made anew from the log, and the old ones stay where they are"
        )


@dataclass(slots=True)
class Owned:
    """A partition that this process owns, as long as no other claims it."""

    name: str
    epoch: str
    state: PartitionState
    segments: Segments
    committed_offset: int | None  # None: Redis has never heard of this partition


class Store:
    """The commit protocol over one Redis, Valkey or cluster."""

    def __init__(self, client: Client, keys: Keys, rules: Rules, owner: str) -> None:
        self._client = client
        self._keys = keys
        self._rules = rules
        self._owner = owner
        here = Path(__file__).parent
        self._claim = client.register_script((here / "claim.lua").read_text())
        self._commit = GroupCommit(client, (here / "commit.lua").read_text())

    async def claim(self, name: str, held: Owned | None) -> Owned:
        """Becomes the owner of a partition, and loads it unless what is held is still true. Raises OtherRules."""
        at = self._keys.partition(name)
        before = [held.epoch, str(held.state.offset)] if held else ["", ""]
        what, epoch, offset = await self._claim(keys=[at.meta], args=[self._owner, self._rules.fingerprint(), *before])
        if what == b"other_rules":
            raise OtherRules(name)
        if what == b"kept" and held:
            return held
        await self._client.sadd(self._keys.partitions, name)
        state, segments = await self.load(name)
        known = int(offset) if offset else None
        return Owned(name, epoch.decode(), state, segments, known)

    async def load(self, name: str) -> tuple[PartitionState, Segments]:
        """What Redis holds of a partition; also for readers, as it changes nothing."""
        pipe = self._client.pipeline(transaction=True)
        for key in self._keys.partition(name).committed():
            pipe.hgetall(key)
        meta, journeys, panes, intervals, days, totals = await pipe.execute()
        state, segments = PartitionState(self._rules), Segments()
        _restore_meta(state, meta)
        aggregates = state.aggregates
        _restore_level(aggregates.panes, panes)
        _restore_level(aggregates.intervals, intervals)
        _restore_level(aggregates.days, days)
        aggregates.totals = {line.decode(): _decode(cell, type=Cell) for line, cell in totals.items()}
        state.restore(segments.load(journeys))
        segments.retain(state.journeys)
        return state, segments

    async def begin(self, owned: Owned, offset: int) -> None:
        """Writes the offset at which a partition that Redis has never heard of begins."""
        at = self._keys.partition(owned.name).meta
        pipe = self._client.pipeline(transaction=True)
        for field in ("began", "offset"):
            pipe.hsetnx(at, field, str(offset))
        await pipe.execute()
        owned.state.offset = owned.committed_offset = offset

    async def names(self) -> list[str]:
        """All partitions that Redis knows."""
        members: set[bytes] = await self._client.smembers(self._keys.partitions)  # type: ignore[assignment]
        return sorted(name.decode() for name in members)

    async def began(self, name: str) -> int:
        """The offset at which a partition's figures begin."""
        return int(await self._client.hget(self._keys.partition(name).meta, "began") or 0)

    def pack(self, owned: Owned, changes: Changes, now_ms: int) -> list[bytes | str | int]:
        """A commit's arguments, made once: a commit that has to be repeated repeats exactly these."""
        aggregates = owned.state.aggregates
        journeys = owned.segments.write(changes.to_offset, changes.journeys, changes.forgotten, owned.state.journeys)
        touched, aggregates.touched_totals = aggregates.touched_totals, set()
        totals = {line: _encode(aggregates.totals[line]) for line in touched if line in aggregates.totals}
        hashes: list[Fields] = [
            (_meta_fields(owned.state, now_ms), []),
            journeys,
            *(_pack_level(level) for level in (aggregates.panes, aggregates.intervals, aggregates.days)),
            (totals, [line for line in touched if line not in totals]),
        ]
        arguments: list[bytes | str | int] = [owned.epoch, changes.from_offset, changes.to_offset]
        for fields, gone in hashes:
            arguments += (len(fields), len(gone))
            for name, value in fields.items():
                arguments += (name, value)
            arguments += gone
        return arguments

    async def commit(self, name: str, arguments: Arguments) -> tuple[Answer, int | None]:
        """Writes a batch's changes and the next offset in one atomic step; safe to repeat."""
        what, offset = await self._commit(self._keys.partition(name).committed(), arguments)
        return what.decode(), int(offset) if offset else None

    def keys_of(self, name: str) -> PartitionKeys:
        """Where a partition lies."""
        return self._keys.partition(name)


def _meta_fields(state: PartitionState, now_ms: int) -> dict[str, bytes]:
    return {
        "watermark": str(state.watermark).encode(),
        "counters": _encode(dict(state.counters)),
        "reported": _encode(state.reported),
        "committed_at": str(now_ms).encode(),
    }


def _restore_meta(state: PartitionState, meta: Mapping[bytes, bytes]) -> None:
    state.offset = int(meta.get(b"offset", 0))
    state.watermark = int(meta.get(b"watermark", 0))
    if b"counters" in meta:
        state.counters.update(_decode(meta[b"counters"], type=dict[str, int]))
        state.reported.update(_decode(meta[b"reported"], type=dict[str, tuple[int, int]]))


def _pack_level(level: Level) -> Fields:
    fields: dict[str, bytes] = {}
    gone: list[str] = []
    for start, line in level.touched:
        cell = level.rows.get(start, {}).get(line)
        if cell:
            fields[f"{start}/{line}"] = _encode(cell)
        else:
            gone.append(f"{start}/{line}")
    level.touched.clear()
    return fields, gone


def _restore_level(level: Level, fields: Mapping[bytes, Any]) -> None:
    for name, cell in fields.items():
        start, _, line = name.decode().partition("/")
        level.restore(int(start), line, _decode(cell, type=Cell))
