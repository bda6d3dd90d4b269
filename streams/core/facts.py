"""What is known of a journey: a set of facts. How an event's fact joins it is in joins.py.

Nearly all visits have one instant of each kind of fact; those of the others are in `Further`, and whoever asks for all
of a kind asks a function here. What each amounts to is in edition_one.py and edition_two.py; the rules are in
streams/MEASURES.md. May import: standard library, msgspec, the core.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from streams.core.definitions import Definitions
from streams.core.pseudonym import Key
from streams.core.source_queue import OTHER

NOT_PROMISED: Final = 1 << 62  # in words: later than any promise
NOBODY: Final = 0  # in place of an agent's pseudonym where none was named
NO_CONTACT: Final = 0  # in place of a contact's
Entry = tuple[int, str, Key]  # when (epoch ms), line, contact
Offer = tuple[int, Key]  # when (epoch ms), agent
BotEnd = tuple[int, str, str]  # when (epoch ms), outcome, line
LetterFact = tuple[int, str, str]  # when (epoch ms), what: a name from `letters.WHAT`, and the line it came to, or ""
SurveyFact = tuple[int, str, int, str]  # when (epoch ms), the question, the score and the line; of an invitation "", 0


class Further(msgspec.Struct, array_like=True, gc=False):
    """Of a visit all instants (epoch ms, rising) of the kinds of fact that there are several of; None of the others,
    of which `Visit` has all there is. What an earlier build wrote has none: of each kind it knew the earliest.
    """

    entered: list[Entry] | None = None
    answered: list[int] | None = None
    abandoned: list[int] | None = None
    left: list[tuple[int, str]] | None = None  # when, reason
    requested: list[tuple[int, int]] | None = None  # when, promised by or NOT_PROMISED
    attempted: list[int] | None = None
    connected: list[int] | None = None
    failed: list[tuple[int, bool]] | None = None  # when, and whether otherwise than that the customer withdrew


class Callback(msgspec.Struct, array_like=True, gc=False):
    """What became of a promise to call back, all in epoch ms, of each the earliest. `promised_by` None: nothing was
    promised in words.
    """

    requested: int | None = None
    promised_by: int | None = None
    attempted: int | None = None
    connected: int | None = None
    failed: int | None = None
    cancelled: bool = False  # of the earliest failure: the customer withdrew


class Visit(msgspec.Struct, array_like=True, gc=False):
    """What is told of one visit: of each kind of fact the earliest, in epoch ms, None while not known; of offers each
    instant.
    """

    key: Key
    entered: int | None = None
    line: str = ""
    contact: Key = 0
    answered: int | None = None
    abandoned: int | None = None
    left: int | None = None
    left_reason: str = OTHER
    callback: Callback | None = None
    offered: list[int] | None = None  # rising, each instant once
    missed: list[int] | None = None
    further: Further | None = None
    offered_to: list[Offer] | None = None  # rising; all of them, where any agent was named
    missed_by: list[Offer] | None = None


def _instants(visit: Visit) -> Iterator[int]:
    """The earliest of each kind of its facts."""
    yield from (t for t in (visit.entered, visit.answered, visit.abandoned, visit.left) if t is not None)
    yield from (*(visit.offered or ())[:1], *(visit.missed or ())[:1])
    if (of := visit.callback) is not None:
        yield from (t for t in (of.requested, of.attempted, of.connected, of.failed) if t is not None)


class Bot(msgspec.Struct, array_like=True, gc=False):
    """A contact's time with the chatbot: of its beginnings and ends the earliest; and all, where there are several."""

    started: int | None = None
    ended: int | None = None
    outcome: str = ""
    line: str = ""
    starts: list[int] | None = None  # rising
    ends: list[BotEnd] | None = None


