"""Will the year hold? What a promise's year will come to, from its days so far: an interval and a chance.

The method is the local level model (Durbin and Koopman, Time Series Analysis by State Space Methods, 2012, chapter 2),
of weeks:

1. What breaks a promise, of all that there was (the mean wait, the share that was late), is put together by weeks that
   end on the date of today. Weeks take the weekdays out.
2. Of whole years before, each month's usual part of its year is taken out (a month may be so many times worse), and put
   back in what is foretold. One year is believed by half, two years by two thirds.
3. Each week is a level and chance. The level wanders from week to week by steps, small or large beside the weeks' own
   chance: ten ratios are tried, and each has a say by how likely it makes what was seen. So a quiet year is foretold
   narrowly, and a restless one is not. No level is known better than so many answers can tell, however alike they were.
4. The weeks to come have the level of today, and a spread that grows with how far ahead they are; their volumes are
   those of the last weeks, by the months' usual ones. Added to what there is, they make the year's sum: taken as
   lognormal by its mean and variance. Of few weeks the spread itself is not well known: it is wider, by Student's t.

Of less than `LEAST_WEEKS` it is too early to say anything. What it cannot see: what has not shown in any week yet, such
as a law that comes into force. May import: standard library.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import exp, inf, log, sqrt
from statistics import NormalDist, fmean
from typing import Final

WEEK: Final = timedelta(days=7)
LEAST_WEEKS: Final = 8
MOST_WEEKS: Final = 160  # some three years: what is older says little of now
VOLUME_WEEKS: Final = 8  # the latest, that say how many come in a week
COVERED: Final = 0.8  # of the interval
STEPS: Final = (0.0, 0.003, 0.01, 0.03, 0.06, 0.1, 0.2, 0.4, 1.0, 3.0)  # variance of a level's step, of chance's
HALF: Final = 0.5  # as if so much of one more had been seen: what never happened yet may happen
FIRST_BY, LAST_FROM = (1, 10), (12, 20)  # month and day: a year that has days before and after these is whole
HAIR: Final = 1e-9  # of a whole: what is exactly at a limit is a hair beyond it to a computer
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

    @property
    def of_good(self) -> "Outlook":
        """The same of what is not bad, of a share."""
        return replace(self, low=1 - self.high, likely=1 - self.likely, high=1 - self.low)


@dataclass(frozen=True, slots=True)
class _Level:
    """Where the level is, how well that is known, how it goes on: variances of a week's bad share of its whole."""

    mean: float
    variance: float
    step: float
    chance: float


def outlook(
    days: Mapping[date, OfDay],
    at: date,
    room: float,
    span: tuple[date, date] | None = None,
    *,
    is_share: bool,
) -> Outlook | None:
    """Of the year that a date is in, from its days up to and including the date. None: too early to say.

    `room` is the greatest share of bad that keeps the promise; `span` its first and last day in that year, where that
    is not all of it. `is_share`: what is bad is counted, and is no more than its whole; else it is time.
    """
    first, last = span or (date(at.year, 1, 1), date(at.year, 12, 31))
    days = dict(sorted(days.items()))  # so that their order leaves no trace, not even in the last digit
    weeks = _weeks(days, at)
    known = [week for week in weeks if week is not None]
    so_far = sum((of for day, of in days.items() if first <= day <= at), NOTHING)
    if at >= last:
        value = so_far.bad / so_far.whole if so_far.whole else None
        return None if value is None else Outlook(value, value, value, float(value <= room + HAIR), len(known))
    if len(known) < LEAST_WEEKS:
        return None
    seasons = _seasons(days, date(at.year, 1, 1))
    ends = [at - WEEK * n for n in reversed(range(len(weeks)))]
    told = [None if of is None else of.bad / of.whole / seasons.bad(end) for of, end in zip(weeks, ends, strict=True)]
    ahead = [*_ahead(at, last, fmean(of.whole for of in known[-VOLUME_WEEKS:]), seasons)]
    whole = so_far.whole + sum(volume for volume, _ in ahead)
    levels = [(weight, _as_well_known(level, known, is_share=is_share)) for weight, level in _levels(told)]
    mean, variance = _together([(weight, *_rest(level, ahead)) for weight, level in levels])
    middle, spread = log(mean) - log(1 + variance / mean**2) / 2, sqrt(log(1 + variance / mean**2))
    wide = _TAIL * (1 + (_TAIL**2 + 1) / (4 * len(known)))  # Student's t, to the first order
    most = 1.0 if is_share else inf
    low, likely, high = (min(most, (so_far.bad + exp(middle + z * spread)) / whole) for z in (-wide, 0.0, wide))
    none_more = exp(-mean) if is_share else 0.0  # that not one more is bad, by Poisson
    if none_more > (1 - COVERED) / 2:
        low = so_far.bad / whole
    left = room * whole - so_far.bad
    if left < (1 if is_share else HAIR):
        chance = none_more if left > -HAIR else 0.0
    else:
        chance = _NORMAL.cdf((log(left) - middle) / spread * _TAIL / wide)
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


