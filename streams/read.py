"""Reading one queue, or one group, from Redis: for other services, in Python.

    from redis import Redis
    from streams.read import Known, Reader

    found = Reader(Redis.from_url(...)).get("phone/personbruker/helse")
    if isinstance(found, Known):
        print(found.now.waiting, found.oldest_wait_ms(), found.wait_in_words("nb"))
    else:
        print(found.why)

What `get` answers may be believed until `until_ms`; what `changes` yields, until it yields again: an old figure is
never answered, but an `Unknown` that says why. For that the client must not wait for ever: give it a `socket_timeout`
below 5 s. Whoever reads in another language goes by deploy/READING.md: this does no more. It reads two
keys, whatever the number of queues. May import: serve's small, keys, redis, msgspec.
"""

import time
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, Final, Literal, NamedTuple

import msgspec
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from streams.core.expected_wait import Expected
from streams.core.said_wait import Language
from streams.keys import Keys
from streams.serve.documents import SmallWait
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

    def expected_wait(self, entered_ms: int | None = None, now_ms: int | None = None) -> Expected | None:
        """How long somebody who joins now is likely to wait; or how long in all who entered the queue at an instant
        (epoch ms), which only a queue's document tells, of who waits there. None where nothing can be said, as
        `why_no_wait` says; of who entered also where nobody is known to wait, and of a group.
        """
        of, at_ms = self.now.expected_wait, _now_ms() if now_ms is None else now_ms
        joins = _wait_of(of)
        if of is None or joins is None or entered_ms is None:
            return joins
        known = [(one.entered_ms, Expected(one.low_ms, one.likely_ms, one.high_ms)) for one in of.of_waiting]
        if not known:
            return None
        waited_ms = at_ms - entered_ms
        return Expected(*(max(waited_ms, of) for of in _between([*known, (at_ms, joins)], entered_ms)))

    @property
    def why_no_wait(self) -> str | None:
        """Why nothing can be said of it, such as "too few"; None where something is."""
        of = self.now.expected_wait
        return "not told" if of is None else of.withheld

    def wait_in_words(self, language: Language = "nb") -> str | None:
        """What may be said of it to a caller, such as "5 til 10 minutter". None: say nothing."""
        said = self.now.expected_wait and self.now.expected_wait.said
        return getattr(said, language) if said else None


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


def _wait_of(of: SmallWait | None) -> Expected | None:
    if of is None or of.low_ms is None or of.likely_ms is None or of.high_ms is None:
        return None
    return Expected(of.low_ms, of.likely_ms, of.high_ms)


def _between(known: list[tuple[int, Expected]], entered_ms: int) -> Expected:
    """Of who entered between two of whom it is known, between theirs; before the first, as his."""
    place = bisect_right(known, entered_ms, key=lambda one: one[0])
    if place in (0, len(known)):
        return known[max(0, place - 1)][1]
    (before_ms, before), (after_ms, after) = known[place - 1], known[place]
    share = (entered_ms - before_ms) / (after_ms - before_ms)
    return Expected(*(round(one + share * (other - one)) for one, other in zip(before, after, strict=True)))


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
