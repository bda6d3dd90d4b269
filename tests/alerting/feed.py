"""A simulated day on its way to Kafka: what came before the clock's origin at once, the rest when it is due."""

import asyncio
from collections.abc import Sequence

from streams.clock import Clock
from streams.settings import Settings
from streams.sources import feed
from streams.sources.wire import Record
from tests.ingest.background import InBackground

_STEP_S = 0.2  # four simulated seconds, where a scrape sees twenty; shorter ones cost a third more of the machine


def send(settings: Settings, records: Sequence[Record]) -> None:
    """At once; returns when Kafka has them."""
    asyncio.run(feed.send(settings, iter(records), None, asyncio.Event()))


class Feed(InBackground):
    """Sends at the pace of a clock, until the block is left."""

    ends_within_s = 30
    ends_when_left = True

    def __init__(self, settings: Settings, records: Sequence[Record], clock: Clock) -> None:
        super().__init__()
        self._settings, self._records, self._clock = settings, records, clock

    async def work(self) -> None:
        """Sends what is due."""
        await feed.send(self._settings, iter(self._records), self._clock, self.stop, step_s=_STEP_S)
