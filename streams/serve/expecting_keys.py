"""What is kept in Redis of expected waits, so that who writes the snapshot next goes on where this one ended.

Two keys: what was learned, and by date how good what was foretold has been. Neither is needed for a figure: what is
gone is learned again within an hour. May import: msgspec, the core, expecting, keys, redis,
sealed, told_wait.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from streams.core.calendar import date_of
from streams.keys import Keys
from streams.redis_client import Client
from streams.sealed import UNREADABLE, Spoiled, typed
from streams.serve.expecting import Expecting
from streams.serve.told_wait import Scores

KEEP_EVERY_S: Final = 10.0
DAYS: Final = 400  # that scores are kept for
_MORE: Final = 35  # days before that: a service that was away for a month lets go of them, too
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Scores).decode


class ExpectingKeys:
    """Of one writer."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client, self._keys = client, keys
        self._kept_at = 0.0
        self._pruned_on: date | None = None

    async def take_over(self, expecting: Expecting, now_ms: int) -> None:
        """Gives it what was kept. Raises RedisError."""
        today = date_of(now_ms, expecting.rules.timezone)
        scores = await scores_on(self._client, self._keys, [today, today - timedelta(days=1)])
        expecting.go_on_with(await self._kept(), scores, now_ms)

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
        if scores := expecting.scores_to_keep():
            await self._keep_scores(scores, date_of(now_ms, expecting.rules.timezone))

    async def _keep_scores(self, scores: Mapping[date, Scores], today: date) -> None:
        key, packed = self._keys.wait_scores, {on.isoformat(): _encode(of) for on, of in scores.items()}
        fields: Mapping[Any, Any] = packed
        try:
            await typed(key, self._client.hset(key, mapping=fields))
        except Spoiled:
            await self._client.delete(key)
            await self._client.hset(key, mapping=fields)
        if self._pruned_on != today:
            self._pruned_on = today
            await self._client.hdel(key, *((today - timedelta(days=DAYS + n)).isoformat() for n in range(_MORE)))


async def scores_on(client: Client, keys: Keys, dates: Sequence[date]) -> dict[date, Scores]:
    """How good what was foretold on some dates has been, by line; none of a date that cannot be read. Raises
    RedisError.
    """
    try:
        packed = await typed(keys.wait_scores, client.hmget(keys.wait_scores, [on.isoformat() for on in dates]))
    except Spoiled:
        return {}
    found = {}
    for on, of in zip(dates, packed, strict=True):
        with suppress(*UNREADABLE):
            scores = {} if of is None else _decode(of)
            if scores and all(both.is_sound for both in scores.values()):
                found[on] = scores
    return found
