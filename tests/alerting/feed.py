"""A simulated day on its way to Kafka: what came before the clock's origin at once, the rest when it is due."""

import asyncio
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from streams.clock import Clock
from streams.settings import Settings
from streams.sources.sending import Outgoing, Sender
from streams.sources.wire import Record

_STEP_S = 0.2
_ENDS_WITHIN_S = 30.0


def send(settings: Settings, records: Iterable[Record]) -> None:
    """At once; returns when Kafka has them."""

    async def run() -> None:
        async with Sender(settings) as sender:
            await sender.send(Outgoing(*record[:4]) for record in records)

    asyncio.run(run())


class Feed:
    """A thread that sends at the pace of a clock, for a `with` block; leaving it raises what went wrong."""

    def __init__(self, settings: Settings, records: list[Record], clock: Clock) -> None:
        self._settings, self._records, self._clock = settings, records, clock
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(_ENDS_WITHIN_S)
        assert not self._thread.is_alive(), "the feed did not end"
        if self._failure is not None and error is None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._send())
        except BaseException as failure:
            self._failure = failure

    async def _send(self) -> None:
        sent = 0
        async with Sender(self._settings) as sender:
            while sent < len(self._records) and not self._stop.is_set():
                now_ms, due = self._clock.now_ms(), sent
                while due < len(self._records) and self._records[due].timestamp_ms <= now_ms:
                    due += 1
                await sender.send(Outgoing(*record[:4]) for record in self._records[sent:due])
                sent = due
                await asyncio.sleep(_STEP_S)
