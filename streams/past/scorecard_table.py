"""The scorecard as a table in bokmål: a row a promise. May import: config's names, serve's words, rich."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from math import floor
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import UNSET
from rich.table import Table
from rich.text import Text

from config.channels import Names
from streams.core.calendar import midnight
from streams.core.promised import TARGET_MEASURES
from streams.past.scorecard import InStretch, Kept
from streams.serve.board_queues import BAD, DRIFTS, GOOD, MET, MISSED, QUIET
from streams.serve.bokmal import UNKNOWN, number, percent, wait, whose
from streams.serve.bokmal import day as day_text
from streams.serve.target_text import limit_text, value_text

WIDTH: Final = 220  # of a picture, and of a file or a pipe, where nothing says how wide it may be
BAR: Final = 10  # signs in a full bar of the budget
_VERDICTS: Final = {
    "kept": (f"{MET} holdt", GOOD),
    "missed": (f"{MISSED} ikke holdt", BAD),
    "too_few": ("for få", QUIET),
    "unknown": ("ikke kjent", QUIET),
}
_NOW: Final = {"ok": (MET, GOOD), "drifting": (DRIFTS, BAD), "breach": (MISSED, BAD)}
_NOT_NOW: Final = {"closed": "stengt", "stale": "utdatert"}
_HEADINGS: Final = ("Løfte", "Nå", "I dag", "Uka", "Måneden", "Kvartalet", "I år", "Antall", "Brukt av årets rom")
_LAST: Final = ("Resten av året", "Året blir", "Sjanse", "Så langt i år")


def shown(
    rows: Sequence[Kept], centre: str, card: str, names: Names, day: date, zone: ZoneInfo
) -> tuple[Text, Table, Text]:
    """A title, the table, and what has to be said of it."""
    title = Text(f"{centre} · {card} · {day_text(midnight(day, zone), zone)}", "bold")
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Hvem", no_wrap=True)
    for heading in (*_HEADINGS, *_LAST):
        is_text = heading in ("Løfte", "Brukt av årets rom", "Så langt i år")
        table.add_column(heading, no_wrap=True, justify="left" if is_text else "right")
    for _, of_it in groupby(rows, key=lambda row: (row.channel, row.audience)):
        for row in of_it:
            table.add_row(*_cells(row, names))
    return title, table, Text("\n".join(_notes(rows)), QUIET)


def _cells(row: Kept, names: Names) -> Iterator[Text]:
    yield Text(whose(row.channel, row.audience, None if row.queue is UNSET else row.queue, names))
    yield Text(limit_text(row), QUIET)
    yield _now(row)
    for of in (row.day, row.week, row.month, row.quarter, row.year):
        yield _in(row, of)
    yield Text(number(None if row.year is None else row.year.of))
    yield _budget(row)
    yield _rest(row)
    yield from _foretold(row)
    word, style = _VERDICTS[row.verdict]
    yield Text(word, style)


def _now(row: Kept) -> Text:
    if row.now is None:
        return Text(UNKNOWN, QUIET)
    if row.now.verdict in _NOT_NOW:
        return Text(_NOT_NOW[row.now.verdict], QUIET)
    mark, style = _NOW.get(row.now.verdict, ("", QUIET))
    return Text(f"{value_text(row, row.now.value)} {mark}".strip(), style)


def _in(row: Kept, of: InStretch | None) -> Text:
    """A value and its mark; without one where they are too few to judge."""
    if of is None or of.value is None:
        return Text(UNKNOWN, QUIET)
    mark, style = {True: (MET, GOOD), False: (MISSED, BAD), None: (" ", QUIET)}[of.met]
    return Text(f"{value_text(row, of.value)} {mark}", style)


def _budget(row: Kept) -> Text:
    """A bar, and how much of it in figures: what is over the full bar is in the figure alone."""
    if row.budget is None or row.budget.used is None:
        return Text(UNKNOWN, QUIET)
    used = row.budget.used
    filled = min(BAR, round(used * BAR))
    return Text(f"{'█' * filled}{'░' * (BAR - filled)} {percent(used, up=True)}", BAD if used > 1 else GOOD)


def _rest(row: Kept) -> Text:
    budget = row.budget
    if budget is None or budget.rest is None:
        return Text(UNKNOWN, QUIET)
    if not budget.can_be_kept:
        return Text("for sent", BAD)
    measure = TARGET_MEASURES[row.measure]
    if measure.is_share and (budget.rest >= 1 if measure.is_less_better else budget.rest <= 0):
        return Text("uansett")
    if not measure.is_share:
        return Text(f"≤ {wait(floor(budget.rest / 1000) * 1000)}")  # rounded so that who keeps to it keeps the year
    is_most = measure.is_less_better
    return Text(f"{'≤' if is_most else '≥'} {percent(budget.rest, 1, down=is_most, up=not is_most)}")


def _foretold(row: Kept) -> Iterator[Text]:
    """An interval, and the chance in tenths of a hundred: more would be said than is known."""
    of = row.forecast
    if of is None:
        yield from (Text("for tidlig å si" if row.budget is not None else UNKNOWN, QUIET), Text(UNKNOWN, QUIET))
        return
    yield Text(f"{value_text(row, of.low)}–{value_text(row, of.high)}")
    of_hundred = round(of.chance * 20) * 5
    shown = "under 5 %" if of_hundred < 5 else "over 95 %" if of_hundred > 95 else f"{of_hundred} %"
    yield Text(shown, GOOD if of.chance >= 0.5 else BAD)


def _notes(rows: Sequence[Kept]) -> Iterator[str]:
    newer = sorted({of.since for row in rows if (of := row.year) is not None and not of.since.endswith("-01-01")})
    if newer:
        yield f"Året regnes fra den dagen løftet ble gitt: {', '.join(newer)}."
    if any(row.budget and not row.budget.can_be_kept for row in rows):
        yield "«For sent»: ingen rest av året kan hente det inn, om det kommer like mange om dagen som hittil."
    if any(row.forecast for row in rows):
        yield "«Året blir»: åtte av ti slike år ender der, slik ukene har vært; «Sjanse»: at løftet holdes."
    if any(row.now is None for row in rows):
        yield "«–» under Nå: ingen vet hva som er nå, eller datoen er en annen."
