"""`svartid export`: history as a file for a warehouse, with a manifest beside it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer

from config import Centre
from streams.cli.answers import answer
from streams.cli.answers_schema import schema
from streams.cli.app import EXIT_FAILED, EXIT_USAGE, CommandError, app, centre_of, err, say
from streams.cli.history import found_of, instants, rows_of, why_not_whole
from streams.core.calendar import Stretch, date_of, first_date, midnight
from streams.past.export import (
    FORMATS,
    Column,
    Format,
    Manifest,
    NoParquet,
    columns_of,
    manifest,
    manifest_beside,
    write_text,
    writer_of,
)
from streams.past.history import By, Span, Step, columns
from streams.settings import load

_BY_SUFFIX: dict[str, Format] = {f".{name}": name for name in FORMATS}
OUTPUT = "-"


@app.command()
def export(
    file: Annotated[str, typer.Argument(help="Where to write; - is standard output, without a manifest.")],
    since: Annotated[
        str | None, typer.Option("--from", help="A date or ISO time; else of the last that is over.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Likewise; a date means to its end.")] = None,
    step: Annotated[Step, typer.Option(help="What one row covers.")] = "1d",
    by: Annotated[By, typer.Option(help="What rows are told apart by; `group` is channel and audience.")] = "queue",
    format_: Annotated[Format | None, typer.Option("--format", help="Else as the file's name ends.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The manifest, to standard output.")] = False,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Writes **what was, as a file for a warehouse**: the rows of `svartid history`, with typed columns. Without
    `--from` and `--to` it is the last day (or week, month, ...) that is over.

    Beside it lies FILE.json, the manifest: each column with its type and meaning, and each stretch that the file
    covers, with its number of rows, a checksum, and whether it is *closed*, so that no event of it can be counted any
    more. Where a stretch that was closed in the file of before differs now, it is named (`restated`): other definitions
    or queues, a state that was made anew. The file is replaced in one step.

    Exit codes: 0 written; 1 not written: the figures were made by other definitions than `--config`'s, are damaged in
    Redis or not all there, the file cannot be written, or the package for Parquet is not installed; 2 wrong arguments;
    3 Redis cannot be reached.
    """
    chosen = format_ or _BY_SUFFIX.get(Path(file).suffix)
    if chosen is None or (file == OUTPUT and (chosen == "parquet" or as_json)):
        raise CommandError(f"--format is one of {', '.join(FORMATS)}; Parquet, and --json, need a file", EXIT_USAGE)
    settings = load(config)
    centre = centre_of(settings, config)
    span = _span(since, until, step, centre, settings.clock.now_ms())
    found = found_of(settings, centre, span)
    if why := why_not_whole(found):
        raise CommandError(f"nothing is written: {why}")
    rows = rows_of(found, centre, settings, span, by)
    typed = _columns(by, centre)
    if file == OUTPUT:
        write_text(chosen, sys.stdout, typed, rows)
        return
    path = Path(file)
    made = manifest(rows, span, by, typed, found.closed_before_ms, _before(path))
    try:
        write = writer_of(chosen, centre.timezone)
    except NoParquet:
        raise CommandError("Parquet is written with pyarrow: pip install 'svartid[parquet]'", EXIT_FAILED) from None
    try:
        _replace(path, lambda new: write(new, typed, rows))
        _replace(manifest_beside(path), lambda new: new.write_bytes(msgspec.json.format(msgspec.json.encode(made))))
    except OSError as error:
        raise CommandError(f"{error.filename or path} cannot be written: {error.strerror}", EXIT_FAILED) from None
    for start in made.restated:
        err.print(f"restated since the last export: {start}", markup=False, highlight=False)
    if as_json:
        answer(made)
    else:
        still = sum(not one.closed for one in made.stretches)
        say(f"{len(rows)} rows of {len(made.stretches)} stretches, {still} of them not closed yet: {path}")


def _span(since: str | None, until: str | None, step: Step, centre: Centre, now_ms: int) -> Span:
    """Where nothing is said: the last stretch that is over; of hours and quarters of an hour, those of that day."""
    zone = ZoneInfo(centre.timezone)
    of: Stretch = "1d" if step == "15m" or step == "1h" else step
    goes_on = first_date(date_of(now_ms, zone), of)
    over = first_date(date_of(midnight(goes_on, zone) - 1, zone), of)
    first = instants(since, zone, "--from")[0] if since else midnight(over, zone)
    last = instants(until, zone, "--to")[1] if until else midnight(goes_on, zone)
    if last <= first:
        raise CommandError("--to is not after --from", EXIT_USAGE)
    return Span.of(first, last, step, zone)


def _columns(by: By, centre: Centre) -> list[Column]:
    row: Any = schema()["$defs"]
    properties, (within,) = row["Row"]["properties"], row["Row"]["patternProperties"].values()
    return columns_of(columns(by, centre.shown_edges_ms), properties, within)


def _before(path: Path) -> Manifest | None:
    """The manifest of the file that is replaced; one that cannot be read is told, and is as none."""
    beside = manifest_beside(path)
    try:
        return msgspec.json.decode(beside.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        say(f"{beside} cannot be read: what was restated since is not known")
        return None


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        write(new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
