"""One journey id for all: a journey has room for so much, and what finds none is counted."""

from collections.abc import Iterable
from random import Random
from typing import Any

import msgspec
import pytest
from orjson import dumps

from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.cells import in_full, residual
from streams.core.fold import fold
from streams.core.state import PartitionState
from streams.oracle import differences, recount
from tests.core.test_oracle_agrees import RULES, folded
from tests.events import CREATE_TIME, START_MS, Event, Record, event, records

pytestmark = pytest.mark.fault(35)

VISITS, INSTANTS = 200, 50  # as MEASURES.md says


def told(kind: str, n: int, at: int, **fields: Any) -> Event:
    """All of one journey."""
    return event(kind, START_MS + at, f"{n}", journey_id="unknown", **fields)


def checked(log: list[Event], cuts: Iterable[int] = ()) -> PartitionState:
    """The state, once it was held against a recount."""
    written = records(log)
    state = folded(RULES, written, list(cuts))
    expected = recount([r.recounted for r in written], definitions_of(RULES))
    assert [str(d) for d in differences(expected, account(state))] == []
    return state


@pytest.mark.parametrize("seed", range(2))
def test_thousands_of_visits_of_one_journey_keep_its_size_and_are_counted(seed: int) -> None:
    entries = [told("queue.entered", n, n * 1000) for n in range(1_000)]
    answers = [told("queue.answered", n, n * 1000 + 30_000) for n in range(1_000)]
    log = entries + answers
    chance = Random(seed)
    if seed:
        chance.shuffle(log)
    state = checked(log, sorted(chance.sample(range(len(log)), 5)))
    (journey,) = state.journeys.values()
    assert len(journey.visits) == VISITS
    assert len(msgspec.msgpack.encode(journey)) < 20_000
    assert state.counters["accepted"] == len(log)
    assert state.counters["crowded"] == len(log) - 2 * VISITS
    (cell,) = map(in_full, state.aggregates.totals.values())
    waiting = sum(len(waits) for waits in state.open_now.waiting.values())
    assert residual(cell, waiting) == 0
    assert cell["entered"] == VISITS


@pytest.mark.parametrize(
    ("kind", "fields", "held", "most"),
    [
        ("contact.ended", {}, lambda journey: journey.ended, VISITS),
        ("bot.started", {"channel": "chat"}, lambda journey: journey.bots, VISITS),
        ("contact.transferred", {"destination": "helse"}, lambda journey: journey.transfers, VISITS),
        ("queue.abandoned", {}, lambda journey: journey.visits, VISITS),
    ],
)
def test_each_kind_has_its_bound(kind: str, fields: dict[str, object], held: Any, most: int) -> None:
    state = checked([told(kind, n, n * 1000, **fields) for n in range(most + 30)])
    (journey,) = state.journeys.values()
    assert (len(held(journey)), state.counters["crowded"]) == (most, 30)


def test_what_waited_and_finds_no_room_when_it_comes_in_is_counted_too() -> None:
    """Two more of a journey that is full, which their producer dates far ahead; then event time comes there."""
    later = 20 * 3_600_000
    full = [told("queue.entered", n, n) for n in range(VISITS)]
    ahead = [told("queue.entered", VISITS + n, later + n) for n in range(2)]
    state = folded(RULES, records(full, START_MS), [])
    log = [Record(VISITS + n, one["occurred_at"], dumps(one), CREATE_TIME) for n, one in enumerate(ahead)]
    fold(state, log)
    assert (len(state.ahead), state.counters["crowded"]) == (2, 0)
    fold(state, records([event("queue.entered", START_MS + later + 5, "another")], START_MS + later + 5, VISITS + 2))
    assert (len(state.ahead), state.counters["crowded"]) == (0, 2)


@pytest.mark.parametrize("kind", ["agent.offered", "agent.missed"])
def test_a_visit_is_offered_so_often_at_most(kind: str) -> None:
    offers = [told(kind, 0, n * 1000) for n in range(INSTANTS + 30)]
    state = checked([told("queue.entered", 0, 0), *offers, *offers[:INSTANTS]])
    (cell,) = map(in_full, state.aggregates.totals.values())
    assert (cell[kind.removeprefix("agent.")], state.counters["crowded"]) == (INSTANTS, 30)
