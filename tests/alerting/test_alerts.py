"""Alerts on real parts, from the event to the webhook. How time runs here: stage.py. What is played: scenes.py.

The five stretches are played side by side, each with a worker, a Prometheus and an Alertmanager of its own; the last of
them when the first has ended.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from config import load
from streams.local import LocalParts
from tests.alerting import scenes
from tests.alerting.scenes import RELIEVED, SEED, TARGET
from tests.alerting.stage import LATE_MS, play
from tests.alerting.webhook import Notice, Webhook
from tests.programs import program

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

AT_ONCE = 4  # stretches; more, and an ordinary machine is late
EARLY_MS = 30_000  # Prometheus looks each 20 simulated seconds here, and windows are made of panes of 10 s
ANNOTATIONS = {"summary", "consequence", "action", "runbook_url", "dashboard_url"}
Heard = Mapping[str, "Future[Webhook]"]


@pytest.fixture(scope="session")
def programs() -> None:
    """Looked for before anything is started."""
    for name in ("prometheus", "prometheus-alertmanager"):
        program(name)


@pytest.fixture(scope="module")
def heard(programs: None, local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    """What each stretch's webhook was told."""
    stretches = {
        "rise": (scenes.rise(SEED), lambda hook: hook.first("TargetBreach", target=TARGET)),
        "fall": (scenes.fall(SEED), lambda hook: hook.first("TargetBreach", "resolved", target=TARGET)),
        "silent": (scenes.silent(), lambda _: False),
        "quiet": (scenes.quiet(), lambda _: False),
        "silencing": (scenes.silencing(), lambda _: False),
    }
    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield {
            name: threads.submit(play, local_parts, tmp_path_factory.mktemp(name), stretch, done)
            for name, (stretch, done) in stretches.items()
        }


def test_a_surge_is_told_of_soon_after_the_promise_is_broken(heard: Heard) -> None:
    told = _first(heard["rise"].result(), "TargetBreach", target=TARGET)
    _is_within(told.received_ms - scenes.crossing(SEED), scenes.target().hold)
    assert (told.receiver, told.labels["severity"]) == ("vakt", "critical")
    assert told.labels["namespace"] == load().alerts.namespace
    assert set(told.annotations) == ANNOTATIONS and all(told.annotations.values())
    assert told.annotations["summary"].startswith("Telefon personbruker: ")
    assert told.annotations["runbook_url"] == f"{load().alerts.runbook_url}/target-breach.md"
    assert told.annotations["dashboard_url"] == f"{load().alerts.dashboard_url}/svartid-koene-na"


def test_drift_is_told_before_the_breach_that_comes_of_it(heard: Heard) -> None:
    told = _first(heard["rise"].result(), "TargetDrifting", target=TARGET)
    assert (told.receiver, told.labels["severity"]) == ("drift", "warning")
    assert told.received_ms < scenes.crossing(SEED)


def test_it_is_taken_back_after_the_queues_have_recovered(heard: Heard) -> None:
    hook = heard["fall"].result()
    told = _first(hook, "TargetBreach", target=TARGET)
    taken_back = _first(hook, "TargetBreach", "resolved", target=TARGET)
    assert told.received_ms < scenes.recovery(SEED)
    _is_within(taken_back.received_ms - scenes.recovery(SEED), scenes.target().clear)


@pytest.mark.fault(20)
def test_a_feed_that_stops_is_told_of_and_no_breach(heard: Heard) -> None:
    hook, centre = heard["silent"].result(), load()
    stopped_ms = max(ms for ms, event in scenes.silent().events if event.get("channel") == "phone")
    told = _first(hook, "FeedSilent", channel="phone")
    assert told.receiver == "vakt"
    _is_within(told.received_ms - stopped_ms, centre.definitions.stale_after + centre.alerts.silence)
    assert {n.labels["channel"] for n in hook.notices if n.name == "FeedSilent"} == set(centre.hours)
    assert {n.name for n in hook.notices} <= {"FeedSilent", "SourceSilent", "Watchdog"}, hook.told()


def test_nothing_is_told_while_all_is_well(heard: Heard) -> None:
    hook = heard["quiet"].result()
    assert scenes.broken_in(scenes.quiet()) == []
    assert {n.name for n in hook.notices} == {"Watchdog"}, hook.told()
    assert {n.receiver for n in hook.notices} == {"livstegn"}


def test_drift_is_not_told_while_the_breach_is_not_taken_back(heard: Heard) -> None:
    hook = heard["silencing"].result()
    drift = _first(hook, "TargetDrifting", target=RELIEVED)
    breach = _first(hook, "TargetBreach", "resolved", target=RELIEVED)
    assert drift.started_at < breach.ended_at < drift.heard_at


def test_of_queues_whose_feed_has_stopped_nothing_is_told(heard: Heard) -> None:
    """Not even that the breach is over: nobody knows that."""
    hook = heard["silencing"].result()
    _first(hook, "TargetBreach", target=TARGET)
    silent = _first(hook, "FeedSilent", channel="phone")
    later = hook.notices[hook.notices.index(silent) :]
    assert {n.name for n in later if n.labels.get("channel") == "phone"} == {"FeedSilent"}
    assert hook.first("TargetBreach", "resolved", target=TARGET) is None


def _first(hook: Webhook, name: str, status: str = "firing", **labels: str) -> Notice:
    told = hook.first(name, status, **labels)
    assert told is not None, f"{name} is not {status}; told were {hook.told()}"
    return told


def _is_within(delay_ms: int, waits_ms: int) -> None:
    """Told when it has lasted long enough, not before, and not much later."""
    said = f"after {delay_ms / 1000:g} simulated seconds, of which {waits_ms / 1000:g} are waited on purpose"
    print(said)  # `pytest -rP` shows it
    assert waits_ms - EARLY_MS <= delay_ms <= waits_ms + LATE_MS, said
