"""What counts as what: the table `[definitions]` of `queues.toml`, and what of it is otherwise from a date on."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from config.channels import KnownChannel
from config.spans import FIRST_YEAR, LAST_YEAR, instant_ms
from config.values import MINUTE_MS, DurationMs, PositiveMs, Sample, Table
from streams.core.calendar import INTERVAL_MS, midnight
from streams.core.definitions import NEWEST_EDITION, WHOLE_CARD, Definitions, Terms
from streams.core.working_days import DAY_MS


def _instant(value: object) -> object:
    if not isinstance(value, date):
        raise ValueError("a date such as 2027-01-01, or a time such as 2027-01-01T06:00:00, without quotes")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"a date from {FIRST_YEAR} to {LAST_YEAR}")
    return value


def _by_channel(value: object) -> object:
    if not isinstance(value, dict):
        raise ValueError('by channel, such as { chat = "3d" }')
    return value


def _channels(value: object) -> object:
    if not isinstance(value, list):
        raise ValueError('a list of channels, such as ["chat"]')
    return value


ChannelList = Annotated[list[KnownChannel], BeforeValidator(_channels)]
ByChannel = Annotated[dict[KnownChannel, PositiveMs], BeforeValidator(_by_channel)]
Edition = Annotated[int, Field(ge=1, le=NEWEST_EDITION, strict=True)]  # of streams/MEASURES.md


class Later(Table):
    """What is otherwise from a date on (the time of the centre's zone; a date: its midnight), by event time.

    A visit is judged by what holds at its entry; how late an event may be, by the time that has come.
    """

    from_: Annotated[object, BeforeValidator(_instant), Field(alias="from")]  # a date, or a datetime
    short_abandon: dict[KnownChannel, DurationMs] | None = None  # of the channels that it names
    ghost_after: DurationMs | None = None
    promise: DurationMs | None = None
    promise_lost: DurationMs | None = None
    horizon: PositiveMs | None = None
    edition: Edition | None = None
    one_place: ChannelList | None = None
    memory: ByChannel | None = None  # of the channels that it names
    ghost_after_of: ByChannel | None = None  # likewise
    while_open: ChannelList | None = None
    letter_lost: PositiveMs | None = None
    conversations: ChannelList | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.changed:
            raise ValueError(f"nothing is otherwise from then on: name one of {', '.join(BY_DATE)}")
        return self

    @property
    def changed(self) -> dict[str, object]:
        """What is otherwise, by name."""
        return {name: value for name in BY_DATE if (value := getattr(self, name)) is not None}

    def from_ms(self, zone: ZoneInfo) -> int:
        """Since when, in epoch ms."""
        assert isinstance(self.from_, date)
        at = self.from_
        return instant_ms(at, zone) if isinstance(at, datetime) else midnight(at, zone)


MOST_LETTER_DAYS: Final = 14  # with the longest holidays, three working days are over by then
BY_DATE: Final = tuple(name for name in Later.model_fields if name != "from_")


class DefinitionsTable(Table):
    """What counts as what; see streams/MEASURES.md."""

    short_abandon: dict[KnownChannel, DurationMs] = Field(default_factory=dict)
    ghost_after: DurationMs
    promise: DurationMs
    promise_lost: DurationMs
    horizon: PositiveMs
    edition: Edition = 1  # what is configured since before there was another goes on by it
    one_place: ChannelList = Field(default_factory=list)
    memory: ByChannel = Field(default_factory=dict)
    ghost_after_of: ByChannel = Field(default_factory=dict)
    while_open: ChannelList = Field(default_factory=list)
    letter_lost: PositiveMs = 28 * DAY_MS
    conversations: ChannelList = Field(default_factory=list)
    skew: DurationMs
    future: DurationMs
    witnesses: Annotated[int, Field(ge=2, le=1000, strict=True)] = 3
    stale_after: DurationMs
    least_sample: Sample
    report_max_age: PositiveMs = 5 * MINUTE_MS
    report_tolerance: DurationMs = 30_000
    later: list[Later] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.stale_after <= 0:
            raise ValueError("stale_after must be more than 0s")
        if self.report_tolerance > self.report_max_age:
            raise ValueError("report_tolerance must be at most report_max_age")
        if self.future < self.skew:
            raise ValueError("future must be at least skew")
        edition = self.edition
        for place, stretch in enumerate(self._stretches()):
            at = f"later.{place - 1}: " if place else ""
            if stretch.edition < edition:
                raise ValueError(f"{at}edition must not be lower than the one before it")
            edition = stretch.edition
            for problem in (stretch._needs(), stretch._too_short()):
                if problem:
                    raise ValueError(at + problem)
        return self

    def _needs(self) -> str | None:
        """What is said, and is of a later edition."""
        if self.one_place and self.edition < 2:
            return "one_place needs edition = 2 or later: edition 1 does not look at other visits"
        if self.memory and self.edition < 3:
            return "memory needs edition = 3 or later: till then an id is one journey while it is remembered"
        if (self.ghost_after_of or self.while_open) and self.edition < 5:
            return "ghost_after_of and while_open need edition = 5 or later: till then all channels are alike"
        if "letter_lost" in self.model_fields_set and self.edition < WHOLE_CARD:
            return f"letter_lost needs edition = {WHOLE_CARD} or later: till then letters do not count"
        if self.conversations and self.edition < WHOLE_CARD:
            return f"conversations need edition = {WHOLE_CARD} or later: till then they are not counted"
        return None

    def _too_short(self) -> str | None:
        """What is shorter than it may be: what is remembered has to last for as long as it matters."""
        if self.ghost_after < INTERVAL_MS:
            return "ghost_after must be at least 15m"  # streams/core/waits.py builds on it
        if short := _names(channel for channel, ms in self.ghost_after_of.items() if ms < INTERVAL_MS):
            return f"ghost_after_of {short} must be at least 15m"  # likewise
        if self.letter_lost < max(MOST_LETTER_DAYS * DAY_MS, self.ghost_after):
            return f"letter_lost must be at least {MOST_LETTER_DAYS}d: what was promised of a letter is over by then"
        if self.promise_lost < self.ghost_after:
            return "promise_lost must be at least ghost_after"  # what is remembered may only grow
        if long := _names(channel for channel, ms in self.ghost_after_of.items() if ms > self.promise_lost):
            return f"promise_lost must be at least ghost_after_of {long}"
        if short := _names(channel for channel, ms in self.memory.items() if ms < self.ghost_after):
            return f"memory of {short} must be at least ghost_after (what was said before goes on)"
        ghosts = self.ghost_after_of.items()
        if long := _names(of for of, ms in ghosts if ms > self.memory.get(of, self.ghost_after)):
            return f"ghost_after_of {long} is longer than its memory: say `memory` of it, at least as long"
        return None

    def _stretches(self) -> Iterator["DefinitionsTable"]:
        """These, and as they are from each date on."""
        known = self
        yield known
        for place, later in enumerate(self.later):
            changed = later.changed
            if later.short_abandon is not None:
                changed["short_abandon"] = {**known.short_abandon, **later.short_abandon}
            if later.memory is not None:
                _check_longer(later.memory, known, f"later.{place}: ")
                changed["memory"] = {**known.memory, **later.memory}
            if later.ghost_after_of is not None:
                changed["ghost_after_of"] = {**known.ghost_after_of, **later.ghost_after_of}
            known = known.model_copy(update=changed)
            yield known

    def in_core(self, zone: ZoneInfo) -> Definitions:
        """As the fold counts by them. Raises ValueError where the dates do not rise."""
        starts = [0, *(later.from_ms(zone) for later in self.later)]
        for place, (before, start) in enumerate(pairwise(starts)):
            if start <= before:
                raise ValueError(f"definitions.later.{place}: from must be later than what is before it")
        return Definitions(
            tuple(
                Terms(
                    from_ms=start,
                    short_abandon_ms={str(channel): ms for channel, ms in of.short_abandon.items()},
                    ghost_after_ms=of.ghost_after,
                    promise_ms=of.promise,
                    promise_lost_ms=of.promise_lost,
                    horizon_ms=of.horizon,
                    edition=of.edition,
                    one_place=tuple(sorted(set(of.one_place))),
                    memory_ms=_sorted(of.memory),
                    ghost_after_of_ms=_sorted(of.ghost_after_of),
                    while_open=tuple(sorted(set(of.while_open))),
                    letter_lost_ms=of.letter_lost if of.edition >= WHOLE_CARD else 0,
                    conversations=tuple(sorted(set(of.conversations))),
                )
                for start, of in zip(starts, self._stretches(), strict=True)
            )
        )


def _names(channels: Iterable[KnownChannel]) -> str:
    return " and ".join(sorted(map(str, channels)))


def _sorted(by_channel: Mapping[KnownChannel, int]) -> dict[str, int]:
    return {str(channel): ms for channel, ms in sorted(by_channel.items())}


def _check_longer(memory: Mapping[KnownChannel, int], known: DefinitionsTable, at: str) -> None:
    """Raises ValueError where one is not longer than before: what is remembered may only grow."""
    if not memory:
        raise ValueError(f"{at}memory names no channel")
    for channel, ms in memory.items():
        if ms <= known.memory.get(channel, known.ghost_after):
            raise ValueError(
                f"{at}memory of {channel} is not longer than before, and would not hold: by date it only grows"
            )
