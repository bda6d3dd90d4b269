"""Where Grafana finds the figures and the boards. Addresses and paths are the installation's: the environment has them.

May import: standard library.
"""

DATASOURCE = "svartid-prometheus"  # the uid that every alert rule asks
FOLDER = "svartid"  # of boards and of alert rules
ORG = 1


def figures() -> dict[str, object]:
    """The Prometheus that scrapes svartid and evaluates its recording rules."""
    return {
        "name": "svartid",
        "uid": DATASOURCE,
        "type": "prometheus",
        "access": "proxy",
        "orgId": ORG,
        "url": "$SVARTID_PROMETHEUS_URL",
        "isDefault": False,
        "editable": False,
        # timeInterval is how often svartid is scraped; Grafana makes $__rate_interval of it.
        "jsonData": {"httpMethod": "POST", "prometheusType": "Prometheus", "timeInterval": "15s"},
    }


def boards() -> dict[str, object]:
    """The folder with the boards. No folderUid: the alert rules name the folder by its title, and may make it first."""
    return {
        "name": "svartid",
        "orgId": ORG,
        "folder": FOLDER,
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 60,
        "options": {"path": "$SVARTID_DASHBOARDS_PATH"},
    }
