"""The series of the targets, made of the snapshot's entries. May import: the core, documents, families."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import Metric

from streams.core import series
from streams.core.promised import TARGET_MEASURES
from streams.core.series import TargetSeries
from streams.core.verdicts import VERDICTS
from streams.families import family, one_of
from streams.serve.documents import Achieved, TargetEntry


def target_families(targets: Iterable[TargetEntry]) -> Iterator[Metric]:
    """The verdict, what was promised, achieved and expected; seconds, or shares from 0 to 1."""
    targets = list(targets)
    yield one_of(series.TARGET_VERDICT, VERDICTS, (((target.id,), target.verdict) for target in targets))
    answered = (((target.id, name), stretch.answered) for target in targets for name, stretch in _stretches(target))
    yield family(series.TARGET_ANSWERED, answered)
    for told, is_share in dict.fromkeys((measure.series, measure.is_share) for measure in TARGET_MEASURES.values()):
        these = [target for target in targets if TARGET_MEASURES[target.measure].series == told]
        yield from _values(these, told, 1 if is_share else 1000)


def _values(targets: list[TargetEntry], of: TargetSeries, divisor: int) -> Iterator[Metric]:
    def shown(value: float | None) -> float | None:
        return None if value is None else value / divisor

    yield family(
        of.achieved,
        (((target.id, name), shown(stretch.value)) for target in targets for name, stretch in _stretches(target)),
    )
    yield family(of.limit, (((target.id,), shown(target.limit.value)) for target in targets))
    yield family(of.pressure, (((target.id,), shown(target.pressure)) for target in targets))
    yield family(of.predicted, (((target.id,), shown(target.expected)) for target in targets))


def _stretches(target: TargetEntry) -> tuple[tuple[str, Achieved], ...]:
    return ("window", target.window), ("today", target.today)
