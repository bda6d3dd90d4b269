"""A busy phone line, sent at a steady pace to workers that run. May import: the sources, the workload."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from streams.clock import Clock
from streams.settings import Settings
from streams.sources.feed import Sent, send
from streams.sources.records import Record
from tests.bench.workload import EVENTS_PER_S, QUEUES, Queues, make
from tests.ingest.background import InBackground

OPENING_MS = 1_767_776_400_000  # 2026-01-07T10:00 in Oslo, a Wednesday: all channels are open
NEW_QUEUE = ("personbruker", "nytt", 10)  # which nobody has configured
DUE_MS = 200
WARM_S = 3.0  # of it is sent at once, so that contacts come and go from the start


def clock() -> Clock:
    """At the pace of real time, in opening hours whenever it is."""
    return Clock.starting_at(OPENING_MS, 1.0)


@dataclass
class Pace:
    """How fast it went: what was sent by when (seconds of time.monotonic)."""

    sent: list[tuple[float, int]] = field(default_factory=list)

    def per_s(self, since: float) -> float:
        """From then on, to the end."""
        paced = [one for one in self.sent if one[0] >= since]
        (began, first), (ended, last) = paced[0], paced[-1]
        return (last - first) / max(0.001, ended - began)


class Load(InBackground):
    """So many events a second for so long at most; leaving the block ends it, and what was sent is confirmed."""

    ends_when_left = True
    ends_within_s = 60.0

    def __init__(self, settings: Settings, rate_per_s: float, seconds: float, queues: Queues = QUEUES) -> None:
        super().__init__()
        self._settings = settings
        begin_ms = settings.clock.now_ms() - round(WARM_S * 1000)
        events = round(rate_per_s * (seconds + WARM_S))
        made = make(events, begin_ms=begin_ms, speed=rate_per_s / EVENTS_PER_S, queues=queues)
        self._stream = iter([Record("phone", r.key, r.value, r.timestamp, "") for r in made.records])
        self.pace = Pace()
        self.records = self._newest_ms = 0

    async def work(self) -> None:
        """At the pace of the installation's clock."""
        sent = await send(self._settings, self._streamed(), self._settings.clock, self.stop, progress=self._note)
        self.records = sent.records

    @property
    def keeps_pace(self) -> bool:
        """Whether all was sent that is due: what came due while it was made is sent at once."""
        return self._settings.clock.now_ms() - self._newest_ms < DUE_MS

    def _streamed(self) -> Iterator[Record]:
        yield from self._stream

    def _note(self, sent: Sent) -> None:
        self.pace.sent.append((time.monotonic(), sent.records))
        self._newest_ms = sent.newest_ms or 0
