"""Whether this machine's clock can be believed: it is held against Redis', which all workers and readers share.

What is shown ages with the clock, and says until when it is fresh. A worker whose clock is wrong can judge neither: it
says so, shows nothing as of now, and leaves the writing to one whose clock is right. Counting goes on, as no figure is
made of a clock. Real clocks are compared, also where SVARTID_CLOCK simulates one. May import: fresh, outage, redis,
structlog.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from redis.exceptions import NoPermissionError, RedisError

from streams.fresh import CLOCK_OFF_MS
from streams.outage import Outage
from streams.redis_client import Client, in_words

log = structlog.get_logger(__name__)

_LOOK_EVERY_S: Final = 5.0


def real_ms() -> int:
    """This machine's clock, epoch ms."""
    return time.time_ns() // 1_000_000


class Clocks:
    """This machine's clock, and what others' say of it. Offsets are ours less theirs, in ms; None: not known."""

    def __init__(self, client: Client, now_ms: Callable[[], int] = real_ms) -> None:
        self._client = client
        self._now_ms = now_ms
        self.than_redis_ms: int | None = None
        self.than_brokers_ms: int | None = None  # of this only ever known that it is no more
        self._error_ms = 0  # by how much the answer's way may have wronged the first
        self._wrong = Outage(log, "this machine's clock cannot be believed: what it shows is told as stale")
        self._behind = Outage(log, "a broker's clock is ahead of this machine's: one of them is wrong")
        self._unknown = Outage(log, "the clock cannot be held against Redis'")

    @property
    def wrong_ms(self) -> int:
        """By how much it differs from Redis'; 0 where that is too little to matter, or not known."""
        offset = self.than_redis_ms or 0
        return offset if abs(offset) > CLOCK_OFF_MS + self._error_ms else 0

    @property
    def why_wrong(self) -> str | None:
        """The same in words; None where it is right."""
        return f"this machine's clock is {in_words_ms(self.wrong_ms)} Redis'" if self.wrong_ms else None

    async def run(self) -> None:
        """Looks again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Asks Redis what time it is. Where it does not answer, what was known stays known."""
        try:
            self.than_redis_ms, self._error_ms = await offset_ms(self._client, self._now_ms)
        except NoPermissionError as error:
            self._unknown.tell(in_words(error))
        except RedisError:
            return  # whoever needs Redis tells that
        if why := self.why_wrong:
            self._wrong.tell(f"{why}: one of them is wrong")
        else:
            self._wrong.over()

    def written(self, at_ms: int) -> None:
        """A broker dated a record by its own clock, and the record is here: so that is past."""
        ahead_ms = at_ms - self._now_ms()
        self.than_brokers_ms = -ahead_ms if ahead_ms > 0 else None
        if ahead_ms > CLOCK_OFF_MS:
            self._behind.tell(f"by {ahead_ms / 1000:.1f} s at least")
        else:
            self._behind.over()


async def offset_ms(client: Client, now_ms: Callable[[], int] = real_ms) -> tuple[int, int]:
    """How far this machine's clock is ahead of Redis', and how wrong that may be: half of what the answer took.

    Raises RedisError.
    """
    asked = now_ms()
    seconds, microseconds = await client.time()
    answered = now_ms()
    theirs = int(seconds) * 1000 + int(microseconds) // 1000
    return (asked + answered) // 2 - theirs, (answered - asked + 1) // 2


def in_words_ms(offset: int) -> str:
    """Such as "3600.0 s ahead of"."""
    return f"{abs(offset) / 1000:.1f} s {'ahead of' if offset > 0 else 'behind'}"
