"""A histogram as one integer, against a counter of its buckets."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.histogram import counts, packed, single_waits, unpacked

BUCKETS = 21
places = st.lists(st.integers(0, BUCKETS - 1), max_size=60)


def histogram(of: list[int]) -> int:
    return sum(single_waits(BUCKETS)[place] for place in of)


@given(places, places)
def test_histograms_are_added_and_taken_out_as_their_buckets_are(first: list[int], second: list[int]) -> None:
    both, one = histogram(first) + histogram(second), Counter(first)
    assert counts(both, BUCKETS) == tuple((one + Counter(second))[place] for place in range(BUCKETS))
    assert counts(both - histogram(second), BUCKETS) == tuple(one[place] for place in range(BUCKETS))


@given(places)
def test_it_comes_out_as_it_went_in_and_takes_no_more_room_than_its_longest_wait(of: list[int]) -> None:
    assert unpacked(packed(histogram(of))) == histogram(of)
    assert len(packed(histogram(of))) <= 4 * (max(of, default=-1) + 1)


@pytest.mark.parametrize("of", [-1, 1 << 32 * BUCKETS])
def test_what_is_no_histogram_is_told(of: int) -> None:
    with pytest.raises(OverflowError):
        counts(of, BUCKETS)


def test_a_bucket_holds_four_billion() -> None:
    most = 2**32 - 1
    assert counts(single_waits(3)[1] * most, 3) == (0, most, 0)
