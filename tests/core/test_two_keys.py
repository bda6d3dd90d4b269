"""Another pseudonym key, taken at any instant: the figures are those of one key alone."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.fold import LOG_APPEND_TIME, Changes, fold
from streams.core.fold_plainly import fold_plainly
from streams.core.pseudonym import pseudonyms
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from streams.ingest.rotating import rotated
from streams.oracle import differences, recount
from tests.core.logs import logs
from tests.core.test_fold_plainly import changed, written
from tests.core.test_oracle_agrees import HASTY, RULES
from tests.events import CREATE_TIME, START_MS, Event, Record, event, records, visit
from tests.examples import examples

HOUR, MINUTE, DAY = 3_600_000, 60_000, 86_400_000
OLD, NEW = b"the key before", b"the next key"


def by_both(rules: Rules) -> Rules:
    """Under the key before, with the next one at hand."""
    return replace(rules, pseudonym_key=OLD, queue_key=b"the queues' own", other_key=NEW)


Fold = Callable[[PartitionState, Iterable[Record]], Changes]
instants = st.lists(st.integers(0, 60), max_size=6).map(sorted)  # at each the one key takes over from the other


def in_turns(rules: Rules, log: list[Record], instants: list[int], by: Fold = fold) -> PartitionState:
    """The state after a log that two workers have counted by turns, each with another key for its own."""
    state = PartitionState(rules)
    for first, last in pairwise((0, *instants, len(log))):
        by(state, log[first:last])
        if last in instants:
            state = rotated(state)
            check_books(state)
    check_books(state)
    return state


def check_books(state: PartitionState) -> None:
    assert state.under_other == sum(journey.under_other for journey in state.journeys.values())
    assert state.ahead.under_other == sum(fact.under_other for fact in state.ahead if fact.witness is not None)


@pytest.mark.parametrize("rules", [by_both(RULES), by_both(HASTY)], ids=["ours", "hasty"])
def test_all_figures_are_those_of_one_key_and_of_a_recount(rules: Rules) -> None:
    """With late, broken and repeated events, and such as are dated far ahead, whichever journeys are under way."""

    @settings(max_examples=examples(100), deadline=None)
    @given(logs(8 * HOUR), instants, st.randoms(use_true_random=False))
    def holds(log: list[Event], instants: list[int], chance: Random) -> None:
        every = written(log, chance)
        state = in_turns(rules, every, instants)
        assert account(state) == account(in_turns(rules, every, []))
        assert not [
            str(d) for d in differences(recount([r.recounted for r in every], definitions_of(rules)), account(state))
        ]

    holds()


@settings(max_examples=examples(100), deadline=None)
@given(logs(8 * HOUR), instants, st.lists(st.integers(0, 60), max_size=3), st.randoms(use_true_random=False))
def test_the_fast_loop_and_the_plain_one_stay_the_same_and_batches_leave_no_trace(
    log: list[Event], instants: list[int], cuts: list[int], chance: Random
) -> None:
    every, fast, plain, cut = written(log, chance), *(PartitionState(by_both(HASTY)) for _ in range(3))
    for first, last in pairwise((0, *instants, len(every))):
        assert changed(fold(fast, every[first:last])) == changed(fold_plainly(plain, every[first:last]))
        for until in sorted({min(max(one, first), last) for one in (*cuts, last)}):
            fold(cut, every[:until])
        assert (fast.hash(), account(fast)) == (plain.hash(), account(plain)) == (cut.hash(), account(cut))
        if last in instants:
            fast, plain, cut = rotated(fast), rotated(plain), rotated(cut)


def of_one(log: list[Event], instants: list[int]) -> PartitionState:
    """By the broker's clock, but for what is dated far ahead of it: that is by its producer's."""
    clocks = (CREATE_TIME if one["occurred_at"] > START_MS + 30 * DAY else LOG_APPEND_TIME for one in log)
    made = [replace(record, timestamp_type=clock) for record, clock in zip(records(log), clocks, strict=True)]
    return in_turns(by_both(RULES), made, instants)


def test_a_callback_that_was_asked_for_under_one_key_is_kept_under_the_other_and_then_forgotten() -> None:
    """
    key before | asked      |                              |
    next key   |            | connected   another contact  | much later: nothing is under the key before
    """
    asked = visit("j", START_MS, ("callback.requested", MINUTE))
    kept = [{**one, "type": "callback.connected", "occurred_at": START_MS + HOUR} for one in asked[-1:]]
    later = [event("contact.started", START_MS + at * DAY, "k", line=None) for at in range(1, 12)]
    state = of_one([*asked, *kept, *later[:1]], [len(asked)])
    assert {journey.under_other for journey in state.journeys.values()} == {True, False}
    (total,) = state.aggregates.totals.values()
    assert (total["entered"], total["callback_kept"]) == (1, 1)
    assert state.fingerprint != state.rules.fingerprint(), "no earlier build takes it for its own"
    done = of_one([*asked, *kept, *later], [len(asked)])
    assert not done.is_of_two_keys
    assert done.fingerprint == done.rules.fingerprint() == replace(done.rules, other_key=b"").fingerprint()


def test_what_waits_stays_with_its_journey_whichever_comes_first() -> None:
    """
    key before | entered, dated 40 days ahead: waits |
    next key   |                                      | answered, dated 40 days ahead: one journey waits, not two
    """
    ahead = START_MS + 40 * DAY
    started = event("contact.started", START_MS, "other", line=None)
    entered, answered = visit("j", ahead, ("queue.answered", MINUTE))[-2:]
    state = of_one([started, entered, answered], [2])
    assert {fact.journey_id for fact in state.ahead} == {pseudonyms(OLD)("j")}
    begun = event("contact.started", START_MS + MINUTE, "j", line=None)
    with_it = of_one([started, entered, begun], [2])
    assert with_it.journeys[pseudonyms(OLD)("j")].under_other, "what waits finds it"


def test_who_is_forgotten_by_event_time_begins_anew_under_the_new_key_in_whatever_batch() -> None:
    begun, much_later = event("contact.started", START_MS, "j", line=None), START_MS + 30 * DAY - 1
    log = [begun, event("contact.started", much_later, "k", line=None), {**begun, "occurred_at": much_later}]
    one, each = of_one(log, [1]), PartitionState(by_both(RULES))
    fold(each, records(log[:1]))
    each = rotated(each)
    for until in (2, 3):
        fold(each, records(log[:until]))
    assert one.hash() == each.hash()
    assert not one.is_of_two_keys


def test_what_is_no_journeys_is_under_no_key() -> None:
    """Else a source's count that waits would ask for the other key all the while, and wait twice if repeated."""
    said = event("queue.snapshot", START_MS + 40 * DAY, None, waiting=1)
    state = of_one([event("queue.snapshot", START_MS, None, waiting=1), said, said], [2])
    assert len(state.ahead) == 1 and not state.is_of_two_keys


