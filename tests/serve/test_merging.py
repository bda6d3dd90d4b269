"""Merging from one snapshot to the next, where only what changed is worked out again, against merging afresh."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.reading import Cell
from streams.serve.cache import Made
from streams.serve.merging import NONE_MISSING, Merged, merged
from streams.serve.view import LineView, View, pack, unpack
from tests.examples import examples
from tests.serve.documents import ARBEIDSGIVER, CENTRE, HELSE, NOW, RULES, view

PARTITIONS = 5
NAMES = ["entered", "answered", "wait_sum_ms", "wait_max_ms", "abandoned_wait_max_ms"]
IN_SHORT = ["began", "direct", "direct_sum_ms", "direct_max_ms"]

numbers: dict[str, st.SearchStrategy[int]] = dict.fromkeys([*NAMES, *IN_SHORT], st.integers(1, 3))
histograms = st.sampled_from([1, 2 << 32, 1 << 640])
cells: st.SearchStrategy[Cell] = st.fixed_dictionaries({}, optional={**numbers, "wait_histogram": histograms})
instants = st.one_of(st.none(), st.integers(NOW - 9, NOW))
entries = st.integers(NOW - 60_000, NOW)
lines = st.builds(
    LineView,
    windows=st.fixed_dictionaries({}, optional=dict.fromkeys(CENTRE.windows.lengths, cells)),  # or by other settings
    today=cells,
    total=cells,
    waiting=st.integers(0, 3),
    waiting_since_sum_ms=st.integers(0, 3),
    waiting_oldest_ms=instants,
    presumed_lost_by_clock=st.integers(0, 2),
    promises_open=st.integers(0, 2),
    promises_overdue=st.integers(0, 2),
    promises_oldest_ms=instants,
    transfers_waiting=st.integers(0, 2),
    reported=st.one_of(st.none(), st.tuples(st.integers(NOW - 9, NOW), st.integers(0, 9))),
    waiting_since_ms=st.one_of(st.none(), st.lists(entries, max_size=3)),
    gone_lately=st.one_of(st.none(), st.lists(st.tuples(st.integers(NOW - 9, NOW), entries), max_size=3)),
)
some_lines = st.dictionaries(st.sampled_from([HELSE, ARBEIDSGIVER, "phone/personbruker/familie"]), lines)
some_views = st.dictionaries(st.integers(0, PARTITIONS - 1), some_lines, max_size=3)
later = st.sampled_from(
    [0, 1, CENTRE.definitions.report_max_age, CENTRE.definitions.report_max_age + 1]
)  # a report is old
in_redis = st.sets(st.integers(0, PARTITIONS - 1))  # whose views are read there, also one that was our own till now
steps = st.lists(st.tuples(some_views, later, in_redis), min_size=1, max_size=8)


@settings(max_examples=examples(100), deadline=None)
@given(steps)
def test_what_was_merged_before_changes_nothing(
    steps: list[tuple[dict[int, dict[str, LineView]], int, set[int]]],
) -> None:
    shown: list[View] = [view({}, partition=f"phone-{n}") for n in range(PARTITIONS)]
    memo: Merged = {}
    disputes: Made[LineView] = Made()
    for step, later_ms, others in steps:
        for number, made in step.items():
            shown[number] = view(shown[number].lines | made, partition=f"phone-{number}")
        seen = [unpack(pack(one)) if number in others else one for number, one in enumerate(shown)]
        remembered = merged(seen, NONE_MISSING, CENTRE, RULES, NOW + later_ms, memo, disputes)
        afresh = merged(seen, NONE_MISSING, CENTRE, RULES, NOW + later_ms)
        for found, expected in ((remembered.lines, afresh.lines), (remembered.groups, afresh.groups)):
            assert found.keys() == expected.keys()
            assert all(line.is_as(expected[name]) for name, line in found.items())


@settings(max_examples=examples(100), deadline=None)
@given(some_lines)
def test_a_view_comes_out_of_redis_as_it_went_in(lines: dict[str, LineView]) -> None:
    """With nothing in short, and so with other versions: what was merged of the one is not what is of the other."""
    shown = view(lines, partition="phone-0")
    found = unpack(pack(shown))
    assert replace(found, lines={}) == replace(shown, lines={})
    assert found.lines.keys() == shown.lines.keys()
    for name, line in found.lines.items():
        assert line.is_as(shown.lines[name].in_full()) and line.version != shown.lines[name].version


def test_a_view_that_does_not_say_whether_it_is_fresh_is_not() -> None:
    """As of a build that did not know of it."""
    of, lines = msgspec.msgpack.decode(pack(view({}, is_fresh=True)))
    del of["is_fresh"]
    assert not unpack(msgspec.msgpack.encode([of, lines])).is_fresh
