"""The alerts that each target has: broken now, about to be, and the year's budget spent too fast.

Each is of one spell of a target, and says nothing at other times. May import: config, alert, board_names, records,
spells, words, serve's bokmal.
"""

from config.channels import Names
from config.targets import Target
from streams.core import series
from streams.core.promised import TARGET_MEASURES, Sampled
from streams.core.telling import Matter
from streams.generate.alert import MINUTE_MS, Alert, stopped
from streams.generate.board_names import SCORECARD, WALL
from streams.generate.recording_rules import TOLD
from streams.generate.spells import Spell
from streams.generate.words import prom_duration, promise, queues_of, span, stretch_of
from streams.serve.bokmal import wait

BREACH, DRIFTING, BUDGET_BURN = "TargetBreach", "TargetDrifting", "TargetBudgetBurn"
GRAVE_BREACH = "GraveBreach"
GRAVE_FOR_MS, _MENDED_MS = 3 * MINUTE_MS, 10 * MINUTE_MS
_BURNS_FOR_MS, _KNOWN_FOR_MS = 10 * MINUTE_MS, 5 * MINUTE_MS  # a scorecard that is older says nothing
_TOO_LATE = (
    "De som venter nå, venter lenger enn lovet. Flere legger på, og de mest sårbare først. "
    "Hvert svar fra nå trekker årets resultat feil vei."
)
_NOT_IN_TIME = (
    "Færre får svar i tide enn lovet: noen får det for sent, eller gir opp køen før de får det. "
    "De som gir opp, har ikke fått hjelp."
)
_GIVEN_UP = (
    "Flere gir opp køen enn lovet. De har ikke fått hjelp, og mange av dem kommer igjen. "
    "Hver som gir opp fra nå, trekker årets resultat feil vei."
)


_REACHED_LATE = (
    "De som når fram, har ventet lenger i alt enn lovet, også der de har vært i flere køer eller kommet tilbake. "
    "Tavlen for køen alene kan se bra ut imens."
)
_CALL_NOW = (
    "Åpne tavlen og se hvem som venter på å bli ringt opp. Sett av veiledere til å ringe dem nå, de eldste først, og "
    "tilby ingen flere tilbakeringinger før de er ringt."
)
_WAITS_TOO_LONG = (
    "Noen har ventet lenger enn noen skal vente. Venter de ennå, vet ingen om de får svar. Har de gitt opp, har de "
    "ikke fått hjelp."
)
_TOO_MANY_WAIT = (
    "Flere venter enn det skal være. De som kommer nå, må vente på alle dem som står foran, og flere gir opp."
)
_NOT_CALLED = (
    "Flere av dem som ba om å bli ringt opp, blir det ikke, enn lovet. De venter ved telefonen, og mange ringer igjen."
)


def _of(spell: Spell) -> dict[str, str]:
    """What tells it apart; from when on, where it was another one before or was not there."""
    target, begins = spell.target, spell.days.from_
    labels = {"target": target.id, "channel": target.channel, "audience": target.audience, "queue": target.queue}
    labels |= {"from": str(begins) if begins else None}
    return {name: value for name, value in labels.items() if value is not None}


def _is_told(target: Target, verdict: Matter) -> str:
    """As svartid says: it has held it already, whoever wrote meanwhile. Where it says nothing, as it said last; but not
    while the source is down on purpose.
    """
    labels = f'{{target="{target.id}", verdict="{verdict}"}}'
    now = f"max by (target) (last_over_time({series.TARGET_TOLD}{labels}[1m]))"
    told = f"({now} or max by (target) ({TOLD}{labels})) == 1"
    return f"{told}\nunless on () ({_is_stopped(target)})"


def _is_stopped(target: Target) -> str:
    return stopped(f'{{channel="{target.channel}"}}')


