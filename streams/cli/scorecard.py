"""`svartid scorecard`: each promise, and what the day, week, month, quarter and year have come to."""

import asyncio
import csv
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console, Group

from config import Centre
from streams.cli.answers import answer
from streams.cli.app import EXIT_FAILED, EXIT_USAGE, CommandError, app, centre_of, err, out, say
from streams.cli.history import found_of, why_not_whole
from streams.cli.shown import none_shown, read_of
from streams.core.calendar import date_of, midnight
from streams.core.events import FIRST_YEAR
from streams.past.history import Span
from streams.past.promise import promises_at
from streams.past.scorecard import Kept, Promised, columns, kept_by, needed_since
from streams.past.scorecard_table import WIDTH, shown
from streams.past.summed import Days, Quarters
from streams.serve import picture
from streams.serve.documents import Snapshot
from streams.serve.of_now import why_not_of_now
from streams.settings import Settings, load


@app.command()
def scorecard(
    at: Annotated[str | None, typer.Option("--at", help="A date; today where not given.")] = None,
    card: Annotated[str | None, typer.Option(help="Judge by this card, in force or not.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A list of promises.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="With a header; empty where nothing is known.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Write the table to this file, as a picture.")] = None,
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
) -> None:
    """Shows **what was promised and what came of it**: now, and in the day, week, month, quarter and year that a date
    is in, each up to and including that date; how much of the year's budget is used, and what the rest of the year must
    come to. svartid adds it up of its own days.

    Exit codes: 0 shown; 1 the figures were made by other definitions than `--config`'s, are damaged in Redis, or are
    being rebuilt; 2 wrong arguments; 3 Redis cannot be reached.
    """
    if sum((as_json, as_csv, svg is not None)) > 1:
        raise CommandError("one of --json, --csv and --svg", EXIT_USAGE)
    settings = load(config)
    centre = centre_of(settings, config)
    now_ms, zone = settings.clock.now_ms(), ZoneInfo(centre.timezone)
    today = date_of(now_ms, zone)
    day = today if at is None else _date(at, today)
    promised = _promised(centre, card)
    if not promised(day):
        raise CommandError(f"no card is in force on {day}: say which, --card {'|'.join(centre.cards)}", EXIT_USAGE)
    found = found_of(settings, centre, Span.of(midnight(needed_since(day), zone), midnight(day, zone) + 1, "1d", zone))
    of_now = _of_now(settings, now_ms) if day == today and card in (None, centre.card_at(day)) else None
    lately = None if of_now is None else _lately(settings, centre, of_now.as_of_ms, zone)
    rows = kept_by(day, promised, Days.of(found, centre.external_at, zone, today), of_now, lately)
    if as_json:
        answer(rows, indent=1)
    elif as_csv:
        _write_csv(rows)
    else:
        _show(rows, centre, day, zone, svg)
    if why := why_not_whole(found):
        raise CommandError(why)


def _lately(settings: Settings, centre: Centre, now_ms: int, zone: ZoneInfo) -> Quarters | None:
    """The quarters of an hour before an instant (epoch ms); None where a partition's are missing."""
    found = found_of(settings, centre, Quarters.span(now_ms, zone))
    return None if found.not_whole else Quarters.of(found, centre.external_at, zone, now_ms)


def _of_now(settings: Settings, now_ms: int) -> Snapshot | None:
    """The snapshot, where it is of now; else it is said why it is not."""
    document = asyncio.run(read_of(settings))
    why = none_shown(settings) if document is None else why_not_of_now(document, now_ms)
    if why is None:
        return document
    say(f"of now nothing is said: {why}")
    return None


def _date(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError("--at is not a date such as 2025-03-04", EXIT_USAGE) from None
    if day.year < FIRST_YEAR or day > today:
        raise CommandError(
            f"--at is a day from {FIRST_YEAR} up to today, {today}: of others nothing is known", EXIT_USAGE
        )
    return day


def _promised(centre: Centre, card: str | None) -> Promised:
    """What is promised on a date: by the card that is in force then, or by one that was named."""
    if card is not None and card not in centre.cards:
        raise CommandError(f'there is no card "{card}"; there are {", ".join(centre.cards)}', EXIT_USAGE)
    return promises_at(centre, card)


def _write_csv(rows: Sequence[Kept]) -> None:
    flat = [*columns(rows)]
    writer = csv.DictWriter(sys.stdout, list(flat[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)


def _show(rows: Sequence[Kept], centre: Centre, day: date, zone: ZoneInfo, svg: Path | None) -> None:
    label = centre.cards[rows[0].card].label
    if svg is None:
        console = out if out.is_terminal else Console(width=WIDTH)
        for part in shown(rows, centre.name, label, centre.names, day, zone, console.width):
            if part:  # a text without letters is none
                console.print(part)
        return
    title, table, notes = shown(rows, centre.name, label, centre.names, day, zone)
    try:
        svg.write_text(picture.svg(Group(table, notes), title.plain, WIDTH), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{svg} cannot be written: {error.strerror}", EXIT_FAILED) from None
    err.print(f"Written: {svg}", markup=False, highlight=False)
