"""Whoever watches is ended in turn, the worker, Prometheus, Alertmanager: somebody is told of it, or misses something.

Watchdog's notices are the sign of life that something outside waits for: it tells when they cease.
"""

import time
from pathlib import Path

import pytest

from config import load
from streams.generate.alerts import alerts
from streams.generate.service_alerts import WATCHDOG, WORKER_DOWN
from streams.generate.years import from_year
from streams.local import LocalParts
from tests.alerting import scenes
from tests.alerting.speed import fast_rules
from tests.alerting.stage import LATE_S, SPEED, Stage, staged
from tests.cards import YEAR
from tests.ingest.waiting import eventually
from tests.programs import program

pytestmark = [pytest.mark.real, pytest.mark.timeout(240), pytest.mark.fault(20)]

SIGN_OF_LIFE_S = 60 / SPEED  # how often Alertmanager repeats Watchdog here
MISSED_AFTER_S = 3 * SIGN_OF_LIFE_S + LATE_S  # what an outside watch would wait
KEPT_S = 60.0  # how long Alertmanager goes on after Prometheus was heard last: its own time, four resends


def signs(stage: Stage) -> int:
    """How many signs of life have come."""
    return sum(notice.name == WATCHDOG and notice.status == "firing" for notice in stage.webhook.notices)


def cease(stage: Stage, within_s: float) -> bool:
    """Whether no sign of life comes for as long as an outside watch waits. Fails where they go on."""
    seen, since = signs(stage), time.monotonic()

    def is_missed() -> bool:
        nonlocal seen, since
        if signs(stage) != seen:
            seen, since = signs(stage), time.monotonic()
        return time.monotonic() - since > MISSED_AFTER_S

    return eventually(is_missed, "signs of life cease", within_s)


def test_a_worker_prometheus_and_alertmanager_that_end_are_noticed(local_parts: LocalParts, tmp_path: Path) -> None:
    for name in ("prometheus", "prometheus-alertmanager"):
        program(name)
    (down,) = (alert for alert in alerts(from_year(load(), YEAR)) if alert.name == WORKER_DOWN)
    with staged(local_parts, tmp_path, scenes.quiet()) as stage:
        first = signs(stage)
        eventually(lambda: signs(stage) > first, "signs of life go on", MISSED_AFTER_S)

        stage.worker.kill()
        told_within_s = down.hold_ms / 1000 / SPEED + LATE_S
        eventually(lambda: stage.webhook.first(WORKER_DOWN), lambda: str(stage.webhook.told()), told_within_s)

        stage.prometheus.kill()
        assert cease(stage, KEPT_S + 2 * MISSED_AFTER_S)

        stage.prometheus.start()
        stage.prometheus.take_rules(fast_rules(load(), stage.clock))
        before = signs(stage)
        eventually(lambda: signs(stage) > before, "signs of life come again", MISSED_AFTER_S + LATE_S)
        stage.alertmanager.kill()
        assert cease(stage, 2 * MISSED_AFTER_S)
