"""Reads for all: one subscription, and one read of each document that has changed, whatever the number of who asks.

The whole snapshot and the scorecard are read when somebody asks for them, once for all who ask at about the same time.
May import: held, problems, config, serve's documents and configuration, past's scorecard document, keys, redis.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
import structlog
from msgspec import Struct
from redis.asyncio.client import PubSub
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from config import ConfigError
from streams.keys import Keys
from streams.outage import Outage
from streams.past.scorecard_document import Scorecard
from streams.redis_client import Client, in_words
from streams.sealed import UNREADABLE, Spoiled
from streams.serve.configuration import Configured, configured, left_in
from streams.serve.documents import Snapshot
from streams.serve.serving import of_the_served
from streams.settings import Settings
from streams.web.held import Held
from streams.web.problems import NO_SCORECARD, Refused, Why, not_believed

log = structlog.get_logger(__name__)
T = TypeVar("T", bound=Struct)

ALL_EVERY_S: Final = 1.0  # announcements may be lost, and say nothing of how long something may be believed
AT_MOST_EVERY_S: Final = 0.02  # what is announced meanwhile is read at once
TRY_AGAIN_S: Final = 0.5
ANSWERS_WITHIN_S: Final = 3.0
LOOK_EVERY_S: Final = 5.0  # whether workers show by another configuration
SHARED_FOR_S: Final = 0.25  # what was read for one is told to others


class Follower:
    """Keeps `held` up to date. `names` says which queues and groups are configured now."""

    def __init__(self, client: Client, keys: Keys, held: Held, names: Callable[[], list[str]]) -> None:
        self._client, self._keys, self._held, self._names = client, keys, held, names
        self._outage = Outage(log, "Redis cannot be read, and is asked again")

    async def run(self) -> None:
        """Until cancelled. A Redis that is away is waited for."""
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as announced:
                    await self._follow(announced, self._names())
            except (RedisError, OSError, TimeoutError) as error:
                self._held.fails(why_of(error))
                self._outage.tell(in_words(error))
            await asyncio.sleep(TRY_AGAIN_S)

    async def _follow(self, announced: PubSub, names: list[str]) -> None:
        """Until other names are configured."""
        by_channel = {self._keys.now_of(name): name for name in names}
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await announced.subscribe(*by_channel)
        while names == self._names():
            await self._read(names, is_whole=True)
            self._outage.over()
            due = time.monotonic() + ALL_EVERY_S
            while (left_s := due - time.monotonic()) > 0:
                heard = await _heard(announced, left_s)
                changed = [by_channel[channel] for channel in heard if channel in by_channel]
                is_whole = bool(changed) and self._held.is_to_be_read_whole
                await self._read(names if is_whole else changed, is_whole=is_whole)
                await asyncio.sleep(AT_MOST_EVERY_S)

    async def _read(self, names: list[str], *, is_whole: bool) -> None:
        if not names:
            return
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            read: list[Any] = await self._client.mget(self._keys.now, *map(self._keys.now_of, names))
        self._held.take(dict(zip(names, read[1:], strict=True)), read[0], is_whole=is_whole)


async def _heard(announced: PubSub, within_s: float) -> set[str]:
    """The channels on which something was announced: waits for the first, and takes what is there already."""
    heard: set[str] = set()
    message = await announced.get_message(timeout=within_s)
    while message is not None:
        heard.add(message["channel"].decode(errors="replace"))
        message = await announced.get_message(timeout=0)
    return heard


def why_of(error: Exception) -> Why:
    """Of what went wrong with Redis."""
    return "denied" if isinstance(error, NoPermissionError | AuthenticationError) else "redis"


class Read(NamedTuple, Generic[T]):
    """One whole document, as its bytes and as what they say."""

    text: bytes
    document: T


class Shared(Generic[T]):
    """One key that holds a document, read when it is asked for."""

    def __init__(self, client: Client, key: str, kind: type[T]) -> None:
        self._client, self._key = client, key
        self._decode = msgspec.json.Decoder(kind).decode
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._last: Read[T] | None = None
        self._refused: Refused | None = None

    async def get(self) -> Read[T] | None:
        """As it is now; None: there is none. Raises Refused, of all who asked while Redis was waited for."""
        async with self._lock:
            if time.monotonic() - self._read_at > SHARED_FOR_S:
                self._refused = None
                try:
                    self._last = await self._read()
                except Refused as refused:
                    self._refused = refused
                self._read_at = time.monotonic()
            if self._refused is not None:
                raise self._refused
            return self._last

    async def _read(self) -> Read[T] | None:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                text: Any = await self._client.get(self._key)
        except (RedisError, OSError, TimeoutError) as error:
            raise not_believed(why_of(error)) from None
        if text is None or (self._last is not None and self._last.text == text):
            return None if text is None else self._last
        try:
            return Read(text, self._decode(text))
        except UNREADABLE:
            raise not_believed("unreadable") from None


class Wholes:
    """The whole snapshot, and the scorecard. Each is told while it may be believed alone."""

    def __init__(self, client: Client, keys: Keys, now_ms: Callable[[], int]) -> None:
        self._snapshot, self._scorecard = (
            Shared(client, keys.snapshot, Snapshot),
            Shared(client, keys.scorecard, Scorecard),
        )
        self._now_ms = now_ms

    async def snapshot(self) -> Read[Snapshot]:
        """What is said of now; whether it is of now, its status says. Raises Refused."""
        found = await self._snapshot.get()
        if found is None:
            raise not_believed("nobody writes")
        if self._now_ms() > found.document.fresh_until_ms:
            raise not_believed("old")
        return found

    async def scorecard(self) -> Read[Scorecard]:
        """What each promise has come to. Raises Refused."""
        found = await self._scorecard.get()
        if found is None or self._now_ms() > found.document.fresh_until_ms:
            raise Refused(NO_SCORECARD)
        return found


class Followed:
    """The configuration that workers show by, where this process may read it; else that of its own folder."""

    def __init__(self, first: Configured, client: Client, settings: Settings) -> None:
        self.now, self._client, self._settings = first, client, settings

    def names(self, now_ms: int) -> list[str]:
        """All queues and groups that are configured for today, and those outside the centre."""
        centre = self.now.centre.as_of(now_ms)
        return ["/".join(group) for group in centre.own_groups] + centre.own_lines + centre.external_lines

    async def run(self) -> None:
        """Looks again and again, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(ANSWERS_WITHIN_S):
                    keys = Keys.of(await of_the_served(self._client, self._settings))
                    left = await left_in(self._client, keys.configuration)
            except (RedisError, OSError, TimeoutError, Spoiled, *UNREADABLE):
                left = None  # the last one stays
            if left is not None and left.revision >= self.now.revision and dict(self.now.texts) != left.texts:
                self._take(left.texts)
            await asyncio.sleep(LOOK_EVERY_S)

    def _take(self, texts: dict[str, str]) -> None:
        try:
            self.now = configured(texts, "what workers have left in Redis", *self._settings.keys)
        except ConfigError as error:
            log.error("the configuration that workers show by cannot be read: the one before stays", why=str(error))
        else:
            log.info("shows by another configuration, as the workers do", revision=self.now.revision)
