"""Runs schedules: many, with a table at the end, or one again to the letter.

python -m tests.simulation --schedules 10000 --jobs 2 --json simulated.json
python -m tests.simulation --seed 7
"""

import argparse
import gc
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from tests.faults.notes import Notes, Tried
from tests.faults.rows import by_row
from tests.simulation.run import simulate
from tests.simulation.schedule import FAULTS
from tests.simulation.world import Outcome

NAME = "python -m tests.simulation"
AT_ONCE = 20  # schedules that a job is given
out, err = Console(), Console(stderr=True)


@dataclass
class Tally:
    """What many schedules came to."""

    schedules: int = 0
    commits: int = 0
    steps: int = 0
    simulated_s: float = 0.0
    slowest_recovery_s: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    broken: dict[int, str] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self.schedules += 1
        self.commits += outcome.commits
        self.steps += outcome.steps
        self.simulated_s += outcome.lasted_s
        self.slowest_recovery_s = max(self.slowest_recovery_s, outcome.recovered_s)
        self.faults += outcome.faults
        self.ends += outcome.ends
        if outcome.broken:
            self.broken[outcome.seed] = outcome.broken


def main() -> None:
    """Exits with 1 where an invariant did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, help="one schedule, with its trace")
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument(
        "--first", type=int, default=None, help="their first seed; drawn by chance where it is not given"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="where to write the table as JSON")
    asked = parser.parse_args()
    if asked.seed is not None:
        sys.exit(replay(asked.seed))
    first = asked.first if asked.first is not None else random.SystemRandom().randrange(1 << 30)
    out.print(f"seeds {first} to {first + asked.schedules - 1}")
    began = time.monotonic()
    tally = run_many(range(first, first + asked.schedules), asked.jobs)
    per_minute = round(60 * tally.schedules / (time.monotonic() - began))
    tell(tally, per_minute)
    if asked.json:
        asked.json.write_text(json.dumps(as_json(tally, first, per_minute), indent=2) + "\n")
    sys.exit(1 if tally.broken else 0)


def replay(seed: int) -> int:
    """One schedule, with all that happened in it."""
    outcome = simulate(seed)
    out.print("\n".join(outcome.trace), markup=False, highlight=False, soft_wrap=True)
    out.print(f"seed {seed}, trace {outcome.trace_hash}: {outcome.broken or 'every invariant held'}", markup=False)
    return 1 if outcome.broken else 0


def run_many(seeds: range, jobs: int) -> Tally:
    """So many schedules, spread over so many processes; each that fails is told at once, and how to see it again."""
    tally = Tally()
    chunks = [seeds[at : at + AT_ONCE] for at in range(0, len(seeds), AT_ONCE)]
    columns = ("schedules", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        ProcessPoolExecutor(jobs, initializer=_seldom_look_for_cycles) as pool,
        Progress(*columns, console=err) as progress,
    ):
        task = progress.add_task("schedules", total=len(seeds))
        for outcomes in pool.map(_run_chunk, chunks):
            for outcome in outcomes:
                tally.add(outcome)
                if outcome.broken:
                    err.print(f"{outcome.broken}\n    python -m tests.simulation --seed {outcome.seed}", markup=False)
            progress.advance(task, len(outcomes))
    return tally


def _seldom_look_for_cycles() -> None:
    """A world is one great cycle and soon over; what was imported is none."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _run_chunk(seeds: Iterable[int]) -> list[Outcome]:
    outcomes = [simulate(seed) for seed in seeds]
    for outcome in outcomes:
        outcome.trace.clear()  # too much to send, and a replay makes it anew
    return outcomes


def tell(tally: Tally, per_minute: int) -> None:
    """The table, for people."""
    table = Table("fault", "injected")
    for what in FAULTS:
        table.add_row(what, f"{tally.faults[what]}")
    out.print(table)
    ends = ", ".join(f"{count} {why}" for why, count in tally.ends.most_common())
    out.print(f"workers ended: {ends or 'none'}")
    out.print(
        f"{tally.schedules} schedules, {tally.commits} commits, {tally.steps} steps, {tally.simulated_s / 3600:.1f} "
        f"simulated hours; slowest recovery {tally.slowest_recovery_s:.1f} s; {per_minute} schedules a minute"
    )
    out.print(f"invariants broken in {len(tally.broken)} schedules: {sorted(tally.broken)[:20]}", markup=False)


def as_json(tally: Tally, first: int, per_minute: int) -> dict[str, Any]:
    """The same for programs; the rows as every run of faults has them."""
    notes = Notes(f"{NAME} --schedules {tally.schedules} --first {first}")
    for row, tries in by_row(tally.faults).items():
        notes.rows[row] = Tried([NAME], tries, len(tally.broken), simulated=tries)  # nobody can say of which it was
    return notes.as_json() | {
        "first_seed": first,
        "schedules": tally.schedules,
        "schedules_per_minute": per_minute,
        "commits": tally.commits,
        "steps": tally.steps,
        "simulated_s": round(tally.simulated_s),
        "slowest_recovery_s": round(tally.slowest_recovery_s, 1),
        "faults": {what: tally.faults[what] for what in FAULTS},
        "workers_ended": dict(tally.ends),
        "broken": {str(seed): what for seed, what in sorted(tally.broken.items())},
    }


if __name__ == "__main__":
    main()
