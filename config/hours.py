"""Opening hours as people write them: "Mon-Fri 09:00-15:00", without public holidays."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

import holidays as public_holidays
from pydantic import AfterValidator

from config.values import DAY_MS, MINUTE_MS

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY, _TIME = "|".join(_DAYS), r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_MOST_DAYS = 366  # for which it may be closed on end
_REMEMBERED = 10_000  # instants of which it is known when it opens
_PATTERN = re.compile(rf"(?P<first>{_DAY})-(?P<last>{_DAY}) (?P<opens>{_TIME})-(?P<closes>{_TIME}|24:00)")


class OpeningHours:
    """When each channel is open, in local time. A channel without hours is always open. Raises ValueError."""

    def __init__(self, by_channel: dict[str, str], zone: ZoneInfo, country: str | None) -> None:
        self._hours = {channel: _parse(text) for channel, text in by_channel.items()}
        self._zone = zone
        self._country = country
        self._opens_from = lru_cache(_REMEMBERED)(self._found_from)  # who waits is asked about each moment

    def is_open(self, channel: str, now_ms: int) -> bool:
        """Whether a channel is open at an instant (epoch ms); closing time itself is closed."""
        hours = self._hours.get(channel)
        if hours is None:
            return True
        days, opens, closes = hours
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self._zone)
        is_open_now = local.weekday() in days and opens <= 60 * local.hour + local.minute < closes
        return is_open_now and not self._is_holiday(local.date())

    def first_open(self, channel: str, from_ms: int, to_ms: int) -> int | None:
        """The first instant (epoch ms) from one to another, both included, at which a channel is open; None: never."""
        opens = self._opens_from(channel, from_ms) if from_ms <= to_ms else None
        return opens if opens is not None and opens <= to_ms else None

    def _found_from(self, channel: str, from_ms: int) -> int | None:
        """The first instant from one on at which it is open; None: it is not for a year."""
        if self.is_open(channel, from_ms):
            return from_ms
        day = datetime.fromtimestamp(from_ms / 1000, UTC).astimezone(self._zone).date()
        days = (day + timedelta(days=n) for n in range(_MOST_DAYS))
        return next((opens for day in days if (opens := self._opens(channel, day, from_ms)) is not None), None)

    def _opens(self, channel: str, day: date, after_ms: int) -> int | None:
        """When it opens on a day after an instant at which it is closed."""
        days, opens, _ = self._hours[channel]
        if day.weekday() not in days or self._is_holiday(day):
            return None
        begins, ends = self._at(day, 0), self._at(day + timedelta(days=1), 0)
        if ends - begins == DAY_MS:
            at = self._at(day, opens)
            return at if at >= after_ms else None
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


def _parse(text: str) -> tuple[range, int, int]:
    """The days, and the minutes of the day from opening to closing. Raises ValueError."""
    match = _PATTERN.fullmatch(text)
    if not match:
        raise ValueError(f'"{text}" is not like "Mon-Fri 09:00-15:00", from 00:00 to 24:00')
    days = range(_DAYS.index(match["first"]), _DAYS.index(match["last"]) + 1)
    opens, closes = _minute(match["opens"]), _minute(match["closes"])
    if not days or opens >= closes:
        raise ValueError(f'"{text}" is never')
    return days, opens, closes


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return 60 * int(hours) + int(minutes)


def _checked(text: str) -> str:
    _parse(text)
    return text


Hours = Annotated[str, AfterValidator(_checked)]
