"""The pure core alone: decode and fold the benchmark's own bytes, batch by batch, with no Kafka and no Redis.

For whoever works on the hot path: seconds to run, and a profile on demand. The yardstick of the same run is
`orjson.loads` over the same bytes, so the ratio says more than the microseconds. May import: the core, config, the
workload.
"""

import cProfile
import pstats
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import orjson

from config import load
from streams.cli.worker import tune_python
from streams.core.fold import fold
from streams.core.state import PartitionState
from tests.bench.workload import Record, make
from tests.decoding import decode

BATCH = 5_000
RATIO = 9.5  # fold ÷ loads when it was last stored; a median beyond a tenth of it is worth a look
TOP = 35  # functions of a profile


@dataclass(frozen=True, slots=True)
class CoreRound:
    """CPU microseconds an event, of one round."""

    loads_us: float
    decode_us: float
    fold_us: float  # decode included

    @property
    def ratio(self) -> float:
        """How many times `orjson.loads` the fold costs."""
        return self.fold_us / self.loads_us


def run_core(events: int, rounds: int, batch: int = BATCH) -> list[CoreRound]:
    """Rounds over the events of one partition, each with a fresh state."""
    tune_python()
    records = _one_partition(events)
    return [_round(records, batch) for _ in range(rounds)]


def profile_core(events: int, batch: int = BATCH) -> None:
    """Prints where one pass of the fold spends its time, to standard error."""
    records = _one_partition(events)
    state = PartitionState(load().rules())
    with cProfile.Profile() as profile:
        for some in _batches(records, batch):
            fold(state, some)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(TOP)


def middle(rounds: list[CoreRound]) -> dict[str, float]:
    """The medians of the rounds."""
    return {
        "loads_us": median(r.loads_us for r in rounds),
        "decode_us": median(r.decode_us for r in rounds),
        "fold_us": median(r.fold_us for r in rounds),
        "ratio": median(r.ratio for r in rounds),
    }


def _one_partition(events: int) -> list[Record]:
    """Every event on one partition: what a worker sees that has them all to itself."""
    records = make(events).records
    for offset, record in enumerate(records):
        record.offset = offset
    return records


def _batches(records: list[Record], size: int) -> Iterator[list[Record]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def _round(records: list[Record], batch: int) -> CoreRound:
    values = [record.value for record in records]
    begun = time.process_time()
    for value in values:
        orjson.loads(value)
    parsed = time.process_time()
    for value in values:
        decode(value)
    decoded = time.process_time()
    state = PartitionState(load().rules())
    started = time.process_time()
    for some in _batches(records, batch):
        fold(state, some)
    folded = time.process_time()
    each = 1e6 / len(records)
    return CoreRound((parsed - begun) * each, (decoded - parsed) * each, (folded - started) * each)
