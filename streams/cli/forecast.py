"""`svartid forecast`: how good the year's forecast would have been, on any source's own past years."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from math import inf, isfinite
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from streams.cli.answers import Forecasts, GoesOn, ScoreOf, answer
from streams.cli.app import EXIT_FAILED, EXIT_USAGE, CommandError, app, out
from streams.past.forecast import COVERED, LEAST_WEEKS, NOTHING, OfDay, outlook, whole_years
from streams.past.forecast_score import AS_LAST_YEAR, AS_SO_FAR, Scored, scored, walk
from streams.past.scorecard import forecast_of
from streams.serve.bokmal import UNKNOWN

_DAY, _WHOLE = ("day", "start"), ("answered", "whole")
_BAD, _MET = ("bad", "wait_sum", "wait_sum_ms", "wait_sum_s"), ("met",)
_WIDTH = 120


@app.command()
def forecast(
    days: Annotated[Path, typer.Option(help="CSV with a header, or NDJSON: a row a day.", exists=True, dir_okay=False)],
    limit: Annotated[
        float | None, typer.Option(help="What is promised of the mean (in the file's own unit), or of the share met.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Forecasts, in streams/cli/answers.schema.json.")] = False,
) -> None:
    """Says **how far the forecast of a year can be trusted**: it is made at the end of each month of each whole year in
    a file, of what was known then, and held against what the year came to. The year that goes on is foretold.

    A row has `day` (a date; `start` of `svartid history` is read, too), `answered`, and `wait_sum` (in any unit), or
    `met`: how many were in time. Several rows of a day are added up. The method is in streams/past/forecast.py, and
    is that of `svartid scorecard`.

    Exit codes: 0 said; 1 there is nothing to say anything of; 2 the file cannot be read.
    """
    found, is_share = _read(days)
    if not any(of.whole for of in found.values()):
        raise CommandError(f"{days}: nobody was answered on any day", EXIT_FAILED)
    if limit is not None and not (isfinite(limit) and 0 < limit <= (1 if is_share else inf)):
        raise CommandError("--limit is a mean above 0, or of `met` a share up to 1 (0.9)", EXIT_USAGE)
    foretold = [*walk(found, is_share=is_share)]
    by_month = [(month, scored([one for one in foretold if one.at.month == month])) for month in range(1, 12)]
    last = max(day for day, of in found.items() if of.whole)
    made = Forecasts(
        years=sorted({one.at.year for one in foretold}),
        months=[_score(month, of) for month, of in by_month if foretold],
        all=_score(None, scored(foretold)),
        goes_on=None if last.year in whole_years(found) else _goes_on(found, last, limit, is_share=is_share),
    )
    if as_json:
        answer(made, indent=1)
    else:
        _show(made, is_share=is_share)


def _goes_on(found: Mapping[date, OfDay], last: date, limit: float | None, *, is_share: bool) -> GoesOn | None:
    room = limit or 0.0
    of = outlook(found, last, 1 - room if is_share else room, is_share=is_share)
    if of is None:
        return None
    chance = None if limit is None else of.chance
    return GoesOn(at=last.isoformat(), forecast=forecast_of(of.of_good if is_share else of, chance))


def _score(month: int | None, of: Scored) -> ScoreOf:
    return ScoreOf(
        month=month,
        forecasts=of.forecasts,
        too_early=of.too_early,
        coverage=of.coverage,
        width=of.width,
        width_as_last_year=of.widths_of_guesses.get(AS_LAST_YEAR),
        width_as_so_far=of.widths_of_guesses.get(AS_SO_FAR),
    )


def _read(path: Path) -> tuple[dict[date, OfDay], bool]:
    """The days of a file, and whether they tell how many were in time. Raises CommandError with the line."""
    found: dict[date, OfDay] = {}
    shares = set()
    for number, row in _rows(path):
        try:
            day = date.fromisoformat(str(_one(row, _DAY))[:10])
            whole = float(_one(row, _WHOLE))
            is_share = any(name in row for name in _MET)
            told = float(_one(row, _MET if is_share else _BAD))
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(
                f"{path}, line {number}: {error}; `svartid forecast --help` says what", EXIT_USAGE
            ) from None
        bad = whole - told if is_share else told
        if not (isfinite(whole) and isfinite(bad) and whole >= 0 and bad >= 0):
            raise CommandError(
                f"{path}, line {number}: a number below 0 (or none), or more met than answered", EXIT_USAGE
            )
        shares.add(is_share)
        found[day] = found.get(day, NOTHING) + OfDay(bad, whole)
    if len(shares) > 1:
        raise CommandError(f"{path}: some rows have `met`, and some a sum of waits", EXIT_USAGE)
    return found, True in shares


def _one(row: Mapping[str, object], names: Iterable[str]) -> str:
    for name in names:
        if row.get(name) not in (None, ""):
            return str(row[name])
    raise KeyError(f"no {' or '.join(names)}")


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    try:
        yield from _rows_of_text(path)
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not UTF-8", EXIT_USAGE) from None


def _rows_of_text(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        if first.lstrip().startswith("{"):
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, _object(path, number, line)
            return
        reader = csv.DictReader(file)
        for row in reader:
            yield reader.line_num, row


def _object(path: Path, number: int, line: str) -> Mapping[str, object]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        row = None
    if not isinstance(row, dict):
        raise CommandError(f"{path}, line {number}: it is no JSON object", EXIT_USAGE)
    return row


def _show(made: Forecasts, *, is_share: bool) -> None:
    if made.years:
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("at the end of", no_wrap=True)
        for heading in ("forecasts", "too early", "held", "width", AS_SO_FAR, AS_LAST_YEAR):
            table.add_column(heading, justify="right", no_wrap=True)
        for month in (*made.months, made.all):
            table.add_row(*_cells(month))
        (out if out.is_terminal else Console(width=_WIDTH)).print(table)
        _say(
            f"held: of the years {made.years[0]} to {made.years[-1]}, how often the truth was in the interval: it is "
            f"made to hold {100 * COVERED:.0f} %. width: of the interval, in parts of the truth; beside it two guesses "
            "that hold it as often."
        )
    else:
        _say("There is no whole year in it to try the forecast on.")
    if (year := made.goes_on) is None:
        _say(f"Of a year that goes on nothing can be said: there is none, or it is too early ({LEAST_WEEKS} weeks).")
        return
    of = year.forecast
    shown = [f"{100 * value:.1f} %" if is_share else f"{value:,.1f}" for value in (of.likely, of.low, of.high)]
    chance = "" if of.chance is None else f"; the promise is kept in {100 * of.chance:.0f} of 100 such years"
    _say(f"{year.at[:4]} as of {year.at}: {shown[0]}, from {shown[1]} to {shown[2]}{chance}.")


def _say(sentence: str) -> None:
    out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _cells(of: ScoreOf) -> Iterator[str]:
    yield "all" if of.month is None else f"{date(2000, of.month, 1):%B}"
    yield from (str(of.forecasts), str(of.too_early))
    yield UNKNOWN if of.coverage is None else f"{100 * of.coverage:.0f} %"
    for width in (of.width, of.width_as_so_far, of.width_as_last_year):
        yield UNKNOWN if width is None else f"{100 * width:.1f} %"
