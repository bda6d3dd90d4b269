"""Reading by the worker's own consumer, without Faust and without a group."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from streams.ingest.transport import BatchScheduler
from streams.ingest.transport.consumer import BatchReader
from tests.ingest.installation import Installation

WITHIN_S = 20.0


@asynccontextmanager
async def reading(installation: Installation, *tps: TopicPartition, **options: Any) -> AsyncIterator[BatchReader]:
    """These partitions from their beginning."""
    given = {"bootstrap_servers": installation.brokers, "auto_offset_reset": "earliest"} | options
    reader = BatchReader(on_refusal=_never, **given)
    try:
        await reader.start()
        reader.assign(list(tps))
        for tp in tps:
            reader.seek(tp, 0)
        yield reader
    finally:
        await reader.stop()


def _never(why: Exception) -> None:
    raise AssertionError(why)  # it is of no group


async def fetches(reader: BatchReader, tp: TopicPartition, until: int) -> list[tuple[int, int]]:
    """From where each fetch of a partition goes on, and the offset after its last record."""
    found: list[tuple[int, int]] = []
    deadline = time.monotonic() + WITHIN_S
    while await reader.position(tp) < until and time.monotonic() < deadline:
        for _, batch in BatchScheduler().iterate(await reader.getmany(timeout_ms=100)):
            [(since, records_until, records)] = batch.values()
            assert [record.offset for record in records][-1] == records_until - 1
            found.append((since, records_until))
    return found


async def values(reader: BatchReader, count: int) -> list[tuple[int, bytes | None]]:
    """So many records at least, each as (partition, value)."""
    found: list[tuple[int, bytes | None]] = []
    deadline = time.monotonic() + WITHIN_S
    while len(found) < count and time.monotonic() < deadline:
        for _, batches in BatchScheduler().iterate(await reader.getmany(timeout_ms=100)):
            for tp, batch in batches.items():
                found += [(tp.partition, record.value) for record in batch.records if record.offset >= batch.since]
    return found


async def send(installation: Installation, partition: int, *sent: bytes) -> None:
    """To the phone's topic, each value in a batch of its own."""
    async with AIOKafkaProducer(bootstrap_servers=installation.brokers) as producer:
        for value in sent:
            await producer.send_and_wait(installation.topics["phone"], value, partition=partition)


async def until(holds: Callable[[], object], what: str) -> None:
    """Returns once that is true, while the reader works in the background."""
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.01)
