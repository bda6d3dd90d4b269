"""What the image takes: its size, how long until it is ready, its CPU at rest, and its memory with thirty queues.

The image is its tree in bubblewrap (tests/image/boxed.py), as its own user and with its root read-only. Kafka and
Valkey share the machine; the broker has no delay of its own for a group that is new. May import: the local parts, the
workload, the tests' box.
"""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import redis
from aiokafka import AIOKafkaProducer

import config
from streams.keys import Keys
from streams.local.parts import LocalParts
from streams.local.ports import free_ports
from streams.local.topics import create_topics
from tests.bench.runner import Job, JobFailed, environment
from tests.bench.topics import fill
from tests.bench.workload import EVENTS_PER_S, PARTITIONS, Record, Truth, make, many_queues
from tests.image.boxed import Boxed, made, making
from tests.ingest.waiting import eventually

QUEUES: Final = 30
REMEMBERED: Final = 26_000  # contacts of a day and a half, as in deploy/OPERATIONS.md
STARTS: Final = 5
_AS_SHIPPED: Final = 'ids = ["arbeid", "helse", "familie", "pensjon", "sosiale-tjenester", "internasjonalt"]'

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Process:
    """One that runs for a while."""

    cpu_share: float  # of one core
    memory_mb: float  # resident, at the end
    most_mb: float  # resident, ever


@dataclass(frozen=True, slots=True)
class Image:
    """All of it."""

    bytes_mb: float
    on_disk_mb: float  # as a file system keeps it, in blocks
    files: int
    ready_s: list[float]  # from the start of the process to the first 200 of /isready
    resting: Process  # a worker that was never sent anything
    at_pace: Process  # with thirty queues, once a day and a half was read at once
    events_per_s: float
    web: Process  # beside it, whom nobody asks
    resting_after: Process  # the same worker, when events have ended


