"""The facts of a journey in full, by visit and contact, and written in short again.

In short is how they are kept (facts.py): nearly all have one of each. In full they can be taken apart and united, kind
by kind. May import: standard library, msgspec, the core.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from streams.core.facts import (
    NOBODY,
    NOT_PROMISED,
    Bot,
    BotEnd,
    Callback,
    Entry,
    Further,
    Journey,
    LetterFact,
    More,
    Offer,
    SurveyFact,
    Visit,
    abandons_of,
    answers_of,
    attempts_of,
    begun_as_callbacks,
    bot_ends_of,
    connections_of,
    ends_of,
    entries_of,
    failures_of,
    left_of,
    letters_of,
    missed_by,
    offered_to,
    requests_of,
    starts_of,
    surveys_of,
    transfers_of,
)
from streams.core.pseudonym import Key

Fact = TypeVar("Fact")
Passed = tuple[int, str]  # when a visit was passed on (epoch ms), and to which line


class OfVisit(NamedTuple):
    """All facts of a visit: of each kind the instants (epoch ms) with what was told of each, rising."""

    entered: list[Entry]
    answered: list[int]
    abandoned: list[int]
    left: list[tuple[int, str]]
    requested: list[tuple[int, int]]
    attempted: list[int]
    connected: list[int]
    failed: list[tuple[int, bool]]
    offered: list[Offer]
    missed: list[Offer]


class OfBot(NamedTuple):
    """All of a contact's time with the chatbot."""

    started: list[int]
    ended: list[BotEnd]


class InFull(NamedTuple):
    """All facts of a journey. What is empty is nothing."""

    visits: Mapping[Key, OfVisit] = {}
    passed_on: Mapping[Key, list[Passed]] = {}  # by visit
    ended: Mapping[Key, list[int]] = {}  # this and what follows by contact
    bots: Mapping[Key, OfBot] = {}
    callbacks: Mapping[Key, list[int]] = {}
    letters: Mapping[Key, list[LetterFact]] = {}
    surveys: Mapping[Key, list[SurveyFact]] = {}


def in_full(journey: Journey) -> InFull:
    """What is known of a journey; what was told with a version is in it like all else."""
    return InFull(
        {visit.key: _visit_in_full(visit) for visit in journey.visits},
        {key: transfers_of(journey, key) for key in journey.transfers or ()},
        {contact: ends_of(journey, contact) for contact, _ in journey.ended or ()},
        {contact: OfBot(starts_of(bot), bot_ends_of(bot)) for contact, bot in (journey.bots or {}).items()},
        begun_as_callbacks(journey),
        letters_of(journey),
        surveys_of(journey),
    )


def in_short(told: InFull, like: Journey) -> Journey:
    """As it is kept; of what is no fact as in another one."""
    visits = (_visit_in_short(key, of) for key, of in told.visits.items())
    bots = ((contact, _bot_in_short(of)) for contact, of in told.bots.items())
    passed_on, ended, callbacks = (_told(told.passed_on), _told(told.ended), _told(told.callbacks))
    made = Journey(
        like.newest,
        visits=[visit for visit in visits if visit is not None],
        ended=[(contact, at[0]) for contact, at in ended.items()] or None,
        bots={contact: bot for contact, bot in bots if bot is not None} or None,
        transfers={key: one[0] for key, one in passed_on.items()} or None,
        under_other=like.under_other,
    )
    began = {contact: at[0] for contact, at in callbacks.items()}
    more = More(
        _several(ended),
        _several(passed_on),
        began,
        _several(callbacks),
        letters=_told(told.letters),
        surveys=_told(told.surveys),
    )
    return replace(made, more=more) if more != More() else made


def _visit_in_full(visit: Visit) -> OfVisit:
    return OfVisit(
        entries_of(visit),
        answers_of(visit),
        abandons_of(visit),
        left_of(visit),
        requests_of(visit),
        attempts_of(visit),
        connections_of(visit),
        failures_of(visit),
        offered_to(visit),
        missed_by(visit),
    )


def _visit_in_short(key: Key, told: OfVisit) -> Visit | None:
    kinds: Sequence[list[Any]] = told[:8]  # of each of which `Further` has several
    if not any(told):
        return None
    made = Visit(
        key,
        answered=_first(told.answered),
        abandoned=_first(told.abandoned),
        offered=_instants(told.offered) or None,
        missed=_instants(told.missed) or None,
        offered_to=_named(told.offered),
        missed_by=_named(told.missed),
    )
    if told.entered:
        made.entered, made.line, made.contact = told.entered[0]
    if told.left:
        made.left, made.left_reason = told.left[0]
    if told.requested or told.attempted or told.connected or told.failed:
        made.callback = _callback_in_short(told)
    if any(len(of) > 1 for of in kinds):
        made.further = Further(*(of if len(of) > 1 else None for of in kinds))
    return made


def _callback_in_short(told: OfVisit) -> Callback:
    made = Callback(attempted=_first(told.attempted), connected=_first(told.connected))
    if told.requested:
        made.requested, by = told.requested[0]
        made.promised_by = None if by == NOT_PROMISED else by
    if told.failed:
        made.failed, is_other = told.failed[0]
        made.cancelled = not is_other
    return made


def _bot_in_short(told: OfBot) -> Bot | None:
    starts, ends = told
    if not starts and not ends:
        return None
    made = Bot(_first(starts), starts=starts if len(starts) > 1 else None, ends=ends if len(ends) > 1 else None)
    if ends:
        made.ended, made.outcome, made.line = ends[0]
    return made


def _first(instants: Sequence[int]) -> int | None:
    return instants[0] if instants else None


def _instants(offers: Iterable[Offer]) -> list[int]:
    return list(dict.fromkeys(at for at, _ in offers))


def _named(offers: list[Offer]) -> list[Offer] | None:
    """Offers, where any agent is named in them."""
    return offers if any(agent != NOBODY for _, agent in offers) else None


def _told(told: Mapping[Key, list[Fact]]) -> dict[Key, list[Fact]]:
    return {key: of for key, of in told.items() if of}


def _several(told: Mapping[Key, list[Fact]]) -> dict[Key, list[Fact]]:
    return {key: of for key, of in told.items() if len(of) > 1}
