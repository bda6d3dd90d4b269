"""Definitions that are otherwise from an instant on: what counts goes by event time alone, and the past stays."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.cells import in_full
from streams.core.definitions import Definitions, Terms, Unlike
from streams.core.fold import fold
from streams.core.fold_plainly import fold_plainly
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.oracle import differences, recount
from tests.core.logs import logs
from tests.core.test_invariants import figures
from tests.core.test_oracle_agrees import HASTY, RULES, cuts, folded
from tests.events import HELSE, START_MS, Event, event, records, visit
from tests.examples import examples
from tests.terms import at_first, from_then_on

HOUR, MINUTE = 3_600_000, 60_000
NOON, TWO = START_MS + 2 * HOUR, START_MS + 4 * HOUR

terms: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    ghost_after_ms=st.sampled_from([15 * MINUTE, 40 * MINUTE, 2 * HOUR]),
    promise_ms=st.sampled_from([0, 5 * MINUTE, HOUR]),
    promise_lost_ms=st.sampled_from([2 * HOUR, 3 * HOUR]),
    short_abandon_ms=st.sampled_from([{}, {"phone": 0}, {"phone": 5_001}, {"chat": 60_000, "phone": 600_000}]),
    horizon_ms=st.sampled_from([10 * MINUTE, 30 * MINUTE, 90 * MINUTE]),
)
Change = tuple[int, dict[str, Any]]  # how long after the start, and the terms
changes = st.lists(st.tuples(st.integers(1, 5 * HOUR), terms), max_size=3, unique_by=lambda one: one[0]).map(sorted)


def by_date(rules: Rules, changes: list[Change]) -> Rules:
    for after_ms, of in changes:
        rules = from_then_on(rules, START_MS + after_ms, **of)
    return rules


@pytest.mark.fault(12, 14, 18)
@settings(max_examples=examples(400), deadline=None)
@given(logs(6 * HOUR), cuts, changes)
def test_the_fold_says_what_a_recount_says(log: list[Event], cuts: list[int], changes: list[Change]) -> None:
    rules, written = by_date(HASTY, changes), records(log)
    expected, state = recount([r.recounted for r in written], definitions_of(rules)), folded(rules, written, cuts)
    assert not [str(d) for d in differences(expected, account(state))]
    plain = PartitionState(rules)
    fold_plainly(plain, written)
    assert plain.hash() == state.hash()


@settings(max_examples=examples(200), deadline=None)
@given(logs(6 * HOUR), cuts, changes, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_nor_batches_leave_a_trace(
    log: list[Event], cuts: list[int], changes: list[Change], chance: Random
) -> None:
    rules = by_date(RULES, [(at, of | {"horizon_ms": 36 * HOUR}) for at, of in changes])
    again = [*log, *chance.choices(log, k=len(log) // 2)] if log else []
    chance.shuffle(again)
    one, two = folded(rules, records(log), []), folded(rules, records(again), cuts)
    assert figures(one) == figures(two)
    assert one.hash() == two.hash()


@settings(max_examples=examples(200), deadline=None)
@given(logs(6 * HOUR), changes, st.integers(0, 1000), st.integers(0, 1000))
def test_what_is_taken_before_it_holds_is_as_if_it_had_always_been_known(
    log: list[Event], changes: list[Change], cut: int, other: int
) -> None:
    """Each change is taken as soon as it is known, in any batch before it holds; and refused in all later ones."""
    whole, written = by_date(HASTY, changes), records(log)
    first, last = sorted((cut % (len(written) + 1), other % (len(written) + 1)))
    state = PartitionState(HASTY)
    for until, known in ((first, changes[:1]), (last, changes), (len(written), changes)):
        fold(state, written[:until])
        rules = by_date(HASTY, known)
        since = rules.definitions.differ_from(state.rules.definitions)
        if since is not None and since <= state.reaches_ms:
            with pytest.raises(Unlike) as refused:
                state.configure(rules)
            assert refused.value.since_ms == since
            return
        state.configure(rules)
    assert figures(state) == figures(folded(whole, written, []))
    assert state.hash() == folded(whole, written, []).hash()


@given(changes, st.integers(0, 8 * HOUR), st.integers(0, 8 * HOUR))
def test_what_is_late_once_is_so_for_good_and_it_is_known_when_that_will_be(
    changes: list[Change], one: int, other: int
) -> None:
    of, earlier, later = by_date(HASTY, changes).definitions, START_MS + min(one, other), START_MS + max(one, other)
    assert of.late_before(earlier) <= of.late_before(later)
    leaves = of.leaves(later)
    assert of.late_before(leaves) >= later > of.late_before(leaves - 1)
    began = [(START_MS, HASTY.definitions.first.horizon_ms), *((START_MS + at, it["horizon_ms"]) for at, it in changes)]
    ends = [*(at for at, _ in began[1:]), 1 << 62]
    each = [min(end, later) - ms for (at, ms), end in zip(began, ends, strict=True) if at <= later]
    assert of.late_before(later) == max(each)


CHANGED = from_then_on(
    at_first(RULES, ghost_after_ms=4 * HOUR, short_abandon_ms={"phone": 5_000}, promise_ms=2 * HOUR),
    NOON,
    ghost_after_ms=HOUR,
    short_abandon_ms={"phone": 10_000},
    promise_ms=HOUR,
)


def total(*log: list[Event], until: int, rules: Rules = CHANGED) -> dict[str, int]:
    """What came of helse by phone by then."""
    last = event("contact.started", until, "the last", line=None)
    state = folded(rules, records([one for of in log for one in of] + [last]), [])
    (line,) = [line for line in state.aggregates.totals if rules.counted_as(HELSE) == line]
    return state.aggregates.totals[line]


def test_a_visit_is_judged_by_what_holds_at_its_entry() -> None:
    """To the millisecond, and whatever comes of it later."""
    before, after = visit("a", NOON - 1), visit("b", NOON)
    assert "lost" not in total(before, after, until=NOON + HOUR - 1)
    assert total(before, after, until=NOON + HOUR)["lost"] == 1  # b
    assert total(before, after, until=NOON - 1 + 4 * HOUR)["lost"] == 2
    short = [visit(who, at, ("queue.abandoned", ms)) for who, at, ms in (("a", NOON - 1, 5_001), ("b", NOON, 5_001))]
    assert total(*short, until=TWO)["abandoned_short"] == 1
    asked = [visit(who, at, ("callback.requested", 2 * MINUTE)) for who, at in (("a", NOON - 1), ("b", NOON))]
    assert total(*asked, until=NOON + HOUR + 2 * MINUTE)["callback_overdue"] == 1
    assert total(*asked, until=NOON - 1 + 2 * HOUR + 2 * MINUTE)["callback_overdue"] == 2


@pytest.mark.parametrize(("horizon_ms", "counted"), [(HOUR, 1), (3 * HOUR, 3)])
def test_how_late_an_event_may_be_goes_by_the_time_that_has_come(horizon_ms: int, counted: int) -> None:
    """Two hours till noon. A shorter horizon holds at once; a longer one reaches back no further than the other did."""
    rules = from_then_on(at_first(RULES, horizon_ms=2 * HOUR), NOON, horizon_ms=horizon_ms)
    state = PartitionState(rules)
    now = NOON + HOUR // 2
    log = [event("contact.started", now, "now", line=None)]
    ago = (HOUR, 2 * HOUR, 2 * HOUR + HOUR // 2, 2 * HOUR + HOUR // 2 + 1)  # the last two: noon less two hours
    fold(state, records([*log, *(event("queue.entered", now - ms, f"{ms}") for ms in ago)]))
    assert state.counters["accepted"] == 1 + counted
    assert state.counters["late"] == len(ago) - counted


def test_the_same_terms_told_otherwise_are_no_others() -> None:
    first = RULES.definitions.first
    again = Definitions((first, Terms(NOON, *list(_values(first))[1:])))
    assert again.differ_from(RULES.definitions) is None
    RULES.definitions.check_goes_on(again.later, TWO)


def _values(terms: Terms) -> list[Any]:
    return [getattr(terms, name) for name in terms.__struct_fields__]


def test_who_entered_by_longer_terms_is_remembered_by_them() -> None:
    """However short those are by which his newest fact came: four hours from noon less a minute."""
    rules = from_then_on(at_first(RULES, ghost_after_ms=4 * HOUR, horizon_ms=HOUR), NOON, ghost_after_ms=HOUR)
    lost_at = NOON - MINUTE + 4 * HOUR
    log = [event("queue.entered", NOON - MINUTE, "a"), event("agent.offered", NOON + MINUTE, "a")]
    log += [event("contact.started", at, "z", line=None) for at in (lost_at - 1, lost_at)]
    state = folded(rules, records(log[:3]), [])
    assert [*state.open], "he waits still"
    fold(state, records(log))
    (cell,) = state.aggregates.totals.values()
    assert cell["lost"] == 1


def test_a_journey_is_forgotten_as_soon_as_what_it_waits_for_is_late() -> None:
    """At noon the longer horizon takes over: what is older than ten o'clock is late then, as it was a moment ago."""
    of = from_then_on(at_first(RULES, horizon_ms=2 * HOUR), NOON, horizon_ms=5 * HOUR).definitions
    assert [of.leaves(NOON - 2 * HOUR + after) for after in (-1, 0, 1)] == [NOON - 1, NOON, NOON + 3 * HOUR + 1]


