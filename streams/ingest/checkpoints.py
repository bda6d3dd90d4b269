"""Checkpoints: what Redis held of a partition at one instant, kept where Redis cannot lose it, in a topic of Kafka's.

A checkpoint is a record, or some where it is large (checkpoint_parts.py), replicated and kept as the events are; the
topic is compacted. A partition has two keys, written by turns: whatever is wrong with the newest, the one before it is
still there, also when a worker that was away writes its own long after it lost the partition.
"""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

import msgspec
import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from streams.batches import UnreadableBatch
from streams.clients import Producer
from streams.core.carried import is_carried
from streams.deadlines import no_longer_silent_than, something_came
from streams.ingest.checkpoint_parts import PART_BYTES, cut, joined, whole_of
from streams.ingest.layout import Hashes, past
from streams.ingest.log import Tail, partition_counts
from streams.kafka import CHECKPOINT_TOPIC_CONFIG, connection, consumer, created_by
from streams.keys import Keys
from streams.settings import Settings

log = structlog.get_logger(__name__)

VERSION = 1  # of how a checkpoint is written
SILENT_S = 45.0  # while the topic is read: however large it is, what comes is waited for
SEND_S = 20.0
_PARTITION = 0
MOST_BYTES = PART_BYTES + 64 * 1024  # of a request: a part, its key and its frame
_FETCH_BYTES = 2**20  # a part: one that comes at 30 KB/s is there in time. A larger record comes all the same
_DIGEST_BYTES = 32
_TELL_EVERY_S = 2.0


class Checkpoint(msgspec.Struct, array_like=True):
    """One partition's, as of an offset."""

    version: int
    partition: str
    rules: str  # the fingerprint of the rules that the figures were made by
    offset: int
    began: int
    tail: Tail | None
    packed: bytes  # the hashes, compressed
    known: Tail | None = None  # an earlier build did not keep it

    def hashes(self) -> Hashes:
        """What Redis held."""
        return msgspec.msgpack.decode(zlib.decompress(self.packed), type=Hashes)


class Broken(Exception):
    """It is not what was written: cut short, damaged, or of a later version."""


class NoTopic(TimeoutError):
    """The topic was there, and is not any more."""

    def __init__(self, settings: Settings) -> None:
        topic = settings.checkpoint_topic
        made = created_by(settings.kafka_brokers, topic, CHECKPOINT_TOPIC_CONFIG)
        self.in_words = (
            f"Kafka has no topic {topic} any more: create it, {made}, or correct SVARTID_CHECKPOINT_TOPIC. Should "
            "Redis be lost before that, what Kafka no longer keeps is lost with it"
        )
        super().__init__(self.in_words)


def pack(partition: str, rules: str, hashes: Hashes) -> bytes:
    """A checkpoint's record: a hash of all that follows it, and what follows. Takes a while: not for the loop."""
    meta = hashes[0]
    packed = zlib.compress(msgspec.msgpack.encode(hashes), level=1)
    of = past(meta)
    saved = Checkpoint(VERSION, partition, rules, int(meta[b"offset"]), of.began, of.tail, packed, of.known)
    body = msgspec.msgpack.encode(saved)
    return sha256(body).digest() + body


def unpack(value: bytes) -> Checkpoint:
    """The checkpoint in a record. Raises Broken."""
    digest, body = value[:_DIGEST_BYTES], value[_DIGEST_BYTES:]
    if sha256(body).digest() != digest:
        raise Broken("its hash is wrong")
    try:
        checkpoint = msgspec.msgpack.decode(body, type=Checkpoint)
    except msgspec.MsgspecError as error:
        raise Broken("it was written by another version") from error
    if checkpoint.version != VERSION:
        raise Broken(f"it is of version {checkpoint.version}, and this is {VERSION}")
    return checkpoint


@dataclass
class Saved:
    """What there is of one partition."""

    sound: list[Checkpoint] = field(default_factory=list)  # the furthest first
    broken: int = 0


