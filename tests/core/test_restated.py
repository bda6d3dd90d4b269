"""What a source tells anew of a contact: the highest version holds, in any order, and what is settled stays."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.account import account
from streams.core.decode import Rejected
from streams.core.facts import Journey
from streams.core.fold import fold
from streams.core.fold_plainly import fold_plainly
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest.segments import Segments
from streams.serve.early import foreseen
from tests.core.named import total
from tests.core.test_oracle_agrees import FOURTH_LATER, HASTY, RULES, THIRD_EDITION, cuts, folded
from tests.decoding import decode, oracle_decode
from tests.events import CREATE_TIME, DAY_MS, HELSE, START_MS, Event, Record, event, records
from tests.examples import examples
from tests.recounted import unlike
from tests.terms import at_first

MINUTE, HOUR = 60_000, 3_600_000
TYPES = (
    *("queue.entered", "queue.entered", "queue.answered", "queue.abandoned", "queue.left", "callback.requested"),
    *("callback.connected", "callback.failed", "contact.transferred", "contact.ended", "contact.started"),
    *("agent.offered", "bot.started", "bot.ended"),
)


def told(type_: str, at: int, version: int | None = None, **fields: Any) -> Event:
    """Of visit, contact and journey `j`, at so many ms."""
    return event(type_, START_MS + at, "j", contact_version=version, **fields)


@st.composite
def of_one_journey(draw: st.DrawFn, span_ms: int) -> Event:
    """Two contacts, and three visits of which one is entered by both; most is told with a version."""
    made = told(draw(st.sampled_from(TYPES)), draw(st.integers(0, 12)) * span_ms // 12, draw(st.integers(0, 4)) or None)
    queue = draw(st.sampled_from(["helse", "arbeid"]))
    contact, visit = draw(st.sampled_from([("c", "a"), ("d", "b"), (f"by {queue}", "x")]))  # of one at one instant
    made |= {"contact_id": contact, "visit_id": visit, "queue": queue, "destination": queue, "outcome": "solved"}
    made["reason"] = draw(st.sampled_from(["closed", "cancelled"]))
    optional = {"initiation": st.just("callback"), "agent_ref": st.sampled_from(["a", "b"])}
    return made | draw(st.fixed_dictionaries({}, optional=optional))


def restarted(rules: Rules, log: list[Record], cuts: list[int]) -> PartitionState:
    """The state after a log, its journeys written and read again where it is cut."""
    state, segments = PartitionState(rules), Segments()
    kept: dict[bytes, bytes] = {}
    for first, last in pairwise([0, *sorted(cut % (len(log) + 1) for cut in cuts), len(log)]):
        changes = fold(state, log[first:last])
        fields, gone = segments.write(changes.to_offset, changes.journeys, changes.forgotten, state.journeys)
        kept |= {name.encode(): value for name, value in fields.items()}
        for name in gone:
            del kept[name.encode()]
        read = dict(Segments().load(kept))
        for key, journey in state.journeys.items():
            state.remember(key, read[key])
            assert msgspec.msgpack.encode(read[key]) == msgspec.msgpack.encode(journey)
    return state


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(of_one_journey(2 * HOUR), max_size=20), cuts, st.randoms(use_true_random=False))
@pytest.mark.fault(12, 18)
def test_neither_order_nor_repetition_nor_restarts_leave_a_trace(
    log: list[Event], cuts: list[int], chance: Any
) -> None:
    expected = folded(RULES, records(log), [])
    assert unlike(expected, log) == []
    again = log + chance.sample(log, len(log) // 2)
    chance.shuffle(again)
    found = restarted(RULES, records(again), cuts)
    assert found.hash() == expected.hash()
    assert unlike(found, again) == []


@pytest.mark.parametrize("rules", [HASTY, FOURTH_LATER], ids=["ever", "later"])
@pytest.mark.fault(12, 14)
def test_what_is_settled_stays_as_a_recount_has_it(rules: Rules) -> None:
    """Half an hour is the horizon, over six hours: much is too late to be told anew, and some is forgotten."""

    @settings(max_examples=examples(300), deadline=None)
    @given(st.lists(of_one_journey(6 * HOUR), max_size=24), cuts, st.randoms(use_true_random=False))
    def holds(log: list[Event], cuts: list[int], chance: Random) -> None:
        log = sorted(log, key=lambda one: one["occurred_at"] + chance.choice([0, 0, 20, 60]) * MINUTE)
        state = restarted(rules, records(log), cuts)
        assert unlike(state, log) == []
        plain = PartitionState(rules)
        fold_plainly(plain, records(log))
        assert plain.hash() == state.hash()

    holds()


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(of_one_journey(2 * HOUR), max_size=20), cuts)
def test_in_earlier_editions_versions_are_passed_over(log: list[Event], cuts: list[int]) -> None:
    without = [{name: value for name, value in one.items() if name != "contact_version"} for one in log]
    for rules in (THIRD_EDITION, at_first(HASTY, edition=1, one_place=(), memory_ms={})):
        with_versions, plain = (dict(account(folded(rules, records(of), cuts))) for of in (log, without))
        with_versions["restated_late"] = 0
        assert with_versions == plain


def test_a_contact_s_end_alone_may_be_all_that_a_version_says() -> None:
    """Its answer is told no more. A contact's end after an answer changes nothing else."""
    log = [told("queue.entered", 0), told("queue.answered", MINUTE), told("contact.ended", 2 * MINUTE, 1)]
    for cut in ([], [2]):
        state = folded(RULES, records(log), cut)
        assert unlike(state, log) == []
        assert state.aggregates.totals == {}


