"""What a service sees that reads the snapshot whenever it is announced, and at least five times a second."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from redis.asyncio import Redis

from streams.clock import Clock
from streams.keys import Keys
from tests.ingest.background import InBackground

LISTENS_S = 0.2


class Seen(NamedTuple):
    """One snapshot, when it was read (seconds of time.monotonic)."""

    at: float
    is_live: bool  # of now, and to be believed
    status: str
    revision: int
    verdicts: Mapping[str, str]
    groups: frozenset[str]
    entered: Mapping[str, int]  # by line, since the beginning
    late: int
    lost: int


def seen(document: dict[str, Any], at: float, now_ms: int) -> Seen:
    """What of it is looked at."""
    return Seen(
        at,
        document["status"] == "live" and now_ms <= document["fresh_until_ms"],
        document["status"],
        (document.get("configuration") or {}).get("revision", 0),
        {target["id"]: target["verdict"] for target in document["targets"]},
        frozenset(document["groups"]),
        {name: line["total"]["entered"] or 0 for name, line in document["lines"].items()},
        document["records"]["late"],
        document["records"]["lost"],
    )


NOTHING = Seen(0.0, False, "there is none", 0, {}, frozenset(), {}, 0, 0)


class Eyes(InBackground):
    """Open until the block is left; all that was seen, in order."""

    ends_when_left = True
    ends_within_s = 10.0

    def __init__(self, redis_url: str, keys: Keys, clock: Clock) -> None:
        super().__init__()
        self._url, self._keys, self._clock = redis_url, keys, clock
        self.all: list[Seen] = []

    async def work(self) -> None:
        """Looks at each announcement."""
        client = Redis.from_url(self._url)
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as heard:
                await heard.subscribe(self._keys.snapshot)
                while not self.stop.is_set():
                    await heard.get_message(timeout=LISTENS_S)
                    self._note(await client.get(self._keys.snapshot))
        finally:
            await client.aclose()

    def _note(self, packed: bytes | str | None) -> None:
        at = time.monotonic()
        now = seen(orjson.loads(packed), at, self._clock.now_ms()) if packed else NOTHING._replace(at=at)
        self.all.append(now)

    @property
    def now(self) -> Seen:
        """The newest."""
        return self.all[-1] if self.all else NOTHING

    def since(self, at: float) -> Sequence[Seen]:
        """Those from then on."""
        return [one for one in self.all if one.at >= at]

    def longest_stale_s(self, since: float) -> float:
        """For how long at a time it was not to be believed to be of now."""
        longest, began = 0.0, None
        for one in self.since(since):
            if one.is_live:
                began = None
            else:
                began = began or one.at
                longest = max(longest, one.at - began)
        return longest
