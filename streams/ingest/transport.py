"""Faust's public seams, used so that an agent is handed whole fetch batches and Redis owns the offsets.

Stock Faust makes two tasks a message; here one message is all that one fetch brought of one topic, which is thirty
times as fast. Written against faust-streaming 0.15.3 and aiokafka 0.14.0, both pinned, as the driver's inner calls are
not a public interface.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import faust
from aiokafka.consumer import consumer, fetcher
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    InconsistentGroupProtocolError,
    InvalidSessionTimeoutError,
    TopicAuthorizationFailedError,
)
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.batches import ReadableRecords, UnreadableBatch
from streams.core.fold import Record
from streams.ingest.turns import Batch
from streams.tls import BadConnectionSetting

# A fetch is answered when there are so many bytes, or after so many ms. Without any wait a worker at 2 000 events/s
# takes half as much CPU again; 15 ms would spare another quarter of it, and commit 8 ms later.
GATHER = (64 * 1024, 5)
WAIT_FOR_ONE = (1, 500)  # aiokafka's own
MUCH = (16 * 1024 * 1024, 4 * 1024 * 1024)  # a fetch's most bytes: of all partitions, and of one
LITTLE = (2 * 1024 * 1024, 512 * 1024)  # the same while somebody's events are of now: the next fetch waits for this one
DENIED_S = 5.0  # until the next fetch where a right is lacking; the app has stopped by then

Fetched = dict[TP, Batch]  # of one topic
Take = Callable[[Iterable[TP]], Awaitable[Mapping[TP, int]]]


class AsParsed:
    """The deserializer of a consumer that wants the parser's own records; see `LeanRecords`."""

    def __init__(self) -> None:
        # Of each partition: the next offset to fetch, and the one after the last record that was.
        self.last: dict[Any, tuple[int, int]] = {}
        self.unreadable: list[UnreadableBatch] = []

    def __call__(self, value: bytes | None) -> bytes | None:
        """As it is."""
        return value


class LeanRecords(ReadableRecords):
    """Hands out the parser's own records, a batch of the log at a time, to a consumer that asks for them.

    They have all that is read here. To make a `ConsumerRecord` of each, and to hand them out one by one, is most of
    what reading costs aiokafka.
    """

    def __init__(self, tp: TP, records: Any, *args: Any) -> None:
        super().__init__(tp, records, *args)
        self._records: Any
        if isinstance(self._value_deserializer, AsParsed):
            self._records = _WholeBatches(self._batches)
            position, handed_out = self._value_deserializer.last.get(tp, (-1, -1))
            self.handed_out = handed_out if position == self.next_fetch_offset else self.next_fetch_offset
            self._remember()

    def __next__(self) -> Any:
        try:
            return super().__next__()
        finally:
            self._remember()

    def _remember(self) -> None:
        """Offsets alone: what was fetched and is never handed out, as after a seek, is megabytes."""
        if isinstance(self._value_deserializer, AsParsed):
            self._value_deserializer.last[self._tp] = self.next_fetch_offset, self.handed_out

    def _consumer_record(self, tp: TP, record: Any) -> Any:
        if not isinstance(self._value_deserializer, AsParsed):
            return super()._consumer_record(tp, record)
        record.since, self.handed_out = self.handed_out, record.offset + 1
        return record


class _WholeBatches:
    """The parser's batches, each of which gives all its records as one item."""

    def __init__(self, records: Any) -> None:
        self.has_next = records.has_next
        self._next_batch = records.next_batch

    def next_batch(self) -> "_WholeBatch":
        return _WholeBatch(self._next_batch())


