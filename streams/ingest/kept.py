"""What nobody reads on, and history shows: partitions of topics that are read no more, and days that were carried over.

No owner looks after them. So the workers do: each is found whole or restored from its checkpoint, is brought to today's
version and under the pseudonym key of now, and what was carried over has a checkpoint, wherever it came from. May
import: checkpoints, outage, partitions, sealed, store.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence

import structlog
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from streams.core.carried import carried_as, is_carried
from streams.ingest.checkpoints import Checkpoints, pack
from streams.ingest.other_rules import OtherRules
from streams.ingest.partitions import Partitions
from streams.ingest.store import Store
from streams.outage import Outage
from streams.sealed import Spoiled
from streams.settings import MAIN

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 20.0  # whether each hash is there and in step
PROVE_EVERY = 180  # looks: an hour. Then each value is read, and the checkpoints are


class Kept:
    """Of one worker: it keeps those of the partitions that it owns; whoever owns the first one also those of none."""

    def __init__(self, store: Store, checkpoints: Checkpoints, partitions: Partitions) -> None:
        self._store = store
        self._checkpoints = checkpoints
        self._partitions = partitions
        self._trouble = Outage(log, "what nobody reads on is not looked after")
        self._lost = Outage(log, "what nobody reads on is damaged, and has no checkpoint: a backup may have it")
        self._has_none: set[str] = set()  # damaged ones: not looked for again until the next thorough look
        self._left = Outage(log, "what nobody reads on stays under other definitions")

    async def run(self) -> None:
        """Looks until cancelled; tells what fails, and tries again."""
        looks = 0
        while True:
            if self._partitions.owned:
                try:
                    await self.look(is_thorough=not looks % PROVE_EVERY)
                    looks += 1
                    self._trouble.over()
                except (RedisError, KafkaError, TimeoutError, Spoiled) as error:
                    self._trouble.tell(type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S if looks else 1.0)

    async def look(self, *, is_thorough: bool) -> None:
        """Once."""
        names, read = await self._store.retired(), await self._store.names()
        ours = [name for name in names if self._is_ours(name, read)]
        damaged = await self._damaged(ours, is_thorough=is_thorough)
        gone: list[str] = []
        if is_thorough and self._may_carry(names):
            saved = await self._checkpoints.carried()
            gone = [name for name in saved if name not in names and self._is_ours(name, read)]
            lacking = [name for name in ours if is_carried(name) and name not in saved and name not in damaged]
            await self._save(lacking)
        if is_thorough:
            self._has_none.clear()
        await self._restore([name for name in (*damaged, *gone) if name not in self._has_none])
        await self._bring_to_today([name for name in ours if name not in damaged])

    def _may_carry(self, retired: Iterable[str]) -> bool:
        """Whether anything may have been carried over: to find out, all of the checkpoints' topic is read."""
        return self._store.state != MAIN or self._partitions.has_restored or any(map(is_carried, retired))

    def _is_ours(self, name: str, read: Collection[str]) -> bool:
        of = carried_as(name)
        return (of if of in read else min(read, default="")) in self._partitions.owned

    async def _damaged(self, names: list[str], *, is_thorough: bool) -> list[str]:
        """Those that are not what was written there; of each value, where it is to be thorough."""
        if not names:
            return []
        found, places = await self._store.ownership(names), await self._store.places(names)
        damaged = [name for name in names if found[name].damage or places[name] is None]
        for name in (name for name in names if is_thorough and name not in damaged):
            try:
                await self._store.read(name)
            except Spoiled:
                damaged.append(name)
        return damaged

    async def _restore(self, names: Collection[str]) -> None:
        saved = await self._checkpoints.read(names) if names else {}
        for name in names:
            sound = next((one for one in saved[name].sound if self._store.reads(one.rules)), None)
            if sound is None:
                self._has_none.add(name)
            elif await self._store.put(name, await asyncio.to_thread(sound.hashes)) == "ok":
                await self._store.list_retired([name])
                log.warning("restored what nobody reads on from its checkpoint", partition=name)
        self._lost.look(", ".join(sorted(self._has_none)))

    async def _save(self, names: Iterable[str]) -> None:
        for name in names:
            hashes = await self._store.read(name)
            value = await asyncio.to_thread(pack, name, hashes[0][b"rules"].decode(), hashes)
            await self._checkpoints.write(name, 0, value)

    async def _bring_to_today(self, names: Sequence[str]) -> None:
        """Also under the pseudonym key of now: nobody claims them, and the other key is to be needed no more."""
        old = await self._store.not_of_today(names)
        if old and await self._store.must_write_as_before():
            return
        left = ""
        for name in old:
            try:
                if await self._store.adopt(name) == "ok" and is_carried(name):
                    await self._save([name])
            except OtherRules as error:
                left = str(error)
        self._left.look(left)
