"""The scale of waits: what lies on it, how fine it is, and what is not known between an earlier one's edges."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.cells import refined
from streams.core.histogram import counts, of_counts
from streams.core.measures import ANSWERED_WAITS
from streams.core.reading import WaitStats
from streams.core.scale import BEYOND_MS, EDGES_MS, bucket_of, is_on_scale, neighbours

S, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
COARSE = (MINUTE, 3 * MINUTE, 10 * MINUTE)


def test_each_step_is_as_fine_as_is_said() -> None:
    for below, step in ((2 * MINUTE, 5 * S), (10 * MINUTE, 10 * S), (30 * MINUTE, 30 * S), (HOUR, MINUTE)):
        assert max(b - a for a, b in pairwise((0, *EDGES_MS)) if b <= below) == step
    assert all((b - a) / b <= 0.1 for a, b in pairwise(EDGES_MS) if 10 * MINUTE <= b <= DAY)


@pytest.mark.parametrize(
    "ms", [5 * S, 20 * S, 3 * MINUTE, 390 * S, 7 * MINUTE, 10 * MINUTE, 45 * MINUTE, HOUR, 36 * HOUR]
)
def test_what_somebody_would_promise_is_on_it(ms: int) -> None:
    assert is_on_scale(ms)


def test_what_is_not_on_it_has_neighbours() -> None:
    assert neighbours(7 * S) == (5 * S, 10 * S)
    assert neighbours(S) == (5 * S,)
    assert neighbours(EDGES_MS[-1] + 1) == (EDGES_MS[-1],)
    assert not is_on_scale(7 * S)


@given(st.integers(0, BEYOND_MS))
def test_a_wait_lies_in_the_first_step_that_it_does_not_exceed(ms: int) -> None:
    place = bucket_of(ms)
    assert place == len(EDGES_MS) or ms <= EDGES_MS[place]
    assert place == 0 or ms > EDGES_MS[place - 1]


def test_of_a_coarser_scale_it_is_known_what_that_knew() -> None:
    """Of an earlier scale: 2 waits up to 1 min, 3 up to 3 min, 1 up to 10 min, 4 longer than that."""
    cell = {ANSWERED_WAITS.count: 10, ANSWERED_WAITS.histogram: of_counts({0: 2, 1: 3, 2: 1, 3: 4})}
    made = refined(cell, COARSE)
    assert made[ANSWERED_WAITS.coarse] == 10
    stats = WaitStats.of(made, ANSWERED_WAITS, frozenset(COARSE))
    assert [stats.within(edge) for edge in COARSE] == [2, 5, 6]
    assert [stats.within(edge) for edge in (30 * S, 2 * MINUTE, 5 * MINUTE, HOUR)] == [None] * 4
    assert (stats.quantile_ms(0.2), stats.quantile_ms(0.5), stats.quantile_ms(0.9)) == (MINUTE, 3 * MINUTE, None)


@given(st.lists(st.integers(0, 2 * HOUR), max_size=30))
def test_a_share_within_an_earlier_edge_stays_exact(waits: list[int]) -> None:
    places = [sum(edge < wait for edge in COARSE) for wait in waits]
    coarse = {place: places.count(place) for place in set(places)}
    stats = WaitStats.of(
        refined({ANSWERED_WAITS.count: len(waits), ANSWERED_WAITS.histogram: of_counts(coarse)}, COARSE),
        ANSWERED_WAITS,
        frozenset(COARSE),
    )
    for edge in COARSE:
        assert stats.within(edge) == sum(wait <= edge for wait in waits)
    assert sum(counts(of_counts(coarse))) == len(waits)
