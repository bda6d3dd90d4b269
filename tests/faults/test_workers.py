"""Rows 11 and 18: workers that come and go, and any number of them: the state is the same to the last bit."""

import asyncio
import random
import signal
import time
from collections.abc import Iterator, Sequence

import pytest

import config
from streams.clock import Clock
from streams.core.rules import Rules
from streams.ingest.partitions import Partitions
from streams.ingest.store import Store
from streams.ingest.turns import Batch
from streams.keys import Keys
from streams.redis_client import Client, connect
from tests.conftest import Installations
from tests.events import START_MS
from tests.events import Record as Folded
from tests.faults.running import RECOVERED_WITHIN_S, Note
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

EVERY_S = 2.0
CHANGES = 12
MOST = 3  # workers at a time
SIZES = [1, 7, 100, 1000, 10_000]  # of batches
MOST_BATCHES = 1500  # of that size; the rest comes as one


@pytest.mark.fault(11)
@pytest.mark.parametrize("seed", [111])
def test_every_event_counts_once_while_workers_come_and_go(
    installation: Installation, seed: int, record_property: Note
) -> None:
    """Every 2 s one joins, is asked to leave, or is killed; the last one there stays."""
    log, chance = generate(seed, 12_000), random.Random(seed)
    alive = [installation.start()]
    with installation.sending(log.records, chunk=20, ahead=1500):
        alive[0].wait_until_reading()
        for due in due_times(CHANGES):
            eventually(lambda due=due: time.monotonic() >= due, "it is time")  # type: ignore[misc]
            alive = [worker for worker in alive if worker.process.poll() is None]
            if len(alive) < 2 or (len(alive) < MOST and chance.random() < 0.5):
                alive.append(installation.start())
                continue
            leaving = alive.pop(chance.randrange(len(alive)))
            leaving.kill() if chance.random() < 0.25 else leaving.terminate()
        assert any(worker.process.poll() is None for worker in alive)
        installation.wait_committed(len(log.records), within_s=90)
    record_property("tries", CHANGES)
    codes = {worker.process.poll() for worker in installation.workers}
    assert codes <= {None, 0, 3, -signal.SIGKILL, -signal.SIGTERM}, codes  # some were asked before they could listen
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())


def due_times(count: int) -> Iterator[float]:
    """One every so often from now on, whatever takes how long in between."""
    began = time.monotonic()
    yield from (began + EVERY_S * n for n in range(1, count + 1))


@pytest.mark.fault(18)
def test_one_two_and_four_workers_have_the_same_state(installations: Installations, record_property: Note) -> None:
    """The more there are, the smaller the pieces in which the log comes to them."""
    log = generate(118, 4_000)
    made = {count: installations() for count in (1, 2, 4)}
    for count, one in made.items():
        workers = [one.start() for _ in range(count)]
        one.wait_ready(RECOVERED_WITHIN_S)
        with one.sending(log.records, chunk=len(log.records) if count == 1 else 200 // count):
            one.wait_committed(len(log.records))
        assert [worker.stop() for worker in workers] == [0] * count, one.said
    record_property("tries", len(made))
    found = {count: hashes(one) for count, one in made.items()}
    assert found[1] == found[2] == found[4]
    assert len(set(found[1])) > 1, "partitions differ"
    assert_books_agree(log.books, made[4].totals())


def hashes(installation: Installation) -> list[str]:
    """Of each partition's state, as it lies in Redis."""

    async def ask() -> list[str]:
        settings = installation.settings()
        client = connect(settings)
        rules = config.load().rules(settings.key)
        store = Store(client, installation.keys, rules, "nobody")
        try:
            return [(await store.load(name))[0].hash() for name in installation.partitions]
        finally:
            await client.aclose()

    return asyncio.run(ask())


@pytest.mark.fault(18)
def test_batches_of_any_size_have_the_same_state(installation: Installation, record_property: Note) -> None:
    log = [Folded(n, record.timestamp, record.value) for n, record in enumerate(generate(128, 10_000).records)]
    record_property("tries", len(SIZES))

    async def does() -> set[str]:
        settings = installation.settings()
        client = connect(settings)
        try:
            return {await folded(client, f"{installation.name}-{size}", log, size) for size in SIZES}
        finally:
            await client.aclose()

    assert len(asyncio.run(does())) == 1


async def folded(client: Client, namespace: str, log: Sequence[Folded], size: int) -> str:
    """The hash of what is in Redis when the log has come in batches of that size."""

    async def no_reject(*_: object) -> None:
        raise AssertionError("nothing here is bad")

    rules: Rules = config.load().rules(b"a key")
    store = Store(client, Keys(namespace), rules, "one")
    clock = Clock.starting_at(START_MS, speed=1.0)
    partitions = Partitions(store, clock, no_reject, {"t": "phone"})
    await partitions.take({"t-0": (0, len(log))})
    for first in range(0, min(len(log), MOST_BATCHES * size), size):
        await partitions.process("t-0", Batch.of(log[first : first + size]))
    await partitions.process("t-0", Batch.of(log[MOST_BATCHES * size :]))
    return (await store.load("t-0"))[0].hash()
