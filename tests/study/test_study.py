"""The study's own instruments, on cases small enough to count by hand; and one day of it, held to what it must show."""

import pytest

import config
from tests.study.__main__ import HOURS, working_days
from tests.study.day import simulate
from tests.study.judge import LONG_S, Drift, Tally, breaches, drifts
from tests.study.prometheus import Firing, firings
from tests.study.truth import Episode, Promised, answers, broken, episodes

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
    where = {"channel": "phone", "audience": "personbruker"}
    events = [
        (1000, {"type": "queue.entered", "visit_id": "a", "queue": "helse", **where}),
        (2000, {"type": "queue.entered", "visit_id": "b", "queue": "nav-kontor", **where}),
        (4000, {"type": "queue.answered", "visit_id": "a"}),
        (4000, {"type": "queue.answered", "visit_id": "b"}),
        (5000, {"type": "queue.answered", "visit_id": "a"}),
    ]
    assert answers(events, {("phone", "personbruker", "helse")}) == [(4.0, 3.0)]


def test_what_is_found_missed_short_and_for_nothing() -> None:
    tally = Tally()
    tally.add([Firing(1100, 1900), Firing(5000, 5100), Firing(9000, 9400)], [Episode(1000, 1800), Episode(9000, 9100)])
    tally.add([], [Episode(0, LONG_S)])
    assert (tally.long, tally.missed, tally.delays_s) == (2, 1, [100.0])
    assert (tally.pages, tally.for_nothing, tally.short) == (3, 1, 1)


def test_a_surge_is_found_in_time_and_drift_told_before() -> None:
    """One day; the study has hundreds."""
    centre = config.load()
    day = simulate(centre, "surge", 1, working_days(1)[0], hours=HOURS / 3)
    target = next(t for t in centre.targets if t.id == "phone-personbruker-mean")
    tally, drift = Tally(), Drift()
    tally.add(breaches(day, target), day.broken[target.id])
    drift.add(drifts(day, target), day.broken[target.id])
    assert (tally.long, tally.missed, tally.for_nothing) == (1, 0, 0)
    assert max(tally.delays_s) <= target.hold / 1000 + 60
    assert min(drift.leads_s) >= 300
