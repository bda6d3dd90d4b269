"""Naming rejected records in a topic of their own, beside the batches: whether that can be written to stops no figure.

They are counted in Redis in any case. A batch waits until its own are named, so that none of them is lost where the
worker dies, but no longer than `PATIENCE_S`, and not at all while the topic is known to take nothing. What is then
still to be named waits here, in order, up to `MOST_WAITING`; what finds no room, or is left when the worker ends, is
told by its number. May import: the core's decode, kafka, partition_names, outage, structlog, aiokafka's errors.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

import orjson
import structlog
from aiokafka.errors import KafkaError

from streams.core.decode import Rejected
from streams.kafka import created_by
from streams.outage import Outage
from streams.partition_names import number_of, topic_of

log = structlog.get_logger(__name__)

PATIENCE_S: Final = 1.0  # well within what is fresh: while a batch waits, nothing of its partition is shown
DEADLINE_S: Final = 10.0  # then what was sent is sent again
MOST_WAITING: Final = 10_000  # some MB
_AT_ONCE: Final = 500
_AGAIN_S: Final = 5.0
_LAST_WORD_S: Final = 2.0  # the whole worker has ten to end

Named = tuple[str, int, Rejected]  # the record's partition and offset, and why
Send = Callable[[Sequence[tuple[bytes, bytes]]], Awaitable[None]]  # keys and values; returns when the topic has them


class NotThere(Exception):
    """The topic is not there."""


class Rejects:
    """Those of one worker."""

    def __init__(
        self, topic: str, brokers: str, send: Send, is_there: Callable[[], Awaitable[bool]], most: int = MOST_WAITING
    ) -> None:
        self._topic = topic
        self._brokers = brokers
        self._send = send
        self._is_there = is_there
        self._most = most
        self._waiting: deque[Named] = deque()
        self._taken, self._named = 0, 0  # since the start
        self._news, self._progress = asyncio.Event(), asyncio.Event()
        self._is_slow = False  # nobody waits while it is
        self.untold = 0  # what found no room
        self.outage = Outage(log, "cannot write to the rejected topic")

    async def tell(self, partition: str, records: Sequence[tuple[int, Rejected]]) -> None:
        """Takes records to be named by their coordinates, never by their content; waits for that, but not for long."""
        fit = records[: self._most - len(self._waiting)]
        self._waiting += ((partition, offset, why) for offset, why in fit)
        self._taken += len(fit)
        self.untold += len(records) - len(fit)
        self._news.set()
        mine = self._taken
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self._named < mine and not (self._is_slow or self.outage.is_on):
                    await self._progress.wait()
        except TimeoutError:
            self._is_slow = True

    async def run(self) -> None:
        """Names what comes, as soon as the topic takes it; says at the start if that is not there. Never returns."""
        await self._look()
        while True:
            if not self.outage.is_on:
                await self._news.wait()
            await self._try()
            if self.outage.is_on:
                await asyncio.sleep(_AGAIN_S)

    async def close(self) -> None:
        """Names what is left, where that goes in a moment, and says how many are not named."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORD_S):
                await self._try()
        if unnamed := len(self._waiting) + self.untold:
            log.error("rejected records are counted, and not named in the topic", topic=self._topic, records=unnamed)

    async def _look(self) -> None:
        """Says where the topic is not there."""
        if why := await self._cause(None):
            self._tell_outage(why)

    async def _cause(self, error: Exception | None) -> Exception | None:
        """What went wrong, if anything did: that a topic is gone is to its producer a time-out like others."""
        with suppress(TimeoutError, KafkaError, OSError):  # then whoever reads tells of that, too
            return error if await self._is_there() else NotThere()
        return error

    async def _try(self) -> None:
        """Names all that waits, until something goes wrong."""
        try:
            if self.outage.is_on and not await self._is_there():
                raise NotThere
            while self._waiting:
                await self._name_some()
        except NotThere as error:
            self._tell_outage(error)
        except (TimeoutError, KafkaError, OSError) as error:
            self._tell_outage(await self._cause(error) or error)
        else:
            self._news.clear()
            self.outage.over()

    async def _name_some(self) -> None:
        some = list(islice(self._waiting, _AT_ONCE))
        async with asyncio.timeout(DEADLINE_S):
            await self._send([_spelt(*one) for one in some])
        for _ in some:
            self._waiting.popleft()
        self._named += len(some)
        self._is_slow = False
        self._tell_progress()

    def _tell_outage(self, error: Exception) -> None:
        why = f"Kafka does not take what is written there ({type(error).__name__})"
        if isinstance(error, NotThere):
            made = created_by(self._brokers, self._topic)
            why = f"Kafka has no such topic: create it, {made}, or correct SVARTID_REJECTED_TOPIC"
        left = f"{len(self._waiting)} records wait to be named there, {self.untold} found no room"
        self.outage.tell(f"{self._topic}: {why}. Rejected records are counted all the same; {left}")
        self._tell_progress()

    def _tell_progress(self) -> None:
        """Whoever waits looks again."""
        self._progress.set()
        self._progress = asyncio.Event()


def _spelt(partition: str, offset: int, why: Rejected) -> tuple[bytes, bytes]:
    at = {"topic": topic_of(partition), "partition": number_of(partition)}
    return partition.encode(), orjson.dumps({**at, "offset": offset, "reason": why.reason, "field": why.field})
