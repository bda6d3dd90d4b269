"""Writes a snapshot: for all where this process is its state's writer and that is served, else aside, or nowhere.

With it go the small documents that are another, and what Prometheus was told, in the same step, so that all are of one
state. May import: serve, keys, sealed, outage, redis, prometheus_client.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec
import orjson
import structlog
from prometheus_client.core import Metric

from streams.keys import Keys
from streams.outage import Outage
from streams.redis_client import Client
from streams.sealed import UNREADABLE, Spoiled, typed
from streams.serve.counters import Books, Counters
from streams.serve.documents import Snapshot
from streams.serve.follower import read_snapshot
from streams.serve.metrics import families_of
from streams.serve.serving import Serving
from streams.serve.small import Small
from streams.serve.small_keys import NO_STEP, SmallKeys, Step

log = structlog.get_logger(__name__)

GONE_AFTER_S = 60.0  # nothing is better than something old
WRITER_FOR_S = 3.0  # how long after its last snapshot a writer is still the writer
WRITER_FOR_MS = round(WRITER_FOR_S * 1000)  # what holds for longer, or for ever, is no writer's and is written over
PUBLIC, NOT_AS_TAKEN, TOO_EARLY, NOT_AS_SAID = 1, 3, 4, 5  # what publish.lua answers


def announced_on(keys: Keys) -> dict[str, str]:
    """The channels that documents are announced on, as a user's rights name them: by what is."""
    return {"snapshot": keys.snapshot, "small document": keys.now_of("*/*")}


def unheard(what: str) -> str:
    """What comes of one that may not be announced."""
    return f"nobody hears of a new {what}, and who waits for that reads none"


def may_announce(keys: Keys) -> str:
    """What a user needs to be allowed to announce them."""
    channels = " and ".join(f"&{channel}" for channel in announced_on(keys).values())
    return f"give this user +publish and the channels {channels}, as deploy/redis/users.acl does"


class Writer:
    """Of one worker. `again` has it make another document soon."""

    def __init__(
        self,
        client: Client,
        keys: Keys,
        instance: str,
        serving: Serving,
        counters: Counters,
        again: Callable[[], None],
    ) -> None:
        self._client = client
        self._keys = keys
        self._instance = instance
        self._serving = serving
        self._counters = counters
        self._again = again
        self._small = SmallKeys(client, keys)
        self._publish = client.register_script((Path(__file__).parent / "publish.lua").read_text())
        self._unheard = {
            what: Outage(log, f"the {what} is written, but {unheard(what)}") for what in announced_on(keys)
        }

    async def write(self, document: Snapshot, small: Mapping[str, Small], books: Books, *, is_new: bool) -> bool:
        """Whether all have it. It is aside where our state is not served, and nowhere where we are not its writer.

        Of the small documents, by name, those are written that are another. `books` are those that its figures are made
        of. Who `is_new`, and did not write the one before, goes on with what Prometheus was told by who did.
        """
        answer = await self._written(document, small, books, is_new=is_new)
        if answer == NOT_AS_TAKEN:  # it was switched this moment
            await self._serving.look()
        if answer in (NOT_AS_TAKEN, NOT_AS_SAID):
            answer = await self._written(document, small, books, is_new=is_new)
        if answer == TOO_EARLY:
            self._again()
        return answer == PUBLIC

    async def write_some(self, document: Snapshot, small: Mapping[str, Small]) -> bool:
        """Whether these small documents are written, between `document`, which we wrote, and the next one."""
        if not self._small.is_known:
            return False
        step, answer = self._small.step_of_some(small), None
        if not step.texts:
            return True
        try:
            answer = await self._asked(document, b"", step, is_whole=False)
        finally:
            if answer != PUBLIC:
                self._small.forget()
        if self._small.is_known:
            self._small.done(step)
        return self._small.is_known

    async def _written(self, document: Snapshot, small: Mapping[str, Small], books: Books, *, is_new: bool) -> int:
        """What the script answered."""
        tells = self._serving.is_ours and document.clock_wrong_ms is None
        if tells and is_new:
            await self._take_over_counters(document, books)
        told = self._counters.packed() if tells and self._counters.has_news else b""
        answer, step = None, NO_STEP
        try:
            if tells:
                step = await self._step(small, document.fresh_until_ms)
            answer = await self._asked(document, told, step)
        finally:
            if told and answer != PUBLIC:
                self._counters.has_news = True
            if answer != PUBLIC or not tells:
                self._small.forget()
        if self._small.is_known:
            self._small.done(step)
        return answer

    async def _step(self, small: Mapping[str, Small], until_ms: int) -> Step:
        """Who does not know what there is asks before."""
        if not self._small.is_known:
            await self._small.look()
        return self._small.step(small, until_ms)

    async def _take_over_counters(self, document: Snapshot, books: Books) -> None:
        """From the last writer, or from who this was before a restart. What cannot be read is written anew."""
        key = self._keys.told
        try:
            packed = await typed(key, self._client.get(key))
            self._counters.take_over(packed, books, await self._shown_last(), families_of(document))
        except (Spoiled, *UNREADABLE):
            log.warning("what Prometheus was told cannot be read in Redis, and is written anew", key=key)
            self._counters.has_news = True

    async def _shown_last(self) -> Iterable[Metric]:
        """What the public snapshot says."""
        try:
            document = await read_snapshot(self._client, self._keys)
        except Spoiled:
            return ()
        return () if document is None else families_of(document)

    async def _asked(self, document: Snapshot, told: bytes, step: Step, *, is_whole: bool = True) -> int:
        """The same. Whose clock is wrong writes for this once, and no small document may be believed: one whose clock
        is right takes over.
        """
        keys = self._keys
        announcement = {"as_of_ms": document.as_of_ms, "status": document.status}
        answer = await self._publish(
            keys=[
                *(keys.publisher, keys.snapshot, keys.aside, keys.serving, keys.told, keys.states),
                *(keys.now, keys.now_keys, *step.texts),
            ],
            args=[
                self._instance,
                WRITER_FOR_MS if document.clock_wrong_ms is None else 1,
                msgspec.json.encode(document) if is_whole else b"",
                round(GONE_AFTER_S * 1000),
                orjson.dumps(announcement),
                WRITER_FOR_MS,
                keys.state,
                "served" if self._serving.is_ours else "aside",
                document.as_of_ms,
                document.fresh_until_ms - document.as_of_ms,
                told,
                step.was,
                step.said,
                step.expires_ms,
                *step.texts.values(),
            ],
        )
        if isinstance(answer, bytes):
            what, _, denied = answer.decode(errors="replace").rstrip(".").partition(": ")
            self._unheard[what].tell(f"Redis says {denied}: {may_announce(keys)}")
            return PUBLIC
        if answer == PUBLIC:
            self._heard_of(is_whole=is_whole, is_small=bool(step.texts))
        return int(answer)

    def _heard_of(self, *, is_whole: bool, is_small: bool) -> None:
        for is_announced, outage in zip((is_whole, is_small), self._unheard.values(), strict=True):
            if is_announced:
                outage.over()
