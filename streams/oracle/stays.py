"""The stays of a journey: each time that a visit was in a queue, from its entry to its exit.

The walk through a visit's instants finds the stays, and the exits that were told. What was told of nobody else
matters to it. Where no exit was told, one is inferred of what was told of the contact and of the other stays.
May import: standard library.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from streams.oracle.definitions import OTHER, Definitions
from streams.oracle.facts import VISIT, Fact, of_type

FOREVER: Final = float("inf")  # later than every instant

REASONS: Final = ("transferred", "overflow", "timeout", "closed")


class Exit(NamedTuple):
    """When and how a stay ended; `order` decides between two at the same instant."""

    at: int
    order: int
    how: str
    promised: int | None = None  # by when somebody was to be called back


class Stay(NamedTuple):
    """One time in a queue. A visit has one at an instant, so no two of a journey are equal."""

    visit: str
    contact: str
    line: str
    entered: int
    exit: Exit | None = None
    is_cut: bool = False  # its exit was told from before its entry

    @property
    def channel(self) -> str:
        """The channel of its line."""
        return self.line.split("/")[0]

    @property
    def answered_at(self) -> int | None:
        """When it was answered, if it was. Nothing else is known of a person, and no answer is ever inferred."""
        return self.exit.at if self.exit and self.exit.how == "answered" else None


def stays_of(facts: Sequence[Fact], edition: int, definitions: Definitions) -> list[Stay]:
    """All stays of a journey, by entry, line, exit (none is the latest) and the exit's name."""
    by_visit: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.visit is not None and fact.type in VISIT:
            by_visit.setdefault(fact.visit, []).append(fact)
    ends: dict[str | None, list[int]] = {}
    for fact in of_type("contact.ended", facts):
        ends.setdefault(fact.contact, []).append(fact.at)
    told = [stay for own in by_visit.values() for stay in told_stays(own, ends, definitions)]
    if edition == 1:
        stays = [_or_ended(stay, ends.get(stay.contact, [])) for stay in told]
    else:
        stays = [stay if stay.exit else _inferred(stay, told, ends.get(stay.contact, []), definitions) for stay in told]
    return sorted(stays, key=_in_order)


def _in_order(stay: Stay) -> tuple[int, str, float, str]:
    at, how = (stay.exit.at, stay.exit.how) if stay.exit else (FOREVER, "")
    return stay.entered, stay.line, at, how


def told_stays(own: Sequence[Fact], ends: Mapping[str | None, list[int]], definitions: Definitions) -> list[Stay]:
    """The stays of one visit with their told exits, by entry: the visit's instants are gone through in order.

    `ends` are those of contacts.
    """
    entries, exits = _entries(own), _exits(own)
    if not entries:
        return []
    first = min(entries)
    early = [exits[at][0] for at in sorted(exits) if at < first]  # told from before the first entry
    stays: list[Stay] = []
    for at in sorted(entries.keys() | exits.keys()):
        if at < first:
            continue
        unused = exits.get(at, [])
        if at in entries:
            if stays and not stays[-1].exit and unused:
                before = next((exit_ for exit_ in unused if exit_.how != "answered"), unused[0])
                unused = [exit_ for exit_ in unused if exit_ != before]
                stays[-1] = _ended(stays[-1], before)
            if not stays or not _is_told_again(entries[at], stays[-1], ends, definitions):
                stays.append(_begun(entries[at], early if not stays else []))
        if unused and not stays[-1].exit:
            stays[-1] = _ended(stays[-1], unused[0])
    return stays


def _entries(own: Sequence[Fact]) -> dict[int, Fact]:
    """Of each instant the entry whose line comes first in alphabetical order, then its contact."""
    entries: dict[int, Fact] = {}
    for fact in sorted(of_type("queue.entered", own), key=lambda fact: (fact.at, fact.line, fact.contact)):
        entries.setdefault(fact.at, fact)
    return entries


