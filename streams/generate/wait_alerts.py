"""The alerts of who waits: one for too long, and those of whom the source and svartid disagree.

Whether a wait is beyond its limit is made in the snapshot; Prometheus adds only time. May import: config's names,
alert, board_names, service_alerts, words.
"""

from config.channels import Names
from streams.core import series
from streams.generate.alert import LINE, MINUTE_MS, Alert, of_queue, while_open
from streams.generate.board_names import DEPTH
from streams.generate.service_alerts import OWN_LAG_RECORDS
from streams.generate.words import channels_behind

LONGEST_WAIT, WAITING_DISPUTED, LONGEST_WAIT_DISPUTED = "LongestWait", "WaitingDisputed", "LongestWaitDisputed"

_GROUP = "svartid-waits"
_AGREES_AFTER_MS = 5 * MINUTE_MS  # a report now and then misses who came or left just then


def _is(of: str) -> str:
    """As of the latest minute, as a verdict; not while the ends of the channel's waits may still be to be read."""
    beyond = f"max by ({LINE}) (last_over_time({of}[1m])) == 1"
    return f"{beyond}\nunless on (channel) ({channels_behind(OWN_LAG_RECORDS)})"


def longest_wait(names: Names) -> Alert:
    """One waits for longer than anybody may. After closing time, too: that wait began while it was open."""
    return Alert(
        name=LONGEST_WAIT,
        group=_GROUP,
        expr=_is(series.LONGEST_WAIT_BEYOND),
        hold_ms=MINUTE_MS,
        clear_ms=2 * MINUTE_MS,
        severity="critical",
        summary=f"{of_queue(names)}: noen har ventet lenger enn noen skal vente",
        consequence="Minst én har ventet så lenge at det er galt, uansett snitt. I en stille kø sier målene ikke fra: "
        "de trenger flere svar å dømme etter.",
        action="Se i kildesystemet om noen venter i køen, og få noen til å svare nå. Venter ingen der, har slutten på "
        "besøket gått tapt: meld fra til den som sender hendelsene.",
        dashboard=DEPTH,
    )


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
    """Somebody whom the source does not count would have waited for too long: a false 0 must hide nobody."""
    return Alert(
        name=LONGEST_WAIT_DISPUTED,
        group=_GROUP,
        expr=_is(series.DISPUTED_WAIT_BEYOND),
        hold_ms=MINUTE_MS,
        clear_ms=2 * MINUTE_MS,
        severity="critical",
        summary=f"{of_queue(names)}: noen kan ha ventet for lenge, men kilden teller dem ikke",
        consequence="Har kilden rett, venter ingen av dem. Tar den feil, har minst én ventet lenger enn noen skal "
        "vente, og ingen andre tall viser det.",
        action="Se etter i køen selv, ikke bare i tallet fra kilden. Venter noen, få noen til å svare nå. Venter "
        "ingen, demp varselet for køen, og meld fra til den som sender hendelsene.",
        dashboard=DEPTH,
    )
