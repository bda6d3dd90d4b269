"""The topics that the jobs read, filled as fast as can be. May import: aiokafka, the workload."""

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer

from tests.bench.workload import Record

BATCH_BYTES = 16 * 1024  # a producer's batch as Kafka's and aiokafka's producers make it by default


def fill(brokers: str, topic: str, records: Iterable[Record]) -> int:
    """Produces the records to a topic, each partition in order, with their own timestamps. Answers how many."""
    return asyncio.run(_produce(brokers, topic, records))


async def _produce(brokers: str, topic: str, records: Iterable[Record]) -> int:
    producer = AIOKafkaProducer(bootstrap_servers=brokers, max_batch_size=BATCH_BYTES)
    await producer.start()
    batches: dict[int, Any] = {}
    sent = 0
    try:
        for record in records:
            batch = batches.get(record.partition)
            if batch is None or not _append(batch, record):
                if batch is not None:
                    await producer.send_batch(batch, topic, partition=record.partition)
                batch = batches[record.partition] = producer.create_batch()
                _append(batch, record)
            sent += 1
        for partition, batch in batches.items():
            await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
    return sent


def _append(batch: Any, record: Record) -> bool:
    return batch.append(key=record.key, value=record.value, timestamp=record.timestamp) is not None
