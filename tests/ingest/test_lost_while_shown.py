"""A partition that is lost while the publisher waits for its batch to end is not shown, and harms nobody."""

import asyncio

import pytest

import config
from streams.cli.worker import Worker
from streams.redis_client import Client, connect
from tests.ingest.installation import Installation

pytestmark = pytest.mark.real


@pytest.mark.parametrize("how", ["fenced in mid-batch", "given up"])
def test_a_partition_lost_while_it_is_waited_for(installation: Installation, how: str) -> None:
    name = installation.partitions[0]

    async def does(client: Client) -> None:
        worker = Worker(installation.settings(), config.load(), client)
        partitions = worker.ingest.partitions
        await partitions.take({name: (0, 0)})
        held = partitions.held[name]
        async with held.busy:  # a batch is under way
            publishing = asyncio.create_task(worker.publisher.publish())
            for _ in range(5):
                await asyncio.sleep(0)
            held.given_up = True
            if how == "fenced in mid-batch":
                del partitions.held[name]
        await publishing
        assert await client.get(installation.keys.partition(name).view) is None

    async def with_client() -> None:
        client = connect(installation.settings())
        try:
            await does(client)
        finally:
            await client.aclose()

    asyncio.run(with_client())
