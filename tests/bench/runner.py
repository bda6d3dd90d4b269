"""Runs one job as a process of its own; answers what it cost, once what it counted is found right.

May import: redis, the jobs, the local parts.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis

from streams.core.cells import in_full
from streams.keys import Keys
from streams.local.parts import LocalParts
from streams.redis_client import Client
from streams.sealed import Seal, Spoiled
from tests import forked
from tests.bench.jobs import panes
from tests.bench.jobs.stopwatch import EVENTS, SERVERS, Cost
from tests.bench.workload import PARTITIONS, Truth

ENGINES = ("quix-streams", "bytewax")  # in an environment of their own
JOBS = ("svartid", "plain", "stock-faust", *ENGINES)
ENGINES_PYTHON = Path(__file__).parents[2] / ".venv-engines/bin/python"
DEADLINE_S = 600.0


class JobFailed(Exception):
    """A job did not end well, or did not count what the generator made: its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job on one topic, under a name of its own in Kafka and Redis, so that it begins at the beginning."""

    name: str
    topic: str
    namespace: str
    events: int
    truth: Truth
    partitions: int = PARTITIONS
    folder: Path | None = None  # of another build, to run instead of this one


def run(parts: LocalParts, job: Job, *, keep: bool = False) -> Cost:
    """Runs it to its end, and empties Redis then unless it is to be kept. Raises JobFailed."""
    return run_together(parts, job, 1, keep=keep)[0]


def run_together(parts: LocalParts, job: Job, workers: int, *, keep: bool = False) -> list[Cost]:
    """So many processes of one job share its partitions; what each cost. Raises JobFailed."""
    found = _at_once(parts, [job] * workers)
    _check(parts, job, keep=keep)
    return found


def run_beside(parts: LocalParts, jobs: Sequence[Job]) -> list[Cost]:
    """Jobs that have nothing to do with each other run at the same time; what each cost. Raises JobFailed."""
    found = _at_once(parts, jobs)
    for job in jobs:
        _check(parts, job, keep=job is not jobs[-1])
    return found


def _at_once(parts: LocalParts, jobs: Sequence[Job]) -> list[Cost]:
    with ThreadPoolExecutor(len(jobs)) as pool:
        costs = [pool.submit(_cost, parts, job) for job in jobs]
        return [cost.result() for cost in costs]


def _check(parts: LocalParts, job: Job, *, keep: bool) -> None:
    counted = asyncio.run(_counted(parts, job, keep=keep))
    if counted != job.truth:
        raise JobFailed(f"{job.name} counted {counted}, and there were {job.truth}")


def _cost(parts: LocalParts, job: Job) -> Cost:
    python = str(ENGINES_PYTHON) if job.name in ENGINES else sys.executable
    command = [python, "-m", f"tests.bench.jobs.{job.name.replace('-', '_')}"]
    if job.name != "svartid":  # which takes everything from the environment
        command += [parts.kafka_brokers, parts.redis_url, job.topic, job.namespace, str(job.events)]
    env = environment(parts, job)
    try:
        child = subprocess.run(
            command, env=env, cwd=job.folder, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise JobFailed(f"{job.name} did not end within {DEADLINE_S:.0f} s") from None
    if child.returncode:
        raise JobFailed(f"{job.name} ended with {child.returncode}:\n{child.stderr[-2000:]}")
    return Cost(**json.loads(child.stdout.splitlines()[-1]))


def environment(parts: LocalParts, job: Job) -> dict[str, str]:
    """Where everything is, and the project's defaults for all else, whatever is set here."""
    job_env = {
        "SVARTID_TOPICS": json.dumps({"phone": job.topic}),
        "SVARTID_NAMESPACE": job.namespace,
        "SVARTID_CONSUMER_GROUP": job.namespace,
        "SVARTID_PORT": "0",
        SERVERS: f"{parts.kafka.pid},{parts.valkey.pid}",
        EVENTS: str(job.events),
    }
    return forked.without_settings() | parts.env() | job_env


def jobs() -> list[str]:
    """Those that can be run: the engines where `make bench` has set them up."""
    return [job for job in JOBS if job not in ENGINES or ENGINES_PYTHON.exists()]


async def _counted(parts: LocalParts, job: Job, *, keep: bool) -> Truth:
    """What the job left in Redis, which is emptied for the next one."""
    client = Redis.from_url(parts.redis_url)
    try:
        if job.name == "svartid":
            return await svartid_counted(client, job)
        return await panes.counted(client, job.namespace)
    finally:
        if not keep:
            await client.flushall()
        await client.aclose()


def _opened(key: str, totals: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """An earlier build sealed nothing."""
    try:
        return Seal(key).open_all(totals)
    except Spoiled:
        return totals


def _in_full(cell: dict[str, Any]) -> dict[str, Any]:
    """Of whichever build: what earlier ones spelt out, this one has in short. Histograms are of no interest here."""
    return in_full({name: n for name, n in cell.items() if isinstance(n, int)})


async def svartid_counted(client: Client, job: Job) -> Truth:
    """The totals of all partitions and lines."""
    truth, keys = Truth(), Keys(job.namespace)
    for partition in range(job.partitions):
        key = keys.partition(f"{job.topic}-{partition}").totals
        totals: Any = await client.hgetall(key)
        for packed in _opened(key, totals).values():
            cell = _in_full(msgspec.msgpack.decode(packed, type=dict[str, Any]))
            truth.entered += cell.get("entered", 0)
            truth.answered += cell.get("answered", 0)
            truth.abandoned += cell.get("abandoned", 0)
            truth.wait_sum_ms += cell.get("wait_sum_ms", 0)
    return truth
