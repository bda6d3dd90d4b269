"""A usual day: lawful, repeatable, and what domain figures say such a day is like."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import config
from streams.core.events import TYPE_NAMES, Event
from streams.sources.nks import nks
from streams.sources.simulator import events
from tests.decoding import decode

from .days import HOUR, MINUTE, at_ms, day

EXITS = {"queue.answered", "queue.abandoned", "queue.left", "callback.requested"}
AFTER_A_PROMISE = {"callback.attempted", "callback.connected", "callback.failed"}
Said = Mapping[str, Any]


def visits(said: Sequence[tuple[int, Said]]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = defaultdict(list)
    for _, event in said:
        if "visit_id" in event:
            found[event["visit_id"]].append(event)
    return found


def mean_wait_ms(said: Sequence[tuple[int, Said]], channel: str, audience: str, skip: str = "nav-kontor") -> float:
    waits = [
        event["occurred_at"] - history[0]["occurred_at"]
        for history in visits(said).values()
        for event in history
        if (event["type"], event["channel"], event["audience"]) == ("queue.answered", channel, audience)
        and event["queue"] != skip
    ]
    return fmean(waits)


def test_it_repeats() -> None:
    start = at_ms("2025-03-04T09:30")
    assert list(events("normal", 7, start, 1)) == list(events("normal", 7, start, 1))
    assert [e for _, e in events("normal", 8, start, 1)] != [e for _, e in events("normal", 7, start, 1)]


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    short, long = day(hours=1), day()
    assert short == long[: len(short)]


def test_a_later_start_on_the_same_day_tells_the_same_day() -> None:
    """So that a simulation that is started again adds nothing that was not there."""
    assert day(start="2025-03-04T12:00", hours=1) == day(start="2025-03-04T09:30", hours=3.5)


def test_events_come_in_order_of_time_with_ids_of_their_own() -> None:
    said = day()
    assert all(before <= after for (before, _), (after, _) in pairwise(said))
    assert all(ms == event["occurred_at"] for ms, event in said)
    assert len({event["event_id"] for _, event in said}) == len(said)


def test_every_type_occurs_and_every_event_is_one() -> None:
    said = day()
    for _, event in said:
        assert isinstance(decode(orjson.dumps(event)), Event), event  # not Newer: no field that the schema lacks
    assert {event["type"] for _, event in said} == set(TYPE_NAMES.values())
    assert {event["reason"] for _, event in day("surge") if event["type"] == "queue.left"} == {
        *("closed", "overflow", "timeout", "transferred")
    }
    assert {event["reason"] for _, event in said if event["type"] == "callback.failed"} == {"cancelled", "no_answer"}


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), minute=st.integers(0, 24 * 60), hours=st.floats(0.1, 2))
def test_visits_are_lawful(seed: int, minute: int, hours: float) -> None:
    start = at_ms("2025-03-04T00:00") + minute * MINUTE
    for history in visits(list(events("normal", seed, start, hours))).values():
        assert_lawful(history)


def assert_lawful(history: list[Said]) -> None:
    types = [event["type"] for event in history]
    assert types[0] == "queue.entered"
    assert all(a["occurred_at"] <= b["occurred_at"] for a, b in pairwise(history))
    exits = [n for n, name in enumerate(types) if name in EXITS]
    assert len(exits) <= 1 and types.count("queue.entered") == 1
    if not exits:
        assert set(types[1:]) <= {"agent.offered", "agent.missed"}
        return
    before, exit_type, after = set(types[1 : exits[0]]), types[exits[0]], types[exits[0] + 1 :]
    assert before <= {"agent.offered", "agent.missed"}
    if exit_type == "callback.requested":
        assert set(after) <= AFTER_A_PROMISE | {"contact.transferred"}
        assert sum(name in ("callback.connected", "callback.failed") for name in after) <= 1
        assert "callback.connected" not in after or "callback.attempted" in after
    else:
        assert after in ([], ["contact.transferred"])


def test_a_day_ends_with_nobody_waiting() -> None:
    open_still = [history for history in visits(day()).values() if not EXITS & {event["type"] for event in history}]
    assert open_still == []


def test_contacts_start_and_end_once_and_nothing_happens_to_them_after() -> None:
    ended: dict[str, int] = {}
    started: Counter[str] = Counter()
    for ms, event in day():
        contact = event.get("contact_id", "")
        started[contact] += event["type"] == "contact.started"
        if event["type"] == "contact.ended":
            assert contact not in ended
            ended[contact] = ms
        elif contact in ended:
            is_survey = event["type"].startswith("survey.")
            assert is_survey or event["type"] == "callback.failed"  # a promise is withdrawn later
    assert max(started.values()) == 1
    assert set(started) - set(ended) != set()  # promises, and letters: those have no end


def test_snapshots_are_what_the_events_say() -> None:
    """The simulator's own books against a recount of what it sent."""
    waiting: Counter[tuple[str, str, str]] = Counter()
    snapshots = 0
    for _, event in day():
        where = (event["channel"], event["audience"], event.get("queue", ""))
        if event["type"] == "queue.entered":
            waiting[where] += 1
        elif event["type"] in EXITS:
            waiting[where] -= 1
        elif event["type"] == "queue.snapshot":
            assert event["waiting"] == waiting[where]
            snapshots += 1
    assert snapshots > 1000


