"""The local day that an instant is in. May import: standard library."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


def day_start(at: int, timezone: str) -> int:
    """The local midnight before an instant, in epoch ms."""
    return _midnight_ms(at // 1000, timezone)


@lru_cache(maxsize=100_000)
def _midnight_ms(second: int, timezone: str) -> int:
    here = datetime.fromtimestamp(second, ZoneInfo(timezone))
    midnight = datetime(here.year, here.month, here.day, tzinfo=here.tzinfo)
    return int(midnight.timestamp()) * 1000
