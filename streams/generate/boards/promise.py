"""Ett løfte: one promise, chosen above: what it has come to, what is left of the year, and how it went.

A promise is in one of a few units; each panel asks for all of them, and the one that there is answers. May import:
config, boards, scorecard, the core's verdicts, scorecard_words.
"""

from collections.abc import Mapping
from typing import Final

from grafana_foundation_sdk.builders import stat

from config import Centre
from streams.core import series
from streams.core.verdicts import VERDICTS
from streams.generate.board_names import DEPTH, PROMISE, SCORECARD, WALL
from streams.generate.boards import words
from streams.generate.boards.frame import (
    COUNT,
    SHARE,
    Board,
    link_to,
    now,
    over_time,
    properties,
    single_choice,
)
from streams.generate.boards.panels import lines, number
from streams.generate.boards.promql import code, one_of, selector
from streams.generate.boards.scorecard import (
    KINDS,
    UNKNOWN,
    Kind,
    Row,
    decimals_of,
    judged,
    likely,
    rounded,
    rows_of,
    used,
    verdict_of,
)
from streams.serve.scorecard_words import HEADINGS

_CHOSEN: Final = "~$target"
_SIZE: Final = (4, 4)


def board(centre: Centre) -> Board:
    """The page."""
    made = Board(
        centre,
        PROMISE,
        f"Ett løfte: hva det har blitt til, hva som er igjen av året, og hvordan det går. {UNKNOWN}",
        span="now-24h",
        refresh="1m",
    )
    every = rows_of(centre)
    made.made.with_variable(single_choice("target", "Løfte", {id_: row.name for id_, row in every.items()}))
    _verdicts(made)
    _value(made, every, "Løftet", "Det som er lovet, slik det står i oppsettet.", "limit")
    for stretch, title in HEADINGS.items():
        _value(
            made, every, title, f"Oppnådd fra starten av perioden til nå ({title.lower()}).", "value", stretch=stretch
        )
    _value(
        made, every, "Resten av året", "Det resten av året må bli, høyst eller minst, for at året skal holde.", "rest"
    )
    _whole(
        made,
        "Brukt av årets rom",
        "Hvor mye av det året tåler som er brukt opp.",
        used(one(series.PROMISE_BUDGET)),
        SHARE,
    )
    _whole(
        made,
        "Sjansen for året",
        "Slik ukene har vært. Tomt: for tidlig å si.",
        likely(one(series.PROMISE_CHANCE)),
        SHARE,
    )
    _whole(made, "Antall i år", "Hvor mange årets tall er laget av.", one(series.PROMISE_OF, stretch="year"), COUNT)
    for kind in _kinds(every):
        _course(made, kind)
    return made


def one(metric: str, **labels: str) -> str:
    """Of the promise that is chosen."""
    return one_of(metric, selector(target=_CHOSEN, **labels), "target")


def _kinds(every: Mapping[str, Row]) -> list[Kind]:
    return [kind for kind in KINDS if _own(kind, every)]


def _own(kind: Kind, every: Mapping[str, Row]) -> dict[str, Row]:
    return {id_: row for id_, row in every.items() if row.series is kind.series}


def _rounded(metric: str, kind: Kind, every: Mapping[str, Row], *, is_asked: bool, **labels: str) -> str:
    """As in the table, of the promise that is chosen."""
    return f"({rounded(metric, kind, _own(kind, every), is_asked=is_asked, **labels)}) and {one(metric, **labels)}"


def _verdicts(made: Board) -> None:
    made.add(
        number([judged()], coloured=True),
        "Så langt i år",
        "Om løftet er holdt så langt i år. For få: færre enn det må være for å dømme, eller ikke sikkert nok.",
        COUNT,
        [now(verdict_of(target=_CHOSEN))],
        _SIZE,
        [link_to(SCORECARD)],
    )
    made.add(
        number([words.verdicts()], coloured=True),
        "Vurdering nå",
        "Om løftet er i rute nå, i sitt vindu. Det som bare måles av døgn, har ingen: da står det «ingen data».",
        COUNT,
        [now(code(series.TARGET_VERDICT, VERDICTS, "verdict", "target", target=_CHOSEN))],
        _SIZE,
        [link_to(WALL), link_to(DEPTH)],
    )


def _value(made: Board, every: Mapping[str, Row], title: str, text: str, of: str, **labels: str) -> None:
    """In whichever unit there is."""
    panel, asked = number(), dict[str, str]()
    for ref, kind in zip("ABCD", _kinds(every), strict=False):
        asked[ref] = _rounded(getattr(kind.series, of), kind, every, is_asked=of == "rest", **labels)
        panel = panel.override_by_query(ref, properties(unit=kind.unit, decimals=decimals_of(kind, _own(kind, every))))
    _add(made, panel, title, text, COUNT, asked)


def _whole(made: Board, title: str, text: str, expr: str, unit: str) -> None:
    """In a unit that does not depend on the promise."""
    _add(made, number().decimals(0), title, text, unit, {"A": expr})


def _add(made: Board, panel: stat.Panel, title: str, text: str, unit: str, asked: Mapping[str, str]) -> None:
    made.add(panel, title, text, unit, [now(expr, ref) for ref, expr in asked.items()], _SIZE, [link_to(SCORECARD)])


def _course(made: Board, kind: Kind) -> None:
    told = {
        "I dag": one(kind.series.value, stretch="day"),
        "I år": one(kind.series.value, stretch="year"),
        "Løftet": one(kind.series.limit),
        "Året blir fra": one(kind.series.forecast, bound="low"),
        "til": one(kind.series.forecast, bound="high"),
    }
    made.add(
        lines(*told),
        f"Forløpet: {kind.title.lower()}",
        "Hittil i dag, året så langt, løftet, og hva året ser ut til å bli. Hver strek har sitt mønster.",
        kind.unit,
        [over_time(expr, legend, ref) for ref, (legend, expr) in zip("ABCDE", told.items(), strict=True)],
        (12, 7),
        [link_to(SCORECARD)],
    )
