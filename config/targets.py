"""What has been promised and when somebody is told: the tables of `targets.toml`, and what must be true of each."""

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from config.channels import KnownAudience, KnownChannel, tables_of
from config.hours import Hours
from config.queue_items import QueueId
from config.spans import Span
from config.values import DAY_MS, DurationMs, PositiveMs, Sample, Share, Table, length_or_share
from streams.core.promised import TARGET_MEASURES, Limit, Name
from streams.core.telling import Matter, Terms
from streams.core.verdicts import Promise

Level = Literal["channel", "group", "queue"]
TIMES_THE_MEAN = 3  # what one may wait, of what was promised on average, where nothing else is said


class Alerting(Table):
    """How a target is judged, and when somebody is told."""

    window: DurationMs
    least_sample: Sample
    hold: DurationMs
    clear: DurationMs
    lead: DurationMs
    severity: Literal["critical", "warning"]  # of a breach
    grave: Annotated[float, Field(gt=1)] = 2  # beyond so many times what is promised, a breach is critical all the same

    @property
    def drift_severity(self) -> Literal["warning"]:
        """A drift is not broken yet: it wakes nobody, whatever a breach does."""
        return "warning"

    @property
    def drift_clear(self) -> int:
        """For how long (ms) a drift is gone before it is taken back: before a breach that comes of it is told, which
        silences it. Else nobody would hear that it ended.
        """
        return min(self.clear, self.hold // 2)


class Target(Alerting, Span):
    """One promise of the scorecard. Exactly one of `at_most`, `at_least` and `more_than` is its limit.

    It is of a channel's and audience's own queues together; of one of them, where it names one (`queue`); or of all of
    the channel's, where it names no audience.
    How it is judged and told of is its own, or else as `[alerting]` says. It holds while its card does; where it has
    dates, on those days alone.
    """

    card: str
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    measure: Name
    channel: KnownChannel
    audience: KnownAudience | None = None
    queue: QueueId | None = None  # the id of a line: it is of that one alone
    within: PositiveMs | None = None
    at_most: Annotated[int | float, Field(gt=0)] | None = None  # a share is a float; ms and how many there are whole
    at_least: Share | None = None
    more_than: Annotated[float, Field(ge=0, lt=1)] | None = None
    hours: Hours | None = None  # where they are not its queue's, or the channel's

    @field_validator("id")
    @classmethod
    def _not_a_channel(cls, value: str, info: ValidationInfo) -> str:
        if value in tables_of(info).channels:  # hours are told apart by the names of channels and the ids of targets
            raise ValueError(f"an id that is a channel's name: {value}")
        return value

    @field_validator("at_most", mode="before")
    @classmethod
    def _as_it_is_promised(cls, value: object, info: ValidationInfo) -> object:
        """A length of time, a share, or so many, as its measure has it."""
        measure = TARGET_MEASURES.get(info.data.get("measure", ""))
        if measure is None or measure.unit != "visits":
            return length_or_share(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"a target of {measure.name} has at_most as a whole number: how many")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.queue is not None and self.audience is None:
            raise ValueError("a queue is of an audience: say of which")
        measure = TARGET_MEASURES[self.measure]
        if why := measure.why_not(has_threshold=self.within is not None, limit=self._limit):
            raise ValueError(why)
        limits = [limit for limit in (self.at_most, self.at_least, self.more_than) if limit is not None]
        if len(limits) != 1:
            raise ValueError("exactly one of at_most, at_least and more_than is needed")
        return self

    @property
    def _limit(self) -> Limit:
        if self.at_most is None:
            return "least share"
        if self.at_most_visits is not None:
            return "most visits"
        return "most ms" if self.at_most_ms else "most share"

    @property
    def at_most_ms(self) -> int | None:
        """How long it may be, in ms; None where it promises no length of time."""
        return None if self._is_how_many or isinstance(self.at_most, float) else self.at_most

    @property
    def at_most_visits(self) -> int | None:
        """How many there may be; None where it promises something else."""
        return self.at_most if self._is_how_many and isinstance(self.at_most, int) else None

    @property
    def _is_how_many(self) -> bool:
        return TARGET_MEASURES[self.measure].unit == "visits"

    @property
    def grave_ms(self) -> int | None:
        """Beyond what (ms) a breach of it wakes somebody; None where each does, or where it promises no mean wait: a
        share says how many, and not how badly.
        """
        is_told_already = self.severity == "critical" or self.mean_wait_ms is None
        return None if is_told_already else round((self.mean_wait_ms or 0) * self.grave)

    @property
    def mean_wait_ms(self) -> int | None:
        """How long a queue's own waits may be on average; None where that is not what it promises."""
        return self.at_most_ms if self.measure == "mean_wait" else None

    @property
    def whose(self) -> str:
        """Whose figures it speaks of: "<channel>", "<channel>/<audience>", or a line "<channel>/<audience>/<queue>"."""
        return "/".join(filter(None, (self.channel, self.audience, self.queue)))

    def is_of(self, channel: str, audience: str) -> bool:
        """Whether it speaks of this group's queues, or of some of them."""
        return self.channel == channel and self.audience in (None, audience)

    @property
    def level(self) -> Level:
        """How many queues it speaks of: all of a channel or a group, or one."""
        if self.audience is None:
            return "channel"
        return "group" if self.queue is None else "queue"

    @property
    def hours_key(self) -> str:
        """Whose opening hours are this target's: its own, else its queue's, which may be the channel's."""
        if self.hours is not None:
            return f"target {self.card}/{self.id} {self.dates}"
        return self.channel if self.queue is None else self.whose

    @cached_property
    def promise(self) -> Promise:
        """What the core judges of it."""
        sense: Literal["at_most", "at_least", "more_than"] = "at_most" if self.at_most is not None else "at_least"
        if self.more_than is not None:
            sense = "more_than"
        limit = next(limit for limit in (self.at_most, self.at_least, self.more_than) if limit is not None)
        return Promise(TARGET_MEASURES[self.measure], self.within, limit, sense, self.least_sample, self.lead)

    @cached_property
    def telling(self) -> dict[Matter, Terms]:
        """How long a breach and a drift stand before they are told, and are gone before they are taken back."""
        return {"breach": Terms(self.hold, self.clear), "drifting": Terms(self.hold, self.drift_clear)}

    def is_met(self, value: float) -> bool:
        """Whether a value (ms, or a share) keeps the promise."""
        return self.promise.is_met(value)


def usual(measure: object) -> dict[str, int]:
    """What is otherwise with a measure than `[alerting]` says of all, where a target says nothing of it itself."""
    known = TARGET_MEASURES.get(measure) if isinstance(measure, str) else None  # type: ignore[call-overload]
    return {} if known is None or known.least_sample is None else {"least_sample": known.least_sample}


class LongestWait(Span):
    """How long one person may wait in a channel's and audience's queues; else it is three times the mean's promise.

    Where it has dates, on those days alone.
    """

    channel: KnownChannel
    audience: KnownAudience
    at_most: PositiveMs

    @property
    def group(self) -> str:
        """Whose lines it speaks of: "<channel>/<audience>"."""
        return f"{self.channel}/{self.audience}"


class Alerts(Table):
    """What on-call is told of beside the targets, and where the boards and runbooks are that it is sent to."""

    namespace: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]  # a DNS label
    dashboard_url: Annotated[str, StringConstraints(pattern=r"^https?://.*[^/]$")]
    runbook_url: Annotated[str, StringConstraints(pattern=r"^https?://.*[^/]$")]
    silence: DurationMs
    lag_records: Annotated[int, Field(ge=1)]
    overdue: Annotated[int, Field(ge=1)]
    letters_overdue: Annotated[int, Field(ge=1)] = 50
    letters_oldest: PositiveMs = 10 * DAY_MS
    transfer_least: Annotated[int, Field(ge=1)]
    transfer_answered_share: Share
