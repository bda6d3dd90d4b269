"""What is promised of days and years: the table `[[promises]]` of `targets.toml`, and what must be true of each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from config.cards import Card
from config.channels import KnownAudience, KnownChannel
from config.placing import Placed
from config.promised_queues import KINDS
from config.queue_items import QueueId
from config.spans import Span
from config.targets import Target
from config.values import Sample, length_or_share
from streams.core.promised_days import DAY_MEASURES, DayMeasure, Name, Sense
from streams.core.working_days import DAY_MS
from streams.durations import parsed

SENSES: Final[tuple[Sense, ...]] = ("at_most", "less_than", "at_least", "more_than", "about")
LEAST_ASKED: Final = 10  # answers of a survey
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
    less_than: Annotated[float, Field(gt=0, le=1, strict=True)] | None = None
    at_least: Annotated[float, Field(gt=0, le=1, strict=True)] | None = None
    more_than: Annotated[float, Field(ge=0, lt=1, strict=True)] | None = None
    about: Annotated[float, Field(ge=0, le=1, strict=True)] | None = None  # give or take so much
    give_or_take: Annotated[float, Field(gt=0, lt=0.5, strict=True)] | None = None
    least_sample: Sample = 30  # fewer than this are too few to judge; of a survey they are not shown at all

    @field_validator("at_most", mode="before")
    @classmethod
    def _as_it_is_promised(cls, value: object, info: ValidationInfo) -> object:
        measure = DAY_MEASURES.get(info.data.get("measure", ""))
        if measure is None or measure.unit == "share":
            return length_or_share(value)
        days = parsed(value) if isinstance(value, str) else 0
        if not days or days % DAY_MS:
            raise ValueError(f'{measure.name} has at_most as a whole number of working days, such as "2d"')
        return days

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.queue is not None and self.audience is None:
            raise ValueError("a queue is of an audience: say of which")
        given = [sense for sense in SENSES if getattr(self, sense) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of {', '.join(SENSES)} is needed")
        if (self.about is None) != (self.give_or_take is None):
            raise ValueError("about has give_or_take beside it, and nothing else has")
        if given[0] not in self.counted.senses:
            raise ValueError(f"{self.measure} has {' or '.join(self.counted.senses)}, and not {given[0]}")
        if self.counted.unit == "share" and isinstance(self.at_most, int):
            raise ValueError(f"{self.measure} is a share: its limit is a number from 0 to 1")
        if (
            self.about is not None
            and not 0 <= self.about - (self.give_or_take or 0) <= self.about + (self.give_or_take or 0) <= 1
        ):
            raise ValueError("about, give or take, is between 0 and 1")
        if self.counted.is_asked and self.least_sample < LEAST_ASKED:
            raise ValueError(
                f"least_sample of a survey is at least {LEAST_ASKED}: of fewer it is guessed who said what"
            )
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
    for place, promise in enumerate(promises):
        at = f"promises.{place} ({promise.id})"
        card = cards.get(promise.card)
        if card is None:
            yield f'{at}: there is no card "{promise.card}"'
        elif not card.overlaps(promise):
            yield f'{at}: it is never in force: the card "{promise.card}" is {card.dates}'
        if not any(promise.is_of(*group) for group in groups):
            yield f"{at}: there are no queues of {', '.join(filter(None, (promise.channel, promise.audience)))}"
        elif why := _why_none(promise, all_of_them):
            yield f"{at}: {why}"
        elif card is not None and promise.queue is not None and not _is_there(promise, card, all_of_them):
            yield f"{at}: {promise.whose} is there on none of the days on which it is in force"
        others: list[tuple[str, Target | DayPromise]] = [(f"targets.{n}", one) for n, one in enumerate(targets)]
        others += [(f"promises.{n}", one) for n, one in enumerate(promises[:place])]
        for where, other in others:
            if other.id == promise.id and other.measure != promise.measure:
                yield f"{at}: {where} has the same id, and is of {other.measure}: an id is of one measure"
            elif (other.card, other.id) == (promise.card, promise.id) and other.overlaps(promise):
                yield f"{at}: the id {promise.id} is there twice, and {where} is of some of the same days"


def _why_none(promise: DayPromise, all_of_them: Sequence[Placed]) -> str | None:
    """What is wrong with the queue that it names; a chatbot's lies outside, and no other may."""
    of = [one for one in all_of_them if one.line == promise.whose]
    if promise.queue is None or any(one.kind == "own" for one in of):
        return None
    if not of:
        return f"there is no queue {promise.queue} of {promise.channel}, {promise.audience}"
    if promise.counted.is_of_bots and of[0].kind == "external":
        return None
    return f"the queue {promise.whose} is {KINDS[of[0].kind]}: {promise.measure} is of the centre's own queues"


def _is_there(promise: DayPromise, card: Card, all_of_them: Sequence[Placed]) -> bool:
    of = (one.queue for one in all_of_them if one.line == promise.whose)
    days = promise.common(card)
    return days is not None and any(days.overlaps(queue) for queue in of)
