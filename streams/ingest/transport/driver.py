"""What Faust is handed: a transport whose consumer makes a message of each topic's batches, and whose producer's
connections are as all others.

May import: batches, consumer, records, thread, clients, faust, aiokafka.
"""

from collections.abc import Mapping
from typing import cast

from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.clients import Producer
from streams.ingest.transport.batches import Fetched
from streams.ingest.transport.consumer import BatchReader
from streams.ingest.transport.records import Unparsed
from streams.ingest.transport.thread import BatchConsumerThread, Ingest, ingest_of

DENIED_S = 5.0  # until the next fetch where a right is lacking; the app has stopped by then


class BatchConsumer(driver.Consumer):
    """Makes a message of each topic's batches, and seeks to where Redis says, not to Kafka's committed offsets."""

    _thread: BatchConsumerThread

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.handed_out: dict[TP, int] = {}  # the last offset that the agents were given
        self._is_between = False  # what there was is revoked, and nothing assigned yet

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def reader(self) -> BatchReader:
        """What the client knows, without asking its thread. Raises ConsumerNotStarted."""
        return self._thread.reader

    @property
    def _ingest(self) -> Ingest:
        return ingest_of(self.app)

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

    def hold_back(self, tp: TP, is_full: bool) -> None:
        """Fetches no more of a partition, or fetches it again."""
        self._thread.hold_back(tp, is_full)

    def on_buffer_full(self, tp: TP) -> None:
        """Goes on fetching: `hold_back` is backpressure enough.

        Faust would leave the partition out of the next fetch, which may take a second to come back.
        """

    def given(self) -> set[TP]:
        """What the group gives this worker now: nothing in the middle of a rebalance, though the client still names it.

        Faust seeks then, too, where it was about to hand out what is revoked.
        """
        return set() if self._is_between else set(self.assignment())

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Notes that nothing is given until the next assignment."""
        self._is_between = True
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Reads nothing until it has been sought: Faust stops the flow at a rebalance only if there was an assignment.

        What is read between the seek and the flow's resumption is lost, as that empties the agents' buffers.
        """
        self._is_between = False
        self.stop_flow()
        await super().on_partitions_assigned(assigned, generation_id)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Unparsed]]:  # noqa: ASYNC109  # as Faust has it
        """Ends the worker where a right was taken away, and refuses a topic of which a batch cannot be read: to go on
        would be to pass over events.
        """
        try:
            fetched = await super()._getmany(active_partitions, timeout)
        except (TopicAuthorizationFailedError, GroupAuthorizationFailedError) as error:
            await self._ingest.fail(error)
            await self.sleep(DENIED_S)
            return {}
        for unreadable in self.reader.take_unreadable():
            await self._ingest.refuse(unreadable)
        return fetched

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Takes the assigned partitions (claims and loads them) and seeks to the offsets in Redis.

        Every seek of Faust's comes through here, so that nothing afterwards can move the position again.
        """
        offsets = await self._ingest.take_partitions()
        self.handed_out.clear()
        for tp in self.assignment():  # whatever waits is forgotten; what was not taken is not to be read
            self.hold_back(tp, tp not in offsets)
        await self._thread.seek_wait(offsets)
        return offsets

    async def read_on(self, offsets: Mapping[TP, int]) -> None:
        """Reads partitions that were left out after an assignment, from these offsets on."""
        if not offsets:
            return
        for tp in offsets:
            self.handed_out.pop(tp, None)
        await self._thread.seek_wait(offsets)
        for tp in offsets:
            self.hold_back(tp, False)


class BatchProducer(driver.Producer):
    """Faust's producer around ours of aiokafka's."""

    @property
    def _producer_type(self) -> type[Producer]:
        return Producer


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with the consumer and the producer above; its app is an `Ingest`."""

    Consumer = BatchConsumer
    Producer = BatchProducer
