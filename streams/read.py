"""Reading one queue, or one group, from Redis: for other services, in Python.

    from redis import Redis
    from streams.read import Known, Reader

    found = Reader(Redis.from_url(...)).get("phone/personbruker/helse")
    if isinstance(found, Known):
        print(found.now.waiting, found.oldest_wait_ms())
    else:
        print(found.why)

What `get` answers may be believed until `until_ms`; what `changes` yields, until it yields again: an old figure is
never answered, but an `Unknown` that says why. For that the client must not wait for ever: give it a `socket_timeout`
below 5 s. Whoever reads in another language goes by deploy/READING.md: this does no more. It reads two
keys, whatever the number of queues. May import: serve's small, keys, redis, msgspec.
"""

import time
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, Final, Literal, NamedTuple

import msgspec
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from streams.keys import Keys
from streams.serve.small import Believed, Small

Why = Literal["nobody writes", "old", "no such queue", "unreadable"]
_LOOK_EVERY_S: Final = 1.0  # announcements may be lost, and say nothing of how long something may be believed


class Known(NamedTuple):
    """What is so, and until when (epoch ms) it may be believed if nobody reads it again."""

    now: Small
    until_ms: int

    def oldest_wait_ms(self, now_ms: int | None = None) -> int | None:
        """How long the first in line has waited at an instant (epoch ms; by the machine's clock where none is given).
        None where nobody is known to wait.
        """
        entered_ms, at_ms = self.now.oldest_entered_ms, _now_ms() if now_ms is None else now_ms
        return None if entered_ms is None else max(0, at_ms - entered_ms)


class Unknown(NamedTuple):
    """Nothing may be believed, and why. *nobody writes*: no worker runs, or none has written for five seconds, or its
    clock is wrong, or this is no namespace of a svartid. *old*: what is there is over by this machine's clock, as of a
    replica that lags. *no such queue*: not configured, or not any more. *unreadable*: of a newer release, or another's.
    """

    why: Why


Found = Known | Unknown
_believed = msgspec.json.Decoder(Believed).decode
_small = msgspec.json.Decoder(Small).decode


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def found_in(document: bytes | None, believed: bytes | None, now_ms: int) -> Found:
    """What two keys of one read say, at an instant (epoch ms): pure."""
    if believed is None:
        return Unknown("nobody writes")
    try:
        until_ms = _believed(believed).until_ms
        if now_ms > until_ms:
            return Unknown("old")
        return Unknown("no such queue") if document is None else Known(_small(document), until_ms)
    except msgspec.MsgspecError:
        return Unknown("unreadable")


def _is_news(found: Found, before: Found | None) -> bool:
    """Whether it says anything else: that it may be believed for longer is no news."""
    if isinstance(found, Known) and isinstance(before, Known):
        return found.now != before.now
    return found != before


class Reader:
    """Of one installation. `client` may be of a replica, and decode answers or not; its user needs the rights of
    `svartid-reader` in deploy/redis/users.acl. `namespace` is as configured, without braces. Every call raises
    `redis.exceptions.RedisError` where Redis does, and ValueError where a name is none.
    """

    def __init__(self, client: "Redis", namespace: str = "svartid", now_ms: Callable[[], int] = _now_ms) -> None:
        """`now_ms` is the clock that instants are held against (epoch ms): right within a second."""
        self._client, self._keys, self._now_ms = client, _keys_of(namespace), now_ms

    def get(self, name: str) -> Found:
        """Of "channel/audience/queue", or of "channel/audience", as it is now."""
        document, believed = _bytes(self._client.mget(*_asked(self._keys, name)))
        return found_in(document, believed, self._now_ms())

    def changes(self, name: str) -> Iterator[Found]:
        """First what is so, then each time anything else is: also where it may not be believed any more. A lost
        connection ends it with RedisError: begin again. It takes two connections, and is ended in its own thread.
        """
        before: Found | None = None
        with self._client.pubsub(ignore_subscribe_messages=True) as announced:  # type: ignore[no-untyped-call]
            announced.subscribe(self._keys.now_of(name))
            while True:
                found = self.get(name)
                if _is_news(found, before):
                    before = found
                    yield found
                announced.get_message(timeout=_LOOK_EVERY_S)


class AsyncReader:
    """The same for asyncio."""

    def __init__(self, client: "AsyncRedis", namespace: str = "svartid", now_ms: Callable[[], int] = _now_ms) -> None:
        """As `Reader`."""
        self._client, self._keys, self._now_ms = client, _keys_of(namespace), now_ms

    async def get(self, name: str) -> Found:
        """As `Reader.get`."""
        document, believed = _bytes(await self._client.mget(*_asked(self._keys, name)))
        return found_in(document, believed, self._now_ms())

    async def changes(self, name: str) -> AsyncGenerator[Found, None]:
        """As `Reader.changes`; ends when it is closed, or its task is cancelled."""
        before: Found | None = None
        async with self._client.pubsub(ignore_subscribe_messages=True) as announced:
            await announced.subscribe(self._keys.now_of(name))
            while True:
                found = await self.get(name)
                if _is_news(found, before):
                    before = found
                    yield found
                await announced.get_message(timeout=_LOOK_EVERY_S)


def _keys_of(namespace: str) -> Keys:
    if not namespace or any(sign in namespace for sign in "{}:"):
        raise ValueError(f"{namespace!r} is no namespace: it is as SVARTID_NAMESPACE says, without braces")
    return Keys(namespace)


def _asked(keys: Keys, name: str) -> tuple[str, str]:
    """The two keys that are read of a queue or group."""
    if name.count("/") not in (1, 2):
        raise ValueError(f'{name!r} is no name: "channel/audience/queue", or "channel/audience" of a group')
    return keys.now_of(name), keys.now


def _bytes(answers: Any) -> tuple[bytes | None, bytes | None]:
    """Whether or not the client decodes them."""
    document, believed = (one.encode() if isinstance(one, str) else one for one in answers)
    return document, believed
