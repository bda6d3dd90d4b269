"""Batches of the log that cannot be read, told by name: to aiokafka one is an error like any other, and it goes on.

Every consumer of `streams.clients` has the fetcher that is here; and whatever aiokafka reads is unpacked by
`streams.unpacking` once this is imported. May import: headers, kafka_parts, unpacking, the core's fold, aiokafka.
"""

import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final, Self

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.legacy_records import LegacyRecordBatch
from aiokafka.structs import TopicPartition

from streams import headers, unpacking
from streams.core.fold import Record
from streams.kafka_parts import Assignment, Fetched, FetchedRecords, ParsedBatch, Parser
from streams.partition_names import name_of

_WHY: Final = {
    CorruptRecordException: "its bytes are damaged",
    UnsupportedCodecError: "its codec is none of Kafka's",
    unpacking.UnpacksTooFar: f"it unpacks to more than {unpacking.MOST_BYTES >> 20} MiB",
    headers.TooManyHeaders: f"a record in it has more than {headers.MOST_HEADERS} headers",
}
_ALIKE: Final = unpacking.UnpacksTooFar, headers.TooManyHeaders  # on each replica

_RECORD_BYTES: Final = 400  # what aiokafka makes of one that is empty
_HEADER_BYTES: Final = 80  # and of one of its headers


class _Large(threading.local):
    """What the batch unpacked to that this thread is just asking its records of, where that is to be looked at."""

    unpacked: memoryview | None = None

    def taken(self) -> memoryview | None:
        unpacked, self.unpacked = self.unpacked, None
        return unpacked


_large = _Large()


def _noted(unpack: Callable[[unpacking.Packed], unpacking.Unpacked]) -> Callable[..., unpacking.Unpacked]:
    @wraps(unpack)
    def unpacks(packed: unpacking.Packed) -> unpacking.Unpacked:
        unpacked = unpack(packed)
        if len(unpacked) > headers.UNLOOKED:
            _large.unpacked = memoryview(unpacked)
        return unpacked

    return unpacks


for _unpack in (unpacking.gzip, unpacking.snappy, unpacking.lz4, unpacking.zstd):  # in the place of aiokafka's codecs
    setattr(sys.modules[DefaultRecordBatch.__module__], f"{_unpack.__name__}_decode", _noted(_unpack))
    setattr(sys.modules[LegacyRecordBatch.__module__], f"{_unpack.__name__}_decode", _unpack)  # has no headers


class UnreadableBatch(Exception):
    """A batch that nobody can read; whether to go on without it is for a person to decide.

    `until` is the offset after its last.
    """

    def __init__(self, tp: TopicPartition, first: int, until: int, error: Exception) -> None:
        why = _WHY.get(type(error), type(error).__name__)  # never its text: that may hold what is in a record
        replica = "If there is a sound replica, make that one the leader. Otherwise pass"
        todo = "Pass" if isinstance(error, _ALIKE) else replica
        super().__init__(
            f"{name_of(tp)}: the batch from offset {first} up to {until} cannot be read ({why}). {todo} over the "
            f"batch: have Kafka delete what lies before offset {until} of partition {tp.partition} "
            "(kafka-delete-records.sh, see deploy/OPERATIONS.md). What was not counted by then is told as lost"
        )
        self.tp, self.topic = tp, tp.topic
        self.why = why
        self.first, self.until = first, until


class ReadableRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """What a fetch brought of a partition, up to a batch that cannot be read. The next fetch begins with that one, and
    raises UnreadableBatch.

    aiokafka would let go of what comes before it in the same fetch, and then pass over that in silence. No more is
    handed out of one fetch than one batch may unpack to: there may be hundreds of such. The next fetch has the rest.
    """

    _records: object  # as aiokafka reads it

    def __init__(self, tp: TopicPartition, records: Parser, *args: object) -> None:
        super().__init__(tp, records, *args)
        self._records = self._batches = _Batches(records)
        # By a weak reference: were this to refer to what refers to it, what a batch unpacked to would be kept until
        # somebody looks for cycles, whoever leaves off in its middle.
        self._records_iterator = fetcher.PartitionRecords._unpack_records(weakref.proxy(self))
        self._has_some = False
        self._room = unpacking.MOST_BYTES

    @classmethod
    def instead_of(cls, made: FetchedRecords, **more: Any) -> Self:
        """In the place of aiokafka's own, of which nothing was read yet."""
        made._records_iterator = None  # which refers to it: until it is collected, megabytes would be kept
        return cls(
            made._tp,
            made._records,
            made._aborted_transactions,
            made.next_fetch_offset,
            made._key_deserializer,
            made._value_deserializer,
            made._check_crcs,
            made._isolation_level,
            **more,
        )

    def __next__(self) -> object:
        if self._room <= 0:
            raise StopIteration
        try:
            record = super().__next__()
        except StopIteration:
            raise
        except Exception as error:  # a codec's library has errors of its own
            first = self.next_fetch_offset
            unreadable = UnreadableBatch(self._tp, first, self._batches.until(first), error)
        else:
            self._has_some = True
            return record
        if self._has_some:
            raise StopIteration
        raise unreadable  # not from that error, which refers to all that there was of the batch

    def _consumer_record(self, tp: TopicPartition, record: Any) -> Any:
        made = super()._consumer_record(tp, record)
        self._room -= _RECORD_BYTES + made.serialized_key_size + made.serialized_value_size
        if made.headers:
            self._room -= sum(_HEADER_BYTES + len(name) + len(value or b"") for name, value in made.headers)
        return made


class _Batches:
    """The parser's batches; remembers the last one."""

    def __init__(self, records: Parser) -> None:
        self.has_next = records.has_next
        self._next_batch = records.next_batch
        self._last: ParsedBatch | None = None

    def next_batch(self) -> ParsedBatch:
        batch = self._next_batch()
        self._last = _Packed(batch) if isinstance(batch, DefaultRecordBatch) and batch.compression_type else batch
        return self._last

    def until(self, first: int) -> int:
        """The offset after the last batch, one of whose records is `first`. The batch is let go of."""
        last, self._last = self._last, None
        return max(first + 1, getattr(last, "next_offset", 0))


class _Packed:
    """A batch that may unpack to far more than the broker took. Like the parser's own, but that what it makes of a
    large one is looked at before.
    """

    def __init__(self, batch: ParsedBatch) -> None:
        self._batch = batch
        self.base_offset = batch.base_offset
        self.next_offset = batch.next_offset

    def __getattr__(self, name: str) -> object:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Record]:
        _large.unpacked = None
        records = iter(self._batch)
        unpacked = _large.taken()
        return records if unpacked is None else headers.bounded(records, unpacked)

    def __next__(self) -> Record:
        return next(self._batch)  # a control batch's marker


class ReadableFetcher(fetcher.Fetcher):  # type: ignore[misc]
    """Whose records are those above: what aiokafka's own has made of an answer is replaced before anybody sees it."""

    async def _proc_fetch_request(self, assignment: Assignment, node_id: object, request: object) -> bool:
        has_records: bool = await super()._proc_fetch_request(assignment, node_id, request)
        for tp, made in list(self._records.items()):
            if type(made) is fetcher.FetchResult and type(made._partition_records) is fetcher.PartitionRecords:
                self._records[tp] = self._readable(made)
        return has_records

    def _readable(self, made: Fetched) -> object:
        records = ReadableRecords.instead_of(made._partition_records)
        return fetcher.FetchResult(
            made._topic_partition, assignment=made._assignment, partition_records=records, backoff=made._backoff
        )