def test_a_queue_that_nobody_knows_is_told_where_a_journey_under_the_other_key_names_it() -> None:
    begun = event("contact.started", START_MS, "j", line=None)
    log = [begun, *visit("j", START_MS + MINUTE, line="phone/personbruker/new"), *visit("k", START_MS + MINUTE)]
    state = PartitionState(by_both(RULES))
    fold(state, records(log[:1]))
    assert [offset for offset, _ in fold(rotated(state), records(log)).unknown] == [1]


def test_a_state_of_two_keys_is_read_by_who_has_either_and_by_nobody_else() -> None:
    rules = by_both(RULES)
    assert rules.under_other.under_other == rules
    one, other = rules.fingerprint().encode(), rules.under_other.fingerprint().encode()
    mixed = rules.under_other.fingerprint(is_of_two_keys=True).encode()
    assert (rules.made_by(one), rules.made_by(other), rules.made_by(mixed)) == (
        rules,
        rules.under_other,
        rules.under_other,
    )
    alone = replace(rules, other_key=b"")
    assert [alone.version_of(told) for told in (one, other, mixed)] == [5, None, None]
    assert rules.version_of(rules.under_other.of_version(BY_LINE).fingerprint().encode()) is None, "upgrade it first"
    assert OLD.decode() not in repr(rules) and NEW.decode() not in repr(rules)
