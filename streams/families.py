"""Prometheus' families, made of series and samples: no data is no sample, never 0.

May import: series, prometheus_client.
"""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from streams.core.series import Series

Labels = tuple[str, ...]


def family(series: Series, samples: Iterable[tuple[Labels, float | None]]) -> Metric:
    """All samples of a gauge or a counter, but for what is not known."""
    kind = CounterMetricFamily if series.kind == "counter" else GaugeMetricFamily
    made = kind(series.name, series.help, labels=series.labels)
    for labels, value in samples:
        if value is not None:
            made.add_metric(labels, value)
    return made


def single(series: Series, value: float | None) -> Metric:
    """The one sample of a series without labels."""
    return family(series, [((), value)])


def one_of(series: Series, choices: Iterable[str], said: Iterable[tuple[Labels, str]]) -> Metric:
    """1 for the choice that is so, 0 for the others; the choice is the last label."""
    every = tuple(choices)
    return family(
        series,
        (((*labels, choice), float(choice == chosen)) for labels, chosen in said for choice in every),
    )
