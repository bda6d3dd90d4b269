"""When the centre is closed, as Alertmanager and Grafana write it: outside the opening hours, and on public holidays.

What they cannot express: a day that moves, other than by its dates, so days out of the week's order (holidays,
half-days, a summer's hours) end with the years listed here. May import: config, spells.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import groupby
from typing import TypedDict
from zoneinfo import ZoneInfo

from config import Centre
from config.hours import Hours, OpeningHours, holidays_of
from config.nights import Minutes
from config.spans import DAY, Span, without
from config.spans import days as span
from config.targets import Target
from streams.generate.spells import Spell, by_id

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)  # of hours whose stretch has no beginning, or no end
YEARS = range(2026, 2036)  # not from the clock: what is generated is the same tomorrow
HOLIDAYS = "helligdager"
_WEEKS_TOLD_BY = 365 * DAY
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_MINUTES = 24 * 60
_WHOLE = ((0, _DAY_MINUTES),)
Closed = tuple[Minutes, ...]  # of one day


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
    """One for each channel, and each target, that has opening hours, and one for the public holidays, where anything
    is closed on all of them.
    """
    listed = _closed_hours(centre)
    if any(_rests(hours, centre) for hours in _all_hours(centre)):
        listed[HOLIDAYS] = _of_dates(_holidays_of(centre.holidays), _WHOLE)
    return [
        {"name": name, "time_intervals": [{**interval, "location": centre.timezone} for interval in intervals]}
        for name, intervals in listed.items()
    ]


def _closed_hours(centre: Centre) -> dict[str, Sequence[Interval]]:
    """By a timing's name; who never closes has none."""
    listed: dict[str, Sequence[Interval]]
    listed = {_of_channel(str(channel)): _closed(hours, Span(), centre) for channel, hours in centre.hours.items()}
    for id_, of in by_id(centre).items():
        if has_own_hours(of, centre):
            hours = ((_hours_of(spell.target, centre), spell.days) for spell in of)
            listed[_of_target(id_)] = [
                interval for own, days in hours if own for interval in _closed(own, days, centre)
            ]
    return {name: intervals for name, intervals in listed.items() if intervals}


def has_own_hours(of: Sequence[Spell], centre: Centre) -> bool:
    """Whether a target, or the queue that it is of, has, in one of its spells, other hours than its channel."""
    return any(spell.target.hours is not None or spell.target.whose in centre.hours_of_lines for spell in of)


def _hours_of(target: Target, centre: Centre) -> Hours:
    """Its own, else its queue's, else its channel's."""
    return target.hours or centre.hours_of_lines.get(target.whose) or centre.hours.get(target.channel, ())


def mutes_of_channel(channel: str, centre: Centre) -> list[str]:
    """The names of a channel's timings."""
    return _names(_of_channel(channel), [centre.hours.get(channel, ())], centre)


def mutes_of_target(target: str, centre: Centre) -> list[str]:
    """The names of the timings of a target that has hours of its own."""
    of = [_hours_of(spell.target, centre) for spell in by_id(centre)[target]]
    return _names(_of_target(target), of, centre)


def _names(name: str, of: Sequence[Hours], centre: Centre) -> list[str]:
    rests = all(_rests(hours, centre) for hours in of)
    return [*([name] if name in _closed_hours(centre) else []), *([HOLIDAYS] if rests else [])]


def _all_hours(centre: Centre) -> Iterator[Hours]:
    yield from centre.hours.values()
    yield from centre.hours_of_lines.values()
    yield from (target.hours for target in centre.all_targets if target.hours is not None)


def _rests(hours: Hours, centre: Centre) -> bool:
    """Whether it is closed on every public holiday."""
    return bool(hours) and _rests_of(hours, centre.timezone, centre.holidays)


@cache
def _rests_of(hours: Hours, timezone: str, country: str | None) -> bool:
    opening, holidays = _opening_of(hours, timezone, country), _holidays_of(country)
    return bool(holidays) and not any(opening.of_day("", day) for day in holidays)


@cache  # it remembers which days it was asked of
def _opening_of(hours: Hours, timezone: str, country: str | None) -> OpeningHours:
    return OpeningHours({"": hours}, ZoneInfo(timezone), country)


@cache
def _holidays_of(country: str | None) -> tuple[date, ...]:
    return () if country is None else tuple(day for day in _days_of(Span()) if day in holidays_of(country))


