"""What else is in Kafka: the log's word on itself, and the topic of checkpoints, which no fault of Redis' reaches."""

import asyncio
import random
from collections.abc import Collection, Mapping, Sequence

from aiokafka.errors import KafkaConnectionError

from streams.ingest.checkpoints import Saved, unpack
from streams.ingest.log import Tail, tail_of
from tests.simulation.log import TOPIC, Log

ANSWERS_AFTER_S = 0.01


class LogItself:
    """Answers what `streams.ingest.log.EventLog` asks for."""

    def __init__(self, log: Log, *keys: bytes) -> None:
        self._log, self._keys = log, keys

    async def counts(self, topics: Collection[str]) -> dict[str, int]:
        """There is one topic."""
        await self._answer(self._log.names)
        return {TOPIC: len(self._log.names)} if TOPIC in topics else {}

    async def extents(self, names: Collection[str]) -> dict[str, tuple[int, int]]:
        """Of those that somebody answers for."""
        await asyncio.sleep(ANSWERS_AFTER_S)
        return {name: (self._log.start(name), self._log.end(name)) for name in names if name not in self._log.silent}

    async def tails_at(self, offsets: Mapping[str, int]) -> dict[str, Sequence[Tail]]:
        """The record at an offset, or the next one after it; nothing where the log begins later."""
        await self._answer(offsets)
        kept = {name: offset for name, offset in offsets.items() if offset >= self._log.start(name)}
        found = {name: self._log.read(name, offset, most=1) for name, offset in kept.items()}
        return {
            name: [tail_of(record, key) for record in records for key in self._keys] for name, records in found.items()
        }

    async def _answer(self, names: Collection[str]) -> None:
        await asyncio.sleep(ANSWERS_AFTER_S)
        if self._log.silent.keys() & set(names):
            raise KafkaConnectionError("nobody answers for all of them")

    async def check_readable(self, name: str, since: int, until: int) -> None:
        """All of it can be."""


class CheckpointTopic:
    """Answers what `streams.ingest.checkpoints.Checkpoints` asks for; two of each partition are kept."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._kept: dict[tuple[str, int], bytes] = {}

    async def read(self, names: Collection[str]) -> dict[str, Saved]:
        """The furthest first."""
        await asyncio.sleep(ANSWERS_AFTER_S)
        found = {name: [unpack(self._kept[at]) for at in ((name, 0), (name, 1)) if at in self._kept] for name in names}
        return {name: Saved(sorted(saved, key=lambda one: -one.offset)) for name, saved in found.items()}

    async def carried(self) -> list[str]:
        """No other state is ever served before it."""
        await asyncio.sleep(ANSWERS_AFTER_S)
        return []

    async def write(self, name: str, turn: int, value: bytes) -> bool:
        """Takes a moment, in which its writer may be overtaken."""
        await asyncio.sleep(ANSWERS_AFTER_S * (1 + 50 * self._chance.random() ** 8))
        self._kept[name, turn % 2] = value
        return True

    async def forget(self, names: Collection[str]) -> None:
        """Lets go of all that there is of these partitions."""
        await asyncio.sleep(ANSWERS_AFTER_S)
        for name in names:
            for turn in (0, 1):
                self._kept.pop((name, turn), None)

    def offsets(self, name: str) -> list[int]:
        """How far each of them reaches that there is of a partition now."""
        return [unpack(self._kept[name, turn]).offset for turn in (0, 1) if (name, turn) in self._kept]
