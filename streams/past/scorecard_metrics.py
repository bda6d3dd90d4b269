"""The series of the scorecard: what each promise has come to, by svartid's own days.

May import: the core, scorecard, families, prometheus_client.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from streams.core import series
from streams.core.calendar import STRETCHES
from streams.core.series import PromiseSeries
from streams.core.verdicts import JUDGED
from streams.core.working_days import DAY_MS
from streams.families import family, one_of, single
from streams.past.promise_text import is_share, is_told
from streams.past.scorecard import InStretch, Kept
from streams.past.scorecard_document import Scorecard

_EVERY: Final = (
    series.PROMISES_OF_WAITS,
    series.PROMISES_OF_DAYS,
    series.PROMISES_OF_SHARES,
    series.PROMISES_OF_NUMBERS,
)
_SCALES: Final = {series.PROMISES_OF_WAITS: 1000, series.PROMISES_OF_DAYS: DAY_MS}


class ScorecardCollector(Collector):
    """Makes series of the latest scorecard; none while this process does not write it."""

    def __init__(self, latest: Callable[[], Scorecard | None]) -> None:
        self._latest = latest

    def collect(self) -> Iterator[Metric]:
        """Prometheus' hook."""
        document = self._latest()
        if document is not None:
            yield from families_of(document)


def families_of(document: Scorecard) -> Iterator[Metric]:
    """All that a scorecard says, by series."""
    rows = document.promises
    for of in _EVERY:
        yield from _of_unit(of, [row for row in rows if series_of(row) is of])
    known = [(row.id, name, of) for row in rows for name, of in _stretches(row)]
    told = [(row.id, name, of) for row in rows for name, of in _stretches(row) if is_told(row, of)]
    yield family(series.PROMISE_OF, (((id_, name), of.of) for id_, name, of in told))
    yield family(series.PROMISE_MET, (((id_, name), of.met) for id_, name, of in known))
    yield family(series.PROMISE_BUDGET, (((row.id,), row.budget.used) for row in rows if row.budget))
    burns = [(row.id, row.burn) for row in rows if row.burn]
    lately = ((id_, (("7d", of.week), ("1d", of.day), ("2h", of.two_hours))) for id_, of in burns)
    yield family(series.PROMISE_BURN, (((id_, name), value) for id_, each in lately for name, value in each))
    yield family(series.PROMISE_TOO_FAST, (((id_,), of.too_fast) for id_, of in burns))
    yield family(series.PROMISE_CHANCE, (((row.id,), row.forecast.chance) for row in rows if row.forecast))
    yield one_of(series.PROMISE_VERDICT, JUDGED, (((row.id,), row.verdict) for row in rows))
    yield single(series.SCORECARD_AS_OF, document.as_of_ms / 1000)


def series_of(row: Kept) -> PromiseSeries:
    """Those of its unit."""
    if row.limit.sense == "at_most_visits":
        return series.PROMISES_OF_NUMBERS
    if is_share(row):
        return series.PROMISES_OF_SHARES
    return series.PROMISES_OF_DAYS if row.measure == "letters_mean" else series.PROMISES_OF_WAITS


def _of_unit(of: PromiseSeries, rows: Iterable[Kept]) -> Iterator[Metric]:
    rows = list(rows)
    scale = _SCALES.get(of, 1)

    def shown(value: float | None) -> float | None:
        return None if value is None else value / scale

    values = (((row.id, name), shown(stretch.value)) for row in rows for name, stretch in _stretches(row))
    yield family(of.value, values)
    yield family(of.limit, (((row.id,), shown(row.limit.value)) for row in rows))
    yield family(of.rest, (((row.id,), shown(row.budget.rest)) for row in rows if row.budget))
    bounds = ((row.id, row.forecast, bound) for row in rows if row.forecast for bound in ("low", "likely", "high"))
    yield family(of.forecast, (((id_, bound), shown(getattr(told, bound))) for id_, told, bound in bounds))


def _stretches(row: Kept) -> Iterator[tuple[str, InStretch]]:
    for name in STRETCHES:
        of: InStretch | None = getattr(row, name)
        if of is not None:
            yield name, of
