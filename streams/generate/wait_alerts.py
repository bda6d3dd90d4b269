"""The alerts of who waits: one for too long, and those of whom the source and svartid disagree.

Whether a wait is beyond its limit is made in the snapshot; Prometheus adds only time. May import: config,
the core's measures and series, durations, alert, board_names, service_alerts, words.
"""

from config import Centre
from config.channels import Names
from streams.core import series
from streams.core.measures import ANSWERED, MAX
from streams.durations import short
from streams.generate.alert import LINE, MINUTE_MS, Alert, of_queue, while_open
from streams.generate.board_names import DEPTH
from streams.generate.service_alerts import OWN_LAG_RECORDS
from streams.generate.words import channels_behind, prom_duration

LONGEST_WAIT, WAITING_DISPUTED, LONGEST_WAIT_DISPUTED = "LongestWait", "WaitingDisputed", "LongestWaitDisputed"
WAIT_BEYOND_LIMIT = "WaitBeyondLimit"

_GROUP = "svartid-waits"
_AGREES_AFTER_MS = 5 * MINUTE_MS  # a report now and then misses who came or left just then
BEYOND_FOR_MS = 5 * MINUTE_MS  # nineteen of twenty who wait beyond the limit on a usual day wait no more by then
MENDED_MS = 5 * MINUTE_MS
# Whose end was lost is beyond what the source counts while few wait, and not while many do: one matter all the same.
_LOST_AND_FOUND_MS = 30 * MINUTE_MS
RIGHT_FOR_MS = 30 * MINUTE_MS
_CLOSED_FOR_MS = 240 * MINUTE_MS
PASSED_LEAST = 10  # answered in a window, all of whom came later
FEW = 3  # disputed in a queue whose source counts right: more than get lost in hours


def is_said(of: str) -> str:
    """As of the latest minute, as a verdict; not while the ends of the channel's waits may still be to be read."""
    beyond = f"max by ({LINE}) (last_over_time({of}[1m])) == 1"
    return f"{beyond}\nunless on (channel) ({channels_behind(OWN_LAG_RECORDS)})"


def _is_passed(window_ms: int) -> str:
    """Where many came after the one who waits, and have their answers: he is forgotten, or his end was never told.

    None of those who were answered lately had waited for half as long.
    """
    window = f'window="{short(window_ms)}"'
    most, answered, longest = (
        f"max by ({LINE}) ({of})"
        for of in (f"{MAX}{{{window}}}", f"{ANSWERED.window}{{{window}}}", series.LONGEST_WAIT)
    )
    return f"2 * {most} < {longest}\nand {answered} >= {PASSED_LEAST}"


def _is_right() -> str:
    """Where the source's own count is to be believed: it counted somebody lately (while it is closed, before that), so
    it is no 0 that stands still, and it passes over a few alone. Whoever is then disputed has left.
    """
    lately, before = (
        f"max by ({LINE}) (max_over_time({series.REPORTED_WAITING}[{prom_duration(ms)}])) > 0"
        for ms in (RIGHT_FOR_MS, _CLOSED_FOR_MS)
    )
    counts = f"{lately}\nor ({before} and max by ({LINE}) ({series.QUEUE_OPEN}) == 0)"
    return f"({counts})\nunless max by ({LINE}) ({series.DISPUTED_WAITING}) > {FEW}"


def wait_beyond_limit(names: Names) -> Alert:
    """One waits for longer than anybody may, since a minute ago: who sits at the boards may still help in time."""
    return Alert(
        name=WAIT_BEYOND_LIMIT,
        group=_GROUP,
        expr=is_said(series.LONGEST_WAIT_BEYOND),
        hold_ms=MINUTE_MS,
        clear_ms=_LOST_AND_FOUND_MS,
        severity="warning",
        summary=f"{of_queue(names)}: noen venter lenger enn noen skal vente",
        consequence="Minst én har ventet så lenge at det er galt, uansett snitt. Får ingen svart om litt, varsles "
        "vakten. Har mange som kom senere, alt fått svar, gjør den ikke det: da er vedkommende glemt, eller alt gått.",
        action="Se i kildesystemet om noen venter i køen, og få noen til å svare nå. Venter ingen der, har slutten på "
        "besøket gått tapt: meld fra til den som sender hendelsene.",
        dashboard=DEPTH,
    )


