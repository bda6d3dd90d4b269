"""Lengths of time, written and read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.durations import UNITS_MS, in_one_unit, in_parts, parsed, short

lengths = st.one_of(
    st.integers(0, 10**10), st.builds(int.__mul__, st.integers(0, 999), st.sampled_from([*UNITS_MS.values()]))
)


@given(lengths)
def test_what_is_written_is_read_again(ms: int) -> None:
    assert parsed(short(ms)) == ms
    n, unit = in_one_unit(ms)
    assert n * UNITS_MS[unit] == ms
    parts = in_parts(ms)
    assert sum(n * UNITS_MS[unit] for n, unit in parts) == ms
    assert all(n > 0 for n, _ in parts)
    if parts:
        assert parsed("".join(f"{n}{unit}" for n, unit in parts)) == ms


@pytest.mark.parametrize(
    ("ms", "written", "units", "parts"),
    [
        (0, "0ms", (0, "ms"), []),
        (999, "999ms", (999, "ms"), [(999, "ms")]),
        (10_000, "10s", (10, "s"), [(10, "s")]),
        (420_000, "7m", (7, "m"), [(7, "m")]),
        (5_400_000, "90m", (90, "m"), [(1, "h"), (30, "m")]),
        (129_600_000, "36h", (36, "h"), [(1, "d"), (12, "h")]),
        (604_800_000, "168h", (7, "d"), [(7, "d")]),
    ],
)
def test_each_way_of_writing(ms: int, written: str, units: tuple[int, str], parts: list[tuple[int, str]]) -> None:
    assert (short(ms), in_one_unit(ms), in_parts(ms)) == (written, units, parts)


@pytest.mark.parametrize(
    "text", ["", "7", "m", "7 m", "-7m", "7M", "7m7", "0.5h", "٧m٧", "7w", "٧m", "30s6m", "1m1m", "6m 30s"]
)
def test_what_is_no_length_is_told(text: str) -> None:
    with pytest.raises(ValueError, match='a duration such as "10s"'):
        parsed(text)
