"""Runs one job as a process of its own, and says what it cost. May import: psutil, redis, the jobs, the local parts.

What is measured is the whole process, from the resource usage that the kernel gives when it is waited for, and Kafka and Valkey
over the same span. What a process costs before its first event and after its last is measured by the same job on an empty
topic, and taken off by the caller: one rule for every job, and nothing inside a job has to be trusted.
"""

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import Self

import msgspec
import psutil
from redis.asyncio import Redis

from streams.core.measures import Cell
from streams.keys import Keys
from streams.local.parts import LocalParts
from tests.bench.jobs import panes
from tests.bench.workload import PARTITIONS, Truth

JOBS = ("svartid", "plain", "stock-faust")
DEADLINE_S = 600.0


class WrongTotals(Exception):
    """A job did not count what the generator made; its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds: CPU of the job's process, of Kafka and of Valkey, and the wall's."""

    cpu_s: float
    kafka_cpu_s: float
    valkey_cpu_s: float
    wall_s: float

    def less(self, other: Self) -> "Cost":
        """This without that; what noise makes negative is 0."""
        return Cost(
            max(0.0, self.cpu_s - other.cpu_s),
            max(0.0, self.kafka_cpu_s - other.kafka_cpu_s),
            max(0.0, self.valkey_cpu_s - other.valkey_cpu_s),
            max(0.0, self.wall_s - other.wall_s),
        )


@dataclass(frozen=True, slots=True)
class Job:
    """One job on one topic, under a name of its own in Kafka and Redis."""

    name: str
    topic: str
    namespace: str
    events: int


def run(parts: LocalParts, job: Job) -> tuple[Cost, Truth]:
    """Runs it to its end. Raises with the end of its output if it fails."""
    kafka, valkey, begun = _cpu_s(parts.kafka.pid), _cpu_s(parts.valkey.pid), time.perf_counter()
    with TemporaryFile() as output:
        child = subprocess.Popen(command(parts, job), env=environment(parts, job), stdout=output, stderr=output)
        deadline = Timer(DEADLINE_S, child.kill)
        deadline.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        finally:
            deadline.cancel()
        wall_s = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            raise RuntimeError(f"{job.name} ended with {child.returncode}:\n{output.read().decode()[-2000:]}")
    cost = Cost(
        usage.ru_utime + usage.ru_stime, _cpu_s(parts.kafka.pid) - kafka, _cpu_s(parts.valkey.pid) - valkey, wall_s
    )
    return cost, asyncio.run(_counted(parts, job))


def command(parts: LocalParts, job: Job) -> list[str]:
    """The job's command line."""
    if job.name == "svartid":
        return [str(Path(sys.executable).with_name("svartid")), "worker", "--drain"]
    module = f"tests.bench.jobs.{job.name.replace('-', '_')}"
    arguments = [parts.kafka_brokers, parts.redis_url, job.topic, job.namespace, str(job.events)]
    return [sys.executable, "-m", module, *arguments]


def environment(parts: LocalParts, job: Job) -> dict[str, str]:
    """The environment of every job; it is svartid that reads it."""
    return os.environ | parts.env() | {
        "SVARTID_TOPICS": f'{{"phone": "{job.topic}"}}',
        "SVARTID_NAMESPACE": job.namespace,
        "SVARTID_CONSUMER_GROUP": job.namespace,
        "SVARTID_PORT": "0",
    }


def _cpu_s(pid: int) -> float:
    """User and system time, its finished children's too (Valkey rewrites its log in one)."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


async def _counted(parts: LocalParts, job: Job) -> Truth:
    """What the job left in Redis; nothing of it is left there afterwards."""
    client = Redis.from_url(parts.redis_url)
    try:
        return await (svartid_counted(client, job) if job.name == "svartid" else panes.counted(client, job.namespace))
    finally:
        await client.flushall()
        await client.aclose()


async def svartid_counted(client: "Redis[bytes]", job: Job) -> Truth:
    """The totals of all partitions and lines."""
    truth, keys = Truth(), Keys(job.namespace)
    for partition in range(PARTITIONS):
        totals = await client.hgetall(keys.partition(f"{job.topic}-{partition}").totals)
        for packed in totals.values():
            cell = msgspec.msgpack.decode(packed, type=Cell)
            truth.entered += cell.get("entered", 0)
            truth.answered += cell.get("answered", 0)
            truth.abandoned += cell.get("abandoned", 0)
            truth.wait_sum_ms += cell.get("wait_sum_ms", 0)
    return truth
