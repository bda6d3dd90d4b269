"""The scorecard as a table in bokmål: a row a promise. May import: config's names, serve's words, rich."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import UNSET
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from config.channels import Names
from streams.core.calendar import midnight
from streams.core.promised import TARGET_MEASURES
from streams.past.promise_text import days_text, is_less_better, is_share, is_told, limit_text, value_text
from streams.past.scorecard import InStretch, Kept
from streams.serve.board_queues import BAD, DRIFTS, GOOD, MET, MISSED, QUIET
from streams.serve.bokmal import UNKNOWN, number, percent, wait, whose
from streams.serve.bokmal import day as day_text

WIDTH: Final = 220  # of a picture, and of a file or a pipe, where nothing says how wide it may be
GAP: Final = 2  # between two columns
BAR: Final = 10  # signs in a full bar of the budget
_VERDICTS: Final = {
    "kept": (f"{MET} holdt", GOOD),
    "missed": (f"{MISSED} ikke holdt", BAD),
    "too_few": ("for få", QUIET),
    "unknown": ("ikke kjent", QUIET),
}
_NOW: Final = {"ok": (MET, GOOD), "drifting": (DRIFTS, BAD), "breach": (MISSED, BAD)}
_NOT_NOW: Final = {"closed": "stengt", "stale": "utdatert"}


@dataclass(frozen=True, slots=True)
class _Column:
    """What is in it, and how early it is left out where there is too little room; 0: never."""

    heading: str
    cell: Callable[[Kept], Text]
    gone: int = 0
    is_text: bool = False


def shown(
    rows: Sequence[Kept], centre: str, card: str, names: Names, day: date, zone: ZoneInfo, width: int = WIDTH
) -> tuple[Text, Table, Text]:
    """A title, the table, and what has to be said of it. No figure is cut: where the width has no room for a column, it
    is left out, and that is said.
    """
    title = Text(f"{centre} · {card} · {day_text(midnight(day, zone), zone)}", "bold")
    columns, left_out = _columns(names), []
    while _width(rows, columns) > width and (least := max(columns, key=lambda one: one.gone)).gone:
        columns.remove(least)
        left_out.append(least.heading)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
    for one in columns:
        table.add_column(one.heading, no_wrap=True, justify="left" if one.is_text else "right")
    for row in rows:
        table.add_row(*(one.cell(row) for one in columns))
    return title, table, Text("\n".join(_notes(rows, left_out)), QUIET)


def _columns(names: Names) -> list[_Column]:
    def who(row: Kept) -> Text:
        return Text(whose(row.channel, row.audience, None if row.queue is UNSET else row.queue, names))

    return [
        _Column("Hvem", who, is_text=True),
        _Column("Løfte", lambda row: Text(limit_text(row), QUIET), is_text=True),
        _Column("Nå", _now, gone=4),
        _Column("I dag", lambda row: _in(row, row.day), gone=3),
        _Column("Uka", lambda row: _in(row, row.week), gone=8),
        _Column("Måneden", lambda row: _in(row, row.month), gone=7),
        _Column("Kvartalet", lambda row: _in(row, row.quarter), gone=9),
        _Column("I år", lambda row: _in(row, row.year)),
        _Column("For alle", _for_all, gone=11),
        _Column("Antall", _how_many, gone=10),
        _Column("Brukt av årets rom", _budget, gone=6, is_text=True),
        _Column("Resten av året", _rest, gone=5),
        _Column("Året blir", _becomes, gone=2),
        _Column("Sjanse", _chance, gone=1),
        _Column("Så langt i år", lambda row: Text(*_VERDICTS[row.verdict]), is_text=True),
    ]


def _width(rows: Sequence[Kept], columns: Sequence[_Column]) -> int:
    """How wide the table is."""
    return sum(GAP + max(cell_len(one.heading), *(one.cell(row).cell_len for row in rows)) for one in columns)


def _now(row: Kept) -> Text:
    if row.now is None:
        return Text(UNKNOWN, QUIET)
    if row.now.verdict in _NOT_NOW:
        return Text(_NOT_NOW[row.now.verdict], QUIET)
    mark, style = _NOW.get(row.now.verdict, ("", QUIET))
    return Text(f"{value_text(row, row.now.value)} {mark}".strip(), style)


def _for_all(row: Kept) -> Text:
    """Of a survey, between what all would say."""
    of = row.year
    if of is None or of.low is None or of.high is None:
        return Text("")
    return Text(f"{percent(of.low, 1, down=True)}–{percent(of.high, 1, up=True)}")


def _in(row: Kept, of: InStretch | None) -> Text:
    """A value and its mark; without one where they are too few to judge."""
    if of is None or of.value is None:
        return Text(UNKNOWN, QUIET)
    mark, style = {True: (MET, GOOD), False: (MISSED, BAD), None: (" ", QUIET)}[of.met]
    return Text(f"{value_text(row, of.value)} {mark}", style)


def _how_many(row: Kept) -> Text:
    return Text(number(row.year.of if row.year is not None and is_told(row, row.year) else None))


def _budget(row: Kept) -> Text:
    """A bar, and how much of it in figures: what is over the full bar is in the figure alone."""
    if row.budget is None or row.budget.used is None:
        return Text(UNKNOWN, QUIET)
    used = row.budget.used
    filled = min(BAR, round(used * BAR))
    return Text(
        f"{'█' * filled}{'░' * (BAR - filled)} {percent(used, up=True)}",
        BAD if used > 1 or row.verdict == "missed" else GOOD,
    )


def _rest(row: Kept) -> Text:
    budget = row.budget
    if budget is None or budget.rest is None:
        return Text(UNKNOWN, QUIET)
    if not budget.can_be_kept:
        return Text("for sent", BAD)
    is_most = is_less_better(row)
    if is_share(row) and (budget.rest >= 1 if is_most else budget.rest <= 0):
        return Text("uansett")
    if row.measure == "letters_mean":
        return Text(f"≤ {days_text(budget.rest, down=True)}")
    if not is_share(row):
        return Text(f"≤ {wait(floor(budget.rest / 1000) * 1000)}")  # rounded so that who keeps to it keeps the year
    sign = {"less_than": "<", "more_than": ">"}.get(row.limit.sense, "≤" if is_most else "≥")
    return Text(f"{sign} {percent(budget.rest, 1, down=is_most, up=not is_most)}")


def _becomes(row: Kept) -> Text:
    if (of := row.forecast) is None:
        return Text("for tidlig å si" if row.budget is not None else UNKNOWN, QUIET)
    return Text(f"{value_text(row, of.low)}–{value_text(row, of.high)}")


def _chance(row: Kept) -> Text:
    """In tenths and halves of them: more would be said than is known, and nothing is certain."""
    if row.forecast is None or (chance := row.forecast.chance) is None:
        return Text(UNKNOWN, QUIET)
    of_hundred = round(chance * 20) * 5
    told = "under 5 %" if of_hundred < 5 else "over 95 %" if of_hundred > 95 else f"{of_hundred} %"
    return Text(told, GOOD if chance >= 0.5 else BAD)


def _notes(rows: Sequence[Kept], left_out: Sequence[str]) -> Iterator[str]:
    if left_out:
        yield f"Ikke plass til {', '.join(left_out)}: gjør vinduet bredere, eller bruk --csv, --json eller --svg."
    newer = sorted({of.since for row in rows if (of := row.year) is not None and not of.since.endswith("-01-01")})
    if newer:
        yield f"Året regnes fra den dagen løftet ble gitt, eller det første ble talt: {', '.join(newer)}."
    if any(row.year is not None and row.year.low is not None for row in rows):
        yield "«For alle»: hva alle ville ha svart, nitten av tjue ganger. Dommen felles bare når den er sikker."
    if any(row.budget and not row.budget.can_be_kept for row in rows):
        yield "«For sent»: ingen rest av året kan hente det inn, om det kommer like mange om dagen som hittil."
    if any(row.forecast for row in rows):
        yield "«Året blir»: åtte av ti slike år ender der, slik ukene har vært; «Sjanse»: at løftet holdes."
    if any(row.now is None for row in rows if row.measure in TARGET_MEASURES):
        yield "«–» under Nå: ingen vet hva som er nå, eller datoen er en annen."
