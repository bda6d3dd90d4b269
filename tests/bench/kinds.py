"""What an event costs, of calls (their conversations counted, or not), letters and surveys: decoded and folded by the
pure core, side by side.

Each log is of one partition at about the pace of a year of NKS' own: letters are answered after a day or two, a few are
moved first; who is asked answers two questions an hour later. May import: the core bench, standard library, orjson.
"""

import heapq
import random
import time
from collections.abc import Callable, Iterator
from statistics import median

import orjson

from config import load
from streams.cli.worker import tune_python
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState
from tests.bench.workload import BEGIN_MS, SEED, Record, make
from tests.terms import at_first

BATCH = 5_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
A_DAY = 3_000  # letters, and surveys
Told = tuple[int, str, dict[str, object]]


def measure(events: int, rounds: int) -> dict[str, list[float]]:
    """CPU microseconds an event, by kind and round. The kinds take turns."""
    tune_python()
    rules, calls = load().rules(), _calls(events)
    talked = at_first(rules, conversations=("chat", "phone"))
    logs = {
        "calls": (calls, rules),
        "calls and conversations": (calls, talked),
        "letters": (_log(_letters, events), rules),
        "surveys": (_log(_surveys, events), rules),
    }
    found: dict[str, list[float]] = {kind: [] for kind in logs}
    for number in range(rounds):
        for kind in list(logs)[:: 1 if number % 2 else -1]:
            found[kind].append(_folded(*logs[kind]))
    return found


def ratios(found: dict[str, list[float]]) -> dict[str, float]:
    """What an event of each kind costs of one of a call: the median of the rounds."""
    return {
        kind: median(mine / calls for mine, calls in zip(of, found["calls"], strict=True)) for kind, of in found.items()
    }


def _folded(records: list[Record], rules: Rules) -> float:
    state = PartitionState(rules)
    begun = time.process_time()
    for start in range(0, len(records), BATCH):
        fold(state, records[start : start + BATCH])
    took = time.process_time() - begun
    assert state.counters["accepted"] == len(records), state.counters
    return took / len(records) * 1e6


def _calls(events: int) -> list[Record]:
    records = make(events).records
    for offset, record in enumerate(records):
        record.offset = offset
    return records


def _letters(chance: random.Random, number: int, at: int) -> Iterator[Told]:
    placed: dict[str, object] = {"audience": "personbruker", "queue": chance.choice(("sto", "bto"))}
    yield at, "written.received", placed
    if chance.random() < 0.2:
        yield at + HOUR_MS, "written.moved", placed | {"queue": "sto"}
    yield at + round(chance.uniform(2, 60) * HOUR_MS), "written.answered", {}


def _surveys(chance: random.Random, number: int, at: int) -> Iterator[Told]:
    about: dict[str, object] = {"channel": "phone", "audience": "personbruker", "queue": "helse"}
    yield at, "survey.invited", about
    for question in ("solution", "service"):
        yield at + HOUR_MS, "survey.answered", about | {"question": question, "score": chance.randint(1, 6)}


def _log(kind: Callable[[random.Random, int, int], Iterator[Told]], events: int) -> list[Record]:
    """Its first events, in the order in which they happen."""
    chance = random.Random(SEED)
    coming: list[tuple[int, int, str, dict[str, object]]] = []
    for number in range(events):
        for at, what, told in kind(chance, number, BEGIN_MS + number * DAY_MS // A_DAY):
            heapq.heappush(coming, (at, len(coming) + number * 4, what, {"journey_id": f"j{number:x}", **told}))
    return [_record(offset, *heapq.heappop(coming)) for offset in range(events)]


def _record(offset: int, at: int, _: int, what: str, told: dict[str, object]) -> Record:
    event = {"schema_version": 1, "event_id": f"e{offset:x}", "type": what, "occurred_at": at, "source": "crm", **told}
    return Record(0, offset, at, str(told["journey_id"]).encode(), orjson.dumps(event))
