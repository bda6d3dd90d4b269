"""What an id has room for: the first that come have it, in the log's order, whatever the edition.

What counts of an id is what takes room: the facts of its journeys that are not over.
May import: standard library.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from streams.oracle.facts import BOT, LETTERS, OF_VISITS, OFFERS, SURVEYS, VISIT, Fact, is_kept

MOST_VISITS: Final = 200  # and as many contacts of each kind
MOST_INSTANTS: Final = 50
MOST_SEVERAL: Final = 20
MOST_OFFERS: Final = 200
MOST_TOLD: Final = 200  # facts of letters, and of surveys
MOST_VERSIONS: Final = 200  # of contacts, and the visits that each speaks of
FILL_NOTHING: Final = min(MOST_VISITS, MOST_INSTANTS, MOST_SEVERAL, MOST_OFFERS, MOST_VERSIONS)  # so few facts


class Instant(NamedTuple):
    """One instant of one kind of fact of a visit or a contact."""

    who: str | None
    kind: str
    at: int


def has_room(fact: Fact, known: Sequence[Fact]) -> bool:
    """Whether an id may have one more of all that this fact is one more of. What is known already always may."""
    if fact.version and is_kept(fact):
        taken = {place for one in known if one.version for place in _places(one)}
        if not _places(fact) <= taken and len(taken | _places(fact)) > MOST_VERSIONS:
            return False
    if fact.callback and not _fits_in(_begun(fact), {_begun(one) for one in known if one.callback}):
        return False
    for kinds in (LETTERS, SURVEYS):
        if fact.type in kinds:
            return _fits_among_told(fact, [one for one in known if one.type in kinds])
    if fact.type in BOT:
        return _fits_in(_of_contact(fact), {_of_contact(one) for one in known if one.type in BOT})
    if fact.type == "contact.ended":
        return _fits_in(_of_contact(fact), {_of_contact(one) for one in known if one.type == fact.type})
    if fact.type == "contact.transferred":
        return _fits_in(_of_visit(fact), {_of_visit(one) for one in known if one.type == fact.type})
    return fact.type not in VISIT or _fits_among_visits(fact, [one for one in known if one.type in VISIT])


def _places(fact: Fact) -> set[tuple[str | None, int, str | None]]:
    """Each version of a contact takes one place, and each visit that it speaks of another."""
    version = (fact.contact, fact.version, None)
    return {version, (fact.contact, fact.version, fact.visit)} if fact.type in OF_VISITS else {version}


def _fits_among_visits(fact: Fact, known: Sequence[Fact]) -> bool:
    if not _fits(fact.visit, {one.visit for one in known}, MOST_VISITS):
        return False
    if fact.type not in OFFERS:
        return _fits_again(_of_visit(fact), {_of_visit(one) for one in known if one.type not in OFFERS})
    own = [one for one in known if one.type == fact.type and one.visit == fact.visit]
    has_instant = _fits(fact.at, {one.at for one in own}, MOST_INSTANTS)
    return has_instant and _fits((fact.at, fact.agent), {(one.at, one.agent) for one in own}, MOST_OFFERS)


def _fits_in(one: Instant, known: Collection[Instant]) -> bool:
    """Whether there is room for whose it is, and for its instant."""
    return _fits(one.who, {other.who for other in known}, MOST_VISITS) and _fits_again(one, known)


def _fits_among_told(fact: Fact, known: Sequence[Fact]) -> bool:
    """Of letters, or of surveys: an id has room for so many facts, whatever they tell, and of whichever contact."""
    return not is_kept(fact) or _fits(_all_of(fact), {_all_of(one) for one in known}, MOST_TOLD)


def _all_of(fact: Fact) -> tuple[int, str, str | None, str | None, str | None, int]:
    word = fact.word if fact.type == "survey.answered" else None
    return fact.at, fact.type, fact.contact or None, fact.line, word, fact.score


def _fits_again(one: Instant, known: Collection[Instant]) -> bool:
    """Whether it is the first of its kind, or known, or there may be several of it and one more.

    There are several of a visit or contact if there are of any kind of fact that is looked at here.
    """
    own = {other.at for other in known if (other.who, other.kind) == (one.who, one.kind)}
    if not own or one.at in own:
        return True
    instants = Counter((other.who, other.kind) for other in known)
    several = {who for (who, _), n in instants.items() if n > 1}
    return len(own) < MOST_INSTANTS and _fits(one.who, several, MOST_SEVERAL)


def _fits(one: object, known: Collection[object], most: int) -> bool:
    return one in known or len(known) < most


def _of_visit(fact: Fact) -> Instant:
    return Instant(fact.visit, fact.type, fact.at)


def _of_contact(fact: Fact) -> Instant:
    return Instant(fact.contact, fact.type, fact.at)


def _begun(fact: Fact) -> Instant:
    """That its contact is told to be a callback, whichever event says so."""
    return Instant(fact.contact, "callback", fact.at)
