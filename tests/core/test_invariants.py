"""What holds of every log: order, repetition, batches and partitions leave no trace, and the books always balance."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.account import account
from streams.core.cells import in_full, merge, residual
from streams.core.fold import fold
from streams.core.reading import Cell
from streams.core.rules import Rules
from streams.core.state import PartitionState
from tests.core.logs import events, logs
from tests.core.test_oracle_agrees import HASTY, RULES, cuts, folded
from tests.events import START_MS, Event, Record, event, records
from tests.examples import examples

HOURS_MS = 8 * 3_600_000  # less than the horizon: nothing is late
Log = list[Event]

LAST = event("contact.held", START_MS + HOURS_MS + 60_000, "the last")


def figures(state: PartitionState) -> dict[str, Any]:
    """The account without what tells how often and in how many records it was said."""
    return {name: value for name, value in account(state).items() if name not in ("offset", "accepted", "newer")}


@pytest.mark.parametrize("rules", [RULES, replace(RULES, most_unknown=1)], ids=["ours", "of few queues"])
@pytest.mark.fault(12, 18)
def test_neither_order_nor_repetition_nor_batches_leave_a_trace(rules: Rules) -> None:
    @settings(max_examples=examples(250), deadline=None)
    @given(logs(HOURS_MS), st.data(), cuts)
    def holds(log: Log, data: st.DataObject, cuts: list[int]) -> None:
        expected = folded(rules, records(log), [])
        again = data.draw(st.lists(st.sampled_from(log), max_size=20)) if log else []
        shuffled = data.draw(st.permutations([*log, *again]))
        found = folded(rules, records(shuffled), cuts)
        assert figures(found) == figures(expected)
        assert found.hash() == expected.hash()

    holds()


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["entered", "entered", "answered", "abandoned"]), st.integers(0, 2), st.integers(0, 9)
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
    cuts,
)
def test_sums_and_maxima_are_right_however_often_they_are_corrected(
    said: list[tuple[str, int, int]], chance: Random, cuts: list[int]
) -> None:
    """Three visits, and what is said of when they began and ended is corrected in later batches."""
    log: Log = [event(f"queue.{what}", START_MS + t * 60_000, f"{n}") for what, n, t in said]
    expected = folded(RULES, records(log), [])
    chance.shuffle(log)
    found = folded(RULES, records(log), cuts)
    assert figures(found) == figures(expected)


@pytest.mark.parametrize("answered", [False, True])
def test_an_entry_corrected_in_a_later_batch_leaves_no_trace(answered: bool) -> None:
    """Two entries of one visit at the same instant: the first queue in alphabetical order counts."""
    answer: Log = [event("queue.answered", START_MS + 1)] if answered else []
    log: Log = [*answer, *(event("queue.entered", START_MS, queue=queue) for queue in ("helse", "arbeid"))]
    one, two = folded(RULES, records(log), []), folded(RULES, records(log), [len(log) - 1])
    assert account(one) == account(two)
    assert one.hash() == two.hash()


@settings(max_examples=examples(150), deadline=None)
@given(logs(HOURS_MS), st.integers(1, 4), st.lists(st.integers(0, 3), min_size=4, max_size=4))
@pytest.mark.fault(18)
def test_partitions_add_up_to_the_whole(log: Log, partitions: int, where: list[int]) -> None:
    """Journeys are split between partitions, and every partition has come to the same time."""
    whole = folded(RULES, records([*log, LAST]), [])
    split: list[Log] = [[] for _ in range(partitions)]
    for one in log:
        split[where[int(one["journey_id"][1:])] % partitions].append(one)
    states = [folded(RULES, records([*part, LAST]), []) for part in split]

    for level in ("panes", "intervals", "days"):
        merged: dict[int, dict[str, Cell]] = {}
        for state in states:
            for start, row in getattr(state.aggregates, level).rows.items():
                for line, cell in row.items():
                    merge(merged.setdefault(start, {}).setdefault(line, {}), cell)
        assert merged == getattr(whole.aggregates, level).rows
    totals: dict[str, Cell] = {}
    for state in states:
        for line, cell in state.aggregates.totals.items():
            merge(totals.setdefault(line, {}), cell)
    assert totals == whole.aggregates.totals

    for kind in ("waiting", "promises", "transfers"):
        union = [entry for state in states for line in getattr(state.open_now, kind).values() for entry in line.items()]
        entries = [entry for line in getattr(whole.open_now, kind).values() for entry in line.items()]
        assert sorted(union) == sorted(entries)
    assert Counter(key for state in states for key in state.journeys) == Counter(whole.journeys.keys())


@settings(max_examples=examples(100), deadline=None)
@given(logs(HOURS_MS), st.integers(0, 40), cuts)
@pytest.mark.fault(1)
def test_records_that_were_folded_change_nothing(log: Log, back: int, cuts: list[int]) -> None:
    """After a crash Kafka may hand out again what Redis has already."""
    written = records(log)
    state = folded(HASTY, written, cuts)
    before = state.hash(), account(state)
    changes = fold(state, written[max(0, len(written) - back) :])
    assert (changes.from_offset, changes.to_offset) == (state.offset, state.offset)
    assert not changes.journeys and not changes.forgotten
    assert (state.hash(), account(state)) == before


@settings(max_examples=examples(150), deadline=None)
@given(logs(HOURS_MS))
def test_the_books_balance_after_every_event(log: Log) -> None:
    state = PartitionState(HASTY)
    for record in records(log):
        fold(state, [record])
        for line, cell in state.aggregates.totals.items():
            get = cell.get
            assert residual(in_full(cell), len(state.open_now.waiting[line])) == 0
            ends = ("callback_kept", "callback_cancelled", "callback_failed", "callback_broken")
            assert get("called_back", 0) == sum(get(n, 0) for n in ends) + len(state.open_now.promises[line])
            after = ("passed_on_answered", "passed_on_given_up", "passed_on_ended_otherwise")
            assert get("passed_on", 0) >= sum(get(n, 0) for n in after)
            assert get("journeys", 0) >= get("reached", 0) >= get("reached_first_visit", 0)
            assert min(cell.values(), default=1) > 0, "what is nothing is not stored, and nothing is less"


@settings(max_examples=examples(100), deadline=None)
@given(logs(HOURS_MS), st.text(min_size=10, max_size=40).map("§{}".format))  # no word of ours
@pytest.mark.fault(19)
def test_no_id_of_the_sources_is_in_any_state(log: Log, id_: str) -> None:
    for one in log:
        for name in ("journey_id", "contact_id", "visit_id"):
            one[name] = f"{id_}{one[name]}"
    state = folded(RULES, records(log), [])
    needle = id_.encode("utf-8", "surrogatepass")
    assert needle not in orjson.dumps(account(state), option=orjson.OPT_NON_STR_KEYS)
    assert needle not in b"".join(_encoded(state))


def _encoded(state: PartitionState) -> list[bytes]:
    from streams.ingest.segments import Segments

    fields, _ = Segments().write(1, state.journeys, [], state.journeys)
    return list(fields.values())


@settings(max_examples=examples(200), deadline=None)
@given(events(HOURS_MS), st.integers(0, 5))
@pytest.mark.fault(12, 14)
def test_one_event_alone_waits_leaves_or_says_nothing(event: dict[str, object], times: int) -> None:
    """However often it comes."""
    state = folded(RULES, [Record(i, START_MS + 2 * HOURS_MS, orjson.dumps(event)) for i in range(times + 1)], [])
    entered = sum(in_full(cell).get("entered", 0) for cell in state.aggregates.totals.values())
    assert entered == (event["type"] == "queue.entered")
    assert sum(map(len, state.open_now.waiting.values())) == entered
    assert state.counters["accepted"] == times + 1
