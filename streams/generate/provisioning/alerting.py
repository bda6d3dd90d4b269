"""The alerts as rules that Grafana itself evaluates. May import: config, alerts, rules, words, panels, sources.

Grafana differs from Prometheus where it matters, and the rules are made so that it does not:

- In Prometheus an alert's series is there or not. In Grafana an empty answer is "no data", and a series that went away
  is dropped without waiting for `keepFiringFor`. So every query is 1 where the alert is and 0 where it is not.
- Grafana calls an alert by its rule's title, and titles are unique. What kind it is, is therefore in the label `alert`.
- `$` is a variable of the environment in labels and titles, where it is doubled; in queries it is not, and in
  annotations that depends on the version. Those say `.Labels`, which is `$labels` without the sign. By how much it
  is so they do not say, as a query's value is 1: the board does.
"""

import re
from hashlib import sha256
from typing import TypedDict

from config import Centre
from streams.generate.alert import about
from streams.generate.alerts import Alert, alerts
from streams.generate.provisioning.panels import panel_of, panels_by_board
from streams.generate.provisioning.sources import DATASOURCE, FOLDER, ORG
from streams.generate.rules import Alerting, told
from streams.generate.service_alerts import FEED_SILENT, FIGURES_STALE, PARTITIONS_MISSING, WATCHDOG, WORKER_DOWN
from streams.generate.words import prom_duration

KIND = "alert"  # the label that says what an alert is
EXPRESSION = "__expr__"
MOST_UID = 40  # characters
INTERVAL_MS = 10_000  # Grafana's own step: every interval is a multiple of it
_SLOW_MS = {"svartid-promises": 60_000, "svartid-budget": 60_000}
_RANGE_S = 600

# What an alert is when there is no data, and when nobody could be asked.
_STATES = {
    # The queries answer even when svartid does not; if they do not, something is wrong with the figures themselves.
    FEED_SILENT: ("Alerting", "KeepLast"),
    WORKER_DOWN: ("Alerting", "KeepLast"),
    PARTITIONS_MISSING: ("Alerting", "KeepLast"),
    # The one that tells that Prometheus cannot be asked: the others keep still, so that it is told once.
    FIGURES_STALE: ("Alerting", "Alerting"),
    # A sign of life that cannot be given is none.
    WATCHDOG: ("OK", "OK"),
}
_OF_FIGURES = ("OK", "KeepLast")  # what nobody knows is no breach, and a breach is not over for that


class Query(TypedDict):
    """What a rule asks, or makes of what it asked; the range is in seconds back."""

    refId: str
    relativeTimeRange: dict[str, int]
    datasourceUid: str
    model: dict[str, object]


_Held = TypedDict("_Held", {"for": str})


class Rule(_Held):
    """A rule, as Grafana has it."""

    uid: str
    title: str
    condition: str
    data: list[Query]
    dashboardUid: str
    panelId: int
    noDataState: str
    execErrState: str
    keepFiringFor: str
    labels: dict[str, str]
    annotations: dict[str, str]


class Group(TypedDict):
    """Rules that are evaluated together."""

    orgId: int
    name: str
    folder: str
    interval: str
    rules: list[Rule]


def alerting(centre: Centre) -> list[Group]:
    """The rule groups, as the file has them."""
    plain = {_key(rule): rule for group in told(centre) for rule in group["rules"]}
    boards = panels_by_board(centre)
    by_group: dict[str, list[Rule]] = {}
    for alert in alerts(centre):
        rule = plain[(alert.name, alert.about)]
        by_group.setdefault(alert.group, []).append(_rule(alert, rule, panel_of(alert, boards[alert.dashboard])))
    return [
        {
            "orgId": ORG,
            "name": name,
            "folder": FOLDER,
            "interval": prom_duration(_interval_ms(name)),
            "rules": listed,
        }
        for name, listed in by_group.items()
    ]


def uid_of(alert: Alert) -> str:
    """Stable and unique; what would be too long ends in a digest of itself."""
    text = "-".join(part for part in ("svartid", alert.runbook, alert.about) if part)
    return text if len(text) <= MOST_UID else f"{text[: MOST_UID - 9]}-{sha256(text.encode()).hexdigest()[:8]}"


def query(alert: Alert) -> str:
    """PromQL that is 1 where an alert is, and 0 where it is not.

    One whose text or link names labels keeps its series, and shows them as 0 for as long as Grafana needs to let go of
    them.
    """
    if "$labels." not in alert.summary + alert.consequence + alert.action + alert.link:
        return f"group (\n{alert.expr}\n)\nor vector(0)"
    back = prom_duration(alert.keep_ms + 2 * 60_000)
    was = f"0 * group without () (last_over_time((\n{alert.expr}\n)[{back}:30s]))"
    return f"group without () (\n{alert.expr}\n)\nor {was}\nor vector(0)"


def _rule(alert: Alert, plain: Alerting, panel: int) -> Rule:
    no_data, error = _STATES.get(alert.name, _OF_FIGURES)
    step = _interval_ms(alert.group)
    annotations = {**plain["annotations"], "__dashboardUid__": alert.dashboard, "__panelId__": str(panel)}
    return {
        "uid": uid_of(alert),
        "title": _literal(" ".join(part for part in (alert.name, alert.about) if part)),
        "condition": "C",
        "data": [_asked(query(alert)), _reduced(), _over_zero()],
        "dashboardUid": alert.dashboard,
        "panelId": panel,
        "noDataState": no_data,
        "execErrState": error,
        "for": prom_duration(_whole(alert.for_ms, step)),
        "keepFiringFor": prom_duration(_whole(alert.keep_ms, step)),
        "labels": {name: _literal(value) for name, value in {KIND: alert.name, **plain["labels"]}.items()},
        "annotations": {name: _in_grafana(text) for name, text in annotations.items()},
    }


def _in_grafana(text: str) -> str:
    return re.sub(r"\$labels\b", ".Labels", re.sub(r" \({{ \$value[^}]*}}\)", "", text))


def _asked(expr: str) -> Query:
    model: dict[str, object] = {"editorMode": "code", "expr": expr, "instant": True, "range": False}
    return _query("A", DATASOURCE, {"datasource": {"type": "prometheus", "uid": DATASOURCE}, **model}, _RANGE_S)


def _reduced() -> Query:
    """The last value of each series. An instant query has no other, but not every version knows that."""
    return _expression("B", {"type": "reduce", "expression": "A", "reducer": "last"})


def _over_zero() -> Query:
    condition = {"evaluator": {"type": "gt", "params": [0]}}
    return _expression("C", {"type": "threshold", "expression": "B", "conditions": [condition]})


def _expression(ref: str, model: dict[str, object]) -> Query:
    return _query(ref, EXPRESSION, {"datasource": {"type": EXPRESSION, "uid": EXPRESSION}, **model}, 0)


def _query(ref: str, source: str, model: dict[str, object], range_s: int) -> Query:
    return {
        "refId": ref,
        "relativeTimeRange": {"from": range_s, "to": 0},
        "datasourceUid": source,
        "model": {"refId": ref, **model, "intervalMs": 1000, "maxDataPoints": 43_200},
    }


def _key(rule: Alerting) -> tuple[str, str | None]:
    return rule["alert"], about(rule["labels"])


def _interval_ms(group: str) -> int:
    return _SLOW_MS.get(group, INTERVAL_MS)


def _whole(ms: int, step: int) -> int:
    """Up to a whole number of evaluations."""
    return -(-ms // step) * step


def _literal(text: str) -> str:
    """For a field in which Grafana takes `$NAME` for a variable of the environment."""
    return text.replace("$", "$$")
