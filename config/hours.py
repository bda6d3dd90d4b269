"""Opening hours as people write them: "Mon-Fri 09:00-15:00", without public holidays; other hours from a date on."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import combinations
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import holidays as public_holidays
from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from config.spans import DAY, Span
from config.values import DAY_MS, MINUTE_MS

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY, _TIME = "|".join(_DAYS), r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_MOST_DAYS = 366  # for which it may be closed on end
_REMEMBERED = 10_000  # instants of which it is known when it opens
_PATTERN = re.compile(rf"(?P<first>{_DAY})-(?P<last>{_DAY}) (?P<opens>{_TIME})-(?P<closes>{_TIME}|24:00)")


class _Week(NamedTuple):
    """The same hours on some days of each week, in minutes since midnight."""

    days: range
    opens: int
    closes: int


def _parsed(text: str) -> _Week:
    """Raises ValueError."""
    match = _PATTERN.fullmatch(text)
    if not match:
        raise ValueError(f'"{text}" is not like "Mon-Fri 09:00-15:00", from 00:00 to 24:00')
    days = range(_DAYS.index(match["first"]), _DAYS.index(match["last"]) + 1)
    opens, closes = _minute(match["opens"]), _minute(match["closes"])
    if not days or opens >= closes:
        raise ValueError(f'"{text}" is never')
    return _Week(days, opens, closes)


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return 60 * int(hours) + int(minutes)


def _checked(text: str) -> str:
    _parsed(text)
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


class OpeningHours:
    """When each channel is open, in local time. A channel without hours is always open."""

    def __init__(self, by_channel: Mapping[str, Sequence[HoursStretch]], zone: ZoneInfo, country: str | None) -> None:
        self._hours = {
            channel: [(one, _parsed(one.hours)) for one in stretches] for channel, stretches in by_channel.items()
        }
        self._zone = zone
        self._country = country
        self._opens_from = lru_cache(_REMEMBERED)(self._found_from)  # who waits is asked about each moment

    def is_open(self, channel: str, now_ms: int) -> bool:
        """Whether a channel is open at an instant (epoch ms); closing time itself is closed."""
        if channel not in self._hours:
            return True
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self._zone)
        minute = 60 * local.hour + local.minute
        return any(opens <= minute < closes for opens, closes in self._of_day(channel, local.date()))

    def first_open(self, channel: str, from_ms: int, to_ms: int) -> int | None:
        """The first instant (epoch ms) from one to another, both included, at which a channel is open; None: never."""
        opens = self._opens_from(channel, from_ms) if from_ms <= to_ms else None
        return opens if opens is not None and opens <= to_ms else None

    def _of_day(self, channel: str, day: date) -> list[tuple[int, int]]:
        """From when to when it is open on a day, in minutes since midnight, in order."""
        if self._is_holiday(day):
            return []
        weeks = (week for stretch, week in self._hours[channel] if stretch.holds(day))
        return [(week.opens, week.closes) for week in weeks if day.weekday() in week.days]

    def _found_from(self, channel: str, from_ms: int) -> int | None:
        """The first instant from one on at which it is open; None: it is not for a year."""
        if self.is_open(channel, from_ms):
            return from_ms
        day = datetime.fromtimestamp(from_ms / 1000, UTC).astimezone(self._zone).date()
        days = (day + timedelta(days=n) for n in range(_MOST_DAYS))
        return next((opens for day in days if (opens := self._opens(channel, day, from_ms)) is not None), None)

    def _opens(self, channel: str, day: date, after_ms: int) -> int | None:
        """When it opens on a day after an instant at which it is closed."""
        times = self._of_day(channel, day)
        if not times:
            return None
        begins, ends = self._at(day, 0), self._at(day + DAY, 0)
        if ends - begins == DAY_MS:
            return next((at for opens, _ in times if (at := self._at(day, opens)) >= after_ms), None)
        # The clock is changed: opening time may be left out, or come twice.
        minutes = range(max(begins, -(-after_ms // MINUTE_MS) * MINUTE_MS), ends, MINUTE_MS)
        return next((at for at in minutes if self.is_open(channel, at)), None)

    def _at(self, day: date, minute: int) -> int:
        midnight = datetime.combine(day, time(), self._zone)
        return round((midnight + timedelta(minutes=minute)).timestamp() * 1000)  # by the wall's clock

    def _is_holiday(self, day: date) -> bool:
        return self._calendar is not None and day in self._calendar

    @cached_property
    def _calendar(self) -> public_holidays.HolidayBase | None:
        return holidays_of(self._country) if self._country else None


def holidays_of(country: str) -> public_holidays.HolidayBase:
    """The public holidays of a country, by its ISO 3166 code. Raises ValueError."""
    try:
        return public_holidays.country_holidays(country)
    except NotImplementedError:
        raise ValueError(f"the public holidays of {country} are not known; a code such as NO is needed") from None
