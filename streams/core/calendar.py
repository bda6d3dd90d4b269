"""Panes, intervals, local hours and days: which stretch of time an instant belongs to.

May import: standard library, the core.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

PANE_MS: Final = 10_000
INTERVAL_MS: Final = 15 * 60_000


def pane_of(t: int) -> int:
    """The start of the 10 s pane that an instant (epoch ms) is in."""
    return t - t % PANE_MS


def interval_of(t: int) -> int:
    """The start of the 15-minute interval that an instant is in."""
    return t - t % INTERVAL_MS


def hour_of(t: int, zone: ZoneInfo) -> int:
    """The start of the local hour that an instant is in: some zones are half an hour off, or a quarter.

    Worked out once an interval, as the day is.
    """
    return _hour_of_interval(t - t % INTERVAL_MS, zone)


@lru_cache(maxsize=4096)
def _hour_of_interval(start: int, zone: ZoneInfo) -> int:
    past = datetime.fromtimestamp(start / 1000, UTC).astimezone(zone).minute
    return start - past * 60_000


def day_of(t: int, zone: ZoneInfo) -> int:
    """The local midnight that begins an instant's day, in epoch ms.

    Worked out once an interval: no time zone in use changes its offset within one.
    """
    return _day_of_interval(t - t % INTERVAL_MS, zone)


@lru_cache(maxsize=4096)
def _day_of_interval(start: int, zone: ZoneInfo) -> int:
    return _midnight(datetime.fromtimestamp(start / 1000, UTC).astimezone(zone))


def next_day(day: int, zone: ZoneInfo) -> int:
    """The local midnight after the one given: 23, 24 or 25 hours on."""
    local = datetime.fromtimestamp(day / 1000, UTC).astimezone(zone)
    return _midnight(local.replace(tzinfo=None) + timedelta(days=1), zone)


def midnight(day: date, zone: ZoneInfo) -> int:
    """The local midnight that begins a date, in epoch ms."""
    return _midnight(datetime.combine(day, time()), zone)


def _midnight(local: datetime, zone: ZoneInfo | None = None) -> int:
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0, tzinfo=zone or local.tzinfo)
    return int(midnight.timestamp()) * 1000
