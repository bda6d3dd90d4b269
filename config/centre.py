"""The model of `queues.toml` and `targets.toml` together: one contact centre, and what must be true of the whole."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, PrivateAttr, field_validator, model_validator

from config.cards import Cards, InForce, in_force_on, wrong_cards, wrong_dates
from config.channels import Audiences, Channels, KnownChannel, Names
from config.day_promises import DayPromise, promised_on, wrong_promises
from config.definitions import DefinitionsTable
from config.hours import Hours, OpeningHours, any_of, holidays_of, says_holidays
from config.placing import Placed, lines_of, placed, placings_of, remaining, wrong
from config.planned_stops import PlannedStop, Stop, by_channel, wrong_stops
from config.promised_queues import absences, never, stretches, why_none
from config.queue_hours import of_any, of_lines
from config.queues import Queues, Retention, Windows
from config.sources import Sources
from config.spans import Span
from config.targets import Alerts, LongestWait, Target
from config.values import DAY_MS, DurationMs, Table
from streams.core.definitions import Definitions
from streams.core.open_hours import OfDay, OpenHours, Stretch
from streams.core.rules import Rules
from streams.core.scale import is_on_scale, neighbours
from streams.core.shown import Stretches
from streams.core.source_queue import OTHER, normalized
from streams.durations import short

_DAYS_REMEMBERED = 1000


class Centre(Table):
    """One contact centre."""

    revision: Annotated[int, Field(ge=0, lt=2**53, strict=True)] = 0  # of two configurations the higher one holds
    name: str
    timezone: str
    holidays: str | None = None
    histogram: Annotated[list[DurationMs], Field(min_length=1)]
    definitions: DefinitionsTable
    retention: Retention
    windows: Windows
    channels: Channels
    audiences: Audiences
    hours: dict[KnownChannel, Hours]
    queues: list[Queues]
    sources: Sources = Field(default_factory=dict)  # "other" is every one that is not there
    planned_stops: list[PlannedStop] = Field(default_factory=list)
    cards: Cards
    in_force: str | None = None  # the one card that always is; else each is by its dates
    alerts: Alerts
    longest_wait: list[LongestWait] = Field(default_factory=list)
    all_targets: Annotated[list[Target], Field(alias="targets")]
    promises: list[DayPromise] = Field(default_factory=list)  # judged by the day, and by no window
    _placed_ever: list[Placed] | None = PrivateAttr(default=None)  # where `queues` are what is left of them

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones, such as Europe
            raise ValueError(f"unknown time zone {value}") from error
        return value

    @field_validator("holidays")
    @classmethod
    def _known_country(cls, value: str | None) -> str | None:
        if value is not None:
            holidays_of(value)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if problems := [*self._problems()]:
            raise ValueError("\n".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        """What is wrong with the whole, each with its place."""
        yield from self._off_the_scale()
        yield from self._wrong_queues()
        yield from self._wrong_sources()
        yield from self._wrong_hours()
        yield from wrong_stops(self.planned_stops, self._zone)
        yield from wrong_cards(self.cards, self.in_force, self.all_targets)
        yield from self._wrong_targets()
        yield from wrong_dates(self.all_targets, self.cards)
        groups = list(dict.fromkeys((q.channel, q.audience) for q in self.queues))
        yield from wrong_promises(self.promises, self.all_targets, self.cards, groups, self.placed)
        yield from self._wrong_longest_waits()
        yield from self._wrong_definitions()
        if max(self.windows.lengths) + self.definitions.skew > self.retention.panes:
            yield "retention.panes must be longer than the longest window and the skew together"
        if self.retention.days < 2 * DAY_MS:  # today is one of them, and may have 25 hours
            yield "retention.days must be at least 2d: today's figures are those of the last one"

    def _wrong_definitions(self) -> Iterator[str]:
        try:
            longest_horizon = self.counted_by.longest.horizon_ms
        except ValueError as error:
            yield str(error)
            return
        if self.retention.intervals < longest_horizon + 2 * DAY_MS:
            yield "retention.intervals must be at least horizon + 2d"  # a day's maximum is made of them

    def _off_the_scale(self) -> Iterator[str]:
        waits = [("histogram", edge) for edge in self.histogram]
        waits += [
            (f"targets.{place} ({target.id}).within", target.within)
            for place, target in enumerate(self.all_targets)
            if target.within is not None
        ]
        for place, ms in waits:
            if not is_on_scale(ms):
                near = " and ".join(short(edge) for edge in neighbours(ms))
                yield f"{place}: {short(ms)} is not on the scale that waits are counted on; next to it: {near}"

    def _wrong_queues(self) -> Iterator[str]:
        for place, queues in enumerate(self.queues):
            if queues.lines("own") and queues.channel not in self.hours:  # nobody would be told that it fell silent
                yield f"hours: there are none of {queues.channel}, which has queues (queues.{place})"
        yield from wrong(self.placed)

    def _wrong_sources(self) -> Iterator[str]:
        if OTHER in self.sources:
            yield f"sources.{OTHER}: that is what all sources are called together that are not there"
        told = [(normalized(text), name) for text, name in self.source_names]
        for place, (text, name) in enumerate(told):
            if other := next((other for known, other in told[:place] if known == text), None):
                yield f"sources.{name}: one of its names is {'there twice' if other == name else f'{other} too'}"
        for name in self.sources:
            max_age_ms, tolerance_ms = self.report_terms(name)
            if tolerance_ms > max_age_ms:
                yield f"sources.{name}: report_tolerance must be at most report_max_age"

    @property
    def source_names(self) -> tuple[tuple[str, str], ...]:
        """What each source may write as its name, and the name that it is configured by."""
        return tuple((text, name) for name, source in self.sources.items() for text in source.names or [name])

    def report_terms(self, source: str) -> tuple[int, int]:
        """Of a source's own count of who waits: how old it may be, and how close to it is too close to say (ms)."""
        own, usual = self.sources.get(source), self.definitions
        max_age_ms, tolerance_ms = (own.report_max_age, own.report_tolerance) if own else (None, None)
        return (
            usual.report_max_age if max_age_ms is None else max_age_ms,
            usual.report_tolerance if tolerance_ms is None else tolerance_ms,
        )

    def _wrong_hours(self) -> Iterator[str]:
        if self.holidays is not None:
            return
        for place, hours in self._all_hours():
            if any(says_holidays(stretch.hours) for stretch in hours):
                yield f'{place}: it says what is so on public holidays (PH): say whose, holidays = "NO"'

    def _all_hours(self) -> Iterator[tuple[str, Hours]]:
        """Of channels, queues and targets, each with its place."""
        yield from ((f"hours.{channel}", hours) for channel, hours in self.hours.items())
        of_queues = {one.place: one.queue.hours for one in self.placed}
        yield from ((f"{place}.hours", hours) for place, hours in of_queues.items() if hours)
        of_targets = {f"targets.{n} ({one.id}).hours": one.hours for n, one in enumerate(self.all_targets)}
        yield from ((place, hours) for place, hours in of_targets.items() if hours)

    def _wrong_longest_waits(self) -> Iterator[str]:
        for place, limit in enumerate(self.longest_wait):
            at, of = f"longest_wait.{place}", f"{limit.channel}, {limit.audience}"
            if (limit.channel, limit.audience) not in self.own_groups:
                yield f"{at}: there are no queues of {of}"
            for other, before in enumerate(self.longest_wait[:place]):
                if before.group == limit.group and before.overlaps(limit):
                    yield f"{at}: {of} is there twice, and longest_wait.{other} is of some of the same days"

    def _wrong_targets(self) -> Iterator[str]:
        for place, target in enumerate(self.all_targets):
            at = f"targets.{place} ({target.id})"
            if target.card not in self.cards:
                yield f'{at}: there is no card "{target.card}"'
            if not any(target.is_of(*group) for group in self.own_groups):
                yield f"{at}: there are no queues of {', '.join(filter(None, (target.channel, target.audience)))}"
            elif why := why_none(target, self.placed):
                yield f"{at}: {why}"
            elif target.card in self.cards and never(target, self.cards[target.card], self.placed):
                yield f"{at}: it is never judged: {target.whose} is there on none of the days on which it is in force"
            if not {target.window, target.window - target.lead} <= set(self.windows.lengths):
                yield f"{at}: window, and window less lead, must each be one of windows.lengths"

    @cached_property
    def own_groups(self) -> list[tuple[str, str]]:
        """The channels and audiences of the centre's own queues, in the order of the file."""
        return list(dict.fromkeys((q.channel, q.audience) for q in self.queues if q.lines("own")))

    @cached_property
    def names(self) -> Names:
        """What boards and alerts call the channels, audiences and queues."""
        channels = {name: channel.label for name, channel in self.channels.items()}
        there = {one.line for one in self.placed}
        over = [one for one in self._placed_ever or () if one.line not in there]  # and still spoken of
        labels = {one.line: one.queue.label for one in reversed([*self.placed, *over]) if one.queue.label}
        return Names(channels, self.audiences, labels)

    def date_at(self, now_ms: int) -> date:
        """The centre's own date at an instant (epoch ms)."""
        return datetime.fromtimestamp(now_ms / 1000, self._zone).date()

    def card_at(self, at: int | date) -> str | None:
        """The card that is in force at an instant (epoch ms) or on a local date; None where none is."""
        return self._at(at).card

    def targets_at(self, at: int | date) -> Sequence[Target]:
        """The targets that are in force then."""
        return self._at(at).targets

    def promises_at(self, at: int | date) -> Sequence[DayPromise]:
        """What is promised of days then."""
        day = at if isinstance(at, date) else self.date_at(at)
        return promised_on(day, self.card_at(day), self.promises, self._ever_placed)

    def longest_waits_at(self, at: int | date) -> Mapping[str, int]:
        """How long (ms) one may wait then, by "<channel>/<audience>"."""
        return self._at(at).longest_waits

    def _at(self, at: int | date) -> InForce:
        return self._on(at if isinstance(at, date) else self.date_at(at))

    @cached_property
    def _on(self) -> Callable[[date], InForce]:
        """Worked out once a day: it is asked of each line, each second."""

        def found(day: date) -> InForce:
            there = [target for target in self.all_targets if self._is_there(target, day)]
            return in_force_on(day, self.cards, self.in_force, there, self.longest_wait)

        return lru_cache(_DAYS_REMEMBERED)(found)

    def _is_there(self, target: Target, day: date) -> bool:
        """Whether there is a queue to judge: where a target's is not there, nothing is said of it."""
        return target.queue is None or any(one.holds(day) for one in self.stretches_of(target.whose))

    @cached_property
    def stretches_of(self) -> Callable[[str], list[Span]]:
        """By line when it is there as one of the centre's own, a stretch for each that it is made of."""
        return lru_cache(None)(lambda line: stretches(line, self._ever_placed))

    def absences(self) -> Iterator[tuple[str, Target, Span]]:
        """The days on which targets are in force and the queues that they name are not there; each with its place."""
        for place, target in enumerate(self.all_targets):
            if self.in_force in (None, target.card):
                of_it = absences(target, self.cards[target.card], self.placed)
                yield from ((f"targets.{place} ({target.id})", target, days) for days in of_it)

    @cached_property
    def opening_hours(self) -> OpeningHours:
        """When each channel is open, and each queue and target that has hours of its own: by channel, by line, and by
        `hours_key`; and when any queue of several is, where one has.
        """
        hours = {str(channel): hours for channel, hours in self.hours.items()}
        anybody = of_any(self._ever_placed, hours)
        by_target = {target.hours_key: target.hours for target in self.all_targets if target.hours is not None}
        by_any = {any_of(whose): of for whose, of in anybody.items()}
        return OpeningHours({**hours, **self.hours_of_lines, **by_any, **by_target}, self._zone, self.holidays)

    @cached_property
    def hours_of_lines(self) -> Mapping[str, Hours]:
        """By line the hours of each queue that has some of its own; those of the others are their channel's."""
        return of_lines(self._ever_placed, {str(channel): hours for channel, hours in self.hours.items()})

    def planned_stop_at(self, channel: str, at_ms: int) -> Stop | None:
        """The planned stop of a channel's source that lasts at an instant (epoch ms)."""
        return next((stop for stop in self._stops.get(channel, ()) if stop.from_ms <= at_ms < stop.until_ms), None)

    @cached_property
    def _stops(self) -> Mapping[str, Sequence[Stop]]:
        return by_channel(self.planned_stops, self._zone)

    @cached_property
    def own_lines(self) -> list[str]:
        """The lines that are the centre's own, in the order of the file, each channel's and audience's `other` last."""
        named = [line for q in self.queues for line in q.lines("own")]
        return list(dict.fromkeys([*named, *("/".join((*group, OTHER)) for group in self.own_groups)]))

    @cached_property
    def external_lines(self) -> list[str]:
        """The lines outside the centre: offices passed on to, the chatbot."""
        return list(dict.fromkeys(line for q in self.queues for line in q.lines("external")))

    def external_at(self, at_ms: int) -> list[str]:
        """Those of an instant's day."""
        return self.as_of(at_ms).external_lines

    def as_of(self, at_ms: int) -> "Centre":
        """The same with the lines that hold on an instant's day, or later, each as it is then, or will be first."""
        return self._as_of.at(at_ms)

    @cached_property
    def _as_of(self) -> Stretches["Centre"]:
        return Stretches((ms for one in self.placed for ms in one.placing(self._zone)[1:]), self._remaining)

    def _remaining(self, at_ms: int) -> "Centre":
        queues = remaining(self.queues, self.date_at(at_ms))
        if queues == self.queues:
            return self
        left = self.model_copy(update={"queues": queues})
        left._placed_ever = self._ever_placed
        return left

    @cached_property
    def placed(self) -> list[Placed]:
        """Each queue of the source, where it is shown, and when."""
        return placed(self.queues)

    @property
    def _ever_placed(self) -> list[Placed]:
        """The same with what is over."""
        return self._placed_ever or self.placed

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def shown_edges_ms(self) -> tuple[int, ...]:
        """The edges of the scale of waits that histograms are shown by: those given, and the targets' own."""
        return tuple(edge for edge in self._edges_ms if is_on_scale(edge))

    @cached_property
    def _edges_ms(self) -> tuple[int, ...]:
        thresholds = [t for target in self.all_targets for t in (target.within, target.at_most_ms)]
        return tuple(sorted({*self.histogram, *(t for t in thresholds if t is not None)}))

    @cached_property
    def counted_by(self) -> Definitions:
        """The definitions that decide what an event counts, and from when on which of them hold."""
        definitions = self.definitions.in_core(self._zone)
        return replace(definitions, open_hours=OpenHours(self._open_on, self._zone))

    @cached_property
    def _open_on(self) -> OfDay:
        """When a channel is open on a local day, which is told by its midnight."""

        @lru_cache(_DAYS_REMEMBERED)
        def found(channel: str, day_ms: int) -> Sequence[Stretch]:
            return self.opening_hours.stretches(channel, self.date_at(day_ms))

        return found

    def rules(self, pseudonym_key: bytes = b"", queue_key: bytes = b"", other_key: bytes = b"") -> Rules:
        """What the fold needs of this."""
        d = self.definitions
        return Rules(
            coarse_edges_ms=self._edges_ms,
            channels=tuple(self.channels),
            audiences=tuple(self.audiences),
            lines=lines_of(self.placed),
            placings=placings_of(self.placed, self._zone),
            definitions=self.counted_by,
            skew_ms=d.skew,
            future_ms=d.future,
            witnesses=d.witnesses,
            pane_retention_ms=self.retention.panes,
            interval_retention_ms=self.retention.intervals,
            day_retention_ms=self.retention.days,
            timezone=ZoneInfo(self.timezone),
            pseudonym_key=pseudonym_key,
            queue_key=queue_key,
            other_key=other_key,
            lately_ms=max(sum(self.report_terms(source)) for source in (OTHER, *self.sources)),
            sources=self.source_names,
        )
