"""The simulated day, sent to Kafka at the pace of a clock. `svartid simulate` and the demo both run this.

May import: settings, clock, records, sending.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from streams.clock import Clock
from streams.settings import Settings
from streams.sources.records import Record, records
from streams.sources.sending import Outgoing, Sender

_CHUNK = 2000  # records made at a time; some 20 ms of work, after which others get their turn
_STEP_MIN_S, _STEP_MAX_S = 0.02, 0.25


@dataclass
class Sent:
    """What has been sent so far."""

    records: int = 0
    newest_ms: int | None = None
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, chunk: list[Record]) -> None:
        """Counts what was sent."""
        self.records += len(chunk)
        self.newest_ms = chunk[-1].timestamp_ms
        self.kinds.update(record.kind for record in chunk)


async def simulate(
    settings: Settings,
    scenario: str,
    seed: int,
    clock: Clock | None,
    hours: float,
    stop: asyncio.Event,
    *,
    start_ms: int | None = None,
    progress: Callable[[Sent], None] = lambda _: None,
) -> Sent:
    """Sends a scenario's records, as `send` does.

    The run starts at `start_ms`, or else at what the clock says, and ends after its hours. Raises `Unreachable`, and
    KeyError for an unknown scenario.
    """
    if start_ms is None:
        start_ms = (clock or Clock()).now_ms()
    return await send(settings, records(scenario, seed, start_ms, hours), clock, stop, progress=progress)


async def send(
    settings: Settings,
    stream: Iterator[Record],
    clock: Clock | None,
    stop: asyncio.Event,
    *,
    step_s: float = _STEP_MIN_S,
    progress: Callable[[Sent], None] = lambda _: None,
) -> Sent:
    """Sends records, in order of their time, when the clock reaches them; without a clock as fast as it goes.

    What comes due within a step of real time is sent together: longer ones are cheaper. Ends with the stream, or soon
    after `stop` is set. Raises `Unreachable`.
    """
    sent = Sent()
    async with Sender(settings) as sender:
        async for chunk in _due(stream, clock, stop, step_s):
            await sender.send(Outgoing(*record[:4]) for record in chunk)
            sent.add(chunk)
            progress(sent)
    return sent


async def _due(
    stream: Iterator[Record], clock: Clock | None, stop: asyncio.Event, step_s: float = _STEP_MIN_S
) -> AsyncIterator[list[Record]]:
    """Chunks of what is due."""
    chunk: list[Record] = []
    for record in stream:
        while clock and record.timestamp_ms > clock.now_ms() and not stop.is_set():
            if chunk:
                yield chunk
                chunk = []
            await _nap(max(clock.real_seconds(record.timestamp_ms - clock.now_ms()), step_s), stop)
        if stop.is_set():
            return
        chunk.append(record)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


async def _nap(seconds: float, stop: asyncio.Event) -> None:
    """Small steps: long enough for several records to come due, short enough to stop soon."""
    with suppress(TimeoutError):
        async with asyncio.timeout(min(seconds, _STEP_MAX_S)):
            await stop.wait()
