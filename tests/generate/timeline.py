"""What Prometheus scraped, minute by minute, and which alerts it must then have: cases for `promtool test rules`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config import Centre, load
from streams.core.series import LINE
from streams.generate.rules import Alerting, groups, told
from streams.generate.years import from_year
from tests.cards import YEAR

CENTRE = from_year(load(), YEAR)
SCRAPE_S = 15
_INSTANCE_IF_ANY = "{{ with $labels.instance }}{{ . }} {{ end }}"
GONE = None  # no sample: the process is down, or says nothing of it
Values = Iterable[float | None]


@dataclass(frozen=True)
class Case:
    """One course of events. With no `fires_at` (minutes) the alert must keep silent at all of `silent_at`."""

    alert: str
    course: str
    series: Mapping[str, Sequence[float | None]]
    fires_at: Sequence[float] = ()
    silent_at: Sequence[float] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  # what the alert must say it is about
    by: str = ""  # what it must say, for how long it is so, or by how much
    step_s: int = SCRAPE_S

    @property
    def is_silent(self) -> bool:
        return not self.fires_at


def minutes(*parts: tuple[float | None, float], step_s: int = SCRAPE_S) -> list[float | None]:
    """A value for so many minutes, then another: `minutes((0, 5), (1, 10))`."""
    return [value for value, length in parts for _ in range(round(length * 60 / step_s))]


def growing(*parts: tuple[float | None, float], start: float = 0, step_s: int = SCRAPE_S) -> list[float | None]:
    """A counter that grows by so much a minute for so many minutes; where it is GONE it stands still, unseen."""
    values: list[float | None] = []
    for rate, length in parts:
        for _ in range(round(length * 60 / step_s)):
            start += (rate or 0) * step_s / 60
            values.append(None if rate is None else start)
    return values


def rules_of(centre: Centre) -> list[Alerting]:
    """All rules that tell."""
    return [rule for group in told(centre) for rule in group["rules"]]


def rules_for(name: str, targets: Collection[str], centre: Centre = CENTRE) -> list[dict[str, Any]]:
    """One kind of alert, of some targets, and what is recorded for it: a week of all rules takes minutes."""
    others = [target for target in centre.all_targets if target.id not in targets]
    kept = {target.whose for target in centre.all_targets if target not in others}
    left_out = {target.id for target in others}
    wanted: list[Any] = [
        rule for rule in rules_of(centre) if rule["alert"] == name and rule["labels"].get("target") not in left_out
    ]
    recorded: list[Any] = [rule for group in groups(centre) for rule in group["rules"] if "record" in rule]
    for rule in reversed(recorded):  # each is after what it is made of
        labels = rule.get("labels", {})
        whose = "/".join(labels[name] for name in LINE if name in labels)
        is_of_others = labels.get("target") in left_out or (whose and whose not in kept)
        if not is_of_others and any(rule["record"] in other["expr"] for other in wanted):
            wanted.insert(0, rule)
    return [{"name": name, "rules": wanted}]


def promtool_file(cases: Iterable[Case], rules: str, centre: Centre = CENTRE) -> dict[str, Any]:
    """Promtool's file for cases that share a step."""
    listed = list(cases)
    step_s = f"{listed[0].step_s}s"
    told_of = rules_of(centre)
    tests = [_test(case, told_of) for case in listed]
    return {"rule_files": [rules], "evaluation_interval": step_s, "tests": tests}


def _test(case: Case, rules: list[Alerting]) -> dict[str, Any]:
    times = [*((at, True) for at in case.fires_at), *((at, False) for at in case.silent_at)]
    return {
        "name": f"{case.alert}: {case.course}",
        "interval": f"{case.step_s}s",
        "input_series": [{"series": name, "values": _notation(values)} for name, values in case.series.items()],
        "alert_rule_test": [
            {
                "eval_time": f"{round(at * 60)}s",
                "alertname": case.alert,
                "exp_alerts": [_expected(case, rules)] if fires else [],
            }
            for at, fires in sorted(times)
        ],
    }


def _expected(case: Case, rules: list[Alerting]) -> dict[str, Any]:
    """The alert as it must reach Alertmanager: every label, and every text with its labels filled in."""
    rule = next(r for r in rules if r["alert"] == case.alert and _own_labels(r).items() <= case.labels.items())
    texts = dict(rule["annotations"])
    for name, value in case.labels.items():
        texts = {key: text.replace(f"{{{{ $labels.{name} }}}}", value) for key, text in texts.items()}
    texts = {key: text.replace("{{ $value | humanizeDuration }}", case.by) for key, text in texts.items()}
    told = f"{case.labels['instance']} " if "instance" in case.labels else ""
    return {
        "exp_labels": {**case.labels, **rule["labels"]},
        "exp_annotations": {key: text.replace(_INSTANCE_IF_ANY, told) for key, text in texts.items()},
    }


def _own_labels(rule: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in rule["labels"].items() if name not in ("severity", "namespace")}


def _notation(values: Sequence[float | None]) -> str:
    """As promtool writes series. Where they end Prometheus notices at once, as it does when a scrape fails."""
    told, before = [], GONE
    for value in values:
        told.append(f"{value:.10g}" if value is not None else "_" if before is GONE else "stale")
        before = value
    return " ".join(told)