class _WholeBatch:
    """A batch of the log. Like the parser's own, but that it is read in one go."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator["_Unparsed"]:
        return iter([_Unparsed(self._batch)])

    def __next__(self) -> Any:
        return next(self._batch)  # a control batch's marker


class _Unparsed:
    """The records of one batch, yet to be made of its bytes; the earlier ones too where the fetch began in its middle.

    `offset` is the last one's, up to which the batch is then read.
    """

    since: int  # between there and the first record are markers of transactions, or what was compacted away

    def __init__(self, batch: Any) -> None:
        self.records: Iterable[Record] = batch
        self.offset: int = batch.next_offset - 1
        self.most: int = batch.next_offset - batch.base_offset


class _Fetched:
    """The batches that one fetch brought of a partition, one after the other."""

    def __init__(self, batches: Sequence[_Unparsed]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return sum(batch.most for batch in self._batches)

    def __iter__(self) -> Iterator[Record]:
        return chain.from_iterable(batch.records for batch in self._batches)


class KeptFetchResult(fetcher.FetchResult):  # type: ignore[misc]
    """Hands out what was fetched of a partition that was held back meanwhile: aiokafka would fetch it again."""

    def check_assignment(self, tp: TP) -> bool:
        """Whether it may be handed out."""
        state = self._assignment.state_value(tp)
        is_paused, state._paused = state._paused, False
        try:
            return cast(bool, super().check_assignment(tp))
        finally:
            state._paused = is_paused

    def getall(self, max_records: int | None = None) -> list[Any]:
        """All of it; nothing of a partition whose next batch cannot be read, of which no more is fetched.

        An error here would take with it what was handed out of the other partitions.
        """
        try:
            return cast(list[Any], super().getall(max_records))
        except UnreadableBatch as error:
            reading: Any = self._partition_records
            if not isinstance(reading._value_deserializer, AsParsed):
                raise
            reading._value_deserializer.unreadable.append(error)
            self._partition_records: Any = None
            self._assignment.state_value(self._topic_partition).pause()
            return []


class PacedFetcher(consumer.Fetcher):  # type: ignore[misc]
    """Lets events gather at the broker for a moment while they come thick, and asks for the next one while they do not.

    A fetch, a commit and all between cost nearly as much for one event as for fifty; and a fetch that leaves as soon
    as one partition has an event makes the others' events wait for the next.
    """

    async def _proc_fetch_request(self, assignment: Any, node_id: Any, request: Any) -> bool:
        has_records: bool = await super()._proc_fetch_request(assignment, node_id, request)
        if isinstance(self._value_deserializer, AsParsed):
            self._fetch_min_bytes, self._fetch_max_wait_ms = GATHER if has_records else WAIT_FOR_ONE
        return has_records


class PlainGroup(consumer.GroupCoordinator):  # type: ignore[misc]
    """Says at once why a group does not take this worker, where asking again would not help.

    aiokafka keeps it for whoever fetches next, and Faust fetches nothing before it has partitions.
    """

    on_refusal: Callable[[BadConnectionSetting], None] | None = None

    def _push_error_to_user(self, error: Exception) -> Any:
        if self.on_refusal and (why := self._why_refused(error)):
            self.on_refusal(BadConnectionSetting(why))
        return super()._push_error_to_user(error)

    def _why_refused(self, error: Exception) -> str | None:
        if isinstance(error, InvalidSessionTimeoutError):
            asked_s = self._session_timeout_ms / 1000
            return (
                f"Kafka takes no session timeout of {asked_s:g} s. Set SVARTID_SESSION_TIMEOUT_S between the broker's "
                "group.min.session.timeout.ms and group.max.session.timeout.ms"
            )
        if isinstance(error, InconsistentGroupProtocolError):
            return (
                f"the group {self.group_id} has members that are no workers of this kind. Set "
                "SVARTID_CONSUMER_GROUP to a group of svartid's own"
            )
        return None


# aiokafka has no seam for these four; its version is pinned.
consumer.GroupCoordinator = PlainGroup
fetcher.PartitionRecords = LeanRecords
fetcher.FetchResult = KeptFetchResult
consumer.Fetcher = PacedFetcher


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's thread around aiokafka's consumer, which here asks for the parser's records."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        worker = super()._create_worker_consumer(transport)
        worker._value_deserializer = AsParsed()
        worker._fetch_max_bytes, worker._max_partition_fetch_bytes = MUCH
        worker._isolation_level = "read_committed"  # what a transaction took back never happened
        return worker

    async def on_start(self) -> None:
        """Listens, too, for what the group says where it does not take this worker."""
        await super().on_start()
        self._ensure_consumer()._coordinator.on_refusal = self._refused

    def _refused(self, why: BadConnectionSetting) -> None:
        app = cast(Any, self.app)
        asyncio.run_coroutine_threadsafe(app.fail(why), app.loop)

    def highwater(self, tp: TP) -> int:
        """Where what may be read ends: before the first transaction that is still open. 0 where that is not known."""
        state = self._state(tp)
        return state.lso or 0 if state else 0

    def said_at(self, tp: TP) -> int | None:
        """When the broker last said where a partition ends, as the client notes it; None where it has not yet."""
        state = self._state(tp)
        return state.timestamp if state else None

    def partitions_of(self, topic: str) -> int:
        """How many partitions a topic has, as of the client's newest look; 0 where it is not there."""
        return len(self._ensure_consumer()._client.cluster.partitions_for_topic(topic) or ())

    def bound_fetches(self, bounds: tuple[int, int]) -> None:
        """How much the fetches to come may bring, as `MUCH` or `LITTLE`. To be called from any thread."""
        fetches = self._ensure_consumer()._fetcher
        fetches._fetch_max_bytes, fetches._max_partition_fetch_bytes = bounds

    def hold_back(self, tp: TP, is_full: bool) -> None:
        """Leaves a partition out of the fetches to come, or takes it in again. To be called from any thread."""
        if not self.thread_loop.is_closed():
            self.thread_loop.call_soon_threadsafe(self._hold_back, tp, is_full)

    def _hold_back(self, tp: TP, is_full: bool) -> None:
        if state := self._state(tp):
            (state.pause if is_full else state.resume)()

    def take_unreadable(self) -> list[UnreadableBatch]:
        """What could not be read since this was last asked."""
        found = self._ensure_consumer()._value_deserializer.unreadable
        taken, found[:] = list(found), []
        return taken

    def read_position(self, tp: TP) -> int:
        """What the fetch has handed out, as last noted: asking the thread would wait where the thread hangs.

        0 where the position was moved and not read to: past events that Kafka let go of, of which nothing is known.
        """
        state = self._state(tp)
        position = state.position if state and state.has_valid_position else 0
        read_to, _ = self._ensure_consumer()._value_deserializer.last.get(tp, (0, 0))
        return position if position == read_to else 0

    def _state(self, tp: TP) -> Any:
        """What the client knows of a partition; None where it is not assigned, as in the middle of a rebalance."""
        subscription = self._ensure_consumer()._subscription.subscription
        assignment = subscription.assignment if subscription else None
        return assignment.state_value(tp) if assignment else None


