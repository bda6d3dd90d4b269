"""When the centre is closed, as Alertmanager and Grafana write it: outside the opening hours, and on public holidays.

What they cannot express: a holiday that moves, other than by its dates, so they end with the years listed here.
May import: config, spells, holidays.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import TypedDict

import holidays

from config import Centre
from config.hours import Hours
from config.spans import DAY, Span
from config.spans import days as span
from streams.generate.spells import Spell, by_id

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)  # of hours whose stretch has no beginning, or no end
YEARS = range(2026, 2036)  # not from the clock: what is generated is the same tomorrow
HOLIDAYS = "helligdager"
_DAYS = {
    "Mon": "monday",
    "Tue": "tuesday",
    "Wed": "wednesday",
    "Thu": "thursday",
    "Fri": "friday",
    "Sat": "saturday",
    "Sun": "sunday",
}


class Times(TypedDict):
    """A stretch of a day, as HH:MM."""

    start_time: str
    end_time: str


class Interval(TypedDict, total=False):
    """When something is so, as Alertmanager has it: each of these that is given, at once."""

    weekdays: list[str]
    times: list[Times]
    years: list[str]
    months: list[str]
    days_of_month: list[str]
    location: str


class Timing(TypedDict):
    """Intervals by one name."""

    name: str
    time_intervals: list[Interval]


def mute_timings(centre: Centre) -> list[Timing]:
    """One for each channel, and each target, that has opening hours, and one for the public holidays."""
    listed = _closed_hours(centre)
    if centre.holidays:
        listed[HOLIDAYS] = _holidays(centre.holidays)
    return [
        {"name": name, "time_intervals": [{**interval, "location": centre.timezone} for interval in intervals]}
        for name, intervals in listed.items()
    ]


def _closed_hours(centre: Centre) -> dict[str, list[Interval]]:
    """By a timing's name; who never closes has none."""
    listed = {_of_channel(str(channel)): _closed(hours, Span()) for channel, hours in centre.hours.items()}
    for id_, of in by_id(centre).items():
        if has_own_hours(of):
            hours = ((spell.target.hours or centre.hours.get(spell.target.channel, ()), spell.days) for spell in of)
            listed[_of_target(id_)] = [interval for own, days in hours if own for interval in _closed(own, days)]
    return {name: intervals for name, intervals in listed.items() if intervals}


def has_own_hours(of: Sequence[Spell]) -> bool:
    """Whether a target has, in one of its spells, other hours than its channel."""
    return any(spell.target.hours is not None for spell in of)


def mutes_of_channel(channel: str, centre: Centre) -> list[str]:
    """The names of a channel's timings."""
    return _names(_of_channel(channel), centre)


def mutes_of_target(target: str, centre: Centre) -> list[str]:
    """The names of the timings of a target that has hours of its own."""
    return _names(_of_target(target), centre)


def _names(hours: str, centre: Centre) -> list[str]:
    return [*([hours] if hours in _closed_hours(centre) else []), *([HOLIDAYS] if centre.holidays else [])]


def _of_channel(channel: str) -> str:
    return f"stengt-{channel}"


def _of_target(target: str) -> str:
    """Another kind of name than a channel's, so that who reads the list sees whose hours they are."""
    return f"stengt-target-{target}"


def _closed(hours: Hours, days: Span) -> list[Interval]:
    """What those hours leave of some days."""
    listed: list[Interval] = []
    for stretch in hours:
        if both := stretch.common(days):
            listed += [{**around, **dates} for dates in _dates(both) for around in _outside(stretch.hours)]
    return listed + [interval for gap in _without(hours, days) for interval in _dates(gap)]


def _without(hours: Hours, days: Span) -> Iterator[Span]:
    """The days that are in no stretch."""
    at = days.first
    for stretch in sorted((one for one in hours if one.overlaps(days)), key=lambda one: one.first):
        if at < stretch.first:
            yield span(_if_any(at), stretch.first - DAY)
        if stretch.last >= days.last:
            return
        at = max(at, stretch.last + DAY)
    yield span(_if_any(at), days.until)


def _if_any(first: date) -> date | None:
    return None if first == date.min else first


def _dates(days: Span) -> Iterator[Interval]:
    """Some days on end, as whole years, whole months, and days of a month."""
    if not days.dates:
        yield {}
        return
    at, last = max(days.first, FIRST), min(days.last, LAST)
    while at <= last:
        piece, at = _piece(at, last)
        yield piece


def _piece(at: date, last: date) -> tuple[Interval, date]:
    """The longest that begins on a day and can be written as one, and the day after it."""
    year = last.year if (last.month, last.day) == (12, 31) else last.year - 1
    if (at.month, at.day) == (1, 1) and year >= at.year:
        return {"years": [f"{at.year}:{year}"]}, date(year + 1, 1, 1)
    end = min(last, date(at.year, 12, 31))
    month = end.month if (end + DAY).day == 1 else end.month - 1
    if at.day == 1 and month >= at.month:
        after = date(at.year, month, 1) + 31 * DAY
        return {"years": [str(at.year)], "months": [f"{at.month}:{month}"]}, after.replace(day=1)
    end = min(last, (at.replace(day=1) + 31 * DAY).replace(day=1) - DAY)
    days = [f"{at.day}:{end.day}"]
    return {"years": [str(at.year)], "months": [str(at.month)], "days_of_month": days}, end + DAY


def _outside(hours: str) -> list[Interval]:
    """What "Mon-Fri 09:00-15:00" leaves; the configuration is checked already.

    Days are named one by one: to Alertmanager a week begins on Sunday, and it refuses a stretch that ends there.
    """
    days, times = hours.split()
    (first, last), (opens, closes) = days.split("-"), times.split("-")
    names = list(_DAYS)
    worked = names[names.index(first) : names.index(last) + 1]
    shut = [_DAYS[day] for day in names if day not in worked]
    around: list[Times] = [{"start_time": a, "end_time": b} for a, b in (("00:00", opens), (closes, "24:00")) if a != b]
    # An interval without times is the whole day.
    open_days: list[Interval] = [{"weekdays": [_DAYS[day] for day in worked], "times": around}]
    shut_days: list[Interval] = [{"weekdays": shut}]
    return [*(open_days if around else []), *(shut_days if shut else [])]


def _holidays(country: str) -> list[Interval]:
    dates = sorted(holidays.country_holidays(country, years=YEARS))
    return [
        {"years": [str(year)], "months": [str(month)], "days_of_month": [str(day.day) for day in days]}
        for (year, month), days in groupby(dates, key=lambda day: (day.year, day.month))
    ]
