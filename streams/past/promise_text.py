"""A promise and what it came to, in the few words that a scorecard has room for: of a window, or of days.

May import: the core's registries, serve's words.
"""

from math import ceil, floor
from typing import NamedTuple, Protocol

from msgspec import UNSET
from typing_extensions import TypeIs

from streams.core.promised import TARGET_MEASURES
from streams.core.promised import Name as OfWindow
from streams.core.promised_days import DAY_MEASURES
from streams.core.working_days import DAY_MS
from streams.past.promise import Measured
from streams.past.scorecard import InStretch
from streams.serve import day_words, target_text
from streams.serve.bokmal import UNKNOWN, decimals, exactly, percent
from streams.serve.documents import Limit

_SIGNS = {"at_most": "≤", "less_than": "<", "at_least": "≥", "more_than": ">"}
_HAIR = 1e-9  # 2.2 * 10 is 22.000000000000004 to a computer


class Promised(Protocol):
    """What a promise is known by."""

    @property
    def measure(self) -> Measured: ...  # noqa: D102
    @property
    def limit(self) -> Limit: ...  # noqa: D102
    @property
    def within_ms(self) -> int | None: ...  # noqa: D102


class _Window(NamedTuple):
    """A target, as its words are asked for."""

    measure: OfWindow
    limit: Limit
    within_ms: int | None


def _is_of_window(measure: Measured) -> TypeIs[OfWindow]:
    return measure in TARGET_MEASURES


def is_share(of: Promised) -> bool:
    """Whether its value is from 0 to 1."""
    measure = of.measure
    return TARGET_MEASURES[measure].is_share if _is_of_window(measure) else DAY_MEASURES[measure].unit == "share"


def is_less_better(of: Promised) -> bool:
    """Whether it is promised to be at most so much."""
    measure = of.measure
    if _is_of_window(measure):
        return TARGET_MEASURES[measure].is_less_better
    return of.limit.sense in ("at_most_ms", "at_most", "less_than")


def is_told(of: Promised, stretch: InStretch) -> bool:
    """Whether it is told how many it is made of: not of a survey that too few answered."""
    return stretch.value is not None or _is_of_window(of.measure) or not DAY_MEASURES[of.measure].is_asked


def value_text(of: Promised, value: float | None) -> str:
    """Rounded so that what was missed by a hair never looks met."""
    measure = of.measure
    if _is_of_window(measure):
        return target_text.value_text(_Window(measure, of.limit, of.within_ms), value)
    if value is None:
        return UNKNOWN
    if not is_share(of):
        return days_text(value)
    shown = max(1, decimals(of.limit.value))
    is_up = value > of.limit.value if of.limit.about is not UNSET else is_less_better(of)
    return percent(value, shown, up=is_up, down=not is_up)


def days_text(ms: float, *, down: bool = False) -> str:
    """Working days, to a tenth, rounded up: 1.81 -> "1,9 d"; or down, and never below 0."""
    tenths = max(0, floor(ms / DAY_MS * 10 + _HAIR)) if down else ceil(ms / DAY_MS * 10 - _HAIR)
    return f"{tenths / 10:.1f} d".replace(".", ",")


def limit_text(of: Promised) -> str:
    """What was promised, in a few words."""
    limit, measure = of.limit, of.measure
    if _is_of_window(measure):
        return target_text.limit_text(_Window(measure, limit, of.within_ms))
    word = day_words.WORDS[measure].short
    if limit.at_most_ms is not UNSET:
        days = limit.at_most_ms // DAY_MS
        return f"{word} ≤ {days} {'virkedag' if days == 1 else 'virkedager'}"
    if limit.about is not UNSET and limit.give_or_take is not UNSET:
        return f"{exactly(limit.about)} {word}, ± {exactly(limit.give_or_take)}"
    return f"{word} {_SIGNS[limit.sense]} {exactly(limit.value)}"
