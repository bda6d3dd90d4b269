"""A year's state of the version before is upgraded: how long that takes, and what is there if it is killed on the way.

One partition with a sixth of NKS' year. After each kill the state has to be, whole and at its offset, the one or the
other: it is told by its hash. At the end the upgraded one is held against the recount of the whole log.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from config import load
from streams.cli.comparable import on_the_coarser_scale
from streams.cli.verify import definitions_for
from streams.core.account import account
from streams.core.fold import fold
from streams.core.rules import BY_LINE, STATE_VERSION
from streams.core.state import PartitionState
from streams.ingest.store import Owned, Store
from streams.keys import Keys
from streams.local import Valkey
from streams.local.ports import free_ports
from streams.oracle import LogRecord, differences, recount
from streams.redis_client import Client, connect
from streams.settings import Settings
from tests import forked
from tests.bench.workload import Record, Truth, year
from tests.soak.report import spread
from tests.soak.rig import Say

CONTACTS = 750_000
BATCH = 10_000
NAME, KEYS = "year-0", Keys("year")
RULES = load().rules(b"a key")
T = TypeVar("T")
CHILD = """
import asyncio, sys
from tests.soak.upgrade import claimed, upgraded_when_told
asyncio.run(upgraded_when_told(sys.argv[1]))
"""


@dataclass
class Ran:
    """What came of it."""

    records: int
    journeys: int
    megabytes: dict[str, float]  # in Redis, before and after
    seconds: list[float] = field(default_factory=list)  # of each that was let come to its end
    left: dict[str, int] = field(default_factory=dict)  # how often a kill left which version
    wrong: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "records": self.records,
            "journeys": self.journeys,
            "megabytes": self.megabytes,
            "seconds": spread(self.seconds),
            "left": self.left,
            "wrong": self.wrong,
        }


def run(times: int, seed: int, say: Say, contacts: int = CONTACTS) -> Ran:
    """So many kills on the way."""
    with tempfile.TemporaryDirectory(prefix="svartid-") as folder:
        server = Valkey(Path(folder), free_ports(1)[0], append_only=False)
        server.start()
        try:
            return asyncio.run(_run(server.url, times, Random(seed), say, contacts))
        finally:
            server.kill()


async def _run(url: str, times: int, chance: Random, say: Say, contacts: int) -> Ran:
    say(f"a year of {contacts:,} contacts, as version {BY_LINE} has it")
    log = await _with(url, lambda client: _made(client, contacts))
    kept = await _with(url, _dumped)
    before = (await _with(url, _loaded)).hash()
    ran = Ran(len(log), 0, {f"version {BY_LINE}": await _with(url, _megabytes)})
    for _ in range(3):
        await _with(url, lambda client: _put_back(client, kept))
        ran.seconds.append(await _with(url, _upgraded))
    state = await _with(url, _loaded)
    ran.journeys = len(state.journeys)
    ran.megabytes[f"version {STATE_VERSION}"] = await _with(url, _megabytes)
    versions = {before: f"version {BY_LINE}", state.hash(): f"version {STATE_VERSION}"}
    for n in range(times):
        await _with(url, lambda client: _put_back(client, kept))
        _killed(url, chance.uniform(0, 1.3 * max(ran.seconds)))
        found = await _with(url, _loaded)
        left = versions.get(found.hash(), "neither")
        ran.left[left] = ran.left.get(left, 0) + 1
        if left == "neither" or found.offset != state.offset:
            ran.wrong.append(f"kill {n + 1} left something else, at offset {found.offset}")
        say(f"kill {n + 1} of {times}: {left}")
    say("recounting")
    ran.wrong += [str(one) for one in _unlike(state, log)]
    return ran


async def _with(url: str, does: Callable[[Client], Awaitable[T]]) -> T:
    client = connect(Settings(redis_url=url))  # type: ignore[call-arg,arg-type]  # the environment gives the others
    try:
        return await does(client)
    finally:
        await client.aclose()


async def _made(client: Client, contacts: int) -> list[LogRecord]:
    """Counts the year by a worker that has to write as before; answers its log."""
    store, log = Store(client, KEYS, RULES, "one"), list[LogRecord]()
    owned = await store.claim(NAME, None, as_before=True)
    await store.begin(owned, 0)
    records = year(contacts, Truth())
    while batch := list(islice(records, BATCH)):
        for n, record in enumerate(batch, len(log)):
            record.offset = n
        log += [LogRecord(one.offset, one.timestamp, one.value, by_broker=True) for one in batch]
        await _commit(store, owned, batch)
    return log


async def _commit(store: Store, owned: Owned, batch: list[Record]) -> None:
    changes = fold(owned.state, batch)
    owned.state.take_touched()
    await store.commit(NAME, store.pack(owned, changes, batch[-1].timestamp))


async def claimed(client: Client) -> tuple[Store, Owned]:
    """Who is to upgrade it."""
    store = Store(client, KEYS, RULES, "two")
    return store, await store.claim(NAME, None)


async def upgraded_when_told(url: str) -> None:
    """Another process's: says when it has claimed the partition, and upgrades it on a word."""

    async def does(client: Client) -> None:
        store, owned = await claimed(client)
        sys.stdout.write("claimed\n")
        sys.stdout.flush()
        sys.stdin.readline()
        await store.upgrade(owned)

    await _with(url, does)


async def _upgraded(client: Client) -> float:
    store, owned = await claimed(client)
    started = time.perf_counter()
    if (answer := await store.upgrade(owned)) != "ok":
        raise RuntimeError(f"the upgrade ended with {answer}")
    return time.perf_counter() - started


def _killed(url: str, after_s: float) -> None:
    command = [sys.executable, "-c", CHILD, url]
    pipe, env = subprocess.PIPE, forked.without_settings()
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, text=True) as child:
        if child.stdin is None or child.stdout is None or child.stdout.readline() != "claimed\n":
            raise RuntimeError("who is to upgrade could not claim the partition")
        child.stdin.write("\n")
        child.stdin.flush()
        with suppress(subprocess.TimeoutExpired):
            child.wait(after_s)
        child.kill()


async def _loaded(client: Client) -> PartitionState:
    state, _ = await Store(client, KEYS, RULES, "three").load(NAME)
    return state


async def _dumped(client: Client) -> dict[str, bytes]:
    return {key: await client.dump(key) or b"" for key in KEYS.partition(NAME).committed()}


async def _put_back(client: Client, kept: dict[str, bytes]) -> None:
    for key, value in kept.items():
        await client.restore(key, 0, value, replace=True)


async def _megabytes(client: Client) -> float:
    sizes = [await client.memory_usage(key, samples=0) or 0 for key in KEYS.partition(NAME).committed()]
    return round(sum(sizes) / 2**20, 2)


def _unlike(state: PartitionState, log: list[LogRecord]) -> list[Any]:
    expected, found = recount(log, definitions_for(state)), account(state)
    on_the_coarser_scale(expected, found, state.upgrade.edges_ms)
    return differences(expected, found)