class More(msgspec.Struct, array_like=True, gc=False):
    """Of a journey what few have: contacts that ended, and visits passed on, more than once, with all their instants
    (epoch ms, rising); and which contacts were begun as a callback, when that was first told, and where it was told
    several times, all of them. And what was told of contacts with a version: that is in the journey like all else, and
    here once more by itself, so that the highest can hold (restated.py). And all that is told of letters and surveys,
    by contact, `NO_CONTACT` where none was named; rising.
    """

    ended: dict[Key, list[int]] = {}  # by contact
    transfers: dict[Key, list[tuple[int, str]]] = {}  # by visit passed on: when, destination's line
    callbacks: dict[Key, int] = {}
    callbacks_again: dict[Key, list[int]] = {}
    with_version: dict[Key, "dict[int, Journey]"] = {}  # by contact and version; of these `newest` says nothing
    letters: dict[Key, list[LetterFact]] = {}
    surveys: dict[Key, list[SurveyFact]] = {}


class Journey(msgspec.Struct, array_like=True, gc=False):
    """All facts of one journey. `newest` is the latest instant of any of them, in epoch ms.

    Nearly all have one visit and one contact, so lists take less room than dicts, and no more time.
    """

    newest: int
    visits: list[Visit] = []
    ended: list[tuple[Key, int]] | None = None  # (contact, its earliest end)
    bots: dict[Key, Bot] | None = None  # by contact
    transfers: dict[Key, tuple[int, str]] | None = None  # visit passed on -> (when, destination's line)
    under_other: bool = False  # all its pseudonyms are made with the other key than the partition's own
    more: More | None = None

    @property
    def began(self) -> int:
        """The earliest of its facts that decide by which edition it counts, in epoch ms."""
        known = [told for visit in self.visits for told in _instants(visit)]
        known += [t for _, t in self.ended or ()] + [t for t, _ in (self.transfers or {}).values()]
        return min(known) if known else self.earliest

    @property
    def told_alone(self) -> "Mapping[Key, Sequence[LetterFact | SurveyFact]] | None":
        """What is told of a letter, or of a survey, by contact, where that is all, as nearly always; else None."""
        more = self.more
        if more is None or self.visits or self.ended or self.bots or self.transfers or more.callbacks:
            return None
        return None if bool(more.letters) is bool(more.surveys) else more.letters or more.surveys

    @property
    def earliest(self) -> int:
        """The earliest of all its facts, in epoch ms; of those that are kept, if there are any. Hot of plain visits."""
        if len(self.visits) == 1 and self.more is None and self.bots is None and self.transfers is None:
            visit = self.visits[0]
            first, answered, abandoned, left = visit.entered, visit.answered, visit.abandoned, visit.left
            if first is not None and visit.callback is None:
                if answered is not None and answered < first:
                    first = answered
                if abandoned is not None and abandoned < first:
                    first = abandoned
                if left is not None and left < first:
                    first = left
                if visit.offered is not None or visit.missed is not None:
                    first = min(first, *(visit.offered or ())[:1], *(visit.missed or ())[:1])
                for _, t in self.ended or ():
                    if t < first:
                        first = t
                return first
        if (told := self.told_alone) is not None:
            return next(iter(told.values()))[0][0] if len(told) == 1 else min(of[0][0] for of in told.values())
        known = [told for visit in self.visits for told in _instants(visit)]
        known += [t for _, t in self.ended or ()] + [t for t, _ in (self.transfers or {}).values()]
        known += [t for bot in (self.bots or {}).values() for t in (bot.started, bot.ended) if t is not None]
        if self.more is not None:
            known += self.more.callbacks.values()
            known += [told[0][0] for of in (self.more.letters, self.more.surveys) for told in of.values()]
        return min(known, default=self.newest)

    def ended_at(self, contact: Key) -> int | None:
        """When a contact first came to an end; None while that is not known."""
        for key, t in self.ended or ():
            if key == contact:
                return t
        return None


NO_FACTS: Final = Journey(0)


def versions_of(journey: Journey) -> dict[Key, dict[int, Journey]]:
    """What was told with a version, by contact and version."""
    return {} if journey.more is None else journey.more.with_version


def edition_of(journey: Journey, definitions: Definitions) -> int:
    """The edition of the definitions that it is counted by."""
    if not definitions.editions_from:  # as nearly always
        return definitions.first.edition
    return definitions.at(journey.began).edition


def entries_of(visit: Visit) -> list[Entry]:
    """All entries of a visit, rising."""
    if visit.further is not None and visit.further.entered is not None:
        return visit.further.entered
    return [] if visit.entered is None else [(visit.entered, visit.line, visit.contact)]