class BatchScheduler:
    """Hands out what was fetched of each topic as one item, named by one of its partitions."""

    def iterate(self, records: Mapping[TP, list[_Unparsed]]) -> Iterator[tuple[TP, Fetched]]:
        """In the order they were fetched."""
        topics: dict[str, Fetched] = {}
        for tp, batches in records.items():
            if batches:
                batch = Batch(batches[0].since, batches[-1].offset + 1, _Fetched(batches))
                topics.setdefault(tp.topic, {})[tp] = batch
        return iter([(next(iter(fetched)), fetched) for fetched in topics.values()])


class BatchSchema(faust.Schema):  # type: ignore[type-arg]
    """Passes batches through undecoded: the fold decodes, record by record, and knows what to do with a bad one."""

    def compile(self, app: Any, **_: Any) -> Any:
        """Faust's hook for a decoder of messages."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, {}, message)

        return decode


class BatchConsumer(driver.Consumer):
    """Makes a message of each topic's batches, and seeks to where Redis says, not to Kafka's committed offsets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handed_out: dict[TP, int] = {}  # the last offset that the agents were given

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def _to_message(self, tp: TP, fetched: Fetched) -> ConsumerMessage:
        self.handed_out |= {tp: batch.until - 1 for tp, batch in fetched.items()}
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            fetched[tp].until - 1,
            0.0,  # when it was made: nothing here asks
            timestamp_type=0,
            headers=None,
            key=None,
            value=cast(bytes, fetched),
            checksum=None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,  # without it the stream skips everything, silently
        )

    def read_position(self, tp: TP) -> int:
        """The offset after the last that was fetched and handed out, markers and all; 0 where it is not known."""
        return cast(BatchConsumerThread, self._thread).read_position(tp)

    def said_at(self, tp: TP) -> int | None:
        """When the broker last said where a partition ends; it differs with each time. None where it has not yet."""
        return cast(BatchConsumerThread, self._thread).said_at(tp)

    def partitions_of(self, topic: str) -> int:
        """How many partitions a topic has, as of a few seconds ago; 0 where it is not there."""
        return cast(BatchConsumerThread, self._thread).partitions_of(topic)

    def bound_fetches(self, bounds: tuple[int, int]) -> None:
        """How much the fetches to come may bring: `MUCH` or `LITTLE`."""
        cast(BatchConsumerThread, self._thread).bound_fetches(bounds)

    def hold_back(self, tp: TP, is_full: bool) -> None:
        """Fetches no more of a partition, or fetches it again."""
        cast(BatchConsumerThread, self._thread).hold_back(tp, is_full)

    def on_buffer_full(self, tp: TP) -> None:
        """Goes on fetching: `hold_back` is backpressure enough.

        Faust would leave the partition out of the next fetch, which may take a second to come back.
        """

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Reads nothing until it has been sought: Faust stops the flow at a rebalance only if there was an assignment.

        What is read between the seek and the flow's resumption is lost, as that empties the agents' buffers.
        """
        self.stop_flow()
        await super().on_partitions_assigned(assigned, generation_id)

    async def _getmany(self, *args: Any, **kwargs: Any) -> Any:
        """Ends the worker where a right was taken away, and refuses a topic of which a batch cannot be read: to go on
        would be to pass over events.
        """
        try:
            fetched = await super()._getmany(*args, **kwargs)
        except (TopicAuthorizationFailedError, GroupAuthorizationFailedError) as error:
            await cast(Any, self.app).fail(error)
            await self.sleep(DENIED_S)
            return {}
        for unreadable in cast(BatchConsumerThread, self._thread).take_unreadable():
            await cast(Any, self.app).refuse(unreadable)
        return fetched

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Takes the assigned partitions (claims and loads them) and seeks to the offsets in Redis.

        Every seek of Faust's comes through here, so that nothing afterwards can move the position again.
        """
        take: Take = cast(Any, self.app).take_partitions
        offsets = await take(self.assignment())
        self.handed_out.clear()
        for tp in self.assignment():  # whatever waits is forgotten; what was not taken is not to be read
            self.hold_back(tp, tp not in offsets)
        await self._thread.seek_wait(offsets)
        return offsets


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with the consumer above."""

    Consumer = BatchConsumer
