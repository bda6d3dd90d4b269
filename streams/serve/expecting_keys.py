"""What is kept in Redis of expected waits, so that who writes the snapshot next goes on where this one ended.

Two keys: what was learned, and by date how good what was foretold has been. Neither is needed for a figure: what is
gone is learned again within an hour. May import: the core, expecting, keys, redis, sealed.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from streams.core.calendar import date_of
from streams.keys import Keys
from streams.redis_client import Client
from streams.sealed import Spoiled, typed
from streams.serve.expecting import Expecting

KEEP_EVERY_S: Final = 10.0
DAYS: Final = 400  # that scores are kept for
_MORE: Final = 35  # days before that: a service that was away for a month lets go of them, too


class ExpectingKeys:
    """Of one writer."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client, self._keys = client, keys
        self._kept_at = 0.0
        self._pruned_on = ""

    async def take_over(self, expecting: Expecting, now_ms: int) -> None:
        """Gives it what was kept. Raises RedisError."""
        today = date_of(now_ms, expecting.rules.timezone)
        dates = [(today - timedelta(days=n)).isoformat() for n in (0, 1)]
        kept = await self._kept()
        try:
            packed = await typed(self._keys.wait_scores, self._client.hmget(self._keys.wait_scores, dates))
        except Spoiled:
            packed = [None, None]
        scores = {on: of for on, of in zip(dates, packed, strict=True) if of is not None}
        expecting.go_on_with(kept, scores, now_ms)

    async def _kept(self) -> bytes | None:
        try:
            kept: bytes | None = await typed(self._keys.expecting, self._client.get(self._keys.expecting))
        except Spoiled:
            return None
        return kept

    async def keep(self, expecting: Expecting, now_ms: int) -> None:
        """Now and then. Raises RedisError: then the next time. A key that holds something else is written over."""
        if time.monotonic() - self._kept_at < KEEP_EVERY_S:
            return
        self._kept_at = time.monotonic()
        await self._client.set(self._keys.expecting, expecting.kept(now_ms))
        scores = expecting.scores_to_keep()
        if scores:
            await self._keep_scores(scores, now_ms, expecting)

    async def _keep_scores(self, scores: Mapping[Any, Any], now_ms: int, expecting: Expecting) -> None:
        key, today = self._keys.wait_scores, date_of(now_ms, expecting.rules.timezone)
        try:
            await typed(key, self._client.hset(key, mapping=scores))
        except Spoiled:
            await self._client.delete(key)
            await self._client.hset(key, mapping=scores)
        if self._pruned_on != today.isoformat():
            self._pruned_on = today.isoformat()
            await self._client.hdel(key, *((today - timedelta(days=DAYS + n)).isoformat() for n in range(_MORE)))
