"""The events of the benchmark: a busy phone line, made by a seeded generator. May import: standard library, orjson.

    entered --wait--> answered --talk--> contact.ended
    entered --wait--> abandoned -------> contact.ended

Contacts come at such a pace that some hundreds are open at any time, and their events are interleaved as in life.
"""

import heapq
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate, islice
from zlib import crc32
from zoneinfo import ZoneInfo

import orjson

SEED = 20_26
PARTITIONS = 6
OPEN = 500  # contacts at a time
BEGIN_MS = 1_767_225_600_000  # 2026-01-01T00:00Z
HANGING_UP_MS = 1_500  # the mean time from giving up to the end of the contact

MEAN_WAIT_MS = 4 * 60_000
MEAN_PATIENCE_MS = 22 * 60_000  # who runs out of it before being answered has abandoned
MEAN_TALK_MS = 9 * 60_000
MEAN_LIFE_MS = 11 * 60_000  # of a contact: what comes of the three
LONGEST_MS = 60 * 60_000  # far from `ghost_after`: no visit here is presumed lost
EVENTS_PER_S = 3 * OPEN * 1000 / MEAN_LIFE_MS  # 2.3, NKS' own pace

YEAR, ZONE = 2025, ZoneInfo("Europe/Oslo")
OPENS, OPEN_FOR_MS = time(9), 6 * 3_600_000
WHOLE_DAYS = 30  # working days: of those before, quarters of an hour are kept no more

Queues = Sequence[tuple[str, str, int]]  # audience, queue, share of the calls
QUEUES: Queues = (
    ("personbruker", "arbeid", 26),
    ("personbruker", "helse", 20),
    ("personbruker", "familie", 14),
    ("personbruker", "pensjon", 16),
    ("personbruker", "sosiale-tjenester", 8),
    ("personbruker", "internasjonalt", 4),
    ("samhandler", "arbeidsgiver", 6),
    ("samhandler", "lege-behandler", 4),
    ("samhandler", "kommune", 2),
)


@dataclass(slots=True)
class Truth:
    """What any job must have counted when it has read everything: the generator's own books."""

    entered: int = 0
    answered: int = 0
    abandoned: int = 0
    wait_sum_ms: int = 0  # of the answered


@dataclass(slots=True)
class Record:
    """One event on its way to a partition; `offset` and `timestamp` are what the broker will say of it."""

    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes
    timestamp_type: int = 0  # Kafka's usual kind: the producer's own


@dataclass(slots=True)
class Workload:
    """The events in the order in which they happen, and what is true of them."""

    records: list[Record]
    truth: Truth

    @property
    def mean_bytes(self) -> float:
        """Of an event's JSON."""
        return sum(len(record.value) for record in self.records) / max(1, len(self.records))

    @property
    def hours(self) -> float:
        """How much of the phone line's life this is."""
        return (self.records[-1].timestamp - self.records[0].timestamp) / 3_600_000 if self.records else 0.0


@dataclass(frozen=True, slots=True, order=True)
class _Step:
    """Something that happens to a contact. Ordered by when, then by contact."""

    at_ms: int
    contact: int
    type: str = field(compare=False)
    audience: str = field(compare=False)
    queue: str = field(compare=False)
    wait_ms: int = field(default=0, compare=False)


def make(
    events: int,
    *,
    begin_ms: int = BEGIN_MS,
    speed: float = 1.0,
    open_contacts: int = OPEN,
    queues: Queues = QUEUES,
    partitions: int = PARTITIONS,
) -> Workload:
    """The first `events` events of a phone line, all of whose times are `speed` times as short as in life."""
    chance, truth = random.Random(SEED), Truth()
    arrivals = _arrivals(chance, begin_ms, MEAN_LIFE_MS / open_contacts / speed)
    steps = islice(_life(chance, arrivals, speed, queues), events)
    return Workload(list(_records(steps, truth, partitions)), truth)


def many_queues(count: int) -> Queues:
    """So many, all as busy."""
    return tuple(("personbruker", f"q{n}", 1) for n in range(count))


