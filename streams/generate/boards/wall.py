"""Køene nå: the wall. Every promise and every queue at a glance.

All that is of now is on one screen of 1920 by 1080 pixels; how it came to be so is below.

May import: config, boards, words, the core's verdicts and what of them is told, serve's bokmal and statuses.
"""

from config import Centre
from streams.core import series
from streams.core.telling import MATTERS
from streams.core.verdicts import VERDICTS
from streams.generate.alert import stopped
from streams.generate.board_names import DEPTH, OWN, SCORECARD, WALL
from streams.generate.boards import words
from streams.generate.boards.frame import (
    COUNT,
    TIME_OF_DAY,
    WAIT,
    Board,
    link_to,
    now,
    over_time,
    properties,
)
from streams.generate.boards.panels import number, states
from streams.generate.boards.promql import code, one_of, selector, variables_of
from streams.generate.boards.wall_queues import queues
from streams.generate.spells import Spell, by_id, said
from streams.generate.words import limit_of, sampled, span
from streams.serve.statuses import FEED_STATUSES

_UNTIL = "til"


def board(centre: Centre) -> Board:
    """The board; it renews itself each five seconds."""
    made = Board(
        centre,
        WALL,
        "Alle køer og alle løfter slik de er nå. «Ingen data» betyr at vi ikke vet, ikke at det er null.",
        span="now-3h",
        refresh="5s",
    )
    _sources(made, centre)
    _promises(made, centre)
    queues(made, centre)
    _history(made, centre)
    return made


def _sources(made: Board, centre: Centre) -> None:
    channels = list(centre.hours)
    width = 12 // len(channels)
    for channel in channels:
        made.add(
            number([words.feeds()], coloured=True).override_by_name(_UNTIL, properties(unit=TIME_OF_DAY)),
            f"{centre.names.channel(channel)}: kilden",
            "Om kanalen er åpen, og om det kommer hendelser fra den. ✕ betyr at kanalen skulle vært åpen, men er taus; "
            "◐ at tallene for den regnes ut på nytt og ikke vises imens; ◼ at kilden er tatt ned med vilje, til den "
            "tiden som står der: så lenge vises ingen tall av nå, og ingen varsles om det.",
            COUNT,
            [
                now(_status_of(channel), legend="kilden"),
                now(f"1000 * ({stopped(selector(channel=channel))})", "B", _UNTIL),
            ],
            (width, 3),
            [link_to(OWN)],
        )
    made.add(
        number(),
        "Alder på tallene",
        "Hvor lenge siden tallene på tavlen ble regnet ut. Skal være noen få sekunder (timer:minutter:sekunder).",
        WAIT,
        [now(f"time() - max({series.AS_OF})")],
        (4, 3),
        [link_to(OWN)],
    )
    for title, text, expr in (
        (
            "Ventet for lenge",
            "I hvor mange køer noen har ventet lenger enn noen skal vente, regnet fra det åpnet. Skal være 0.",
            _added(series.LONGEST_WAIT_BEYOND),
        ),
        (
            "Omstridt",
            "Hvor mange som venter bare her eller bare hos kilden. De er ikke med i andre tall. Skal være 0.",
            f"{_added(series.DISPUTED_WAITING)} + {_added(series.REPORTED_MORE)}",
        ),
    ):
        made.add(
            number([words.zero_is_well()], coloured=True), title, text, COUNT, [now(expr)], (4, 3), [link_to(DEPTH)]
        )


def _status_of(channel: str) -> str:
    """A feed's status as a number; the last where it is down as planned, whatever its status is."""
    status = code(series.FEED_STATUS, FEED_STATUSES, "status", "channel", channel=channel)
    return f"0 * ({stopped(selector(channel=channel))}) + {len(FEED_STATUSES) + 1} or {status}"


def _added(metric: str) -> str:
    """Over all queues."""
    return f"sum({one_of(metric, '')})"


def _promises(made: Board, centre: Centre) -> None:
    ids = by_id(centre)
    width = 24 // min(len(ids) or 1, 6)
    for id_, of in ids.items():
        target = of[-1].target
        made.add(
            number([words.verdicts()], coloured=True),
            said(of, lambda target: words.target_name(target, centre)),
            _explained(of),
            COUNT,
            [now(code(series.TARGET_VERDICT, VERDICTS, "verdict", "target", target=id_))],
            (width, 4),
            [link_to(SCORECARD), link_to(DEPTH, **variables_of(target))],
        )


def _explained(of: list[Spell]) -> str:
    """Of what it is judged, and what its shapes mean; who waits now is of no window, and never too few."""
    drifts = f"▲ betyr at det ventes brutt innen {said(of, lambda t: span(t.lead))}"
    if all(spell.target.promise.measure.is_of_now for spell in of):
        return f"Vurderingen av løftet ({said(of, limit_of)}) nå. {drifts}."
    return (
        f"Vurderingen av løftet ({said(of, limit_of)}) i et vindu på {said(of, lambda t: span(t.window))}. {drifts}; "
        f"○ at færre enn {said(of, lambda t: str(t.least_sample))} har {said(of, sampled)}."
    )


def _history(made: Board, centre: Centre) -> None:
    if not centre.all_targets:
        return
    made.row("Forløpet")
    made.add(
        states([words.verdicts()], words.targets(centre)),
        "Løftene de siste timene",
        "Når hvert løfte skiftet vurdering, og hvor lenge det har stått slik.",
        COUNT,
        [over_time(code(series.TARGET_VERDICT, VERDICTS, "verdict", "target"), "{{target}}")],
        (24, 2 + len(words.targets(centre))),
        [link_to(SCORECARD)],
    )
    made.add(
        states([words.told()], words.targets(centre)),
        "Varslet de siste timene",
        "Hva det var varslet om for hvert løfte: fra det hadde stått lenge nok, til det hadde vært borte lenge nok.",
        COUNT,
        [over_time(_told(), "{{target}}")],
        (24, 2 + len(words.targets(centre))),
        [link_to(SCORECARD)],
    )


def _told() -> str:
    """2 where a breach is told, else 1 where a drift is, else 0; nothing where nobody knows."""
    breach, drift = (one_of(series.TARGET_TOLD, selector(verdict=of), "target") for of in MATTERS)
    return f"clamp_max(2 * ({breach}) + ({drift}), 2)"
