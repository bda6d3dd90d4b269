"""What a flood of requests does to a running worker: by turns, beside a `svartid web` that nobody asks, beside one that
answers as fast as it can, its limits out of the way, beside two processes that do nothing but take the same core, and
beside a flood of one whose limits are as shipped.

Web and flood are on one core, everything else on the other: what shares the machine moves to the worker's core while
the other is taken, which is what the second kind shows. May import: the local parts, latency.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from streams.keys import Keys
from streams.local.parts import LocalParts
from tests.bench.latency import Latency, beside
from tests.bench.runner import Job
from tests.web.served import Web

RATE = 50  # events a second
ROUNDS = 1
KINDS = ("nobody asks", "a core is taken", "a flood", "a flood, and the limits as shipped")
CONNECTIONS = 32
PATHS = ("/api/v1/queues", "/api/v1/groups", "/api/v1/targets", "/api/v1/now", "/api/v1/history?step=15m&by=queue")


@dataclass(frozen=True, slots=True)
class Flooded:
    """One round."""

    kind: str
    answered_per_s: float
    worker: Latency
    web_cpu_share: float  # of one core


class _Counted:
    """What one round's web did."""

    answered = 0
    cpu_s = 0.0
    seconds = 0.0


def measure(seconds: float, say: Callable[[str], None]) -> list[Flooded]:
    """By turns. Raises JobFailed."""
    every = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, [every[0]])  # what is started from here on, too
    try:
        with LocalParts(on_progress=say) as parts:
            return [_round(parts, n, seconds, every[-1], say) for n in range(len(KINDS) * ROUNDS)]
    finally:
        os.sched_setaffinity(0, every)


def _round(parts: LocalParts, number: int, seconds: float, core: int, say: Callable[[str], None]) -> Flooded:
    kind, counted = KINDS[number % len(KINDS)], _Counted()
    say(f"round {number + 1}: {kind}")
    worker = beside(parts, f"flood-{number}", RATE, seconds, _web(parts, counted, core, kind))
    return Flooded(kind, counted.answered / counted.seconds, worker, counted.cpu_s / counted.seconds)


def _web(parts: LocalParts, counted: _Counted, core: int, kind: str) -> Callable[[Job], AbstractContextManager[None]]:
    @contextmanager
    def of(job: Job) -> Iterator[None]:
        with tempfile.TemporaryDirectory(prefix="svartid-bench-") as folder:
            settings = {"SVARTID_PSEUDONYM_KEY": ""}
            if kind != KINDS[-1]:
                settings["SVARTID_WEB_REQUESTS_A_MINUTE"] = "1000000"
            web = Web(Path(folder) / "log", parts.redis_url, Keys(job.namespace), **settings)
            process = psutil.Process(web.process.pid)
            process.cpu_affinity([core])
            web.wait_until_ready()
            begun, cpu_s = time.perf_counter(), sum(process.cpu_times()[:2])
            flood = _begun(core, "flood", web.url.rpartition(":")[2]) if kind.startswith("a flood") else None
            taking = [_begun(core, "take") for _ in range(2)] if kind == "a core is taken" else []
            try:
                yield
            finally:
                if flood:
                    counted.answered = int(flood.communicate(b"\n")[0])
                for one in taking:
                    one.kill()
                    one.communicate()
                counted.seconds = time.perf_counter() - begun
                counted.cpu_s = sum(process.cpu_times()[:2]) - cpu_s
                web.stop()

    return of


def _begun(core: int, *arguments: str) -> "subprocess.Popen[bytes]":
    """A process that asks until it is told to end, or does nothing for as long."""
    command = [sys.executable, "-m", "tests.bench.flood", *arguments]
    flood = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    os.sched_setaffinity(flood.pid, [core])
    return flood


async def _flood(port: int) -> int:
    """Asks as fast as it is answered, until a line is read; how often it was answered."""
    asking = [asyncio.create_task(_ask(port, PATHS[n % len(PATHS)])) for n in range(CONNECTIONS)]
    await asyncio.to_thread(sys.stdin.readline)
    for one in asking:
        one.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    return sum(answered.values())


async def _ask(port: int, path: str) -> None:
    asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        await reader.readexactly(length)
        answered[path, head[9:12]] += 1


answered: Counter[tuple[str, bytes]] = Counter()

if __name__ == "__main__":
    while sys.argv[1] == "take":
        continue
    print(asyncio.run(_flood(int(sys.argv[2]))))
