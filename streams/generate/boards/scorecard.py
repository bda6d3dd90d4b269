"""Resultatkort: each promise today, this week, month and year, and what the year's budget holds.

May import: config, boards, spells, words, the core's verdicts, serve's bokmal.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from config import Centre
from config.targets import Target
from streams.core import series
from streams.core.promised import TARGET_MEASURES, Counters, Limit, TargetMeasure, Unit
from streams.core.verdicts import VERDICTS
from streams.generate.board_names import DEPTH, SCORECARD
from streams.generate.boards import words
from streams.generate.boards.frame import (
    COUNT,
    SHARE,
    WAIT,
    Board,
    link_to,
    now,
    over_time,
)
from streams.generate.boards.panels import lines, number
from streams.generate.boards.promql import (
    code,
    down,
    one_of,
    queues_of,
    seconds,
    selector,
    since_start,
    up,
    up_to_percent,
    variables_of,
)
from streams.generate.recording_rules import has_budget
from streams.generate.spells import Spell, spells
from streams.generate.words import achieved_by, in_sum, limit_of, span, stretch_of
from streams.generate.words import counted as counted_in
from streams.serve.bokmal import decimals

_YEAR_S = 366 * 86_400  # so that the last day of a leap year still has something left
_RANGES = {"now/w": "Denne uka", "now/M": "Denne måneden", "now/y": "Dette året"}
_HONEST = (
    "Regnet som forskjellen mellom det samlede tallet nå og ved starten av perioden, med starten slik Grafana kjenner "
    "den (brukerens tidssone og ukestart). Har ikke Prometheus tall fra døgnet før starten, står det «ingen data»: "
    "vi gjetter ikke."
)
_BUDGETS: Mapping[Limit, str] = {  # of those that have one
    "most ms": "Hvor mye av årets ventetid som er igjen",
    "least share": "Hvor mye av årets svar som kan komme for sent som er igjen",
    "most share": "Hvor mange besøk som ennå kan gi opp i år",
}
_UNITS: Mapping[Unit, str] = {"ms": WAIT, "share": SHARE, "visits": COUNT}
_RECENT, _RECENT_S = "28d", 28 * 86_400
_SIZE = (4, 4)


def board(centre: Centre) -> Board:
    """The board."""
    made = Board(
        centre,
        SCORECARD,
        "Hvert løfte: hva det er, hva som er oppnådd så langt, og om året holder. Tider er timer:minutter:sekunder.",
        span="now-24h",
        refresh="1m",
    )
    for spell in spells(centre):
        target = spell.target
        name = words.target_name(target, centre) + spell.in_words
        made.row(f"{name}, {limit_of(target)}")
        _now(made, spell, name)
        if has_budget(target):
            achieved = _Achieved.of(centre, spell)
            _ranges(made, achieved, name)
            _year(made, achieved, name)
        _history(made, spell, name)
    return made


@dataclass(frozen=True, slots=True)
class _Achieved:
    """How what was achieved in a panel's range is asked for: in what of it the target was in force."""

    spell: Spell
    where: list[str]

    @classmethod
    def of(cls, centre: Centre, spell: Spell) -> "_Achieved":
        return cls(spell, queues_of(centre, spell.target))

    @property
    def target(self) -> Target:
        return self.spell.target

    @property
    def measure(self) -> TargetMeasure:
        return TARGET_MEASURES[self.target.measure]

    @property
    def in_range(self) -> str:
        assert self.measure.part is not None  # of each that has a budget
        return f"{self._together(self.measure.part)} / ({self._together(self.measure.whole)} > 0)"

    def _together(self, counters: Counters) -> str:
        return in_sum(map(self._grown, counters.of), map(self._grown, counters.less))

    def _grown(self, of: str) -> str:
        where = self.where
        if of == series.WAIT.bucket and self.target.within is not None:
            # The threshold is an edge of the histogram, exactly; both ways to write a whole number are asked for.
            edge = f"{self.target.within / 1000}"
            within = f',le=~"{edge.replace(".", "[.]")}|{seconds(self.target.within)}"}}'
            where = [one[:-1] + within for one in where]
        spell = self.spell
        return since_start(of, where, spell.from_s, spell.to_s, brings_along=spell.brings_along)

    @property
    def recent(self) -> str:
        """The last four weeks: what the rest of the year is likely to look like."""
        return self.in_range.replace("$__range_s", str(_RECENT_S)).replace("$__range", _RECENT)

    @property
    def limit(self) -> str:
        """The promise, in the unit of what is achieved."""
        limit = self.target.promise.limit
        return f"{limit:g}" if self.measure.is_share else seconds(round(limit))

    @property
    def unit(self) -> str:
        return _UNITS[self.measure.unit]

    @property
    def gone(self) -> str:
        """How much of the year has gone by: of what of it the target is in force in."""
        begins, ends, now = "time() - $__range_s", f"time() - $__range_s + {_YEAR_S}", "time()"
        if (from_s := self.spell.from_s) is not None:
            begins = f"scalar(clamp_min(vector({begins}), {from_s}))"
        if (to_s := self.spell.to_s) is not None:
            ends, now = (f"scalar(clamp_max(vector({at}), {to_s}))" for at in (ends, now))
        is_all = from_s is None and to_s is None
        return f"($__range_s / {_YEAR_S})" if is_all else f"(({now} - ({begins})) / ({ends} - ({begins})))"

    @property
    def needed(self) -> str:
        """What the rest of the year must be for the whole to reach the limit, if as many are answered each day."""
        return self.spell.only(f"({self.limit} - ({self.in_range}) * {self.gone}) / (1 - {self.gone})")

    @property
    def left(self) -> str:
        """How much of the year's budget (waiting, answers that came too late, who gives up) is left, 1 being all."""
        of_least, of_most = f"(1 - ({self.in_range})) / (1 - {self.limit})", f"({self.in_range}) / {self.limit}"
        spent = of_most if self.measure.is_less_better else of_least
        return f"1 - {self.gone} * {spent}"

    @property
    def holds(self) -> str:
        """1 where the last four weeks, kept up, are enough; else 2."""
        worse = ">" if self.measure.is_less_better else "<"
        return f"(({self.recent}) {worse} bool ({self.needed})) + 1"


