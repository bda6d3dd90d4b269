"""A histogram as one integer, and as it lies in Redis, against a counter of its buckets."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.histogram import counts, of_counts, packed, packed_at_full, single_waits, unpacked, unpacked_at_full
from streams.core.scale import EDGES_MS

BUCKETS = len(EDGES_MS) + 1
places = st.lists(st.integers(0, BUCKETS - 1), max_size=60)
some = st.dictionaries(
    st.integers(0, BUCKETS - 1), st.sampled_from([1, 7, 255, 256, 65_535, 65_536, 2**32 - 1]), max_size=6
)


def histogram(of: list[int]) -> int:
    return sum(single_waits(BUCKETS)[place] for place in of)


def by_bucket(histogram: int) -> dict[int, int]:
    return {place: n for place, n in enumerate(counts(histogram)) if n}


@given(places, places)
def test_histograms_are_added_and_taken_out_as_their_buckets_are(first: list[int], second: list[int]) -> None:
    both, one = histogram(first) + histogram(second), Counter(first)
    assert by_bucket(both) == one + Counter(second)
    assert by_bucket(both - histogram(second)) == one


@given(some)
def test_it_comes_out_as_it_went_in(of: dict[int, int]) -> None:
    assert by_bucket(of_counts(of)) == of
    assert unpacked(packed(of_counts(of))) == of_counts(of)
    assert unpacked_at_full(packed_at_full(of_counts(of))) == of_counts(of)


@pytest.mark.parametrize("n", range(1, 257))
def test_no_count_is_taken_for_room_that_is_left_out(n: int) -> None:
    """Each byte that there is, in the first bucket that has any."""
    for place in (0, 5, BUCKETS - 1):
        assert unpacked(packed(of_counts({place: n}))) == of_counts({place: n})


def test_it_takes_no_more_room_than_it_needs() -> None:
    """A byte a bucket where no more than 255 waited so long, from the first bucket that has any."""
    for most, width in ((1, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4)):
        alone, both = of_counts({200: most}), of_counts({3: 1, 8: most})
        assert len(packed(both)) == 3 + width * (6 if width == 1 else 9)
        assert len(packed(alone)) == 3 + width * (1 if width == 1 else 201)


@pytest.mark.parametrize("of", [-1, -(1 << 32 * BUCKETS)])
def test_what_is_no_histogram_is_told(of: int) -> None:
    for read in (counts, packed, packed_at_full):
        with pytest.raises(OverflowError):
            read(of)


@pytest.mark.parametrize("value", [b"", b"\x01\x00", b"\x03\x00\x00\x01\x01\x01", b"\x02\x00\x00\x01"])
def test_what_was_cut_short_is_told(value: bytes) -> None:
    with pytest.raises(ValueError, match="a histogram"):
        unpacked(value)


def test_a_bucket_holds_four_billion() -> None:
    most = 2**32 - 1
    assert counts(single_waits(3)[1] * most) == (0, most)