def test_queues_and_hours_are_those_of_the_configuration() -> None:
    centre, model = config.load(), nks()
    lines = centre.rules().lines
    simulated = {line.name for line in model.lines} | {bot.name for bot in model.bots}
    simulated |= {outside.name for outside in model.outside} | {letter.name for letter in model.written}
    assert simulated == set(lines)
    for minute in range(0, 24 * 60, 5):
        ms = at_ms("2025-03-04T00:00") + minute * MINUTE
        for channel, (opens, closes) in model.hours.items():
            assert (opens <= minute / 60 < closes) == centre.opening_hours.is_open(channel, ms)


def test_transfers_lead_to_queues_that_exist() -> None:
    names = {line.name for line in nks().lines} | {outside.name for outside in nks().outside}
    for line in nks().lines:
        assert sum(line.transfers.values()) < 1
        for destination in (*line.transfers, *filter(None, [line.overflow])):
            assert line.name._replace(queue=destination) in names


@pytest.mark.parametrize("seed", [1, 42])
def test_a_usual_day_is_like_the_published_ones(seed: int) -> None:
    said = day(seed=seed)
    assert 2.5 * MINUTE < mean_wait_ms(said, "phone", "personbruker") < 7 * MINUTE
    assert 0.7 * MINUTE < mean_wait_ms(said, "phone", "samhandler") < 3 * MINUTE
    assert mean_wait_ms(said, "chat", "personbruker") < 3 * MINUTE
    phone = Counter(
        event["type"] for _, event in said if event["channel"] == "phone" and "nav-kontor" not in str(event)
    )
    assert 0.05 < phone["queue.abandoned"] / (phone["queue.abandoned"] + phone["queue.answered"]) < 0.15
    started = Counter(event["channel"] for _, event in said if event["type"] == "contact.started")
    assert 11_000 < started["phone"] < 15_000  # 3 124 706 a year
    bot = Counter(event["outcome"] for _, event in said if event["type"] == "bot.ended")
    assert bot["transferred"] / bot.total() < 0.30 < bot["solved"] / bot.total()


def test_the_office_answers_few_and_one_promise_in_eleven_is_forgotten() -> None:
    said = [pair for seed in (1, 2, 3) for pair in day(seed=seed)]
    office = Counter(event["type"] for _, event in said if event.get("queue") == "nav-kontor")
    assert 0.10 < office["queue.answered"] / office["queue.entered"] < 0.17  # 6 of 44
    morning = [  # the promises that there was time to keep
        history
        for seed in (1, 2, 3)
        for history in visits(day(seed=seed)).values()
        for event in history
        if event["type"] == "callback.requested" and event["occurred_at"] < at_ms("2025-03-04T11:30")
    ]
    forgotten = [history for history in morning if not AFTER_A_PROMISE & {event["type"] for event in history}]
    assert 0.05 < len(forgotten) / len(morning) < 0.14


def test_the_centre_is_closed_at_night_and_nearly_silent_on_days_off() -> None:
    entered = [ms for ms, event in day() if event["type"] == "queue.entered"]
    assert at_ms("2025-03-04T09:00") <= min(entered) and max(entered) < at_ms("2025-03-04T15:00")
    saturday, may_17 = day(start="2025-03-08T09:30"), day(start="2024-05-17T09:30")  # a Friday
    for off in (saturday, may_17):
        assert 0 < len(off) < len(day()) / 50
        assert not any(event["type"] == "queue.entered" for _, event in off)


@pytest.mark.parametrize(("start", "opens_utc"), [("2025-03-28T00:00", 8), ("2025-03-31T00:00", 7)])
def test_hours_follow_summer_time(start: str, opens_utc: int) -> None:
    midnight_utc = (at_ms(start) + 3 * HOUR) // (24 * HOUR) * 24 * HOUR
    first = next(ms for ms, event in events("normal", 1, at_ms(start), 10) if event["type"] == "queue.entered")
    assert 0 <= first - midnight_utc - opens_utc * HOUR < 2 * MINUTE


def test_days_follow_each_other() -> None:
    """Friday to Monday: what was promised on Friday is first in line on Monday."""
    said = day(start="2025-03-07T09:30", hours=75)
    by_visit = visits(said)
    kept_late = [
        history
        for history in by_visit.values()
        if history[0]["occurred_at"] < at_ms("2025-03-08T00:00") < history[-1]["occurred_at"]
    ]
    assert kept_late
    assert all(history[-1]["type"].startswith(("callback", "contact")) for history in kept_late)
