"""What Grafana reads when it starts, held against the alerts, the boards, the SDK and Prometheus: all but Grafana."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import alerting as sdk
from grafana_foundation_sdk.models import expr as sdk_expr
from grafana_foundation_sdk.models import prometheus as sdk_prometheus

import config
from streams.generate.alerts import Alert, alerts
from streams.generate.files import all_files
from streams.generate.provisioning import provisioning
from streams.generate.provisioning.alerting import query, uid_of
from streams.generate.provisioning.panels import panels_by_board
from streams.generate.words import prom_duration
from streams.generate.years import from_year
from tests.cards import YEAR
from tests.generate.tools import run_tool

CENTRE = from_year(config.load(), YEAR)
PROVISIONED = provisioning(CENTRE)
FILES = {path: text for path, text in all_files(CENTRE, YEAR).items() if path in PROVISIONED}
ROOT = Path(config.__file__).parents[1]
_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
# Every key that Grafana reads of a rule. One that it does not know is dropped without a word.
KEYS = {
    *("uid", "title", "condition", "data", "dashboardUid", "panelId", "noDataState", "execErrState"),
    *("for", "keepFiringFor", "labels", "annotations"),
}


def listed(name: str) -> Any:
    """The one list of a file."""
    document = yaml.safe_load(FILES[f"grafana/provisioning/{name}.yaml"])
    assert document.pop("apiVersion") == 1
    (only,) = document.values()
    return only


GROUPS = listed("alerting/rules")
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
BY_UID = {rule["uid"]: rule for rule in RULES}
ALERTS = alerts(CENTRE)
POINTS = {point["name"] for point in listed("alerting/contact-points")}
MUTES = {timing["name"] for timing in listed("alerting/mute-timings")}
(POLICY,) = listed("alerting/policies")


def milliseconds(text: str) -> int:
    assert re.fullmatch(r"(\d+[smhd])+", text), text
    return sum(int(n) * _MS[unit] for n, unit in re.findall(r"(\d+)([smhd])", text))


def nodes(policy: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield policy
    for child in policy.get("routes", []):
        yield from nodes(child)


@pytest.mark.parametrize("path", FILES)
def test_what_is_checked_in_is_what_is_made(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == FILES[path]


def test_they_are_among_all_that_is_generated() -> None:
    assert FILES.keys() == provisioning(CENTRE).keys()


def test_every_alert_is_there_once() -> None:
    assert [uid_of(alert) for alert in ALERTS] == list(BY_UID)
    assert len(RULES) == len(BY_UID) == len({rule["title"] for rule in RULES})
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", uid) for uid in BY_UID)


@pytest.mark.parametrize("alert", ALERTS, ids=uid_of)
def test_a_rule_says_what_the_alert_says(alert: Alert) -> None:
    rule = BY_UID[uid_of(alert)]
    assert set(rule) == KEYS
    assert rule["labels"].items() >= {"alert": alert.name, "severity": alert.severity, **alert.labels}.items()
    assert rule["annotations"]["runbook_url"].endswith(f"/{alert.runbook}.md")
    link = f"{CENTRE.alerts.dashboard_url}/{alert.link}"
    assert rule["annotations"]["dashboard_url"] == link.replace("$labels", ".Labels")
    assert link.partition("?")[0].endswith(f"/{alert.dashboard}")
    for name in ("summary", "consequence", "action"):
        text = getattr(alert, name).replace(" ({{ $value | humanizeDuration }})", "")  # its queries have no such value
        assert rule["annotations"][name] == text.replace("$labels", ".Labels")
        assert "$" not in rule["annotations"][name]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
def test_times_are_whole_numbers_of_evaluations(group: dict[str, Any]) -> None:
    interval = milliseconds(group["interval"])
    assert interval > 0
    assert interval % 10_000 == 0  # Grafana's own step
    for rule in group["rules"]:
        assert milliseconds(rule["for"]) % interval == 0
        assert milliseconds(rule["keepFiringFor"]) % interval == 0
    for alert in (alert for alert in ALERTS if alert.group == group["name"]):
        rule = BY_UID[uid_of(alert)]
        assert 0 <= milliseconds(rule["for"]) - alert.for_ms < interval
        assert 0 <= milliseconds(rule["keepFiringFor"]) - alert.keep_ms < interval


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["uid"])
def test_both_states_are_set(rule: dict[str, Any]) -> None:
    assert rule["noDataState"] in ("OK", "Alerting")
    assert rule["execErrState"] in ("OK", "Alerting", "KeepLast")
    if "target" in rule["labels"]:
        assert (rule["noDataState"], rule["execErrState"]) == ("OK", "KeepLast")


def test_what_nobody_knows_is_told_as_that() -> None:
    told = {rule["labels"]["alert"]: (rule["noDataState"], rule["execErrState"]) for rule in RULES}
    assert told["FeedSilent"][0] == told["FiguresStale"][0] == "Alerting"
    assert [title for title, states in told.items() if states[1] == "Alerting"] == ["FiguresStale"]
    assert told["Watchdog"] == ("OK", "OK")  # it goes quiet, and that is what is heard


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["uid"])
def test_references_of_a_rule_resolve(rule: dict[str, Any]) -> None:
    refs: list[str] = []
    sources = {source["uid"] for source in listed("datasources/svartid")}
    for part in rule["data"]:
        assert part["model"]["refId"] == part["refId"]
        assert part["model"]["datasource"]["uid"] == part["datasourceUid"]
        assert part["datasourceUid"] in sources | {"__expr__"}
        assert part["model"].get("expression", part["refId"]) in [*refs, part["refId"]]
        refs.append(part["refId"])
    assert len(set(refs)) == len(refs)
    assert rule["condition"] == refs[-1]
    shown = {panel["id"] for panel in panels_by_board(CENTRE)[rule["dashboardUid"]]}
    assert rule["panelId"] in shown
    assert rule["annotations"]["__dashboardUid__"] == rule["dashboardUid"]
    assert rule["annotations"]["__panelId__"] == str(rule["panelId"])


def test_a_silent_feed_is_shown_where_the_silence_is() -> None:
    panels = {panel["id"]: panel for panel in panels_by_board(CENTRE)["svartid-selv"]}
    shown = [panels[rule["panelId"]] for rule in RULES if rule["labels"]["alert"] == "FeedSilent"]
    assert shown
    assert all("svartid_feed_silence_seconds" in panel["targets"][0]["expr"] for panel in shown)


def test_references_of_the_routes_resolve() -> None:
    tree = list(nodes(POLICY))
    assert {node["receiver"] for node in tree if "receiver" in node} == POINTS
    assert {name for node in tree for name in node.get("mute_time_intervals", [])} <= MUTES
    assert "mute_time_intervals" not in POLICY  # Grafana refuses a root that is muted
    assert {group["folder"] for group in GROUPS} == {board["folder"] for board in listed("dashboards/svartid")}


def test_only_the_year_waits_for_opening_time() -> None:
    muted = [node for node in nodes(POLICY) if "mute_time_intervals" in node]
    assert {str(target.channel) for target in CENTRE.all_targets} == {node["object_matchers"][1][2] for node in muted}
    assert {tuple(node["object_matchers"][0]) for node in muted} == {("alert", "=", "TargetBudgetBurn")}


def test_a_dollar_is_there_only_where_a_variable_is_meant() -> None:
    assert "$" not in FILES["grafana/provisioning/alerting/rules.yaml"]
    variables = {name for text in FILES.values() for name in re.findall(r"\$\{?(\w+)", text)}
    assert variables == {"SVARTID_RELAY_URL", "SVARTID_PROMETHEUS_URL", "SVARTID_DASHBOARDS_PATH"}


def test_a_dollar_of_the_configuration_is_doubled() -> None:
    told = CENTRE.alerts.model_copy(update={"namespace": "a$b"})
    text = provisioning(CENTRE.model_copy(update={"alerts": told}))["grafana/provisioning/alerting/rules.yaml"]
    assert {rule["labels"]["namespace"] for g in yaml.safe_load(text)["groups"] for rule in g["rules"]} == {"a$$b"}


def test_the_sdk_reads_them_as_they_are() -> None:
    def kept(model: Any, plain: dict[str, Any]) -> None:
        assert yaml.safe_load(JSONEncoder().encode(model.from_json(plain))) == plain

    for rule in RULES:
        asked, reduced, threshold = (part["model"] for part in rule["data"])
        kept(sdk_prometheus.Dataquery, asked)
        kept(sdk_expr.TypeReduce, reduced)
        kept(sdk_expr.TypeThreshold, threshold)
    kept(sdk.NotificationPolicy, {name: value for name, value in POLICY.items() if name != "orgId"})
    for point in listed("alerting/contact-points"):
        for receiver in point["receivers"]:
            kept(sdk.ContactPoint, {"name": point["name"], **receiver})


def test_prometheus_reads_every_query(tmp_path: Path) -> None:
    asked = [{"record": f"asked:{n}", "expr": rule["data"][0]["model"]["expr"]} for n, rule in enumerate(RULES)]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": asked}]}), encoding="utf-8")
    run_tool("promtool", "check", "rules", file)


def test_a_query_is_1_where_the_alert_is_and_0_where_it_is_not(tmp_path: Path) -> None:
    breach, overdue = (
        next(alert for alert in ALERTS if alert.name == name) for name in ("TargetBreach", "CallbacksOverdue")
    )
    back = overdue.clear_ms + 2 * 60_000
    told = f'svartid_target_told{{target="{breach.target}", verdict="breach"}}'
    queue = '{audience="personbruker", channel="phone", queue="helse"}'
    expected = [
        (query(breach), "0s", {"{}": 0}),
        (query(breach), "5m", {"{}": 1}),
        (query(breach), "10m", {"{}": 0}),
        (query(breach), "40m", {"{}": 0}),  # nothing is scraped any more
        (query(overdue), "0s", {"{}": 0}),
        (query(overdue), "5m", {queue: 1, "{}": 0}),
        (query(overdue), "11m", {queue: 0, "{}": 0}),
        (query(overdue), prom_duration(11 * 60_000 + back), {"{}": 0}),
    ]
    tests = [
        {
            "expr": expr,
            "eval_time": at,
            "exp_samples": [{"labels": labels, "value": value} for labels, value in samples.items()],
        }
        for expr, at, samples in expected
    ]
    many = CENTRE.alerts.overdue
    series = [
        {"series": told, "values": "0x4 1x4 0x20"},
        {"series": f"svartid_callbacks_overdue{queue}", "values": f"0+0x4 {many}+0x4 0+0x20"},
        {"series": 'svartid_feed_status{channel="phone", status="open"}', "values": "1+0x40"},
    ]
    rules, file = tmp_path / "none.yaml", tmp_path / "test.yaml"
    rules.write_text("groups: []\n", encoding="utf-8")
    case = {"interval": "1m", "input_series": series, "promql_expr_test": tests}
    file.write_text(yaml.safe_dump({"rule_files": [str(rules)], "tests": [case]}), encoding="utf-8")
    run_tool("promtool", "test", "rules", file)
