"""How fast a year's budget is spent, and when that is too fast. Pure: what was spent is an argument.

Scorecard, rules' texts and runbooks have it from here; the definition in full is in streams/MEASURES.md, *Spent too
fast*. May import: standard library.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Lately = Literal["7d", "1d", "2h"]
_HOUR_MS: Final = 3_600_000
LENGTHS_MS: Final[dict[Lately, int]] = {"7d": 168 * _HOUR_MS, "1d": 24 * _HOUR_MS, "2h": 2 * _HOUR_MS}
_ENOUGH: Final[dict[Lately, int]] = {"7d": 50, "1d": 10, "2h": 2}  # how many, in times a target's least sample
CLEARLY_MORE: Final = 2  # times as many in the long stretch of a pair as in the short one
_HAIR: Final = 1e-9  # of a whole: 1 - 0.9 is less than 0.1 to a computer


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stretches over both of which more than `factor` times the budget must have been spent.

    The long one says that it matters to the year, the short one that it is still going on. A day and two hours hold the
    same minutes on the first morning after days that were closed: until the long one holds clearly more, it says
    nothing.
    """

    long: Lately
    short: Lately
    factor: float


PAIRS: Final = (Pair("7d", "1d", 1.0), Pair("1d", "2h", 1.5))


class Spent(NamedTuple):
    """What a stretch came to: how much of what breaks a promise (ms of waiting, or visits), of how many visits."""

    broke: float
    of: float


def least_of(least_sample: int, stretch: Lately) -> int:
    """Fewer than this in a stretch, of what its value is made of, say nothing of the year."""
    return least_sample * _ENOUGH[stretch]


def ratio(spent: Spent | None, stretch: Lately, room: float, least_sample: int) -> float | None:
    """How fast a stretch spent the budget: 1 is just what the promise allows. None where that is not known, of too few,
    and where there is no room at all.
    """
    if spent is None or not room or spent.of < least_of(least_sample, stretch):
        return None
    return spent.broke / (room * spent.of)


def is_too_fast(spent: Mapping[Lately, Spent | None], room: float, least_sample: int) -> bool | None:
    """Whether any pair says that the budget is spent too fast. Too few say that it is not; None where what is not known
    (a stretch that is None) decides.
    """
    said = [_says(pair, spent, room, least_sample) for pair in PAIRS]
    return True if True in said else None if None in said else False


def _says(pair: Pair, spent: Mapping[Lately, Spent | None], room: float, least_sample: int) -> bool | None:
    long, short = spent[pair.long], spent[pair.short]
    said = [_is_beyond(spent[of], of, pair.factor * room, least_sample) for of in (pair.long, pair.short)]
    said.append(None if long is None or short is None else long.of >= CLEARLY_MORE * short.of)
    return False if False in said else None if None in said else True


def _is_beyond(spent: Spent | None, stretch: Lately, room: float, least_sample: int) -> bool | None:
    if spent is None:
        return None
    return spent.of >= least_of(least_sample, stretch) and spent.broke - room * spent.of > _HAIR * spent.of
