"""Opening hours as people write them: "Mon-Fri 09:00-15:00", lunch breaks, half-days and public holidays among them.

The language is that of OpenStreetMap's `opening_hours`, which a library reads; a day of the week may have three letters
or two. Other hours from a date on are a list of stretches.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import combinations
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import holidays as public_holidays
import opening_hours
from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from config.nights import Minutes, Rule, nights, of_day
from config.spans import DAY, FIRST_YEAR, LAST_YEAR, Span
from config.values import DAY_MS, MINUTE_MS

_OPEN: Final = opening_hours.State.OPEN
_MOST_DAYS = 366  # for which it may be closed on end
_DAYS_AHEAD = 14  # in which it is looked for when it closes
_EVER, _AFTER = datetime.combine(date(FIRST_YEAR, 1, 1), time()), datetime.combine(date(LAST_YEAR, 12, 31), time())
_REMEMBERED = 10_000  # instants of which it is known when it opens, and days of which it is known when it is open
_LONG_DAY = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")
_PH: Final = "PH "  # public holidays, as the days of a rule by themselves
_NO_CLOCK = re.compile(r"\b(sunrise|sunset|dawn|dusk|SH|unknown)\b", re.IGNORECASE)
_LIKE: Final = 'like "Mon-Fri 09:00-15:00", or "Mo-Fr 09:00-12:00,13:00-15:00; Dec 24 Mo-Fr 09:00-12:00; PH off"'

_Rules = opening_hours.OpeningHours


@cache
def _read(text: str, holidays: tuple[date, ...] = ()) -> _Rules:
    """Raises ValueError. On public holidays it is closed, unless the text says something else of them."""
    try:
        return _Rules("; ".join(_rules(text, holidays)))
    except opening_hours.ParserError:  # type: ignore[attr-defined]  # the stub lacks it
        raise ValueError(f'"{text}" is not {_LIKE}') from None


@cache
def _nights(text: str, holidays: tuple[date, ...]) -> tuple[Rule, ...] | None:
    return nights(_rules(text, holidays))


def _rules(text: str, holidays: tuple[date, ...]) -> list[str]:
    """With the dates of the public holidays in their place."""
    rules = [rule.strip() for rule in _LONG_DAY.sub(lambda day: day[0][:2], text).split(";")]
    if rules != ["24/7"] and not says_holidays(text):
        rules.append(f"{_PH}off")
    dates = ",".join(f"{day.year} {day:%b} {day.day}" for day in holidays)
    said = [f"{dates} {rule.removeprefix(_PH)}" if rule.startswith(_PH) else rule for rule in rules]
    return [rule for rule in said if not rule.startswith(" ")]  # where there are no such days


def says_holidays(text: str) -> bool:
    """Whether it says something of public holidays."""
    return "PH" in text


def _checked(text: str) -> str:
    of_holidays = sum(rule.strip().startswith(_PH) for rule in text.split(";"))
    if _NO_CLOCK.search(text) or of_holidays != text.count("PH"):
        raise ValueError(f'"{text}" is not {_LIKE}: days, dates, PH by itself, and times by the clock')
    rules = _read(text)
    if rules.is_closed(_EVER) and (rules.next_change(_EVER) or _AFTER) >= _AFTER:
        raise ValueError(f'"{text}" is never')
    return text


class HoursStretch(Span):
    """The hours of some days on end."""

    hours: Annotated[str, AfterValidator(_checked)]


def _stretches(value: object) -> object:
    return [{"hours": _checked(value)}] if isinstance(value, str) else value


def _apart(stretches: tuple[HoursStretch, ...]) -> tuple[HoursStretch, ...]:
    if not stretches:
        raise ValueError('hours such as "Mon-Fri 09:00-15:00" are needed')
    for one, other in combinations(stretches, 2):
        if one.overlaps(other):
            raise ValueError(f"two stretches overlap: {in_words((one,))}, and {in_words((other,))}")
    return stretches


def in_words(stretches: Iterable[HoursStretch]) -> str:
    """ "Mon-Fri 09:00-15:00 until 2026-12-31, Mon-Fri 08:00-15:30 from 2027-01-01"."""
    return ", ".join(f"{one.hours} {one.dates}".rstrip() for one in stretches)


# A text is the hours of every day; on a day that is in none of several stretches it is closed.
Hours = Annotated[
    tuple[HoursStretch, ...],
    BeforeValidator(_stretches),
    AfterValidator(_apart),
    PlainSerializer(in_words, return_type=str),
]


def hours_of(text: str) -> Hours:
    """The hours of every day. Raises ValueError."""
    return (HoursStretch(hours=text),)


def within(stretches: Iterable[HoursStretch], days: Span) -> Iterator[HoursStretch]:
    """What of some hours lies in some days."""
    for stretch in stretches:
        if both := stretch.common(days):
            yield stretch.model_copy(update={"from_": both.from_, "until": both.until})


def any_of(whose: str) -> str:
    """The name of the hours in which any queue of a channel, or of a group, is open."""
    return f"any of {whose}"


class OpeningHours:
    """When what has a name is open, in local time: a channel ("phone"), a queue by its line, a target by its key.

    What has no hours of its own has its channel's, which a line's name begins with. A channel without hours is always
    open. Where several stretches hold on a day, it is open in any of them.

    `country` is that of the public holidays, as `holidays_of` takes it.
    """

    def __init__(self, by_name: Mapping[str, Sequence[HoursStretch]], zone: ZoneInfo, country: str | None) -> None:
        self._hours = by_name
        self._zone = zone
        self._country = country
        self._opens_from = lru_cache(_REMEMBERED)(self._found_from)  # who waits is asked about each moment
        self._times = lru_cache(_REMEMBERED)(self._of_day)
        self._changes_from = lru_cache(_REMEMBERED)(self._found_change)

    def is_open(self, name: str, now_ms: int) -> bool:
        """Whether it is open at an instant (epoch ms); closing time itself is closed."""
        key = self._key(name)
        if key not in self._hours:
            return True
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self._zone)
        minute = 60 * local.hour + local.minute
        return any(opens <= minute < closes for opens, closes in self._times(key, local.date()))

    def is_any_open(self, whose: str, now_ms: int) -> bool:
        """Whether any queue of a channel, or of a group ("<channel>/<audience>"), is open at an instant (epoch ms)."""
        return self.is_open(self._of_any(whose), now_ms)

    def next_change(self, name: str, now_ms: int) -> int | None:
        """When it closes (epoch ms) if it is open at an instant, or else opens; None: not in the next fortnight, or
        year.

        Hours are whole minutes, so that it is looked for once in each.
        """
        return self._changes_from(self._key(name), now_ms - now_ms % MINUTE_MS)

    def next_change_of_any(self, whose: str, now_ms: int) -> int | None:
        """The same of the hours in which any queue of a channel, or of a group, is open."""
        return self.next_change(self._of_any(whose), now_ms)

    def first_open(self, name: str, from_ms: int, to_ms: int) -> int | None:
        """The first instant (epoch ms) from one to another, both included, at which it is open; None: never."""
        opens = self._opens_from(self._key(name), from_ms) if from_ms <= to_ms else None
        return opens if opens is not None and opens <= to_ms else None

    def of_day(self, name: str, day: date) -> tuple[Minutes, ...]:
        """From when to when it is open on a day, by the wall's clock, in order."""
        return self._times(self._key(name), day)

    def stretches(self, name: str, day: date) -> tuple[tuple[int, int], ...]:
        """The same in epoch ms, the end not included; in order, and apart. On a day on which the clock is changed it is
        open whenever the clock on the wall says so.
        """
        begins, ends = self._at(day, 0), self._at(day + DAY, 0)
        if self._key(name) not in self._hours:
            return ((begins, ends),)
        if ends - begins == DAY_MS:
            return tuple((self._at(day, opens), self._at(day, closes)) for opens, closes in self.of_day(name, day))
        minutes = (at for at in range(begins, ends, MINUTE_MS) if self.is_open(name, at))
        return _joined((at, at + MINUTE_MS) for at in minutes)

    def _of_any(self, whose: str) -> str:
        name = any_of(whose)
        return name if name in self._hours else whose

    def _key(self, name: str) -> str:
        """Whose hours its are: its own, or its channel's."""
        return name if name in self._hours else name.partition("/")[0]

    def _of_day(self, key: str, day: date) -> tuple[Minutes, ...]:
        stretches = dict.fromkeys(stretch.hours for stretch in self._hours[key] if stretch.holds(day))
        return _joined(minutes for hours in stretches for minutes in self._read_on(hours, day))

    def _read_on(self, hours: str, day: date) -> Iterator[Minutes]:
        holidays = holidays_about(self._country, day.year)
        if (rules := _nights(hours, holidays)) is not None:
            return of_day(rules, day)
        begins = datetime.combine(day, time())
        times = _read(hours, holidays).intervals(begins, begins + DAY)
        return ((_minute(since - begins), _minute(until - begins)) for since, until, is_, _ in times if is_ == _OPEN)

    def _found_from(self, key: str, from_ms: int) -> int | None:
        """The first instant from one on at which it is open; None: it is not for a year."""
        if self.is_open(key, from_ms):
            return from_ms
        day = datetime.fromtimestamp(from_ms / 1000, UTC).astimezone(self._zone).date()
        days = (day + timedelta(days=n) for n in range(_MOST_DAYS))
        return next((opens for day in days if (opens := self._opens(key, day, from_ms)) is not None), None)

    def _found_change(self, key: str, from_ms: int) -> int | None:
        """When it is no longer as it is at the beginning of a minute."""
        if key not in self._hours:
            return None
        return self._closes(key, from_ms) if self.is_open(key, from_ms) else self._opens_from(key, from_ms)

    def _closes(self, key: str, from_ms: int) -> int | None:
        """When it closes, open as it is: what ends at midnight may go on after it."""
        until_ms = from_ms
        day = datetime.fromtimestamp(from_ms / 1000, UTC).astimezone(self._zone).date()
        for n in range(_DAYS_AHEAD):
            for opens, closes in self.stretches(key, day + n * DAY):
                if opens <= until_ms < closes:
                    until_ms = closes
            if until_ms < self._at(day + (n + 1) * DAY, 0):
                return until_ms
        return None

    def _opens(self, key: str, day: date, after_ms: int) -> int | None:
        """When it opens on a day after an instant at which it is closed."""
        times = self._times(key, day)
        if not times:
            return None
        begins, ends = self._at(day, 0), self._at(day + DAY, 0)
        if ends - begins == DAY_MS:
            return next((at for opens, _ in times if (at := self._at(day, opens)) >= after_ms), None)
        # The clock is changed: opening time may be left out, or come twice.
        minutes = range(max(begins, -(-after_ms // MINUTE_MS) * MINUTE_MS), ends, MINUTE_MS)
        return next((at for at in minutes if self.is_open(key, at)), None)

    def _at(self, day: date, minute: int) -> int:
        midnight = datetime.combine(day, time(), self._zone)
        return round((midnight + timedelta(minutes=minute)).timestamp() * 1000)  # by the wall's clock


def _joined(times: Iterable[Minutes]) -> tuple[Minutes, ...]:
    """In order, and those that overlap or touch as one."""
    joined: list[Minutes] = []
    for opens, closes in sorted(times):
        if joined and opens <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], closes)
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _minute(since_midnight: timedelta) -> int:
    return round(since_midnight / timedelta(minutes=1))


@cache
def holidays_about(country: str | None, year: int) -> tuple[date, ...]:
    """The public holidays of a year and of the day before it: what is open past midnight began then."""
    if country is None:
        return ()
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range(-1, _MOST_DAYS))
    return tuple(day for day in days if day in holidays_of(country))


@cache
def holidays_of(country: str) -> public_holidays.HolidayBase:
    """The public holidays of a country, or of a region of it, by its ISO 3166 code: NO, DE-BY. Raises ValueError."""
    land, _, region = country.partition("-")
    try:
        return public_holidays.country_holidays(land, subdiv=region or None)
    except NotImplementedError:
        raise ValueError(
            f"the public holidays of {country} are not known; a code such as NO, or DE-BY, is needed"
        ) from None
