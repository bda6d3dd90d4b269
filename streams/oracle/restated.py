"""Contacts that are told anew: of the versions of each the highest holds, and what is settled stays as it was.

Which facts hold of a journey is asked of all that was told of it, whenever it came. Till edition 4 versions are passed
over. What is late can be told anew by nobody, so neither is it taken out by what is not.
May import: standard library.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from streams.oracle.definitions import OTHER, Definitions
from streams.oracle.facts import LETTERS, OF_VISITS, OFFERS, SURVEYS, Fact, edition_of, is_kept
from streams.oracle.journeys_of_id import journeys_of
from streams.oracle.stays import REASONS

BY_VERSION: Final = 4  # the edition from which on versions count

Kept = tuple[str, str | None, int, str | None]  # kind, of which visit or contact, when, and of an offer the agent
Rest = tuple[str, str, bool, int]  # line, contact or word; whether nothing was promised, and when
Settled = set[tuple[Kept, Rest]]


def told_last(facts: Sequence[Fact]) -> list[Fact]:
    """The facts of a journey that hold. Of a contact with versions nothing else does, whoever told it without one."""
    highest: dict[str | None, int] = {}
    for fact in facts:
        if fact.version:
            highest[fact.contact] = max(fact.version, highest.get(fact.contact, 0))
    theirs = {fact.visit for fact in facts if fact.version and fact.type in OF_VISITS}
    theirs |= {entry.visit for entry in _entries(facts) if entry.contact in highest}
    held = []
    for fact in facts:
        if fact.version:
            held += [fact] if fact.version == highest[fact.contact] else []
        elif fact.type in (*LETTERS, *SURVEYS):
            held += [] if highest else [fact]
        elif fact.type not in OF_VISITS:
            held += [fact] if fact.contact not in highest else []
        elif fact.visit not in theirs:
            held.append(fact)
        elif fact.callback and fact.contact not in highest:  # of an entry that is not told any more
            held.append(Fact("contact.started", fact.at, contact=fact.contact, callback=True))
    return held


def changes_what_is_settled(fact: Fact, known: Sequence[Fact], late_before: int, definitions: Definitions) -> bool:
    """Whether with one more fact other facts of an id hold that are older than the horizon."""
    told = [*known, fact]
    if not any(one.version for one in told if is_kept(one)) or late_before <= min(one.at for one in told):
        return False
    return _settled(told, late_before, definitions) != _settled(known, late_before, definitions)


def _settled(facts: Sequence[Fact], late_before: int, definitions: Definitions) -> Settled:
    held: list[Fact] = []
    for journey in journeys_of(facts, edition_of(facts, definitions), definitions):
        is_by_version = edition_of(journey.facts, definitions) >= BY_VERSION
        held += told_last(journey.facts) if is_by_version else journey.facts
    first: dict[Kept, Rest] = {}  # of several at one instant
    for kept, rest in (one for fact in held if fact.at < late_before for one in _kept(fact)):
        first[kept] = min(rest, first.get(kept, rest))
    return set(first.items())


def _kept(fact: Fact) -> Iterable[tuple[Kept, Rest]]:
    if fact.type in (*LETTERS, *SURVEYS):  # of these, all that are told of one instant are kept
        if is_kept(fact):
            word = fact.word if fact.type == "survey.answered" else None
            told = "/".join((str(fact.line), str(word), str(fact.score)))
            yield (fact.type, fact.contact or None, fact.at, told), ("", "", True, 0)
        return
    who = fact.visit if fact.type in OF_VISITS else fact.contact
    contact = fact.contact if fact.type == "queue.entered" else None
    word = fact.word
    if fact.type in ("queue.left", "callback.failed"):
        word = word if word in (*REASONS, "cancelled") else OTHER
    elif fact.type != "bot.ended":
        word = None
    words = (word or "", fact.line or "") if fact.type == "bot.ended" else (fact.line or "", contact or word or "")
    promised = fact.promised if fact.type == "callback.requested" else None
    if fact.type != "contact.started":
        agent = fact.agent if fact.type in OFFERS else None
        yield (fact.type, who, fact.at, agent), (*words, promised is None, promised or 0)
    if fact.callback:
        yield ("callback", fact.contact, fact.at, None), ("", "", True, 0)


def _entries(facts: Sequence[Fact]) -> list[Fact]:
    """Of each visit's entries at one instant the one with the first line, then contact."""
    first: dict[tuple[str | None, int], Fact] = {}
    entries = [fact for fact in facts if fact.type == "queue.entered"]
    for entry in sorted(entries, key=lambda one: (str(one.line), str(one.contact))):
        first.setdefault((entry.visit, entry.at), entry)
    return list(first.values())
