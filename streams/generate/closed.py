"""When the centre is closed, as Alertmanager and Grafana write it: outside the opening hours, and on public holidays.

What they cannot express: a holiday that moves, other than by its dates, so they end with the years listed here.
May import: config, holidays.
"""

from itertools import groupby
from typing import TypedDict

import holidays

from config import Centre

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
    listed = {_of_channel(str(channel)): _outside(text) for channel, text in centre.hours.items()}
    listed |= {_of_target(target.id): _outside(target.hours) for target in centre.targets if target.hours is not None}
    return {name: intervals for name, intervals in listed.items() if intervals}


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
