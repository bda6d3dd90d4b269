"""The opening hours by which waits were counted so far, kept as dates beside the figures.

So other hours hold from when they are configured, and nothing that was counted changes its meaning: neither by hours
that are corrected backwards, nor by a calendar of holidays that was upgraded. May import: calendar, definitions,
open_hours.
"""

from collections.abc import Iterable, Mapping, Sequence

from streams.core.calendar import day_of, next_day
from streams.core.definitions import Definitions
from streams.core.open_hours import OpenHours, Stretch

Day = tuple[int, list[tuple[int, int]]]  # its midnight (epoch ms), and from when to when (ms after that) it was open
_Open = tuple[Stretch, ...]


class OpenDays:
    """Of one partition. `is_changed` since whoever commits it last looked."""

    def __init__(self) -> None:
        self.is_changed = False
        self._days: dict[str, dict[int, _Open]] = {}  # by channel and the day's midnight
        self._noted_to = 0

    @property
    def packed(self) -> Mapping[str, Sequence[Day]]:
        """As Redis has it."""
        return {
            channel: [(day, [(opens - day, closes - day) for opens, closes in open_]) for day, open_ in days.items()]
            for channel, days in self._days.items()
        }

    def restore(self, packed: Mapping[str, Sequence[Day]]) -> None:
        """Takes what was kept."""
        self._days = {
            channel: {day: tuple((day + opens, day + closes) for opens, closes in open_) for day, open_ in days}
            for channel, days in packed.items()
        }

    def go_on_by(self, hours: OpenHours, reach: int) -> OpenHours:
        """These hours, but for the time up to `reach` (epoch ms), to which events have come: then it was open when it
        was.
        """
        today = day_of(reach, hours.zone)
        for channel, days in self._days.items():
            if today in days:
                self.is_changed |= _put(days, today, _joined(days[today], hours.of_day(channel, today), reach))

        def of_day(channel: str, day: int) -> Sequence[Stretch]:
            kept = self._days.get(channel, {}).get(day)
            return hours.of_day(channel, day) if kept is None else kept

        return OpenHours(of_day, hours.zone)

    def is_due(self, definitions: Definitions, reach: int) -> bool:
        """Whether events have come to a day that is not kept yet: once a day, where anything goes by it at all."""
        return definitions.goes_by_hours and reach >= self._noted_to

    def note(
        self, definitions: Definitions, reach: int, first: int, keep_ms: int, channels: Iterable[str] = ()
    ) -> None:
        """Keeps the days to which events have come, from that of `first` on (epoch ms), and for `keep_ms`: but any for
        as long as a wait may begin on it that is counted, or corrected, now.
        """
        longest, hours = definitions.longest, definitions.open_hours
        back_ms = longest.horizon_ms + max(definitions.longest_memory_ms, longest.letter_lost_ms)
        today, oldest = day_of(reach, hours.zone), reach - max(keep_ms, back_ms)
        self._noted_to = next_day(today, hours.zone)
        for channel in definitions.hours_matter_to(reach, channels):
            days = self._days.setdefault(channel, {})
            day = day_of(max(oldest, first - back_ms), hours.zone)
            while day <= today:
                self.is_changed |= day not in days
                days.setdefault(day, tuple(hours.of_day(channel, day)))
                day = next_day(day, hours.zone)
        for days in self._days.values():
            for day in [day for day in days if next_day(day, hours.zone) <= oldest]:
                del days[day]


def _put(days: dict[int, _Open], day: int, open_: Sequence[Stretch]) -> bool:
    """Whether it is another then."""
    was, days[day] = days.get(day), tuple(open_)
    return was != days[day]


def _joined(before: Sequence[Stretch], after: Sequence[Stretch], instant: int) -> list[Stretch]:
    """What is open by the one up to an instant, and by the other from then on."""
    until = [(opens, min(closes, instant)) for opens, closes in before if opens < instant]
    since = [(max(opens, instant), closes) for opens, closes in after if closes > instant]
    if until and since and until[-1][1] == since[0][0]:
        until[-1:], since = [(until[-1][0], since[0][1])], since[1:]
    return until + since
