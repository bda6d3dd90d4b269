"""One day reckoned by hand, and held against all that shows figures.

The log is day.txt; the figures, with their reckoning, are in reckoned.py and reckoned_history.py; metrics.txt and the
board's files are the same figures as Prometheus and the wall have them. Nothing expected here is read from the code.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources

import pytest
from jsonschema import Draft202012Validator
from prometheus_client import CollectorRegistry, generate_latest
from rich.console import Console
from rich.segment import Segment

from streams.cli.history import _write_csv
from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.aggregates import Level
from streams.core.cells import in_full, packed, unpacked
from streams.core.fold import fold
from streams.core.later import with_editions
from streams.core.measures import LATER
from streams.core.state import PartitionState
from streams.oracle import differences, recount
from streams.past.history import By, Located, Span, Step, rows
from streams.past.history_rows import Row
from streams.serve.board import Board
from streams.serve.metrics import SnapshotCollector
from tests.events import Event
from tests.golden import reckoned_history
from tests.golden.day import CENTRE, FOLDER, NOW, OSLO, RULES, document, log, states
from tests.golden.reckoned import NOON_MS, SNAPSHOT
from tests.serve.documents import typed

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
TONIGHT = NOW + 12 * HOUR  # midnight in Oslo


@pytest.fixture
def shown() -> Event:
    """Made for each test, so that it is known which tests a fault in any of it has to be found by."""
    return document()


@pytest.mark.parametrize("part", ["groups", "lines"])
@pytest.mark.parametrize("name", sorted({*SNAPSHOT["groups"], *SNAPSHOT["lines"]}))
def test_an_entry(shown: Event, part: str, name: str) -> None:
    assert shown[part].get(name) == SNAPSHOT[part].get(name)


@pytest.mark.parametrize("place", range(6))
def test_a_promise(shown: Event, place: int) -> None:
    assert shown["targets"][place] == SNAPSHOT["targets"][place]


def test_the_whole(shown: Event) -> None:
    """Nothing is there that was not reckoned: a figure that is new has to be reckoned first."""
    assert NOW == NOON_MS
    assert shown == SNAPSHOT


def test_the_schema_knows_what_was_reckoned() -> None:
    schema = json.loads(resources.files("streams.serve").joinpath("snapshot.schema.json").read_bytes())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(SNAPSHOT)] == []


def test_what_prometheus_reads(shown: Event) -> None:
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(lambda: typed(shown)))
    assert generate_latest(registry).decode() == (FOLDER / "metrics.txt").read_text()


def _drawn(shown: Event, width: int) -> list[list[Segment]]:
    return Console(width=width, color_system="truecolor").render_lines(Board(typed(shown), NOW, OSLO, CENTRE.names))


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_board(shown: Event, width: int) -> None:
    lines = ["".join(segment.text for segment in line).rstrip() for line in _drawn(shown, width)]
    assert lines == (FOLDER / f"board-{width}.txt").read_text().splitlines()


def test_the_board_s_colours(shown: Event) -> None:
    """What is good, bad and quiet: each style before its text."""
    lines = [
        "".join(f"[{s.style}]{s.text}" if s.style else s.text for s in line).rstrip() for line in _drawn(shown, 120)
    ]
    assert lines == (FOLDER / "board-120-colours.txt").read_text().splitlines()


def _history(step: Step, by: By, from_ms: int, to_ms: int = TONIGHT) -> list[Row]:
    """As it is made of the cells in Redis."""
    levels = [made.aggregates.days if step == "1d" else made.aggregates.intervals for made in states().values()]
    cells = (cell for level in levels for cell in _stored(level))
    span, since = Span.of(from_ms, to_ms, step, OSLO), with_editions(dict.fromkeys(LATER, 0), RULES.definitions)
    return rows(cells, span, by, CENTRE.external_at, CENTRE.shown_edges_ms, counted_since=since)


def _stored(level: Level) -> Iterator[Located]:
    for at, row in level.rows.items():
        for line, cell in row.items():
            if (shown_as := RULES.shown_as(line, at)) is not None:
                yield at, shown_as, in_full(unpacked(packed(cell)))


def _in_order(found: Iterable[Mapping[str, object]]) -> list[list[tuple[str, object]]]:
    return [list(row.items()) for row in found]


def _flat(found: Iterable[Row]) -> list[dict[str, str | int | float | None]]:
    return [row.flat for row in found]


def test_the_last_quarter_by_queue() -> None:
    assert _in_order(_flat(_history("15m", "queue", NOW - 15 * MINUTE))) == _in_order(reckoned_history.QUARTER)


def test_the_last_hour(capsys: pytest.CaptureFixture[str]) -> None:
    found = _history("1h", "total", NOW - HOUR)
    assert _in_order(_flat(found)) == _in_order(reckoned_history.HOUR)
    _write_csv(found, "total", CENTRE.shown_edges_ms)
    assert capsys.readouterr().out == reckoned_history.HOUR_AS_CSV


def test_the_days() -> None:
    assert _in_order(_flat(_history("1d", "total", TONIGHT - 2 * DAY))) == _in_order(reckoned_history.DAYS)
    by_queue = [row for row in _flat(_history("1d", "queue", TONIGHT - DAY)) if row["queue"] in ("frida", "nav-kontor")]
    assert _in_order(by_queue) == _in_order(reckoned_history.OUTSIDE)


# --- the same day, come another way


def test_a_recount_comes_to_the_same() -> None:
    for name, state in states().items():
        told = recount([record.recounted for record in log()[name]], definitions_of(RULES))
        assert [str(difference) for difference in differences(told, account(state))] == []


@pytest.mark.parametrize("size", [1, 2, 7])
def test_how_the_log_is_cut_into_batches_leaves_no_trace(size: int) -> None:
    for name, whole in states().items():
        state, records = PartitionState(RULES), log()[name]
        for first in range(0, len(records), size):
            fold(state, records[first : first + size])
        assert account(state) == account(whole)
        assert state.hash() == whole.hash()
