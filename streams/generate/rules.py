"""Prometheus' recording and alerting rules: plain, and as the PrometheusRule that NAIS reads.

Both hold the same groups. May import: config, alerts, records, words.
"""

from typing import Any

import yaml

from config import Centre
from streams.generate.alerts import Alert, alerts
from streams.generate.records import Record, records
from streams.generate.words import prom_duration

MARK = "# Made by `svartid generate` of config/. Change it there, not here.\n"
PLAIN, NAIS = "deploy/prometheus/rules.yaml", "deploy/nais/alerts.yaml"
_SLOW = {"svartid-counters", "svartid-budget"}  # hours and days: once a minute is often enough
_WIDTH = 110


def rules(centre: Centre) -> dict[str, str]:
    """Both files, by path."""
    listed = groups(centre)
    return {PLAIN: as_yaml({"groups": listed}), NAIS: as_yaml(_for_nais(listed, centre.alerts.namespace))}


def groups(centre: Centre) -> list[dict[str, Any]]:
    """The rule groups, as Prometheus has them."""
    by_group: dict[str, list[dict[str, Any]]] = {}
    for record in records(centre):
        by_group.setdefault(record.group, []).append(_recording(record))
    for alert in alerts(centre):
        by_group.setdefault(alert.group, []).append(_alerting(alert, centre))
    return [
        {"name": name, "interval": "1m" if name in _SLOW else "15s", "rules": listed}
        for name, listed in by_group.items()
    ]


def as_yaml(document: dict[str, Any]) -> str:
    """With the mark that says that it is made, never with aliases."""
    return MARK + yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=_WIDTH)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Everything is written out: not every reader knows anchors."""
        return True


def _text(dumper: _Plain, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _text)


def _recording(record: Record) -> dict[str, Any]:
    labels = {"labels": record.labels} if record.labels else {}
    return {"record": record.name, "expr": record.expr, **labels}


def _alerting(alert: Alert, centre: Centre) -> dict[str, Any]:
    times = {"for": alert.hold_ms, "keep_firing_for": alert.clear_ms}
    return {
        "alert": alert.name,
        "expr": alert.expr,
        **{name: prom_duration(ms) for name, ms in times.items() if ms},
        "labels": {"severity": alert.severity, "namespace": centre.alerts.namespace, **alert.labels},
        "annotations": {
            "summary": alert.summary,
            "consequence": alert.consequence,
            "action": alert.action,
            "runbook_url": f"{centre.alerts.runbook_url}/{alert.runbook}.md",
            "dashboard_url": f"{centre.alerts.dashboard_url}/{alert.dashboard}",
        },
    }


def _for_nais(listed: list[dict[str, Any]], namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "svartid", "namespace": namespace, "labels": {"team": namespace}},
        "spec": {"groups": listed},
    }
