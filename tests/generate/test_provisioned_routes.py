"""Grafana's routes and mute timings: they do what Alertmanager's routes and the opening hours say."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

import config
from config.hours import hours_of
from streams.generate.alertmanager import FILE, alertmanager
from streams.generate.alerts import Alert, alerts
from streams.generate.closed import YEARS, mute_timings, mutes_of_channel, mutes_of_target
from streams.generate.provisioning import provisioning
from streams.generate.provisioning.alerting import alerting, uid_of
from streams.generate.provisioning.routes import policies
from streams.generate.years import from_year
from tests.cards import YEAR
from tests.generate.tools import run_tool
from tests.promised import of_queue, promising

CENTRE = from_year(config.load(), YEAR)
ZONE = ZoneInfo(CENTRE.timezone)
TIMINGS = {timing["name"]: timing["time_intervals"] for timing in mute_timings(CENTRE)}
LABELS = {rule["uid"]: {"alertname": rule["title"], **rule["labels"]} for g in alerting(CENTRE) for rule in g["rules"]}
TIMES = ("00:00", "07:59", "08:00", "08:59", "09:00", "12:00", "14:59", "15:00", "15:29", "15:30", "23:59")
TOLD = ("receiver", "group_wait", "group_interval", "repeat_interval")
# Labels that series have and rules have not.
OF_SERIES: dict[str, dict[str, str]] = {
    "FeedSilent": {"channel": "phone"},
    "CallbacksOverdue": {"channel": "phone", "audience": "personbruker", "queue": "helse"},
    "TransfersUnanswered": {"channel": "phone", "audience": "personbruker", "queue": "nav-kontor"},
    "WorkerDown": {"instance": "a"},
    "CheckpointOld": {"instance": "a"},
    "ConfigurationRefused": {"instance": "a"},
    "ClockAhead": {"channel": "phone"},
    "ClockWrong": {"instance": "a"},
    "ClocksDiffer": {"channel": "phone"},
}


def matchers(node: Mapping[str, Any]) -> list[list[str]]:
    """As Grafana has them, or as Alertmanager has them."""
    texts = [re.fullmatch(r'(\w+)(=~|!~|!=|=)"([^"]*)"', text) for text in node.get("matchers", [])]
    return [*node.get("object_matchers", []), *(list(text.groups()) for text in texts if text)]


def matches(node: Mapping[str, Any], labels: dict[str, str]) -> bool:
    def holds(name: str, sense: str, wants: str) -> bool:
        has = labels.get(name, "")
        found = has == wants if sense in ("=", "!=") else re.fullmatch(wants, has) is not None
        return found != sense.startswith("!")

    return all(holds(*matcher) for matcher in matchers(node))


def routed(node: Mapping[str, Any], labels: dict[str, str], inherited: dict[str, Any]) -> dict[str, Any]:
    """What the tree says of an alert: the first branch that matches, with what it has from above."""
    own = {name: value for name, value in node.items() if name in (*TOLD, "group_by", "mute_time_intervals")}
    said = {**inherited, **own}
    child = next((child for child in node.get("routes", []) if matches(child, labels)), None)
    return said if child is None else routed(child, labels, {**said, "mute_time_intervals": []})


@pytest.mark.parametrize("alert", alerts(CENTRE), ids=uid_of)
def test_an_alert_goes_where_alertmanager_would_send_it(alert: Alert) -> None:
    series = OF_SERIES.get(alert.name, {})
    there = {"alertname": alert.name, "severity": alert.severity, **alert.labels, **series}
    here = {**LABELS[uid_of(alert)], **series}
    by_alertmanager = routed(yaml.safe_load(alertmanager(CENTRE)[FILE])["route"], there, {})
    by_grafana = routed(policies(CENTRE), here, {})
    assert [by_grafana[name] for name in TOLD] == [by_alertmanager[name] for name in TOLD]
    grouped = [
        [labels.get(name) for name in said["group_by"]]
        for said, labels in ((by_grafana, here), (by_alertmanager, there))
    ]
    assert grouped[0] == grouped[1]
    assert by_grafana.get("mute_time_intervals") == by_alertmanager.get("mute_time_intervals")
    assert bool(by_grafana.get("mute_time_intervals")) == (alert.name == "TargetBudgetBurn")


def muted(intervals: Sequence[Mapping[str, Any]], at: datetime) -> bool:
    return any(_within(interval, at.astimezone(ZoneInfo(interval["location"]))) for interval in intervals)


def _within(interval: Mapping[str, Any], at: datetime) -> bool:
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    days = [day.split(":") for day in interval.get("weekdays", [])]
    clock = at.strftime("%H:%M")
    return all(
        (
            not days or any(names.index(d[0]) <= at.weekday() <= names.index(d[-1]) for d in days),
            "times" not in interval or any(t["start_time"] <= clock < t["end_time"] for t in interval["times"]),
            _has(interval, "years", at.year),
            _has(interval, "months", at.month),
            _has(interval, "days_of_month", at.day),
        )
    )


def _has(interval: Mapping[str, Any], field: str, n: int) -> bool:
    """Whether a number is in one of its stretches, "7" or "1:10"."""
    stretches = (one.partition(":") for one in interval.get(field, [str(n)]))
    return any(int(first) <= n <= int(last or first) for first, _, last in stretches)


@pytest.mark.parametrize("channel", CENTRE.hours)
@pytest.mark.parametrize("year", (YEARS[0], YEARS[1], YEARS[-1]))
def test_what_is_closed_is_muted_and_nothing_else(channel: str, year: int) -> None:
    intervals = [interval for name in mutes_of_channel(channel, CENTRE) for interval in TIMINGS[name]]
    for day in range((date(year + 1, 1, 1) - date(year, 1, 1)).days):
        for clock in TIMES:
            at = datetime.combine(date(year, 1, 1) + timedelta(day), time.fromisoformat(clock), ZONE)
            is_open = CENTRE.opening_hours.is_open(channel, int(at.astimezone(UTC).timestamp() * 1000))
            assert muted(intervals, at) != is_open, (channel, at)


@pytest.mark.parametrize(
    "hours",
    [
        "Mon-Fri 09:00-11:30,12:15-15:00",
        "Mon-Fri 09:00-15:00; Sat 10:00-14:00",
        "Mon-Sun 21:00-02:00",
        "24/7",
        "24/7; PH off",
        "Mon-Fri 09:00-15:00; PH 10:00-12:00",
        "Mo-Fr 09:00-15:00; Dec 24,Dec 31 09:00-12:00; PH off",
        "Mo-Fr 09:00-15:00; 2026 Jul 01-2026 Jul 31 Mo-Fr 08:00-16:00; 2026 Jul 13 off; PH off",
        "Mo-Fr 09:00-15:00; 2026 Nov 28 10:00-12:00",
    ],
)
def test_every_kind_of_hours_is_muted_where_it_is_closed(hours: str) -> None:
    """Half-days, a summer's longer hours, a Saturday that is open: also where more is open than in other weeks."""
    centre = CENTRE.model_copy(update={"hours": {**CENTRE.hours, "phone": hours_of(hours)}})
    timings = {timing["name"]: timing["time_intervals"] for timing in mute_timings(centre)}
    intervals = [interval for name in mutes_of_channel("phone", centre) for interval in timings[name]]
    clocks = [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in range(96)]
    for day in range(365):
        for clock in clocks if day % 13 == 0 else ("00:30", "08:30", "09:30", "11:45", "13:00", "15:30", "21:30"):
            at = datetime.combine(date(2026, 1, 1) + timedelta(day), time.fromisoformat(clock), ZONE)
            is_open = centre.opening_hours.is_open("phone", int(at.astimezone(UTC).timestamp() * 1000))
            assert muted(intervals, at) != is_open, at


