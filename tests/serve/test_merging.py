"""Merging from one snapshot to the next, where only what changed is worked out again, against merging afresh."""

from collections import Counter

import msgspec
from hypothesis import given, settings, target
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.reading import Cell
from streams.serve.cache import Made
from streams.serve.merging import NONE_MISSING, Merged, merged
from streams.serve.remerging import remerged
from streams.serve.snapshot import Memo
from streams.serve.view import LineView, View, pack, unpack
from tests.examples import examples
from tests.serve.documents import ARBEIDSGIVER, CENTRE, HELSE, NOW, RULES, view
from tests.serve.test_queue_dates import MIDNIGHT, TURNS

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


DAY = 86_400_000
QUEUES = ("En", "To", "Flyttes", "Slutt", "ute", "unheard-of")  # several of them are one line, and one is outside
dated_lines = st.dictionaries(st.sampled_from(QUEUES), lines, min_size=1)
dated_views = st.dictionaries(st.integers(0, 2), dated_lines, min_size=1)
lacks = st.sampled_from(
    [{}] * 6 + [{"is_fresh": False}, {"is_astray": True}, {"rebuilding": (1, 2)}, {"in_part": [60_000]}]
)
clock = st.sampled_from([0, 0, 0, 0, 1000, 31_000, DAY])
dated_steps = st.lists(st.tuples(dated_views, clock, lacks), min_size=1, max_size=8)


@settings(max_examples=examples(150), deadline=None)
@given(dated_views, dated_steps)
def test_what_a_few_events_touched_is_merged_again_to_what_merging_all_comes_to(
    at_first: dict[int, dict[str, LineView]],
    steps: list[tuple[dict[int, dict[str, LineView]], int, dict[str, object]]],
) -> None:
    """On the days before and after queues are shown as other lines, from one state of a partition to another."""
    centre, rules, now_ms = TURNS.centre, TURNS.rules, MIDNIGHT - DAY // 2

    def counted(made: dict[str, LineView]) -> dict[str, LineView]:
        return {rules.line("phone", "personbruker", queue): line for queue, line in made.items()}

    known = {f"t-{n}": view(counted(at_first.get(n, {})), partition=f"t-{n}") for n in range(3)}
    memo, merges = Memo(), Counter[bool]()
    before = memo.shown(known.values(), NONE_MISSING, centre, rules, now_ms)
    for made, later_ms, lacking in steps:
        now_ms += later_ms
        views = [
            view(known[f"t-{n}"].lines | counted(lines), partition=f"t-{n}", **lacking) for n, lines in made.items()
        ]
        again = remerged(before, known, views, rules, now_ms, memo.merged, memo.disputes, memo.spelt_out)
        merges[again is not None] += 1
        known |= {one.partition: one for one in views}
        afresh = merged(known.values(), NONE_MISSING, centre, rules, now_ms)
        before = again or memo.shown(known.values(), NONE_MISSING, centre, rules, now_ms)
        in_time = now_ms if later_ms == 0 else None  # else a report elsewhere may have grown too old
        for found, expected in ((before.lines, afresh.lines), (before.groups, afresh.groups)):
            assert found.keys() == expected.keys()
            assert in_time is None or all(line.is_as(expected[name]) for name, line in found.items())
        assert before.feeds == afresh.feeds
        before = memo.shown(known.values(), NONE_MISSING, centre, rules, now_ms) if later_ms else before
        assert all(line.is_as(afresh.lines[name]) for name, line in before.lines.items())
        assert all(line.is_as(afresh.groups[name]) for name, line in before.groups.items())
    target(merges[True])


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
