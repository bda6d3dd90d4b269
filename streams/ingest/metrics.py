"""What one worker says of itself: commits, lag, fencing, loop lag. May import: ingest, clocks, prometheus_client."""

import asyncio
import time
from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from streams.clocks import Clocks
from streams.core import series
from streams.families import family, single
from streams.ingest.checkpointing import Checkpointer
from streams.ingest.partitions import Partitions

_EVERY_S = 0.5


class LoopLag:
    """How late the event loop is: a long fold or a stall shows here first."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def run(self) -> None:
        """Measures until cancelled."""
        while True:
            due = time.perf_counter() + _EVERY_S
            await asyncio.sleep(_EVERY_S)
            self.seconds = max(0.0, time.perf_counter() - due)


class WorkerCollector(Collector):
    """Series of this process; labels name it no further than Prometheus' own `instance`."""

    def __init__(self, partitions: Partitions, lag: LoopLag, checkpointer: Checkpointer | None = None) -> None:
        self._partitions = partitions
        self._lag = lag
        self._checkpointer = checkpointer

    def collect(self) -> Iterator[Metric]:
        """Prometheus' hook."""
        partitions = self._partitions
        owned = partitions.owned.values()
        yield single(series.WORKER_PARTITIONS, len(owned))
        yield single(series.WORKER_JOURNEYS, sum(len(held.state.journeys) for held in owned))
        under_other = sum(held.state.under_other + held.state.ahead.under_other for held in owned)
        yield single(series.WORKER_JOURNEYS_OTHER_KEY, under_other)
        yield single(series.WORKER_COMMITS, partitions.commits)
        yield single(series.WORKER_COMMIT_SECONDS, partitions.commit_seconds)
        yield single(series.WORKER_FENCED, partitions.fenced)
        yield single(series.WORKER_HOLES, sum(held.offsets_without_record for held in owned))
        yield single(series.WORKER_LOOP_LAG, self._lag.seconds)
        if self._checkpointer is not None:
            yield from _checkpoints(self._checkpointer)


class ClockCollector(Collector):
    """How far this machine's clock is from others'; no sample where that is not known."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks

    def collect(self) -> Iterator[Metric]:
        """Prometheus' hook."""
        offsets = (("redis", self._clocks.than_redis_ms), ("brokers", self._clocks.than_brokers_ms))
        yield family(series.CLOCK_OFFSET, (((than,), None if ms is None else ms / 1000) for than, ms in offsets))


def _checkpoints(of: Checkpointer) -> Iterator[Metric]:
    yield single(series.WORKER_CHECKPOINTS, of.written)
    yield single(series.WORKER_CHECKPOINTS_FAILED, of.failed)
    yield single(series.WORKER_CHECKPOINT_BYTES, of.bytes)
    yield single(series.WORKER_CHECKPOINT_SECONDS, of.seconds)
    yield single(series.WORKER_CHECKPOINT_AGE, of.unsaved_s)
