"""What is promised of days and years: the table `[[promises]]` of `targets.toml`, and what must be true of each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from config.cards import Card
from config.channels import KnownAudience, KnownChannel
from config.placing import Placed
from config.queue_items import QueueId
from config.spans import Span
from config.targets import Target
from config.values import Sample, Share, length_or_share
from streams.core.promised_days import DAY_MEASURES, DayMeasure, Name

Sense = Literal["at_most", "less_than", "at_least", "more_than", "about"]
SENSES: Final[tuple[Sense, ...]] = ("at_most", "less_than", "at_least", "more_than", "about")
_HAIR = 1e-9  # 0.1 + 0.2 is more than 0.3 to a computer


class DayPromise(Span):
    """One promise that is judged by the day, week, month, quarter and year. Exactly one of its senses is its limit.

    It is of all queues of a channel and audience together; of one of them; or of all of the channel's.
    """

    card: str
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    measure: Name
    channel: KnownChannel
    audience: KnownAudience | None = None
    queue: QueueId | None = None
    at_most: Annotated[int | float, Field(gt=0)] | None = None  # working days ("2d"), or a share
    less_than: Share | None = None
    at_least: Share | None = None
    more_than: Share | None = None
    about: Share | None = None  # give or take so much
    give_or_take: Annotated[float, Field(gt=0, lt=1)] | None = None
    least_sample: Sample = 30  # fewer than this are too few to judge; of a survey they are not shown at all

    @field_validator("at_most", mode="before")
    @classmethod
    def _as_it_is_promised(cls, value: object) -> object:
        return length_or_share(value)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.queue is not None and self.audience is None:
            raise ValueError("a queue is of an audience: say of which")
        given = [sense for sense in SENSES if getattr(self, sense) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of {', '.join(SENSES)} is needed")
        if (self.about is None) != (self.give_or_take is None):
            raise ValueError("about has give_or_take beside it, and nothing else has")
        is_days = isinstance(self.at_most, int)
        if self.counted.unit == "ms" and not is_days:
            raise ValueError(f'{self.measure} has at_most as a number of working days ("2d")')
        if self.counted.unit == "share" and is_days:
            raise ValueError(f"{self.measure} is a share: its limit is a number from 0 to 1")
        return self

    @property
    def counted(self) -> DayMeasure:
        """What it is of."""
        return DAY_MEASURES[self.measure]

    @property
    def sense(self) -> Sense:
        """Which one is its limit."""
        return next(sense for sense in SENSES if getattr(self, sense) is not None)

    @property
    def limit(self) -> float:
        """The limit: ms (a working day is 24 hours), or a share."""
        limit: float = getattr(self, self.sense)
        return limit

    @property
    def whose(self) -> str:
        """Whose figures it speaks of: "<channel>", "<channel>/<audience>", or a line "<channel>/<audience>/<queue>"."""
        return "/".join(filter(None, (self.channel, self.audience, self.queue)))

    def is_of(self, channel: str, audience: str) -> bool:
        """Whether it speaks of this group's queues."""
        return self.channel == channel and self.audience in (None, audience)

    def is_met(self, value: float) -> bool:
        """Whether a value (ms, or a share) keeps it."""
        match self.sense:
            case "at_most":
                return value <= self.limit
            case "less_than":
                return value < self.limit
            case "at_least":
                return value >= self.limit
            case "more_than":
                return value > self.limit
            case "about":
                return abs(value - self.limit) <= (self.give_or_take or 0) + _HAIR


def promised_on(
    day: date, card: str | None, promises: Sequence[DayPromise], all_of_them: Sequence[Placed]
) -> list[DayPromise]:
    """Those of a card that hold on a day, and are of a queue that is there then."""

    def is_there(promise: DayPromise) -> bool:
        return promise.queue is None or any(one.line == promise.whose and one.queue.holds(day) for one in all_of_them)

    return [one for one in promises if one.card == card and one.holds(day) and is_there(one)]


def wrong_promises(
    promises: Sequence[DayPromise],
    targets: Sequence[Target],
    cards: Mapping[str, Card],
    groups: Sequence[tuple[str, str]],
    all_of_them: Sequence[Placed],
) -> Iterator[str]:
    """What is wrong with them, each with its place."""
    lines = {one.line for one in all_of_them}
    for place, promise in enumerate(promises):
        at = f"promises.{place} ({promise.id})"
        card = cards.get(promise.card)
        if card is None:
            yield f'{at}: there is no card "{promise.card}"'
        elif not card.overlaps(promise):
            yield f'{at}: it is never in force: the card "{promise.card}" is {card.dates}'
        if not any(promise.is_of(*group) for group in groups):
            yield f"{at}: there are no queues of {', '.join(filter(None, (promise.channel, promise.audience)))}"
        elif promise.queue is not None and promise.whose not in lines:
            yield f"{at}: there is no queue {promise.queue} of {promise.channel}, {promise.audience}"
        others: list[tuple[str, Target | DayPromise]] = [(f"targets.{n}", one) for n, one in enumerate(targets)]
        others += [(f"promises.{n}", one) for n, one in enumerate(promises[:place])]
        for where, other in others:
            if (other.card, other.id) == (promise.card, promise.id) and other.overlaps(promise):
                yield f"{at}: the id {promise.id} is there twice, and {where} is of some of the same days"
