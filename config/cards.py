"""The scorecards by date: which one is in force on a day, and what it promises then."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator

from config.spans import Span
from config.targets import TIMES_THE_MEAN, LongestWait, Target


class Card(Span):
    """One scorecard: what it is called, and on which days it is in force."""

    label: str


def _labelled(value: object) -> object:
    return {"label": value} if isinstance(value, str) else value


Cards = dict[str, Annotated[Card, BeforeValidator(_labelled)]]


class InForce(NamedTuple):
    """What is in force on one day; no card, and nothing, where no card is."""

    card: str | None
    targets: Sequence[Target]
    longest_waits: Mapping[str, int]  # ms, by "<channel>/<audience>"; one without a promised mean may have none


def in_force_on(
    day: date, cards: Mapping[str, Card], always: str | None, targets: Sequence[Target], given: Sequence[LongestWait]
) -> InForce:
    """Of these cards and targets, on a day. `always` is the card that is, where one was named."""
    card = always or next((name for name, card in cards.items() if card.holds(day)), None)
    held = [target for target in targets if target.card == card and target.holds(day)]
    means = ((target, target.mean_wait_ms) for target in held if target.level == "group")
    limits = {target.whose: TIMES_THE_MEAN * most_ms for target, most_ms in means if most_ms is not None}
    limits |= {limit.group: limit.at_most for limit in given if limit.holds(day)}
    return InForce(card, held, limits)


def wrong_cards(cards: Mapping[str, Card], always: str | None, targets: Sequence[Target]) -> Iterator[str]:
    """What is wrong with when they are in force, each with its place."""
    promised = {target.card for target in targets}
    if always is None:
        if not cards:
            yield "cards: there is none"
        yield from (f'cards: the card "{name}" has no targets' for name in cards if name not in promised)
        yield from _overlapping(cards)
    elif always not in cards:
        yield f'in_force: there is no card "{always}"'
    elif always not in promised:
        yield f'in_force: the card "{always}" has no targets'
    elif dated := [name for name, card in cards.items() if card.dates]:
        yield f'in_force: "{always}" would be in force always, and the card "{dated[0]}" has dates: leave in_force out'


def _overlapping(cards: Mapping[str, Card]) -> Iterator[str]:
    for (one, first), (other, second) in combinations(cards.items(), 2):
        if first.overlaps(second):
            day = max(first.first, second.first)
            since = "" if day == date.min else f" on {day}"
            yield f'cards: "{one}" and "{other}" are both in force{since}: give each a from and an until'


def wrong_dates(targets: Sequence[Target], cards: Mapping[str, Card]) -> Iterator[str]:
    """What is wrong with the targets' own dates, each with its place."""
    for place, target in enumerate(targets):
        at = f"targets.{place} ({target.id})"
        card = cards.get(target.card)
        if card is not None and not card.overlaps(target):
            yield f'{at}: it is never in force: the card "{target.card}" is {card.dates}'
        for other, before in enumerate(targets[:place]):
            if (before.card, before.id) == (target.card, target.id) and before.overlaps(target):
                yield f"{at}: the id {target.id} is there twice, and targets.{other} is of some of the same days"
