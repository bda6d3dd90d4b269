"""State in Redis: claim a partition, load it, commit a batch. May import: the core, layout, keys, redis."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import structlog

from streams.core.fold import Changes, PartitionState
from streams.core.rules import Rules
from streams.ingest.group_commit import Arguments, GroupCommit
from streams.ingest.layout import (
    NO_PAST,
    OWNERSHIP,
    PAST,
    Fields,
    Hashes,
    Name,
    Past,
    arguments,
    changed,
    past,
    past_fields,
    restored,
)
from streams.ingest.log import Tail
from streams.ingest.segments import Segments
from streams.keys import Keys
from streams.redis_client import Client

log = structlog.get_logger(__name__)

Answer = Literal["ok", "duplicate", "fenced", "gap", "torn"]


class Ownership(NamedTuple):
    """What Redis says of a partition's owner."""

    epoch: str  # empty where it is not ours; a Redis that lost writes may give the same number to another
    offset: int  # the next
    torn: bool = False  # a commit was done in part


class OtherRules(Exception):
    """The figures that there are were made by other definitions; mixing them would give figures that mean nothing."""

    def __init__(self, partition: str, where: str = "Redis") -> None:
        super().__init__(
            f"the figures of {partition} in {where} were made by other definitions (queues, thresholds, horizon or "
            "pseudonym key) or another version. Run with the old ones, or set SVARTID_NAMESPACE to a new name: the "
            "figures are then made anew from the log, and the old ones stay where they are. Or let them go: `svartid "
            "rebuild --from-log`"
        )


class Place(NamedTuple):
    """How far a partition is counted, and what its figures rest on."""

    offset: int
    past: Past


@dataclass(slots=True)
class Owned:
    """A partition that this process owns, as long as no other claims it."""

    name: str
    epoch: str
    state: PartitionState
    segments: Segments
    committed_offset: int | None  # None: Redis has never heard of this partition
    owner: str = ""
    past: Past = NO_PAST

    @property
    def claimed_as(self) -> str:
        """A name that no other claim has, of any partition by any worker."""
        return f"{self.owner}/{self.epoch}"


