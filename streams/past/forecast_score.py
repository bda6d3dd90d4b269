"""How good the forecast is: foretold at the end of each month of years that are over, and held against what came.

Beside it are two guesses that people make, each as wide as it must be to hold the truth as often: that the year will be
as the last one, and that it will be as it has been so far. May import: the forecast.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from streams.past.forecast import NOTHING, OfDay, Outlook, month_ends, outlook

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


def walk(days: Mapping[date, OfDay], years: Iterable[int] | None = None) -> Iterator[Foretold]:
    """Each whole year, or these, at the end of each month but the last, as it was foretold by what was known then."""
    for year in _whole_years(days) if years is None else years:
        truth = _share(_of_year(days, year))
        for at in month_ends(year):
            known = {day: of for day, of in days.items() if day <= at}
            guesses = {AS_SO_FAR: _share(_sum(known, date(year, 1, 1), at))}
            if (before := _of_year(days, year - 1)).whole:
                guesses[AS_LAST_YEAR] = _share(before)
            yield Foretold(at, outlook(known, at, truth), truth, guesses)


def scored(foretold: Sequence[Foretold]) -> Scored:
    """Of months' ends, of one month or of all."""
    said = [one for one in foretold if one.outlook is not None]
    held = sum(one.is_held for one in said)
    coverage = held / len(said) if said else None
    guesses = [name for name in (AS_LAST_YEAR, AS_SO_FAR) if any(name in one.guesses for one in said)]
    widths = [(one.outlook.high - one.outlook.low) / one.truth for one in said if one.outlook is not None]
    return Scored(
        len(said),
        len(foretold) - len(said),
        coverage,
        sum(widths) / len(widths) if widths else None,
        {name: _width(said, name, held) for name in guesses},
    )


def _width(said: Iterable[Foretold], guess: str, held: int) -> float:
    """Twice the distance to the truth that as many of the guesses have at most, in shares of the truth."""
    off = sorted(abs(one.guesses[guess] - one.truth) / one.truth for one in said if guess in one.guesses)
    return 2 * off[min(len(off), max(1, held)) - 1]


def _whole_years(days: Mapping[date, OfDay]) -> Iterator[int]:
    """Those that have something to judge in each month."""
    months = {(day.year, day.month) for day, of in days.items() if of.whole}
    yield from (year for year in sorted({year for year, _ in months}) if all((year, m) in months for m in range(1, 13)))


def _of_year(days: Mapping[date, OfDay], year: int) -> OfDay:
    return _sum(days, date(year, 1, 1), date(year, 12, 31))


def _sum(days: Mapping[date, OfDay], first: date, last: date) -> OfDay:
    return sum((of for day, of in days.items() if first <= day <= last), NOTHING)


def _share(of: OfDay) -> float:
    return of.bad / of.whole
