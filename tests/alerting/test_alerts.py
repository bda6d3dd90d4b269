"""Alerts on real parts, from the event to the webhook. How time runs here: stage.py. What is played: scenes.py.

The stretches are played side by side, each with a worker, a Prometheus and an Alertmanager of its own; the last of
them when the first have ended.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from config import load
from streams.generate.wait_alerts import BEYOND_FOR_MS, MENDED_MS
from streams.local import LocalParts
from tests.alerting import scenes, systems, waits
from tests.alerting.by_hand import MINUTE_MS, SECOND_MS
from tests.alerting.scenes import RELIEVED, SEED, TARGET
from tests.alerting.stage import LATE_MS, Played, Stretch, play
from tests.alerting.webhook import Notice, Webhook
from tests.programs import program

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

AT_ONCE = 4  # stretches; more, and an ordinary machine is late
EARLY_MS = 30_000  # Prometheus looks each 20 simulated seconds here, and windows are made of panes of 10 s
ANNOTATIONS = {"summary", "consequence", "action", "runbook_url", "dashboard_url"}
Heard = Mapping[str, "Future[Played]"]

# What is played, and until when, if not to its end. The first are those that take no time to make.
PLAYED: Mapping[str, tuple[Callable[[], Stretch], Callable[[Webhook], object]]] = {
    "waits": (waits.stretch, lambda _: False),
    "systems": (systems.stretch, lambda _: False),
    "rise": (lambda: scenes.rise(SEED), lambda hook: hook.first("TargetBreach", target=TARGET)),
    "silencing": (scenes.silencing, lambda _: False),
    "fall": (lambda: scenes.fall(SEED), lambda hook: hook.first("TargetBreach", "resolved", target=TARGET)),
    "quiet": (scenes.quiet, lambda _: False),
    "silent": (scenes.silent, lambda _: False),
}


@pytest.fixture(scope="session")
def programs() -> None:
    """Looked for before anything is started."""
    for name in ("prometheus", "prometheus-alertmanager"):
        program(name)


@pytest.fixture(scope="module")
def heard(programs: None, local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    """What each stretch's webhook was told."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield {
            name: threads.submit(play, local_parts, tmp_path_factory.mktemp(name), stretch(), done)
            for name, (stretch, done) in PLAYED.items()
        }


def test_a_surge_is_told_of_soon_after_the_promise_is_broken(heard: Heard) -> None:
    told = _first(heard["rise"].result().hook, "TargetBreach", target=TARGET)
    _is_within(told.received_ms - scenes.crossing(SEED), scenes.target().hold)
    assert (told.receiver, told.labels["severity"]) == ("drift", "warning")
    assert told.labels["namespace"] == load().alerts.namespace
    assert set(told.annotations) == ANNOTATIONS and all(told.annotations.values())
    assert told.annotations["summary"].startswith("Telefon personbruker: ")
    assert told.annotations["runbook_url"] == f"{load().alerts.runbook_url}/target-breach.md"
    assert told.annotations["dashboard_url"] == f"{load().alerts.dashboard_url}/svartid-koene-na"


def test_drift_is_told_before_the_breach_that_comes_of_it(heard: Heard) -> None:
    told = _first(heard["rise"].result().hook, "TargetDrifting", target=TARGET)
    assert (told.receiver, told.labels["severity"]) == ("drift", "warning")
    assert told.received_ms < scenes.crossing(SEED)


def test_it_is_taken_back_after_the_queues_have_recovered(heard: Heard) -> None:
    hook = heard["fall"].result().hook
    told = _first(hook, "TargetBreach", target=TARGET)
    taken_back = _first(hook, "TargetBreach", "resolved", target=TARGET)
    assert told.received_ms < scenes.recovery(SEED)
    _is_within(taken_back.received_ms - scenes.recovery(SEED), scenes.target().clear)


@pytest.mark.fault(20)
def test_a_feed_that_stops_is_told_of_and_no_breach(heard: Heard) -> None:
    hook, centre = heard["silent"].result().hook, load()
    stopped_ms = max(ms for ms, event in scenes.silent().events if event.get("channel") == "phone")
    told = _first(hook, "FeedSilent", channel="phone")
    assert told.receiver == "vakt"
    _is_within(told.received_ms - stopped_ms, centre.definitions.stale_after + centre.alerts.silence)
    assert {n.labels["channel"] for n in hook.notices if n.name == "FeedSilent"} == set(centre.hours)
    assert {n.name for n in hook.notices} <= {"FeedSilent", "SourceSilent", "Watchdog"}, hook.told()


def test_nothing_is_told_while_all_is_well(heard: Heard) -> None:
    hook = heard["quiet"].result().hook
    assert scenes.broken_in(scenes.quiet()) == []
    assert {n.name for n in hook.notices} == {"Watchdog"}, hook.told()
    assert {n.receiver for n in hook.notices} == {"livstegn"}


