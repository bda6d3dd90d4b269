"""A promise and what came of it, in the few words that a board has room for. May import: the core's registry, bokmal,
documents, target_words.
"""

from math import ceil
from typing import Protocol

from msgspec import UNSET

from streams.core.promised import TARGET_MEASURES, Name
from streams.serve.bokmal import decimals, exactly, number, percent, wait
from streams.serve.documents import Limit
from streams.serve.target_words import USUAL, WORDS


class Promised(Protocol):
    """What a promise is known by, of whatever document."""

    @property
    def measure(self) -> Name: ...  # noqa: D102
    @property
    def limit(self) -> Limit: ...  # noqa: D102
    @property
    def within_ms(self) -> int | None: ...  # noqa: D102


def value_text(of: Promised, value: float | None) -> str:
    """Rounded so that what was missed by a hair never looks met: to a tenth of a percent, or as the limit is given."""
    measure = TARGET_MEASURES[of.measure]
    if measure.unit == "visits":
        return number(None if value is None else ceil(value))
    if not measure.is_share:
        return wait(value)
    shown = max(1, decimals(of.limit.value))
    return percent(value, shown, up=True) if measure.is_less_better else percent(value, shown, down=True)


def limit_text(of: Promised) -> str:
    """What was promised; of which share, in a word, as those with one threshold would read alike."""
    limit = of.limit
    if limit.at_most_ms is not UNSET:
        return f"{short_text(of)} ≤ {wait(limit.value)}"
    if limit.at_most_visits is not UNSET:
        return f"{short_text(of)} ≤ {number(limit.at_most_visits)}"
    if limit.at_most is not UNSET:
        return f"{USUAL} ≤ {exactly(limit.value)} {short_text(of)}"
    sense = ">" if limit.at_least is UNSET else "≥"
    within = "" if of.within_ms is None else f" innen {wait(of.within_ms)}"
    return f"{short_text(of)} {sense} {exactly(limit.value)}{within}"


def short_text(of: Promised) -> str:
    """What it is of, in a word, where that is not as with most."""
    return WORDS[of.measure].short
