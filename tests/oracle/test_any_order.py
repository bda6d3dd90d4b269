"""What must hold for every log: order and repetition do not matter, and nobody is dropped from the books."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.oracle import Definitions, Later, LogRecord, recount
from tests.events import event
from tests.examples import examples

from .drawn import DAY, DEFINITIONS, EDITION_2, EDITION_3, FROM_ONE, HOUR, MINUTE, T0, WITH_MEMORY

TYPES = (
    *("queue.entered", "queue.answered", "queue.abandoned", "queue.left", "callback.requested", "callback.connected"),
    *("callback.failed", "callback.attempted", "contact.transferred", "contact.ended", "agent.offered", "agent.missed"),
    *("contact.started", "bot.started", "bot.ended"),
)
EXITS = ("answered", "called_back", "abandoned", "lost")
FATES = ("callback_kept", "callback_cancelled", "callback_failed", "callback_broken", "callback_settled")
BY_DATE = replace(DEFINITIONS, later=[Later(**{**FROM_ONE, "from_ms": T0 + 3 * HOUR}, edition=2, one_place=("phone",))])
BY_VERSION = replace(WITH_MEMORY, edition=4)
editions = st.sampled_from([DEFINITIONS, EDITION_2, replace(EDITION_2, one_place=()), WITH_MEMORY, BY_DATE, BY_VERSION])
HORIZON = 3 * HOUR
BRIEF = replace(  # so brief that much is over, and some forgotten, before the last event comes
    EDITION_3, horizon_ms=HORIZON, ghost_after_ms=HOUR, promise_lost_ms=6 * HOUR, memory_ms={"chat": 4 * HOUR}
)
OTHERWISE = Later(
    **{**FROM_ONE, "from_ms": T0 + 10 * HOUR, "horizon_ms": HORIZON, "ghost_after_ms": 2 * HOUR},
    memory_ms={"phone": 5 * HOUR},
)

events = st.builds(
    event,
    st.sampled_from(TYPES),
    st.integers(0, 20).map(lambda n: T0 + n * 30 * MINUTE),
    st.sampled_from(["j", "k"]),
    contact_id=st.sampled_from(["c", "d"]),
    visit_id=st.sampled_from(["a", "b"]),
    queue=st.sampled_from(["helse", "arbeid"]),
    channel=st.sampled_from(["phone", "phone", "chat"]),
    destination=st.sampled_from(["helse", "arbeid"]),
    reason=st.sampled_from(["closed", "cancelled"]),
    outcome=st.sampled_from(["solved", "partly"]),
    agent_ref=st.sampled_from([None, "x", "y"]),
    initiation=st.sampled_from([None, "inbound", "callback"]),
    promised_by=st.sampled_from([None, T0 + 4 * HOUR, T0 + 8 * HOUR]),
    contact_version=st.sampled_from([None, None, 1, 2]),
)
# One journey in a few instants, where the stays, promises and transfers of one visit meet.
dense = st.lists(
    events.map(lambda said: said | {"journey_id": "j", "occurred_at": T0 + (said["occurred_at"] - T0) % (2 * HOUR)}),
    max_size=24,
)


def records(said: list[dict[str, Any]]) -> list[LogRecord]:
    # The broker gets everything at the end, well within the horizon.
    return [LogRecord(offset, T0 + 600 * MINUTE, json.dumps(one).encode(), True) for offset, one in enumerate(said)]


def figures(said: list[dict[str, Any]], by: Definitions) -> dict[str, Any]:
    counted = recount(records(said), by)
    return {name: of for name, of in counted.items() if name not in ("offset", "accepted", "newer")}


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(events, max_size=14) | dense, editions, st.randoms(use_true_random=False))
@pytest.mark.fault(12)
def test_order_and_repetition_do_not_matter(said: list[dict[str, Any]], by: Definitions, random: Any) -> None:
    again = said + random.sample(said, len(said) // 2)
    random.shuffle(again)
    assert figures(again, by) == figures(said, by)


# Over more than a day, of one id or two: what happens, and how long after it is told the one time and the other.
days = st.integers(0, 60).map(lambda n: {"occurred_at": T0 + n * 30 * MINUTE})
delays = st.integers(0, HORIZON)
delayed = st.lists(st.tuples(st.builds(dict[str, Any].__or__, events, days), st.tuples(delays, delays)), max_size=24)


@settings(max_examples=examples(300), deadline=None)
@given(delayed, st.integers(0, 45 * HOUR), st.sampled_from([BRIEF, replace(BRIEF, later=[OTHERWISE])]))
@pytest.mark.fault(12)
def test_within_the_horizon_it_does_not_matter_when_something_comes(
    happened: list[tuple[dict[str, Any], tuple[int, int]]], now: int, by: Definitions
) -> None:
    tick = event("survey.answered", T0 + now, question="service", score=6)
    accounts = []
    for time in (0, 1):
        arrivals = [(said["occurred_at"] + delay[time], said) for said, delay in happened]
        came = [said for _, said in sorted([*arrivals, (T0 + now, tick)], key=lambda arrival: arrival[0])]
        stamped = [LogRecord(n, T0 + 10 * DAY, json.dumps(said).encode(), True) for n, said in enumerate(came)]
        account = dict(recount(stamped, by))
        assert account["late"] == 0
        # How long an id is remembered goes by all that was told since it was last forgotten, which no figure does.
        accounts.append({name: of for name, of in account.items() if name != "journeys"})
    assert accounts[0] == accounts[1]


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(events, max_size=20) | dense, editions | st.sampled_from([BRIEF, replace(BRIEF, edition=4)]))
def test_the_books_balance(said: list[dict[str, Any]], by: Definitions) -> None:
    counted = figures(said, by)
    for line, cell in counted["totals"].items():
        out = sum(cell.get(name, 0) for name in (*EXITS, *(name for name in cell if name.startswith("left_"))))
        assert cell.get("entered", 0) == out + len(counted["waiting"].get(line, []))
        settled = sum(cell.get(name, 0) for name in FATES)
        assert cell.get("called_back", 0) == settled + len(counted["promises"].get(line, []))
        for family in ("answered", "abandoned", "callback_kept", "reached"):
            assert cell.get(family, 0) == sum(n for name, n in cell.items() if name.startswith(f"{family}_in_"))
        assert cell.get("cut", 0) <= cell.get("entered", 0)
        assert cell.get("reached", 0) <= cell.get("journeys", 0)
        assert cell.get("time_in_queues_sum_ms", 0) <= cell.get("journey_wait_sum_ms", 0)
        days = [lines.get(line, {}) for lines in counted["days"].values()]
        assert cell == {name: sum(day.get(name, 0) for day in days) for name in cell}
