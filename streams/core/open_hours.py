"""For how long a channel was open during a wait. The definition is in streams/MEASURES.md (*While it is open*).

Which hours there are is told from outside, a local day at a time, as dates: no calendar is known here. May import:
standard library, calendar.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from streams.core.calendar import day_of, next_day

Stretch = tuple[int, int]  # from when to when it is open: epoch ms, the end not included
OfDay = Callable[[str, int], Sequence[Stretch]]  # by channel and the local midnight that begins a day; in order


class OpenHours(NamedTuple):
    """When channels are open."""

    of_day: OfDay
    zone: ZoneInfo

    def open_ms(self, channel: str, start: int, end: int) -> int:
        """For how long it is open from one instant to another, both in epoch ms."""
        day, found = day_of(start, self.zone), 0
        while day < end:
            for opens, closes in self.of_day(channel, day):
                if opens <= start and end <= closes:  # as nearly always
                    return end - start
                found += max(0, min(closes, end) - max(opens, start))
            day = next_day(day, self.zone)
        return found


def _all_day(_: str, day: int) -> Sequence[Stretch]:
    return ((day, next_day(day, _UTC)),)


_UTC: Final = ZoneInfo("UTC")
ALWAYS_OPEN: Final = OpenHours(_all_day, _UTC)  # where nobody says when
