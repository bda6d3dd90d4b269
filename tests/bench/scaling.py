"""The whole job by partitions, and by workers that share them.

May import: the local parts, the runner, the workload.
"""

from collections.abc import Callable
from dataclasses import dataclass

from streams.local.parts import LocalParts
from streams.local.topics import create_topics
from tests.bench.runner import Job, run_together
from tests.bench.topics import fill
from tests.bench.workload import PARTITIONS, make

PARTITION_COUNTS = (1, PARTITIONS, 64)
WORKERS = (1, 2)
LONGER = 3  # times the events where workers share: they have to find each other first

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scale:
    """One run."""

    partitions: int
    workers: int
    events: int
    cpu_s_per_million: float  # of all workers
    events_per_s: float  # by the clock on the wall, until the last worker was done
    valkey_cpu_s_per_million: float


def measure(events: int, say: Say) -> list[Scale]:
    """Every number of partitions with one worker, then every number of workers. Raises JobFailed."""
    with LocalParts(on_progress=say) as parts:
        by_partitions = [_run(parts, partitions, 1, events, say) for partitions in PARTITION_COUNTS]
        return by_partitions + [_run(parts, PARTITIONS, workers, LONGER * events, say) for workers in WORKERS]


def _run(parts: LocalParts, partitions: int, workers: int, events: int, say: Say) -> Scale:
    topic = f"bench.scale-{partitions}-{workers}-{events}"
    create_topics(parts.kafka_brokers, {topic: partitions})
    workload = make(events, partitions=partitions)
    fill(parts.kafka_brokers, topic, workload.records)
    costs = run_together(parts, Job("svartid", topic, topic, events, workload.truth, partitions), workers)
    million = 1e6 / events
    scale = Scale(
        partitions,
        workers,
        events,
        sum(cost.cpu_s for cost in costs) * million,
        events / max(cost.wall_s for cost in costs),
        max(cost.valkey_cpu_s for cost in costs) * million,
    )
    say(f"{partitions} partitions, {workers} workers: {scale.cpu_s_per_million:.2f} CPU-s a million")
    return scale
