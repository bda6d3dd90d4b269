"""Who is told by Grafana: Alertmanager's routes and receivers, as Grafana writes them.

Inhibition has no place in the files. May import: config, alertmanager, alerting, sources.
"""

import re
from typing import Final, Literal, TypedDict

from config import Centre
from streams.generate.alertmanager import ON_CALL, OPERATIONS, SIGN_OF_LIFE, Route, route
from streams.generate.provisioning.alerting import KIND
from streams.generate.provisioning.sources import ORG

RELAY = "${SVARTID_RELAY_URL}"  # what Alertmanager's configuration calls http://varsling
_MATCHER = re.compile(r'(?P<label>\w+)(?P<sense>=~|!~|!=|=)"(?P<value>[^"]*)"')


class Policy(TypedDict, total=False):
    """A node of the tree, as Grafana has it: a matcher is a label, how it is compared, and a value."""

    receiver: str
    group_by: list[str]
    group_wait: str
    group_interval: str
    repeat_interval: str
    object_matchers: list[list[str]]
    mute_time_intervals: list[str]
    routes: "list[Policy]"


class Tree(Policy):
    """All of it."""

    orgId: int


_AS_THEY_ARE: Final[tuple[Literal["receiver", "group_wait", "group_interval", "repeat_interval"], ...]] = (
    "receiver",
    "group_wait",
    "group_interval",
    "repeat_interval",
)


def contact_points() -> list[dict[str, object]]:
    """A path of the relay for each receiver."""
    return [
        {
            "orgId": ORG,
            "name": name,
            "receivers": [
                {
                    "uid": f"svartid-{name}",
                    "type": "webhook",
                    "settings": {"url": f"{RELAY}/{name}", "httpMethod": "POST"},
                    "disableResolveMessage": name == SIGN_OF_LIFE,
                }
            ],
        }
        for name in (ON_CALL, OPERATIONS, SIGN_OF_LIFE)
    ]


def policies(centre: Centre) -> Tree:
    """The whole tree: an organisation has one."""
    return {"orgId": ORG, **_policy(route(centre))}


def _policy(node: Route) -> Policy:
    made: Policy = {}
    for name in _AS_THEY_ARE:
        if name in node:
            made[name] = node[name]
    if "mute_time_intervals" in node:
        made["mute_time_intervals"] = node["mute_time_intervals"]
    if "group_by" in node:
        made["group_by"] = [_label(name) for name in node["group_by"]]
    if "matchers" in node:
        made["object_matchers"] = [_matcher(text) for text in node["matchers"]]
    if "routes" in node:
        made["routes"] = [_policy(child) for child in node["routes"]]
    return made


def _matcher(text: str) -> list[str]:
    match = _MATCHER.fullmatch(text)
    if match is None:
        raise ValueError(f"a matcher that Grafana cannot be told: {text}")
    return [_label(match["label"]), match["sense"], match["value"]]


def _label(name: str) -> str:
    return KIND if name == "alertname" else name
