"""When each target is in force: its spells. What is generated of one holds in its spell and at no other time, so that a
card takes over from another without anything being made anew on the night. May import: config,
the core's calendar.
"""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from config import Centre
from config.spans import DAY, Span
from config.spans import days as span
from config.targets import Target
from streams.core.calendar import midnight

_OF_DATES: Final = {"card", "from_", "until"}


class Spell(NamedTuple):
    """A target, and the days on end in which it is in force unchanged, of however many cards."""

    target: Target
    days: Span
    from_s: int | None  # epoch, as PromQL has it; None: always was
    to_s: int | None  # when it is over; None: never

    @property
    def about(self) -> str:
        """Another one for each spell: the target's id, and where it begins."""
        return f"{self.target.id}-{self.days.from_}" if self.days.from_ else self.target.id

    @property
    def in_words(self) -> str:
        """ " (fra 1.7.2027 til 31.12.2027)"; nothing where it always holds."""
        return in_words(self.days)

    def only(self, expr: str, after_s: int = 0) -> str:
        """PromQL of it, which says nothing at other times, nor until so many seconds after it began."""
        begun = "" if self.from_s is None else f" >= {self.from_s + after_s}"
        over = "" if self.to_s is None else f" < {self.to_s}"
        return f"({expr}) and on () (vector(time()){begun}{over})" if begun or over else expr


def in_words(of: Span) -> str:
    """Which days these are: " (fra 1.7.2027 til 31.12.2027)"; nothing where it is all of them."""
    told = (f"{word} {_day(day)}" for word, day in (("fra", of.from_), ("til", of.until)) if day)
    text = " ".join(told)
    return f" ({text})" if text else ""


def spells(centre: Centre) -> list[Spell]:
    """Of each target, by its id in the order of the configuration, its spells from the first to the last."""
    ids = dict.fromkeys(target.id for target in centre.all_targets)
    return [spell for id_ in ids for spell in _of_id(id_, centre)]


def said(of: list[Spell], say: Callable[[Target], str]) -> str:
    """What is said of one target, by date: "høyst 7:00", or "høyst 7:00 (til 30.6.2027), høyst 6:00 (fra 1.7.2027)"."""
    parts = [_whole(list(same)) for _, same in groupby(of, lambda spell: say(spell.target))]
    return ", ".join(f"{say(spell.target)}{spell.in_words}" for spell in parts)


def by_id(centre: Centre) -> dict[str, list[Spell]]:
    """The spells of each target."""
    return {id_: list(of) for id_, of in groupby(spells(centre), lambda spell: spell.target.id)}


def _of_id(id_: str, centre: Centre) -> Iterator[Spell]:
    zone = ZoneInfo(centre.timezone)
    of_it = (target for target in centre.all_targets if target.id == id_)
    held = [(target, days) for target in of_it for days in _days(target, centre)]
    joined: list[tuple[Target, Span]] = []
    for target, days in sorted(held, key=lambda one: one[1].first):
        before = joined[-1] if joined else None
        if before and before[1].last + DAY == days.first and is_same(before[0], target):
            joined[-1] = before[0], span(before[1].from_, days.until)
        else:
            joined.append((target, days))
    for target, days in joined:
        yield Spell(
            target,
            days,
            midnight(days.from_, zone) // 1000 if days.from_ else None,
            midnight(days.until + DAY, zone) // 1000 if days.until else None,
        )


def _whole(of: list[Spell]) -> Spell:
    """From the beginning of the first to the end of the last."""
    first, last = of[0], of[-1]
    return first._replace(days=span(first.days.from_, last.days.until), to_s=last.to_s)


def _days(target: Target, centre: Centre) -> Iterator[Span]:
    """The days on which both it and its card hold; none where its card never does. Of one queue those of them on which
    that is there.
    """
    days = target.common(centre.cards[target.card]) if centre.in_force in (None, target.card) else None
    if days and target.queue is None:
        yield days
    elif days:
        stretches = centre.stretches_of(target.whose)
        yield from (both for stretch in stretches if (both := days.common(stretch)))


def is_same(one: Span, other: Span) -> bool:
    """Whether two targets, or two promises of days, promise the same."""
    return one.model_dump(exclude=_OF_DATES) == other.model_dump(exclude=_OF_DATES)


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
