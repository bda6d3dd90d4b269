"""The topics that the jobs read, filled as fast as can be. May import: aiokafka, the workload."""

import asyncio
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter

from aiokafka import AIOKafkaProducer

from tests.bench.workload import Record

BATCH_BYTES = 16 * 1024  # a producer's batch as Kafka's and aiokafka's producers make it by default


def fill(brokers: str, topic: str, records: Iterable[Record]) -> None:
    """Produces the records to a topic, each partition in order, with event time as their timestamp."""
    asyncio.run(_produce(brokers, topic, list(records)))


async def _produce(brokers: str, topic: str, records: list[Record]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=brokers, max_batch_size=BATCH_BYTES)
    await producer.start()
    try:
        by_partition = sorted(records, key=attrgetter("partition"))  # stable: order within one stays
        for partition, some in groupby(by_partition, attrgetter("partition")):
            await _produce_partition(producer, topic, partition, some)
        await producer.flush()
    finally:
        await producer.stop()


async def _produce_partition(producer: AIOKafkaProducer, topic: str, partition: int, records: Iterable[Record]) -> None:
    batch = producer.create_batch()
    for record in records:
        if batch.append(key=record.key, value=record.value, timestamp=record.timestamp) is None:
            await producer.send_batch(batch, topic, partition=partition)
            batch = producer.create_batch()
            batch.append(key=record.key, value=record.value, timestamp=record.timestamp)
    await producer.send_batch(batch, topic, partition=partition)