def answers_of(visit: Visit) -> list[int]:
    """When a visit was answered, rising."""
    return _all(visit.answered, None if visit.further is None else visit.further.answered)


def abandons_of(visit: Visit) -> list[int]:
    """When a visit was abandoned, rising."""
    return _all(visit.abandoned, None if visit.further is None else visit.further.abandoned)


def attempts_of(visit: Visit) -> list[int]:
    """When it was tried to call back, rising."""
    first = None if visit.callback is None else visit.callback.attempted
    return _all(first, None if visit.further is None else visit.further.attempted)


def connections_of(visit: Visit) -> list[int]:
    """When a callback reached the customer, rising."""
    first = None if visit.callback is None else visit.callback.connected
    return _all(first, None if visit.further is None else visit.further.connected)


def _all(first: int | None, several: list[int] | None) -> list[int]:
    return several or ([] if first is None else [first])


def left_of(visit: Visit) -> list[tuple[int, str]]:
    """When a visit was left, and why, rising."""
    if visit.further is not None and visit.further.left is not None:
        return visit.further.left
    return [] if visit.left is None else [(visit.left, visit.left_reason)]


def offered_to(visit: Visit) -> list[Offer]:
    """When a visit was offered, and to whom, rising."""
    return [(at, NOBODY) for at in visit.offered or ()] if visit.offered_to is None else visit.offered_to


def missed_by(visit: Visit) -> list[Offer]:
    """When an offer was missed, and by whom, rising."""
    return [(at, NOBODY) for at in visit.missed or ()] if visit.missed_by is None else visit.missed_by


def requests_of(visit: Visit) -> list[tuple[int, int]]:
    """When callbacks were asked for, and by when they were promised, if that was said; rising."""
    if visit.further is not None and visit.further.requested is not None:
        return visit.further.requested
    callback = visit.callback
    if callback is None or callback.requested is None:
        return []
    return [(callback.requested, NOT_PROMISED if callback.promised_by is None else callback.promised_by)]


def failures_of(visit: Visit) -> list[tuple[int, bool]]:
    """When callbacks failed, and whether otherwise than that the customer withdrew; rising."""
    if visit.further is not None and visit.further.failed is not None:
        return visit.further.failed
    callback = visit.callback
    return [] if callback is None or callback.failed is None else [(callback.failed, not callback.cancelled)]


def transfers_of(journey: Journey, key: Key) -> list[tuple[int, str]]:
    """When a visit was passed on, and to which line, rising."""
    if journey.more is not None and key in journey.more.transfers:
        return journey.more.transfers[key]
    first = (journey.transfers or {}).get(key)
    return [] if first is None else [first]


def ends_of(journey: Journey, contact: Key) -> list[int]:
    """When a contact came to an end, rising: one that was opened again does so more than once."""
    if journey.more is not None and contact in journey.more.ended:
        return journey.more.ended[contact]
    first = journey.ended_at(contact)
    return [] if first is None else [first]


def starts_of(bot: Bot) -> list[int]:
    """When a contact began with the chatbot, rising."""
    return ([] if bot.started is None else [bot.started]) if bot.starts is None else bot.starts


def bot_ends_of(bot: Bot) -> list[BotEnd]:
    """When its time with the chatbot ended, how, and in which line; rising."""
    return ([] if bot.ended is None else [(bot.ended, bot.outcome, bot.line)]) if bot.ends is None else bot.ends


def letters_of(journey: Journey) -> dict[Key, list[LetterFact]]:
    """All that is told of letters, by contact."""
    return {} if journey.more is None else journey.more.letters


def surveys_of(journey: Journey) -> dict[Key, list[SurveyFact]]:
    """All that is told of a survey, by contact."""
    return {} if journey.more is None else journey.more.surveys


def begun_as_callbacks(journey: Journey) -> dict[Key, list[int]]:
    """By contact when it was told that it is a callback, rising."""
    more = journey.more
    return {} if more is None else {contact: [at] for contact, at in more.callbacks.items()} | more.callbacks_again
