"""What Prometheus would have scraped of a simulated installation, as OpenMetrics with timestamps.

Made by the worker's own collectors, of the snapshot and the scorecard that it would have published. May import: past,
serve, prometheus_client.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from prometheus_client.core import Metric
from prometheus_client.samples import Sample

from streams.past.scorecard_document import Scorecard
from streams.past.scorecard_metrics import ScorecardCollector
from streams.serve.documents import Snapshot
from streams.serve.metrics import SnapshotCollector

_NAME = re.compile(r"svartid_[a-z_]+")
_EDGE = re.compile(r'le="([^"]+)"')
UP = 'up{instance="svartid",job="svartid"}'


class Exposition:
    """Writes scrapes to a file; with expressions given, only the series that these look at: the rest is much."""

    def __init__(self, expressions: Iterable[str] | None = None) -> None:
        self._names: Collection[str] | None = None
        self._edges: Collection[str] = ()
        if expressions is not None:
            text = "\n".join(expressions)
            self._names, self._edges = set(_NAME.findall(text)), set(_EDGE.findall(text))
        self._document: Snapshot | None = None
        self._promises: Scorecard | None = None
        self._collectors = [SnapshotCollector(lambda: self._document), ScorecardCollector(lambda: self._promises)]

    def scrape(self, file: TextIO, second: int, document: Snapshot, promises: Scorecard | None) -> None:
        """One scrape, of these documents."""
        self._document, self._promises = document, promises
        for collector in self._collectors:
            file.writelines(line(sample, second) for sample in self._samples(collector.collect()))
        file.write(f"{UP} 1 {second}\n")

    def _samples(self, families: Iterable[Metric]) -> Iterator[Sample]:
        for family in families:
            for sample in family.samples:
                if self._names is None or (sample.name in self._names and self._is_asked(sample)):
                    yield sample

    def _is_asked(self, sample: Sample) -> bool:
        return "le" not in sample.labels or sample.labels["le"] in self._edges


def line(sample: Sample, second: float) -> str:
    """A sample as OpenMetrics writes it; the labels' values are ids, which need no escape."""
    labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
    return f"{sample.name}{{{labels}}} {sample.value:.15g} {second:.15g}\n"


@contextmanager
def closed(file: Path) -> Iterator[TextIO]:
    """Opens a file of scrapes, and says in the end that nothing follows: without that OpenMetrics is cut short."""
    with file.open("w") as text:
        yield text
        text.write("# EOF\n")
