"""History as a file that a warehouse can take: typed columns, and a manifest that says what is in it and what changed.

The rows are those of `svartid history`, to the last digit. Pure but for writing the file. May import: history, msgspec,
pyarrow where it is asked for.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import IO, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from streams.core.measures import Count
from streams.past.history import By, Span, Step
from streams.past.history_rows import Row, Value

Format = Literal["csv", "ndjson", "parquet"]
Type = Literal["time", "text", "integer", "number"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "ndjson", "parquet")
_JSON_TYPES: Final[dict[str, Type]] = {"integer": "integer", "number": "number", "string": "text"}


class NoParquet(Exception):
    """The package that writes Parquet is not installed."""


class Column(Struct, kw_only=True):
    """One column of a file."""

    name: Annotated[str, Meta(description="Its name.")]
    type: Annotated[Type, Meta(description="time: RFC 3339; integer and number may be null.")]
    meaning: Annotated[str, Meta(description="What it is, in a sentence.")]


class StretchIn(Struct, kw_only=True):
    """One stretch of time that a file covers: there, too, where nothing was counted in it."""

    start: Annotated[str, Meta(description="When it begins, RFC 3339, as in the rows.")]
    rows: Annotated[Count, Meta(description="How many rows of it there are.")]
    sha256: Annotated[str, Meta(description="Of its rows: two exports with the same have the same figures.")]
    closed: Annotated[
        bool, Meta(description="Whether it is over, and so long that no event of it can be counted any more.")
    ]


class Manifest(Struct, kw_only=True):
    """What is in an exported file. It lies beside it, with `.json` after its name."""

    step: Annotated[Step, Meta(description="What one row covers.")]
    by: Annotated[By, Meta(description="What rows are told apart by.")]
    columns: Annotated[list[Column], Meta(description="In the order of the file.")]
    stretches: Annotated[list[StretchIn], Meta(description="In order of time, without a gap.")]
    restated: Annotated[
        list[str],
        Meta(description="The starts of stretches that were closed in the file that this one replaces, and differ."),
    ]


def columns_of(names: Sequence[str], properties: dict[str, Any], within: dict[str, Any]) -> list[Column]:
    """The columns by their names, and what the schema of a row of history says of each."""
    return [_column(name, properties.get(name, within)) for name in names]


def _column(name: str, told: dict[str, Any]) -> Column:
    if name == "start":
        return Column(name=name, type="time", meaning=told["description"])
    types = {told.get("type")} if isinstance(told.get("type"), str) else {*told.get("type", ())}
    types |= {one.get("type") for one in told.get("anyOf", ())}
    found = next(of for json, of in _JSON_TYPES.items() if json in types)
    return Column(name=name, type=found, meaning=told["description"])


def manifest(
    rows: Sequence[Row], span: Span, by: By, columns: Sequence[Column], closed_before_ms: int, before: Manifest | None
) -> Manifest:
    """Of rows in order of time. `before` is the one that lay beside the file."""
    by_start = {start: [row.flat for row in of] for start, of in groupby(rows, key=lambda row: row.start)}
    stretches = [
        StretchIn(
            start=span.text(start),
            rows=len(by_start.get(span.text(start), ())),
            sha256=hashlib.sha256(msgspec.json.encode(by_start.get(span.text(start), []))).hexdigest(),
            closed=span.end(start) <= closed_before_ms,
        )
        for start in _starts(span)
    ]
    is_alike = before is not None and (before.step, before.by, before.columns) == (span.step, by, [*columns])
    known = {one.start: one.sha256 for one in before.stretches if one.closed} if before and is_alike else {}
    restated = [one.start for one in stretches if known.get(one.start, one.sha256) != one.sha256]
    return Manifest(step=span.step, by=by, columns=[*columns], stretches=stretches, restated=restated)


def _starts(span: Span) -> Iterator[int]:
    start = span.from_ms
    while start < span.to_ms:
        yield start
        start = span.end(start)


def manifest_beside(file: Path) -> Path:
    """Where the manifest of a file lies."""
    return file.with_name(f"{file.name}.json")


def writer_of(format_: Format, zone: str) -> Callable[[Path, Sequence[Column], Sequence[Row]], None]:
    """What writes such a file. Parquet has its times in a zone, so that a day's is its date. Raises NoParquet."""
    if format_ == "parquet":
        if find_spec("pyarrow") is None:
            raise NoParquet
        return partial(_write_parquet, zone)
    return partial(_write_text, format_)


def write_text(format_: Format, file: IO[str], columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Rows as text: CSV with a header, or a JSON object a line."""
    if format_ == "csv":
        writer = csv.DictWriter(file, [column.name for column in columns], lineterminator="\n")
        writer.writeheader()
        writer.writerows(_of(row, columns) for row in rows)
    else:
        file.writelines(f"{msgspec.json.encode(_of(row, columns)).decode()}\n" for row in rows)


def _of(row: Row, columns: Sequence[Column]) -> dict[str, Value]:
    flat = row.flat
    return {column.name: flat.get(column.name) for column in columns}


def _write_text(format_: Format, path: Path, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_text(format_, file, columns, rows)


def _write_parquet(zone: str, path: Path, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    import pyarrow as pa  # an extra, and a second to load
    from pyarrow import parquet

    types = {"time": pa.timestamp("ms", zone), "text": pa.string(), "integer": pa.int64(), "number": pa.float64()}
    fields = [pa.field(one.name, types[one.type], metadata={"meaning": one.meaning}) for one in columns]
    flat = [_of(row, columns) for row in rows]
    arrays = [
        pa.array([_instant(of[one.name]) if one.type == "time" else of[one.name] for of in flat], types[one.type])
        for one in columns
    ]
    parquet.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), path)


def _instant(text: Value) -> datetime:
    return datetime.fromisoformat(str(text))
