"""How soon an event can be seen: from just before it is sent until it is committed, until it is in its queue's small
document, and until it is in the snapshot.

A worker runs as in production; events come at a steady pace with the bursts of chance. Sender and reader share this
process, so what is measured includes the reader's own turn. The yardstick of the same run is a bare consumer of the
same events: what Kafka, its client and this machine take. May import: the local parts, live.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile

import psutil
from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from streams.keys import Keys
from streams.local.parts import LocalParts
from streams.local.topics import create_topics
from tests.bench.live import LOOK_EVERY_S, WATCHED, OffsetEyes, Sender, SmallEyes, SnapshotEyes, until
from tests.bench.runner import Job, JobFailed, environment
from tests.bench.topics import fill
from tests.bench.workload import EVENTS_PER_S, OPEN, PARTITIONS, Record, Truth, make

RATES = (30, 50, 2_000)  # events a second
REST_S = 10.0  # after them, in which none comes
BEFORE = 6 * OPEN  # events sent beforehand, all at once, until contacts come and go at the same pace
DEADLINE_S = 60.0
REPLAYED, REPLAY_RATE, REPLAY_SECONDS = 2_500_000, 50, 12.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds, of so many events."""

    events: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, ages_ms: Iterable[float]) -> "Spread":
        """The nearest-rank percentiles; every event counts the same."""
        ms = sorted(ages_ms)
        return cls(len(ms), ms[len(ms) // 2], ms[min(len(ms) - 1, len(ms) * 99 // 100)], ms[-1])


@dataclass(frozen=True, slots=True)
class Latency:
    """At one rate."""

    rate: int  # events a second that were asked for
    sent_per_s: float  # and that there were
    seconds: float
    bare: Spread  # read by a bare consumer
    committed: Spread
    small: Spread  # of those that probe one queue
    visible: Spread
    worker_cpu_share: float  # of one core
    resting_cpu_share: float  # likewise, when no event comes any more

    @property
    def cpu_s_per_million(self) -> float:
        """What a million events cost the worker at this rate, publishing included."""
        return self.worker_cpu_share / self.sent_per_s * 1e6


def measure(seconds: float, say: Say) -> list[Latency]:
    """Every rate for so long, each with a worker of its own. Raises JobFailed."""
    with LocalParts(on_progress=say) as parts:
        return [_at_rate(parts, rate, seconds, say) for rate in RATES]


def _at_rate(parts: LocalParts, rate: int, seconds: float, say: Say) -> Latency:
    job = Job("svartid", f"bench.live-{rate}", f"bench-live-{rate}", BEFORE + round(rate * seconds), Truth())
    create_topics(parts.kafka_brokers, {job.topic: PARTITIONS, f"{job.topic}-bare": PARTITIONS})
    bare = _bare(parts, f"{job.topic}-bare", records_of(job, rate)[BEFORE:])
    say(f"{rate} events/s: read by a bare consumer after {bare.p50_ms:.1f} ms (p50), {bare.p99_ms:.1f} ms (p99)")
    with worker_of(parts, job) as worker:
        result = asyncio.run(_observe(parts, job, rate, worker, bare))
    for where, seen in (("a small document", result.small), ("the snapshot", result.visible)):
        say(f"{rate} events/s: in {where} after {seen.p50_ms:.1f} ms (p50), {seen.p99_ms:.1f} ms (p99)")
    return result


def beside(
    parts: LocalParts, name: str, rate: int, seconds: float, what: Callable[[Job], AbstractContextManager[object]]
) -> Latency:
    """At one rate, while something else goes on, which begins when the worker does. Raises JobFailed."""
    job = Job("svartid", f"bench.{name}", f"bench-{name}", BEFORE + round(rate * seconds), Truth())
    create_topics(parts.kafka_brokers, {job.topic: PARTITIONS})
    with worker_of(parts, job) as worker, what(job):
        return asyncio.run(_observe(parts, job, rate, worker, Spread(0, 0.0, 0.0, 0.0)))


def beside_replay(say: Say) -> Spread:
    """Until committed: events that come slowly while the same worker reads a long log of old ones. Raises JobFailed."""
    live, old = "bench.live", "bench.old"
    job = Job("svartid", live, "bench-beside", BEFORE + round(REPLAY_RATE * REPLAY_SECONDS), Truth())
    with LocalParts(on_progress=say) as parts:
        create_topics(parts.kafka_brokers, {live: PARTITIONS, old: PARTITIONS})
        say(f"producing {REPLAYED:,} old events")
        fill(parts.kafka_brokers, old, make(REPLAYED).records)
        with worker_of(parts, job, {"phone": live, "chat": old}):
            return asyncio.run(_observe_beside(parts, job, old))


async def _observe_beside(parts: LocalParts, job: Job, old: str) -> Spread:
    keys, client = Keys(job.namespace), Redis.from_url(parts.redis_url)
    watched = keys.partition(f"{job.topic}-{WATCHED}").meta
    behind = [keys.partition(f"{old}-{number}").meta for number in range(PARTITIONS)]
    async with AIOKafkaProducer(bootstrap_servers=parts.kafka_brokers) as producer, asyncio.TaskGroup() as group:
        sender = Sender(producer, job.topic)
        eyes = OffsetEyes(client, watched, sender)
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not await client.hget(behind[0], "offset"):  # noqa: ASYNC110  # it has not begun
                    await asyncio.sleep(LOOK_EVERY_S)
            group.create_task(eyes.watch())
            records = records_of(job, REPLAY_RATE)
            await sender.at_once(records[:BEFORE])  # what comes later comes to partitions that are live
            before = len(sender.watched)
            if not await until(lambda: len(eyes.latencies_ms) == before, DEADLINE_S):
                raise JobFailed("what was sent at once was not committed")
            eyes.latencies_ms.clear()
            await sender.at_pace(records[BEFORE:])
            replayed = [int(await client.hget(meta, "offset") or 0) for meta in behind]
            committed = await until(lambda: len(eyes.latencies_ms) == len(sender.watched) - before, DEADLINE_S)
        finally:
            eyes.closed = True
    await client.aclose()
    if not committed:
        raise JobFailed("live events were not committed")
    if sum(replayed) >= REPLAYED:
        raise JobFailed("the old events were all read before the live ones were sent: more of them are needed")
    return Spread.of(eyes.latencies_ms)


def records_of(job: Job, rate: int) -> list[Record]:
    """Events at that rate, none of them ahead of its time."""
    begin_ms = time.time_ns() // 1_000_000 - round(1.5 * BEFORE / rate * 1000) - 5_000
    return make(job.events, begin_ms=begin_ms, speed=rate / EVENTS_PER_S).records


def _bare(parts: LocalParts, topic: str, records: list[Record]) -> Spread:
    command = [sys.executable, "-m", "tests.bench.jobs.bare", parts.kafka_brokers, topic, str(len(records))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        asyncio.run(_send(parts, topic, records))
        return Spread.of(json.loads(child.communicate(timeout=DEADLINE_S)[0]))


async def _send(parts: LocalParts, topic: str, records: list[Record]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=parts.kafka_brokers) as producer:
        await Sender(producer, topic).at_pace(records)


@contextmanager
def worker_of(parts: LocalParts, job: Job, topics: dict[str, str] | None = None) -> Iterator[psutil.Process]:
    """`svartid worker`, until the block ends; of the job's topic, or of these."""
    env = environment(parts, job) | ({"SVARTID_TOPICS": json.dumps(topics)} if topics else {})
    with TemporaryFile() as output:
        command = [sys.executable, "-c", "from streams.cli import main; main()", "worker"]
        child = subprocess.Popen(command, env=env, stdout=output, stderr=output)
        try:
            yield psutil.Process(child.pid)
            if child.poll() is not None:
                raise JobFailed(f"the worker ended with {child.returncode}:\n{_end_of(output.fileno())}")
        finally:
            child.terminate()
            child.wait(DEADLINE_S)


def _end_of(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, 2000, max(0, size - 2000)).decode(errors="replace")


async def _observe(parts: LocalParts, job: Job, rate: int, worker: psutil.Process, bare: Spread) -> Latency:
    records = records_of(job, rate)
    async with _eyes(parts, job) as (sender, snapshot, small, offset):
        await sender.at_once(records[:BEFORE])
        await _all_seen(sender, snapshot)
        snapshot.latencies_ms.clear()
        offset.latencies_ms.clear()
        cpu_s = _cpu_s(worker)
        seconds = await sender.at_pace(records[BEFORE:])
        await _all_seen(sender, snapshot)
        share = (_cpu_s(worker) - cpu_s) / seconds
        await asyncio.sleep(1)
        cpu_s = _cpu_s(worker)
        await asyncio.sleep(REST_S)
        resting = (_cpu_s(worker) - cpu_s) / REST_S
    committed, alone, visible = (Spread.of(eyes.latencies_ms) for eyes in (offset, small, snapshot))
    sent_per_s = (job.events - BEFORE) / seconds
    return Latency(rate, sent_per_s, seconds, bare, committed, alone, visible, share, resting)


@asynccontextmanager
async def _eyes(parts: LocalParts, job: Job) -> AsyncIterator[tuple[Sender, SnapshotEyes, SmallEyes, OffsetEyes]]:
    """A sender, and all eyes open."""
    keys, client = Keys(job.namespace), Redis.from_url(parts.redis_url)
    producer = AIOKafkaProducer(bootstrap_servers=parts.kafka_brokers)
    await producer.start()
    sender = Sender(producer, job.topic)
    snapshot, small = SnapshotEyes(client, keys, sender), SmallEyes(client, keys, sender)
    offset = OffsetEyes(client, keys.partition(f"{job.topic}-{WATCHED}").meta, sender)
    try:
        async with asyncio.TaskGroup() as group:  # eyes that fail end the measurement
            for eyes in (snapshot, small, offset):
                group.create_task(eyes.watch())
            try:
                yield sender, snapshot, small, offset
            finally:
                snapshot.closed = small.closed = offset.closed = True
    finally:
        await producer.stop()
        await client.aclose()


async def _all_seen(sender: Sender, eyes: SnapshotEyes) -> None:
    entered = sum(map(len, sender.entries.values()))
    if not await until(lambda: eyes.seen >= entered, DEADLINE_S):
        raise JobFailed(f"the snapshot shows {eyes.seen} entries, and {entered} were sent")


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
