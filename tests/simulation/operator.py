"""The person who is called where starting again cannot help, and does what deploy/OPERATIONS.md says.

With the store's own commands, as `svartid rebuild --from-log` and `svartid repartition` give them: through the same
network, and again where it fails.
"""

import asyncio
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from tenacity import AsyncRetrying, retry_if_exception_type, wait_fixed

from streams.ingest.log import LogReplaced, PartitionsChanged
from streams.ingest.store import Store
from streams.redis_client import connect
from streams.sealed import Spoiled
from tests.simulation.log import TOPIC

if TYPE_CHECKING:
    from tests.simulation.world import World

CALLS = {LogReplaced.__name__, PartitionsChanged.__name__}  # why a worker ends with 1
COMES_AFTER_S = (0.2, 4.0)


class Operator:
    """Comes some time after a worker ended with 1, mends, and has workers started again."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._is_called = False

    def call(self) -> None:
        """One is enough, however many workers end."""
        if not self._is_called:
            self._is_called = True
            self._world.loop.spawn("operator", self._come)

    async def _come(self) -> None:
        world = self._world
        await asyncio.sleep(world.loop.chance.uniform(*COMES_AFTER_S))
        client = connect(world.settings)
        store = Store(client, world.keys, world.rules, "operator")
        await self._mend(store)
        await client.aclose()
        self._is_called = False
        world.start_who_is_missing()

    async def _mend(self, store: Store) -> None:
        """As often as it takes until all of it is done."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((RedisError, TimeoutError)), wait=wait_fixed(1)
        ):
            with attempt:
                known, names = await self._known(store), self._world.log.names
                is_added = known.get(TOPIC, len(names)) < len(names)
                may_be_accepted = is_added and not self._unread(known[TOPIC])
                await (self._accept(store, names) if may_be_accepted else self._rebuild(store))

    async def _known(self, store: Store) -> dict[str, int]:
        """Nothing where that is spoiled: `svartid repartition` says so, and `svartid rebuild` does not need it."""
        try:
            return await store.known_counts()
        except Spoiled:
            return {}

    def _unread(self, counted: int) -> bool:
        """`svartid repartition` accepts no partitions while there are events in the others that are not counted."""
        return bool(self._world.lag().keys() & set(self._world.log.names[:counted]))

    async def _accept(self, store: Store, names: list[str]) -> None:
        self._world.note("operator: svartid repartition")
        await store.set_counts({TOPIC: len(names)})

    async def _rebuild(self, store: Store) -> None:
        self._world.note("operator: svartid rebuild --from-log")
        names = self._world.log.names
        await self._world.checkpoints.forget(names)
        for name in names:
            await store.forget(name)
        await store.drop(TOPIC, names)
