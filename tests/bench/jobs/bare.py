"""How soon a record can be had at all: a bare consumer that reads and does nothing. The yardstick of the latencies.

    python -m tests.bench.jobs.bare BROKERS TOPIC EVENTS

Prints "ready", and in the end the age of each record as it was read, in ms, as a JSON list.
"""

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer

POLL_MS = 100


async def run(brokers: str, topic: str, events: int) -> None:
    """Reads so many events."""
    ages_ms: list[float] = []
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=brokers, auto_offset_reset="earliest")
    await consumer.start()
    print("ready", flush=True)
    while len(ages_ms) < events:
        batches = await consumer.getmany(timeout_ms=POLL_MS)
        now_ms = time.time() * 1000
        ages_ms += [now_ms - record.timestamp for records in batches.values() for record in records]
    await consumer.stop()
    print(json.dumps(ages_ms))


if __name__ == "__main__":
    _, brokers, topic, events = sys.argv
    asyncio.run(run(brokers, topic, int(events)))
