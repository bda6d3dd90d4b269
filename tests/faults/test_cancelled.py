"""Row 6: whoever waits for a batch, a commit or a claim is cancelled, wherever that is, and goes on as if nothing had
been: with the same connection, whose answers must still belong to its questions.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from redis.asyncio import BlockingConnectionPool

import config
from streams.clock import Clock
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest.partitions import Holding, Partitions
from streams.ingest.store import Store
from streams.ingest.turns import Batch
from streams.keys import Keys
from streams.redis_client import Client, connect
from tests.events import START_MS
from tests.events import Record as Folded
from tests.faults.running import Note
from tests.ingest.generated import generate
from tests.ingest.installation import Installation

pytestmark = pytest.mark.real

RULES: Rules = config.load().rules(b"a key")
NAME, BATCH = "t-0", 20
LOG = [Folded(n, record.timestamp, record.value) for n, record in enumerate(generate(106, 12_000).records)]
MOST_STEPS = 400
Does = Callable[["Ours"], Coroutine[Any, Any, object]]


class Ours:
    """A worker's partitions, over one connection."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client = client
        self.store = Store(client, Keys(namespace), RULES, "one")
        clock = Clock.starting_at(START_MS, speed=1.0)
        self.partitions = Partitions(self.store, clock, self._reject, {"t": "phone"})

    async def _reject(self, *_: object) -> None:
        raise AssertionError("nothing here is bad")

    @property
    def offset(self) -> int:
        """Where it has come to, in memory."""
        return self.partitions.held[NAME].state.offset

    async def take(self) -> None:
        """Owns the partition, anew or still."""
        await self.partitions.take({NAME: (0, len(LOG))})

    async def batch(self) -> None:
        """The next records."""
        await self.partitions.process(NAME, Batch.of(LOG[self.offset : self.offset + BATCH]))

    async def commit(self) -> None:
        """The same without those who hold a commit together that was sent."""
        owned = self.partitions.held[NAME].owned
        changes = fold(owned.state, LOG[self.offset : self.offset + BATCH])
        await self.store.commit(NAME, self.store.pack(owned, changes, now_ms=1))

    async def claim_again(self) -> None:
        """As after a rebalance; what was not committed is read again."""
        await self.partitions.give_up_all()
        await self.take()

    async def in_step(self) -> None:
        """Fails where an answer is another question's."""
        for n in range(3):
            async with asyncio.timeout(5):
                assert await self.client.echo(f"question {n}") == b"question %d" % n

    async def check(self) -> None:
        """I1, by one fold of the log from its beginning."""
        found, _ = await self.store.load(NAME)
        expected = PartitionState(RULES)
        fold(expected, LOG[: found.offset])
        assert found.hash() == expected.hash(), f"at offset {found.offset}"


async def cancelled_after(steps: int, does: Awaitable[object]) -> bool:
    """Cancels at the loop's next step after so many; whether it was still under way."""
    task = asyncio.ensure_future(does)
    for _ in range(steps):
        await asyncio.sleep(0)
    was_under_way = not task.done()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() or task.exception() is None, task.exception()
    return was_under_way


@pytest.mark.fault(6)
@pytest.mark.parametrize("does", [Ours.batch, Ours.commit, Ours.take], ids=["batch", "commit", "take"])
def test_every_place_of_waiting(installation: Installation, does: Does, record_property: Note) -> None:
    async def run() -> int:
        client = with_one_connection(connect(installation.settings()))
        ours, steps = Ours(client, installation.name), 0
        try:
            await ours.take()
            while steps < MOST_STEPS and await once(ours, steps, does):
                steps += 1
            assert 3 < steps < MOST_STEPS, "it was cancelled at several places, and at all"
        finally:
            await client.aclose()
        return steps

    record_property("tries", asyncio.run(run()))


def with_one_connection(client: Client) -> Client:
    """As it is, but whoever finds its only connection in use waits for it."""
    pool = client.connection_pool
    return Client(connection_pool=BlockingConnectionPool(1, 5, pool.connection_class, **pool.connection_kwargs))


async def once(ours: Ours, steps: int, does: Does) -> bool:
    """Cancelled after so many steps, then looked at; whether it was still under way when it was cancelled."""
    if does is Ours.take:
        ours.partitions.held[NAME].holding = Holding.SPOILED  # so that it has to be claimed and loaded
    was_under_way = await cancelled_after(steps, does(ours))
    if does is not Ours.batch:  # a batch that was begun comes to its end, whoever waits for it
        await ours.claim_again()
    await ours.in_step()
    await ours.check()
    await ours.batch()
    await ours.in_step()
    await ours.check()
    assert ours.partitions.held[NAME].committed_offset == ours.offset, "nothing is left behind"
    return was_under_way