def _exits(own: Sequence[Fact]) -> dict[int, list[Exit]]:
    """Of each instant the exits that were told, at most one of each kind, in the order that decides."""
    told = {exit_ for fact in own if (exit_ := _exit(fact))}
    by_instant: dict[int, list[Exit]] = {}
    # Of two reasons at one instant the first in the alphabet counts, of two promises the earliest; none is the latest.
    for exit_ in sorted(told, key=lambda one: (one.at, one.order, one.how, one.promised is None, one.promised or 0)):
        here = by_instant.setdefault(exit_.at, [])
        if exit_.order not in (other.order for other in here):
            here.append(exit_)
    return by_instant


def _exit(fact: Fact) -> Exit | None:
    if fact.type == "queue.answered":
        return Exit(fact.at, 1, "answered")
    if fact.type == "callback.requested":
        return Exit(fact.at, 2, "called_back", fact.promised)
    if fact.type == "queue.abandoned":
        return Exit(fact.at, 3, "abandoned")
    if fact.type == "queue.left":
        return Exit(fact.at, 4, f"left_{fact.word if fact.word in REASONS else OTHER}")
    return None


def _is_told_again(entry: Fact, last: Stay, ends: Mapping[str | None, list[int]], definitions: Definitions) -> bool:
    """Whether an entry is of the stay that goes on: in its line, without an exit, neither lost by then nor at an end
    with its contact.
    """
    if entry.line != last.line or last.exit is not None or entry.at >= _lost_at(last, definitions):
        return False
    return not any(last.entered <= at <= entry.at for at in ends.get(last.contact, ()))


def _lost_at(stay: Stay, definitions: Definitions) -> int:
    return stay.entered + definitions.then(stay.entered).lost_after(stay.channel)


def _begun(entry: Fact, early: list[Exit]) -> Stay:
    stay = Stay(str(entry.visit), str(entry.contact), str(entry.line), entry.at)
    return _ended(stay, early[0]) if early else stay


def _ended(stay: Stay, exit_: Exit) -> Stay:
    """With an exit that was told, which counts at the entry where it was told from before that."""
    return stay._replace(exit=exit_._replace(at=max(exit_.at, stay.entered)), is_cut=exit_.at < stay.entered)


def _or_ended(stay: Stay, ends: list[int]) -> Stay:
    """Edition 1: the end of the contact is one more exit. If it is before the entry, it is of something else."""
    if not ends or ends[0] < stay.entered:
        return stay
    ended = Exit(ends[0], 5, "left_ended")
    return stay._replace(exit=min(stay.exit, ended, key=lambda exit_: exit_[:2]) if stay.exit else ended)


def _inferred(stay: Stay, told: Sequence[Stay], ends: list[int], definitions: Definitions) -> Stay:
    """Edition 2, where no exit was told: the end of the contact, or that it was seen elsewhere, the earliest of all."""
    exits = [Exit(at, 5, "left_ended") for at in ends if at >= stay.entered]
    seen = [at for at in _seen_elsewhere(stay, told, definitions) if at < _lost_at(stay, definitions)]
    exits += [Exit(at, 6, "left_moved") for at in seen]
    return stay._replace(exit=min(exits, default=None))


def _seen_elsewhere(stay: Stay, told: Sequence[Stay], definitions: Definitions) -> list[int]:
    """When its visit began another stay. Where nobody is in two places at once, also what its contact did elsewhere."""
    has_one_place = stay.channel in definitions.then(stay.entered).one_place
    instants = []
    for other in told:
        if other.visit == stay.visit and other.entered > stay.entered:
            instants.append(other.entered)
        elif other != stay and other.contact == stay.contact and has_one_place:
            instants += [other.entered] if other.entered > stay.entered else []
            answered = other.answered_at
            if answered is not None and (answered > stay.entered or answered == stay.entered == other.entered):
                instants.append(answered)
    return instants
