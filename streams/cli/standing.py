"""Where every partition stands: in Redis, in Kafka's log and in the checkpoints. For commands of the operators'.

Imports ingest.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from streams.cli.app import EXIT_USAGE, CommandError
from streams.core.rules import Rules
from streams.ingest.checkpoints import Checkpoint, KafkaCheckpoints
from streams.ingest.log import KafkaLog, topic_partition
from streams.ingest.store import Place, Store
from streams.kafka import consumer
from streams.keys import Keys
from streams.redis_client import Client, connect
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
        return self.name.rpartition("-")[0]


class Installation:
    """Redis and Kafka as one set of workers has them; for an `async with` block."""

    def __init__(self, settings: Settings, rules: Rules) -> None:
        self.settings = settings
        self.client: Client = connect(settings)
        self.keys = Keys(settings.namespace)
        self.store = Store(self.client, self.keys, rules, settings.instance)
        self.log = KafkaLog(settings)
        self.checkpoints = KafkaCheckpoints(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.checkpoints.close()
        await self.client.aclose()

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
        names = [f"{topic}-{n}" for topic, count in sorted(counts.items()) for n in range(count)]
        if unknown := sorted(set(chosen) - set(names)):
            raise CommandError(f"there is no partition {', '.join(unknown)}; there are {', '.join(names)}", EXIT_USAGE)
        names = [name for name in names if not chosen or name in chosen]
        extents = await self._extents(names)
        places = await self.store.places(names)
        saved = await self.checkpoints.read(names)
        ours = {name: [c for c in saved[name].sound if c.rules == self.store.fingerprint] for name in names}
        return [Standing(name, places[name], *extents[name], next(iter(ours[name]), None)) for name in names]

    async def _extents(self, names: Collection[str]) -> Mapping[str, tuple[int, int]]:
        tps = {name: topic_partition(name) for name in names}
        async with consumer(self.settings) as asked:
            starts = await asked.beginning_offsets(list(tps.values()))
            ends = await asked.end_offsets(list(tps.values()))
        return {name: (starts[tp], ends[tp]) for name, tp in tps.items()}
