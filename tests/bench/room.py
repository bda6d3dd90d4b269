"""What a partition takes in Redis: bytes for each kind of cell and for each journey, of the benchmark's phone line.

A real Valkey is asked: MEMORY USAGE of each hash, over its entries. Cells are of a queue and a stretch of time, so they
grow with queues, time and partitions; journeys with contacts. May import: the core, ingest, the local parts, the
workload.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from config import load
from streams.core.fold import fold
from streams.ingest.store import Store
from streams.keys import Keys
from streams.local import Valkey
from streams.local.ports import free_ports
from streams.redis_client import connect
from streams.settings import Settings
from tests.bench.workload import Record, Truth, year

CONTACTS_A_YEAR = 4_500_000
DAYS = 2.5  # in the middle of a day: people wait, and yesterday is remembered
BATCH = 5_000
NAME = "bench-0"


@dataclass(frozen=True, slots=True)
class Room:
    """Of one kind of entry."""

    what: str
    entries: int
    bytes: int  # all of them

    @property
    def each(self) -> float:
        """Bytes of one."""
        return self.bytes / max(1, self.entries)


def measure(days: float = DAYS) -> list[Room]:
    """Some days of a year as busy as NKS' own, all on one partition."""
    with tempfile.TemporaryDirectory() as folder:
        server = Valkey(Path(folder), free_ports(1)[0], append_only=False)
        server.start()
        try:
            return asyncio.run(_measure(server.url, days))
        finally:
            server.kill()


async def _measure(url: str, days: float) -> list[Room]:
    client = connect(Settings(redis_url=SecretStr(url)))  # type: ignore[call-arg]  # the environment gives the others
    keys, rules = Keys("room"), load().rules()
    store = Store(client, keys, rules, "room")
    owned = await store.claim(NAME, None)
    await store.begin(owned, 0)
    records = _one_partition(year(CONTACTS_A_YEAR, Truth()), round(3 * CONTACTS_A_YEAR / 261 * days))
    while batch := list(islice(records, BATCH)):
        changes = fold(owned.state, batch)
        await store.commit(NAME, store.pack(owned, changes, now_ms=batch[-1].timestamp))
    at, found = keys.partition(NAME), []
    for what, key in (("pane", at.panes), ("interval", at.intervals), ("day", at.days), ("total", at.totals)):
        cells: Any = client.hlen(key)
        found.append(Room(f"{what} cell", await cells, await _bytes(client, key)))
    found.append(Room("journey", len(owned.state.journeys), await _bytes(client, at.journeys)))
    await client.aclose()
    return found


async def _bytes(client: Any, key: str) -> int:
    return int(await client.memory_usage(key, samples=0))


def _one_partition(records: Iterator[Record], first: int) -> Iterator[Record]:
    for offset, record in enumerate(islice(records, first)):
        record.offset = offset
        yield record