def test_a_shorter_horizon_that_is_taken_while_it_runs_forgets_as_early_as_one_that_was_always_known() -> None:
    before = at_first(RULES, horizon_ms=30 * HOUR)
    after = from_then_on(before, NOON, horizon_ms=HOUR)
    log = records(
        [*visit("a", START_MS, ("queue.answered", 1)), event("contact.started", TWO + 6 * HOUR, "z", line=None)]
    )
    state = PartitionState(before)
    fold(state, log[:2])
    state.configure(after)
    fold(state, log)
    assert len(state.journeys) == 1, "the last one alone"
    assert state.hash() == folded(after, log, []).hash()


def test_a_longer_horizon_that_is_taken_while_it_runs_can_correct_a_maximum() -> None:
    """The longest wait is corrected four hours later, when the horizon has been six for three."""
    before = at_first(RULES, horizon_ms=2 * HOUR)
    after = from_then_on(before, TWO, horizon_ms=6 * HOUR)
    came = TWO - 75 * MINUTE
    told = records(
        [
            *visit("a", came, ("queue.answered", 9 * MINUTE)),
            *visit("b", came, ("queue.answered", 5 * MINUTE)),
            *(event("contact.started", TWO + hours * HOUR, "z", line=None) for hours in (1, 2, 3)),
            event("queue.answered", came + MINUTE, "a"),
        ]
    )
    state = PartitionState(before)
    fold(state, told[:4])
    state.configure(after)
    for until in range(5, len(told) + 1):
        fold(state, told[:until])
    assert figures(state) == figures(folded(after, told, []))
    (cell,) = state.aggregates.days.rows[min(state.aggregates.days.rows)].values()
    assert in_full(cell)["wait_max_ms"] == 5 * MINUTE
