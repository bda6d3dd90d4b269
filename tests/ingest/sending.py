"""Records sent to Kafka fast, in the background, in chunks that arrive one after the other."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.ingest.background import InBackground

MOST_BYTES = 15 << 20


@dataclass(frozen=True, slots=True)
class Produced:
    """A record to be sent. Without a partition its key decides."""

    channel: str
    key: bytes | None
    value: bytes | None
    timestamp: int
    partition: int | None = None


class Sending(InBackground):
    """Sends; leaving the block waits until all is sent."""

    ends_within_s = 120

    def __init__(
        self,
        brokers: str,
        topics: Mapping[str, str],
        chunks: Sequence[Sequence[Produced]],
        may_send: Callable[[int], bool] = lambda sent: True,
    ) -> None:
        super().__init__()
        self._brokers, self._topics, self._chunks, self._may_send = brokers, topics, chunks, may_send
        self.sent = 0

    async def work(self) -> None:
        """Sends one chunk after the other."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._brokers,
            linger_ms=2,
            max_batch_size=1 << 18,
            max_request_size=MOST_BYTES,
            enable_idempotence=True,  # a send that is tried again is in the log once
        )
        async with producer:
            for chunk in self._chunks:
                while not self._may_send(self.sent):
                    if self.stop.is_set():
                        return
                    await asyncio.sleep(0.01)
                for r in chunk:
                    topic = self._topics[r.channel]
                    await producer.send(topic, r.value, r.key, partition=r.partition, timestamp_ms=r.timestamp)
                await producer.flush()
                self.sent += len(chunk)


Record = tuple[bytes | None, bytes | None]  # key and value


def everything(brokers: str, topic: str, partition: int) -> list[Record]:
    """Every record of a partition."""

    async def read() -> list[Record]:
        async with AIOKafkaConsumer(
            bootstrap_servers=brokers, auto_offset_reset="earliest", max_partition_fetch_bytes=4 << 20
        ) as consumer:
            tp = TopicPartition(topic, partition)
            consumer.assign([tp])
            end = (await consumer.end_offsets([tp]))[tp]
            async with asyncio.timeout(10):
                records = [await consumer.getone() for _ in range(end)]
            return [(record.key, record.value) for record in records]

    return asyncio.run(read())
