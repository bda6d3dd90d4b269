"""The registry of what is promised of days and years, not of the last half hour: letters, surveys, the chatbot, mix.

Each once, with what it is made of. Nobody is told of them by a window; the scorecard judges them by the day, week,
month, quarter and year. What Norwegian boards call one is in streams/serve/day_words.py. Definitions are in
streams/MEASURES.md, *Promises of days*. May import: standard library, the core.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass
from math import sqrt
from typing import Final, Literal, NamedTuple

from streams.core.measure import Measure
from streams.core.measures import (
    ANSWERED,
    ANSWERED_PASSED_ON,
    BOT_PARTLY,
    BOT_SOLVED,
    BOT_TRANSFERRED,
    JOURNEYS,
    LATER,
    LETTER_DAYS,
    LETTERS_MISSED,
    LETTERS_RECEIVED,
    LETTERS_WITHIN,
    QUESTIONS,
    SURVEY_SCORES,
    SURVEYS_ANSWERED,
    SURVEYS_INVITED,
)
from streams.core.promised import Parts
from streams.core.reading import Cell, ratio

Name = Literal[
    "letters_mean",
    "letters_within_2_days",
    "letters_within_3_days",
    "survey_solution",
    "survey_service",
    "bot_transferred",
    "bot_solved",
    "bot_partly",
    "mix",
    "resolved",
]
Unit = Literal["ms", "share"]
Sense = Literal["at_most", "less_than", "at_least", "more_than", "about"]
_AT_LEAST: Final[tuple[Sense, ...]] = ("at_least", "more_than")
_ONE_SIDED: Final[tuple[Sense, ...]] = ("at_most", "less_than", *_AT_LEAST)
Sampled = Literal["letters", "answers", "conversations", "contacts", "answered"]
SATISFIED: Final = (5, 6)  # of six
_BOT: Final = (BOT_SOLVED, BOT_PARTLY, BOT_TRANSFERRED)
OF_BOTS: Final = frozenset(measure.name for measure in _BOT)
_CONTACTS: Final = (JOURNEYS, LETTERS_RECEIVED, BOT_SOLVED, BOT_PARTLY)
_Z: Final = 1.959963984540054  # the normal distribution's quantile for an interval that holds 19 of 20


@dataclass(frozen=True, slots=True)
class DayMeasure:
    """One of them: a mean number of working days (each as 24 hours, in ms) or a share from 0 to 1."""

    name: Name
    meaning: str
    unit: Unit
    of: Sampled  # what its whole counts
    counted: Callable[[Cell, Cell], Parts]  # in the cell of whose it is, and in that of all of the centre's
    made_of: tuple[Measure, ...]
    senses: tuple[Sense, ...]  # that its limit may have
    is_asked: bool = (
        False  # of some who were asked: it is judged by an interval, and not shown of fewer than there must be
    )
    is_of_bots: bool = False  # of the chatbot's line, which is no queue of the centre's own

    @property
    def later(self) -> Set[str]:
        """What it is made of that is not known of stretches from before it was counted."""
        return LATER & {measure.name for measure in self.made_of}

    def value(self, parts: Parts) -> float | None:
        """What parts and whole amount to; None over nothing."""
        return ratio(*parts)


def _sum(cell: Cell, *measures: Measure) -> int:
    return sum(cell.get(measure.name, 0) for measure in measures)


def _letters_mean(cell: Cell, _: Cell) -> Parts:
    return cell.get(LETTER_DAYS.sum_ms, 0), cell.get(LETTER_DAYS.count, 0)


def _letters_within(days: int) -> DayMeasure:
    within, missed = LETTERS_WITHIN[days], LETTERS_MISSED[days]
    names: dict[int, Name] = {2: "letters_within_2_days", 3: "letters_within_3_days"}
    return DayMeasure(
        names[days],
        f"the share of letters answered within {days} working days",
        "share",
        "letters",
        lambda cell, _: (_sum(cell, within), _sum(cell, within, missed)),
        (within, missed),
        _AT_LEAST,
    )


def _survey(name: Name, question: str, meaning: str) -> DayMeasure:
    scores = SURVEY_SCORES[question]
    satisfied = tuple(scores[score - 1] for score in SATISFIED)
    return DayMeasure(
        name,
        meaning,
        "share",
        "answers",
        lambda cell, _: (_sum(cell, *satisfied), _sum(cell, *scores)),
        scores,
        _AT_LEAST,
        is_asked=True,
    )


def _bot(name: Name, outcome: Measure, meaning: str) -> DayMeasure:
    return DayMeasure(
        name,
        meaning,
        "share",
        "conversations",
        lambda cell, _: (_sum(cell, outcome), _sum(cell, *_BOT)),
        _BOT,
        _ONE_SIDED,
        is_of_bots=True,
    )


DAY_MEASURES: Final[dict[Name, DayMeasure]] = {
    one.name: one
    for one in (
        DayMeasure(
            "letters_mean",
            "the mean number of working days that letters were answered in",
            "ms",
            "letters",
            _letters_mean,
            LETTER_DAYS.measures,
            ("at_most",),
        ),
        _letters_within(2),
        _letters_within(3),
        _survey("survey_solution", QUESTIONS[0], "the share of answers to a survey by which the matter was solved"),
        _survey("survey_service", QUESTIONS[1], "the share of answers to a survey by which the service was good"),
        _bot("bot_transferred", BOT_TRANSFERRED, "the share of the chatbot's conversations that it handed over"),
        _bot("bot_solved", BOT_SOLVED, "the share of the chatbot's conversations in which it solved the matter"),
        _bot("bot_partly", BOT_PARTLY, "the share of the chatbot's conversations in which it solved a part"),
        DayMeasure(
            "mix",
            "the share of all contacts that came by this channel",
            "share",
            "contacts",
            lambda cell, all_: (_sum(cell, *_CONTACTS), _sum(all_, *_CONTACTS)),
            _CONTACTS,
            ("about",),
            is_of_bots=True,
        ),
        DayMeasure(
            "resolved",
            "the share of the answered who were not passed on",
            "share",
            "answered",
            lambda cell, _: (_sum(cell, ANSWERED) - _sum(cell, ANSWERED_PASSED_ON), _sum(cell, ANSWERED)),
            (ANSWERED, ANSWERED_PASSED_ON),
            _AT_LEAST,
        ),
    )
}


class Interval(NamedTuple):
    """What a share of all may be that was found of some."""

    low: float
    high: float


def wilson(part: float, whole: float) -> Interval | None:
    """The 95 % interval of a share by Wilson's score (1927), without correction for continuity; None over nothing.

    It stays within 0 and 1, and holds where a share is near either, or of few: there the usual one is too narrow.
    """
    if not whole:
        return None
    share, z_squared = part / whole, _Z**2
    middle = (share + z_squared / (2 * whole)) / (1 + z_squared / whole)
    half = _Z / (1 + z_squared / whole) * sqrt(share * (1 - share) / whole + z_squared / (4 * whole**2))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def response(cell: Cell) -> float | None:
    """Of those who were asked, the share that answered any of it."""
    return ratio(_sum(cell, SURVEYS_ANSWERED), _sum(cell, SURVEYS_INVITED))
