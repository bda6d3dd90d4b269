"""What it costs to have thousands watch: `svartid web` on one core, on a real Valkey, and how long a change takes to
reach who watches it.

Small documents are written as the workers' script writes them, each with a number, and announced at a pace. Who watches
are connections of this process, on the other core: what they are late themselves is in the figures. May import: serve,
web, local, redis.
"""

import asyncio
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import msgspec
import psutil
import redis.asyncio

import config
from streams.keys import Keys
from streams.local.ports import free_ports
from streams.local.valkey import Valkey, embedded_server
from streams.serve.small import Believed, Small
from tests.web.served import Web

WATCHERS = 2_000
SECONDS = 20.0
WARMS_S = 3.0
_NUMBER = re.compile(rb'"oldest_entered_ms":(\d+)')


@dataclass(frozen=True, slots=True)
class Watched:
    """One run. Times are milliseconds, from just before a change was announced."""

    watchers: int
    of_each: int  # names that each watches
    changes_s: float  # announced in a second
    told_s: float  # events that reached somebody in a second
    p50: float
    p95: float
    p99: float
    most: float
    cpu: float  # of one core
    memory_mb: float


def measure(seconds: float, say: Callable[[str], None]) -> list[Watched]:
    """Each watches one queue, and each queue changes once a second; each watches all of them; and at ten times that."""
    runs = ((False, 30.0), (True, 10.0), (True, 100.0))
    found = []
    for watches_all, pace in runs:
        say(f"{WATCHERS} watch {'all' if watches_all else 'one'} of them, {pace:g} changes a second")
        found.append(asyncio.run(_run(watches_all=watches_all, changes_s=pace, seconds=seconds)))
    return found


async def _run(*, watches_all: bool, changes_s: float, seconds: float) -> Watched:
    centre = config.load()
    names = [*centre.own_lines, *("/".join(group) for group in centre.own_groups)]
    own_core, its_core = _cores()
    with _served() as (url, keys, web):
        client = redis.asyncio.Redis.from_url(url)
        process = psutil.Process(web.process.pid)
        process.cpu_affinity([its_core])
        psutil.Process().cpu_affinity([own_core])
        source = _Source(client, keys, names)
        await source.begin()
        web.wait_until_ready()
        heard: list[tuple[float, int]] = []
        port = int(web.url.rpartition(":")[2])
        loop = asyncio.get_running_loop()
        of = cycle(names)
        for n in range(WATCHERS):
            query = "" if watches_all else f"?name={next(of)}"
            await loop.create_connection(lambda query=query: _Watcher(query, heard), "127.0.0.1", port)  # type: ignore[misc]
            if n % 50 == 0:
                await source.renew()
        changing = asyncio.create_task(source.run(changes_s))
        await asyncio.sleep(WARMS_S)
        heard.clear()
        cpu_s, begun = sum(process.cpu_times()[:2]), time.perf_counter()
        await asyncio.sleep(seconds)
        took = time.perf_counter() - begun
        cpu_s = sum(process.cpu_times()[:2]) - cpu_s
        source.is_ended = True  # redis-py may lose a cancellation
        await changing
        late = sorted((at - source.at[number]) * 1000 for at, number in heard if number in source.at)
        memory = process.memory_info().rss / 1e6
        await client.aclose()
        psutil.Process().cpu_affinity([])
    assert web.process.poll() is not None and late
    spread = [late[min(len(late) - 1, int(len(late) * share))] for share in (0.5, 0.95, 0.99, 1)]
    of_each = len(names) if watches_all else 1
    p50, p95, p99, most = spread
    return Watched(WATCHERS, of_each, changes_s, len(late) / took, p50, p95, p99, most, cpu_s / took, memory)


def _cores() -> tuple[int, int]:
    """This process's, and the server's."""
    every = sorted(os.sched_getaffinity(0))
    return every[0], every[-1]


@contextmanager
def _served() -> Iterator[tuple[str, Keys, Web]]:
    with tempfile.TemporaryDirectory(prefix="svartid-bench-") as folder:
        (Path(folder) / "valkey").mkdir()
        valkey = Valkey(Path(folder) / "valkey", free_ports(1)[0], binary=embedded_server())
        keys = Keys("bench")
        valkey.start()
        valkey.wait_ready()
        limits = {"SVARTID_WEB_WATCHERS_A_CLIENT": "1000000", "SVARTID_WEB_REQUESTS_A_MINUTE": "1000000"}
        web = Web(Path(folder) / "log", valkey.url, keys, **limits)
        try:
            yield valkey.url, keys, web
        finally:
            web.stop()
            valkey.stop()


class _Source:
    """Writes small documents, as publish.lua does: the document, what is said of all, and the announcement at once."""

    def __init__(self, client: "redis.asyncio.Redis", keys: Keys, names: list[str]) -> None:
        self._client, self._keys, self._names = client, keys, names
        self._number, self.is_ended = 0, False
        self.at: dict[int, float] = {}  # when each was announced

    async def begin(self) -> None:
        """All of them."""
        for name in self._names:
            await self._change(name)

    async def renew(self) -> None:
        """That all may be believed."""
        await self._client.set(self._keys.now, self._believed(), px=5000)

    async def run(self, a_second: float) -> None:
        """One after the other, at this pace, until it is ended."""
        begun = time.perf_counter()
        for n, name in enumerate(cycle(self._names)):
            if self.is_ended:
                return
            await self._change(name)
            await asyncio.sleep(max(0.0, begun + (n + 1) / a_second - time.perf_counter()))

    async def _change(self, name: str) -> None:
        self._number += 1
        small = Small(
            name=name,
            state="open",
            is_open=True,
            opens_ms=None,
            closes_ms=None,
            waiting=self._number % 40,
            oldest_entered_ms=self._number,
        )
        key, text = self._keys.now_of(name), msgspec.json.encode(small)
        async with self._client.pipeline(transaction=True) as step:
            step.set(key, text)
            step.set(self._keys.now, self._believed(), px=5000)
            step.publish(key, text)
            self.at[self._number] = time.perf_counter()
            await step.execute()

    def _believed(self) -> bytes:
        until_ms = time.time_ns() // 1_000_000 + 5000
        return msgspec.json.encode(Believed(until_ms=until_ms, number=self._number, by="bench"))


class _Watcher(asyncio.Protocol):
    """One connection that listens."""

    def __init__(self, query: str, heard: list[tuple[float, int]]) -> None:
        self._query, self._heard = query, heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(f"GET /api/v1/changes{self._query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Notes what it was told, and when."""
        now = time.perf_counter()
        self._heard.extend((now, int(number)) for number in _NUMBER.findall(data))