def breach(spell: Spell, names: Names) -> Alert:
    """A promise is broken now."""
    target = spell.target
    look = "finn køen som drar" if target.queue is None else "se på køen"
    return Alert(
        name=BREACH,
        group="svartid-targets",
        expr=spell.only(_is_told(target, "breach")),
        is_held=True,
        hold_ms=target.hold,
        clear_ms=target.clear,
        severity=target.severity,
        summary=f"{queues_of(target, names)}: målet brytes nå ({promise(target)}, {stretch_of(target)})",
        consequence=_consequence(target),
        action=_CALL_NOW
        if TARGET_MEASURES[target.measure].of == "promises"
        else f"Åpne tavlen og {look}. Flytt veiledere dit, tilby tilbakeringing og legg inn talebeskjed.",
        dashboard=WALL,
        labels=_of(spell),
        target=target.id,
    )


def grave_breach(spell: Spell, names: Names) -> Alert:
    """A promise is broken, and far from kept: what wakes somebody, where a breach by itself does not.

    The breach is held where the figures are, and how far it is from kept is asked of all of the last minutes: so no
    rule begins to wait anew, whoever starts again.
    """
    target = spell.target
    look = "finn køen som drar" if target.queue is None else "se på køen"
    return Alert(
        name=GRAVE_BREACH,
        group="svartid-targets",
        expr=spell.only(f"({_is_told(target, 'breach')})\nand on (target) ({_is_grave(target)})"),
        asks_for_all=True,
        hold_ms=GRAVE_FOR_MS,
        clear_ms=_MENDED_MS,
        severity="critical",
        summary=f"{queues_of(target, names)}: målet brytes grovt (snitt over {wait(target.grave_ms or 0)}, lovet er "
        f"{promise(target)}, {stretch_of(target)})",
        consequence=f"De som får svar nå, har i snitt ventet mer enn {_times(target)} ganger så lenge som "
        "lovet. Dette er ingen vanlig topp: det går ikke over av seg selv.",
        action=f"Åpne tavlen og {look}. Flytt veiledere dit, hent inn dem som kan, tilby tilbakeringing og legg inn "
        "talebeskjed.",
        dashboard=WALL,
        labels=_of(spell),
        target=target.id,
    )


def _times(target: Target) -> str:
    return f"{target.grave:g}".replace(".", ",")


def _is_grave(target: Target) -> str:
    """By who was answered, or, where they are too few to judge by, by the pressure of who waits; for so long by now."""
    it, of = f'target="{target.id}"', TARGET_MEASURES[target.measure].series
    window, limit, lately = f'{it}, stretch="window"', f"{(target.grave_ms or 0) / 1000:g}", prom_duration(GRAVE_FOR_MS)
    answered = f"max by (target) (last_over_time({series.TARGET_ANSWERED}{{{window}}}[{lately}]))"
    enough = f"{answered} >= {target.least_sample}"
    mean, pressure = _has_been_over(limit, of.achieved, window), _has_been_over(limit, of.pressure, it)
    return f"({mean} and on (target) ({enough}))\nor ({pressure} unless on (target) ({enough}))"


def _has_been_over(limit: str, of: series.Series, labels: str) -> str:
    """Beyond a limit all the time for which it is asked: in each of the last minutes, and shown in the first of them,
    as what was not scraped then proves nothing. Of two workers that both show it the greater counts.
    """
    shown, until_first = f"{of}{{{labels}}}", prom_duration(GRAVE_FOR_MS - MINUTE_MS)
    least = f"max by (target) (min_over_time({shown}[{prom_duration(GRAVE_FOR_MS)}]))"
    in_first = f"max by (target) (last_over_time({shown}[1m] offset {until_first}))"
    return f"({least} > {limit} and on (target) {in_first})"


def _consequence(target: Target) -> str:
    """What it does to people: who gives up may break a share of all who were offered an answer, whoever waits now."""
    measure = TARGET_MEASURES[target.measure]
    if measure.of == "offered":
        return _GIVEN_UP if measure.is_less_better else _NOT_IN_TIME
    return _CONSEQUENCES[measure.of]


_CONSEQUENCES: dict[Sampled, str] = {
    "answered": _TOO_LATE,
    "ended": _NOT_IN_TIME,
    "journeys": _REACHED_LATE,
    "promises": _NOT_CALLED,
    "waited": _WAITS_TOO_LONG,
    "waiting": _TOO_MANY_WAIT,
}


