"""What people get of what fires, and who was told, on cases small enough to count by hand."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from streams.generate.alert import Severity
from streams.generate.alertmanager import inhibitions, route
from streams.generate.alerts import alerts
from streams.generate.target_alerts import BREACH, GRAVE_BREACH
from streams.generate.wait_alerts import LONGEST_WAIT, WAIT_BEYOND_LIMIT
from streams.generate.years import from_year
from tests.cards import DAY, YEAR
from tests.study.__main__ import working_days
from tests.study.before import before, waits_before
from tests.study.beside import centre_of, lost, play
from tests.study.evaluation import Fired
from tests.study.heeded import Heeded
from tests.study.notified import messages
from tests.study.prometheus import Firing
from tests.study.week import Day
from tests.truth import Episode

CENTRE = from_year(centre_of("normal", []), YEAR)
ALL = alerts(CENTRE)
GROUP = {"channel": "phone", "audience": "samhandler"}
KOMMUNE = {**GROUP, "queue": "kommune"}
TARGET = "phone-samhandler-mean"
HOUR = 3600


def fires(name: str, start_s: float, end_s: float, **labels: str) -> Fired:
    """One alert of them, as it would fire."""
    alert = next(one for one in ALL if one.name == name and one.target == labels.get("target"))
    return Fired(alert, tuple(sorted(labels.items())), Firing(start_s, end_s))


def got(*fired: Fired, of: Severity = "critical") -> list[tuple[float, str, int]]:
    """When, what, and of how many alerts."""
    told = messages(fired, of, route(CENTRE), inhibitions(CENTRE))
    return [(one.at_s, one.kind, len(one.about)) for one in told]


def test_one_that_fires_is_a_page_and_an_hour_later_a_repeat() -> None:
    wait = fires(LONGEST_WAIT, 100, 100 + HOUR + 600, **KOMMUNE)
    assert got(wait) == [(105, "page", 1), (105 + HOUR, "repeat", 1)]


def test_two_of_a_group_at_once_are_one_page_and_one_after_the_other_are_two() -> None:
    lege = {**GROUP, "queue": "lege-behandler"}
    one = fires(LONGEST_WAIT, 100, 900, **KOMMUNE)
    assert got(one, fires(LONGEST_WAIT, 102, 900, **lege)) == [(105, "page", 2)]
    assert got(one, fires(LONGEST_WAIT, 130, 900, **lege)) == [(105, "page", 1), (165, "page", 1)]


def test_what_is_over_and_comes_again_is_a_page_again_unless_nobody_looked_meanwhile() -> None:
    one = fires(LONGEST_WAIT, 100, 300, **KOMMUNE)
    assert got(one, fires(LONGEST_WAIT, 302, 900, **KOMMUNE)) == [(105, "page", 1)]
    assert got(one, fires(LONGEST_WAIT, 600, 900, **KOMMUNE)) == [(105, "page", 1), (605, "page", 1)]


def test_what_is_inhibited_is_told_when_it_no_longer_is() -> None:
    grave = fires(GRAVE_BREACH, 50, 400, target=TARGET, **GROUP)
    wait = fires(LONGEST_WAIT, 100, 900, **KOMMUNE)
    assert got(grave, wait) == [(55, "page", 1), (405, "page", 1)]
    beyond = fires(WAIT_BEYOND_LIMIT, 100, 390, **KOMMUNE)
    assert got(beyond, wait, of="warning") == []


def test_a_warning_of_a_breach_keeps_nothing_from_on_call() -> None:
    breach = fires(BREACH, 50, 900, target=TARGET, **GROUP)
    assert got(breach, fires(LONGEST_WAIT, 100, 900, **KOMMUNE)) == [(105, "page", 1)]
    assert got(breach, of="warning") == [(60, "page", 1)]


def test_before_each_breach_was_a_page_and_kept_the_longest_wait_of_its_group_back() -> None:
    now = [fires(BREACH, 50, 900, target=TARGET, **GROUP), fires(GRAVE_BREACH, 80, 900, target=TARGET, **GROUP)]
    (wait,) = (one for one in waits_before(ALL) if one.name == LONGEST_WAIT)
    earlier = before(now, [Fired(wait, tuple(sorted(KOMMUNE.items())), Firing(100, 900))])
    assert got(*earlier) == [(55, "page", 1)]


def test_who_was_told_of_what() -> None:
    day = Day(
        range(0, 7 * HOUR),
        list,
        {},
        {target.id: [] for target in CENTRE.targets_at(DAY)} | {TARGET: [Episode(1000, 3000), Episode(9000, 9600)]},
        {"phone/samhandler/kommune": [Episode(1500, 2000), Episode(8000, 8100), Episode(15_000, 16_000)]},
        [],
    )
    found = Heeded()
    fired = [
        fires(BREACH, 1140, 3300, target=TARGET, **GROUP),
        fires(LONGEST_WAIT, 12_000, 12_100, **KOMMUNE),
    ]
    found.add(fired, day, CENTRE)
    assert (found.pages, found.for_nothing, found.warnings) == ([1], 1, 1)
    assert (found.breaches, found.breach_delays_s) == ({"operations": 1}, [140])
    assert (found.waits, found.wait_delays_s) == ({"operations": 1, "nobody": 1}, [0])


@pytest.mark.parametrize("scenario", ["normal", "edges"])
def test_a_day_is_the_same_each_time_and_only_ends_get_lost(scenario: str) -> None:
    (start_ms,) = working_days(1)
    day = play(scenario, 3, start_ms, 1.0, [])
    sent, heard = list(day.sent()), list(day.heard())
    assert sent == list(day.sent()) and heard == list(day.heard())
    assert [one.timestamp_ms for one in sent] == sorted(one.timestamp_ms for one in sent)
    missing = {one.value for one in sent} - {one.value for one in heard}
    assert {one.kind for one in sent if one.value in missing}.isdisjoint({"queue.snapshot", "contact.started"})
    assert len(lost(day)) <= len(missing) < 0.01 * len(sent)


def test_the_hours_of_a_week_with_breaks_are_the_configuration_s_too() -> None:
    days = [date(2025, 1, n) for n in (6, 7, 8, 9, 10)]
    centre = centre_of("edges", days)
    zone = ZoneInfo(centre.timezone)

    def is_open(day: int, hour: float, channel: str = "phone") -> bool:
        at = datetime(2025, 1, day, int(hour), round(hour % 1 * 60), tzinfo=zone)
        return centre.opening_hours.is_open(channel, int(at.timestamp() * 1000))

    assert [is_open(6, hour) for hour in (9, 11.4, 11.5, 12, 12.25, 14.9, 15)] == [1, 1, 0, 0, 1, 1, 0]
    assert [is_open(10, hour) for hour in (9, 11.9, 12, 12.5)] == [1, 1, 0, 0]
    assert [is_open(day, 12.5, "chat") for day in (6, 10)] == [1, 0]
