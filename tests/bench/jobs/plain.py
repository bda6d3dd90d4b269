"""The plain loop: `getmany`, `orjson.loads`, a dict. As fast as straightforward Python on aiokafka is.

python -m tests.bench.jobs.plain BROKERS REDIS_URL TOPIC NAMESPACE EVENTS
"""

import asyncio
import sys
import time

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from redis.asyncio import Redis

from tests.bench.jobs.panes import WRITE_EVERY_S, Panes
from tests.bench.jobs.stopwatch import Stopwatch

FETCH_BYTES = 4 * 1024 * 1024  # of one partition, as in svartid
POLL_MS = 100


async def run(brokers: str, redis_url: str, topic: str, namespace: str, events: int) -> None:
    """Reads `events` events from the start of a topic, and writes what they make."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers,
        group_id=namespace,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    client, watch = Redis.from_url(redis_url), Stopwatch()
    await consumer.start()
    consumer.subscribe([topic], listener=_Assigned(watch))
    try:
        await _read(consumer, Panes(namespace), client, events, watch)
        watch.lap()
    finally:
        await consumer.stop()
        await client.aclose()
    watch.report()


async def _read(consumer: AIOKafkaConsumer, panes: Panes, client: Redis, events: int, watch: Stopwatch) -> None:
    add, loads, written = panes.add, orjson.loads, time.monotonic()
    while panes.events < events:
        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                add(loads(record.value))
        watch.counted(panes.events)
        if time.monotonic() - written >= WRITE_EVERY_S:
            await panes.written(client)
            written = time.monotonic()
    await panes.written(client)


class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch

    def on_partitions_revoked(self, revoked: object) -> None:
        pass

    def on_partitions_assigned(self, assigned: object) -> None:
        self._watch.start()


if __name__ == "__main__":
    _, brokers, redis_url, topic, namespace, events = sys.argv
    asyncio.run(run(brokers, redis_url, topic, namespace, int(events)))
