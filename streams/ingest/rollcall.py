"""Who is missing: topics and partitions that should be read and are not, and brokers that say nothing.

What Kafka has is compared with what is read, every second and by what the client knows already; so a topic that is not
there, is misspelt, was deleted or refused is told within `LOOK_FOR_TOPICS_MS`, and not taken for an empty one. May
import: ingest, structlog, redis, aiokafka.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from streams.batches import UnreadableBatch
from streams.ingest.app import IngestApp
from streams.ingest.log import HIDDEN, EventLog, LogReplaced, PartitionsChanged
from streams.ingest.starting import Starting
from streams.ingest.store import Store
from streams.ingest.taking import Refusal
from streams.outage import Outage
from streams.partition_names import in_a_sentence, name_of, names_of
from streams.sealed import Spoiled

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 1.0
_ASK_EVERY_S = 5.0  # Redis, and of refused topics Kafka


class Accepted(Exception):
    """A person has said how to go on with a topic that was refused: it is read from a fresh start on."""


class RollCall:
    """Of one worker. Tells in its log, and answers why the worker is not ready."""

    def __init__(self, app: IngestApp, store: Store, event_log: EventLog) -> None:
        self._app = app
        self._store = store
        self._event_log = event_log
        self._starting = Starting(store, event_log, app.checkpoints)
        self._silence = Outage(log, "Kafka does not say where logs end: nobody knows what is unread")
        self._open = Outage(log, "open transactions hide what is unread: read as soon as they end")
        self._absence = Outage(log, "topics are not there: taken as soon as they are")
        self._unshown: list[str] = []  # partitions that Redis lists, that are not to be read here, and nobody shows
        self._strays: list[str] = []  # those that were so the last time, too
        self._untaken = Outage(log, "Redis lists partitions that nobody reads: the snapshot is stale")

    async def run(self) -> None:
        """Looks until cancelled. Raises Accepted."""
        asked = 0.0
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            hidden = self.hidden
            self._silence.look(in_a_sentence([name for name in self.unread if name not in hidden]))
            if not self._silence.is_on:  # then nobody knows whether they are over
                self._open.look(hidden_in_words(hidden))
            self._absence.look(", ".join(self.missing_topics))
            self._untaken.look(self._why_stray())
            if time.monotonic() - asked > _ASK_EVERY_S:
                asked = time.monotonic()
                await self._ask()

    @property
    def unread(self) -> list[str]:
        """The owned partitions of which nobody knows whether they are read to their end."""
        return sorted(name for name in self._app.partitions.owned if not self._app.is_fresh(name))

    @property
    def hidden(self) -> dict[str, int]:
        """Those of them of which an open transaction keeps so many offsets from being read."""
        found = {name: self._app.hidden(name) for name in sorted(self._app.partitions.owned)}
        return {name: offsets for name, offsets in found.items() if offsets}

    @property
    def missing_topics(self) -> list[str]:
        """Those that Kafka does not have."""
        return sorted(topic for topic, n in self._app.expected().items() if not n)

    def not_ready(self) -> str | None:
        """What is not read, in a sentence; None where all is."""
        if missing := self.missing_topics:
            return missing_in_words(missing)
        for refused in self._app.refused.values():
            return str(refused)
        if waits_for := self._app.taking.waits_for:
            return f"not taken yet: {waits_for}"
        if hidden := hidden_in_words(self.hidden):
            return hidden
        if unread := self.unread:
            return f"Kafka has not said lately where the log ends of {in_a_sentence(unread)}"
        return self._why_stray() or None

    def _why_stray(self) -> str:
        if not self._strays:
            return ""
        return (
            f"Redis lists {in_a_sentence(self._strays)}, which SVARTID_TOPICS has no topic for, or Kafka no such "
            "partition of, and which nobody shows: correct SVARTID_TOPICS, or take it off the list by `svartid retire`"
        )

    async def _ask(self) -> None:
        """Makes all that should be read known in Redis, so that what nobody shows is missed; looks at the refused."""
        try:
            await self._store.announce(names_of(self._app.expected()))
            await self._app.partitions.upgrade()
            for refused in list(self._app.refused.values()):
                if await self._is_accepted(refused):
                    raise Accepted(f"the topic {refused.topic} may be counted again. Starting again reads it")
            await self._look_for_strays()  # last: what is spoiled is mended above
        except (RedisError, KafkaError, TimeoutError, Spoiled):
            return  # others tell of that

    async def _look_for_strays(self) -> None:
        """Twice, as a worker with other topics shows its partitions to others only once it knows of them."""
        before, self._unshown = self._unshown, await self._store.unshown(await self._store.strays(self._app.expected()))
        self._strays = [name for name in self._unshown if name in before]

    async def _is_accepted(self, refused: Refusal) -> bool:
        topic = refused.topic
        if isinstance(refused, UnreadableBatch):
            try:
                await self._event_log.check_readable(name_of(refused.tp), refused.first, refused.until)
            except UnreadableBatch:
                return False
            return True
        count = (await self._event_log.counts([topic])).get(topic, 0)
        was = refused.counted if isinstance(refused, PartitionsChanged) else count
        if not count:
            return False
        is_said = await self._store.count_of(topic, was) in (count, None)
        places = await self._store.places(names_of({topic: count}))
        try:  # checkpoints are read where a start would do so: what was added has none
            await self._starting.check_places({name: one for name, one in places.items() if one or is_said})
        except LogReplaced as replaced:
            self._tell_anew(refused, replaced)
            return False
        return is_said

    def _tell_anew(self, refused: Refusal, replaced: LogReplaced) -> None:
        """Where a topic has other partitions as it was made anew, that is what a person has to decide about."""
        if isinstance(refused, PartitionsChanged):
            log.error("a topic is not counted any more", topic=replaced.topic, reason=str(replaced))
            self._app.refused[replaced.topic] = replaced


def missing_in_words(topics: Sequence[str]) -> str:
    """Which topics are not there, and what helps."""
    return f"Kafka has no topic {', '.join(topics)}: create it, or correct SVARTID_TOPICS"


def hidden_in_words(hidden: Mapping[str, int]) -> str:
    """Of which partitions how much is hidden, and what mends it; empty where nothing is."""
    told = in_a_sentence([f"{name} ({offsets} offsets)" for name, offsets in hidden.items()])
    return f"{told}: {HIDDEN}" if told else ""