def test_what_two_contacts_say_of_one_visit_is_united() -> None:
    """An offer in one millisecond to two advisers, and two reasons at one instant: the first in the alphabet."""
    both = [told("queue.entered", 0, 1, contact_id="c"), told("queue.entered", 0, 1, contact_id="d")]
    both[1]["occurred_at"] += MINUTE
    for contact, agent, reason in (("c", "a", "timeout"), ("d", "b", "overflow")):
        both.append(told("agent.offered", 2 * MINUTE, 1, contact_id=contact, agent_ref=agent))
        both.append(told("queue.left", 3 * MINUTE, 1, contact_id=contact, reason=reason))
    state = folded(RULES, records(both[::-1]), [2])
    assert unlike(state, both[::-1]) == []
    assert {name: total(state, HELSE).get(name) for name in ("entered", "offered", "left_overflow")} == {
        "entered": 1,
        "offered": 2,
        "left_overflow": 1,
    }


def test_no_version_is_the_lowest() -> None:
    log = [told("queue.entered", 0, 0), told("queue.answered", MINUTE)]
    state = folded(RULES, records(log), [])
    assert total(state, HELSE)["answered"] == 1
    assert not state.restated, "nothing is kept of it"


def test_that_a_contact_began_replaces_nothing() -> None:
    log = [told("queue.entered", 0, 1), told("contact.started", 0, 2)]
    state = folded(RULES, records(log), [])
    assert (unlike(state, log), total(state, HELSE)["entered"]) == ([], 1)


@pytest.mark.fault(35)
def test_an_id_has_room_for_so_many_versions_with_their_visits() -> None:
    """One place is another contact's, 198 are of 99 versions with a visit each; the last is one more contact's."""
    ends = [told("contact.ended", 0, 1, contact_id=contact, visit_id=None) for contact in ("k", "l", "m")]
    entries = [told("queue.entered", 0, n, queue=("helse", "arbeid", "familie")[n % 3]) for n in range(1, 251)]
    log = [ends[0], *entries, *ends[1:], *entries[:10]]
    state = folded(RULES, records(log), [100])
    assert unlike(state, log) == []
    assert (state.counters["crowded"], total(state, HELSE)["entered"]) == (151 + 1, 1)
    (journey,) = state.journeys.values()
    assert len(msgspec.msgpack.encode(journey)) < 20_000


def test_room_comes_free_with_what_is_over() -> None:
    log = [told("queue.entered", 0, version) for version in range(1, 101)]
    keeps = [told("contact.started", hours * HOUR) for hours in (3, 6, 9)]
    later = [told("queue.entered", 45 * HOUR, 7), event("queue.entered", START_MS + 41 * HOUR, "k")]
    log += [*keeps, told("queue.entered", 5 * HOUR), *later[::-1]]
    state = folded(RULES, records(log), [])
    assert (unlike(state, log), state.counters["crowded"]) == ([], 0)


def test_of_a_contact_that_is_too_old_in_part_nothing_is_replaced() -> None:
    """
    told      | entered 10:00, answered 10:02 |            | entered (late), left 10:09 (not late), both of version 1
    horizon   |                               | 10:01      |
    """
    log = [told("queue.entered", 0), told("queue.answered", 2 * MINUTE), event("queue.entered", START_MS + MINUTE, "k")]
    log += [event("queue.entered", START_MS + 36 * HOUR + MINUTE, "l")]
    anew = [told("queue.entered", 0, 1), told("queue.left", 9 * MINUTE, 1, reason="closed")]
    state = folded(RULES, records([*log, *anew]), [3])
    assert unlike(state, [*log, *anew]) == []
    assert (state.counters["late"], state.counters["restated_late"]) == (1, 2)
    assert (total(state, HELSE)["answered"], total(state, HELSE).get("left_closed")) == (1, None)


