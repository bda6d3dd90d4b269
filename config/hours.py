"""Opening hours as people write them: "Mon-Fri 09:00-15:00", without public holidays."""

import re
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

import holidays as public_holidays
from pydantic import AfterValidator

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY, _TIME = "|".join(_DAYS), r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_PATTERN = re.compile(rf"(?P<first>{_DAY})-(?P<last>{_DAY}) (?P<opens>{_TIME})-(?P<closes>{_TIME}|24:00)")


class OpeningHours:
    """When each channel is open, in local time. A channel without hours is always open. Raises ValueError."""

    def __init__(self, by_channel: dict[str, str], zone: ZoneInfo, country: str | None) -> None:
        self._hours = {channel: _parse(text) for channel, text in by_channel.items()}
        self._zone = zone
        self._country = country

    def is_open(self, channel: str, now_ms: int) -> bool:
        """Whether a channel is open at an instant (epoch ms); closing time itself is closed."""
        hours = self._hours.get(channel)
        if hours is None:
            return True
        days, opens, closes = hours
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self._zone)
        is_open_now = local.weekday() in days and opens <= 60 * local.hour + local.minute < closes
        return is_open_now and not self._is_holiday(local.date())

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