def year(contacts: int, truth: Truth, queues: Queues = QUEUES, thin: int = 1) -> Iterator[Record]:
    """A year of a phone line with so many contacts, on its working days; books what is true of them as it goes.

    Who waits at closing time is answered, too. Of the days before the last `WHOLE_DAYS` one contact in `thin` comes.
    """
    chance, days = random.Random(SEED), _working_days()
    per_day = contacts // len(days)

    def arrivals() -> Iterator[int]:
        for place, day in enumerate(days, WHOLE_DAYS - len(days)):
            begin_ms = int(datetime.combine(day, OPENS, ZONE).timestamp() * 1000)
            come = per_day // (thin if place < 0 else 1)
            yield from sorted(begin_ms + chance.randrange(OPEN_FOR_MS) for _ in range(come))

    return _records(_life(chance, arrivals(), 1.0, queues), truth, PARTITIONS)


def _working_days() -> list[date]:
    days = (date(YEAR, 1, 1) + timedelta(days=n) for n in range(365))
    return [day for day in days if day.weekday() < 5]


def _records(steps: Iterable[_Step], truth: Truth, partitions: int) -> Iterator[Record]:
    offsets = [0] * partitions
    for number, step in enumerate(steps):
        key = b"j%x" % step.contact
        partition = crc32(key) % partitions
        _book(truth, step)
        yield Record(partition, offsets[partition], step.at_ms, key, _json(number, step))
        offsets[partition] += 1


def _arrivals(chance: random.Random, begin_ms: int, mean_gap_ms: float) -> Iterator[int]:
    """When contacts come; without end."""
    arrival_ms = float(begin_ms)
    while True:
        arrival_ms += chance.expovariate(1 / mean_gap_ms)
        yield int(arrival_ms)


def _life(chance: random.Random, arrivals: Iterable[int], speed: float, queues: Queues) -> Iterator[_Step]:
    """Every contact's steps, merged in the order in which they happen."""
    up_to = list(accumulate(share for _, _, share in queues))
    coming: list[_Step] = []
    for contact, arrival_ms in enumerate(arrivals, 1):
        audience, queue, _ = chance.choices(queues, cum_weights=up_to)[0]
        for step in _contact(chance, arrival_ms, contact, audience, queue, speed):
            heapq.heappush(coming, step)
        while coming[0].at_ms <= arrival_ms:
            yield heapq.heappop(coming)
    while coming:
        yield heapq.heappop(coming)


def _contact(chance: random.Random, at_ms: int, contact: int, audience: str, queue: str, speed: float) -> list[_Step]:
    wait_ms = _some_ms(chance, MEAN_WAIT_MS, speed)
    patience_ms = _some_ms(chance, MEAN_PATIENCE_MS, speed)
    outcome = "queue.answered" if wait_ms <= patience_ms else "queue.abandoned"
    out_ms = at_ms + min(wait_ms, patience_ms)
    end_ms = out_ms + _some_ms(chance, MEAN_TALK_MS if wait_ms <= patience_ms else HANGING_UP_MS, speed)
    return [
        _Step(at_ms, contact, "queue.entered", audience, queue),
        _Step(out_ms, contact, outcome, audience, queue, out_ms - at_ms),
        _Step(end_ms, contact, "contact.ended", audience, queue),
    ]


def _some_ms(chance: random.Random, mean_ms: int, speed: float) -> int:
    return 1 + int(min(chance.expovariate(1 / mean_ms), LONGEST_MS) / speed)


def _json(number: int, step: _Step) -> bytes:
    event: dict[str, object] = {
        "schema_version": 1,
        "event_id": f"e{number:x}",
        "type": step.type,
        "occurred_at": step.at_ms,
        "journey_id": f"j{step.contact:x}",
        "contact_id": f"c{step.contact:x}",
    }
    if step.type != "contact.ended":
        event["visit_id"] = f"v{step.contact:x}"
    if step.type == "queue.entered":
        event |= {"channel": "phone", "audience": step.audience}
    return orjson.dumps(event | {"queue": step.queue})


def _book(truth: Truth, step: _Step) -> None:
    if step.type == "queue.entered":
        truth.entered += 1
    elif step.type == "queue.answered":
        truth.answered += 1
        truth.wait_sum_ms += step.wait_ms
    elif step.type == "queue.abandoned":
        truth.abandoned += 1
