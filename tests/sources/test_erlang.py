"""The formulas against published figures, and against what they must agree on among themselves."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from streams.sources.erlang import ErlangA, ErlangC, blocking


@pytest.mark.parametrize(
    ("agents", "load", "share"),
    [
        (1, 1, 1 / 2),  # B = a / (1 + a)
        (2, 1, 1 / 5),  # (1/2) / (1 + 1 + 1/2)
        (3, 2, 4 / 19),  # (8/6) / (1 + 2 + 2 + 8/6)
        (10, 5, 0.018385),  # any traffic table
        (0, 7, 1),
    ],
)
def test_erlang_b(agents: int, load: float, share: float) -> None:
    assert blocking(agents, load) == approx(share, abs=5e-7)


def test_one_server_is_the_textbook_queue() -> None:
    queue = ErlangC(agents=1, arrival_rate=0.8, service_rate=1)
    assert queue.delayed == approx(0.8)  # the server is busy
    assert queue.mean_wait == approx(4)  # 0.8 / (1 - 0.8)
    assert queue.within(0) == approx(0.2)


def test_erlang_c_as_the_documentation_of_an_independent_implementation_has_it() -> None:
    """100 calls in 30 minutes, 180 s each, 14 agents: R package ErlangC, README."""
    queue = ErlangC(agents=14, arrival_rate=100 / 1800, service_rate=1 / 180)
    assert queue.delayed == approx(0.1741319, abs=1e-7)
    assert queue.within(20) == approx(0.88835, abs=1e-5)
    assert queue.mean_wait == approx(7.83593701, abs=1e-7)  # seconds


def test_the_comparison_that_made_the_case_for_erlang_a() -> None:
    """50 agents, 48 calls a minute of a minute each, patience 2 minutes (Garnett, Mandelbaum, Reiman 2002, table 1)."""
    patient, impatient = ErlangC(50, 48, 1), ErlangA(50, 48, 1, 1 / 2)
    assert patient.mean_wait * 60 == approx(20.8, abs=0.05)
    assert impatient.mean_wait * 60 == approx(3.7, abs=0.05)
    assert impatient.abandoned == approx(0.031, abs=0.0005)
    assert 48 * impatient.mean_wait == approx(3, abs=0.05)  # the mean queue
    assert 48 * (1 - impatient.abandoned) / 50 == approx(0.93, abs=0.005)  # occupancy


def _by_brute_force(queue: ErlangA) -> tuple[float, float]:
    """(delayed, mean wait) from all state probabilities, in logarithms."""
    weights = [0.0]
    for k in range(1, 4000):
        leaving = min(k, queue.agents) * queue.service_rate + max(k - queue.agents, 0) * queue.patience_rate
        weights.append(weights[-1] + log(queue.arrival_rate / leaving))
    most = max(weights)
    chances = [exp(weight - most) for weight in weights]
    waiting = sum((k - queue.agents) * chance for k, chance in enumerate(chances) if k > queue.agents)
    return sum(chances[queue.agents :]) / sum(chances), waiting / sum(chances) / queue.arrival_rate


@given(agents=st.integers(1, 300), load=st.floats(0.05, 2), patience=st.floats(0.05, 10))
def test_erlang_a_is_the_sum_over_its_states(agents: int, load: float, patience: float) -> None:
    queue = ErlangA(agents, load * agents, 1, 1 / patience)
    delayed, mean_wait = _by_brute_force(queue)
    assert queue.delayed == approx(delayed, rel=1e-9)
    assert queue.mean_wait == approx(mean_wait, rel=1e-9)


def test_the_waits_of_the_answered_in_the_limits() -> None:
    """Hardly any calls: who finds the agent busy needs one departure. Far too many: the patient half is answered."""
    rare = ErlangA(agents=1, arrival_rate=1e-6, service_rate=1, patience_rate=1)
    assert rare.abandoned == approx(1e-6 / 2, rel=1e-4)  # busy (1e-6), and patience is the first of two equal clocks
    assert rare.mean_wait_of_answered == approx(1e-6 / 4, rel=1e-4)  # the other half, after the first of the two: 1/2
    flooded = ErlangA(agents=4000, arrival_rate=8000, service_rate=1, patience_rate=1)
    assert flooded.mean_wait_of_answered == approx(log(2), rel=1e-3)  # half of all have this much patience
    assert flooded.mean_wait == approx(1 / 2, rel=1e-3)


@given(agents=st.integers(1, 100), load=st.floats(0.05, 0.9))
def test_with_endless_patience_a_becomes_c(agents: int, load: float) -> None:
    patient, nearly = ErlangC(agents, load * agents, 1), ErlangA(agents, load * agents, 1, 1e-9)
    assert nearly.delayed == approx(patient.delayed, rel=1e-4)
    assert nearly.mean_wait == approx(patient.mean_wait, rel=1e-4)
    assert nearly.mean_wait_of_answered == approx(patient.mean_wait, rel=1e-4)


def test_nothing_overflows() -> None:
    swamped = ErlangA(agents=10, arrival_rate=1000, service_rate=1, patience_rate=0.01)
    assert swamped.abandoned == approx(0.99, rel=1e-6)  # 10 of 1000 are served
    assert ErlangA(5000, 5500, 1, 0.1).abandoned == approx(1 / 11, rel=1e-4)
    assert ErlangA(5000, 10, 1, 0.1).abandoned == 0
    assert ErlangC(5000, 4990, 1).mean_wait == approx(0.0834, abs=5e-4)  # Halfin and Whitt's limit


def test_a_queue_that_grows_for_ever_has_no_mean() -> None:
    with pytest.raises(ValueError, match="grows for ever"):
        ErlangC(agents=10, arrival_rate=10, service_rate=1)
    with pytest.raises(ValueError, match="Erlang C"):
        ErlangA(10, 12, 1, patience_rate=0)
