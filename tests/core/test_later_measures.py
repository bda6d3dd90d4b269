"""A build that adds a measure goes on with what one before it counted: what is known of it is right, the rest unknown.

One is so by now (`is_later`); some others are taken for such, as it is of one kind alone.
"""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cli.comparable import leave_out_unknown
from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.fold import fold
from streams.core.later import NEVER, packed, since_when, unknown, unpacked
from streams.core.measures import ABANDONED_WAITS, LATER, MEASURES, OFFERED, OVERDUE, PASSED_ON, TIME_IN_QUEUES, Window
from streams.core.reading import NotKnown, Reading
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from streams.oracle import differences, recount
from streams.serve.figures import read
from tests.core.logs import logs
from tests.core.named import total
from tests.core.test_maxima import levels
from tests.core.test_oracle_agrees import FEW, HASTY, RULES, folded
from tests.events import HELSE, START_MS, event, records
from tests.examples import examples

ADDED = LATER | frozenset(
    (OFFERED.name, OVERDUE.name, PASSED_ON.name, "lost", *(of.name for of in ABANDONED_WAITS.measures))
)


def by_a_later_build(state: PartitionState, *, of_another: bool = False) -> PartitionState:
    """What a build before it left, as this one takes it. That of `another` has counted them, and then one that did not
    know them has gone on.
    """
    made = PartitionState(state.rules)
    made.offset, made.watermark, made.counters = state.offset, state.watermark, state.counters.copy()
    made.queues.restore(state.queues.packed)
    made.reported = dict(state.reported)
    for level, known in zip(levels(made), levels(state), strict=True):
        level.floor = known.floor
        for start, row in known.rows.items():
            for line, cell in row.items():
                level.restore(start, line, dict(cell))
    made.aggregates.totals = copy.deepcopy(state.aggregates.totals)
    if not of_another:
        made.aggregates.let_go_of(ADDED)
    made.restore(copy.deepcopy(state.journeys).items(), ADDED)
    return made


@pytest.mark.parametrize("of_another", [False, True], ids=["new to it", "again"])
@pytest.mark.parametrize(
    ("rules", "span_ms"),
    [(RULES, 8), (HASTY, 6), (FEW, 6), (HASTY.of_version(BY_LINE), 6)],
    ids=["ours", "hasty", "of few queues", "of the version before"],
)
def test_what_is_known_of_it_is_what_a_recount_says_and_nothing_is_less_than_none(
    rules: Rules, span_ms: int, of_another: bool
) -> None:
    @settings(max_examples=examples(150), deadline=None)
    @given(logs(span_ms * 3_600_000), st.integers(0, 1000))
    def holds(log: list[dict[str, object]], cut: int) -> None:
        written = records(log)
        state = by_a_later_build(folded(rules, written[: cut % (len(written) + 1)], []), of_another=of_another)
        since = dict(state.counted_since)
        assert since.keys() == ADDED
        fold(state, written)
        expected, found = recount([one.recounted for one in written], definitions_of(rules)), account(state)
        cells = [
            cell for name in ("panes", "intervals", "days") for row in found[name].values() for cell in row.values()
        ]
        assert all(n >= 0 for cell in [*cells, *found["totals"].values()] for n in cell.values())
        for one in (expected, found):
            leave_out_unknown(one, since)
        assert not [str(one) for one in differences(expected, found)]

    holds()


def test_a_state_that_is_whole_has_none_that_is_not_known() -> None:
    assert PartitionState(RULES).counted_since.keys() == LATER
    assert set(PartitionState(RULES).counted_since.values()) <= {0}
    assert {measure.name for measure in MEASURES if measure.is_later} == LATER


# --- what is shown of it


def test_what_is_made_of_one_that_is_not_known_is_null_and_the_rest_is_as_it_is() -> None:
    cell = {"entered": 9, "answered": 3, "wait_sum_ms": 30, "abandoned": 4, "abandoned_short": 1}
    known, not_known = (read(Window, Reading(cell, unknown=names)) for names in (frozenset[str](), ADDED))
    assert (known.abandoned, known.abandonment_rate) == (4, 4 / 7)
    assert [not_known.abandoned, not_known.abandonment_rate] == [None, None]
    assert (not_known.entered, not_known.answered, not_known.abandoned_short) == (9, 3, 1)
    with pytest.raises(NotKnown):
        Reading(cell, unknown=ADDED).waits(ABANDONED_WAITS)


def test_it_is_known_where_all_partitions_count_it() -> None:
    later = frozenset(("offered", "lost"))
    of = [{"offered": 0, "lost": 50}, {"offered": 20, "lost": 0}]
    assert since_when(of, later) == {"offered": 20, "lost": 50}
    assert since_when([*of, {}], later) == {"offered": NEVER, "lost": NEVER}, "one is of a build that does not know it"
    assert since_when([{"offered": 0, "lost": 0}], later) == {}
    assert unknown({"offered": 20, "lost": 50}, 20) == {"lost"}
    assert unknown({"offered": 20, "lost": 50}, 19) == later
    assert since_when([], later) == {}, "of nobody nothing is unknown"


def test_what_is_kept_of_it_is_of_the_offset_that_it_was_kept_at() -> None:
    """Where another build has gone on meanwhile it did not count them."""
    kept = packed({"offered": 20, "lost": 0}, 7)
    assert unpacked(kept, 7) == {"offered": 20, "lost": 0}
    assert [unpacked(kept, offset) for offset in (6, 8, None)] == [{}, {}, {}]
    assert unpacked(None, 7) == {}


def test_each_build_that_adds_one_says_since_when_and_what_was_added_before_stays_as_it_is() -> None:
    state = PartitionState(RULES)
    fold(state, records([event("queue.entered", START_MS, "a")]))
    later = START_MS + RULES.definitions.first.horizon_ms
    state.restore([], {"offered"})
    always = dict.fromkeys(LATER, 0)
    assert state.counted_since == {**always, "offered": START_MS - RULES.definitions.first.horizon_ms + 1}
    fold(state, records([event("queue.entered", later, "b")], first=1))
    state.restore([], {"lost"})
    began = {"offered": START_MS - RULES.definitions.first.horizon_ms + 1, "lost": START_MS + 1}
    assert state.counted_since == {**always, **began}
    assert state.is_news_of_measures

    early = PartitionState(RULES)
    early.restore([], {"lost"})
    assert early.counted_since == {**always, "lost": 0}, "since the beginning"


@pytest.mark.parametrize("rules", [RULES, RULES.of_version(BY_LINE)], ids=["ours", "of the version before"])
def test_the_time_in_queues_is_known_of_who_was_answered_before_it_was_counted(rules: Rules) -> None:
    """And an earlier answer that is told then corrects it."""
    log = [event("queue.entered", START_MS, "a"), event("queue.answered", START_MS + 60_000, "a")]
    before = folded(rules, records(log), [])
    before.aggregates.let_go_of({TIME_IN_QUEUES.name})
    made = PartitionState(rules)
    made.offset, made.watermark = before.offset, before.watermark
    for level, known in zip(levels(made), levels(before), strict=True):
        level.floor, level.rows = known.floor, copy.deepcopy(known.rows)
    made.aggregates.totals = copy.deepcopy(before.aggregates.totals)
    made.restore(copy.deepcopy(before.journeys).items(), {TIME_IN_QUEUES.name})
    assert total(made, HELSE)[TIME_IN_QUEUES.name] == 60_000
    fold(made, records([event("queue.answered", START_MS + 30_000, "a")], first=2))
    assert total(made, HELSE)[TIME_IN_QUEUES.name] == 30_000
