"""What people get of the alerts that fire: the messages of one receiver, as Alertmanager makes them of its groups.

A group (`group_by`) is looked at `group_wait` after its first alert, and each `group_interval` from there on, as long
as any of it fires. What something else inhibits then is not in it. A message is sent where an alert is in it that was
not in the last one (a *page*), or after `repeat_interval` (a *repeat*); that something is over is no page.
Source: dispatch.go, inhibit.go and DedupStage in notify.go of Alertmanager. May import: generate, durations, the study.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from streams.durations import parsed
from streams.generate.alertmanager import Inhibition, Route
from tests.study.evaluation import Fired
from tests.study.prometheus import Firing

Key = tuple[tuple[str, str], ...]


class Times(NamedTuple):
    """Of a group, in seconds."""

    wait: float
    interval: float
    repeat: float


class Message(NamedTuple):
    """One that says that something fires."""

    at_s: float
    kind: Literal["page", "repeat"]
    about: tuple[Fired, ...]  # what is new in it; of a repeat all


def messages(
    fired: Sequence[Fired], severity: str, route: Route, rules: Sequence[Inhibition], since_s: float = 0
) -> list[Message]:
    """Those to whom a severity goes, in order; of alerts that fire on one day, from an instant on."""
    times, groups = _times(route, severity), defaultdict[Key, list[Fired]](list)
    labelled = [(one, _labels(one)) for one in fired]
    for one in fired:
        if one.alert.severity == severity:
            labels = _labels(one)
            groups[tuple((name, labels.get(name, "")) for name in route["group_by"])].append(one)
    found = [
        message
        for group in groups.values()
        for message in _of_group([(one, _inhibiting(one, labelled, rules)) for one in group], times)
    ]
    return sorted((message for message in found if message.at_s >= since_s), key=lambda message: message.at_s)


def _times(route: Route, severity: str) -> Times:
    """What the severity's own route says, or else the root."""
    own = next(child for child in route["routes"] if child["matchers"] == [f'severity="{severity}"'])
    said = {**route, **own}
    wait, interval, repeat = (parsed(str(said[name])) for name in ("group_wait", "group_interval", "repeat_interval"))
    return Times(wait / 1000, interval / 1000, repeat / 1000)


def _of_group(group: Sequence[tuple[Fired, list[Firing]]], times: Times) -> Iterator[Message]:
    """Of one group's alerts, each with what inhibits it."""
    told, told_at, at_s = dict[Key, Fired](), 0.0, 0.0
    for begins in sorted(one.firing.start_s for one, _ in group):
        at_s = max(at_s, begins + times.wait) if at_s <= begins else at_s
        while any(_is_at(one.firing, at_s) for one, _ in group):
            firing = [(one, by) for one, by in group if _is_at(one.firing, at_s)]
            heard = {_key(one): one for one, by in firing if not any(_is_at(other, at_s) for other in by)}
            still = {_key(one) for one, _ in firing}
            told = {key: one for key, one in told.items() if key in still}  # of the others it is told that they ended
            news = tuple(one for key, one in heard.items() if key not in told)
            if news or (heard and at_s - told_at >= times.repeat):
                yield Message(at_s, "page" if news else "repeat", news or tuple(heard.values()))
                told, told_at = heard, at_s
            at_s += times.interval
        told = {}


def _is_at(firing: Firing, at_s: float) -> bool:
    return firing.start_s <= at_s < firing.end_s


def _inhibiting(
    one: Fired, others: Iterable[tuple[Fired, dict[str, str]]], rules: Iterable[Inhibition]
) -> list[Firing]:
    """What keeps it from being told, by the rules."""
    labels = _labels(one)
    asked = [rule for rule in rules if _match(rule["target_matchers"], labels)]
    return [
        other.firing
        for rule in asked
        for other, of in others
        if _match(rule["source_matchers"], of) and all(labels.get(name) == of.get(name) for name in rule["equal"])
    ]


def _labels(one: Fired) -> dict[str, str]:
    return {**dict(one.labels), "alertname": one.alert.name, "severity": one.alert.severity}


def _key(one: Fired) -> Key:
    return (("alertname", one.alert.name), *one.labels)


def _match(matchers: Iterable[str], labels: dict[str, str]) -> bool:
    return all(_matches(matcher, labels) for matcher in matchers)


def _matches(matcher: str, labels: dict[str, str]) -> bool:
    parts = re.fullmatch(r'(\w+)(=|!=|=~|!~)"(.*)"', matcher)
    assert parts is not None
    value = labels.get(parts[1], "")
    is_it = bool(re.fullmatch(parts[3], value)) if parts[2].endswith("~") else value == parts[3]
    return is_it != parts[2].startswith("!")
