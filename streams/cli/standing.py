"""Where every partition stands: in Redis, in Kafka's log and in the checkpoints. For commands of the operators'.

Imports ingest.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from streams.cli.app import EXIT_UNREACHABLE, EXIT_USAGE, CommandError, redis_of
from streams.core.rules import Rules
from streams.ingest.checkpoints import Checkpoint, KafkaCheckpoints
from streams.ingest.log import UNANSWERED, KafkaLog
from streams.ingest.store import Place, Store
from streams.keys import Keys
from streams.partition_names import in_a_sentence, names_of, topic_of
from streams.redis_client import Client
from streams.serve.serving import of_the_served
from streams.settings import Settings


@dataclass(frozen=True, slots=True)
class Standing:
    """One partition's."""

    name: str
    place: Place | None  # in Redis; None: it knows nothing of it
    start: int  # of the log: its first offset, and its next one
    end: int
    checkpoint: Checkpoint | None  # the furthest sound one of our rules

    @property
    def topic(self) -> str:
        """Whose it is."""
        return topic_of(self.name)


@asynccontextmanager
async def installed(settings: Settings, rules: Rules) -> AsyncIterator["Installation"]:
    """The installation that these settings name, in the state that is served or SVARTID_SHADOW's, as long as a command
    needs it. Raises CommandError.
    """
    async with redis_of(settings) as client:
        installation = Installation(await of_the_served(client, settings), rules, client)
        try:
            yield installation
        finally:
            await installation.checkpoints.close()


class Installation:
    """Redis and Kafka as one set of workers has them."""

    def __init__(self, settings: Settings, rules: Rules, client: Client) -> None:
        self.settings = settings
        self.client = client
        self.keys = Keys.of(settings)
        self.store = Store(self.client, self.keys, rules, settings.instance)
        self.log = KafkaLog(settings)
        self.checkpoints = KafkaCheckpoints(settings)

    async def counts(self) -> dict[str, int]:
        """How many partitions each topic has in Kafka. Raises CommandError where one is not there."""
        topics = set(self.settings.topics.values())
        found = await self.log.counts(topics)
        if missing := sorted(topics - found.keys()):
            raise CommandError(f"Kafka has no topic {', '.join(missing)}: `svartid doctor` says what is missing")
        return found

    async def standings(self, chosen: Sequence[str] = ()) -> list[Standing]:
        """Of these partitions, or of all that Kafka has. Raises CommandError where one is not there."""
        counts = await self.counts()
        names = names_of(dict(sorted(counts.items())))
        if unknown := sorted(set(chosen) - set(names)):
            raise CommandError(f"there is no partition {', '.join(unknown)}; there are {', '.join(names)}", EXIT_USAGE)
        names = [name for name in names if not chosen or name in chosen]
        extents = await self.log.extents(names)
        if silent := sorted(set(names) - extents.keys()):
            raise CommandError(f"{in_a_sentence(silent)}: {UNANSWERED}", EXIT_UNREACHABLE)
        places = await self.store.places(names)
        saved = await self.checkpoints.read(names)
        ours = {name: [c for c in saved[name].sound if self.store.reads(c.rules)] for name in names}
        return [Standing(name, places[name], *extents[name], next(iter(ours[name]), None)) for name in names]