class Checkpoints(Protocol):
    """Where checkpoints are kept."""

    async def read(self, names: Collection[str]) -> dict[str, Saved]:
        """All that there is of these partitions."""
        ...

    async def carried(self) -> list[str]:
        """The names of all that there is of what was carried over from other states."""
        ...

    async def write(self, name: str, turn: int, value: bytes) -> bool:
        """Keeps a packed checkpoint in the place of the last but one; False where there is no place for any."""
        ...


class KafkaCheckpoints:
    """Checkpoints in a compacted topic. Raises KafkaError and TimeoutError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topic = settings.checkpoint_topic
        self._producer: Producer | None = None
        self._starting = asyncio.Lock()
        self._has_warned = False
        self._parts: dict[bytes, set[bytes]] | None = None  # by key, those that lie there; None: not known yet
        self._learning = asyncio.Lock()
        self._is_gone = False  # the topic was there, and then was not

    async def read(self, names: Collection[str]) -> dict[str, Saved]:
        """All that there is of these partitions, verified; nothing where there is no topic."""
        records, unreadable = await self._records(names)
        return {name: _verified(name, self._keys(name), records, unreadable) for name in names}

    async def carried(self) -> list[str]:
        """The names of all that there is of what was carried over; none where there is no topic."""
        ours = f"{Keys.of(self._settings).prefix}/".encode()
        lying: dict[bytes, bytes] = {}
        await self._read(lambda key: key.startswith(ours), lying, keys_alone=True)
        there = {key.removeprefix(ours).partition(b"/")[0].decode(errors="replace") for key in lying}
        return sorted(filter(is_carried, there))

    async def _records(self, names: Collection[str]) -> tuple[dict[bytes, bytes], int]:
        """The newest record of each key of these partitions, and how many batches could not be read."""
        records: dict[bytes, bytes] = {}
        unreadable = 0
        if names:
            keys = {key for name in names for key in self._keys(name)}
            unreadable = await self._read(lambda key: key in keys or whole_of(key) in keys, records)
        return records, unreadable

    async def _read(
        self, is_wanted: Callable[[bytes], bool], into: dict[bytes, bytes], *, keys_alone: bool = False
    ) -> int:
        """Answers how many batches could not be read; whose checkpoints they were, nobody knows.

        Raises TimeoutError where nothing comes for `SILENT_S`.
        """
        unreadable = 0
        async with no_longer_silent_than(SILENT_S):
            if not await self._is_there():
                return unreadable
            async for record in self._all():
                if isinstance(record, UnreadableBatch):
                    unreadable += 1
                elif record.key and is_wanted(record.key):
                    into.pop(record.key, None)
                    if record.value is not None:
                        into[record.key] = b"" if keys_alone else record.value
        return unreadable

    async def _all(self) -> AsyncIterator[ConsumerRecord | UnreadableBatch]:
        """The topic up to what was its end when it was asked; in place of what cannot be read, why."""
        # No worker writes them in a transaction, so that another's, were it left open there, must hide none.
        reads = {"isolation_level": "read_uncommitted", "max_partition_fetch_bytes": _FETCH_BYTES}
        async with consumer(self._settings, **reads) as reading:
            tp = TopicPartition(self._topic, _PARTITION)
            reading.assign([tp])
            await reading.seek_to_beginning(tp)
            end = (await reading.end_offsets([tp]))[tp]
            told, size, reached = time.monotonic(), 0, -1
            while (position := await reading.position(tp)) < end:
                if position > reached:
                    reached = position
                    something_came()
                try:
                    fetched: list[ConsumerRecord | UnreadableBatch]
                    fetched = (await reading.getmany(timeout_ms=1000)).get(tp, [])
                except UnreadableBatch as error:
                    log.error("checkpoints are broken, and not used", reason=error.why, from_=position, to=error.until)
                    reading.seek(tp, error.until)
                    fetched = [error]
                for record in fetched:
                    yield record
                    size += 0 if isinstance(record, UnreadableBatch) else len(record.value or b"")
                if time.monotonic() - told > _TELL_EVERY_S:
                    told = time.monotonic()
                    log.info("reading checkpoints", records=position, of=end, bytes=size)

    async def write(self, name: str, turn: int, value: bytes) -> bool:
        """Keeps a packed checkpoint; warns once, and answers False, where there is no topic."""
        key = self._keys(name)[turn % 2]
        records = cut(key, value)
        parts = {at for at, _ in records[:-1]}
        if parts:
            await self._learn()
        lying = None if self._parts is None else self._parts.setdefault(key, set())
        if lying is not None:
            lying |= parts  # also what is written of them before it fails
        for at, part in records:
            if not await self._send(at, part):
                return False
        for gone in sorted((lying or set()) - parts):  # nobody asks for those any more
            await self._send(gone, None)
        if lying is not None:
            lying &= parts
        return True

    async def _learn(self) -> None:
        """Once: which parts lie there that other processes have written, or died while they wrote them."""
        async with self._learning:
            if self._parts is not None:
                return
            records: dict[bytes, bytes] = {}
            ours = f"{Keys.of(self._settings).prefix}/".encode()
            await self._read(lambda key: key.startswith(ours), records, keys_alone=True)
            self._parts = {}
            for key in records:
                self._parts.setdefault(whole_of(key), set()).add(key)

    async def forget(self, names: Iterable[str]) -> None:
        """Lets go of all that there is of these partitions."""
        names = list(names)
        records, _ = await self._records(names)
        for key in sorted({*records, *(key for name in names for key in self._keys(name))}):
            await self._send(key, None)

    async def _send(self, key: bytes, value: bytes | None) -> bool:
        """Raises NoTopic where the topic is there no more: that is to its producer a time-out like others."""
        if self._is_gone:
            await self._look()
        try:
            return await self._sent(key, value)
        except (TimeoutError, KafkaError):
            await self._look()
            raise

    async def _sent(self, key: bytes, value: bytes | None) -> bool:
        async with asyncio.timeout(SEND_S):
            async with self._starting:
                if self._producer is None and await self._is_there():
                    self._producer = await self._started()
            if self._producer is None:
                return False
            await self._producer.send_and_wait(self._topic, value, key, partition=_PARTITION)
        return True

    async def _look(self) -> None:
        """Raises NoTopic."""
        self._is_gone = not await self._exists()
        if self._is_gone:
            raise NoTopic(self._settings) from None

    async def _exists(self) -> bool:
        return bool(await partition_counts(self._settings, [self._topic]))

    async def _is_there(self) -> bool:
        is_there = await self._exists()
        if not is_there:
            self._warn()
        return is_there

    async def _started(self) -> Producer:
        producer = Producer(**connection(self._settings), max_request_size=MOST_BYTES, acks="all")
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def close(self) -> None:
        """Ends the connection, if there is one."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.stop()

    def _keys(self, name: str) -> tuple[bytes, bytes]:
        at = f"{Keys.of(self._settings).prefix}/{name}"
        return f"{at}/0".encode(), f"{at}/1".encode()

    def _warn(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            log.warning(
                "NO CHECKPOINTS: the topic for them is not there. Should Redis be lost, what Kafka no longer keeps is "
                "lost with it. Make the topic: `svartid doctor` says how",
                topic=self._topic,
            )


def _verified(name: str, keys: Iterable[bytes], records: Mapping[bytes, bytes], unreadable: int) -> Saved:
    saved = Saved(broken=unreadable)
    for key in keys:
        if key not in records:
            continue
        try:
            checkpoint = unpack(_whole(key, records))
            if checkpoint.partition != name:
                raise Broken("it is another partition's")
            saved.sound.append(checkpoint)
        except Broken as error:
            saved.broken += 1
            log.error("a checkpoint is broken, and not used", partition=name, reason=str(error))
    saved.sound.sort(key=lambda checkpoint: -checkpoint.offset)
    return saved


def _whole(key: bytes, records: Mapping[bytes, bytes]) -> bytes:
    try:
        return joined(key, records)
    except (ValueError, msgspec.MsgspecError) as error:
        raise Broken(str(error)) from error
