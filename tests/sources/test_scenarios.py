"""What each scenario is for, seen from outside."""

import pytest

from streams.sources.scenarios import SCENARIOS
from streams.sources.simulator import events

from .days import MINUTE, TUESDAY, at_ms, day
from .test_simulator import assert_lawful, mean_wait_ms, visits


def entered(scenario: str, from_min: float, to_min: float) -> int:
    begin, end = (at_ms(TUESDAY) + minutes * MINUTE for minutes in (from_min, to_min))
    return sum(event["type"] == "contact.started" and begin <= ms < end for ms, event in day(scenario))


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_is_lawful_and_says_what_it_is(name: str) -> None:
    assert SCENARIOS[name].about.endswith(".")
    for history in visits(day(name)).values():
        assert_lawful(history)


def test_an_unknown_one_is_refused() -> None:
    with pytest.raises(KeyError):
        events("sunny", 1, 0, 1)


def test_the_surge_comes_after_twenty_minutes_and_passes() -> None:
    assert entered("surge", 0, 20) == entered("normal", 0, 20)
    assert 2.2 < entered("surge", 20, 80) / entered("normal", 20, 80) < 2.8
    assert 0.9 < entered("surge", 80, 300) / entered("normal", 80, 300) < 1.1


def test_surge_and_short_staff_make_people_wait() -> None:
    usual = mean_wait_ms(day(), "phone", "personbruker")
    for scenario in ("surge", "short-staffed"):
        assert mean_wait_ms(day(scenario), "phone", "personbruker") > 2 * usual


def test_after_a_surge_the_queues_recover() -> None:
    late = at_ms("2025-03-04T13:30")
    waiting = [event["waiting"] for ms, event in day("surge") if event["type"] == "queue.snapshot" and ms > late]
    usual = [event["waiting"] for ms, event in day() if event["type"] == "queue.snapshot" and ms > late]
    assert sum(waiting) < 3 * sum(usual)


def test_the_silent_feed_is_a_usual_one_that_stops() -> None:
    silent, usual = day("silent"), day()
    assert silent == usual[: len(silent)]
    assert 9 * MINUTE < silent[-1][0] - at_ms(TUESDAY) <= 10 * MINUTE


def test_days_that_differ_have_ids_that_differ() -> None:
    """Two scenarios in one log must not meet in one journey."""
    ids = {name: {event.get("journey_id") for _, event in day(name)} - {None} for name in SCENARIOS}
    assert ids["silent"] <= ids["normal"]
    for name in ("surge", "short-staffed", "messy"):
        assert not ids[name] & ids["normal"]
