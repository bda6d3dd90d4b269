"""Resultatkort: what each promise is, and what it has come to, a row a promise.

All of it is added up by svartid itself, of its own days: Prometheus is asked for what is so now, and keeps nothing of
the year. May import: config, boards, day_promises, words, the core's registries, bokmal, scorecard_words.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from grafana_foundation_sdk.models import dashboard as model

from config import Centre
from streams.core import series
from streams.core.promised import TARGET_MEASURES, Unit
from streams.core.series import PromiseSeries
from streams.core.verdicts import JUDGED
from streams.generate.board_names import PROMISE, SCORECARD, WALL
from streams.generate.boards import words
from streams.generate.boards.frame import COUNT, SHARE, WAIT, Board, link_to, now, rows
from streams.generate.boards.panels import FILLED, listing, number
from streams.generate.boards.promql import code, one_of, selector
from streams.generate.day_promises import in_words_of_days
from streams.serve.bokmal import decimals
from streams.serve.scorecard_words import ABOUT, COLUMNS, HEADINGS, LOOKS, TITLES

UNKNOWN: Final = "«Ingen data» og tomme felt betyr at vi ikke vet, eller at det er for få, ikke at det er null."
_DAYS: Final = "suffix: virkedager"
_NAME, _VERDICT = COLUMNS["name"], COLUMNS["verdict"]
_PAGE: Final = f"/d/{PROMISE}?${{datasource:queryparam}}&var-target=${{__value.raw}}"


class Kind(NamedTuple):
    """Promises whose values are in one unit: a column of a table has one."""

    title: str
    about: str
    series: PromiseSeries
    unit: str
    decimals: int


KINDS: Final = (
    Kind(TITLES["waits"], ABOUT["waits"], series.PROMISES_OF_WAITS, WAIT, 0),
    Kind(TITLES["shares"], ABOUT["shares"], series.PROMISES_OF_SHARES, SHARE, 1),
    Kind(TITLES["days"], ABOUT["days"], series.PROMISES_OF_DAYS, _DAYS, 1),
    Kind(TITLES["numbers"], ABOUT["numbers"], series.PROMISES_OF_NUMBERS, COUNT, 0),
)
_OF_UNITS: Final[Mapping[Unit, PromiseSeries]] = {
    "ms": series.PROMISES_OF_WAITS,
    "share": series.PROMISES_OF_SHARES,
    "visits": series.PROMISES_OF_NUMBERS,
}


class Row(NamedTuple):
    """One promise: in which unit, what it is called with what is promised, whether more is better, how finely (in
    decimals of percents) its limit is given, and about what it is to be.
    """

    series: PromiseSeries
    name: str
    is_least: bool = False
    decimals: int = 0
    about: float | None = None


class _Column(NamedTuple):
    heading: str
    expr: str
    other: Mapping[str, object] = {}  # what is otherwise than in the rest of the table


def board(centre: Centre) -> Board:
    """The scorecard: a table for each unit there is."""
    made = Board(
        centre,
        SCORECARD,
        "Hvert løfte: hva det er, hva det har blitt til i dag, denne uka, måneden, kvartalet og året, og om året "
        f"holder. svartid legger det sammen selv, av sine egne døgn. {UNKNOWN}",
        span="now-24h",
        refresh="1m",
    )
    every = rows_of(centre)
    for kind in KINDS:
        own = {id_: row for id_, row in every.items() if row.series is kind.series}
        if own:
            _table(made, kind, own)
    made.add(
        number(),
        "Alder på tallene",
        "Hvor lenge siden løftene ble lagt sammen. Det skjer hvert minutt (timer:minutter:sekunder).",
        WAIT,
        [now(f"time() - max({series.SCORECARD_AS_OF})")],
        (4, 3),
        [link_to(WALL)],
    )
    return made


def rows_of(centre: Centre) -> dict[str, Row]:
    """Each promise, by its id; targets first."""
    found: dict[str, Row] = {}
    names = words.targets(centre)
    for target in centre.all_targets:
        measure, limit = TARGET_MEASURES[target.measure], target.promise.limit
        fine = decimals(limit) if measure.is_share else 0
        if target.id in names:
            found[target.id] = Row(_OF_UNITS[measure.unit], names[target.id], not measure.is_less_better, fine)
    for promise, name in in_words_of_days(centre):
        is_days = promise.counted.unit == "ms"
        of = series.PROMISES_OF_DAYS if is_days else series.PROMISES_OF_SHARES
        is_least = promise.sense in ("at_least", "more_than")
        found[promise.id] = Row(of, name, is_least, 0 if is_days else decimals(promise.limit), promise.about)
    return found


def verdict_of(**labels: str) -> str:
    """The verdict on the year so far as a number, in the order of `JUDGED`."""
    return code(series.PROMISE_VERDICT, JUDGED, "verdict", "target", **labels)


def judged() -> model.ValueMap:
    """Those numbers in words, shapes and colours."""
    return words.mapping({str(n): LOOKS[one] for n, one in enumerate(JUDGED, 1)})


def _table(made: Board, kind: Kind, own: Mapping[str, Row]) -> None:
    """Each query is a column; Grafana calls it by its ref."""
    fine = decimals_of(kind, own)
    columns = dict(zip("ABCDEFGHIJKLM", _columns(kind, own), strict=True))
    headings = {"target": _NAME} | {f"Value #{ref}": column.heading for ref, column in columns.items()}
    overrides: dict[str, Mapping[str, object]] = {
        _NAME: {
            "mappings": [words.mapping({id_: (row.name, None) for id_, row in own.items()})],
            "links": [{"title": "Se på løftet", "url": _PAGE}],
            "custom_width": 430,
        }
    }
    overrides |= {column.heading: column.other for column in columns.values() if column.other}
    made.add(
        listing(headings, overrides, []).decimals(fine),
        kind.title,
        f"{kind.about}, en rad til hvert. «Resten» er hva resten av året må bli, høyst eller minst; «Året blir»: åtte "
        f"av ti slike år ender mellom de to tallene. {UNKNOWN}",
        kind.unit,
        [rows(column.expr, ref) for ref, column in columns.items()],
        (24, 3 + len(own)),
        [link_to(PROMISE)],
    )


def decimals_of(kind: Kind, own: Mapping[str, Row]) -> int:
    """How finely values of that unit are shown: no limit is cut."""
    return max(kind.decimals, *(row.decimals for row in own.values()))


def rounded(metric: str, kind: Kind, own: Mapping[str, Row], *, is_asked: bool = False, **labels: str) -> str:
    """So that what was missed by a hair never looks kept, and what is asked for never easier than it is."""
    scale = 10 ** decimals_of(kind, own) * (100 if kind.unit == SHARE else 1)

    def down(ids: list[str]) -> str:
        return f"floor({scale} * ({_of(metric, ids, labels)}) + 1e-9) / {scale}"

    def up(ids: list[str]) -> str:
        return f"ceil({scale} * ({_of(metric, ids, labels)}) - 1e-9) / {scale}"

    sided = {id_: row for id_, row in own.items() if row.about is None}
    least = [id_ for id_, row in sided.items() if row.is_least is not is_asked]
    most = [id_ for id_, row in sided.items() if row.is_least is is_asked]
    each = [how(ids) for ids, how in ((least, down), (most, up)) if ids]
    for id_, row in own.items():  # away from the middle
        if row.about is not None:
            each += [f"({down([id_])} and {_of(metric, [id_], labels)} < {row.about:g})", up([id_])]
    return " or ".join(each)


def used(of_it: str) -> str:
    """A share of the year's room: rounded up, so that what is overdrawn never looks just used up."""
    return f"ceil(100 * ({of_it}) - 1e-9) / 100"


