"""Every rule evaluated by a real Prometheus over what it would have scraped, and when each alert then fires.

The records come first, each after those it is made of; then each alert's expression is asked for at every
evaluation. `for` and `keep_firing_for`, where a rule has them, are added by `prometheus.firings`. May import: generate,
the study.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from prometheus_client.samples import Sample

from config import Centre
from streams.generate.alerts import Alert, alerts
from streams.generate.recording_rules import Record, records
from streams.generate.years import from_year
from tests.cards import YEAR
from tests.servers import Prometheus
from tests.study.exposition import closed, line
from tests.study.prometheus import Firing, firings

EVALUATED_EVERY_S = 15
EVALUATED_AFTER_S = 14  # a scrape: nearly the worst
RECORDED_EVERY_S = 60
NOBODY = "127.0.0.1:9"  # what it scrapes while it is asked: nothing more comes
Labels = tuple[tuple[str, str], ...]


class Fired(NamedTuple):
    """One firing of an alert, of what its labels say."""

    alert: Alert
    labels: Labels
    firing: Firing


def expressions(centre: Centre) -> list[str]:
    """All that the rules ask for."""
    of = from_year(centre, YEAR)
    return [*(record.expr for record in records(of)), *(alert.expr for alert in alerts(of))]


def fired(
    centre: Centre,
    folder: Path,
    days: Sequence[range],
    names: Collection[str] | None = None,
    others: Sequence[Alert] = (),
) -> list[Fired]:
    """All firings on some days (in seconds), of which `folder` holds the scrapes: `scrapes-<day>.txt`; and after them
    those of other alerts, which are asked for as well.

    With names only those of some alerts, none of which is made of records.
    """
    centre = from_year(centre, YEAR)
    blocks = [folder / f"scrapes-{number}.txt" for number in range(len(days))]
    for level, recorded in enumerate(_levels(records(centre)) if names is None else ()):
        with _prometheus(folder, blocks) as server:
            blocks = [_record(server, recorded, day, folder / f"records-{level}-{n}.txt") for n, day in enumerate(days)]
    with _prometheus(folder, blocks) as server:
        asked = [alert for alert in alerts(centre) if names is None or alert.name in names]
        return [one for alert in (*asked, *others) for day in days for one in _firings(server, alert, day)]


def _levels(recorded: Iterable[Record]) -> list[list[Record]]:
    """The records in their order, cut wherever one is made of what the same level records."""
    levels: list[list[Record]] = [[]]
    for record in recorded:
        if any(re.search(rf"{re.escape(other.name)}\b", record.expr) for other in levels[-1]):
            levels.append([])
        levels[-1].append(record)
    return levels


@contextmanager
def _prometheus(folder: Path, blocks: Iterable[Path]) -> Iterator[Prometheus]:
    """Knows these, and what it was given before."""
    server = Prometheus(folder / "prometheus", NOBODY)
    server.folder.mkdir(exist_ok=True)
    server.remember(file.read_bytes() for file in blocks)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _record(server: Prometheus, recorded: Iterable[Record], day: range, file: Path) -> Path:
    with closed(file) as text:
        for record in recorded:
            for series in server.between(record.expr, day.start, day.stop, RECORDED_EVERY_S):
                labels = {**series["metric"]}
                labels.pop("__name__", None)
                for second, value in series["values"]:
                    text.write(line(Sample(record.name, labels, float(value)), second))
    return file


def _firings(server: Prometheus, alert: Alert, day: range) -> Iterator[Fired]:
    times = range(day.start + EVALUATED_AFTER_S, day.stop, EVALUATED_EVERY_S)
    for series in server.between(alert.expr, times.start, times.stop, EVALUATED_EVERY_S):
        active = {round(float(second)) for second, _ in series["values"]}
        evaluations = [(second, second in active) for second in times]
        for firing in firings(evaluations, alert.for_ms / 1000, alert.keep_ms / 1000):
            yield Fired(alert, _labels(alert, series["metric"]), firing)


def _labels(alert: Alert, metric: dict[str, Any]) -> Labels:
    named = {name: value for name, value in metric.items() if name != "__name__"}
    return tuple(sorted({**named, **alert.labels}.items()))
