"""The simulator's engine against theory: the same engine as for a whole day, given one queue that never changes.

With constant rates and exponential times it is an M/M/n queue, with or without patience. Each figure is estimated by
batch means from one long run whose beginning is left out; theory must lie within the estimate's 99.9 % interval, and
the interval must be narrow enough to tell. Seeds are fixed, so that this never fails by chance.
"""

from collections.abc import Callable
from functools import cache
from math import sqrt
from statistics import mean, stdev
from typing import NamedTuple

import pytest

from streams.sources.durations import NEVER, Exponential
from streams.sources.erlang import ErlangA, ErlangC
from streams.sources.model import ALL_DAY, Centre, Line, Pool, QueueName
from streams.sources.simulator import events

START_MS = 1_741_046_400_000  # 2025-03-04T00:00Z
SERVICE_S, PATIENCE_S = 240.0, 300.0
CALLERS, WARM_UP, BATCHES = 62_000, 2_000, 25
T_999 = 3.745  # Student's t for 24 degrees of freedom, 99.9 % two-sided


class Caller(NamedTuple):
    wait_s: float
    answered: bool


@cache
def simulated(agents: int, per_hour: float, patience_s: float | None, seed: int) -> list[Caller]:
    name = QueueName("phone", "personbruker", "helse")
    patience = Exponential(patience_s) if patience_s else NEVER
    centre = Centre(
        timezone="UTC",
        hours={"phone": (0, 24)},
        lines=(Line(name, "all", per_hour * 24, ALL_DAY),),
        pools={"all": Pool(agents, Exponential(SERVICE_S), patience)},
    )
    entered: dict[str, int] = {}
    exits: dict[str, Caller] = {}
    for ms, event in events("normal", seed, START_MS, CALLERS / per_hour, centre):
        if event["type"] == "queue.entered":
            entered[event["visit_id"]] = ms
        elif event["type"] in ("queue.answered", "queue.abandoned"):
            wait_s = (ms - entered[event["visit_id"]]) / 1000
            exits[event["visit_id"]] = Caller(wait_s, event["type"] == "queue.answered")
    in_order = [exits[visit] for visit in entered if visit in exits]
    return in_order[WARM_UP:]


def estimate(callers: list[Caller], figure: Callable[[list[Caller]], float]) -> tuple[float, float]:
    """The figure and half the width of its 99.9 % interval, by batch means."""
    size = len(callers) // BATCHES
    batches = [figure(callers[n * size : (n + 1) * size]) for n in range(BATCHES)]
    return mean(batches), T_999 * stdev(batches) / sqrt(BATCHES)


def agrees(callers: list[Caller], figure: Callable[[list[Caller]], float], theory: float) -> None:
    measured, margin = estimate(callers, figure)
    assert abs(measured - theory) <= margin, f"{measured:.4g} ± {margin:.2g}, theory says {theory:.4g}"
    assert margin <= 0.35 * theory, f"± {margin:.2g} is too wide to tell"


def delayed(callers: list[Caller]) -> float:
    return mean(caller.wait_s > 0 for caller in callers)


def mean_wait(callers: list[Caller]) -> float:
    return mean(caller.wait_s for caller in callers)


def mean_wait_of_answered(callers: list[Caller]) -> float:
    return mean(caller.wait_s for caller in callers if caller.answered)


def within_a_minute(callers: list[Caller]) -> float:
    return mean(caller.wait_s <= 60 for caller in callers)


def abandoned(callers: list[Caller]) -> float:
    return mean(not caller.answered for caller in callers)


@pytest.mark.parametrize(("agents", "load", "seed"), [(1, 0.5, 1), (4, 0.6, 2), (10, 0.7, 3)])
def test_with_endless_patience_it_is_erlang_c(agents: int, load: float, seed: int) -> None:
    per_hour = load * agents * 3600 / SERVICE_S
    callers, theory = simulated(agents, per_hour, None, seed), ErlangC(agents, per_hour / 3600, 1 / SERVICE_S)
    agrees(callers, delayed, theory.delayed)
    agrees(callers, mean_wait, theory.mean_wait)
    agrees(callers, within_a_minute, theory.within(60))


@pytest.mark.parametrize(("agents", "load", "seed"), [(1, 0.8, 4), (10, 1.0, 5), (30, 1.2, 6)])
def test_with_patience_it_is_erlang_a(agents: int, load: float, seed: int) -> None:
    per_hour = load * agents * 3600 / SERVICE_S
    callers = simulated(agents, per_hour, PATIENCE_S, seed)
    theory = ErlangA(agents, per_hour / 3600, 1 / SERVICE_S, 1 / PATIENCE_S)
    agrees(callers, delayed, theory.delayed)
    agrees(callers, mean_wait, theory.mean_wait)
    agrees(callers, mean_wait_of_answered, theory.mean_wait_of_answered)
    agrees(callers, abandoned, theory.abandoned)


def test_the_interval_would_tell_a_wrong_theory() -> None:
    """One agent more than there is, and it no longer fits."""
    per_hour = 0.6 * 4 * 3600 / SERVICE_S
    callers, wrong = simulated(4, per_hour, None, 2), ErlangC(5, per_hour / 3600, 1 / SERVICE_S)
    with pytest.raises(AssertionError, match="theory says"):
        agrees(callers, mean_wait, wrong.mean_wait)
