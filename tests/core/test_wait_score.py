"""How good forecasts were, by hand."""

import pytest

from streams.core.wait_score import NO_SCORE, is_worse_than, scored

S = 1000


def test_sums_and_their_ratios() -> None:
    """Foretold 100 s and 300 s; it came to 160 s and 260 s."""
    of = scored(160 * S, 100 * S, 50 * S, 159 * S) + scored(260 * S, 300 * S, 260 * S, 400 * S)
    assert (of.answered, of.wait_ms) == (2, 420 * S)
    assert of.mean_error_ms == -10 * S
    assert of.mean_absolute_ms == 50 * S
    assert of.root_mean_square_ms == pytest.approx((0.5 * (60**2 + 40**2)) ** 0.5 * S)
    assert of.relative == pytest.approx((0.5 * (60**2 + 40**2)) ** 0.5 / 210)
    assert (of.share_held, of.share_longer, of.share_too_low) == (0.5, 0.5, 0.5)


def test_of_none_nothing_is_known() -> None:
    of = NO_SCORE
    assert {of.mean_error_ms, of.mean_absolute_ms, of.root_mean_square_ms, of.relative, of.share_held} == {None}
    assert {of.share_longer, of.share_too_low} == {None}


def test_a_minute_too_low_is_a_minute() -> None:
    assert scored(160 * S, 100 * S).too_low == 1
    assert scored(160 * S - 1, 100 * S).too_low == 0
    assert scored(160 * S, 100 * S).held == scored(160 * S, 100 * S).longer == 0, "it has no band"
    assert scored(99 * S, 100 * S, 100 * S, 101 * S) == scored(99 * S, 100 * S), "shorter than the band is not longer"


def test_worse_than_a_plainer_one_of_enough() -> None:
    far, near = scored(10 * S, 20 * S), scored(10 * S, 19 * S)
    assert not is_worse_than(far, near)
    assert is_worse_than(far, near, least=1)
    assert not is_worse_than(near, far, least=1)
    assert not is_worse_than(near, near, least=1)