def whole_years(days: Mapping[date, OfDay]) -> list[int]:
    """Those of which there is something from the first days of January to the last of December, in each month."""
    came = sorted(day for day, of in days.items() if of.whole)
    by_year: dict[int, list[date]] = {}
    for day in came:
        by_year.setdefault(day.year, []).append(day)
    return [
        year
        for year, of in by_year.items()
        if of[0] <= date(year, *FIRST_BY) and of[-1] >= date(year, *LAST_FROM) and len({day.month for day in of}) == 12
    ]


@dataclass(frozen=True, slots=True)
class _Seasons:
    """By month: how many times its year's, of what is bad and of how many come."""

    of_bad: Mapping[int, float]
    of_volume: Mapping[int, float]

    def bad(self, day: date) -> float:
        return self.of_bad.get(day.month, 1.0)

    def volume(self, day: date) -> float:
        return self.of_volume.get(day.month, 1.0)


def _seasons(days: Mapping[date, OfDay], before: date) -> _Seasons:
    """Of the whole years before a date, as far as their number is believed."""
    years = []
    for year in whole_years({day: of for day, of in days.items() if day < before}):
        by_month = dict.fromkeys(range(1, 13), NOTHING)
        for day, of in days.items():
            if day.year == year:
                by_month[day.month] += of
        years.append(by_month)
    believed = len(years) / (len(years) + 1)
    of_bad, of_volume = {}, {}
    for month in range(1, 13) if years else ():
        of_bad[month] = exp(believed * fmean(_times(of, month) for of in years))
        of_volume[month] = exp(believed * fmean(log(of[month].whole / _mean_volume(of)) for of in years))
    return _Seasons(of_bad, of_volume)


def _times(year: Mapping[int, OfDay], month: int) -> float:
    """How many times its year's a month's bad share is, as a logarithm; of what is hardly ever bad, none."""
    total = sum(year.values(), NOTHING)
    usual = (total.bad + HALF) / total.whole
    return log((year[month].bad + HALF) / (year[month].whole + HALF / usual) / usual)


def _mean_volume(year: Mapping[int, OfDay]) -> float:
    return sum(of.whole for of in year.values()) / 12


def _ahead(at: date, last: date, usual: float, seasons: _Seasons) -> Iterator[tuple[float, float]]:
    """The weeks to come up to the last day: how many will come in each, and so many times the level; the last may be
    shorter.
    """
    level = usual / seasons.volume(at)
    end = at
    while end < last:
        days = min(7, (last - end).days)
        end += timedelta(days=days)
        yield level * seasons.volume(end) * days / 7, seasons.bad(end)


def _levels(told: Sequence[float | None]) -> list[tuple[float, _Level]]:
    """The level by each ratio of steps to chance, and its weight: how likely it makes the weeks, of all together."""
    found = [_filtered(told, step) for step in STEPS]
    most = max(likelihood for likelihood, _ in found)
    weights = [exp(likelihood - most) for likelihood, _ in found]
    return [(weight / sum(weights), level) for weight, (_, level) in zip(weights, found, strict=True)]


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
    usual = fmean(value for value in told if value is not None)
    chance = max(squares / (n - 1), (HAIR * usual) ** 2, 1e-300)
    likelihood = -((n - 1) * log(chance) + logs) / 2
    return likelihood, _Level(mean, variance * chance, step * chance, chance)


def _as_well_known(level: _Level, weeks: Sequence[OfDay], *, is_share: bool) -> _Level:
    """The same, known no better than the answers that it is made of can tell, however alike the weeks were: a count of
    bad ones as Poisson's, a mean wait as of waits that vary as much as they are long.
    """
    a_week = sum(of.whole for of in weeks) / len(weeks)
    answers = a_week * level.chance / level.variance  # that it is made of
    mean = max(level.mean, HALF / (answers + 1))
    of_one = mean if is_share else mean**2
    return _Level(mean, max(level.variance, of_one / answers), level.step, max(level.chance, of_one / a_week))


def _rest(level: _Level, ahead: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean and variance of what the weeks to come will have of bad. Two of them share the level as it was at the
    earlier.
    """
    weights = [volume * times for volume, times in ahead]
    later, variance = sum(weights), 0.0
    for n, weight in enumerate(weights, 1):
        later -= weight
        spread = level.variance + level.step * n
        variance += weight * (weight * (spread + level.chance) + 2 * later * spread)
    return level.mean * sum(weights), variance


def _together(made: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """Mean and variance of several, each with its weight."""
    mean = sum(weight * one for weight, one, _ in made)
    return mean, sum(weight * (variance + (one - mean) ** 2) for weight, one, variance in made)


def month_ends(year: int) -> Iterable[date]:
    """The last day of each month but December: when the year is foretold from."""
    return (date(year, month + 1, 1) - timedelta(days=1) for month in range(1, 12))
