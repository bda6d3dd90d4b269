"""What is used of aiokafka's inner parts, which have no types of their own: each as it is, and no more of it.

May import: the core's fold, aiokafka's structs.
"""

from collections.abc import Awaitable, Iterator
from typing import Protocol

from aiokafka.structs import TopicPartition

from streams.core.fold import Record


class ParsedBatch(Protocol):
    """A batch of the log, yet to be made into records: to read it is to make them, once."""

    @property
    def base_offset(self) -> int:
        """The offset of its first record."""
        ...

    @property
    def next_offset(self) -> int:
        """The offset after its last one."""
        ...

    def __iter__(self) -> Iterator[Record]: ...

    def __next__(self) -> Record: ...


class Parser(Protocol):
    """What a fetch brought of a partition, a batch at a time."""

    def has_next(self) -> bool:
        """Whether there is another batch."""
        ...

    def next_batch(self) -> ParsedBatch:
        """The next one."""
        ...


class PartitionState(Protocol):
    """What a consumer knows of a partition that is assigned to it. Offsets; instants are the client's, in ms."""

    lso: int | None  # where what may be read ends; None until a broker has said it
    highwater: int
    timestamp: int | None  # when that was said

    @property
    def has_valid_position(self) -> bool:
        """Whether it is known where to read on."""
        ...

    @property
    def position(self) -> int:
        """Where to read on."""
        ...

    def pause(self) -> None:
        """Leaves it out of the fetches to come."""
        ...

    def resume(self) -> None:
        """Takes it in again."""
        ...


class Assignment(Protocol):
    """The partitions that a consumer was given at one time."""

    @property
    def active(self) -> bool:
        """Whether it is so still."""
        ...

    def state_value(self, tp: TopicPartition) -> PartitionState | None:
        """Of one of them."""
        ...


class FetchedRecords(Protocol):
    """aiokafka's records of a partition, as a fetch has just brought them."""

    next_fetch_offset: int
    _tp: TopicPartition
    _records: Parser
    _records_iterator: Iterator[object] | None
    _aborted_transactions: object
    _key_deserializer: object
    _value_deserializer: object
    _check_crcs: bool
    _isolation_level: object


class Fetched(Protocol):
    """aiokafka's own answer to whoever reads next: those records, and what they were fetched for."""

    _topic_partition: TopicPartition
    _assignment: Assignment
    _partition_records: FetchedRecords
    _backoff: float


class TopicsAnswer(Protocol):
    """What a broker says of topics and of the other brokers."""

    brokers: list[tuple[object, ...]]


class Sockets(Protocol):
    """What a connection writes to."""

    def is_closing(self) -> bool:
        """Whether it is, or was, closed."""
        ...

    def abort(self) -> None:
        """Closes it at once."""
        ...


class Writer(Protocol):
    """asyncio's, of which this is used."""

    @property
    def transport(self) -> Sockets:
        """Beneath it."""
        ...


class Connection(Protocol):
    """One to a broker."""

    _writer: Writer | None  # None: it is closed

    def close(self, reason: object = None) -> object:
        """Closes it."""
        ...

    def connected(self) -> bool:
        """Whether it is, as far as it knows."""
        ...

    def send(self, request: object) -> Awaitable[TopicsAnswer]:
        """Asks what there is of topics."""
        ...


class Cluster(Protocol):
    """What a client knows of brokers and topics."""

    def update_metadata(self, found: TopicsAnswer) -> None:
        """Takes in what a broker said."""
        ...

    def failed_update(self, error: object) -> None:
        """None said anything."""
        ...


class BatchBuilder(Protocol):
    """A batch that is being made, to be sent."""

    def append(self, *, timestamp: int | None, key: bytes | None, value: bytes | None) -> object:
        """Adds a record. None where there is no room for it."""
        ...
