"""Partitions on real servers, asked as Faust asks them when it is under pressure."""

import asyncio
from typing import Any

import pytest

import config
from streams.clock import Clock
from streams.core.rules import Rules
from streams.ingest.partitions import Missed, Partitions
from streams.ingest.store import Store
from streams.ingest.turns import Batch
from streams.keys import Keys
from streams.redis_client import Client
from tests.events import START_MS, records
from tests.ingest.conftest import Run
from tests.serve.publishing import visit

RULES: Rules = config.load().rules(b"a key")
NAME = "t-0"
LOG = records(visit(1, 0, 10_000) + visit(2, 5_000))


async def no_reject(*_: Any) -> None:
    raise AssertionError("nothing here is bad")


def partitions(store: Store) -> Partitions:
    return Partitions(store, Clock.starting_at(START_MS, speed=1.0), no_reject, {"t": "phone"})


def test_what_got_lost_on_the_way_is_told_and_nothing_after_it_is_folded(run: Run) -> None:
    async def does(client: Client) -> None:
        ours = partitions(Store(client, Keys("missed"), RULES, "one"))
        await ours.take({NAME: (0, len(LOG))})
        await ours.process(NAME, Batch.of(LOG[:1], since=0))
        with pytest.raises(Missed, match="from offset 1 up to 2"):
            await ours.process(NAME, Batch.of(LOG[2:]))
        with pytest.raises(Missed):
            await ours.process(NAME, Batch.of(LOG[2:], since=2))
        assert ours.held[NAME].committed_offset == 1
        await ours.process(NAME, Batch.of(LOG[2:], since=1))  # the transport knows that there is no record between
        assert (ours.held[NAME].committed_offset, ours.held[NAME].offsets_without_record) == (len(LOG), 1)

    run(does)


def test_two_takes_at_once_claim_once(run: Run) -> None:
    """Faust asks again while the first answer is waited for; to claim twice would be to fence oneself."""

    async def does(client: Client) -> None:
        keys = Keys("round")
        ours = partitions(Store(client, keys, RULES, "one"))
        await asyncio.gather(*(ours.take({NAME: (0, len(LOG))}) for _ in range(3)))
        await ours.process(NAME, Batch.of(LOG))
        meta = await client.hgetall(keys.partition(NAME).meta)
        assert (ours.fenced, meta[b"epoch"], int(meta[b"offset"])) == (0, b"1", len(LOG))

    run(does)
