"""A file for a warehouse: what is in it is what history shows, and what changed since is named."""

import csv
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from pyarrow import parquet

from streams.cli.answers_schema import schema
from streams.core.calendar import midnight
from streams.past.export import Column, Manifest, columns_of, manifest, writer_of
from streams.past.history import Located, Span, columns, rows
from streams.past.history_rows import Row

OSLO = ZoneInfo("Europe/Oslo")
EDGES = (60_000, 420_000)
HELSE, CHAT = "phone/personbruker/helse", "chat/personbruker/helse"
DAYS = [date(2025, 3, 29), date(2025, 3, 30), date(2025, 3, 31)]  # the clock is put forward in the middle of them
SPAN = Span.of(midnight(DAYS[0], OSLO), midnight(date(2025, 4, 1), OSLO), "1d", OSLO)
CLOSED_MS = midnight(DAYS[2], OSLO)


def cells(*given: tuple[date, str, int]) -> list[Located]:
    return [
        (midnight(day, OSLO), line, {"entered": n, "answered": n, "wait_sum_ms": n * 10_001, "wait_max_ms": 30_000})
        for day, line, n in given
    ]


def of(located: Iterable[Located]) -> list[Row]:
    return rows(located, SPAN, "queue", lambda _: (), EDGES)


GIVEN = [(DAYS[0], HELSE, 3), (DAYS[0], CHAT, 1), (DAYS[2], HELSE, 7)]
ROWS = of(cells(*GIVEN))


@pytest.fixture(scope="module")
def typed() -> list[Column]:
    row: Any = schema()["$defs"]
    (within,) = row["Row"]["patternProperties"].values()
    return columns_of(columns("queue", EDGES), row["Row"]["properties"], within)


def test_each_column_is_typed_and_explained(typed: list[Column]) -> None:
    types = {column.name: column.type for column in typed}
    assert list(types) == columns("queue", EDGES)
    asked = ("start", "channel", "answered", "wait_max_ms", "answered_le_60s", "wait_mean_ms", "carried_from")
    assert [types[name] for name in asked] == ["time", "text", "integer", "integer", "integer", "number", "text"]
    assert all(column.meaning for column in typed)


@pytest.mark.parametrize("format_", ["csv", "ndjson", "parquet"])
def test_what_is_written_is_what_history_shows(format_: Any, typed: list[Column], tmp_path: Path) -> None:
    """To the last digit; an unknown is empty, or null."""
    path = tmp_path / "file"
    writer_of(format_, OSLO.key)(path, typed, ROWS)
    shown = [{name: row.flat.get(name) for name in columns("queue", EDGES)} for row in ROWS]
    if format_ == "csv":
        with path.open() as file:
            found: list[dict[str, Any]] = [*csv.DictReader(file)]
        assert found == [{name: "" if value is None else str(value) for name, value in row.items()} for row in shown]
    elif format_ == "ndjson":
        assert [json.loads(line) for line in path.read_text().splitlines()] == shown
    else:
        table = parquet.read_table(path)
        assert [dict(row, start=None) for row in table.to_pylist()] == [dict(row, start=None) for row in shown]
        starts = table["start"].to_pylist()
        assert starts[0] == datetime(2025, 3, 28, 23, tzinfo=UTC)
        assert [start.date() for start in starts] == [DAYS[0], DAYS[0], DAYS[2]], "a day's start is its date"
        assert {field.metadata[b"meaning"] for field in table.schema} == {one.meaning.encode() for one in typed}


def test_an_empty_file_has_its_columns(typed: list[Column], tmp_path: Path) -> None:
    for format_ in ("csv", "parquet"):
        writer_of(format_, "UTC")(tmp_path / "file", typed, [])
        read = (tmp_path / "file").read_text().strip().split(",") if format_ == "csv" else None
        assert (read or parquet.read_table(tmp_path / "file").column_names) == [one.name for one in typed]


def test_the_manifest_has_every_stretch_and_says_which_is_closed(typed: list[Column]) -> None:
    """Sunday is there without a row; Monday can change still."""
    made = manifest(ROWS, SPAN, "queue", typed, CLOSED_MS, None)
    assert [(one.start, one.rows, one.closed) for one in made.stretches] == [
        ("2025-03-29T00:00:00+01:00", 2, True),
        ("2025-03-30T00:00:00+01:00", 0, True),
        ("2025-03-31T00:00:00+02:00", 1, False),
    ]
    assert made.restated == []
    assert msgspec.json.decode(msgspec.json.encode(made), type=Manifest) == made


def test_a_closed_stretch_that_differs_is_named(typed: list[Column]) -> None:
    """What is not closed may change without a word, and a row that comes to an empty day is a change."""
    before = manifest(ROWS, SPAN, "queue", typed, CLOSED_MS, None)
    later = of(cells(*GIVEN[:2], (DAYS[1], HELSE, 1), (DAYS[2], HELSE, 9)))
    assert manifest(later, SPAN, "queue", typed, CLOSED_MS, before).restated == ["2025-03-30T00:00:00+01:00"]
    assert manifest(ROWS, SPAN, "queue", typed, CLOSED_MS, before).restated == []
    fewer = of(cells(*GIVEN[1:]))
    assert manifest(fewer, SPAN, "queue", typed, CLOSED_MS, before).restated == ["2025-03-29T00:00:00+01:00"]


def test_a_file_of_another_shape_restates_nothing(typed: list[Column]) -> None:
    before = manifest(ROWS, SPAN, "queue", typed[:-1], CLOSED_MS, None)
    assert manifest(of(cells(*GIVEN[1:])), SPAN, "queue", typed, CLOSED_MS, before).restated == []
