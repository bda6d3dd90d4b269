"""Taking what the group gives: of what is known where its log ends, as soon as Redis and Kafka answer.

What cannot be taken now is left out, told, and tried again each second, while the others go on being counted: a
partition may have no leader, and Redis may be away. May import: batches, log, partitions, outage, partition_names,
redis_client, store, aiokafka's and redis' errors.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog
from aiokafka.errors import KafkaError, KafkaTimeoutError
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from streams.batches import UnreadableBatch
from streams.ingest.log import UNANSWERED, EventLog, LogReplaced, PartitionsChanged
from streams.ingest.other_rules import OtherRules
from streams.ingest.partitions import Partitions, StoreLost
from streams.outage import Outage
from streams.partition_names import in_a_sentence
from streams.redis_client import in_words

log = structlog.get_logger(__name__)

Refusal = LogReplaced | PartitionsChanged | UnreadableBatch
REFUSED = (LogReplaced, PartitionsChanged, UnreadableBatch)  # a person has to decide what to do with that topic
FINAL = (OtherRules, *REFUSED)  # and here with all
_TRY_EVERY_S = 1.0
_Take = Callable[[Mapping[str, tuple[int, int]]], Awaitable[Mapping[str, int]]]


class Leaderless(Exception):
    """Of a partition that is to be read now no broker says where its log ends."""


class Giver(Protocol):
    """Whose partitions are taken, and who is told of what goes wrong."""

    rebalancing: bool  # the group is sharing its partitions out anew: what it gives may be nothing for a moment

    def given(self) -> set[str]:
        """What the group gives this worker now, but for what is refused."""
        ...

    async def refuse(self, error: Refusal) -> None:
        """Counts no more of a topic."""
        ...

    async def fail(self, error: Exception) -> None:
        """Ends the worker."""
        ...


class Taking:
    """What the group gives to this worker: taken, or not yet."""

    def __init__(self, giver: Giver, partitions: Partitions, event_log: EventLog, *, waits: bool) -> None:
        """Who does not wait ends where anything cannot be taken, or is refused."""
        self._giver = giver
        self._partitions = partitions
        self._event_log = event_log
        self._waits = waits
        self._one_at_a_time = asyncio.Lock()
        self._left: list[str] = []  # what was given and could not be taken yet
        self._why = ""
        self._outage = Outage(log, "partitions are not taken: tried again until they are")
        self._until_assigned: asyncio.Timeout | None = None  # of a patient take that is under way

    @property
    def waits_for(self) -> str:
        """What is not taken yet, and why, in a sentence; empty where all is."""
        return f"{in_a_sentence(self._left)}: {self._why}" if self._left else ""

    async def take_all(self) -> Mapping[str, int]:
        """Takes what the group gives. Answers where those read on that could be taken."""
        if self._until_assigned is not None:
            self._until_assigned.reschedule(asyncio.get_running_loop().time())
            self._until_assigned = None
        async with self._one_at_a_time:
            self._left = []
            return await self._take(self._giver.given, self._partitions.take)

    def let_go(self, names: list[str]) -> None:
        """They are given to this worker no more."""
        self._left = [name for name in self._left if name not in names]

    async def run(self, read_on: Callable[[Mapping[str, int]], Awaitable[None]]) -> None:
        """Tries again to take what is left, each second, and has it read; never returns."""
        while True:
            await asyncio.sleep(_TRY_EVERY_S)
            async with self._one_at_a_time:
                if self._given_and_left():
                    await read_on(await self._take(self._given_and_left, self._take_too))
                elif not (self._left or self._giver.rebalancing):
                    self._outage.over()  # others have what could not be taken here

    async def _take_too(self, extents: Mapping[str, tuple[int, int]]) -> Mapping[str, int]:
        """However long it takes, but not beyond the next assignment: what is left may be another's by then."""
        async with asyncio.timeout(None) as limit:
            self._until_assigned = limit
            try:
                return await self._partitions.take_too(extents)
            finally:
                self._until_assigned = None

    def _given_and_left(self) -> set[str]:
        return self._giver.given().intersection(self._left)

    async def _take(self, wanted: Callable[[], set[str]], take: _Take) -> Mapping[str, int]:
        offsets: Mapping[str, int] = {}
        self._why = UNANSWERED
        try:
            offsets = await self._taken(wanted, take)
        except (*FINAL, StoreLost, Leaderless, TimeoutError, RedisError, KafkaError) as error:
            if not (self._waits and _passes(error)):
                self._left = []
                await self._giver.fail(error)
                await self._partitions.give_up_all()
                return {}
            self._why = _in_words(error)
        self._left = sorted(wanted() - offsets.keys())
        if self._left:
            self._outage.tell(self.waits_for)
        elif offsets:  # nothing at all is no answer: the group is sharing them out anew
            self._outage.over()
        return offsets

    async def _taken(self, wanted: Callable[[], set[str]], take: _Take) -> Mapping[str, int]:
        """Takes what is wanted, of which it is known where its log ends; where a topic has to be refused, all else."""
        while True:
            asked = wanted()
            extents = await self._event_log.extents(asked)
            if wanted() != asked:  # to claim what is another's by now would be to fence that one
                continue
            if not self._waits and (silent := sorted(asked - extents.keys())):
                raise Leaderless(f"{', '.join(silent)}: {UNANSWERED}")
            try:
                return await take(extents)
            except REFUSED as error:
                if not self._waits:
                    raise
                await self._giver.refuse(error)


def _passes(error: Exception) -> bool:
    """Whether it is over when Kafka or Redis is there again; a right that is lacking has to be given."""
    if isinstance(error, RedisError):
        return not isinstance(error, NoPermissionError | AuthenticationError)
    return isinstance(error, TimeoutError | KafkaTimeoutError) or (isinstance(error, KafkaError) and error.retriable)


def _in_words(error: Exception) -> str:
    if isinstance(error, RedisError):
        return f"Redis cannot be asked: {in_words(error)}"
    return f"{'Kafka' if isinstance(error, KafkaError) else 'Kafka or Redis'} does not answer"
