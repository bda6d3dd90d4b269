"""Reading again, bit by bit, what Redis holds of the partitions that this process owns: nothing else asks for it.

A hash that is gone is found out by each look at the partition (`whole.lua`); a value that was changed only where it is
read. May import: ingest, sealed.
"""

import asyncio
import time
from collections import deque

import structlog
from redis.exceptions import RedisError

from streams.ingest.app import IngestApp
from streams.ingest.partitions import StoreLost
from streams.ingest.store import Store
from streams.ingest.turns import SIZES
from streams.sealed import Spoiled

log = structlog.get_logger(__name__)

_EVERY_S = 1.0
_VALUES = 500  # that are read each time: 30 000 a minute cost a two-hundredth of a core
_KEEP_EVERY_S = 15.0


class Prover:
    """Goes round and round through all hashes, so many values at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._left: deque[tuple[str, int]] = deque()  # partition and which of its hashes, of this round
        self._cursor = 0  # in the first of them

    async def prove(self, names: list[str], values: int = _VALUES) -> None:
        """Reads some values more. Raises Spoiled."""
        proved = 0
        while proved < values:
            if not self._left:
                self._left.extend((name, which) for name in names for which in range(self._store.HASHES))
                if not self._left or proved:
                    return
            name, which = self._left[0]
            read = 0
            if name in names:
                self._cursor, read = await self._store.prove(name, which, self._cursor)
            if self._cursor == 0 or name not in names:
                self._left.popleft()
                self._cursor = 0
            proved += max(read, 1)


async def proved(app: IngestApp) -> None:
    """Raises StoreLost when a value in Redis is not what was committed; keeps what all workers share. Never returns.

    Where there are more than 30 000 values a round takes longer than a minute. What is far behind has other work: it is
    proved when it has caught up.
    """
    prover, kept = Prover(app.store), time.monotonic()
    while True:
        await asyncio.sleep(_EVERY_S)
        try:
            await prover.prove([name for name in app.partitions.owned if app.behind(name) <= SIZES.little])
            if time.monotonic() - kept > _KEEP_EVERY_S:
                kept = time.monotonic()
                await app.partitions.keep()
        except Spoiled as spoiled:
            raise StoreLost.by_damage(spoiled) from None
        except RedisError:
            continue  # others tell of that
