"""The plain loop: `getmany`, `orjson.loads`, a dict. As fast as straightforward Python on aiokafka is.

    python -m tests.bench.jobs.plain BROKERS REDIS_URL TOPIC NAMESPACE EVENTS
"""

import asyncio
import sys
import time

import orjson
from aiokafka import AIOKafkaConsumer
from redis.asyncio import Redis

from tests.bench.jobs.panes import WRITE_EVERY_S, Panes

FETCH_BYTES = 4 * 1024 * 1024  # of one partition, as in svartid
POLL_MS = 100


async def run(brokers: str, redis_url: str, topic: str, namespace: str, events: int) -> None:
    """Reads `events` events from the start of a topic, and writes what they make."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=namespace,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    client, panes = Redis.from_url(redis_url), Panes()
    await consumer.start()
    try:
        await _read(consumer, client, panes, namespace, events)
        await panes.write(client, namespace)
    finally:
        await consumer.stop()
        await client.aclose()


async def _read(consumer: AIOKafkaConsumer, client: Redis, panes: Panes, namespace: str, events: int) -> None:
    add, loads, written = panes.add, orjson.loads, time.monotonic()
    while not consumer.assignment():
        await consumer.getmany(timeout_ms=POLL_MS)
    while panes.events < events:
        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                add(loads(record.value))
        if time.monotonic() - written >= WRITE_EVERY_S:
            await panes.write(client, namespace)
            written = time.monotonic()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:5], int(sys.argv[5])))