def test_drift_is_not_told_while_the_breach_is_not_taken_back(heard: Heard) -> None:
    hook = heard["silencing"].result().hook
    drift = _first(hook, "TargetDrifting", target=RELIEVED)
    breach = _first(hook, "TargetBreach", "resolved", target=RELIEVED)
    assert drift.started_at < breach.ended_at < drift.heard_at


def test_of_queues_whose_feed_has_stopped_nothing_is_told(heard: Heard) -> None:
    """Not even that the breach is over: nobody knows that."""
    hook = heard["silencing"].result().hook
    _first(hook, "TargetBreach", target=TARGET)
    silent = _first(hook, "FeedSilent", channel="phone")
    later = hook.notices[hook.notices.index(silent) :]
    assert {n.name for n in later if n.labels.get("channel") == "phone"} == {"FeedSilent"}
    assert hook.first("TargetBreach", "resolved", target=TARGET) is None


@pytest.mark.fault(36)
def test_one_who_waits_alone_is_told_of_until_she_is_answered(heard: Heard) -> None:
    """No mean has a sample of one."""
    hook = heard["waits"].result().hook
    before = _first(hook, "WaitBeyondLimit")
    _is_within(before.received_ms - waits.LONE_IS_BEYOND_MS, MINUTE_MS)
    assert (before.receiver, before.labels["severity"]) == ("drift", "warning")
    _says(before, "wait-beyond-limit", "internasjonalt (phone, personbruker): noen venter lenger enn noen skal vente")
    told = _first(hook, "LongestWait")
    _is_within(told.received_ms - waits.LONE_IS_BEYOND_MS, BEYOND_FOR_MS)
    assert (told.receiver, told.labels["severity"]) == ("vakt", "critical")
    _says(told, "longest-wait", "internasjonalt (phone, personbruker): noen har ventet lenger enn noen skal vente")
    assert _is_of(told) == waits.ALONE
    assert told.annotations["action"].startswith("Se i kildesystemet om noen venter i køen, og få noen til å svare nå.")
    over = _first(hook, "LongestWait", "resolved")
    assert _is_of(over) == waits.ALONE
    _is_within(over.received_ms - waits.LONE.left_ms, MENDED_MS)
    assert _of(hook, "WaitBeyondLimit") == {waits.ALONE}


@pytest.mark.fault(37)
def test_lost_hangups_that_the_source_denies_are_told_as_a_disagreement(heard: Heard) -> None:
    """Who would have been on call is left alone: no wait, no promise, but that somebody should look why."""
    hook = heard["waits"].result().hook
    told = {_is_of(n): n for n in reversed(hook.notices) if n.name == "WaitingDisputed"}
    assert told.keys() == {*waits.DENIED}
    for line, notice in told.items():
        _is_within(notice.received_ms - waits.DENIED_MS, 5 * MINUTE_MS)
        assert (notice.receiver, notice.labels["severity"], notice.status) == ("drift", "warning", "firing")
        queue = line.rpartition("/")[2]
        summary = f"{queue} (phone, samhandler): kilden og svartid er uenige om hvor mange som venter"
        _says(notice, "waiting-disputed", summary)
    paged = {n.name for n in hook.notices if n.receiver == "vakt" and n.received_ms <= waits.LOST_IS_BEYOND_MS}
    assert paged == {"LongestWait"} and _of(hook, "LongestWait") == {waits.ALONE}


@pytest.mark.fault(37)
def test_lost_hangups_are_paged_once_had_they_waited_for_too_long(heard: Heard) -> None:
    """A source that wrongly says 0 looks the same, and must hide nobody: so on-call hears of it where nobody who came
    later was answered. Where somebody was nobody is woken, nor for a wait that is not doubted, nor a promise.
    """
    hook, snapshot = heard["waits"].result()
    assert _of(hook, "LongestWaitDisputed") == {*waits.NOT_OVERTAKEN}
    told = _first(hook, "LongestWaitDisputed")
    _is_within(told.received_ms - waits.LOST_IS_BEYOND_MS, BEYOND_FOR_MS)
    assert (told.receiver, told.labels["severity"]) == ("vakt", "critical")
    summary = "(phone, samhandler): noen kan ha ventet for lenge, men kilden teller dem ikke"
    _says(told, "longest-wait-disputed", f"{told.labels['queue']} {summary}")
    lines = [snapshot["lines"][line] for line in waits.DENIED]
    assert [(line["waiting"], line["disputed"]) for line in lines] == [(0, 2)] * len(lines)
    allowed = {"WaitBeyondLimit", "LongestWait", "WaitingDisputed", "LongestWaitDisputed", "Watchdog"}
    assert {n.name for n in hook.notices} == allowed, hook.told()


def test_a_source_whose_clock_is_ahead_is_named_before_anything_of_it_is_rejected(heard: Heard) -> None:
    hook, snapshot = heard["systems"].result()
    told = _first(hook, "SourceClockAhead")
    _is_within(told.received_ms - systems.WRONG_MS, MINUTE_MS)
    assert (told.receiver, told.labels["severity"], told.labels["source"]) == ("drift", "warning", "elements")
    _says(told, "source-clock-ahead", "Klokka hos kilden elements går for fort (40s)")
    assert told.annotations["dashboard_url"].endswith("/svartid-selv")
    elements = snapshot["sources"]["elements"]
    assert (elements["status"], elements["ahead_ms"]) == ("ahead", systems.AHEAD_MS)
    assert (elements["rejected"], elements["late"]) == (0, 0)


