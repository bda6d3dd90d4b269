"""Which configuration holds: the folder's, or one of a higher revision that another worker has.

Figures are shown by it, so that all workers of an installation have to have one and the same: the newest is left in
Redis, and taken from there. A folder is looked at as it may change while it runs, as a mounted ConfigMap does. What
cannot be taken is told, and the one before stays.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec
import structlog
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from config import (
    FILES,
    LEAST_AHEAD_MS,
    Centre,
    ConfigError,
    Effect,
    Texts,
    asked_for,
    centre_of,
    changes,
    digest_of,
    texts_of,
)
from streams.core import series
from streams.core.rules import Rules
from streams.families import single
from streams.keys import Keys
from streams.outage import Outage
from streams.redis_client import Client
from streams.sealed import UNREADABLE, Seal, Spoiled, typed

log = structlog.get_logger(__name__)

CURRENT_S: Final = 60.0  # after a look nothing holds for so long that was not known then: far less than LEAST_AHEAD_MS
LOOK_EVERY_S: Final = 0.25
SETTLED_AFTER: Final = 2  # more looks at which a folder has stayed as it is; then it is taken
LEFT: Final = "what another worker has left in Redis"
_SEALED_AS: Final = b"configuration"
_TAKES: Final = {
    Effect.START: "it is taken when each worker starts anew",
    Effect.REBUILD: "figures would have to be made anew from the log: take it with `svartid rebuild --from-log`, or "
    "have what is otherwise hold from a date on that lies ahead (`[[definitions.later]]`)",
}
_Signature = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Configured:
    """One configuration, and what is counted by it."""

    centre: Centre
    rules: Rules
    texts: Texts

    @property
    def revision(self) -> int:
        """Its number; 0 where it has none."""
        return self.centre.revision

    @cached_property
    def digest(self) -> str:
        """Another one for another text."""
        return digest_of(self.texts)


class Left(msgspec.Struct, array_like=True):
    """What lies in Redis: the configuration that workers show by."""

    revision: int
    texts: dict[str, str]


async def left_in(client: Client, key: str) -> Left | None:
    """That; None where nobody has left one. Raises RedisError, Spoiled and one of `streams.sealed.UNREADABLE`."""
    sealed = await typed(key, client.get(key))
    return msgspec.msgpack.decode(Seal(key).open(_SEALED_AS, sealed), type=Left) if sealed else None


async def _at_once() -> str:
    return ""


async def _nothing() -> int:
    return 0


class Configuration:
    """The one that holds in this process.

    `on_take` is awaited before another one does; `not_yet` says why none can for now, or nothing. No event that is
    counted by now is later (epoch ms) than `counted_here` says of those of this process, and `counted` of all.
    """

    def __init__(
        self,
        first: Configured,
        folder: Path | None,
        client: Client,
        keys: Keys,
        made: Callable[[Texts, str], Configured],
        on_take: Callable[[Configured], Awaitable[object]],
        not_yet: Callable[[], Awaitable[str]] = _at_once,
        counted: Callable[[], Awaitable[int]] = _nothing,
        counted_here: Callable[[], Awaitable[int]] = _nothing,
    ) -> None:
        self._now = first
        self._folder = folder
        self._client = client
        self._key = keys.configuration
        self._made = made
        self._on_take = on_take
        self._seen: _Signature | None = signature(folder)
        self._same_for = SETTLED_AFTER if folder is None else 0  # looks; what was read may have changed since
        self._at_start = first.digest
        self._asked = asyncio.Event()
        self._here: Texts | None = None  # what the folder has that is not taken yet
        self._is_first = True
        self._looked_at: float | None = None  # by this machine's clock, when it was last known what others have
        self._looking = asyncio.Lock()
        self._not_yet = not_yet
        self._counted, self._counted_here = counted, counted_here
        self._known: dict[tuple[str, str], Configured | str] = {}  # by the digests of another and of what holds
        self._refused = Outage(log, "another configuration is not taken")
        self._two = Outage(log, "workers have two configurations, and show by two")

    @property
    def now(self) -> Configured:
        """The one that holds."""
        return self._now

    @property
    def refused(self) -> str:
        """Why another is not taken; empty where there is none."""
        return "; ".join(one.why for one in (self._refused, self._two) if one.is_on)

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            await (self.look_as_asked() if self._asked.is_set() else self.look_at_folder())
            await self.look_at_others()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._asked.wait()

    def ask(self) -> None:
        """Has it look at once, and say in any case what came of it."""
        self._asked.set()

    async def look_as_asked(self) -> None:
        """Takes what the folder has as it is, settled or not: whoever asks has written it."""
        self._asked.clear()
        before = self._now
        self._seen, self._same_for = await asyncio.to_thread(signature, self._folder), SETTLED_AFTER
        self._here = await self._read() if self._folder else None
        await self._consider_here()
        came = f"took revision {self._now.revision}" if self._now is not before else self._why_none()
        log.info("looked at the configuration, as asked", folder=str(self._folder or ""), came=came)

    def _why_none(self) -> str:
        if self._folder is None:
            return "no folder is looked at: name one by --config or SVARTID_CONFIG"
        return f"not taken: {self._refused.why}" if self._refused.is_on else "nothing differs"

    async def look_at_folder(self) -> None:
        """Takes what it has, once that stayed the same for some looks; what cannot be taken yet, later."""
        seen = await asyncio.to_thread(signature, self._folder)
        if seen != self._seen:
            self._seen, self._same_for = seen, 0
        elif self._same_for < SETTLED_AFTER:
            self._same_for += 1
            if self._same_for == SETTLED_AFTER:
                self._here = await self._read_anew()
        await self._consider_here()

    async def _consider_here(self) -> None:
        where = str(self._folder or "the configuration")
        if self._here and await self._considered(self._here, where, self._refused, self._to_be_counted):
            self._here = None

    @property
    def is_current(self) -> bool:
        """Whether it was looked so lately at what others have that nothing can hold which is not known here."""
        return self._looked_at is not None and time.monotonic() - self._looked_at < CURRENT_S

    async def current(self) -> None:
        """Returns once that is so: a process may have stood still for long. Waits for Redis."""
        while not self.is_current:
            await self.look_at_others()
            if not self.is_current:
                await asyncio.sleep(LOOK_EVERY_S)

    async def is_behind(self) -> bool:
        """Whether another has left one of a higher revision. Raises RedisError."""
        left = await self._left()
        return left is not None and left.revision > self._now.revision

    async def look_at_others(self) -> None:
        """Takes what another has left, or leaves what holds here. Where Redis is away, all stays as it is.

        Where it is looked at for the first time, and what is here does not hold, that is told.
        """
        async with self._looking:
            began = time.monotonic()
            try:
                await self._take_what_others_have()
            except RedisError:
                return
            self._looked_at = began

    async def _take_what_others_have(self) -> None:
        left = await self._left()
        here, is_first, self._is_first = self._now, self._is_first, False
        if left is None or left.revision < here.revision or (is_first and not left.revision):
            await self._leave()
            return
        holds = await self._considered(left.texts, LEFT, self._two, self._counted_here)
        if holds and is_first and self._now is not here:
            theirs = "another one of that number" if here.revision == self._now.revision else f"{self._now.revision}"
            self._refused.tell(f"its revision is {here.revision}, and {theirs} holds: give it a higher one")

    async def _read_anew(self) -> Texts | None:
        """What the folder has, unless this is what was read at the start: whether that holds is known by then."""
        texts, known, self._at_start = await self._read(), self._at_start, ""
        return texts if texts and digest_of(texts) != known else None

    async def _read(self) -> Texts | None:
        """What the folder has; None where it cannot be read, which is told."""
        try:
            return await asyncio.to_thread(texts_of, self._folder)
        except ConfigError as error:
            self._refused.tell(str(error))
            return None

    async def _to_be_counted(self) -> int:
        """Than which no event is later (epoch ms) that is counted until every worker has taken another."""
        return await self._counted() + LEAST_AHEAD_MS

    async def _considered(
        self, texts: Texts, where: str, outage: Outage, counted_to: Callable[[], Awaitable[int]]
    ) -> bool:
        """Whether it holds: it does already, or is taken. Else it is told why it is not.

        What of it decides what an event counts has to hold from an instant on that is later than `counted_to`.
        """
        digest = digest_of(texts)
        if digest == self._now.digest:
            outage.over()
            return True
        made = await self._made_of(texts, digest, where)
        why = made if isinstance(made, str) else await self._why_not(made, counted_to)
        if isinstance(made, str) or why:
            outage.tell(why)
            return False
        await self._on_take(made)
        self._now = made
        self._refused.over()
        self._two.over()
        log.info("took another configuration", revision=made.revision, digest=made.digest)
        await self._leave()
        return True

    async def _made_of(self, texts: Texts, digest: str, where: str) -> Configured | str:
        """It, or what is wrong with it. Remembered: it is asked for as long as it lies there."""
        asked = digest, self._now.digest
        if asked not in self._known:
            try:
                answer: Configured | str = await asyncio.to_thread(self._made, texts, where)
            except ConfigError as error:
                answer = f"{error}. Give the right one a higher revision" if where == LEFT else str(error)
            self._known = {**dict([*self._known.items()][-1:]), asked: answer}  # the folder's, and the others'
        return self._known[asked]

    async def _why_not(self, made: Configured, counted_to: Callable[[], Awaitable[int]]) -> str:
        """Why it cannot take the place of what holds, ever or for now; empty where it can."""
        try:
            return why_not(self._now, made, await counted_to()) or await self._not_yet()
        except RedisError:
            return "Redis is away"

    async def _left(self) -> Left | None:
        """What another has left; None where it cannot be read, as where there is none."""
        try:
            return await left_in(self._client, self._key)
        except (Spoiled, *UNREADABLE):
            log.warning("the configuration that is left in Redis cannot be read, and is written anew", key=self._key)
            return None

    async def _leave(self) -> None:
        packed = msgspec.msgpack.encode(Left(self._now.revision, dict(self._now.texts)))
        try:
            await self._client.set(self._key, Seal(self._key).close({_SEALED_AS: packed})[1])
        except RedisError:  # the next look leaves it
            return


class ConfigurationCollector(Collector):
    """Which one a worker shows by, and whether there is one that it cannot take; of a state that is served alone, as
    another may well go by another.
    """

    def __init__(self, configuration: Configuration, is_served: Callable[[], bool] = lambda: True) -> None:
        self._configuration, self._is_served = configuration, is_served

    def collect(self) -> Iterator[Metric]:
        """Prometheus' hook."""
        if not self._is_served():
            return
        yield single(series.CONFIG_REVISION, self._configuration.now.revision)
        yield single(series.CONFIG_REFUSED, int(bool(self._configuration.refused)))


