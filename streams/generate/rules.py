"""Prometheus' recording and alerting rules: plain, and as the PrometheusRule that NAIS reads.

Plain they are two files, so that the records can be had without the alerts, where something else tells; both are in the
one for NAIS. May import: config, alerts, marks, records, words.
"""

from collections.abc import Iterable, Mapping
from typing import Generic, TypedDict, TypeVar

import yaml

from config import Centre
from streams.generate.alerts import Alert, alerts
from streams.generate.marks import MARK
from streams.generate.recording_rules import Record, records
from streams.generate.words import prom_duration

RECORDS, ALERTS = "deploy/prometheus/records.yaml", "deploy/prometheus/alerts.yaml"
NAIS = "deploy/nais/alerts.yaml"
_SLOW = {"svartid-counters", "svartid-budget"}  # an hour and more: once a minute is often enough
_WIDTH = 110


R = TypeVar("R")


class Recording(TypedDict):
    """A recording rule, as Prometheus has it."""

    record: str
    expr: str


_Held = TypedDict("_Held", {"for": str, "keep_firing_for": str}, total=False)


class Alerting(_Held):
    """An alerting rule, as Prometheus has it."""

    alert: str
    expr: str
    labels: dict[str, str]
    annotations: dict[str, str]


class RuleGroup(TypedDict, Generic[R]):
    """Rules that are evaluated together, in order."""

    name: str
    interval: str
    rules: list[R]


def rules(centre: Centre) -> dict[str, str]:
    """The files, by path."""
    return {
        RECORDS: as_yaml({"groups": _recorded(centre)}),
        ALERTS: as_yaml({"groups": told(centre)}),
        NAIS: as_yaml(_for_nais(groups(centre), centre.alerts.namespace)),
    }


def groups(centre: Centre) -> list[RuleGroup[Recording] | RuleGroup[Alerting]]:
    """All rule groups, as Prometheus has them; what is recorded comes first."""
    return [*_recorded(centre), *told(centre)]


def _recorded(centre: Centre) -> list[RuleGroup[Recording]]:
    return _grouped((record.group, _recording(record)) for record in records(centre))


def told(centre: Centre) -> list[RuleGroup[Alerting]]:
    """Those that tell."""
    return _grouped((alert.group, _alerting(alert, centre)) for alert in alerts(centre))


def _grouped(rules: Iterable[tuple[str, R]]) -> list[RuleGroup[R]]:
    by_group: dict[str, list[R]] = {}
    for group, rule in rules:
        by_group.setdefault(group, []).append(rule)
    return [
        {"name": name, "interval": "1m" if name in _SLOW else "15s", "rules": listed}
        for name, listed in by_group.items()
    ]


def as_yaml(document: Mapping[str, object]) -> str:
    """With the mark that says that it is made, never with aliases."""
    return MARK + yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=_WIDTH)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        """Everything is written out: not every reader knows anchors."""
        return True


def _text(dumper: _Plain, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _text)


def _recording(record: Record) -> Recording:
    return {"record": record.name, "expr": record.expr}


def _alerting(alert: Alert, centre: Centre) -> Alerting:
    return {
        "alert": alert.name,
        "expr": alert.expr,
        **_held(alert),
        "labels": {"severity": alert.severity, "namespace": centre.alerts.namespace, **alert.labels},
        "annotations": {
            "summary": alert.summary,
            "consequence": alert.consequence,
            "action": alert.action,
            "runbook_url": f"{centre.alerts.runbook_url}/{alert.runbook}.md",
            "dashboard_url": f"{centre.alerts.dashboard_url}/{alert.link}",
        },
    }


def _held(alert: Alert) -> _Held:
    held: _Held = {}
    if alert.for_ms:
        held["for"] = prom_duration(alert.for_ms)
    if alert.keep_ms:
        held["keep_firing_for"] = prom_duration(alert.keep_ms)
    return held


def _for_nais(listed: object, namespace: str) -> dict[str, object]:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "svartid", "namespace": namespace, "labels": {"team": namespace}},
        "spec": {"groups": listed},
    }
