"""The local days of a centre: how busy, how staffed, open or closed; and arrivals by the hour.

Everything is constant within a slot of five minutes, so that arrivals can be drawn slot by slot without error.
May import: standard library, the model.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from streams.sources.model import Centre, Profile

SLOT_MS = 5 * 60_000
_HOUR_MS = 3_600_000
_OFFICE = (8.0, 15.5)


class Days:
    """Answers, for an instant, what the centre's day is like then."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self.zone = ZoneInfo(centre.timezone)
        self.local = lru_cache(maxsize=1024)(self._local)
        self._weight = lru_cache(maxsize=64)(self._weight_of_day)

    def _local(self, ms: int) -> tuple[date, float]:
        """The local date and hour of an instant."""
        at = datetime.fromtimestamp(ms // 1000, self.zone)
        return at.date(), at.hour + at.minute / 60 + at.second / 3600

    def begins_ms(self, day: date) -> int:
        """The local midnight that a day begins with."""
        return int(datetime.combine(day, time(), self.zone).timestamp()) * 1000

    def demand(self, ms: int) -> float:
        """How busy this day is, 1 on average working days; 0 when people are off."""
        return self._weight(self._centre.weekdays, self.local(ms)[0])

    def staffing(self, ms: int) -> float:
        """How many are at work this day, 1 on average working days."""
        return self._weight(self._centre.staffing, self.local(ms)[0])

    def round_the_clock(self, ms: int) -> float:
        """How busy this day is for what never closes."""
        return self.demand(ms) or self._centre.free_day

    def _weight_of_day(self, weights: tuple[float, ...], day: date) -> float:
        return 0.0 if day in self._centre.holidays else weights[day.weekday()]

    def is_open(self, channel: str, ms: int) -> bool:
        """Whether people serve the channel at that instant."""
        opens, closes = self._centre.hours[channel]
        day, hour = self.local(ms)
        is_day = self.demand(ms) > 0 and opens <= hour < min(closes, self._centre.short_days.get(day, closes))
        return is_day and not self._is_break(channel, hour)

    def _is_break(self, channel: str, hour: float) -> bool:
        begins, ends = self._centre.breaks.get(channel, (hour, hour))
        return begins <= hour < ends

    def after_office_hours(self, ms: int, work_ms: int) -> int:
        """The instant at which `work_ms` of office hours have gone by since `ms`."""
        while True:
            day, _ = self.local(ms)
            midnight = self.begins_ms(day)
            if self.demand(ms) > 0:
                begins = max(ms, midnight + int(_OFFICE[0] * _HOUR_MS))
                room = midnight + int(_OFFICE[1] * _HOUR_MS) - begins
                if work_ms <= room:
                    return begins + work_ms
                work_ms -= max(room, 0)
            ms = self.begins_ms(day + timedelta(days=1))


def level(profile: Profile, hour: float) -> float:
    """The profile's weight at that hour."""
    for (left, low), (right, high) in pairwise(profile):
        if left <= hour < right:
            return low + (high - low) * (hour - left) / (right - left)
    return 0.0


def area(profile: Profile) -> float:
    """The whole day's weight, in hours."""
    return sum((b - a) * (x + y) / 2 for (a, x), (b, y) in pairwise(profile))


def per_ms(profile: Profile, per_day: float) -> Callable[[float], float]:
    """The rate of arrivals, per ms, at an hour of a day on which `per_day` come."""
    scale = per_day / area(profile) / _HOUR_MS
    by_slot = [scale * level(profile, (slot + 0.5) * SLOT_MS / _HOUR_MS) for slot in range(24 * 12)]
    return lambda hour: by_slot[int(hour * 12 + 0.01)]  # 0.01: an hour such as 9.0833 is the start of a slot


def arrivals(rate: Callable[[int], float], begin_ms: int, end_ms: int, rng: Random) -> Iterator[int]:
    """The instants of a Poisson process; `rate` gives arrivals per ms for the slot that begins at an instant.

    What is left of a gap at a slot's end is drawn anew at the next slot's rate: the exponential has no memory.
    """
    for slot in range(begin_ms, end_ms, SLOT_MS):
        if (now := rate(slot)) > 0:
            at, stop = float(slot), slot + SLOT_MS
            while (at := at + rng.expovariate(now)) < stop:
                yield int(at)
