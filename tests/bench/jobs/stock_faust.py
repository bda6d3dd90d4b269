"""Stock Faust, as far as its settings go: no web, no leader, memory store, a plain dict, big fetches, rare commits.

One event at a time through an agent, as its documentation teaches.

    python -m tests.bench.jobs.stock_faust BROKERS REDIS_URL TOPIC NAMESPACE EVENTS
"""

import asyncio
import sys
import tempfile
import time
from typing import Any

import faust
import orjson
from redis.asyncio import Redis

from tests.bench.jobs.panes import WRITE_EVERY_S, Panes
from tests.bench.jobs.stopwatch import Stopwatch

FETCH_BYTES = 4 * 1024 * 1024
COMMIT_EVERY = 10_000  # messages: Faust's books are gone through at each commit
BUFFER = 16_384  # messages waiting for the agent
LOOK_EVERY_S = 0.02


def create_app(brokers: str, group: str, topic: str, panes: Panes) -> Any:
    """An app with one agent that counts one event at a time."""
    app = faust.App(
        group,
        broker=[f"kafka://{brokers}"],
        broker_commit_every=COMMIT_EVERY,
        broker_max_poll_records=None,
        consumer_max_fetch_size=FETCH_BYTES,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=BUFFER,
        stream_wait_empty=False,
        stream_publish_on_commit=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        store="memory://",
        datadir=tempfile.mkdtemp(),  # else a folder of its own wherever it is started
        web_enabled=False,
        autodiscover=False,
    )

    @app.agent(app.topic(topic, value_serializer="raw"))
    async def count(stream: Any) -> None:
        add, loads = panes.add, orjson.loads
        async for value in stream:
            add(loads(value))

    return app


async def run(brokers: str, redis_url: str, topic: str, namespace: str, events: int) -> None:
    """Reads `events` events from the start of a topic, and writes what they make."""
    client, watch = Redis.from_url(redis_url), Stopwatch()
    panes = Panes(namespace)
    app = create_app(brokers, namespace, topic, panes)

    @app.on_partitions_assigned.connect  # type: ignore[untyped-decorator]
    async def on_assigned(app: Any, assigned: Any, **_: Any) -> None:
        watch.start()

    await app.start()
    await _until(panes, client, events, watch)
    watch.lap()
    await app.stop()
    await client.aclose()
    watch.report()


async def _until(panes: Panes, client: Redis, events: int, watch: Stopwatch) -> None:
    written = time.monotonic()
    while panes.events < events:
        await asyncio.sleep(LOOK_EVERY_S)
        watch.counted(panes.events)
        if time.monotonic() - written >= WRITE_EVERY_S:
            await panes.written(client)
            written = time.monotonic()
    await panes.written(client)


if __name__ == "__main__":
    _, brokers, redis_url, topic, namespace, events = sys.argv
    asyncio.run(run(brokers, redis_url, topic, namespace, int(events)))