def _of_channel(channel: str) -> str:
    return f"stengt-{channel}"


def _of_target(target: str) -> str:
    """Another kind of name than a channel's, so that who reads the list sees whose hours they are."""
    return f"stengt-target-{target}"


def _closed(hours: Hours, days: Span, centre: Centre) -> tuple[Interval, ...]:
    """What those hours leave of some days; but for the public holidays, where it is closed on all of them."""
    return _closed_of(hours, days, centre.timezone, centre.holidays)


@cache
def _closed_of(hours: Hours, days: Span, timezone: str, country: str | None) -> tuple[Interval, ...]:
    opening, holidays = _opening_of(hours, timezone, country), _holidays_of(country)
    known = set(holidays) if _rests_of(hours, timezone, country) else set()
    listed: list[Interval] = []
    for stretch in hours:
        if both := stretch.common(days):
            shut = {day: _shut(opening.of_day("", day)) for day in _days_of(both) if day not in known}
            listed += _of_stretch(both, shut)
    return (*listed, *(interval for gap in without(hours, days) for interval in _dates(gap)))


def _of_stretch(days: Span, shut: Mapping[date, Closed]) -> list[Interval]:
    """Of each week what is so in most, and of the days that are out of that order what is so then."""
    week = [_most(closed for day, closed in shut.items() if day.weekday() == n) for n in range(7)]
    others = {day: closed for day, closed in shut.items() if closed != week[day.weekday()]}
    longer = [day for day, closed in others.items() if not _covers(closed, week[day.weekday()])]
    weekly = [
        interval for piece in _around(days, longer) for dates in _dates(piece) for interval in _weekly(week, dates)
    ]
    by_times: defaultdict[Closed, list[date]] = defaultdict(list)
    for day, closed in others.items():
        by_times[closed].append(day)
    return weekly + [one for closed, of in by_times.items() if closed for one in _of_dates(of, closed)]


def _days_of(days: Span) -> list[date]:
    """Those of the years that are listed; of others the first of them, from which the week can be told."""
    first, last = max(days.first, date(YEARS[0], 1, 1)), min(days.last, date(YEARS[-1], 12, 31))
    if first > last:
        first = max(days.first, FIRST)
        last = min(days.last, first + _WEEKS_TOLD_BY)
    return [first + n * DAY for n in range((last - first).days + 1)]


def _most(closed: Iterable[Closed]) -> Closed:
    return next((times for times, _ in Counter(closed).most_common(1)), _WHOLE)


def _shut(opens: Closed) -> Closed:
    """What those times leave of a day."""
    edges = [0, *(minute for stretch in opens for minute in stretch), _DAY_MINUTES]
    return tuple((since, until) for since, until in zip(edges[::2], edges[1::2], strict=True) if since < until)


def _covers(closed: Closed, less: Closed) -> bool:
    """Whether it is closed at all times at which the other is."""
    return all(any(since <= a and b <= until for since, until in closed) for a, b in less)


def _around(days: Span, others: Sequence[date]) -> Iterator[Span]:
    """The days but for some, in rising order."""
    at = days.from_
    for day in others:
        if at is None or at < day:
            yield span(at, day - DAY)
        at = day + DAY
    if days.until is None or at is None or at <= days.until:
        yield span(at, days.until)


def _weekly(week: Sequence[Closed], dates: Interval) -> Iterator[Interval]:
    """By the days of the week that are alike: first those that are open for a while.

    Days are named one by one: to Alertmanager a week begins on Sunday, and it refuses a stretch that ends there.
    """
    for times in sorted(dict.fromkeys(week), key=lambda closed: closed == _WHOLE):
        if times:
            names = [name for name, closed in zip(_WEEKDAYS, week, strict=True) if closed == times]
            yield {"weekdays": names, **_at(times), **dates}


def _at(times: Closed) -> Interval:
    """An interval without times is the whole day."""
    return {} if times == _WHOLE else {"times": [{"start_time": _clock(a), "end_time": _clock(b)} for a, b in times]}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _of_dates(days: Iterable[date], times: Closed) -> list[Interval]:
    return [
        {
            **_at(times),
            "years": [str(year)],
            "months": [str(month)],
            "days_of_month": [str(day.day) for day in of],
        }
        for (year, month), of in groupby(days, key=lambda day: (day.year, day.month))
    ]


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
