"""How good the forecast is: foretold at the end of each month of years that are over, and held against what came.

Beside it are two guesses that people make, each as wide as it must be to hold the truth as often: that the year will be
as the last one, and that it will be as it has been so far. May import: the forecast.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from streams.past.forecast import NOTHING, OfDay, Outlook, month_ends, outlook, whole_years

AS_LAST_YEAR: Final = "as the last year"
AS_SO_FAR: Final = "as the year so far"


@dataclass(frozen=True, slots=True)
class Foretold:
    """One month's end of one year."""

    at: date
    outlook: Outlook | None  # None: it was too early to say
    truth: float
    guesses: Mapping[str, float]

    @property
    def is_held(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.outlook is not None and self.outlook.low <= self.truth <= self.outlook.high


@dataclass(frozen=True, slots=True)
class Scored:
    """Of many months' ends: shares and widths of the truth, so that years of different levels can be put together."""

    forecasts: int
    too_early: int
    coverage: float | None
    width: float | None  # of the intervals, in shares of the truth, on average
    widths_of_guesses: Mapping[str, float]  # that hold the truth as often as the forecast did


def walk(days: Mapping[date, OfDay], years: Iterable[int] | None = None, *, is_share: bool) -> Iterator[Foretold]:
    """Each whole year, or these, at the end of each month but the last, as it was foretold by what was known then."""
    whole = whole_years(days)
    for year in whole if years is None else years:
        truth = _share(_of_year(days, year))
        for at in month_ends(year):
            known = {day: of for day, of in days.items() if day <= at}
            so_far = _sum(known, date(year, 1, 1), at)
            guesses = {AS_SO_FAR: _share(so_far)} if so_far.whole else {}
            if year - 1 in whole:
                guesses[AS_LAST_YEAR] = _share(_of_year(days, year - 1))
            yield Foretold(at, outlook(known, at, truth, is_share=is_share), truth, guesses)


def scored(foretold: Sequence[Foretold]) -> Scored:
    """Of months' ends, of one month or of all."""
    said = [one for one in foretold if one.outlook is not None]
    widths = [(one.outlook.high - one.outlook.low) / one.truth for one in said if one.outlook and one.truth]
    return Scored(
        len(said),
        len(foretold) - len(said),
        sum(one.is_held for one in said) / len(said) if said else None,
        sum(widths) / len(widths) if widths else None,
        {name: width for name in (AS_LAST_YEAR, AS_SO_FAR) if (width := _width(said, name)) is not None},
    )


def _width(said: Iterable[Foretold], guess: str) -> float | None:
    """Twice the distance to the truth that as many of the guesses have at most as forecasts, of the same months' ends,
    held it; in shares of the truth. None where there is no such guess.
    """
    of_both = [one for one in said if guess in one.guesses and one.truth]
    off = sorted(abs(one.guesses[guess] - one.truth) / one.truth for one in of_both)
    held = sum(one.is_held for one in of_both)
    return 2 * off[held - 1] if held else (0.0 if off else None)


def _of_year(days: Mapping[date, OfDay], year: int) -> OfDay:
    return _sum(days, date(year, 1, 1), date(year, 12, 31))


def _sum(days: Mapping[date, OfDay], first: date, last: date) -> OfDay:
    return sum((of for day, of in days.items() if first <= day <= last), NOTHING)


def _share(of: OfDay) -> float:
    return of.bad / of.whole
