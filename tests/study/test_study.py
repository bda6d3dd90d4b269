"""The study's own instruments, on cases small enough to count by hand; and one day of it, held to what it must show."""

from pathlib import Path

import pytest

import config
from streams.generate.service_alerts import WATCHDOG
from streams.generate.target_alerts import BREACH, DRIFTING, GRAVE_BREACH
from streams.generate.wait_alerts import LONGEST_WAIT, WAIT_BEYOND_LIMIT, WAITING_DISPUTED
from tests.cards import DAY
from tests.events import sent
from tests.study.__main__ import working_days
from tests.study.evaluation import EVALUATED_AFTER_S, fired
from tests.study.judge import LONG_S, Drift, Tally, told
from tests.study.others import Count
from tests.study.prometheus import Firing, firings
from tests.study.week import simulate
from tests.truth import Episode, Promised, answers, broken, episodes

MEAN = Promised(limit=60, within_s=None, strictly=False, least=2)


def evaluations(active: str) -> list[tuple[float, bool]]:
    """One each 15 s; "x" is active."""
    return [(15.0 * n, mark == "x") for n, mark in enumerate(active)]


@pytest.mark.parametrize(
    ("active", "expected"),
    [
        ("....", []),
        ("xx..", []),  # 15 s, not 30
        ("xxx.....", [(30, 90)]),  # fires at 30; active until 30, and goes on for 60
        ("xxx..xx.....", [(30, 150)]),  # a pause shorter than that does not end it
        ("xx.xx.xx.xx", []),  # flapping before it fires begins anew each time
        ("xxxx", [(30, 45)]),  # still firing at the end
    ],
)
def test_an_alert_fires_as_prometheus_has_it(active: str, expected: list[tuple[float, float]]) -> None:
    assert firings(evaluations(active), hold_s=30, clear_s=60) == [Firing(*pair) for pair in expected]


def test_a_promise_is_broken_by_those_in_the_window_and_enough_of_them() -> None:
    found = [(10.0, 50.0), (20.0, 71.0), (30.0, 100.0)]  # means: -, 60.5, 73.7; from 41 on only 85.5; from 51 on one
    assert list(broken(found, range(70), 30, MEAN)) == list(range(20, 50))


def test_a_share_that_must_be_more_than_its_limit() -> None:
    share = Promised(limit=0.5, within_s=60, strictly=True, least=2)
    assert [share.is_broken(4, 0, n) for n in range(5)] == [True, True, True, False, False]
    assert [Promised(0.5, 60, False, 2).is_broken(4, 0, n) for n in (1, 2)] == [True, False]


def test_episodes_join_over_short_pauses() -> None:
    assert episodes([1, 2, 3, 303, 604]) == [Episode(1, 303), Episode(604, 604)]


def test_only_own_queues_are_counted_and_each_visit_once() -> None:
    at = 1_741_082_400_000
    found = answers(
        [
            sent(at + 1000, "queue.entered", "a", "helse"),
            sent(at + 2000, "queue.entered", "b", "nav-kontor"),
            sent(at + 4000, "queue.answered", "a", "helse"),
            sent(at + 4000, "queue.answered", "b", "nav-kontor"),
            sent(at + 5000, "queue.answered", "a", "helse"),
        ],
        config.load(),
    )
    assert found["phone-personbruker-mean"] == [(at / 1000 + 4.0, 3.0)]


def test_what_is_found_missed_short_and_for_nothing() -> None:
    tally = Tally()
    tally.add([Firing(1100, 1900), Firing(5000, 5100), Firing(9000, 9400)], [Episode(1000, 1800), Episode(9000, 9100)])
    tally.add([], [Episode(0, LONG_S)])
    assert (tally.long, tally.missed, tally.delays_s) == (2, 1, [100.0])
    assert (tally.pages, tally.for_nothing, tally.short) == (3, 1, 1)


def test_a_surge_is_found_in_time_and_drift_told_before(tmp_path: Path) -> None:
    """Two hours; the study has hundreds of days."""
    centre = config.load()
    week = simulate(centre, "surge", 2, working_days(1), tmp_path, hours=2)
    alerts = fired(centre, tmp_path, [day.seconds for day in week.days])
    target = next(t for t in centre.targets_at(DAY) if t.id == "phone-personbruker-mean")
    tally, drift, true = Tally(), Drift(), week.days[0].broken[target.id]
    tally.add(told(alerts, BREACH, target, week.days[0]), true)
    drift.add(told(alerts, DRIFTING, target, week.days[0]), true)
    assert (tally.long, tally.missed, tally.for_nothing) == (1, 0, 0)
    assert max(tally.delays_s) <= target.hold / 1000 + 60
    assert min(drift.leads_s) >= 300
    others = Count()
    others.add((one for one in alerts if one.alert.name not in (BREACH, DRIFTING, WATCHDOG)), week, centre)
    came = {LONGEST_WAIT, WAIT_BEYOND_LIMIT, GRAVE_BREACH}  # two hours and nothing before them: no pattern of the year
    assert came <= others.came.keys() <= {*came, WAITING_DISPUTED}  # of a usual day's lost ends, if there were any
    assert others.looked_at[LONGEST_WAIT] >= 1
    assert not others.for_nothing[LONGEST_WAIT] and not others.for_nothing[WAITING_DISPUTED]
    assert [one.firing for one in alerts if one.alert.name == WATCHDOG] == [Firing(*_whole(week.days[0].seconds))]


def _whole(seconds: range) -> tuple[int, int]:
    """The first and the last evaluation of a day."""
    return seconds.start + EVALUATED_AFTER_S, seconds[-1]