def likely(chance: str) -> str:
    """A chance in steps of 5 %: nothing is certain."""
    return f"clamp(round({chance}, 0.05), 0.05, 0.95)"


def _of(metric: str, ids: Iterable[str], labels: Mapping[str, str]) -> str:
    return one_of(metric, selector(target=_any(ids), **labels), "target")


def _any(ids: Iterable[str]) -> str:
    return "~" + "|".join(ids)


def _columns(kind: Kind, own: Mapping[str, Row]) -> Iterator[_Column]:
    def of(metric: str, **labels: str) -> str:
        return _of(metric, own, labels)

    whole = {"unit": COUNT, "decimals": 0}
    share = {"unit": SHARE, "decimals": 0}
    yield _Column(
        _VERDICT, verdict_of(target=_any(own)), {"mappings": [judged()], "custom_cellOptions": FILLED, **whole}
    )
    yield _Column(COLUMNS["limit"], of(kind.series.limit))
    for stretch, heading in HEADINGS.items():
        yield _Column(heading, rounded(kind.series.value, kind, own, stretch=stretch))
    yield _Column(COLUMNS["of"], of(series.PROMISE_OF, stretch="year"), whole)
    yield _Column(COLUMNS["used"], used(of(series.PROMISE_BUDGET)), share)
    yield _Column(COLUMNS["rest"], rounded(kind.series.rest, kind, own, is_asked=True))
    yield _Column(f"{COLUMNS['becomes']} fra", of(kind.series.forecast, bound="low"))
    yield _Column("til", of(kind.series.forecast, bound="high"))
    yield _Column(COLUMNS["chance"], likely(of(series.PROMISE_CHANCE)), share)
