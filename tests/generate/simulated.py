"""A simulated day as a real Prometheus knows it: all that one worker exposed, and what was recorded of it.

A surge on a Tuesday of January. So that its week, month and year have a beginning, the same installation was scraped
for a moment at each of these, and it read half a messy hour on the Friday before.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from config import Centre
from streams.generate.rules import RECORDS, rules
from streams.past.scorecard_document import Scorecard
from streams.serve.documents import Snapshot
from streams.serve.expecting import Expecting
from streams.serve.merging import NONE_MISSING
from streams.serve.small import views_of
from streams.serve.snapshot import document_of
from streams.serve.view import View
from streams.sources.records import records
from tests.generate.sample import Worker
from tests.generate.tools import run_tool
from tests.servers import Prometheus
from tests.study.evaluation import NOBODY
from tests.study.exposition import Exposition, line
from tests.study.week import FRESH_MS, SCRAPED_EVERY_S, Installation

SEED = 1
OPENS = datetime(2025, 1, 7, 9, tzinfo=ZoneInfo("Europe/Oslo"))
_FRIDAY = OPENS - timedelta(days=4)
NOW = OPENS + timedelta(minutes=75)  # an hour into the surge
RATE_INTERVAL_S = 4 * SCRAPED_EVERY_S  # as Grafana reckons it
_MIDNIGHT = OPENS.replace(hour=0)
_BEGAN = {"now/w": _MIDNIGHT - timedelta(days=1), "now/M": _MIDNIGHT.replace(day=1), "now/y": _MIDNIGHT.replace(day=1)}
RANGES_S = {name: round((NOW - began).total_seconds()) for name, began in _BEGAN.items()}
_LEVELS = 3  # of records: those that are made of series, those that are made of these, and so on
_SCRAPED = {"instance": "svartid:8080", "job": "svartid"}


class _Scrapes(Exposition):
    """All that a worker exposes, with the labels that Prometheus adds."""

    def __init__(self) -> None:
        super().__init__()
        self._worker = Worker(lambda: self._document)

    def scrape(self, file: TextIO, second: int, document: Snapshot, promises: Scorecard | None) -> None:
        """One scrape, of this document, and of a scorecard on which everything is known."""
        self._document = document
        self._worker.works()
        for sample in (sample for family in self._worker.registry.collect() for sample in family.samples):
            file.write(line(sample._replace(labels={**sample.labels, **_SCRAPED}), second))
        file.write(f'up{{instance="{_SCRAPED["instance"]}",job="{_SCRAPED["job"]}"}} 1 {second}\n')


class _Whole(Installation):
    """One of which every series is written, and not only what the study looks at: with what is expected, too."""

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        self._exposition = _Scrapes()
        self._expecting = Expecting(centre, self._rules, late_ms=2000 * SCRAPED_EVERY_S)

    def _document(self, views: list[View], now_ms: int) -> Snapshot:
        shown = self._memo.shown(views, NONE_MISSING, self._centre, self._rules, now_ms)
        self._expecting.note(views, shown, views_of(shown))
        return document_of(shown, views, FRESH_MS, self._memo, expecting=self._expecting)


class Day:
    """Answers as of an instant of the day."""

    def __init__(self, server: Prometheus) -> None:
        self._server = server

    def at(self, expr: str, when: datetime = NOW) -> list[dict[str, Any]]:
        """The series that a query answers at an instant."""
        return self._server.between(expr, when.timestamp(), when.timestamp(), 1)

    def up_to_now(self, expr: str) -> list[dict[str, Any]]:
        """The series of the last hour."""
        return self._server.between(expr, NOW.timestamp() - 3600, NOW.timestamp(), SCRAPED_EVERY_S)


@contextmanager
def simulated(centre: Centre, folder: Path) -> Iterator[Day]:
    """Plays the day, has Prometheus record what its rules say of it, and lets it be asked."""
    server = Prometheus(folder / "prometheus", NOBODY)
    server.folder.mkdir()
    stretches = [_seconds(_FRIDAY, 30), _seconds(OPENS, 80)]
    server.remember([_played(centre, stretches, folder / "scrapes.txt")])
    file = folder / "records.yaml"
    file.write_text(rules(centre)[RECORDS])
    for _ in range(_LEVELS):
        _record(server, file, stretches)
    try:
        yield Day(server.start())
    finally:
        server.kill()


def _played(centre: Centre, stretches: Sequence[range], file: Path) -> bytes:
    friday, today = stretches
    installation = _Whole(centre)
    calm = [began - timedelta(minutes=1) for began in sorted({NOW - timedelta(days=28), *_BEGAN.values()})]
    first, *others = [_seconds(at, 1) for at in calm]
    moments = [(first, "normal"), *((at, "") for at in others)]  # who never spoke has no series
    played = sorted([*moments, (friday, "messy"), (today, "surge")], key=lambda one: one[0].start)
    text = ""
    for seconds, scenario in played:
        hours = len(seconds) / 3600
        sent = list(records(scenario, SEED, seconds.start * 1000, hours)) if scenario else []
        installation.play(sent, seconds, file)
        text += file.read_text().removesuffix("# EOF\n")
    return (text + "# EOF\n").encode()


def _record(server: Prometheus, rules: Path, stretches: Sequence[range]) -> None:
    """Prometheus evaluates the rules over its past; what it finds it knows when it starts the next time."""
    server.start()
    for seconds in stretches:
        run_tool(
            "promtool",
            *("tsdb", "create-blocks-from", "rules", f"--url=http://{server.address}"),
            *(f"--start={seconds.start}", f"--end={seconds.stop}", f"--output-dir={server.folder / 'data'}"),
            rules,
        )
    server.stop()


def _seconds(start: datetime, minutes: int) -> range:
    return range(round(start.timestamp()), round(start.timestamp()) + 60 * minutes)
