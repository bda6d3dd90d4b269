"""Cells merge in any order; every threshold is an exact, inclusive edge; and what is no edge is no answer."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from streams.core.cells import merge, packed, pressure_ms, unpacked
from streams.core.measures import (
    ABANDONED_WAITS,
    ANSWERED_WAITS,
    FAMILIES,
    MAXIMA,
    MISSED,
    OFFERED,
    WITHOUT_WAITS,
    Window,
)
from streams.core.reading import Cell, Reading, WaitStats, ratio
from streams.core.rules import BY_LINE
from streams.core.scale import EDGES_MS
from streams.core.state import PartitionState
from streams.serve.figures import read
from tests.cards import DAY
from tests.core.named import cells as cells_of
from tests.core.test_oracle_agrees import folded
from tests.events import START_MS, records, visit

CENTRES = {
    "nks": config.load(),
    "bank": config.load(Path(config.__file__).parent / "bank"),
}
SHOWN = [(name, edge) for name, centre in CENTRES.items() for edge in centre.shown_edges_ms]
RULES = CENTRES["nks"].rules()
NAMES = [*WITHOUT_WAITS, *(n for f in FAMILIES for n in (f.count, f.sum_ms, f.histogram))]

cells = st.builds(
    lambda counts, maxima: {name: n for name, n in {**counts, **maxima}.items() if n},
    st.dictionaries(st.sampled_from(NAMES), st.integers(-5, 5)),
    st.dictionaries(st.sampled_from(sorted(MAXIMA)), st.integers(0, 5)),
)


def merged(*cells: Cell) -> Cell:
    whole: Cell = {}
    for cell in cells:
        merge(whole, cell)
    return whole


@given(cells, cells, cells)
def test_merging_takes_any_order(a: Cell, b: Cell, c: Cell) -> None:
    assert merged(a, b) == merged(b, a)
    assert merged(merged(a, b), c) == merged(a, merged(b, c))
    assert merged(a, {}) == merged(a) == a
    assert 0 not in merged(a, b, c).values()


@given(st.lists(st.lists(st.integers(0, 4_000_000), max_size=8), max_size=4))
def test_waits_read_out_of_merged_cells(parts: list[list[int]]) -> None:
    states = [answered(part) for part in parts]
    stats = WaitStats.of(merged(*states), ANSWERED_WAITS)
    waits = sorted(wait for part in parts for wait in part)
    assert (stats.count, stats.sum_ms) == (len(waits), sum(waits))
    assert stats.mean_ms == (sum(waits) / len(waits) if waits else None)
    for edge in EDGES_MS:
        assert stats.within(edge) == sum(wait <= edge for wait in waits)
    median = stats.quantile_ms(0.5)
    if median is not None:
        assert sum(wait <= median for wait in waits) * 2 >= len(waits)


def answered(waits: list[int], rules: config.Centre = CENTRES["nks"], end: str = "queue.answered") -> Cell:
    """The interval cells of visits that waited so long, all in one line, added up."""
    log = [e for n, wait in enumerate(waits) for e in visit(f"{n}", START_MS, (end, wait))]
    state: PartitionState = folded(rules.rules(), records(log), [])
    return merged(*cells_of(state.aggregates.intervals))


@pytest.mark.parametrize("family", [ANSWERED_WAITS, ABANDONED_WAITS])
@pytest.mark.parametrize(("name", "edge"), SHOWN)
def test_an_edge_is_exact_and_inclusive(name: str, edge: int, family: object) -> None:
    centre = CENTRES[name]
    read = ABANDONED_WAITS if family is ABANDONED_WAITS else ANSWERED_WAITS
    end = "queue.abandoned" if read is ABANDONED_WAITS else "queue.answered"
    for wait, is_within in ((edge - 1, True), (edge, True), (edge + 1, False)):
        stats = WaitStats.of(answered([wait], centre, end), read)
        assert stats.count == 1
        assert stats.within(edge) == is_within, wait
        assert stats.up_to[-1] == 1


@pytest.mark.parametrize("centre", CENTRES.values(), ids=list(CENTRES))
def test_every_target_has_its_edge(centre: config.Centre) -> None:
    edges = centre.shown_edges_ms
    assert list(edges) == sorted(set(edges))
    for target in centre.targets_at(DAY):
        assert (target.within or target.at_most) in edges


def test_what_is_no_edge_is_no_answer() -> None:
    stats = WaitStats.of({}, ANSWERED_WAITS)
    for threshold in (0, EDGES_MS[0] - 1, *(edge + 1 for edge in EDGES_MS), EDGES_MS[-1] * 10):
        with pytest.raises(KeyError, match="is not on the scale"):
            stats.within(threshold)


@pytest.mark.parametrize(("wait", "short"), [(0, 1), (5_000, 1), (5_001, 0)])
def test_an_abandon_is_short_up_to_its_edge(wait: int, short: int) -> None:
    cell = answered([wait], end="queue.abandoned")
    assert (cell["abandoned"], cell.get("abandoned_short", 0)) == (1, short)


def test_a_cell_as_it_lies_in_redis() -> None:
    """Counts are numbers, a histogram its bytes: here of two waits in the third bucket, each bucket one byte."""
    cell = {"entered": 1, "wait_histogram": 2 << 2 * 32}
    assert packed(cell) == b"\x82\xa7entered\x01\xaewait_histogram\xc4\x04\x01\x02\x00\x02"
    assert unpacked(packed(cell)) == cell
    of_version_4 = b"\x82\xa7entered\x01\xaewait_histogram\xc4\x09\x00\x00\x00\x00\x00\x00\x00\x00\x02"
    assert (packed(cell, BY_LINE), unpacked(of_version_4, BY_LINE)) == (of_version_4, cell)


def test_over_nothing_there_is_no_ratio() -> None:
    stats = WaitStats.of({}, ANSWERED_WAITS)
    assert (stats.mean_ms, stats.max_ms, stats.quantile_ms(0.5)) == (None, None, None)
    nothing, short = read(Window, Reading({})), read(Window, Reading({"abandoned": 2, "abandoned_short": 2}))
    assert ratio(0, 0) is nothing.abandonment_rate is pressure_ms({}, 0, 0) is None
    assert short.abandonment_rate_without_short is None
    assert ratio(0, 3) == 0
    assert ratio(None, 3) is None


def test_nothing_of_something_is_a_share_of_0() -> None:
    assert Reading({"offered": 6}).ratio(MISSED, OFFERED) == 0
    assert Reading({"missed": 3, "offered": 6}).ratio(MISSED, OFFERED) == 0.5
    assert Reading({"missed": 3}).ratio(MISSED, OFFERED) is None
