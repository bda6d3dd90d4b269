"""A checkpoint that is cut: any size comes back whole, and it is the one or the other wherever its writing ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.ingest.checkpoint_parts import PART_BYTES, cut, joined, whole_of

KEY = b"svartid/topic-0/1"
MOST = 64
values = st.binary(max_size=400)


def kept(*records: tuple[bytes, bytes]) -> dict[bytes, bytes]:
    """As a compacted topic keeps them."""
    return dict(records)


@given(values, values)
def test_what_is_written_last_comes_back_whole_whatever_was_there_before(before: bytes, value: bytes) -> None:
    records = kept(*cut(KEY, before, MOST), *cut(KEY, value, MOST))
    assert joined(KEY, records) == value
    assert all(len(part) <= MOST or key == KEY for key, part in records.items())
    assert all(key == KEY or whole_of(key) == KEY for key in records)


@given(values, st.lists(st.tuples(values, st.integers(0, 9)), max_size=4))
def test_wherever_writers_die_one_after_the_other_the_one_before_is_there(
    before: bytes, torn: list[tuple[bytes, int]]
) -> None:
    records = kept(*cut(KEY, before, MOST))
    for value, until in torn:
        records |= cut(KEY, value, MOST)[:-1][:until]
    assert joined(KEY, records) == before


@given(st.binary(min_size=MOST + 1, max_size=400), st.data())
def test_a_part_that_is_gone_or_spoiled_is_found_out(value: bytes, data: st.DataObject) -> None:
    written = cut(KEY, value, MOST)
    at, part = data.draw(st.sampled_from(written[:-1]))
    spoilt = data.draw(st.binary(max_size=MOST).filter(lambda other: other != part))
    for wrong in ({**kept(*written), at: spoilt}, {key: of for key, of in written if key != at}):
        with pytest.raises(ValueError, match="a part of it is missing, or not what was written"):
            joined(KEY, wrong)


def test_as_it_is_used_a_small_one_is_one_record_and_no_part_is_more_than_a_kafka_takes() -> None:
    assert cut(KEY, b"small") == [(KEY, b"small")]
    records = cut(KEY, bytes(5 * PART_BYTES + 1))
    assert records[-1][0] == KEY and len(records) == 7
    assert max(len(value) for _, value in records) == PART_BYTES < 2**20


def test_a_value_that_looks_like_a_manifest_is_cut_all_the_same() -> None:
    _, manifest = cut(KEY, bytes(200), MOST)[-1]
    assert joined(KEY, kept(*cut(KEY, manifest, MOST))) == manifest
