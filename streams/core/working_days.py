"""Working days: those on which a channel is open at all, by its opening hours. Letters' deadlines go by them.

A deadline is the end of a whole day, whenever on it the centre closes (streams/MEASURES.md, *Letters*). May import:
standard library, calendar, open_hours.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from streams.core.calendar import day_of, next_day
from streams.core.open_hours import OpenHours

PROMISED_DAYS: Final = (2, 3)  # working days for a letter: what the centre promises itself, and the citizen
DAY_MS: Final = 86_400_000  # what one working day is counted as, however long it was
NEVER: Final = 1 << 62
_MOST_DAYS: Final = 400  # that are looked through for the next one: a channel that is closed for so long has none


class WorkingDays:
    """Of the channels of a centre. What was found is kept: thousands of letters have one day of receipt."""

    def __init__(self, hours: OpenHours) -> None:
        self._hours = hours
        self._ends: dict[tuple[str, int], list[int]] = {}  # by channel and day of receipt: when days end, rising

    def deadlines(self, channel: str, received: int, days: Sequence[int]) -> list[int]:
        """For each of these numbers of days, rising, the end of the last of so many working days after the day of
        receipt (epoch ms, not included). Never where the channel is not open any more.
        """
        ends = self._ends_of(channel, received)
        while len(ends) <= days[-1] and ends[-1] != NEVER:
            ends.append(self._next_end(channel, ends[-1]))
        return [ends[n] if n < len(ends) else NEVER for n in days]

    def taken(self, channel: str, received: int, at: int) -> int:
        """How many it took: the least number of days whose deadline an instant is before."""
        ends = self._ends_of(channel, received)
        while ends[-1] <= at:
            ends.append(self._next_end(channel, ends[-1]))
        return bisect_right(ends, at)

    def _ends_of(self, channel: str, received: int) -> list[int]:
        day = day_of(received, self._hours.zone)
        known = self._ends.get((channel, day))
        if known is None:
            known = self._ends[channel, day] = [next_day(day, self._hours.zone)]
        return known

    def _next_end(self, channel: str, day: int) -> int:
        """When the first working day ends that begins on this midnight or later."""
        for _ in range(_MOST_DAYS):
            after = next_day(day, self._hours.zone)
            if self._hours.of_day(channel, day):
                return after
            day = after
        return NEVER
