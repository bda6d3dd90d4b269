"""Whether Kafka's log is still the one that was counted: known again by its last counted record and its partitions.

A topic that was deleted and made anew has the same name, offsets from 0 on, and other records. May import: batches,
kafka, settings, aiokafka.
"""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import NamedTuple, Protocol

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError

from streams.batches import UnreadableBatch
from streams.clients import Admin, Consumer, answered
from streams.core.fold import Record
from streams.kafka import connection, consumer
from streams.partition_names import number_of, topic_of
from streams.settings import Settings

log = structlog.get_logger(__name__)

ANSWER_S = 20.0  # for all partitions of one assignment together
HIDDEN = (
    "a transaction is open there, and nothing that was written since it began can be read. That passes when its "
    "producer ends it, or when Kafka does after transaction.timeout.ms. One that never ends is found and aborted by "
    "kafka-transactions.sh (deploy/OPERATIONS.md)"
)
UNANSWERED = "no broker says where its log begins and ends: it may have no leader"
EXTENT_S = 3.0  # of one partition: what has a leader that lives says it in milliseconds
HIGHWATER_S = 5.0  # a new leader may not know at once how far the log was safe
_LOOK_EVERY_S = 0.25
_LEAST_BYTES = 64 * 1024  # of a partition: one record is wanted, and a batch comes whole in any case


class Tail(NamedTuple):
    """The last record that was folded: what a log is known again by."""

    offset: int
    timestamp: int  # the broker's, epoch ms
    digest: bytes  # of the value, keyed: what is in an event cannot be guessed from it


def tail_of(record: Record, key: bytes) -> Tail:
    """Of a record with offset, timestamp and value; the key is the pseudonyms', or another that they may have."""
    digest = blake2b(record.value or b"", digest_size=16, key=key).digest()
    return Tail(record.offset, record.timestamp, digest)


class LogReplaced(Exception):
    """The log is another than the one that was counted."""

    def __init__(self, partition: str, offset: int, end: int) -> None:
        self.topic = topic_of(partition)
        at = f"ends at offset {end}" if offset > end else f"has another record at offset {offset - 1}"
        self.found = f"{partition} {at}, but {offset} was counted already: the topic was made anew"
        super().__init__(
            f"{self.found}. Set SVARTID_NAMESPACE to a new name to count it from its beginning; the old figures stay "
            "where they are. Or let them go: `svartid rebuild --from-log`"
        )


class PartitionsChanged(Exception):
    """A topic has another number of partitions than when it was first counted: keys may lie elsewhere since."""

    def __init__(self, topic: str, counted: int, found: int) -> None:
        self.topic = topic
        self.counted = counted
        todo = (
            "Contacts under way may lie on two partitions now. `svartid repartition` says whether that is so, and "
            "accepts the new number (deploy/OPERATIONS.md)"
            if found > counted
            else "Kafka cannot take partitions away: the topic was made anew. Set SVARTID_NAMESPACE to a new name to "
            "count it from its beginning, or let the old figures go with `svartid rebuild --from-log`"
        )
        super().__init__(f"the topic {topic} has {found} partitions, but {counted} when it was first counted. {todo}")


class EventLog(Protocol):
    """What has to be known of the log beside what is read of it."""

    async def counts(self, topics: Collection[str]) -> dict[str, int]:
        """How many partitions each topic has; a topic that is not there is left out."""
        ...

    async def extents(self, names: Collection[str]) -> dict[str, tuple[int, int]]:
        """By partition the log's first offset and its next one.

        One of which nobody says that within `EXTENT_S`, as it has no leader, is left out, and delays no other.
        """
        ...

    async def tails_at(self, offsets: Mapping[str, int]) -> dict[str, Sequence[Tail]]:
        """By partition the record at an offset, or the next one after it, by each key that it may have been noted with,
        ours first; nothing where the log ends before.

        A partition whose log begins after the offset, or whose record cannot be read, is left out: nobody can tell any
        more.
        """
        ...

    async def check_readable(self, name: str, since: int, until: int) -> None:
        """Reads what the log has of these offsets of a partition, one by one. Raises UnreadableBatch."""
        ...