def _shown(expr: str, target: Target) -> str:
    """Rounded so that what was missed by a hair never looks kept: to whole seconds or percents, or as finely as the
    limit is given.
    """
    measure = TARGET_MEASURES[target.measure]
    if not measure.is_share:
        return up(expr)
    of = decimals(target.promise.limit)
    return up_to_percent(expr, of) if measure.is_less_better else down(expr, of)


def _asked(expr: str, target: Target) -> str:
    """The other way for what is asked for, so that it never looks easier than it is."""
    measure = TARGET_MEASURES[target.measure]
    if not measure.is_share:
        return f"floor({expr})"
    of = decimals(target.promise.limit)
    return down(expr, of) if measure.is_less_better else up_to_percent(expr, of)


def _now(made: Board, spell: Spell, name: str) -> None:
    target, measure = spell.target, TARGET_MEASURES[spell.target.measure]
    unit, told = _UNITS[measure.unit], measure.series
    links = [link_to(DEPTH, **variables_of(target))]

    def add(title: str, text: str, expr: str) -> None:
        made.add(number(), f"{title} ({name})", text, unit, [now(spell.only(expr))], _SIZE, links)

    add(
        f"Løftet: {limit_of(target)}",
        "Det som er lovet, slik det står i oppsettet.",
        one_of(told.limit, selector(target=target.id), "target"),
    )
    made.add(
        number([words.verdicts()], coloured=True),
        f"Vurdering nå ({name})",
        f"Om løftet er i rute, på vei ut eller brutt i et vindu på {span(target.window)}.",
        COUNT,
        [now(spell.only(code(series.TARGET_VERDICT, VERDICTS, "verdict", "target", target=target.id)))],
        _SIZE,
        links,
    )
    stretches = (("window", _window(target)), *([] if measure.is_of_now else [("today", "I dag")]))
    for stretch, title in stretches:
        where = selector(target=target.id, stretch=stretch)
        add(title, achieved_by(target), _shown(one_of(told.achieved, where, "target"), target))
    add(
        f"Ventet om {span(target.lead)}",
        "Hva som ventes, ut fra hvordan det har gått til nå og hvem som venter. Et anslag.",
        _shown(
            one_of(told.predicted, selector(target=target.id), "target"),
            target,
        ),
    )
    if measure.is_of_now:
        return
    counted = counted_in(target).capitalize()
    made.add(
        number(),
        f"{counted} i dag ({name})",
        f"Hvor mange {counted.lower()} dagens tall er laget av.",
        COUNT,
        [now(spell.only(one_of(series.TARGET_ANSWERED, selector(target=target.id, stretch="today"), "target")))],
        _SIZE,
        links,
    )


