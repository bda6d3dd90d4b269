"""Who is told of what, which amtool reckons as Alertmanager does; and what is silenced, which no tool reckons.

Inhibition is worked out anew here (`_silences`), from the rules of Alertmanager's documentation: a source that matches,
a target that matches, equal labels. A real Alertmanager inhibits in tests/alerting.
"""

import re
from pathlib import Path

import pytest
import yaml

from config.hours import hours_of
from streams.generate.alertmanager import FILE, alertmanager
from streams.generate.alerts import alerts
from tests.generate.timeline import CENTRE
from tests.generate.tools import run_tool

DOCUMENT = yaml.safe_load(alertmanager(CENTRE)[FILE])
EXPECTED = {"critical": "vakt", "warning": "drift", "none": "livstegn"}


def test_every_alert_reaches_whom_its_severity_means(tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(alertmanager(CENTRE)[FILE])
    for name, severity in {(alert.name, alert.severity) for alert in alerts(CENTRE)}:
        labels = (f"alertname={name}", f"severity={severity}")
        run_tool(
            "amtool",
            "config",
            "routes",
            "test",
            f"--config.file={file}",
            f"--verify.receivers={EXPECTED[severity]}",
            *labels,
        )


def _silences(
    source: dict[str, str], other: dict[str, str], rules: list[dict[str, list[str]]] = DOCUMENT["inhibit_rules"]
) -> bool:
    """Whether an alert silences another: full match of each matcher, equal labels, one that neither has among them."""
    return any(
        all(_matches(matcher, source) for matcher in rule["source_matchers"])
        and all(_matches(matcher, other) for matcher in rule["target_matchers"])
        and all(source.get(name) == other.get(name) for name in rule.get("equal", ()))
        for rule in rules
    )


def _matches(matcher: str, labels: dict[str, str]) -> bool:
    parts = re.fullmatch(r'(\w+)(=|!=|=~|!~)"(.*)"', matcher)
    assert parts is not None
    value = labels.get(parts[1], "")
    is_it = bool(re.fullmatch(parts[3], value)) if parts[2].endswith("~") else value == parts[3]
    return is_it != parts[2].startswith("!")


def of(name: str, **labels: str) -> dict[str, str]:
    return {"alertname": name, **labels}


OF_QUEUES = [
    *("GraveBreach", "TargetBreach", "TargetDrifting", "TargetBudgetBurn", "CallbacksOverdue", "TransfersUnanswered"),
    *("LongestWait", "LongestWaitDisputed", "WaitBeyondLimit", "WaitingDisputed"),
]


@pytest.mark.parametrize("name", OF_QUEUES)
def test_a_dead_feed_silences_what_is_said_of_its_queues_and_of_no_others(name: str) -> None:
    silent = of("FeedSilent", channel="phone")
    assert _silences(silent, of(name, channel="phone", target="a"))
    assert not _silences(silent, of(name, channel="chat", target="b"))
    assert _silences(of("FiguresStale"), of(name, channel="phone", target="a"))


@pytest.mark.parametrize("name", OF_QUEUES)
def test_a_rebuild_silences_what_was_said_of_its_channel_and_of_no_other(name: str) -> None:
    rebuilt = of("Rebuilding", channel="phone")
    assert _silences(rebuilt, of(name, channel="phone", target="a"))
    assert not _silences(rebuilt, of(name, channel="chat", target="b"))
    assert not _silences(rebuilt, of(name, channel="phone", target="a") | {"namespace": "another"})


@pytest.mark.parametrize("name", ["EventsLost", "LagHigh", "PartitionsMissing", "FeedSilent", "FiguresStale"])
def test_a_rebuild_silences_nothing_of_svartid_itself(name: str) -> None:
    assert not _silences(of("Rebuilding", channel="phone"), of(name, channel="phone"))
    assert not _silences(of("Rebuilding", channel="phone"), of(name))


def test_a_breach_silences_its_own_drift_and_no_other() -> None:
    assert _silences(of("TargetBreach", target="a"), of("TargetDrifting", target="a"))
    another = of("TargetDrifting", target="a") | {"namespace": "another"}
    assert not _silences(of("TargetBreach", target="a"), another)
    assert not _silences(of("FiguresStale"), another)
    assert not _silences(of("TargetBreach", target="a"), of("TargetDrifting", target="b"))
    assert not _silences(of("TargetDrifting", target="a"), of("TargetBreach", target="a"))


@pytest.mark.parametrize("name", ["TargetBreach", "GraveBreach"])
def test_a_breach_that_on_call_knows_of_silences_the_longest_wait_of_its_group_and_no_other(name: str) -> None:
    breach = of(name, target="a", channel="phone", audience="samhandler", severity="critical")
    assert _silences(breach, of("LongestWait", channel="phone", audience="samhandler", queue="kommune"))
    assert not _silences(breach, of("LongestWait", channel="phone", audience="personbruker", queue="helse"))
    assert not _silences(breach, of("LongestWaitDisputed", channel="phone", audience="samhandler", queue="kommune"))
    assert not _silences(
        of("TargetDrifting", channel="phone", audience="samhandler"),
        of("LongestWait", channel="phone", audience="samhandler"),
    )


def test_a_warning_silences_no_page() -> None:
    """Operations know of a breach that is one, and on-call does not. Of what is rebuilt nobody knows anything."""
    group = {"channel": "phone", "audience": "samhandler"}
    breach = of("TargetBreach", target="a", severity="warning", **group)
    assert not _silences(breach, of("LongestWait", queue="kommune", **group))
    assert _silences(breach, of("WaitBeyondLimit", queue="kommune", **group))
    every = [of(alert.name, severity=alert.severity, **alert.labels) for alert in alerts(CENTRE)]
    pages, warnings = ([one for one in every if one["severity"] == of_it] for of_it in ("critical", "warning"))
    for warning in (one for one in warnings if one["alertname"] != "Rebuilding"):
        same = {name: warning[name] for name in ("channel", "audience", "target") if name in warning}
        assert not any(_silences(warning, page | same) for page in pages), warning["alertname"]


def test_a_page_of_who_waits_silences_the_warning_of_its_queue() -> None:
    one, other = ({"channel": "phone", "audience": "samhandler", "queue": queue} for queue in ("lege", "kommune"))
    assert _silences(of("LongestWait", **one), of("WaitBeyondLimit", **one))
    assert not _silences(of("LongestWait", **one), of("WaitBeyondLimit", **other))
    assert not _silences(of("WaitBeyondLimit", **one), of("LongestWait", **one))


def test_a_page_of_the_disputed_silences_the_warning_of_its_queue() -> None:
    one, other = ({"channel": "phone", "audience": "samhandler", "queue": queue} for queue in ("lege", "kommune"))
    assert _silences(of("LongestWaitDisputed", **one), of("WaitingDisputed", **one))
    assert not _silences(of("LongestWaitDisputed", **one), of("WaitingDisputed", **other))
    assert not _silences(of("WaitingDisputed", **one), of("LongestWaitDisputed", **one))


def test_what_inhibits_is_told_itself_and_one_worker_that_is_down_silences_nothing() -> None:
    every = [of(alert.name, **alert.labels) for alert in alerts(CENTRE)]
    for name in ("FeedSilent", "FiguresStale", "Watchdog", "PartitionsMissing"):
        assert not any(_silences(other, of(name, channel="phone")) for other in every)
    assert not any(_silences(of("WorkerDown"), other) for other in every)


def test_a_target_that_is_called_what_its_channel_is_has_hours_of_its_own() -> None:
    first, *rest = CENTRE.all_targets
    named = first.model_copy(update={"id": str(first.channel), "hours": hours_of("Mon-Fri 07:00-21:00")})
    made = yaml.safe_load(alertmanager(CENTRE.model_copy(update={"all_targets": [named, *rest]}))[FILE])
    times = {timing["name"]: timing["time_intervals"][0].get("times") for timing in made["time_intervals"]}
    muted = {
        route["matchers"][1]: times[route["mute_time_intervals"][0]]
        for routes in made["route"]["routes"]
        for route in routes.get("routes", [])
    }
    own, channels = (muted[f'{label}="{named.id}"'] for label in ("target", "channel"))
    assert [time["end_time"] for time in own] == ["07:00", "24:00"]
    assert own != channels


def test_there_is_no_secret_and_no_address_but_the_relay() -> None:
    assert {c["url"].rpartition("/")[0] for r in DOCUMENT["receivers"] for c in r["webhook_configs"]} == {
        "http://varsling"
    }
