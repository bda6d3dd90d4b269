"""What counts as what: the table `[definitions]` of `queues.toml`, and what of it is otherwise from a date on."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from config.channels import KnownChannel
from config.spans import FIRST_YEAR, LAST_YEAR, instant_ms
from config.values import MINUTE_MS, DurationMs, PositiveMs, Sample, Table
from streams.core.calendar import midnight
from streams.core.definitions import NEWEST_EDITION, Definitions, Terms
from streams.core.rules import INTERVAL_MS


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


Memory = Annotated[dict[KnownChannel, PositiveMs], BeforeValidator(_by_channel)]
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
    one_place: list[KnownChannel] | None = None
    memory: Memory | None = None  # of the channels that it names

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


BY_DATE: Final = tuple(name for name in Later.model_fields if name != "from_")


class DefinitionsTable(Table):
    """What counts as what; see streams/MEASURES.md."""

    short_abandon: dict[KnownChannel, DurationMs] = Field(default_factory=dict)
    ghost_after: DurationMs
    promise: DurationMs
    promise_lost: DurationMs
    horizon: PositiveMs
    edition: Edition = 1  # what is configured since before there was another goes on by it
    one_place: list[KnownChannel] = Field(default_factory=list)
    memory: Memory = Field(default_factory=dict)
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
            if stretch.ghost_after < INTERVAL_MS:
                raise ValueError(f"{at}ghost_after must be at least 15m")  # streams/core/waits.py builds on it
            if stretch.one_place and stretch.edition < 2:
                raise ValueError(f"{at}one_place needs edition = 2 or later: edition 1 does not look at other visits")
            if stretch.memory and stretch.edition < 3:
                raise ValueError(
                    f"{at}memory needs edition = 3 or later: till then an id is one journey while it is remembered"
                )
            if stretch.edition < edition:
                raise ValueError(f"{at}edition must not be lower than the one before it")
            edition = stretch.edition
            if stretch.promise_lost < stretch.ghost_after:
                raise ValueError(f"{at}promise_lost must be at least ghost_after")  # what is remembered may only grow
            if short := sorted(str(channel) for channel, ms in stretch.memory.items() if ms < stretch.ghost_after):
                raise ValueError(
                    f"{at}memory of {' and '.join(short)} must be at least ghost_after (what was said before goes on)"
                )
        return self

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
                    memory_ms={str(channel): ms for channel, ms in sorted(of.memory.items())},
                )
                for start, of in zip(starts, self._stretches(), strict=True)
            )
        )


def _check_longer(memory: Mapping[KnownChannel, int], known: DefinitionsTable, at: str) -> None:
    """Raises ValueError where one is not longer than before: what is remembered may only grow."""
    if not memory:
        raise ValueError(f"{at}memory names no channel")
    for channel, ms in memory.items():
        if ms <= known.memory.get(channel, known.ghost_after):
            raise ValueError(
                f"{at}memory of {channel} is not longer than before, and would not hold: by date it only grows"
            )