class Store:
    """The commit protocol over one Redis, Valkey or cluster."""

    def __init__(self, client: Client, keys: Keys, rules: Rules, owner: str) -> None:
        self._client = client
        self._keys = keys
        self._rules = rules
        self.fingerprint = rules.fingerprint()
        self._owner = owner
        here = Path(__file__).parent
        self._claim = client.register_script((here / "claim.lua").read_text())
        self._forget = client.register_script((here / "forget.lua").read_text())
        self._commit = GroupCommit(client, (here / "commit.lua").read_text())

    async def claim(self, name: str, held: Owned | None) -> Owned:
        """Becomes the owner of a partition, and loads it unless what is held is still true. Raises OtherRules.

        Where a commit was done in part it lets go of what there is, as if Redis had never heard of the partition.
        """
        at = self._keys.partition(name)
        before = [held.epoch, str(held.state.offset)] if held else ["", ""]
        what, epoch, offset = await self._claim(keys=at.committed(), args=[self._owner, self.fingerprint, *before])
        if what == b"other_rules":
            raise OtherRules(name)
        if what == b"kept" and held:
            held.committed_offset = held.state.offset
            return held
        if what == b"let_go":
            log.error("a commit was done in part, by a Redis that lost the rest: nothing of it is kept", partition=name)
        await self._client.sadd(self._keys.partitions, name)
        hashes = await self.read(name)
        state, segments = restored(self._rules, hashes)
        known = int(offset) if offset else None
        return Owned(name, epoch.decode(), state, segments, known, self._owner, past(hashes[0]))

    async def load(self, name: str) -> tuple[PartitionState, Segments]:
        """The state that Redis holds of a partition; also for readers, as it changes nothing."""
        return restored(self._rules, await self.read(name))

    async def read(self, name: str) -> Hashes:
        """All that Redis holds of a partition, at one instant."""
        pipe = self._client.pipeline(transaction=True)
        for key in self._keys.partition(name).committed():
            pipe.hgetall(key)
        return list(await pipe.execute())

    async def begin(self, owned: Owned, offset: int, log_end: int = 0, lost: int = 0) -> Answer:
        """A partition that Redis has never heard of begins, at the log's first offset.

        It is whole when it has been read up to `log_end`. Fenced where another has claimed it meanwhile.
        """
        owned.state.offset = offset
        rebuild = (offset, log_end) if log_end > offset else None
        begun = Past(offset, rebuild=rebuild, lost=lost, books=owned.claimed_as)
        return await self._change(owned, offset, begun)

    async def restore(self, owned: Owned, saved: Hashes, log_end: int) -> Answer:
        """Puts what was saved of a partition in place of all that Redis has of it."""
        offset = int(saved[0][b"offset"])
        before = [set(fields) for fields in await self.read(owned.name)]
        kept = [dict(fields) for fields in saved]
        then = past(kept[0])._replace(rebuild=(offset, log_end) if log_end > offset else None)
        for name in (*OWNERSHIP, *PAST):
            kept[0].pop(name, None)
        gone = [names - fields.keys() for names, fields in zip(before, kept, strict=True)]
        gone[0] -= {*OWNERSHIP, *PAST}
        answer = await self._change(owned, offset, then, kept, [sorted(names) for names in gone])
        owned.state, owned.segments = restored(self._rules, saved)
        return answer

    async def skip(self, owned: Owned, offset: int) -> Answer:
        """Goes on at a later offset: Kafka no longer keeps what lies between. How much that is stays known."""
        lost = owned.past.lost + offset - owned.state.offset
        owned.state.offset = offset
        return await self._change(owned, offset, owned.past._replace(lost=lost, books=owned.claimed_as))

    async def _change(
        self,
        owned: Owned,
        to: int,
        then: Past,
        sets: Sequence[Mapping[Any, bytes]] = (),
        gone: Sequence[list[Name]] = (),
    ) -> Answer:
        """A commit that no batch made: what is to be set and deleted in each hash, and the next offset."""
        hashes = len(self._keys.partition(owned.name).committed())
        sets, gone = sets or [{}] * hashes, gone or [[]] * hashes
        fields: list[Fields] = list(zip(sets, gone, strict=True))
        told, untold = past_fields(then)
        fields[0] = ({**fields[0][0], **told}, [*fields[0][1], *untold])
        since = "" if owned.committed_offset is None else owned.committed_offset
        answer, _ = await self.commit(owned.name, arguments(owned.epoch, since, to, fields))
        owned.committed_offset, owned.past = to, then
        return answer

    async def counts(self, found: Mapping[str, int]) -> dict[str, int]:
        """How many partitions each of these topics had when it was first counted; `found` where that is now."""
        pipe = self._client.pipeline(transaction=True)
        for topic, n in found.items():
            pipe.hsetnx(self._keys.counts, topic, str(n))
            pipe.hget(self._keys.counts, topic)
        return {topic: int(n) for topic, n in zip(found, (await pipe.execute())[1::2], strict=True)}

    async def announce(self, names: Sequence[str]) -> None:
        """Makes partitions known, so that what nobody shows of them is missed."""
        if names:
            await self._client.sadd(self._keys.partitions, *names)

    async def set_counts(self, counts: Mapping[str, int]) -> None:
        """From now on these topics have so many partitions."""
        if counts:
            await self._client.hset(self._keys.counts, mapping={topic: str(n) for topic, n in counts.items()})

    async def known_counts(self) -> dict[str, int]:
        """How many partitions each topic had when it was first counted."""
        found: dict[bytes, bytes] = await self._client.hgetall(self._keys.counts)  # type: ignore[assignment]
        return {topic.decode(): int(n) for topic, n in found.items()}

    async def forget(self, name: str) -> None:
        """Lets go of all that is known of a partition; fences its owner."""
        await self._forget(keys=self._keys.partition(name).committed())

    async def drop(self, topic: str, existing: Collection[str]) -> None:
        """Lets go of how many partitions a topic has, and of those that it has no longer."""
        await self._client.hdel(self._keys.counts, topic)
        for name in await self.names():
            if name.rpartition("-")[0] == topic and name not in existing:
                await self.forget(name)
                await self._client.srem(self._keys.partitions, name)

    async def ownership(self, names: Sequence[str]) -> dict[str, Ownership]:
        """Whether we own each of these partitions, as Redis has it, and how far it is."""
        pipe, ours = self._client.pipeline(transaction=False), self._owner.encode()
        for name in names:
            pipe.hmget(self._keys.partition(name).meta, "epoch", "owner", "offset", "half_done")
        found = zip(names, await pipe.execute(), strict=True)
        return {
            name: Ownership(epoch.decode() if owner == ours else "", int(offset or 0), half_done not in (None, b"0"))
            for name, (epoch, owner, offset, half_done) in found
        }

    async def places(self, names: Sequence[str]) -> dict[str, Place | None]:
        """Where each partition is, and where its figures come from; None where Redis knows nothing of it."""
        pipe = self._client.pipeline(transaction=False)
        for name in names:
            pipe.hgetall(self._keys.partition(name).meta)
        found = zip(names, await pipe.execute(), strict=True)
        return {name: Place(int(meta[b"offset"]), past(meta)) if b"offset" in meta else None for name, meta in found}

    async def names(self) -> list[str]:
        """All partitions that Redis knows."""
        members: set[bytes] = await self._client.smembers(self._keys.partitions)  # type: ignore[assignment]
        return sorted(name.decode() for name in members)

    def pack(self, owned: Owned, changes: Changes, now_ms: int, tail: Tail | None = None) -> Arguments:
        """A commit's arguments, made once: a commit that has to be repeated repeats exactly these.

        `tail` is the batch's last record, by which the log is known again.
        """
        fields = changed(owned.state, owned.segments, changes, now_ms, tail, owned.past.known or tail)
        return arguments(owned.epoch, changes.from_offset, changes.to_offset, fields)

    async def commit(self, name: str, packed: Arguments) -> tuple[Answer, int | None]:
        """Writes a batch's changes and the next offset in one atomic step; safe to repeat."""
        what, offset = await self._commit(self._keys.partition(name).committed(), [self._owner, *packed])
        return what.decode(), int(offset) if offset else None
