"""Batches of the log that cannot be read, told by name: to aiokafka one is an error like any other, and it goes on.

Every consumer of `streams.clients` has the fetcher that is here; and whatever aiokafka reads is unpacked by
`streams.unpacking` once this is imported. May import: kafka_parts, unpacking, aiokafka.
"""

import sys
from typing import Any, Final, Self

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.legacy_records import LegacyRecordBatch
from aiokafka.structs import TopicPartition

from streams import unpacking
from streams.kafka_parts import Assignment, Fetched, FetchedRecords, ParsedBatch, Parser
from streams.partition_names import name_of

_WHY: Final = {
    CorruptRecordException: "its bytes are damaged",
    UnsupportedCodecError: "its codec is none of Kafka's",
    unpacking.UnpacksTooFar: f"it unpacks to more than {unpacking.MOST_BYTES >> 20} MiB",
}

_RECORD_BYTES: Final = 400  # what aiokafka makes of one that is empty

for _parser in (DefaultRecordBatch, LegacyRecordBatch):  # whose modules take the unpacking ones from aiokafka's codecs
    for _unpack in (unpacking.gzip, unpacking.snappy, unpacking.lz4, unpacking.zstd):
        setattr(sys.modules[_parser.__module__], f"{_unpack.__name__}_decode", _unpack)


class UnreadableBatch(Exception):
    """A batch that nobody can read; whether to go on without it is for a person to decide.

    `until` is the offset after its last.
    """

    def __init__(self, tp: TopicPartition, first: int, until: int, error: Exception) -> None:
        why = _WHY.get(type(error), type(error).__name__)  # never its text: that may hold what is in a record
        replica = "If there is a sound replica, make that one the leader. Otherwise pass"
        todo = "Pass" if isinstance(error, unpacking.UnpacksTooFar) else replica  # it is the same on each
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
            if self._has_some:
                raise StopIteration from None
            first = self.next_fetch_offset
            raise UnreadableBatch(self._tp, first, self._batches.until(first), error) from None
        self._has_some = True
        return record

    def _consumer_record(self, tp: TopicPartition, record: Any) -> Any:
        made = super()._consumer_record(tp, record)
        self._room -= _RECORD_BYTES + made.serialized_key_size + made.serialized_value_size
        return made


class _Batches:
    """The parser's batches; remembers the last one."""

    def __init__(self, records: Parser) -> None:
        self.has_next = records.has_next
        self._next_batch = records.next_batch
        self._last: ParsedBatch | None = None

    def next_batch(self) -> ParsedBatch:
        self._last = self._next_batch()
        return self._last

    def until(self, first: int) -> int:
        """The offset after the last batch, one of whose records is `first`."""
        return max(first + 1, getattr(self._last, "next_offset", 0))


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
