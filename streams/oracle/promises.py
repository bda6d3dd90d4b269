"""The promises to call back that were made in a journey, and what became of each.

May import: standard library.
"""

from collections.abc import Sequence
from typing import NamedTuple

from streams.oracle.definitions import Definitions
from streams.oracle.facts import Fact, of_type
from streams.oracle.stays import Stay


class Promise(NamedTuple):
    """What was promised to one stay, and what is told of the calls back that were made of it."""

    stay: Stay
    asked: int
    told: list[Fact]

    def due(self, definitions: Definitions) -> int:
        """By when it is to be kept, which is never after it is given up."""
        promised = self.stay.exit.promised if self.stay.exit else None
        due = self.asked + definitions.promise_ms if promised is None else promised
        return min(due, self.asked + definitions.promise_lost_ms)


class Answer(NamedTuple):
    """When a stay was answered, or its customer called back. Of two at one instant a callback's is first."""

    at: int
    by_customer: bool  # False: its contact was begun as a callback


def promises_of(stays: Sequence[Stay], facts: Sequence[Fact]) -> list[Promise]:
    """Each promise, with what is told of it: of its visit, and after it, but of no later one."""
    made = [Promise(stay, stay.exit.at, []) for stay in stays if stay.exit and stay.exit.how == "called_back"]
    for type_ in ("callback.attempted", "callback.connected", "callback.failed"):
        for fact in of_type(type_, facts):
            of_visit = [promise for promise in made if promise.stay.visit == fact.visit]
            if of_visit:
                asked_by_then = [promise for promise in of_visit if promise.asked <= fact.at]
                (asked_by_then[-1] if asked_by_then else of_visit[0]).told.append(fact)
    return made


def answers_of(stays: Sequence[Stay], facts: Sequence[Fact], made: Sequence[Promise], edition: int) -> list[Answer]:
    """All answers of the journey, the earliest first. In edition 1 none matters to a promise."""
    if edition == 1:
        return []
    begun: dict[str | None, int] = {}  # as a callback: when that was first told of a contact
    for fact in facts:
        if fact.callback:
            begun[fact.contact] = min(fact.at, begun.get(fact.contact, fact.at))
    answers = []
    for stay in stays:
        if stay.answered_at is not None:
            is_callback = stay.contact in begun and begun[stay.contact] <= stay.answered_at
            answers.append(Answer(stay.answered_at, by_customer=not is_callback))
    kept = (_connected(promise) for promise in made)
    return sorted([*answers, *(Answer(at, by_customer=False) for at in kept if at is not None)])


def end_of(promise: Promise, answers: Sequence[Answer]) -> tuple[int, str] | None:
    """When a promise was kept (not before it was asked for), cancelled or failed, or had no need any more."""
    answer = next((answer for answer in answers if answer.at >= promise.asked), None)
    kept = [
        at for at in (_connected(promise), answer.at if answer and not answer.by_customer else None) if at is not None
    ]
    if kept:
        return min(kept), "kept"
    ends = [(fact.at, _failure(fact.word)) for fact in of_type("callback.failed", promise.told)]
    ends += [(answer.at, "settled")] if answer else []
    # At one instant "cancelled" comes before "failed", and that before "settled", as in the alphabet.
    return min(ends, default=None)


def _connected(promise: Promise) -> int | None:
    """When the customer was called back."""
    told = of_type("callback.connected", promise.told)
    return max(told[0].at, promise.asked) if told else None


def _failure(word: str | None) -> str:
    return "cancelled" if word == "cancelled" else "failed"
