"""A partition that is lost while the publisher waits for its batch to end is not shown, and harms nobody."""

import asyncio

import pytest

import config
from streams.cli.worker import Worker
from streams.ingest.partitions import Holding, Partitions
from streams.keys import Keys
from streams.redis_client import Client, connect
from streams.serve.configuration import Configured, configured
from streams.serve.publisher import Publisher
from streams.settings import Settings
from tests.conftest import Installations
from tests.ingest.installation import Installation
from tests.serve.publishing import Reading

pytestmark = pytest.mark.real


def by(settings: Settings) -> Configured:
    return configured(config.texts_of(), "the project's own", *settings.keys)


@pytest.mark.parametrize("how", ["fenced in mid-batch", "given up"])
@pytest.mark.fault(2)
def test_a_partition_lost_while_it_is_waited_for(installation: Installation, how: str) -> None:
    name = installation.partitions[0]

    async def does(client: Client) -> None:
        worker = Worker(installation.settings(), by(installation.settings()), client)
        partitions = worker.ingest.partitions
        await partitions.take({name: (0, 0)})
        held = partitions.held[name]
        async with held.busy:  # a batch is under way
            publishing = asyncio.create_task(worker.publisher.publish())
            for _ in range(5):
                await asyncio.sleep(0)
            held.holding = Holding.GIVEN_UP
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


def test_views_are_written_when_there_is_another_to_read_them(installations: Installations) -> None:
    """A worker that has every partition writes none: they are most of what it would write."""
    installation = installations({"phone": 1})  # taking it makes every partition of its topic known
    ours, others = installation.partitions[0], "another-0"

    async def does() -> None:
        settings = installation.settings()
        client = connect(settings)
        partitions = Worker(settings, by(settings), client).ingest.partitions
        publisher = _publisher(settings, client, partitions)
        view, known = installation.keys.partition(ours).view, installation.keys.partitions
        try:
            await partitions.take({ours: (0, 0)})
            await publisher.publish()
            await client.delete(view)
            await publisher.publish()
            assert await client.get(view) is None
            await client.sadd(known, others)
            for _ in range(2):  # the first finds out
                await publisher.publish()
            assert await client.get(view) is not None
        finally:
            await client.aclose()

    asyncio.run(does())


def _publisher(settings: Settings, client: Client, partitions: Partitions) -> Publisher:
    """As a worker has it, but for a consumer to ask how far behind it is."""
    rest = Keys(settings.namespace), lambda: by(settings), settings.clock, lambda: partitions.held, Reading(), tuple
    return Publisher(client, *rest, instance=settings.instance, every_s=settings.publish_every_s, whole_every_s=0.03)
