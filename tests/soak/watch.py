"""What is looked at during a run: how far the log and the commits are, and what memory, keys and series come to."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import redis
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from streams.ingest.log import topic_partition
from tests.ingest.background import InBackground
from tests.ingest.installation import Installation

LOOK_EVERY_S = 0.1
ANSWERS_WITHIN_S = 3.0
BEHIND_S = 1.0  # committed is all that was in the log so long ago: caught up
MOST_GROWTH = 1.25  # of the last quarter against the second
GRAIN = {"rss_mb": 30.0, "redis_mb": 5.0, "redis_keys": 5.0, "series": 100.0}  # growth by less tells nothing


class Watch(InBackground):
    """Looks at the log's ends and at the commits, again and again, and remembers the last few seconds."""

    ends_when_left = True
    ends_within_s = 30.0

    def __init__(self, installation: Installation) -> None:
        super().__init__()
        self._names = installation.partitions
        self._brokers = installation.brokers
        self._installation = installation
        self.ends: dict[str, int] = {}
        self._seen: deque[tuple[float, int]] = deque(maxlen=600)  # when, and how much was in the log

    async def work(self) -> None:
        """A consumer of its own, made anew when it fails."""
        while not self.stop.is_set():
            consumer = AIOKafkaConsumer(bootstrap_servers=self._brokers)
            try:
                async with asyncio.timeout(ANSWERS_WITHIN_S):
                    await consumer.start()
                while not self.stop.is_set():
                    await self._look(consumer)
                    await asyncio.sleep(LOOK_EVERY_S)
            except (KafkaError, TimeoutError, OSError):
                await asyncio.sleep(LOOK_EVERY_S)
            finally:
                async with asyncio.timeout(ANSWERS_WITHIN_S):
                    await consumer.stop()

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
        tps = {topic_partition(name): name for name in self._names}
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            ends = await consumer.end_offsets(list(tps))
        self.ends = {tps[tp]: end for tp, end in ends.items()}
        self._seen.append((time.monotonic(), sum(self.ends.values())))

    @property
    def in_log(self) -> int:
        """Records, when last seen."""
        return sum(self.ends.values())

    def committed(self) -> int | None:
        """None while Redis does not answer."""
        try:
            return self._installation.committed()
        except redis.RedisError:
            return None

    def lag(self) -> int | None:
        """Records in the log that are not committed; None while Redis does not answer."""
        committed = self.committed()
        return None if committed is None else max(0, self.in_log - committed)

    def is_caught_up(self) -> bool:
        """Whether all is committed that was in the log a second ago, and the log is seen at all."""
        now, committed = time.monotonic(), self.committed()
        seen = list(self._seen)
        if committed is None or not seen or now - seen[-1][0] > BEHIND_S:
            return False
        before = [records for at, records in seen if at <= now - BEHIND_S]
        return bool(before) and committed >= before[-1]


@dataclass
class Sizes:
    """What may not grow: one figure of each a look."""

    grain: Mapping[str, float] = field(default_factory=lambda: GRAIN)
    at_s: list[float] = field(default_factory=list)
    of: dict[str, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        self.of = {name: [] for name in self.grain}

    def add(self, at_s: float, **figures: float) -> None:
        """One look; seconds since the run began."""
        self.at_s.append(at_s)
        for name, figure in figures.items():
            self.of[name].append(figure)

    def judged(self, settled_after_s: float) -> dict[str, Any]:
        """Of each: what it was in the second quarter and in the last; its bound. Of counts the most.

        `flat` is None where the second quarter began before what is kept by age could have stopped growing.
        """
        total_s = self.at_s[-1] if self.at_s else 0.0
        known = total_s / 4 >= settled_after_s
        return {name: self._judged(name, values, total_s, known) for name, values in self.of.items()}

    def _judged(self, name: str, values: Sequence[float], total_s: float, known: bool) -> dict[str, Any]:
        usual = median if name.endswith("_mb") else max  # memory is unsteady; what can be counted must never be more
        second = usual(self._between(values, total_s / 4, total_s / 2))
        last = usual(self._between(values, 3 * total_s / 4, total_s))
        bound = max(second * MOST_GROWTH, second + self.grain[name])
        return {
            "second_quarter": round(second, 1),
            "last_quarter": round(last, 1),
            "bound": round(bound, 1),
            "flat": last <= bound if known else None,
        }

    def _between(self, values: Sequence[float], since_s: float, until_s: float) -> list[float]:
        """0 is no figure: what was asked was away."""
        return [v for at, v in zip(self.at_s, values, strict=True) if since_s <= at <= until_s and v] or [0.0]


def redis_sizes(client: redis.Redis) -> tuple[float, int] | None:
    """Megabytes that Redis holds, and how many keys; None while it does not answer."""
    try:
        info: Any = client.info("memory")
        size: Any = client.dbsize()
        return float(info["used_memory"]) / 1e6, int(size)
    except redis.RedisError:
        return None
