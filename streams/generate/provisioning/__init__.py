"""What Grafana reads when it starts (file provisioning): the figures' address, the boards, the alerts, who is told.

The alerts are those of `streams/generate/alerts.py`, the routes those of Alertmanager. May import: config, closed,
rules, its own modules.
"""

from config import Centre
from streams.generate.closed import mute_timings
from streams.generate.provisioning.alerting import alerting
from streams.generate.provisioning.routes import contact_points, policies
from streams.generate.provisioning.sources import ORG, boards, figures
from streams.generate.rules import as_yaml

__all__ = ["FOLDER", "provisioning"]

FOLDER = "grafana/provisioning"


def provisioning(centre: Centre) -> dict[str, str]:
    """The files, by path."""
    documents: dict[str, dict[str, object]] = {
        "alerting/rules": {"groups": alerting(centre)},
        "alerting/contact-points": {"contactPoints": contact_points()},
        "alerting/policies": {"policies": [policies(centre)]},
        "alerting/mute-timings": {"muteTimes": [{"orgId": ORG, **timing} for timing in mute_timings(centre)]},
        "dashboards/svartid": {"providers": [boards()]},
        "datasources/svartid": {"datasources": [figures()]},
    }
    return {f"{FOLDER}/{name}.yaml": as_yaml({"apiVersion": 1, **listed}) for name, listed in documents.items()}
