"""This build beside another one, in pairs, so that what ails the machine ails both: `python -m tests.bench against`.

In each pair both builds read the same log to its end at the same time, a core for each, and not before Kafka and Valkey
are done with what came before: one after the other, a machine that is slow for a moment was so for one alone. What is
judged is the ratio of their CPU pair by pair. Who is started first may have an advantage: so they take turns, the
middle of the pairs in which we are first and that of the others are found each by itself, and their geometric mean is
free of it (a cross-over design). Its interval is found by resampling each of the two. May import: the local parts, the
runner, the topics, the workload, psutil.
"""

import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from streams.local.parts import LocalParts
from streams.local.topics import create_topics
from tests.bench.jobs.stopwatch import Cost
from tests.bench.runner import Job, run_beside
from tests.bench.topics import fill
from tests.bench.workload import PARTITIONS, make

TOPIC = "bench.whole"
RESAMPLES = 10_000
QUIET = 3.0  # percent of a core
QUIET_WITHIN_S = 60.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """What one pair cost."""

    ours: Cost
    others: Cost
    ours_first: bool

    @property
    def ratio(self) -> float:
        """Of the CPU of the worker's process; below 1 we take less."""
        return self.ours.cpu_s / self.others.cpu_s

    @property
    def steady_ratio(self) -> float:
        """The same of the second half of the events."""
        return self.ours.steady_cpu_s / self.others.steady_cpu_s


def measure(other: Path, events: int, pairs: int, say: Say) -> list[Pair]:
    """So many pairs in one run, two at least. Raises JobFailed."""
    say(f"making {events:,} events")
    workload = make(events)
    with LocalParts(on_progress=say) as parts:
        create_topics(parts.kafka_brokers, {TOPIC: PARTITIONS})
        fill(parts.kafka_brokers, TOPIC, workload.records)

        def job(folder: Path | None, number: int) -> Job:
            name = f"bench-{'ours' if folder is None else 'other'}-{number}"
            return Job("svartid", TOPIC, name, events, workload.truth, folder=folder)

        done = []
        for number in range(pairs):
            ours_first = bool(number % 2)
            _settle([psutil.Process(pid) for pid in (parts.kafka.pid, parts.valkey.pid)])
            in_turn = [None, other] if ours_first else [other, None]
            costs = run_beside(parts, [job(folder, number) for folder in in_turn])
            found = dict(zip(in_turn, costs, strict=True))
            done.append(Pair(found[None], found[other], ours_first))
            say(f"pair {number + 1} of {pairs}: {done[-1].ratio:.3f} of the other's CPU")
    return done


def _settle(servers: list[psutil.Process]) -> None:
    """Waits until they have no work left of what came before, which would make this machine slower for what comes."""
    give_up_at = time.monotonic() + QUIET_WITHIN_S
    while time.monotonic() < give_up_at:
        if sum(server.cpu_percent(interval=0.5) for server in servers) < QUIET * len(servers):
            return


def middle(pairs: list[Pair], of: Callable[[Pair], float]) -> float:
    """The ratio, whoever begins."""
    return _middle(*_by_turn(pairs, of))


def interval(pairs: list[Pair], of: Callable[[Pair], float], seed: int = 0) -> tuple[float, float]:
    """Where it lies with 95 % certainty."""
    chance = random.Random(seed)
    turns = _by_turn(pairs, of)
    found = sorted(_middle(*(chance.choices(ratios, k=len(ratios)) for ratios in turns)) for _ in range(RESAMPLES))
    return found[round(0.025 * RESAMPLES)], found[round(0.975 * RESAMPLES) - 1]


def _by_turn(pairs: list[Pair], of: Callable[[Pair], float]) -> list[list[float]]:
    return [[of(pair) for pair in pairs if pair.ours_first is first] for first in (True, False)]


def _middle(ours_first: list[float], others_first: list[float]) -> float:
    return sqrt(median(ours_first) * median(others_first))


def show(console: Console, pairs: list[Pair]) -> None:
    """The ratios and their intervals."""
    table = Table("this build's CPU, of the other's", "ratio", "95 % interval", "pairs")
    for what, of in RATIOS.items():
        low, high = interval(pairs, of)
        table.add_row(what, f"{middle(pairs, of):.3f}", f"{low:.3f} to {high:.3f}", str(len(pairs)))
    console.print(table)


def as_json(pairs: list[Pair]) -> dict[str, Any]:
    """Every pair, and what came of them."""
    summary = {what: {"ratio": middle(pairs, of), "interval": interval(pairs, of)} for what, of in RATIOS.items()}
    return {"pairs": [asdict(pair) for pair in pairs], **summary}


RATIOS: dict[str, Callable[[Pair], float]] = {
    "whole": lambda pair: pair.ratio,
    "second half": lambda pair: pair.steady_ratio,
}
