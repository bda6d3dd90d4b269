"""Will the year hold? What a promise's year will come to, from its days so far: an interval and a chance.

The method is the local level model (Durbin and Koopman, Time Series Analysis by State Space Methods, 2012, chapter 2),
of weeks:

1. What breaks a promise, of all that there was (the mean wait, the share that was late), is summed up by weeks that
   end on the date of today, as logarithms: a bad week is so many times worse, not so much. Weeks take the weekdays out.
2. Of earlier years the months' usual deviation from their year is taken out, and put back in what is foretold. One
   year's months are believed by half, two years' by two thirds.
3. Each week is a level and chance. The level wanders from week to week by steps, small or large beside the weeks' own
   chance: ten ratios are tried, and each has a say by how likely it makes what was seen. So a quiet year is foretold
   narrowly, and a restless one is not.
4. The weeks to come have the level of today, and a spread that grows with how far ahead they are; their volumes are
   those of the last weeks, by the months' usual ones. Added to what there is, they make the year's sum: taken as
   lognormal by its mean and variance. Of few weeks the spread itself is not well known: it is wider, by Student's t.

Of less than `LEAST_WEEKS` it is too early to say anything. What it cannot see: what has not shown in any week yet, such
as a law that comes into force. May import: standard library.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, expm1, inf, log, sqrt
from statistics import NormalDist, fmean
from typing import Final

WEEK: Final = timedelta(days=7)
LEAST_WEEKS: Final = 8
MOST_WEEKS: Final = 160  # some three years: what is older says little of now
VOLUME_WEEKS: Final = 8  # the latest, that say how many come in a week
MOST_SPREAD: Final = 25.0  # of a week's logarithm, as a variance: beyond that nothing is known anyhow
COVERED: Final = 0.8  # of the interval
STEPS: Final = (0.0, 0.003, 0.01, 0.03, 0.06, 0.1, 0.2, 0.4, 1.0, 3.0)  # variance of a level's step, of chance's
_NORMAL: Final = NormalDist()
_TAIL: Final = _NORMAL.inv_cdf((1 + COVERED) / 2)


@dataclass(frozen=True, slots=True)
class OfDay:
    """How much broke a promise on a day, and of how much: ms of waiting of the answered, or how many were too late."""

    bad: float
    whole: float

    def __add__(self, other: "OfDay") -> "OfDay":
        """Together."""
        return OfDay(self.bad + other.bad, self.whole + other.whole)


NOTHING: Final = OfDay(0, 0)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the year's bad share of its whole will be: in 80 of 100 such years from `low` to `high`."""

    low: float
    likely: float  # the median
    high: float
    chance: float  # that it is at most what there is room for
    weeks: int  # that it is made of


@dataclass(frozen=True, slots=True)
class _Level:
    """Where the level is, how well that is known, how it goes on; variances in squares of logarithms."""

    mean: float
    variance: float
    step: float
    chance: float
    weeks: int


def outlook(
    days: Mapping[date, OfDay], at: date, room: float, first: date | None = None, most: float = inf
) -> Outlook | None:
    """Of the year that a date is in, from its days up to and including the date. None: too early to say.

    `room` is the greatest share of bad that keeps the promise; `first` the first day of the year's promise, where that
    is not 1 January; `most` what there can be of bad at most, which is 1 of a share.
    """
    first, last = first or date(at.year, 1, 1), date(at.year, 12, 31)
    days = dict(sorted(days.items()))  # so that their order leaves no trace, not even in the last digit
    weeks = _weeks(days, at)
    known = [week for week in weeks if week is not None]
    if len(known) < LEAST_WEEKS:
        return None
    so_far = sum((of for day, of in days.items() if first <= day <= at), NOTHING)
    seasons = _seasons(days, date(at.year, 1, 1))
    ends = [at - WEEK * n for n in reversed(range(len(weeks)))]
    told = [None if of is None else _log(of) - seasons.bad(end) for of, end in zip(weeks, ends, strict=True)]
    ahead = [*_ahead(at, last, fmean(of.whole for of in known[-VOLUME_WEEKS:]), seasons)]
    whole = so_far.whole + sum(volume for _, volume in ahead)
    if not ahead:
        value = so_far.bad / so_far.whole if so_far.whole else None
        return None if value is None else Outlook(value, value, value, float(value <= room), len(known))
    mean, variance = _together([(weight, *_rest(level, ahead, seasons)) for weight, level in _levels(told)])
    middle, spread = log(mean) - log(1 + variance / mean**2) / 2, sqrt(log(1 + variance / mean**2))
    wide = _TAIL * (1 + (_TAIL**2 + 1) / (4 * len(known)))  # Student's t, to the first order
    low, likely, high = (min(most, (so_far.bad + exp(middle + z * spread)) / whole) for z in (-wide, 0.0, wide))
    left = room * whole - so_far.bad
    chance = 0.0 if left <= 0 else _NORMAL.cdf((log(left) - middle) / spread * _TAIL / wide)
    return Outlook(low, likely, high, chance, len(known))