class KafkaLog:
    """Kafka's log, by way of a consumer that lives for one question. Raises KafkaError and TimeoutError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def counts(self, topics: Collection[str]) -> dict[str, int]:
        """How many partitions each topic has; a topic that is not there is left out."""
        return await partition_counts(self._settings, topics)

    async def extents(self, names: Collection[str]) -> dict[str, tuple[int, int]]:
        """By partition the log's first offset and its next one.

        One of which nobody says that within `EXTENT_S`, as it has no leader, is left out, and delays no other.
        """
        if not names:
            return {}
        async with asyncio.timeout(ANSWER_S), consumer(self._settings) as asked:
            found = await asyncio.gather(*(_extent(asked, topic_partition(name)) for name in names))
        return {name: extent for name, extent in zip(names, found, strict=True) if extent}

    async def written_ends(self, names: Collection[str]) -> dict[str, int]:
        """By partition where its log ends, with what an open transaction hides; one without a leader is left out."""
        return await self._ends(names, "read_uncommitted")

    async def hidden(self, names: Collection[str]) -> dict[str, tuple[int, int]]:
        """By partition from which offset on, and up to which, an open transaction keeps its log from being read.

        Where there is none a partition is left out. Asked in this order, so that what ends in between hides nothing.
        """
        written = await self.written_ends(names)
        readable = await self._ends(written, "read_committed")
        return {name: (readable[name], end) for name, end in written.items() if readable.get(name, end) < end}

    async def _ends(self, names: Collection[str], isolation: str) -> dict[str, int]:
        if not names:
            return {}
        async with asyncio.timeout(ANSWER_S), consumer(self._settings, isolation_level=isolation) as asked:
            found = await asyncio.gather(*(_extent(asked, topic_partition(name)) for name in names))
        return {name: extent[1] for name, extent in zip(names, found, strict=True) if extent}

    async def tails_at(self, offsets: Mapping[str, int], patience_s: float = HIGHWATER_S) -> dict[str, Sequence[Tail]]:
        """By partition the record at an offset, or the next one after it, by each key that it may have been noted with,
        ours first; nothing where the log ends before.

        A partition whose log begins after the offset, or whose record cannot be read, is left out: nobody can tell any
        more.
        """
        if not offsets:
            return {}
        async with asyncio.timeout(ANSWER_S), consumer(self._settings, max_partition_fetch_bytes=_LEAST_BYTES) as asked:
            tps = {topic_partition(name): offset for name, offset in offsets.items()}
            asked.assign(list(tps))
            starts = await asked.beginning_offsets(list(tps))
            wanted = {tp: offset for tp, offset in tps.items() if offset >= starts[tp]}
            found = await _records_at(asked, wanted, patience_s)
        keys = self._settings.pseudonym_keys
        tails = {tp: [tail_of(one, key) for key in keys if one is not None] for tp, one in found.items()}
        return {name: tails[tp] for name in offsets if (tp := topic_partition(name)) in tails}

    async def check_readable(self, name: str, since: int, until: int) -> None:
        """Reads what the log has of these offsets of a partition, one by one. Raises UnreadableBatch."""
        tp = topic_partition(name)
        async with asyncio.timeout(ANSWER_S), consumer(self._settings) as reading:
            reading.assign([tp])
            end = (await reading.end_offsets([tp]))[tp]
            reading.seek(tp, since)
            while await reading.position(tp) < min(until, end):
                await reading.getmany(timeout_ms=1000)


async def _extent(asked: Consumer, tp: TopicPartition) -> tuple[int, int] | None:
    """Each by itself: asked together, none is answered for while one has no leader."""
    try:
        async with asyncio.timeout(EXTENT_S):
            starts, ends = await asked.beginning_offsets([tp]), await asked.end_offsets([tp])
    except (TimeoutError, KafkaTimeoutError):
        return None
    return starts[tp], ends[tp]


async def _records_at(
    asked: Consumer, wanted: Mapping[TopicPartition, int], patience_s: float
) -> dict[TopicPartition, Record | None]:
    """By partition the record, or None where the log ends before."""
    ends = await _ends(asked, wanted, patience_s)
    found: dict[TopicPartition, Record | None] = {tp: None for tp, offset in wanted.items() if offset >= ends[tp]}
    for tp, offset in wanted.items():
        asked.seek(tp, offset)
    unreadable: set[TopicPartition] = set()
    while missing := wanted.keys() - found.keys() - unreadable:
        try:
            for tp, records in (await asked.getmany(*missing, timeout_ms=1000)).items():
                found[tp] = records[0]
        except UnreadableBatch as error:  # it was counted, or will be told by who comes to it
            log.warning("cannot compare the log with what was counted of it", reason=str(error))
            unreadable.add(error.tp)
            for tp in missing:  # what came of the others with it is gone
                asked.seek(tp, wanted[tp])
        for tp in missing:
            if tp not in found and await asked.position(tp) >= ends[tp]:
                found[tp] = None  # nothing but markers from there to the end
    return found


async def _ends(asked: Consumer, wanted: Mapping[TopicPartition, int], patience_s: float) -> dict[TopicPartition, int]:
    """Where the logs end; asked for a while again where one ends before what is wanted of it."""
    deadline = time.monotonic() + patience_s
    while True:
        ends: dict[TopicPartition, int] = await asked.end_offsets(list(wanted))
        if all(at < ends[tp] for tp, at in wanted.items()) or time.monotonic() >= deadline:
            return ends
        await asyncio.sleep(_LOOK_EVERY_S)


async def partition_counts(settings: Settings, topics: Collection[str]) -> dict[str, int]:
    """How many partitions each topic has; a topic that is not there is left out. Raises KafkaError, TimeoutError."""
    admin = Admin(**connection(settings))
    async with asyncio.timeout(ANSWER_S):
        try:
            await admin.start()
            found = await answered(partial(admin.describe_topics, list(topics)))
        finally:
            await admin.close()
    for topic in found:
        if topic["error_code"] == TopicAuthorizationFailedError.errno:  # whether it is there, Kafka does not say
            raise TopicAuthorizationFailedError(topic["topic"])
    return {topic["topic"]: len(topic["partitions"]) for topic in found if topic["partitions"]}


def topic_partition(name: str) -> TopicPartition:
    """ "<topic>-<partition>" as aiokafka has it."""
    return TopicPartition(topic_of(name), number_of(name))


class Counted(Protocol):
    """What a log that was counted is known again by."""

    @property
    def tail(self) -> Tail | None:
        """The last record; of another log already where that was read on as if it were the same."""
        ...

    @property
    def known(self) -> Tail | None:
        """The record by which it was last known again."""
        ...


async def check_counted(counted: Mapping[str, Counted], event_log: EventLog) -> dict[str, Tail]:
    """Whether these partitions' logs are those that were counted, as far as Kafka still keeps what tells it.

    The one definition, for who starts, who looks while it counts, and who asks whether a person has said how to go on:
    what one of them refuses, no other accepts. Answers the last records that were found, by our key. Raises
    LogReplaced.
    """
    last = await _check_same({name: one.tail for name, one in counted.items() if one.tail}, event_log)
    earlier = {name: one.known for name, one in counted.items() if one.known and one.known != one.tail}
    await _check_same(earlier, event_log)
    return last


async def _check_same(tails: Mapping[str, Tail], event_log: EventLog) -> dict[str, Tail]:
    found = await event_log.tails_at({name: tail.offset for name, tail in tails.items()})
    for name, tail in tails.items():
        if name in found and tail not in found[name]:
            counted = tail.offset + 1
            raise LogReplaced(name, counted, counted if found[name] else tail.offset)
    return {name: ours for name, (ours, *_) in found.items()}