def why_not(holds: Configured, other: Configured, counted_to_ms: int) -> str:
    """Why one cannot take the place of one that holds while it runs, and has counted events up to an instant (epoch
    ms); empty where it can.
    """
    if other.revision < holds.revision:
        return f"its revision is {other.revision}, and {holds.revision} holds: give it a higher one"
    found = changes(holds.centre, other.centre, counted_to_ms)
    takes = _TAKES.get(asked_for(found), "")
    places = [change.place for change in found if change.effect in _TAKES]
    return f"{', '.join(places[:3])}{' …' if places[3:] else ''}: {takes}" if takes else ""


def configured(texts: Texts, where: str, pseudonym_key: bytes, queue_key: bytes, other_key: bytes = b"") -> Configured:
    """A configuration of its texts. Raises ConfigError."""
    centre = centre_of(texts, where)
    return Configured(centre, centre.rules(pseudonym_key, queue_key, other_key), texts)


def signature(folder: Path | None) -> _Signature | None:
    """Another one where a file was changed; None where one cannot be looked at, or none is to be."""
    if folder is None:
        return None
    try:
        stats = [(folder / name).stat() for name in FILES]
    except OSError:
        return None
    return tuple((stat.st_mtime_ns, stat.st_ino, stat.st_size) for stat in stats)