def test_a_source_whose_events_all_come_late_is_named(heard: Heard) -> None:
    hook, snapshot = heard["systems"].result()
    told = _first(hook, "SourceBehind")
    _is_within(told.received_ms - systems.WRONG_MS, 5 * MINUTE_MS)
    assert (told.receiver, told.labels["severity"], told.labels["source"]) == ("drift", "warning", "skanning")
    _says(told, "source-behind", "Selv de raskeste hendelsene fra kilden skanning er for gamle når de kommer (12m 0s)")
    assert snapshot["sources"]["skanning"]["quickest_ms"] == systems.BEHIND_MS


def test_events_beyond_the_horizon_are_told_of_with_whose_they_are(heard: Heard) -> None:
    hook, snapshot = heard["systems"].result()
    told = _first(hook, "RecordsLate")
    _is_within(told.received_ms - systems.WRONG_MS, 2 * MINUTE_MS)
    assert (told.receiver, told.labels["severity"], told.labels["source"]) == ("drift", "warning", "arkiv")
    _says(told, "records-late", "Mer enn 1 % av hendelsene kommer for sent: fra arkiv")
    assert {name: of["late"] for name, of in snapshot["sources"].items() if of["late"]} == {"arkiv": 2 * systems.LATE}


def test_a_feed_that_stops_as_its_half_day_ends_is_expected_to(heard: Heard) -> None:
    """The other one, which stops at the same instant on a day that is as ever for it, is told of."""
    hook, snapshot = heard["systems"].result()
    silent = _first(hook, "FeedSilent")
    stops_ms, held_ms = systems.CLOSES_MS - 10 * SECOND_MS, load().alerts.silence
    _is_within(silent.received_ms - stops_ms, load().definitions.stale_after + held_ms)
    assert {n.labels["channel"] for n in hook.notices if n.name == "FeedSilent"} == {"chat"}
    _says(silent, "feed-silent", "Chat er åpen, men svartid får ingen hendelser derfra")
    told = _first(hook, "SourceSilent")
    _is_within(told.received_ms - systems.CLOSES_MS, systems.SILENT_AFTER_MS + 2 * MINUTE_MS)
    assert {n.labels["source"] for n in hook.notices if n.name == "SourceSilent"} == {"salesforce"}
    assert (snapshot["feeds"]["phone"]["status"], snapshot["sources"]["puzzel"]["status"]) == ("closed", "closed")


@pytest.mark.fault(36)
def test_who_came_before_the_half_day_ended_is_told_of_after_it(heard: Heard) -> None:
    hook = heard["systems"].result().hook
    told = _first(hook, "LongestWait")
    _is_within(told.received_ms - systems.STAYS_IS_BEYOND_MS, BEYOND_FOR_MS)
    assert (told.receiver, told.labels["severity"]) == ("vakt", "critical")
    assert _of(hook, "LongestWait") == {systems.STAYS.line}


def test_of_the_systems_nothing_else_is_told(heard: Heard) -> None:
    hook = heard["systems"].result().hook
    of_sources = {"SourceClockAhead", "SourceBehind", "RecordsLate", "FeedSilent", "SourceSilent"}
    assert {n.name for n in hook.notices} == {*of_sources, "WaitBeyondLimit", "LongestWait", "Watchdog"}, hook.told()
    named = {(n.name, n.labels["source"]) for n in hook.notices if "source" in n.labels}
    assert len(named) == 4, named  # each its own


def _is_of(notice: Notice) -> str:
    """Its line."""
    return "/".join(notice.labels[name] for name in ("channel", "audience", "queue"))


def _of(hook: Webhook, name: str) -> set[str]:
    """The lines that an alert is told of."""
    return {_is_of(n) for n in hook.notices if n.name == name}


def _says(told: Notice, runbook: str, summary: str) -> None:
    """All of it, in whole sentences: nothing is left of what its text is made by."""
    assert set(told.annotations) == ANNOTATIONS and all(told.annotations.values())
    assert told.annotations["summary"] == summary
    assert told.annotations["runbook_url"].endswith(f"/{runbook}.md")
    assert not any("{{" in text or "<no value>" in text for text in told.annotations.values())


def _first(hook: Webhook, name: str, status: str = "firing", **labels: str) -> Notice:
    told = hook.first(name, status, **labels)
    assert told is not None, f"{name} is not {status}; told were {hook.told()}"
    return told


def _is_within(delay_ms: int, waits_ms: int) -> None:
    """Told when it has lasted long enough, not before, and not much later."""
    said = f"after {delay_ms / 1000:g} simulated seconds, of which {waits_ms / 1000:g} are waited on purpose"
    print(said)  # `pytest -rP` shows it
    assert waits_ms - EARLY_MS <= delay_ms <= waits_ms + LATE_MS, said
