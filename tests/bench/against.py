"""This build beside another one, in pairs, so that what ails the machine ails both: `python -m tests.bench against`.

Each pair reads the same log to its end by both builds, the one that begins by turns. What is judged is the ratio of
their CPU pair by pair, by the interval in which its median lies with 95 % certainty. May import: the local parts, the
runner, the topics, the workload.
"""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from streams.local.parts import LocalParts
from streams.local.topics import create_topics
from tests.bench.jobs.stopwatch import Cost
from tests.bench.runner import Job, run
from tests.bench.topics import fill
from tests.bench.workload import PARTITIONS, make

TOPIC = "bench.whole"
RESAMPLES = 10_000
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """What one pair cost."""

    ours: Cost
    others: Cost

    @property
    def ratio(self) -> float:
        """Of the CPU of the worker's process; below 1 we take less."""
        return self.ours.cpu_s / self.others.cpu_s

    @property
    def steady_ratio(self) -> float:
        """The same of the second half of the events."""
        return self.ours.steady_cpu_s / self.others.steady_cpu_s


def measure(other: Path, events: int, pairs: int, say: Say) -> list[Pair]:
    """So many pairs in one run. Raises JobFailed."""
    say(f"making {events:,} events")
    workload = make(events)
    with LocalParts(on_progress=say) as parts:
        create_topics(parts.kafka_brokers, {TOPIC: PARTITIONS})
        fill(parts.kafka_brokers, TOPIC, workload.records)

        def cost(folder: Path | None, number: int) -> Cost:
            name = f"bench-{'ours' if folder is None else 'other'}-{number}"
            return run(parts, Job("svartid", TOPIC, name, events, workload.truth, folder=folder))

        done = []
        for number in range(pairs):
            turns = [None, other] if number % 2 else [other, None]
            found = {folder: cost(folder, number) for folder in turns}
            done.append(Pair(found[None], found[other]))
            say(f"pair {number + 1} of {pairs}: {done[-1].ratio:.3f} of the other's CPU")
    return done


def interval(ratios: list[float], seed: int = 0) -> tuple[float, float]:
    """Where the median of such ratios lies with 95 % certainty, by resampling them."""
    chance = random.Random(seed)
    medians = sorted(median(chance.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    return medians[round(0.025 * RESAMPLES)], medians[round(0.975 * RESAMPLES) - 1]


def show(console: Console, pairs: list[Pair]) -> None:
    """The ratios' medians and their intervals."""
    table = Table("this build's CPU, of the other's", "median", "95 % interval", "pairs")
    for what, ratios in _ratios(pairs).items():
        low, high = interval(ratios)
        table.add_row(what, f"{median(ratios):.3f}", f"{low:.3f} to {high:.3f}", str(len(ratios)))
    console.print(table)


def as_json(pairs: list[Pair]) -> dict[str, Any]:
    """Every pair, and what came of them."""
    summary = {what: {"median": median(r), "interval": interval(r)} for what, r in _ratios(pairs).items()}
    return {"pairs": [asdict(pair) for pair in pairs], **summary}


def _ratios(pairs: list[Pair]) -> dict[str, list[float]]:
    return {
        "whole": [pair.ratio for pair in pairs],
        "second half": [pair.steady_ratio for pair in pairs],
    }
