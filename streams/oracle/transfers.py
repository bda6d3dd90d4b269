"""The transfers of a journey, and the stay that each of them led to.

May import: standard library.
"""

from collections.abc import Sequence
from typing import NamedTuple

from streams.oracle.definitions import Definitions
from streams.oracle.facts import Fact, of_type
from streams.oracle.stays import FOREVER, Stay


class Transfer(NamedTuple):
    """A contact that was passed on: when, to which line, and since when its entry there is looked for."""

    at: int
    line: str
    since: int
    of: Stay | None  # the stay passed on, where one is known


def transfers_of(
    facts: Sequence[Fact], stays: Sequence[Stay], edition: int, definitions: Definitions
) -> list[tuple[Transfer, Stay | None]]:
    """Each transfer with the stay that it led to; the transfers choose in order, and no stay is chosen twice."""
    unmatched = list(stays)
    matched = []
    for transfer in sorted(_told(facts, stays, edition), key=_in_order):
        lost_after = definitions.then(transfer.at).lost_after(transfer.line.split("/")[0])
        latest = transfer.at + lost_after if edition != 1 else FOREVER
        in_line = [stay for stay in unmatched if stay.line == transfer.line and not _is_alike(stay, transfer.of)]
        there = [stay for stay in in_line if transfer.since <= stay.entered <= latest]
        nearest = min(there, key=lambda stay: abs(stay.entered - transfer.at), default=None)
        if nearest:
            unmatched.remove(nearest)
        matched.append((transfer, nearest))
    return matched


def _is_alike(stay: Stay, passed_on: Stay | None) -> bool:
    """Whether nothing tells a stay from the one passed on: which of them was first is not for the order to say."""
    if passed_on is None or not stay.exit or not passed_on.exit:
        return False
    one, other = ((of.entered, of.line, of.exit.at, of.exit.how) for of in (stay, passed_on) if of.exit)
    return one == other


def _told(facts: Sequence[Fact], stays: Sequence[Stay], edition: int) -> list[Transfer]:
    """One for each visit and instant, to the destination that is first in alphabetical order."""
    first: dict[tuple[str | None, int], str] = {}
    for fact in of_type("contact.transferred", facts):
        first[fact.visit, fact.at] = min(str(fact.line), first.get((fact.visit, fact.at), str(fact.line)))
    told = []
    for (visit, at), line in first.items():
        passed_on = _passed_on(visit, at, stays) if edition != 1 else None
        since = passed_on.exit.at if passed_on and passed_on.exit else at
        told.append(Transfer(at, line, since, passed_on))
    return told


def _passed_on(visit: str | None, by: int, stays: Sequence[Stay]) -> Stay | None:
    """The last stay of a visit that was answered by then: the person who answered passes it on."""
    own = [stay for stay in stays if stay.visit == visit]
    answered = [stay for stay in own if stay.answered_at is not None and stay.answered_at <= by]
    return answered[-1] if answered else None


def _in_order(transfer: Transfer) -> tuple[int, str, int, bool, int, str]:
    """By time, destination and since when. Where all that is equal, by the stay passed on; none is the last.

    Two whose stays passed on are equal in this, too, may choose in any order: the same is counted.
    """
    entered, line = (transfer.of.entered, transfer.of.line) if transfer.of else (0, "")
    return transfer.at, transfer.line, transfer.since, transfer.of is None, entered, line
