"""What is known of an id and its journeys, fact by fact, and which of the facts its edition counts.

Edition 1 knows one entry of a visit, one exit of each kind, and one end of a contact. Edition 2 knows them all, and
edition 4 those of a contact's highest version alone (restated.py).
May import: standard library.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from streams.oracle.definitions import Definitions

OFFERS: Final = ("agent.offered", "agent.missed")
BOT: Final = ("bot.started", "bot.ended")
VISIT: Final = (
    *("queue.entered", "queue.answered", "queue.abandoned", "queue.left", *OFFERS),
    *("callback.requested", "callback.attempted", "callback.connected", "callback.failed"),
)
ENDS: Final = ("queue.answered", "queue.abandoned", "queue.left", "callback.requested")  # of a stay
OF_VISITS: Final = (*VISIT, "contact.transferred")
CHOOSES: Final = {*OF_VISITS, "contact.ended"}  # the edition; the others where there is none
PLACED_LETTERS: Final = ("written.received", "written.moved", "written.reclassified")
LETTERS: Final = (
    *PLACED_LETTERS,
    *("written.held", "written.answered", "written.withdrawn", "written.merged"),
)
SURVEYS: Final = ("survey.invited", "survey.answered")
KEPT: Final = {*CHOOSES, *BOT, *LETTERS, *SURVEYS}  # and that a contact is a callback, whatever says so


class Fact(NamedTuple):
    """One accepted event, reduced to what can matter."""

    type: str
    at: int
    visit: str | None = None
    contact: str | None = None
    line: str | None = None  # of a queue entered, a bot that ended, or the destination of a transfer
    word: str | None = None  # a reason or an outcome
    promised: int | None = None
    agent: str | None = None  # of an offer; None where nobody is named
    callback: bool = False  # it says that its contact was begun as a callback
    version: int = 0  # of its contact
    score: int = 0  # of an answer to a survey; `word` is the question


def is_kept(fact: Fact) -> bool:
    """Whether it is one of the facts that are kept. All else is heard of an id, and no more."""
    return (fact.type in KEPT and not _says_of_nothing(fact)) or fact.callback


def _says_of_nothing(fact: Fact) -> bool:
    """Whether it is of a survey, and nobody says what that is about."""
    return fact.type in SURVEYS and fact.line is None


def edition_of(facts: Sequence[Fact], definitions: Definitions) -> int:
    """The edition that holds at the earliest of all facts of an id; where none is kept, at the last that was heard."""
    choosing = [fact.at for fact in facts if fact.type in CHOOSES]
    kept = choosing or [fact.at for fact in facts if is_kept(fact)]
    last_heard = max((fact.at for fact in facts), default=0)
    return definitions.then(min(kept, default=last_heard)).edition


def counted_by(edition: int, facts: Sequence[Fact]) -> list[Fact]:
    """The facts that count in an edition. Several at one instant stay: whoever reads them takes the first."""
    if edition != 1:
        return list(facts)
    earliest: dict[tuple[str, str | None], int] = {}
    for fact in facts:
        earliest[_kind(fact)] = min(fact.at, earliest.get(_kind(fact), fact.at))
    offers = [fact._replace(agent=None) for fact in facts if fact.type in OFFERS]
    others = [fact for fact in facts if fact.type not in OFFERS]
    return offers + [fact for fact in others if fact.type in BOT or fact.at == earliest[_kind(fact)]]


def _kind(fact: Fact) -> tuple[str, str | None]:
    """What edition 1 has one fact of: of a contact its end, of a visit each type."""
    return fact.type, fact.contact if fact.type == "contact.ended" else fact.visit


def of_type(type_: str, facts: Iterable[Fact]) -> list[Fact]:
    """The facts of one type, the earliest first."""
    return sorted((fact for fact in facts if fact.type == type_), key=lambda fact: fact.at)
