"""What is promised of days, in Norwegian. May import: config, spans' words, serve's words."""

from collections.abc import Iterator

from config import Centre
from config.day_promises import DayPromise
from streams.core.working_days import DAY_MS
from streams.generate.spells import in_words
from streams.serve.bokmal import exactly, whose
from streams.serve.day_words import WORDS

_SENSES = {"at_most": "høyst", "less_than": "under", "at_least": "minst", "more_than": "over"}


def in_words_of_days(centre: Centre) -> Iterator[tuple[DayPromise, str]]:
    """Of each id its first promise, and "Skriftlig personbruker, STO: snitt (høyst 2 virkedager)"; what is promised
    otherwise on other days with those.
    """
    for id_ in dict.fromkeys(promise.id for promise in centre.promises):
        own = [one for one in centre.promises if one.id == id_ and _is_ever(one, centre)]
        if own:
            limits = list(dict.fromkeys(_limit(one) for one in own))
            told = limits[0] if len(limits) == 1 else ", ".join(f"{_limit(one)}{in_words(one)}" for one in own)
            of = whose(own[0].channel, own[0].audience, own[0].queue, centre.names)
            yield own[0], f"{of}: {WORDS[own[0].measure].short} ({told})"


def _is_ever(promise: DayPromise, centre: Centre) -> bool:
    return promise.card in centre.cards and centre.in_force in (None, promise.card)


def _limit(promise: DayPromise) -> str:
    if promise.about is not None:
        return f"om lag {exactly(promise.about)}"
    if promise.counted.unit == "ms":
        return f"høyst {promise.limit / DAY_MS:g} virkedager".replace(".", ",")
    return f"{_SENSES[promise.sense]} {exactly(promise.limit)}"
