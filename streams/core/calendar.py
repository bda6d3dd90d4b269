"""Panes, intervals, local hours and days, and what days make up: which stretch of time an instant belongs to.

May import: standard library, the core.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

PANE_MS: Final = 10_000
INTERVAL_MS: Final = 15 * 60_000
Stretch = Literal["1d", "1w", "1mo", "1q", "1y"]  # of whole local days; a week begins on Monday, as in ISO 8601
STRETCHES: Final[dict[str, Stretch]] = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
_MONTHS: Final[dict[Stretch, int]] = {"1mo": 1, "1q": 3, "1y": 12}


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


def first_date(day: date, of: Stretch) -> date:
    """The first date of the stretch that a date is in."""
    if of == "1w":
        return day - timedelta(days=day.weekday())
    months = _MONTHS.get(of)
    return day if months is None else day.replace(month=day.month - (day.month - 1) % months, day=1)


def next_date(first: date, of: Stretch) -> date:
    """The first date of the stretch after the one that begins on a date."""
    months = _MONTHS.get(of)
    if months is None:
        return first + timedelta(days=7 if of == "1w" else 1)
    return first.replace(year=first.year + (first.month - 1 + months) // 12, month=(first.month - 1 + months) % 12 + 1)


def date_of(t: int, zone: ZoneInfo) -> date:
    """The local date of an instant (epoch ms)."""
    return datetime.fromtimestamp(t / 1000, UTC).astimezone(zone).date()


@lru_cache(maxsize=4096)
def stretch_of(day: int, of: Stretch, zone: ZoneInfo) -> int:
    """The local midnight that begins the stretch of a day, which is given by its own (epoch ms)."""
    return midnight(first_date(date_of(day, zone), of), zone)


def next_stretch(start: int, of: Stretch, zone: ZoneInfo) -> int:
    """The local midnight that ends the stretch that begins then."""
    return midnight(next_date(date_of(start, zone), of), zone)


def _midnight(local: datetime, zone: ZoneInfo | None = None) -> int:
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0, tzinfo=zone or local.tzinfo)
    return int(midnight.timestamp()) * 1000
