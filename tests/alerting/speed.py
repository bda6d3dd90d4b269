"""The generated rules and routes, with every time that Prometheus and Alertmanager count divided by the speed.

The expressions, thresholds and texts are as generated. Nothing becomes shorter than a second, which is how often
Prometheus looks. What Prometheus reckons from its own clock and svartid's has svartid's instant put back on the real
clock, so that `FiguresStale` still means 30 s of real time.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from config import Centre
from streams.clock import Clock
from streams.durations import parsed
from streams.generate.alertmanager import FILE, alertmanager
from streams.generate.rules import groups
from streams.generate.years import from_year
from tests.cards import YEAR

LEAST_S = 1.0
_RULE_TIMES, _ROUTE_TIMES = ("for", "keep_firing_for"), ("group_wait", "group_interval", "repeat_interval")
# Instants that svartid says, and Prometheus holds against its own clock: when the snapshot and the scorecard were made,
# and until when a source is down as planned.
_STOP = r"svartid_planned_stop_until_timestamp_seconds(?:\{[^}]*\})?"
_INSTANT = re.compile(
    r"max\(svartid_snapshot_timestamp_seconds\)"
    r"|max\(last_over_time\(svartid_scorecard_as_of_timestamp_seconds\[\w+\]\)\)"
    rf"|max by \(channel\) \({_STOP}\)"
    rf"|max\(max_over_time\({_STOP}\[\w+\]\)\)"
)


def fast_rules(centre: Centre, clock: Clock) -> str:
    """The rule groups, for a clock that runs fast."""
    made = [
        {
            **group,
            "interval": faster(group["interval"], clock.speed),
            "rules": [_rule(r, clock) for r in group["rules"]],
        }
        for group in groups(from_year(centre, YEAR))
    ]
    return yaml.safe_dump({"groups": made}, sort_keys=False, allow_unicode=True)


def fast_routes(centre: Centre, speed: float, webhook: str) -> str:
    """Alertmanager's configuration, for a clock that runs fast; every receiver is a path of the webhook."""
    made = yaml.safe_load(alertmanager(from_year(centre, YEAR))[FILE])
    made["route"] = _route(made["route"], speed)
    for receiver in made["receivers"]:
        (hook,) = receiver["webhook_configs"]
        hook["url"] = f"{webhook}/{receiver['name']}"
    return str(yaml.safe_dump(made, sort_keys=False))


def faster(duration: str, speed: float) -> str:
    """ "2m" at 20 times the speed is "6000ms"."""
    ms = sum(parsed(part) for part in re.findall(r"\d+[a-z]+", duration))
    return f"{round(max(ms / speed, LEAST_S * 1000))}ms"


def _rule(rule: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
    times = {name: faster(rule[name], clock.speed) for name in _RULE_TIMES if name in rule}
    expr = re.sub(r"(\[|offset )(\w+)", lambda m: f"{m[1]}{faster(m[2], clock.speed)}", rule["expr"])
    if "time()" in expr:
        assert len(_INSTANT.findall(expr)) == expr.count("time()"), expr
        expr = _INSTANT.sub(lambda m: _in_real_time(m[0], clock), expr)
    return {**rule, **times, "expr": expr}


def _in_real_time(instant: str, clock: Clock) -> str:
    return f"({clock.real_origin_ms / 1000} + ({instant} - {clock.origin_ms / 1000}) / {clock.speed})"


def _route(route: dict[str, Any], speed: float) -> dict[str, Any]:
    times = {name: faster(route[name], speed) for name in _ROUTE_TIMES if name in route}
    inner = {"routes": [_route(r, speed) for r in route["routes"]]} if "routes" in route else {}
    return {**route, **times, **inner}