def longest_wait(centre: Centre) -> Alert:
    """One has waited for longer than anybody may, and it is not over yet. After closing time, too: that wait began
    while it was open. Not where many who came later have been answered: of those operations are told.
    """
    return Alert(
        name=LONGEST_WAIT,
        group=_GROUP,
        expr=f"({is_said(series.LONGEST_WAIT_BEYOND)})\nunless on ({LINE}) ({_is_passed(passed_window_ms(centre))})",
        hold_ms=BEYOND_FOR_MS,
        clear_ms=MENDED_MS,
        severity="critical",
        summary=f"{of_queue(centre.names)}: noen har ventet lenger enn noen skal vente",
        consequence="Minst én har ventet så lenge at det er galt, uansett snitt. I en stille kø sier målene ikke fra: "
        "de trenger flere svar å dømme etter.",
        action="Se i kildesystemet om noen venter i køen, og få noen til å svare nå. Venter ingen der, har slutten på "
        "besøket gått tapt: meld fra til den som sender hendelsene.",
        dashboard=DEPTH,
    )


def passed_window_ms(centre: Centre) -> int:
    """Over which of the windows those are counted who were answered: a quarter of an hour, or the next there is."""
    lengths = sorted(centre.windows.lengths)
    return next((length for length in lengths if length >= 15 * MINUTE_MS), lengths[-1])


def waiting_disputed(names: Names) -> Alert:
    """The source counts others than svartid does, in either direction."""
    here, there = (f"max by ({LINE}) ({of}) > 0" for of in (series.DISPUTED_WAITING, series.REPORTED_MORE))
    return Alert(
        name=WAITING_DISPUTED,
        group=_GROUP,
        expr=while_open(f"{here} or {there}"),
        hold_ms=_AGREES_AFTER_MS,
        clear_ms=_AGREES_AFTER_MS,
        severity="warning",
        summary=f"{of_queue(names)}: kilden og svartid er uenige om hvor mange som venter",
        consequence="Noen hendelser har ikke kommet fram, eller kilden teller feil. De som bare venter her, er ikke "
        "med i andre tall enn sitt eget; de som bare venter hos kilden, er ikke med i noe.",
        action="Se i kildesystemet hvem som venter, og styr etter det. Meld fra til den som sender hendelsene.",
        dashboard=DEPTH,
    )


def longest_wait_disputed(names: Names) -> Alert:
    """Somebody whom the source does not count would have waited for too long: a false 0 must hide nobody.

    Where its count has proved right, the hangup was lost, and WaitingDisputed has told operations of it.
    """
    return Alert(
        name=LONGEST_WAIT_DISPUTED,
        group=_GROUP,
        expr=f"({is_said(series.DISPUTED_WAIT_BEYOND)})\nunless on ({LINE}) ({_is_right()})",
        hold_ms=BEYOND_FOR_MS,
        clear_ms=_LOST_AND_FOUND_MS,
        severity="critical",
        summary=f"{of_queue(names)}: noen kan ha ventet for lenge, men kilden teller dem ikke",
        consequence="Har kilden rett, venter ingen av dem. Tar den feil, har minst én ventet lenger enn noen skal "
        "vente, og ingen andre tall viser det.",
        action="Se etter i køen selv, ikke bare i tallet fra kilden. Venter noen, få noen til å svare nå. Venter "
        "ingen, demp varselet for køen, og meld fra til den som sender hendelsene.",
        dashboard=DEPTH,
    )