def test_what_joins_two_journeys_may_come_too_late_for_what_it_would_replace() -> None:
    """
    contact c | version 1 at 0 |     the horizon, 1 h |  an offer at 3 h, told now   | version 2 at 5 h
    Without the offer these are two journeys, each with a version of its own.
    """
    log = [told("queue.entered", 0, 1), told("queue.entered", 5 * HOUR, 2)]
    log += [event("queue.entered", START_MS + 37 * HOUR, "k"), told("agent.offered", 3 * HOUR)]
    state = folded(RULES, records(log), [3])
    assert unlike(state, log) == []
    assert state.counters["restated_late"] == 1
    early = folded(RULES, records([*log[:2], log[3], log[2]]), [])
    assert unlike(early, [*log[:2], log[3], log[2]]) == []
    assert (total(state, HELSE)["entered"], total(early, HELSE)["entered"]) == (3, 2)


def test_what_waits_ahead_keeps_its_version() -> None:
    """Two days ahead of event time by its producer's clock, until the third journey says so, too."""
    then = 2 * DAY_MS
    first = [told("queue.entered", 0), told("queue.answered", MINUTE)]
    anew = [told("queue.entered", then, 1), told("queue.answered", then + MINUTE, 1), told("queue.entered", then)]
    witnesses = [event("queue.entered", START_MS + then, who) for who in ("k", "l")]
    state = folded(RULES, records(first, START_MS), [])
    ahead = records([*anew, *witnesses], START_MS + then, 2)
    ahead = [replace(record, timestamp_type=CREATE_TIME) for record in ahead]
    fold(state, ahead[:3])
    assert [fact.contact_version for fact in state.ahead] == [0, 1, 1]
    shown = foreseen(state, START_MS + then)
    waits = [wait[2].count for given in shown.journeys.values() for wait in given.waits]
    assert waits == ["answered", "reached"], "as the version says"
    fold(state, ahead)
    assert (total(state, HELSE)["answered"], total(state, HELSE)["entered"], len(state.ahead)) == (2, 4, 0)


def test_what_an_earlier_build_kept_is_read_and_what_has_no_versions_is_read_by_it() -> None:
    class MoreOfBefore(msgspec.Struct, array_like=True):
        ended: dict[int, list[int]] = {}
        transfers: dict[int, list[tuple[int, str]]] = {}
        callbacks: dict[int, int] = {}
        callbacks_again: dict[int, list[int]] = {}

    (kept,) = folded(RULES, records([told("queue.entered", 0, initiation="callback")]), []).journeys.values()
    packed = msgspec.msgpack.encode(kept.more)
    before = msgspec.msgpack.decode(packed, type=MoreOfBefore)
    journey = msgspec.to_builtins(kept)
    journey[-1] = msgspec.to_builtins(before)
    assert msgspec.convert(journey, Journey) == kept


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"contact_version": None}, None),
        ({"contact_version": 3, "contact_id": "c"}, None),
        ({"contact_version": 3.0, "contact_id": "c"}, None),
        ({"contact_version": (1 << 53) - 1, "contact_id": "c"}, None),
        ({"contact_version": 3}, "missing_field"),
        ({"contact_version": 0, "contact_id": None}, "missing_field"),
        ({"contact_version": 3, "contact_id": ""}, "missing_field"),
        ({"contact_version": 3, "unheard_of": 1}, "missing_field"),
        ({"contact_version": -1, "contact_id": "c"}, "bad_field"),
        ({"contact_version": 1 << 53, "contact_id": "c"}, "bad_field"),
        ({"contact_version": 1.5, "contact_id": "c"}, "bad_field"),
        ({"contact_version": "3", "contact_id": "c"}, "bad_field"),
        ({"contact_version": True, "contact_id": "c"}, "bad_field"),
    ],
)
def test_a_version_is_a_whole_number_of_a_contact_that_is_named(fields: dict[str, Any], reason: str | None) -> None:
    said = {"schema_version": 1, "type": "queue.answered", "occurred_at": START_MS, "journey_id": "j", "visit_id": "v"}
    value = msgspec.json.encode(said | fields)
    found, recounted = decode(value), oracle_decode(value)
    assert (found.reason if isinstance(found, Rejected) else None) == reason
    assert (recounted if isinstance(recounted, str) else None) == reason
