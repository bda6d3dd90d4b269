"""Bytewax with its own operators and its own state for the join, as its documentation teaches, in big batches.

    python -m tests.bench.jobs.bytewax BROKERS REDIS_URL TOPIC NAMESPACE EVENTS

Runs in the engines' own environment. Its clock starts when it has fetched the first batch, as
it does not tell of the assignment: that flatters it by as much.
"""

import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import bytewax.operators as op
import orjson
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main
from redis import Redis

from tests.bench.jobs.panes import Panes
from tests.bench.jobs.stopwatch import Stopwatch
from tests.bench.jobs.writing import EachSecond

BATCH, FETCH_BYTES = 10_000, 4 * 1024 * 1024
EPOCH = timedelta(seconds=1)

Entry = tuple[int, str]  # when and where
Step = tuple[str, int, int, str]  # type, when, when entered, queue


def join(entry: Entry | None, event: dict[str, Any]) -> tuple[Entry | None, list[Step]]:
    """One event of a contact: what is known of it from then on, and what is to be counted."""
    kind, at_ms = event["type"], event["occurred_at"]
    if kind == "queue.entered":
        return (at_ms, event["queue"]), [(kind, at_ms, at_ms, event["queue"])]
    if kind == "contact.ended" or entry is None:
        return None, []
    return entry, [(kind, at_ms, *entry)]


class PanesSink(StatelessSinkPartition[Any], DynamicSink[Any]):  # type: ignore[misc]  # not in this environment
    """Counts, and writes each second; the one worker's one partition."""

    def __init__(self, panes: Panes, client: Redis, watch: Stopwatch) -> None:
        self._panes, self._watch = panes, watch
        self._writing = EachSecond(panes, client)

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "PanesSink":
        """Bytewax asks each worker."""
        return self

    def write_batch(self, items: Sequence[tuple[str, Step]]) -> None:
        """Some steps, each with its key."""
        for _, (kind, at_ms, entered_ms, queue) in items:
            if kind == "queue.entered":
                self._panes.begin(at_ms)
            else:
                self._panes.end(kind, at_ms, entered_ms, queue)
        self._writing.after_some()
        self._watch.counted(self._panes.events)

    def close(self) -> None:
        """The end of the log."""
        self._writing.write()
        self._watch.lap()


def run(brokers: str, redis_url: str, topic: str, namespace: str) -> None:
    """Reads a topic from its start to its end, and writes what its events make."""
    watch, panes = Stopwatch(), Panes(namespace)
    sink = PanesSink(panes, Redis.from_url(redis_url), watch)

    def parse(message: Any) -> Any:
        if not panes.events:
            watch.start()
        panes.events += 1
        return orjson.loads(message.value)

    flow = Dataflow("panes")
    fetching = {"max.partition.fetch.bytes": str(FETCH_BYTES)}
    source = KafkaSource([brokers], [topic], tail=False, add_config=fetching, batch_size=BATCH)
    events = op.input("events", flow, source)
    parsed = op.map("parsed", events, parse)
    by_contact = op.key_on("by contact", parsed, lambda event: event["contact_id"])
    op.output("panes", op.stateful_flat_map("joined", by_contact, join), sink)
    run_main(flow, epoch_interval=EPOCH)
    watch.report()


if __name__ == "__main__":
    _, brokers, redis_url, topic, namespace, _ = sys.argv
    run(brokers, redis_url, topic, namespace)
