"""Hundreds of schedules, some of them new each time; a failing one says how to see it again.

Thousands: `python -m tests.simulation --schedules 10000`.
"""

import os
import random
import subprocess
import sys
from collections import Counter

import pytest

from tests.faults.rows import by_row
from tests.faults.running import Note
from tests.simulation.run import simulate
from tests.simulation.schedule import FAULTS

FIXED = range(1, 101)
DRAWN = 40


def all_hold(seeds: range) -> Counter[str]:
    """Fails with the first schedule in which an invariant does not hold. Answers the faults that were injected."""
    faults: Counter[str] = Counter()
    for seed in seeds:
        outcome = simulate(seed)
        assert outcome.broken is None, f"{outcome.broken}\n    python -m tests.simulation --seed {seed}"
        faults += outcome.faults
    return faults


@pytest.mark.fault(1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 16, 25, 26)
def test_every_invariant_holds_in_the_same_schedules_each_time(record_property: Note) -> None:
    injected = all_hold(FIXED)
    assert injected.keys() == FAULTS.keys(), "each fault was injected"
    record_property("tries", by_row(injected))


@pytest.mark.fault(1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 16, 25, 26)
def test_every_invariant_holds_in_schedules_drawn_anew(record_property: Note) -> None:
    first = random.SystemRandom().randrange(1 << 30)
    print(f"seeds {first} to {first + DRAWN - 1}")
    record_property("tries", by_row(all_hold(range(first, first + DRAWN))))


@pytest.mark.parametrize("seed", [3, 4, 27])
def test_a_seed_repeats_its_schedule_to_the_letter(seed: int) -> None:
    first, second = simulate(seed), simulate(seed)
    assert len(first.trace) > 30
    assert first.trace == second.trace


def test_a_seed_repeats_its_schedule_in_another_process() -> None:
    """Where sets of words come in another order."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", "27"],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == f"seed 27, trace {simulate(27).trace_hash}: every invariant held"


def test_other_seeds_are_other_schedules() -> None:
    assert len({simulate(seed).trace_hash for seed in range(1, 11)}) == 10
