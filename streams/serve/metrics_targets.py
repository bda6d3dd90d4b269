"""The series of the targets, made of the snapshot's entries. May import: the core, prometheus_client."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric

from streams.core.verdicts import VERDICTS

STRETCHES = ("window", "today")
Target = Mapping[str, Any]


def target_families(targets: Iterable[Target]) -> Iterator[Metric]:
    """The verdict, what was promised, achieved and expected; seconds, or shares from 0 to 1."""
    targets = list(targets)
    yield _verdicts(targets)
    yield _answered(targets)
    yield from _values([t for t in targets if t["measure"] == "mean_wait"], "seconds", ("mean_wait", "wait"), 1000)
    yield from _values([t for t in targets if t["measure"] != "mean_wait"], "ratio", ("share", "share"), 1)


def _verdicts(targets: Iterable[Target]) -> Metric:
    family = GaugeMetricFamily(
        "svartid_target_verdict", "1 for the verdict on a target, 0 for the others.", labels=("target", "verdict")
    )
    for target in targets:
        for verdict in VERDICTS:
            family.add_metric((target["id"], verdict), float(target["verdict"] == verdict))
    return family


def _answered(targets: Iterable[Target]) -> Metric:
    family = GaugeMetricFamily(
        "svartid_target_answered", "How many a target's value is made of.", labels=("target", "stretch")
    )
    for target in targets:
        for stretch in STRETCHES:
            if target[stretch]["answered"] is not None:
                family.add_metric((target["id"], stretch), target[stretch]["answered"])
    return family


def _values(targets: Iterable[Target], unit: str, names: tuple[str, str], divisor: int) -> Iterator[Metric]:
    achieved, ahead = names
    value = GaugeMetricFamily(
        f"svartid_target_{achieved}_{unit}",
        "What was achieved, in the target's window and today; absent over nothing.",
        labels=("target", "stretch"),
    )
    limit = GaugeMetricFamily(f"svartid_target_limit_{unit}", "What was promised.", labels=("target",))
    pressure = GaugeMetricFamily(
        f"svartid_target_pressure_{unit}", "The value if all who wait were answered now.", labels=("target",)
    )
    expected = GaugeMetricFamily(
        f"svartid_target_predicted_{ahead}_{unit}", "The value expected when the lead has passed.", labels=("target",)
    )
    for target in targets:
        promised: float = next(iter(target["limit"].values()))
        limit.add_metric((target["id"],), promised / divisor)
        for stretch in STRETCHES:
            _add(value, (target["id"], stretch), target[stretch]["value"], divisor)
        _add(pressure, (target["id"],), target["pressure"], divisor)
        _add(expected, (target["id"],), target["expected"], divisor)
    yield from (value, limit, pressure, expected)


def _add(family: GaugeMetricFamily, labels: tuple[str, ...], value: float | None, divisor: int) -> None:
    if value is not None:  # no data is no sample, never 0
        family.add_metric(labels, value / divisor)