def _window(target: Target) -> str:
    """What stretch it is of: "Siste 30 min", or now."""
    return stretch_of(target).capitalize()


def _ranges(made: Board, achieved: _Achieved, name: str) -> None:
    for start, title in _RANGES.items():
        made.add(
            number().time_from(start).hide_time_override(True),
            f"{title} ({name})",
            f"Oppnådd fra starten av perioden til nå. {_HONEST}",
            achieved.unit,
            [now(_shown(achieved.in_range, achieved.target))],
            _SIZE,
        )


def _year(made: Board, achieved: _Achieved, name: str) -> None:
    budget = _BUDGETS[achieved.measure.limit]
    counted = counted_in(achieved.target)
    even = f"Forutsetter omtrent like mange {counted} hver dag resten av året."
    if during := achieved.spell.in_words:
        even = f"Året er her den delen av det der løftet gjelder{during}. {even}"
    rest = "høyst" if achieved.measure.is_less_better else "minst"

    made.add(
        number().time_from("now/y").hide_time_override(True).decimals(0),
        f"Igjen av årets budsjett ({name})",
        f"{budget}, 100 % ved nyttår; under 0 er det brukt opp. {even} {_HONEST}",
        SHARE,
        [now(achieved.left)],
        _SIZE,
    )
    made.add(
        number(words.out_of_reach(achieved.measure.limit)).time_from("now/y").hide_time_override(True),
        f"Resten av året må være {rest} ({name})",
        f"Hva resten av året må bli for at hele året skal nå løftet. En andel over 100 % eller under null, "
        f"eller en tid under null, kan ikke nås. {even} {_HONEST}",
        achieved.unit,
        [now(_asked(achieved.needed, achieved.target))],
        _SIZE,
    )
    made.add(
        number([words.holding()], coloured=True).time_from("now/y").hide_time_override(True),
        f"Holder året? ({name})",
        f"Om de siste 28 dagene, holdt ut året, er nok til å nå løftet. {even} {_HONEST}",
        COUNT,
        [now(achieved.holds)],
        _SIZE,
    )


def _history(made: Board, spell: Spell, name: str) -> None:
    target, measure = spell.target, TARGET_MEASURES[spell.target.measure]
    told = measure.series
    window = _window(target)
    ours = selector(target=target.id)
    made.add(
        lines(window, "I dag", "Løftet", "Ventet"),
        f"Forløpet ({name})",
        "Oppnådd i vinduet og hittil i dag, det som ventes, og løftet. Hver strek har sitt mønster.",
        _UNITS[measure.unit],
        [
            over_time(spell.only(one_of(of, where, "target")), legend, ref)
            for of, where, legend, ref in (
                (told.achieved, selector(target=target.id, stretch="window"), window, "A"),
                (told.achieved, selector(target=target.id, stretch="today"), "I dag", "B"),
                (told.limit, ours, "Løftet", "C"),
                (told.predicted, ours, "Ventet", "D"),
            )
        ],
        (24, 6),
    )
