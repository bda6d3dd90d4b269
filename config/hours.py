"""Opening hours as people write them: "Mon-Fri 09:00-15:00", without public holidays."""

import re
from datetime import UTC, date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

import holidays as public_holidays

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PATTERN = re.compile(r"(?P<first>\w{3})-(?P<last>\w{3}) (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)")


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
        is_open_now = local.weekday() in days and opens <= local.time() < closes
        return is_open_now and not self._is_holiday(local.date())

    def _is_holiday(self, day: date) -> bool:
        return self._calendar is not None and day in self._calendar

    @cached_property
    def _calendar(self) -> public_holidays.HolidayBase | None:
        return public_holidays.country_holidays(self._country) if self._country else None


def _parse(text: str) -> tuple[range, time, time]:
    match = _PATTERN.fullmatch(text)
    if not match or match["first"] not in _DAYS or match["last"] not in _DAYS:
        raise ValueError(f'hours: "{text}" is not like "Mon-Fri 09:00-15:00"')
    days = range(_DAYS.index(match["first"]), _DAYS.index(match["last"]) + 1)
    opens, closes = time.fromisoformat(match["opens"]), time.fromisoformat(match["closes"])
    if not days or opens >= closes:
        raise ValueError(f'hours: "{text}" is never')
    return days, opens, closes
