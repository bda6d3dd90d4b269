"""When the centre is closed, as Alertmanager and Grafana write it: outside the opening hours, and on public holidays.

What they cannot express: a holiday that moves, other than by its dates, so they end with the years listed here.
May import: config, holidays.
"""

from itertools import groupby
from typing import Any

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


def mute_timings(centre: Centre) -> list[dict[str, Any]]:
    """One for each channel, and each target, that has opening hours, and one for the public holidays."""
    hours = {str(channel): text for channel, text in centre.hours.items()}
    hours |= {target.id: target.hours for target in centre.targets if target.hours is not None}
    listed = {_name(whose): _outside(text) for whose, text in hours.items()}
    if centre.holidays:
        listed[HOLIDAYS] = _holidays(centre.holidays)
    return [
        {"name": name, "time_intervals": [{**interval, "location": centre.timezone} for interval in intervals]}
        for name, intervals in listed.items()
    ]


def mutes_of(whose: str, centre: Centre) -> list[str]:
    """The names of the timings of a channel or target."""
    return [_name(whose), *([HOLIDAYS] if centre.holidays else [])]


def _name(whose: str) -> str:
    return f"stengt-{whose}"


def _outside(hours: str) -> list[dict[str, Any]]:
    """What "Mon-Fri 09:00-15:00" leaves; the configuration is checked already.

    Days are named one by one: to Alertmanager a week begins on Sunday, and it refuses a stretch that ends there.
    """
    days, times = hours.split()
    (first, last), (opens, closes) = days.split("-"), times.split("-")
    names = list(_DAYS)
    worked = names[names.index(first) : names.index(last) + 1]
    shut = [_DAYS[day] for day in names if day not in worked]
    around = [("00:00", opens), (closes, "24:00")]
    return [
        {
            "weekdays": [_DAYS[day] for day in worked],
            "times": [{"start_time": start, "end_time": end} for start, end in around if start != end],
        },
        *([{"weekdays": shut}] if shut else []),
    ]


def _holidays(country: str) -> list[dict[str, Any]]:
    dates = sorted(holidays.country_holidays(country, years=YEARS))
    return [
        {"years": [str(year)], "months": [str(month)], "days_of_month": [str(day.day) for day in days]}
        for (year, month), days in groupby(dates, key=lambda day: (day.year, day.month))
    ]