def _weeks(days: Mapping[date, OfDay], at: date) -> list[OfDay | None]:
    """Of seven days each, the last of which ends on the date, oldest first; None where nobody came."""
    begins = min((day for day, of in days.items() if of.whole), default=at)
    n = min(MOST_WEEKS, (at - begins).days // 7 + ((at - begins).days % 7 == 6))
    sums = [NOTHING] * n
    for day, of in days.items():
        place = (at - day).days // 7
        if day <= at and place < n:
            sums[n - 1 - place] += of
    return [of if of.whole else None for of in sums]


def _log(of: OfDay) -> float:
    """A week in which nothing was bad is as one in which half of one was."""
    return log(max(of.bad, 0.5) / of.whole)


@dataclass(frozen=True, slots=True)
class _Seasons:
    """By month: how far it is usually from its year, in logarithms, of what is bad and of how many come."""

    of_bad: Mapping[int, float]
    of_volume: Mapping[int, float]

    def bad(self, day: date) -> float:
        return self.of_bad.get(day.month, 0.0)

    def volume(self, day: date) -> float:
        return self.of_volume.get(day.month, 0.0)


def _seasons(days: Mapping[date, OfDay], before: date) -> _Seasons:
    """Of the whole years before a date."""
    months: dict[int, dict[int, OfDay]] = {}
    for day, of in days.items():
        if day < before:
            by_month = months.setdefault(day.year, {})
            by_month[day.month] = by_month.get(day.month, NOTHING) + of
    years = [of for of in months.values() if len(of) == 12 and all(month.whole for month in of.values())]
    believed = len(years) / (len(years) + 1)
    of_bad, of_volume = {}, {}
    for month in range(1, 13) if years else ():
        of_bad[month] = believed * fmean(_log(of[month]) - fmean(map(_log, of.values())) for of in years)
        of_volume[month] = believed * fmean(
            log(of[month].whole) - fmean(log(one.whole) for one in of.values()) for of in years
        )
    return _Seasons(of_bad, of_volume)


def _ahead(at: date, last: date, usual: float, seasons: _Seasons) -> Iterator[tuple[date, float]]:
    """The weeks to come up to the last day: when each ends, and how many will come; the last may be shorter."""
    level = usual / exp(seasons.volume(at))
    end = at
    while end < last:
        days = min(7, (last - end).days)
        end += timedelta(days=days)
        yield end, level * exp(seasons.volume(end)) * days / 7


def _levels(told: Sequence[float | None]) -> list[tuple[float, _Level]]:
    """The level by each ratio of steps to chance, and its weight: how likely it makes the weeks, of all together."""
    found = [_filtered(told, step) for step in STEPS]
    most = max(likelihood for likelihood, _ in found)
    weights = [exp(likelihood - most) for likelihood, _ in found]
    return [(weight / sum(weights), level) for weight, (_, level) in zip(weights, found, strict=True)]


def _together(made: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """Mean and variance of several, each with its weight."""
    mean = sum(weight * one for weight, one, _ in made)
    return mean, sum(weight * (variance + (one - mean) ** 2) for weight, one, variance in made)


def _filtered(told: Sequence[float | None], step: float) -> tuple[float, _Level]:
    """The Kalman filter of a level whose steps have so much of the variance of chance: how likely, and where it ends.

    It begins at the first week, of which nothing was known before. The variance of chance is what is left unexplained.
    """
    mean, variance, squares, logs, n = 0.0, 0.0, 0.0, 0.0, 0
    for value in told:
        variance += step
        if value is None:
            continue
        if not n:
            mean, variance, n = value, 1.0, 1
            continue
        total = variance + 1
        error = value - mean
        squares, logs, n = squares + error**2 / total, logs + log(total), n + 1
        mean += variance / total * error
        variance /= total
    chance = max(squares / (n - 1), 1e-12)
    likelihood = -((n - 1) * log(chance) + logs) / 2
    return likelihood, _Level(mean, variance * chance, step * chance, chance, n)


def _rest(level: _Level, ahead: Sequence[tuple[date, float]], seasons: _Seasons) -> tuple[float, float]:
    """Mean and variance of what the weeks to come will have of bad: a sum of lognormals that go together."""
    spreads = [min(MOST_SPREAD, level.variance + level.step * (n + 1)) for n in range(len(ahead))]
    chance = min(MOST_SPREAD, level.chance)
    means = [
        volume * exp(level.mean + seasons.bad(end) + (spread + chance) / 2)
        for (end, volume), spread in zip(ahead, spreads, strict=True)
    ]
    variance = 0.0
    later = sum(means)
    for mean, spread in zip(means, spreads, strict=True):  # two weeks share the level as it was at the earlier of them
        later -= mean
        variance += mean * (mean * expm1(spread + chance) + 2 * later * expm1(spread))
    return sum(means), variance


def month_ends(year: int) -> Iterable[date]:
    """The last day of each month but December: when the year is foretold from."""
    return (date(year, month + 1, 1) - timedelta(days=1) for month in range(1, 12))