def test_alertmanager_knows_the_same_closed_hours() -> None:
    here = yaml.safe_load(provisioning(CENTRE)["grafana/provisioning/alerting/mute-timings.yaml"])["muteTimes"]
    there = yaml.safe_load(alertmanager(CENTRE)[FILE])["time_intervals"]
    assert [{name: value for name, value in timing.items() if name != "orgId"} for timing in here] == there
    assert {timing["name"] for timing in there} == {"stengt-phone", "stengt-chat", "stengt-written", "helligdager"}


def test_a_target_with_hours_of_its_own_is_muted_by_them() -> None:
    first = CENTRE.all_targets[0].model_copy(update={"hours": hours_of("Tue-Sat 00:00-20:00")})
    rest = [target for target in CENTRE.all_targets if target.id != first.id]
    centre = CENTRE.model_copy(update={"all_targets": [first, *rest]})
    (timing,) = [timing for timing in mute_timings(centre) if timing["name"] == f"stengt-target-{first.id}"]
    assert [interval.get("times") for interval in timing["time_intervals"]] == [
        [{"start_time": "20:00", "end_time": "24:00"}],
        None,
    ]
    assert timing["time_intervals"][1]["weekdays"] == ["monday", "sunday"]
    labels = {"alert": "TargetBudgetBurn", "severity": "warning", "target": first.id, "channel": str(first.channel)}
    assert routed(policies(centre), labels, {})["mute_time_intervals"][0] == timing["name"]
    by_alertmanager = yaml.safe_load(alertmanager(centre)[FILE])["route"]
    named = {**labels, "alertname": labels["alert"]}
    assert routed(by_alertmanager, named, {})["mute_time_intervals"][0] == timing["name"]


