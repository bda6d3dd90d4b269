"""Reading the snapshot from Redis: once, or again and again as it is announced. May import: keys, sealed, redis."""

import asyncio
from contextlib import suppress

import msgspec
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from streams.keys import Keys
from streams.redis_client import Client
from streams.sealed import BY_A_WORKER, UNREADABLE, Spoiled, typed
from streams.serve.documents import Snapshot
from streams.serve.serving import served

_TICK_S = 1.0
_AT_MOST_EVERY_S = 0.25  # a worker may announce fifty times a second; nobody reads a board that fast


async def read_snapshot(client: Client, keys: Keys) -> Snapshot | None:
    """The document as it stands, or None: nobody has written one for a while. Raises RedisError and Spoiled."""
    return await _read(client, keys.snapshot)


async def read_document(client: Client, keys: Keys) -> Snapshot | None:
    """The same of one state, which is aside where another is served."""
    is_served = (await served(client, keys)).state == keys.state
    return await _read(client, keys.snapshot if is_served else keys.aside)


async def _read(client: Client, key: str) -> Snapshot | None:
    packed = await typed(key, client.get(key))
    if packed is None:
        return None
    try:
        return msgspec.json.decode(packed, type=Snapshot)
    except UNREADABLE:
        raise Spoiled(key, "holds no snapshot that this version can read", BY_A_WORKER) from None


class Follower:
    """Holds the newest document that could be read, the public one or a state's. A Redis that does not answer is waited
    for meanwhile.
    """

    def __init__(self, client: Client, keys: Keys, *, of_state: bool = False) -> None:
        self._reads = read_document if of_state else read_snapshot
        self.document: Snapshot | None = None
        self._client = client
        self._keys = keys
        self._news = asyncio.Event()

    async def read(self) -> None:
        """Reads once; what cannot be read is none. Raises RedisError."""
        try:
            self.document = await self._reads(self._client, self._keys)
        except Spoiled:
            self.document = None  # a writer that lives makes it good in a second
        self._news.set()

    async def run(self) -> None:
        """Reads when the document is announced, and now and then, until cancelled."""
        while True:
            with suppress(RedisError):
                async with self._client.pubsub() as announcements:
                    await announcements.subscribe(self._keys.snapshot)
                    await self._follow(announcements)
            await asyncio.sleep(_TICK_S)

    async def _follow(self, announcements: PubSub) -> None:
        while True:
            await announcements.get_message(ignore_subscribe_messages=True, timeout=_TICK_S)
            await self.read()
            await asyncio.sleep(_AT_MOST_EVERY_S)
            while await announcements.get_message(timeout=0) is not None:
                continue  # announced meanwhile: the next read sees it

    async def news(self, within_s: float = _TICK_S) -> None:
        """Returns when a document was read, but at the latest after this long: the clock runs on without news."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._news.wait()
        self._news.clear()