def drifting(spell: Spell, names: Names) -> Alert:
    """A promise will be broken within the lead, as things go."""
    target = spell.target
    look = "Se hvilken kø som vokser" if target.queue is None else "Se hvorfor køen vokser"
    is_of_promises = TARGET_MEASURES[target.measure].of == "promises"
    return Alert(
        name=DRIFTING,
        group="svartid-targets",
        expr=spell.only(_is_told(target, "drifting")),
        is_held=True,
        hold_ms=target.hold,
        clear_ms=target.drift_clear,
        severity=target.drift_severity,
        summary=f"{queues_of(target, names)}: målet ventes brutt innen {span(target.lead)} ({promise(target)})",
        consequence=f"Målet holder ennå. Slik {'løftene hoper seg opp' if is_of_promises else 'køen vokser'}, gjør det "
        "ikke det om litt, og da er det for sent å forebygge.",
        action=_CALL_NOW
        if is_of_promises
        else f"{look}. Hent inn veiledere fra møter og skriftlig arbeid mens det ennå hjelper.",
        dashboard=WALL,
        labels=_of(spell),
        target=target.id,
    )


def budget_burn(spell: Spell, names: Names) -> Alert:
    """The year's promise will not be kept, as the last days go. All of the last minutes are asked for, so that no hold
    begins anew where another worker takes over; and nothing of before the spell.
    """
    target = spell.target
    return Alert(
        name=BUDGET_BURN,
        group="svartid-budget",
        expr=spell.only(
            f"({_is_spent_too_fast(target)})\nunless on () ({_could_not_act(target)})",
            after_s=(_BURNS_FOR_MS + _KNOWN_FOR_MS) // 1000,
        ),
        asks_for_all=True,
        hold_ms=_BURNS_FOR_MS,
        clear_ms=30 * MINUTE_MS,
        severity="warning",
        summary=f"{queues_of(target, names)}: årets budsjett brukes for fort ({promise(target)})",
        consequence="Det siste døgnet, eller de siste dagene, er dårligere enn året tåler. Fortsetter det slik, nås "
        "ikke målet for hele året, selv om enkelte timer ser bra ut.",
        action="Se på Resultatkort hva som er igjen av året. Ta det opp i bemanningsmøtet: dette er et mønster, "
        "ikke en topp.",
        dashboard=SCORECARD,
        labels=_of(spell),
        target=target.id,
    )


def _is_spent_too_fast(target: Target) -> str:
    """As the latest scorecard says, whoever shows it, and all have said in the last minutes, from the first of them on.
    Where none is shown, where it is old, and where it does not know, nothing is said.
    """
    said, lately = f'{series.PROMISE_TOO_FAST}{{target="{target.id}"}}', prom_duration(_BURNS_FOR_MS)
    now = f"max by (target) (last_over_time({said}[1m])) == 1"
    always = f"min by (target) (min_over_time({said}[{lately}])) == 1"
    then = f"max by (target) (last_over_time({said}[{prom_duration(_KNOWN_FOR_MS)}] offset {lately})) == 1"
    is_new = f"max(last_over_time({series.SCORECARD_AS_OF}[1m])) > time() - {_KNOWN_FOR_MS / 1000:g}"
    return f"{now}\n  and on (target) {always}\n  and on (target) {then}\n  and on () {is_new}"


def _could_not_act(target: Target) -> str:
    """At night nobody can: its verdict knows the target's own hours, where it has other than its channel's. Nor is
    anybody told while the source is down on purpose. Both are asked of the last minutes, too: from there on it is held.
    """
    lately, ago = prom_duration(_BURNS_FOR_MS), f"{_BURNS_FOR_MS / 1000:g}"
    closed = f'{series.TARGET_VERDICT}{{target="{target.id}", verdict="closed"}}'
    until = f'{series.PLANNED_STOP_UNTIL}{{channel="{target.channel}"}}'
    return f"max(max_over_time({closed}[{lately}])) == 1 or max(max_over_time({until}[{lately}])) > time() - {ago}"
