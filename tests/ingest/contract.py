"""What the tests of the commit's contract share: one partition, its log, and its owners."""

from typing import Any

import config
from streams.core.fold import fold
from streams.ingest.group_commit import Arguments
from streams.ingest.store import Owned, Store
from streams.keys import Keys
from streams.redis_client import Client
from tests.events import Record
from tests.ingest.generated import generate

RULES = config.load().rules(b"a key")
KEYS = Keys("contract")
NAME = "topic-0"
LOG = [Record(i, r.timestamp, r.value) for i, r in enumerate(generate(1, 200).records)]


def store(client: Client, owner: str = "one") -> Store:
    return Store(client, KEYS, RULES, owner)


async def claimed(client: Client, owner: str = "one", begin: int = 0) -> Owned:
    owned = await store(client, owner).claim(NAME, None)
    if owned.committed_offset is None:
        await store(client, owner).begin(owned, begin)
    return owned


def packed(client: Client, owned: Owned, first: int, last: int) -> Arguments:
    """The arguments of a commit of these records."""
    return store(client).pack(owned, fold(owned.state, LOG[first:last]), now_ms=1)


async def everything(client: Client) -> dict[bytes, Any]:
    return {bytes(key): await client.hgetall(key) for key in await client.keys("contract:*")}  # type: ignore[arg-type]
