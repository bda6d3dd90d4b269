"""Sources that are taken down on purpose, for a while: the tables `[[planned_stops]]` of `queues.toml`.

While one lasts nothing of now is known of its channel, and nobody is told of that. Pure. May import: channels, spans,
values.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from config.channels import KnownChannel, one_line
from config.spans import FIRST_YEAR, LAST_YEAR, instant_ms
from config.values import DAY_MS, Table

MOST_DAYS: Final = 7  # one that was forgotten must not hide for ever that a source is down
_LONGEST_REASON: Final = 100


def _time(value: object) -> object:
    if not isinstance(value, datetime):
        raise ValueError("a time such as 2027-01-16T22:00:00, without quotes")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"a time from {FIRST_YEAR} to {LAST_YEAR}")
    return value


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _reason(text: str) -> str:
    return one_line(text, _LONGEST_REASON, "why it is taken down")


Time = Annotated[datetime, BeforeValidator(_time)]


class PlannedStop(Table):
    """From when until when (the time of the centre's zone) the source of some channels is taken down, and why."""

    channel: Annotated[list[KnownChannel], BeforeValidator(_several), Field(min_length=1)]  # or one, in quotes
    from_: Annotated[Time, Field(alias="from")]
    until: Time
    reason: Annotated[str, AfterValidator(_reason)]  # shown to people

    @property
    def in_words(self) -> str:
        """ "from 2027-01-16 22:00 until 2027-01-17 06:00: a new release"."""
        return f"from {_told(self.from_)} until {_told(self.until)}: {self.reason}"


class Stop(NamedTuple):
    """The same of one channel, in instants (epoch ms); when it is over, it is over."""

    from_ms: int
    until_ms: int
    reason: str


def stop_of(stop: PlannedStop, zone: ZoneInfo) -> Stop:
    """In instants."""
    return Stop(instant_ms(stop.from_, zone), instant_ms(stop.until, zone), stop.reason)


def by_channel(stops: Iterable[PlannedStop], zone: ZoneInfo) -> Mapping[str, Sequence[Stop]]:
    """The stops of each channel that has any, the first to begin first."""
    found: dict[str, list[Stop]] = {}
    for stop in stops:
        for channel in dict.fromkeys(stop.channel):
            found.setdefault(str(channel), []).append(stop_of(stop, zone))
    return {channel: sorted(of) for channel, of in found.items()}


def wrong_stops(stops: Sequence[PlannedStop], zone: ZoneInfo) -> Iterator[str]:
    """What cannot be, each with its place."""
    known = [(f"planned_stops.{place}", stop, stop_of(stop, zone)) for place, stop in enumerate(stops)]
    for at, _, stop in known:
        if stop.from_ms >= stop.until_ms:
            yield f"{at}: it would never be: until must be later than from"
        elif stop.until_ms - stop.from_ms > MOST_DAYS * DAY_MS:
            yield (
                f"{at}: it is longer than {MOST_DAYS}d, the most that there may be: one that was forgotten would "
                "hide for ever that a source is down"
            )
    for (first, one, its), (second, other, others) in combinations(known, 2):
        both = [channel for channel in other.channel if channel in one.channel]
        if both and max(its.from_ms, others.from_ms) < min(its.until_ms, others.until_ms):
            yield f"{second}: {both[0]} is stopped already for some of that time, by {first}"


def _told(at: datetime) -> str:
    return at.isoformat(" ", "minutes" if not at.second and not at.microsecond else "auto")
