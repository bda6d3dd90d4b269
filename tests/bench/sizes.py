"""What a year of as many queues as a centre has comes to: in Redis, in checkpoints and in a backup; and how soon it is
taken over, or put back.

The year is folded and committed to a real Valkey by this process, without Kafka: what is measured is what there is when
it is over. May import: the core, ingest, config, the local parts, the workload.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from config import load
from streams.core.fold import fold
from streams.ingest import backup
from streams.ingest.checkpoint_parts import cut
from streams.ingest.checkpoints import pack
from streams.ingest.store import Owned, Store
from streams.keys import Keys
from streams.local import Valkey
from streams.local.ports import free_ports
from streams.redis_client import Client, connect
from streams.settings import Settings
from tests.bench.workload import PARTITIONS, Record, Truth, many_queues, year

QUEUES = 58  # of a source, at one time
BATCH = 5_000
NAMES = [f"bench-{n}" for n in range(PARTITIONS)]
_TELL_EVERY = 1_000_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of all partitions together, at the end of the year."""

    contacts: int  # a year at the pace of its last weeks
    thin: int  # of the weeks before those one contact in so many came
    queues: int
    partitions: int
    redis_mb: float
    checkpoint_mb: float
    largest_checkpoint_kib: float
    parts: int
    largest_part_kib: float
    backup_mb: float
    take_over_s: float  # another worker has loaded all of it
    checkpoint_s: float  # all are read from Redis, packed and cut
    restore_s: float  # the backup is read, proved and put into a Redis that has nothing of it


def measure(contacts: int, thin: int, say: Say) -> Sizes:
    """Makes the year, and looks at it."""
    with tempfile.TemporaryDirectory() as folder:
        server = Valkey(Path(folder), free_ports(1)[0], append_only=False)
        server.start()
        try:
            return asyncio.run(_measure(server.url, Path(folder) / "year.backup", contacts, thin, say))
        finally:
            server.kill()


async def _measure(url: str, file: Path, contacts: int, thin: int, say: Say) -> Sizes:
    client = connect(Settings(redis_url=SecretStr(url)))  # type: ignore[call-arg]  # the environment gives the others
    try:
        writes = _store(client, "year", "first")
        await _count(writes, year(contacts, Truth(), many_queues(QUEUES), thin), say)
        redis_mb = float((await client.info("memory"))["used_memory"]) / 2**20
        checkpoint_s, values = await _timed(_checkpoints(writes))
        records = [record for value in values for _, record in cut(b"key", value)]
        size = backup.write(file, backup.Header(backup.VERSION, 0, "year", PARTITIONS, [], {}), values)
        say("taken over, and put back")
        take_over_s, _ = await _timed(_claimed(_store(client, "year", "second")))
        restore_s, _ = await _timed(_restored(_store(client, "again", "third"), file))
    finally:
        await client.aclose()
    return Sizes(
        contacts,
        thin,
        QUEUES,
        PARTITIONS,
        redis_mb,
        sum(map(len, values)) / 2**20,
        max(map(len, values)) / 1024,
        len(records),
        max(map(len, records)) / 1024,
        size / 2**20,
        take_over_s,
        checkpoint_s,
        restore_s,
    )


def _store(client: Client, namespace: str, owner: str) -> Store:
    return Store(client, Keys(namespace), load().rules(), owner)


async def _timed(does: Awaitable[Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = await does
    return time.perf_counter() - began, found


async def _count(store: Store, records: Iterable[Record], say: Say) -> None:
    owned = await _claimed(store)
    for one in owned.values():
        await store.begin(one, 0)
    for number, batch in enumerate(_batches(records), 1):
        for name, own in batch.items():
            changes = fold(owned[name].state, own)
            await store.commit(name, store.pack(owned[name], changes, now_ms=own[-1].timestamp))
        if number * BATCH * PARTITIONS % _TELL_EVERY < BATCH * PARTITIONS:
            say(f"{number * BATCH * PARTITIONS:,} events")


def _batches(records: Iterable[Record]) -> Iterator[dict[str, list[Record]]]:
    """By partition."""
    coming = iter(records)
    while some := list(islice(coming, BATCH * PARTITIONS)):
        batch: dict[str, list[Record]] = {}
        for record in some:
            batch.setdefault(NAMES[record.partition], []).append(record)
        yield batch


async def _claimed(store: Store) -> dict[str, Owned]:
    return dict(zip(NAMES, await asyncio.gather(*(store.claim(name, None) for name in NAMES)), strict=True))


async def _checkpoints(store: Store) -> list[bytes]:
    found = []
    for name in NAMES:
        hashes = await store.read(name)
        found.append(pack(name, hashes[0][b"rules"].decode(), hashes))
        cut(b"key", found[-1])
    return found


async def _restored(store: Store, file: Path) -> None:
    _, checkpoints = backup.read(file)
    for one in checkpoints:
        owned = await store.claim(one.partition, None)
        assert await store.restore(owned, one.hashes(), 0) == "ok"
