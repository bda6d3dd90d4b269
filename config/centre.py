"""The model of `queues.toml` and `targets.toml`: durations as people write them, errors that name the place."""

import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from config.hours import OpeningHours
from streams.core.events import Audience, Channel
from streams.core.rules import INTERVAL_MS, OTHER, PANE_MS, Rules
from streams.core.verdicts import Promise

_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class ConfigError(Exception):
    """A configuration file is missing or wrong; the message names the file, the place and the reason."""


def _duration(value: object) -> object:
    match = re.fullmatch(r"(\d+)(ms|s|m|h|d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a duration such as "10s", "7m", "36h" or "7d" is needed')
    return int(match[1]) * _UNITS_MS[match[2]]


DurationMs = Annotated[int, BeforeValidator(_duration)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Queues(_Model):
    """Queues of one channel and audience. External ones are followed, but are no part of the centre's own figures."""

    channel: Channel
    audience: Audience
    ids: list[Annotated[str, "as in the events"]]
    external: bool = False


class DefinitionsTable(_Model):
    """What counts as what; see streams/MEASURES.md."""

    short_abandon: dict[Channel, DurationMs] = {}
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


class Retention(_Model):
    """How long figures are kept behind the watermark."""

    panes: DurationMs
    intervals: DurationMs
    days: DurationMs


class Windows(_Model):
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


class Target(_Model):
    """One promise of the scorecard. Exactly one of `at_most`, `at_least` and `more_than` is its limit.

    How it is judged and told of is its own, or else as `[alerting]` says.
    """

    card: str
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    measure: Literal["mean_wait", "share_within"]
    channel: Channel
    audience: Audience
    within: DurationMs | None = None
    at_most: DurationMs | None = None
    at_least: Share | None = None
    more_than: Annotated[float, Field(ge=0, lt=1)] | None = None
    window: DurationMs
    least_sample: Annotated[int, Field(ge=1)]
    hold: DurationMs
    clear: DurationMs
    lead: DurationMs
    severity: Literal["critical", "warning"]
    hours: str | None = None  # where they are not the channel's

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.measure == "mean_wait" and (self.at_most is None or self.within is not None):
            raise ValueError("a mean_wait has at_most, and no within")
        if self.measure == "share_within" and (self.within is None or self.at_most is not None):
            raise ValueError("a share_within has within, and at_least or more_than")
        limits = [limit for limit in (self.at_most, self.at_least, self.more_than) if limit is not None]
        if len(limits) != 1:
            raise ValueError("exactly one of at_most, at_least and more_than is needed")
        return self

    @property
    def hours_key(self) -> str:
        """Whose opening hours are this target's."""
        return self.channel if self.hours is None else f"target {self.id}"

    @cached_property
    def promise(self) -> Promise:
        """What the core judges of it."""
        sense: Literal["at_most", "at_least", "more_than"] = "at_most" if self.at_most is not None else "at_least"
        if self.more_than is not None:
            sense = "more_than"
        limit = next(limit for limit in (self.at_most, self.at_least, self.more_than) if limit is not None)
        return Promise(self.within, limit, sense, self.least_sample, self.lead)

    def is_met(self, value: float) -> bool:
        """Whether a value (ms, or a share) keeps the promise."""
        return self.promise.is_met(value)


class Alerts(_Model):
    """What on-call is told of beside the targets, and where the boards and runbooks are that it is sent to."""

    namespace: str
    dashboard_url: Annotated[str, StringConstraints(pattern=r"^https?://.*[^/]$")]
    runbook_url: Annotated[str, StringConstraints(pattern=r"^https?://.*[^/]$")]
    silence: DurationMs
    lag_records: Annotated[int, Field(ge=1, le=5000)]  # beyond 5 000 no verdict is given, and that must be told
    overdue: Annotated[int, Field(ge=1)]
    transfer_least: Annotated[int, Field(ge=1)]
    transfer_answered_share: Share


class Centre(_Model):
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
        if self.retention.intervals < self.definitions.horizon + 2 * _UNITS_MS["d"]:
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
                raise ValueError(f"targets: the id {target.id} is there twice")
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


def load(folder: Path | None = None) -> Centre:
    """Reads `queues.toml` and `targets.toml` of a folder (default: the project's own). Raises ConfigError."""
    folder = folder or Path(__file__).parent
    tables = {**_read(folder / "queues.toml"), **_with_defaults(_read(folder / "targets.toml"))}
    try:
        return Centre.model_validate(tables)
    except ValidationError as error:
        raise ConfigError(f"{folder}: {_first_problem(error)}") from None


def _with_defaults(tables: dict[str, Any]) -> dict[str, Any]:
    """Every target with what `[alerting]` says of all."""
    alerting, targets = tables.pop("alerting", {}), tables.get("targets")
    if isinstance(alerting, dict) and isinstance(targets, list):
        tables["targets"] = [{**alerting, **target} if isinstance(target, dict) else target for target in targets]
    return tables


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"]) or "the whole"
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}"
