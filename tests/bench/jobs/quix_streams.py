"""Quix Streams, as far as its settings go: a plain dict in place of its RocksDB, which costs least.

    python -m tests.bench.jobs.quix_streams BROKERS REDIS_URL TOPIC NAMESPACE EVENTS

Runs in the engines' own environment. Its clock starts with the first event, as it does not
tell of the assignment: that flatters it by what was fetched before.
"""

import sys
import tempfile
from typing import Any

from quixstreams import Application
from redis import Redis

from tests.bench.jobs.panes import Panes
from tests.bench.jobs.stopwatch import Stopwatch
from tests.bench.jobs.writing import EachSecond

FETCH_BYTES = 4 * 1024 * 1024


def run(brokers: str, redis_url: str, topic: str, namespace: str, events: int) -> None:
    """Reads `events` events from the start of a topic, and writes what they make."""
    app = Application(
        broker_address=brokers,
        consumer_group=namespace,
        auto_offset_reset="earliest",
        consumer_extra_config={"max.partition.fetch.bytes": FETCH_BYTES},
        state_dir=tempfile.mkdtemp(),
        auto_create_topics=False,
        loglevel="ERROR",
    )
    panes, watch = Panes(namespace), Stopwatch()
    writing = EachSecond(panes, Redis.from_url(redis_url))

    def count(event: dict[str, Any]) -> None:
        if not panes.events:
            watch.start()
        panes.add(event)
        writing.after_one()
        watch.counted(panes.events)
        if panes.events == events:
            writing.write()
            watch.lap()

    frame = app.dataframe(app.topic(topic, value_deserializer="json")).update(count)
    app.run(frame, count=events, collect=False)
    watch.report()


if __name__ == "__main__":
    _, brokers, redis_url, topic, namespace, events = sys.argv
    run(brokers, redis_url, topic, namespace, int(events))