@pytest.mark.parametrize(
    "items",
    [
        '{ id = "helse", hours = "Mon-Sat 07:30-15:15; Dec 24 Mo-Fr 08:00-09:00" }',
        '{ id = "helse", until = 2026-06-30, hours = "24/7" }, { id = "helse", from = 2026-07-01 }',
        '{ id = "helse", hours = [{ hours = "Mon-Fri 12:00-23:30", from = 2026-03-01, until = 2026-10-31 }] }',
    ],
)
def test_a_target_of_a_queue_with_hours_of_its_own_is_muted_by_those(items: str) -> None:
    own = promising(
        of_queue("helse-mean", "helse", at_most="7m"), queues=lambda text: text.replace('"helse",', f"{items},", 1)
    )
    centre = from_year(own, YEAR)
    timings = {timing["name"]: timing["time_intervals"] for timing in mute_timings(centre)}
    (target,) = [target for target in centre.all_targets if target.id == "helse-mean"]
    names = mutes_of_target("helse-mean", centre)
    assert names[0] == "stengt-target-helse-mean"
    intervals = [interval for name in names for interval in timings[name]]
    for day in range(365):
        for clock in (*TIMES, "15:05", "23:15"):
            at = datetime.combine(date(YEAR, 1, 1) + timedelta(day), time.fromisoformat(clock), ZONE)
            is_open = centre.opening_hours.is_open(target.hours_key, int(at.astimezone(UTC).timestamp() * 1000))
            assert muted(intervals, at) != is_open, at
    labels = {"alert": "TargetBudgetBurn", "severity": "warning", "target": target.id, "channel": "phone"}
    assert routed(policies(centre), labels, {})["mute_time_intervals"] == names


@pytest.mark.parametrize(
    ("hours", "expected"), [("Mon-Sun 00:00-24:00", []), ("Mon-Fri 00:00-24:00", [["saturday", "sunday"]])]
)
def test_what_never_closes_is_never_muted(hours: str, expected: list[list[str]]) -> None:
    """An interval without times would be the whole day."""
    centre = CENTRE.model_copy(update={"hours": {**CENTRE.hours, "phone": hours_of(hours)}})
    intervals = [t["time_intervals"] for t in mute_timings(centre) if t["name"] == "stengt-phone"]
    assert [interval["weekdays"] for found in intervals for interval in found] == expected
    assert all("times" not in interval for found in intervals for interval in found)
    assert ("stengt-phone" in mutes_of_channel("phone", centre)) == bool(expected)


def test_alertmanager_reads_the_mute_timings_and_the_tree(tmp_path: Path) -> None:
    """Grafana's own Alertmanager is made of the same parts, with `object_matchers` beside `matchers`."""

    def as_route(node: Mapping[str, Any]) -> dict[str, Any]:
        route = {name: value for name, value in node.items() if name not in ("orgId", "object_matchers", "routes")}
        if "object_matchers" in node:
            route["matchers"] = [f'{name}{sense}"{value}"' for name, sense, value in node["object_matchers"]]
        return {**route, "routes": [as_route(child) for child in node.get("routes", [])]}

    document = {
        "route": as_route(policies(CENTRE)),
        "receivers": [{"name": name} for name in ("vakt", "drift", "livstegn")],
        "time_intervals": [{"name": name, "time_intervals": intervals} for name, intervals in TIMINGS.items()],
    }
    file = tmp_path / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    run_tool("amtool", "check-config", file)
