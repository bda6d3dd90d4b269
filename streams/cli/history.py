"""`svartid history`: the figures of quarters of an hour, hours, days, and weeks up to years, over or going on."""

import asyncio
import csv
import sys
from collections.abc import Iterator, Set
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from config import Centre
from streams.cli.answers import answer
from streams.cli.app import EXIT_USAGE, CommandError, app, centre_of, err, out, redis_of, say
from streams.core.rules import Rules
from streams.keys import Keys
from streams.past import asked
from streams.past.history import GROUP_BY, By, Span, Step, columns
from streams.past.history_cells import Found, OtherDefinitions, read
from streams.past.history_rows import Row, within_name
from streams.serve.bokmal import UNKNOWN, wait
from streams.serve.serving import of_the_served
from streams.settings import Settings, load

_STARTS: dict[Step, str] = {"1d": "day", "1w": "week", "1mo": "month", "1q": "quarter", "1y": "year"}
_NAMED = 3  # of the partitions that are missing
_WIDTH = 160  # of a table in a file or a pipe, where nothing says how wide it may be


@app.command()
def history(
    since: Annotated[str | None, typer.Option("--from", help="A date or ISO time; else of what goes on today.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Likewise; a date means to its end.")] = None,
    step: Annotated[Step, typer.Option(help="What one row covers.")] = "1h",
    by: Annotated[By, typer.Option(help="What rows are told apart by; `group` is channel and audience.")] = "total",
    as_json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="With a header; empty where nothing is known.")] = False,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Shows what was: a row for each **quarter of an hour, hour, day, week, month, quarter or year** that starts from
    `--from` up to, not including, `--to`.

    Times are local where they say no offset. Hours are the zone's own, also where it is half an hour off. The `start`
    of 15 minutes or an hour is in UTC, all else begins at a local midnight; days have 23, 24 or 25 hours, and weeks
    begin on Monday. One that goes on is of what there is up to now. Arrivals are in the
    row in which they arrived, outcomes in the one in which
    they happened. Where nothing was counted there is no row. Waits are in ms; `answered_le_600s` waited 600 s at most.
    Lines outside the centre (offices passed on to, the chatbot) are shown by queue only, and are in no sum. A row is of
    the queues as they were shown on its day.

    The table is the short form, and shows of each row the thresholds that were promised on its day; `--json` and
    `--csv` have every figure. 15 minutes and hours go back as far as `retention.intervals` in queues.toml, all else as
    far as `retention.days`; of a week, month, quarter or year of which a day was let go there is no row.

    Partitions that are not counted yet, or are being rebuilt, are named on standard error.

    Exit codes: 0 shown, also when there is nothing to show; 1 the figures were made by other definitions than
    `--config`'s, or are damaged in Redis; 2 wrong arguments; 3 Redis cannot be reached.
    """
    if as_json and as_csv:
        raise CommandError("--json or --csv, not both", EXIT_USAGE)
    settings = load(config)
    centre = centre_of(settings, config)
    span = _span(since, until, step, centre, settings.clock.now_ms())
    kept = found_of(settings, centre, span)
    found = rows_of(kept, centre, settings, span, by)
    if as_json:
        answer([row.flat for row in found], indent=1)
    elif as_csv:
        _write_csv(found, by, centre.shown_edges_ms)
    elif found:
        _show(found, span, by, centre)
    else:
        err.print(f"Nothing was counted from {_local(span.from_ms, span)} to {_local(span.to_ms, span)}.")
    if why := why_not_whole(kept):
        say(why)


def why_not_whole(found: Found) -> str | None:
    """What of the partitions that are read is missing in what was found; None where nothing is."""
    if not found.is_begun:
        return "nothing is known: no worker has counted anything in this namespace; `svartid doctor` says what is wrong"
    if not (missing := found.not_whole):
        return None
    named = ", ".join(missing[:_NAMED]) + (f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else "")
    return f"not all of it is there: not counted yet, or being rebuilt: {named}; `svartid snapshot` says how far it is"


def found_of(settings: Settings, centre: Centre, span: Span) -> Found:
    """The kept cells of a span. Raises CommandError."""
    return asyncio.run(_read(settings, centre.rules(*settings.keys), span))


async def _read(settings: Settings, rules: Rules, span: Span) -> Found:
    async with redis_of(settings) as client:
        try:
            return await read(client, Keys.of(await of_the_served(client, settings)), rules, span)
        except OtherDefinitions as error:
            raise CommandError(str(error)) from None


def rows_of(found: Found, centre: Centre, settings: Settings, span: Span, by: By) -> list[Row]:
    """The rows that they make."""
    return asked.rows_of(found, centre, centre.rules(*settings.keys), span, by)


def _span(since: str | None, until: str | None, step: Step, centre: Centre, now_ms: int) -> Span:
    try:
        return asked.span_of(since, until, step, ZoneInfo(centre.timezone), now_ms, ("--from", "--to"))
    except asked.NoSpan as error:
        raise CommandError(str(error), EXIT_USAGE) from None


def instants(text: str, zone: ZoneInfo, option: str) -> tuple[int, int]:
    """When a date begins and ends; a time does both at once. Raises CommandError."""
    try:
        return asked.instants(text, zone, option)
    except asked.NoSpan as error:
        raise CommandError(str(error), EXIT_USAGE) from None


def _write_csv(found: list[Row], by: By, shown_ms: tuple[int, ...]) -> None:
    writer = csv.DictWriter(sys.stdout, columns(by, shown_ms), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.flat for row in found)


def _show(found: list[Row], span: Span, by: By, centre: Centre) -> None:
    shown = [(row, _thresholds(row, centre)) for row in found]
    thresholds = sorted({ms for _, own in shown for ms in own})
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(_STARTS.get(span.step, "start"), no_wrap=True)
    if GROUP_BY[by]:
        table.add_column("/".join(GROUP_BY[by]), no_wrap=True)
    names = ("entered", "answered", "mean wait", "longest", *(f"in {wait(ms)}" for ms in thresholds))
    for name in (*names, "gave up", "share", "callbacks", "kept"):
        table.add_column(name, justify="right", no_wrap=True)
    for row, own in shown:
        group = ["/".join(row.group)] if row.group else []
        table.add_row(_when(row.start, span), *group, *_cells(row, thresholds, own))
    (out if out.is_terminal else Console(width=_WIDTH)).print(table)
    for told in _breaks(found, span):
        out.print(told, markup=False, highlight=False)


def _breaks(found: list[Row], span: Span) -> Iterator[str]:
    """Where rows that follow each other cannot be compared, as they were counted otherwise."""
    for one, other in pairwise(found):
        if (one.definitions_since, one.carried_from) != (other.definitions_since, other.carried_from):
            since, of = _when(other.start, span), one.carried_from
            before = f"; before that they are as the state {of} counted them" if of != other.carried_from else ""
            yield f"The definitions of what is counted changed: figures from {since} on are by others{before}"


def _thresholds(row: Row, centre: Centre) -> set[int]:
    """Those of the targets that were in force on the day of a row."""
    day = centre.date_at(asked.ms_of(datetime.fromisoformat(row.start), ZoneInfo(centre.timezone)))
    return {target.within for target in centre.targets_at(day) if target.within is not None}


def _cells(row: Row, thresholds: list[int], own: Set[int]) -> list[str]:
    """Of the thresholds, what was no promise of its day is left empty."""
    counts = [f"{row.entered:,}", f"{row.answered:,}", wait(row.wait_mean_ms), wait(row.wait_max_ms)]
    shares = ((ms, _share(row.answered_within[within_name(ms)], row.answered)) for ms in thresholds)
    within = [share if ms in own else "" for ms, share in shares]
    given_up = [f"{row.abandoned:,}", _share(row.abandoned, row.answered + row.abandoned)]
    return [*counts, *within, *given_up, f"{row.called_back:,}", f"{row.callback_kept:,}"]


def _when(start: str, span: Span) -> str:
    local = datetime.fromisoformat(start).astimezone(span.zone)
    match span.step:
        case "1d":
            return f"{local:%a %Y-%m-%d}"
        case "1w":
            return f"{local:%G-W%V}"
        case "1mo":
            return f"{local:%Y-%m}"
        case "1q":
            return f"{local.year}-Q{(local.month + 2) // 3}"
        case "1y":
            return f"{local.year}"
        case _:
            return f"{local:%Y-%m-%d %H:%M}"


def _local(ms: int, span: Span) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, span.zone):%Y-%m-%d %H:%M}"


def _share(part: int | None, whole: int) -> str:
    return f"{100 * part // whole}%" if whole and part is not None else UNKNOWN