def measure(seconds: float, say: Say) -> Image:
    """All of it; each state for so long. Raises JobFailed."""
    with tempfile.TemporaryDirectory(prefix="svartid-image-") as named, LocalParts(on_progress=say) as parts:
        folder, tree = Path(named), Path(named) / "tree"
        say("making the tree")
        made(making(tree))
        files = [path.lstat() for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
        centre = _thirty_queues(folder / "config")
        running = _Running(parts, folder, tree, centre, seconds)
        say(f"{STARTS} starts")
        ready = sorted(running.start(number) for number in range(STARTS))
        say(f"a worker at rest, for {seconds:g} s")
        resting = running.rest()
        say(f"{QUEUES} queues at {EVENTS_PER_S:.1f} events/s, for {seconds:g} s")
        at_pace, web, after = running.at_pace()
    on_disk = sum(one.st_blocks for one in files) * 512 / 1e6
    size = sum(one.st_size for one in files) / 1e6
    return Image(size, on_disk, len(files), ready, resting, at_pace, EVENTS_PER_S, web, after)


@dataclass(frozen=True, slots=True)
class _Running:
    parts: LocalParts
    folder: Path
    tree: Path
    centre: Path
    seconds: float

    def start(self, number: int) -> float:
        """How long one takes until it is ready."""
        job = self._job(f"start-{number}")
        begun = time.perf_counter()
        with self._boxed(job, "worker"):
            return time.perf_counter() - begun

    def rest(self) -> Process:
        """One that nothing is sent to."""
        with self._boxed(self._job("rest"), "worker") as worker:
            time.sleep(5)  # what a start leaves to do
            return _watched(worker, self.seconds)

    def at_pace(self) -> tuple[Process, Process, Process]:
        """Worker and web while events come, and the worker when they have ended."""
        more = round(EVENTS_PER_S * self.seconds)
        job = self._job("pace")
        events = 3 * REMEMBERED
        begin_ms = time.time_ns() // 1_000_000 - round(events / EVENTS_PER_S * 1000)
        records = make(events + more, begin_ms=begin_ms, queues=many_queues(QUEUES)).records
        fill(self.parts.kafka_brokers, job.topic, records[:events])
        with self._boxed(job, "worker") as worker, self._boxed(job, "web") as web:
            self._wait_committed(job, events)
            time.sleep(5)
            cpu_s, web_cpu_s, begun = _cpu_s(worker), _cpu_s(web), time.perf_counter()
            asyncio.run(_send(self.parts, job.topic, records[events:], self.seconds))
            took_s = time.perf_counter() - begun
            found = [_process(one, before, took_s) for one, before in ((worker, cpu_s), (web, web_cpu_s))]
            self._wait_committed(job, events + more)
            return found[0], found[1], _watched(worker, self.seconds)

    def _job(self, name: str) -> Job:
        job = Job("svartid", f"bench.image-{name}", f"bench-image-{name}", 0, Truth())
        create_topics(self.parts.kafka_brokers, {job.topic: PARTITIONS})
        return job

    @contextmanager
    def _boxed(self, job: Job, command: str) -> Iterator[Boxed]:
        """Ready, until the block ends."""
        (port,) = free_ports(1)
        env = environment(self.parts, job) | {
            "SVARTID_CONFIG": "/tmp/config",
            "SVARTID_PORT": str(port),
            "SVARTID_WEB_PORT": str(port),
            "SVARTID_PSEUDONYM_KEY": "a key",
        }
        laid = ("--ro-bind", str(self.centre), "/tmp/config")
        boxed = Boxed(self.tree, self.folder / f"{job.namespace}-{command}.log", env, *laid, command=command)
        try:
            eventually(boxed.is_ready, lambda: f"it is ready; it said\n{boxed.said}", 60)
            yield boxed
            if boxed.stop():
                raise JobFailed(f"it ended with {boxed.process.returncode}:\n{boxed.said[-2000:]}")
        finally:
            if boxed.process.poll() is None:
                boxed.kill()

    def _wait_committed(self, job: Job, events: int) -> None:
        client, keys = redis.Redis.from_url(self.parts.redis_url), Keys(job.namespace)
        metas = [keys.partition(f"{job.topic}-{number}").meta for number in range(PARTITIONS)]
        with client:
            eventually(
                lambda: sum(int(client.hget(meta, "offset") or 0) for meta in metas) >= events,
                f"{events} events are committed",
                120,
            )


def _thirty_queues(folder: Path) -> Path:
    """The shipped configuration, with thirty lines of the phone in place of six."""
    folder.mkdir()
    for name in config.FILES:
        shutil.copyfile(Path(config.__file__).with_name(name), folder / name)
    queues = folder / "queues.toml"
    text = queues.read_text()
    if _AS_SHIPPED not in text:
        raise JobFailed("the shipped queues are others than this was written for")
    names = ", ".join(f'"{queue}"' for _, queue, _ in many_queues(QUEUES))
    queues.write_text(text.replace(_AS_SHIPPED, f"ids = [{names}]", 1))
    config.load(folder)
    return folder


async def _send(parts: LocalParts, topic: str, records: list[Record], seconds: float) -> None:
    """All of them, at one pace."""
    async with AIOKafkaProducer(bootstrap_servers=parts.kafka_brokers) as producer:
        begun = time.perf_counter()
        for number, record in enumerate(records):
            await asyncio.sleep(max(0.0, begun + seconds * number / len(records) - time.perf_counter()))
            await producer.send(topic, record.value, record.key, partition=record.partition)


def _watched(boxed: Boxed, seconds: float) -> Process:
    before, begun = _cpu_s(boxed), time.perf_counter()
    time.sleep(seconds)
    return _process(boxed, before, time.perf_counter() - begun)


def _process(boxed: Boxed, cpu_s: float, took_s: float) -> Process:
    status = Path(f"/proc/{boxed.inside.pid}/status").read_text()
    (most_kib,) = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    return Process((_cpu_s(boxed) - cpu_s) / took_s, boxed.inside.memory_info().rss / 1e6, most_kib * 1024 / 1e6)


def _cpu_s(boxed: Boxed) -> float:
    times = boxed.inside.cpu_times()
    return times.user + times.system


def table(found: Image) -> str:
    """As deploy/PERFORMANCE.md has it."""
    ready = found.ready_s
    rows = [
        ("unpacked", "200 MB", f"{found.bytes_mb:.0f} MB in {found.files:,} files, {found.on_disk_mb:.0f} on disk"),
        (
            "ready, beyond the broker's delay",
            "3 s",
            f"{statistics.median(ready):.1f} s ({ready[0]:.1f} to {ready[-1]:.1f})",
        ),
    ]
    states = [
        ("a worker that was never sent anything", found.resting),
        (f"{QUEUES} queues, {found.events_per_s:.1f} events/s", found.at_pace),
        ("the same, when events have ended", found.resting_after),
        ("`svartid web` beside it, whom nobody asks", found.web),
    ]
    rows += [
        (what, "1 %, 150 MB", f"{one.cpu_share:.1%} of a core, {one.memory_mb:.0f} MB, at most {one.most_mb:.0f}")
        for what, one in states
    ]
    return "\n".join(["| | aim | measured |", "|---|---|---|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)])
