"""Publishing on a real Valkey: what is shown belongs together, one writes at a time, and what is old is told or gone."""

import asyncio
import uuid
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from streams.core.fold import PartitionState
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve import publisher as module
from streams.serve.publisher import Publisher
from streams.serve.view import Viewer
from tests.serve.publishing import CENTRE, RULES, Part, announce, publisher, run, visit

pytestmark = pytest.mark.real

LINE = "phone/personbruker/helse"


@pytest.fixture
def keys() -> Keys:
    return Keys(f"test-{uuid.uuid4().hex[:8]}")


def latest(publisher: Publisher) -> dict[str, Any]:
    assert publisher.latest is not None
    return publisher.latest


async def read(client: Client, keys: Keys) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(await client.get(keys.snapshot) or b"null")
    return document


def test_what_is_shown_belongs_together_while_events_stream_in(local_parts: LocalParts, keys: Keys) -> None:
    """Batches are folded while a snapshot is on its way to Redis; it must be of before them or of after."""

    async def does(client: Client) -> None:
        part = Part("t-0")
        shows = publisher(client, keys, [part])
        for n in range(20):
            publishing = asyncio.create_task(shows.publish())
            while not publishing.done():
                await asyncio.sleep(0)
                async with part.busy:
                    part.fold(visit(f"{n}-{part.state.offset}", 0))
            await publishing
            document = latest(shows)
            assert document["residual"] == 0
            line = document["lines"][LINE]
            assert line["total"]["entered"] == line["waiting"]

    run(local_parts.redis_url, does)
