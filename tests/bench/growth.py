"""How the cost of an event grows with what there is: open contacts, queues, panes kept, events a batch.

Decoding, folding and packing of one partition, with no Kafka and no Redis: what is flat here is flat in a worker, whose
other costs are by the batch. May import: the core, layout, config, the workload.
"""

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count

import orjson

from config import load
from streams.cli.worker import tune_python
from streams.core.fold import Record, fold
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest.layout import arguments, changed
from streams.ingest.segments import Segments
from streams.keys import Keys
from streams.sealed import Seal
from tests.bench import workload
from tests.bench.workload import BEGIN_MS, MEAN_LIFE_MS, QUEUES, make, many_queues
from tests.terms import at_first

OPEN_CONTACTS = (1_000, 10_000, 100_000, 1_000_000)
QUEUE_COUNTS = (10, 100, 1_000, 10_000)
PANES_KEPT_MIN = (15, 75, 300, 1_440)
BATCHES = (1, 10, 100, 1_000, 10_000)
BATCH = 1_000
HOUR_MS = 3_600_000
LONG_MS = 50 * HOUR_MS  # of which half is measured: as long as panes are kept
BUSY = 40.0  # times the pace of NKS: a partition's events lie as thick as panes can make a difference

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: of what there was so much, and CPU microseconds an event."""

    of: str
    amount: int
    fold_us: float
    pack_us: float
    ratio: float  # both, in units of `orjson.loads` over the same bytes in the same run


def measure(events: int, say: Say) -> list[Point]:
    """Every series, one after the other."""
    tune_python()
    rules, points = load().rules(), []
    for point in _points(events, rules):
        say(f"{point.of} {point.amount:,}: fold {point.fold_us:.2f} us, pack {point.pack_us:.2f} us an event")
        points.append(point)
    return points


def _points(events: int, rules: Rules) -> Iterator[Point]:
    usual = make(events, speed=BUSY, partitions=1).records
    for amount in OPEN_CONTACTS:
        yield _point("open contacts", amount, usual, rules, waiting=amount)
    for amount in QUEUE_COUNTS:
        queues = many_queues(amount)
        known = {("phone", audience, queue): f"phone/{audience}/{queue}" for audience, queue, _ in queues}
        records = make(events, speed=BUSY, queues=queues, partitions=1).records
        yield _point("queues", amount, records, replace(rules, lines=known))
    long = make(events, open_contacts=events * MEAN_LIFE_MS // (3 * LONG_MS), partitions=1).records
    for amount in PANES_KEPT_MIN:
        kept = replace(rules, pane_retention_ms=amount * 60_000)
        yield _point("minutes of panes kept", amount, long, kept)
    for amount in BATCHES:
        yield _point("events a batch", amount, usual, rules, batch=amount)


def _point(
    of: str, amount: int, records: list[workload.Record], rules: Rules, *, waiting: int = 0, batch: int = BATCH
) -> Point:
    """The second half of the records, so that what there is in the beginning is there."""
    state, segments = PartitionState(at_first(rules, ghost_after_ms=24 * HOUR_MS)), Segments()
    numbered = _numbered([*_entries(waiting), *records])
    before = len(numbered) - len(records) // 2
    _commits(state, segments, _batches(numbered[:before], max(batch, BATCH)))
    gc.collect()
    fold_s, pack_s = _commits(state, segments, _batches(numbered[before:], batch))
    each = 1e6 / (len(numbered) - before)
    loads_us = _loads_s(numbered[before:]) * each
    fold_us, pack_us = fold_s * each, pack_s * each
    return Point(of, amount, fold_us, pack_us, (fold_us + pack_us) / loads_us)


def _entries(waiting: int) -> Iterator[workload.Record]:
    """So many contacts that entered before all else, and wait on."""
    for n in range(waiting):
        at_ms, (audience, queue, _) = BEGIN_MS - HOUR_MS + n * HOUR_MS // waiting, QUEUES[n % len(QUEUES)]
        ids = f'"journey_id":"wj{n}","contact_id":"wc{n}","visit_id":"wv{n}"'
        where = f'"channel":"phone","audience":"{audience}","queue":"{queue}"'
        value = f'{{"schema_version":1,"type":"queue.entered","occurred_at":{at_ms},{ids},{where}}}'
        yield workload.Record(0, 0, at_ms, b"", value.encode())


def _numbered(records: list[workload.Record]) -> list[workload.Record]:
    for offset, record in zip(count(), records):  # one of them never ends
        record.offset = offset
    return records


def _batches(records: list[workload.Record], size: int) -> Iterator[list[workload.Record]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def _commits(state: PartitionState, segments: Segments, batches: Iterable[Iterable[Record]]) -> tuple[float, float]:
    """CPU seconds of all folds, and of packing what they changed for Redis."""
    fold_s = pack_s = 0.0
    seals = [Seal(key) for key in Keys("growth").partition("topic-0").committed()]
    for batch in batches:
        started = time.process_time()
        changes = fold(state, batch)
        folded = time.process_time()
        arguments("1", changes.from_offset, changes.to_offset, changed(state, segments, changes, 0, None), seals)
        fold_s, pack_s = fold_s + folded - started, pack_s + time.process_time() - folded
    return fold_s, pack_s


def _loads_s(records: list[workload.Record]) -> float:
    started = time.process_time()
    for record in records:
        orjson.loads(record.value)
    return time.process_time() - started
