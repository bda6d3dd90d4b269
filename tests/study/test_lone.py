"""The short study's own instruments, on a day small enough to count by hand; and an hour of it, as it must come out."""

from pathlib import Path

import pytest

import config
from streams.generate.alerts import alerts
from streams.generate.wait_alerts import (
    BEYOND_FOR_MS,
    LONGEST_WAIT,
    LONGEST_WAIT_DISPUTED,
    WAIT_BEYOND_LIMIT,
    WAITING_DISPUTED,
)
from streams.generate.years import from_year
from tests.cards import DAY, YEAR
from tests.study.__main__ import working_days
from tests.study.evaluation import Fired, fired
from tests.study.lone import (
    BEFORE_S,
    OPENS_S,
    REPORTED_EVERY_S,
    TOLD_BY,
    Caller,
    Scenario,
    judged,
    sent,
    table,
    together,
)
from tests.study.prometheus import Firing
from tests.study.week import Installation

CENTRE = config.load()
KOMMUNE, LEGE = ("samhandler", "kommune"), ("samhandler", "lege-behandler")
HELD_S = BEYOND_FOR_MS / 1000
LIMIT_S = CENTRE.longest_waits_at(DAY)["phone/samhandler"] / 1000


def page(name: str, queue: tuple[str, str], start_s: float, end_s: float) -> Fired:
    alert = next(one for one in alerts(from_year(CENTRE, YEAR)) if one.name == name)
    labels = {"channel": "phone", "audience": queue[0], "queue": queue[1]}
    return Fired(alert, tuple(labels.items()), Firing(start_s, end_s))


def test_what_is_found_missed_and_for_nothing() -> None:
    found_at = OPENS_S + LIMIT_S
    day = [
        Caller(KOMMUNE, 0, found_at + 300, True),  # came before it opened
        Caller(LEGE, OPENS_S, found_at + 300, True),
        Caller(LEGE, 3 * OPENS_S, 3 * OPENS_S + LIMIT_S + 60, True),  # beyond for a minute: need not be told
    ]
    told = [
        page(LONGEST_WAIT, KOMMUNE, found_at + 90, found_at + 400),
        page(LONGEST_WAIT_DISPUTED, KOMMUNE, 9999, 10_100),
    ]
    made = judged(day, told, CENTRE, 0)
    assert (made.beyond, made.missed["all alerts"], made.missed["promises alone"]) == (2, 1, 2)
    assert (made.delays_s["all alerts"], made.pages["all alerts"], made.for_nothing["all alerts"]) == ([90], 2, 1)
    assert "| both: all alerts | 4 | 2 | 90, 90 | 2 | 1 | 0 |" in table({"both": together([made, made])})


@pytest.mark.fault(36, 37)
def test_a_lone_caller_is_told_of_and_a_lost_hangup_is_not_while_the_source_counts(tmp_path: Path) -> None:
    """Of that operations are told; on-call is not, as the source counted somebody there a while ago."""
    scenario, start_ms = Scenario(1, 1, "how many"), working_days(1)[0] - BEFORE_S * 1000
    busy = [Caller(("samhandler", "arbeidsgiver"), t, t + 20, True) for t in range(OPENS_S, OPENS_S + 3000, 60)]
    lone, lost = (
        Caller(KOMMUNE, OPENS_S + 60, OPENS_S + 1500, True),
        Caller(LEGE, OPENS_S + 900, OPENS_S + 960, False, False),
    )
    seconds = range(start_ms // 1000, start_ms // 1000 + OPENS_S + 1800)
    Installation(CENTRE).play(sent([*busy, lone, lost], scenario, start_ms), seconds, tmp_path / "scrapes-0.txt")
    told = fired(CENTRE, tmp_path, [seconds], TOLD_BY)
    queues = {(one.alert.name, dict(one.labels)["queue"]): one.firing.start_s - seconds.start for one in told}
    of_kommune = {(LONGEST_WAIT, "kommune"), (WAIT_BEYOND_LIMIT, "kommune")}
    assert queues.keys() == of_kommune | {(WAITING_DISPUTED, "lege-behandler")}
    assert 0 < queues[WAIT_BEYOND_LIMIT, "kommune"] - (lone.entered + LIMIT_S) <= 60 + 60
    assert 0 < queues[LONGEST_WAIT, "kommune"] - (lone.entered + LIMIT_S) <= HELD_S + 60
    assert 0 < queues[WAITING_DISPUTED, "lege-behandler"] - lost.left <= 300 + 2 * REPORTED_EVERY_S + 60
