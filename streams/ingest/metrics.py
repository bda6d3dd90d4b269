"""What one worker says of itself: commits, lag, fencing, loop lag. May import: ingest, clocks, prometheus_client."""

import asyncio
import time
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.clocks import Clocks
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
        yield GaugeMetricFamily("svartid_worker_partitions", "Partitions that this worker owns.", len(owned))
        yield GaugeMetricFamily(
            "svartid_worker_journeys", "Journeys in memory.", sum(len(held.state.journeys) for held in owned)
        )
        yield CounterMetricFamily("svartid_worker_commits", "Batches committed.", partitions.commits)
        yield CounterMetricFamily("svartid_worker_commit_seconds", "Time spent committing.", partitions.commit_seconds)
        yield CounterMetricFamily(
            "svartid_worker_fenced", "Partitions lost to another worker in mid-batch.", partitions.fenced
        )
        yield GaugeMetricFamily(
            "svartid_worker_offsets_without_record",
            "Offsets passed over in what it owns: markers of transactions, compaction.",
            sum(held.offsets_without_record for held in owned),
        )
        yield GaugeMetricFamily(
            "svartid_worker_loop_lag_seconds", "How late the event loop was last.", self._lag.seconds
        )
        if self._checkpointer is not None:
            yield from _checkpoints(self._checkpointer)


class ClockCollector(Collector):
    """How far this machine's clock is from others'; no sample where that is not known."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks

    def collect(self) -> Iterator[Metric]:
        """Prometheus' hook."""
        family = GaugeMetricFamily(
            "svartid_clock_offset_seconds",
            "This machine's clock less another's; of brokers' only what a record that is read already tells.",
            labels=("than",),
        )
        for than, offset in (("redis", self._clocks.than_redis_ms), ("brokers", self._clocks.than_brokers_ms)):
            if offset is not None:
                family.add_metric((than,), offset / 1000)
        yield family


def _checkpoints(of: Checkpointer) -> Iterator[Metric]:
    yield CounterMetricFamily("svartid_worker_checkpoints", "Checkpoints written.", of.written)
    yield CounterMetricFamily("svartid_worker_checkpoints_failed", "Checkpoints that could not be written.", of.failed)
    yield CounterMetricFamily("svartid_worker_checkpoint_bytes", "Size of those written.", of.bytes)
    yield CounterMetricFamily("svartid_worker_checkpoint_seconds", "Time spent on them.", of.seconds)
    yield GaugeMetricFamily(
        "svartid_worker_checkpoint_age_seconds",
        "For how long a partition has had something that Redis alone has, at most.",
        of.unsaved_s,
    )
