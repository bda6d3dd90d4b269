"""The alerts of letters: of those past their second working day, of a stock that cannot be worked off in time, of the
oldest.

May import: config, alert, board_names, words, serve's bokmal.
"""

from config import Centre
from streams.core import series
from streams.core.measures import LETTERS_ANSWERED
from streams.generate.alert import LINE, MINUTE_MS, Alert, of_queue, while_open
from streams.generate.board_names import SCORECARD
from streams.generate.words import span

LETTERS_OVERDUE, LETTERS_BACKLOG, LETTERS_OLDEST = "LettersOverdue", "LettersBacklog", "LettersOldest"

BACKLOG_DAYS = 2  # working days' worth of answers: what comes behind more of them is not answered in time
WEEK_HAS = 5  # working days, mostly: a week with a holiday has answered less, and is told of sooner
BACKLOG_LEAST = 20  # letters: of fewer one adviser sees to it in an hour or two


def letters_overdue(centre: Centre) -> Alert:
    """Citizens who were to have had an answer by now."""
    most = centre.alerts.letters_overdue
    return Alert(
        name=LETTERS_OVERDUE,
        group="svartid-letters",
        expr=while_open(f"max by ({LINE}) ({series.LETTERS_OVERDUE}) >= {most}"),
        hold_ms=15 * MINUTE_MS,
        clear_ms=30 * MINUTE_MS,
        severity="warning",
        summary=f"{of_queue(centre.names)}: minst {most} brev har ikke fått svar i tide",
        consequence="De ble lovet svar innen to virkedager, og den andre er over. Mange ringer i stedet, og spør to "
        "ganger om det samme.",
        action="Sett av veiledere til de eldste brevene først. Er det ett tema som henger etter: flytt folk dit.",
        dashboard=SCORECARD,
    )


def letters_backlog(centre: Centre) -> Alert:
    """More letters than will be answered in time, as things go."""
    answered = f"max by ({LINE}) ({LETTERS_ANSWERED.counter})"
    before = f"max by ({LINE}) (last_over_time({LETTERS_ANSWERED.counter}[1d] offset 7d))"  # unknown: nothing is told
    least = f"max by ({LINE}) (min_over_time({LETTERS_ANSWERED.counter}[7d]))"  # lower: the books were begun anew
    stock = f"max by ({LINE}) ({series.LETTERS_OPEN})"
    return Alert(
        name=LETTERS_BACKLOG,
        group="svartid-letters",
        expr=while_open(
            f"{stock} > {BACKLOG_DAYS} * ({answered} - {before}) / {WEEK_HAS}\n"
            f"and {stock} >= {BACKLOG_LEAST}\nand {least} >= {before}"
        ),
        hold_ms=60 * MINUTE_MS,
        clear_ms=60 * MINUTE_MS,
        severity="warning",
        summary=f"{of_queue(centre.names)}: flere brev ligger enn det svares på {BACKLOG_DAYS} virkedager",
        consequence="Slik det går nå, får de som skriver i dag, ikke svar i tide. Det merkes først om to dager, og da "
        "er det for sent.",
        action="Flytt timer fra telefon til skriftlig nå, eller øk bemanningen på temaet i to dager.",
        dashboard=SCORECARD,
    )


def letters_oldest(centre: Centre) -> Alert:
    """One letter that nobody seems to see."""
    oldest = centre.alerts.letters_oldest
    return Alert(
        name=LETTERS_OLDEST,
        group="svartid-letters",
        expr=while_open(f"max by ({LINE}) ({series.LETTERS_OLDEST}) > {oldest // 1000}"),
        hold_ms=15 * MINUTE_MS,
        clear_ms=30 * MINUTE_MS,
        severity="warning",
        summary=f"{of_queue(centre.names)}: et brev har ligget i mer enn {span(oldest)} uten svar",
        consequence="Noen venter på et svar som ikke kommer av seg selv: brevet er trolig glemt, eller ble avsluttet "
        "uten at kilden sa fra.",
        action="Finn det eldste brevet i fagsystemet. Svar på det, eller avslutt det der, så forsvinner det her.",
        dashboard=SCORECARD,
    )
