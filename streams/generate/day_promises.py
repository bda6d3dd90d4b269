"""What is promised of days: when each is in force, and what it is in Norwegian. May import: config, spans' words,
serve's words.
"""

from collections.abc import Iterator
from datetime import date

from config import Centre
from config.day_promises import DayPromise
from config.spans import DAY
from streams.core.working_days import DAY_MS
from streams.generate.spells import in_words, is_same
from streams.serve.bokmal import exactly, whose
from streams.serve.day_words import WORDS

_SENSES = {"at_most": "høyst", "less_than": "under", "at_least": "minst", "more_than": "over"}


def in_words_of_days(centre: Centre) -> Iterator[tuple[DayPromise, str]]:
    """Of each id its latest promise, and "Skriftlig personbruker, STO: snitt (høyst 2 virkedager)"; what is promised
    otherwise on other days with those.
    """
    by_id: dict[str, list[DayPromise]] = {}
    for promise in dated(centre):
        by_id.setdefault(promise.id, []).append(promise)
    for own in by_id.values():
        told = ", ".join(f"{_limit(one)}{in_words(one)}" for one in own)
        of = whose(own[-1].channel, own[-1].audience, own[-1].queue, centre.names)
        yield own[-1], f"{of}: {WORDS[own[-1].measure].short} ({told})"


def dated(centre: Centre) -> list[DayPromise]:
    """Each with the days on which its card holds, too, by id and date; what stays as it was is one over many cards."""
    joined: list[DayPromise] = []
    for id_ in dict.fromkeys(promise.id for promise in centre.promises):
        held = [_held(one, centre) for one in centre.promises if one.id == id_ and _is_ever(one, centre)]
        for promise in sorted(filter(None, held), key=lambda one: one.first):
            before = joined[-1] if joined else None
            if before and before.last < date.max and before.last + DAY == promise.first and is_same(before, promise):
                joined[-1] = before.model_copy(update={"until": promise.until})
            else:
                joined.append(promise)
    return joined


def _held(promise: DayPromise, centre: Centre) -> DayPromise | None:
    days = promise.common(centre.cards[promise.card])
    return promise.model_copy(update={"from_": days.from_, "until": days.until}) if days else None


def _is_ever(promise: DayPromise, centre: Centre) -> bool:
    return promise.card in centre.cards and centre.in_force in (None, promise.card)


def _limit(promise: DayPromise) -> str:
    if promise.about is not None:
        return f"om lag {exactly(promise.about)}"
    if promise.counted.unit == "ms":
        return f"høyst {promise.limit / DAY_MS:g} virkedager".replace(".", ",")
    return f"{_SENSES[promise.sense]} {exactly(promise.limit)}"
