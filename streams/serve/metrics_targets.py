"""The series of the targets, made of the snapshot's entries. May import: the core, documents, families."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import Metric

from streams.core import series
from streams.core.promised import TARGET_MEASURES
from streams.core.series import Series
from streams.core.verdicts import VERDICTS
from streams.families import Labels, family, one_of
from streams.serve.documents import Achieved, TargetEntry


def target_families(targets: Iterable[TargetEntry]) -> Iterator[Metric]:
    """The verdict, what was promised, achieved and expected; seconds, shares from 0 to 1, or visits."""
    targets = list(targets)
    yield one_of(series.TARGET_VERDICT, VERDICTS, (((target.id,), target.verdict) for target in targets))
    told = [((target.id, matter), of) for target in targets for matter, of in target.told_of]
    yield family(series.TARGET_TOLD, ((labels, of.is_told) for labels, of in told))
    since = ((labels, of.since_ms) for labels, of in told)
    yield family(series.TARGET_TOLD_SINCE, ((labels, None if ms is None else ms / 1000) for labels, ms in since))
    answered = (((target.id, name), stretch.answered) for target in targets for name, stretch in _stretches(target))
    yield family(series.TARGET_ANSWERED, answered)
    every = [of for measure in TARGET_MEASURES.values() for of in measure.series]
    by_series: dict[Series, list[tuple[Labels, float | None]]] = {of: [] for of in every}
    for target in targets:
        of = TARGET_MEASURES[target.measure].series
        by_series[of.achieved] += [
            ((target.id, name), _shown(target, stretch.value)) for name, stretch in _stretches(target)
        ]
        values = ((of.limit, target.limit.value), (of.pressure, target.pressure), (of.predicted, target.expected))
        for one, value in values:
            by_series[one].append(((target.id,), _shown(target, value)))
    yield from (family(of, samples) for of, samples in by_series.items())


def _shown(target: TargetEntry, value: float | None) -> float | None:
    """In the base unit."""
    is_ms = TARGET_MEASURES[target.measure].unit == "ms"
    return value / 1000 if is_ms and value is not None else value


def _stretches(target: TargetEntry) -> tuple[tuple[str, Achieved], ...]:
    return ("window", target.window), ("today", target.today)
