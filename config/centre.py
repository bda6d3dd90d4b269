"""The model of `queues.toml` and `targets.toml` together: one contact centre, and what must be true of the whole."""

from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from config.hours import OpeningHours
from config.targets import Alerts, Target
from config.values import DAY_MS, DurationMs, Table
from streams.core.events import Audience, Channel
from streams.core.rules import INTERVAL_MS, OTHER, PANE_MS, Rules


class Queues(Table):
    """Queues of one channel and audience. External ones are followed, but are no part of the centre's own figures."""

    channel: Channel
    audience: Audience
    ids: list[Annotated[str, "as in the events"]]
    external: bool = False


class DefinitionsTable(Table):
    """What counts as what; see streams/MEASURES.md."""

    short_abandon: dict[Channel, DurationMs] = Field(default_factory=dict)
    ghost_after: DurationMs
    promise: DurationMs
    promise_lost: DurationMs
    horizon: DurationMs
    skew: DurationMs
    future: DurationMs
    stale_after: DurationMs
    least_sample: int

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ghost_after < INTERVAL_MS:
            raise ValueError("ghost_after must be at least 15m")  # `Aggregates._find_lost_maxima` builds on it
        if self.promise_lost < self.ghost_after:
            raise ValueError("promise_lost must be at least ghost_after")  # a journey's linger may only grow
        if self.stale_after <= 0:
            raise ValueError("stale_after must be more than 0s")
        if self.future < self.skew:
            raise ValueError("future must be at least skew")
        return self


class Retention(Table):
    """How long figures are kept behind the watermark."""

    panes: DurationMs
    intervals: DurationMs
    days: DurationMs


class Windows(Table):
    """The sliding windows that are shown; `main` is the one shown first."""

    lengths: list[DurationMs]
    main: DurationMs

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(length % PANE_MS or length <= 0 for length in self.lengths):
            raise ValueError("a window's length must be a multiple of 10s")
        if self.main not in self.lengths:
            raise ValueError("main must be one of lengths")
        return self


class Centre(Table):
    """One contact centre."""

    name: str
    timezone: str
    holidays: str | None = None
    histogram: list[DurationMs]
    definitions: DefinitionsTable
    retention: Retention
    windows: Windows
    hours: dict[Channel, str]
    queues: list[Queues]
    cards: dict[str, str]  # the scorecards' names, and where each is from
    in_force: str
    alerts: Alerts
    all_targets: Annotated[list[Target], Field(alias="targets")]

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {value}") from error
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_targets()
        if self.retention.intervals < self.definitions.horizon + 2 * DAY_MS:
            raise ValueError("retention.intervals must be at least horizon + 2d")  # a day's maximum is made of them
        if max(self.windows.lengths) + self.definitions.skew > self.retention.panes:
            raise ValueError("retention.panes must be longer than the longest window and the skew together")
        _ = self.opening_hours
        return self

    def _check_targets(self) -> None:
        if self.in_force not in self.cards:
            raise ValueError(f'in_force: there is no card "{self.in_force}"')
        if not self.targets:
            raise ValueError(f'in_force: the card "{self.in_force}" has no targets')
        known, seen = {(q.channel, q.audience) for q in self.queues if not q.external}, set()
        for place, target in enumerate(self.all_targets):
            at = f"targets.{place} ({target.id})"
            if target.card not in self.cards:
                raise ValueError(f'{at}: there is no card "{target.card}"')
            if (target.card, target.id) in seen:
                raise ValueError(f"{at}: the id {target.id} is there twice")
            if (target.channel, target.audience) not in known:
                raise ValueError(f"{at}: there are no queues of {target.channel}, {target.audience}")
            if not {target.window, target.window - target.lead} <= set(self.windows.lengths):
                raise ValueError(f"{at}: window, and window less lead, must each be one of windows.lengths")
            if target.hours is not None:
                OpeningHours({target.id: target.hours}, ZoneInfo(self.timezone), self.holidays)
            seen.add((target.card, target.id))

    @cached_property
    def targets(self) -> list[Target]:
        """Those in force."""
        return [target for target in self.all_targets if target.card == self.in_force]

    @cached_property
    def opening_hours(self) -> OpeningHours:
        """When each channel is open, and each target that has hours of its own: by channel, and by `hours_key`."""
        hours = {str(channel): text for channel, text in self.hours.items()}
        hours |= {target.hours_key: target.hours for target in self.targets if target.hours is not None}
        return OpeningHours(hours, ZoneInfo(self.timezone), self.holidays)

    @cached_property
    def own_lines(self) -> list[str]:
        """The lines that are the centre's own, in the order of the file, each channel's and audience's `other` last."""
        own = [q for q in self.queues if not q.external]
        named = [f"{q.channel}/{q.audience}/{id_}" for q in own for id_ in q.ids]
        return [*named, *dict.fromkeys(f"{q.channel}/{q.audience}/{OTHER}" for q in own)]

    @cached_property
    def external_lines(self) -> list[str]:
        """The lines outside the centre: offices passed on to, the chatbot."""
        return [f"{q.channel}/{q.audience}/{id_}" for q in self.queues if q.external for id_ in q.ids]

    def rules(self, pseudonym_key: bytes = b"") -> Rules:
        """What the fold needs of this."""
        d = self.definitions
        thresholds = [t for target in self.all_targets for t in (target.within, target.at_most)]
        return Rules(
            edges_ms=tuple(sorted({*self.histogram, *(t for t in thresholds if t is not None)})),
            lines={
                (q.channel, q.audience, id_): f"{q.channel}/{q.audience}/{id_}" for q in self.queues for id_ in q.ids
            },
            short_abandon_ms={str(channel): ms for channel, ms in d.short_abandon.items()},
            ghost_after_ms=d.ghost_after,
            promise_ms=d.promise,
            promise_lost_ms=d.promise_lost,
            horizon_ms=d.horizon,
            skew_ms=d.skew,
            future_ms=d.future,
            pane_retention_ms=self.retention.panes,
            interval_retention_ms=self.retention.intervals,
            day_retention_ms=self.retention.days,
            timezone=ZoneInfo(self.timezone),
            pseudonym_key=pseudonym_key,
        )
