"""A year read anew: the whole of a simulated year's log from Kafka into Redis by one worker, then `svartid verify`.

May import: the local parts, the runner, the topics, the workload.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from redis import Redis

from streams.local.parts import LocalParts
from streams.local.topics import create_topics
from tests.bench.jobs.stopwatch import Cost
from tests.bench.runner import Job, JobFailed, environment, run
from tests.bench.topics import fill
from tests.bench.workload import PARTITIONS, Record, Truth, year

CONTACTS = 4_500_000  # NKS' own year
TOPIC = "bench.year"
_TELL_EVERY = 1_000_000
_SVARTID = str(Path(sys.executable).with_name("svartid"))

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Year:
    """What it took."""

    contacts: int
    events: int
    cost: Cost
    redis_mb: float
    differences: int  # that `svartid verify` found

    @property
    def cpu_s_per_million(self) -> float:
        """Of the worker's own process."""
        return self.cost.cpu_s * 1e6 / self.events

    @property
    def events_per_s(self) -> float:
        """By the clock on the wall."""
        return self.events / self.cost.wall_s


def measure(contacts: int, say: Say) -> Year:
    """Makes the year, fills a topic with it, and has one worker read it. Raises JobFailed."""
    truth = Truth()
    with LocalParts(on_progress=say) as parts:
        create_topics(parts.kafka_brokers, {TOPIC: PARTITIONS})
        say(f"making a year of {contacts:,} contacts, and producing it")
        events = fill(parts.kafka_brokers, TOPIC, _told(year(contacts, truth), say))
        say(f"reading {events:,} events")
        job = Job("svartid", TOPIC, "bench-year", events, truth)
        cost = run(parts, job, keep=True)
        say(f"read in {cost.wall_s:.0f} s; recounting")
        return Year(contacts, events, cost, _used_mb(parts), _differences(parts, job))


def _told(records: Iterator[Record], say: Say) -> Iterator[Record]:
    for number, record in zip(count(1), records):  # one of them never ends
        if number % _TELL_EVERY == 0:
            say(f"{number:,}")
        yield record


def _used_mb(parts: LocalParts) -> float:
    with Redis.from_url(parts.redis_url) as client:
        memory: Any = client.info("memory")
    return float(memory["used_memory"]) / 2**20


def _differences(parts: LocalParts, job: Job) -> int:
    command = [_SVARTID, "verify", "--json"]
    ran = subprocess.run(command, env=environment(parts, job), capture_output=True, text=True, check=False)
    if not ran.stdout:
        raise JobFailed(f"svartid verify: {ran.stderr[-2000:]}")
    return sum(map(len, json.loads(ran.stdout)["differences"].values()))
