"""Editions 2 to 4 of the definitions: a visit may have several stays, and a contact is in one place at a time.

Sources use one id for each time that a caller is put in a queue, tell an entry and not the exit before it, and write a
transfer after the entry that it caused. See streams/MEASURES.md. May import: standard library, the core.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from streams.core.definitions import Definitions
from streams.core.facts import (
    NOT_PROMISED,
    Entry,
    Journey,
    Visit,
    abandons_of,
    answers_of,
    attempts_of,
    connections_of,
    ends_of,
    entries_of,
    failures_of,
    left_of,
    missed_by,
    offered_to,
    requests_of,
    transfers_of,
)
from streams.core.pseudonym import Key
from streams.core.stay import NEVER, Exit, Offers, PassedOn, Promise, Stay, Told, in_order, told_exit


def told_by(journey: Journey, definitions: Definitions) -> Told:
    """What its facts tell."""
    by_visit = [of for visit in journey.visits if (of := _stays_of(visit, journey, definitions))]
    seen = _seen(stay for of in by_visit for stay in of)
    ended = [_ended(stay, of, seen[stay.contact], journey, definitions) for of in by_visit for stay in of]
    stays = sorted(_with_promises(ended, journey), key=in_order)
    offers = [offer for of in by_visit for offer in _offers(of)]
    return Told(stays, list(_passed_on(journey, stays, definitions)), offers)


def _stays_of(visit: Visit, journey: Journey, definitions: Definitions) -> list[Stay]:
    """The stays of a visit, each with the exit that was told of it, found by going through its instants in order."""
    if visit.further is None:  # as nearly always: nothing was told twice
        return _only_stay(visit)
    entries = {entry[0]: entry for entry in entries_of(visit)}
    exits = _told_exits(visit)
    stays: list[Stay] = []
    early: Exit | None = None  # the first exit before any entry
    for at in sorted(entries.keys() | exits.keys()):
        ways_out = exits.get(at, [])
        entry = entries.get(at)
        if entry is not None:
            if ways_out and _is_open(stays):
                how = next((how for how in ways_out if how != "answered"), ways_out[0])
                ways_out.remove(how)
                stays[-1] = stays[-1]._replace(exit=(at, how))
            if not _waits_there(stays, entry, journey, definitions):
                stays.append(_begun(entry, visit, early if not stays else None))
        if ways_out and _is_open(stays):
            stays[-1] = stays[-1]._replace(exit=(at, ways_out[0]))
        elif ways_out and not stays and early is None:
            early = at, ways_out[0]
    return stays


def _only_stay(visit: Visit) -> list[Stay]:
    entered, (first, how) = visit.entered, told_exit(visit)
    if entered is None:
        return []
    way_out = (max(first, entered), how) if how else NEVER
    return [Stay(entered, visit.line, way_out, visit, visit.contact, is_cut=first < entered)]


def _told_exits(visit: Visit) -> dict[int, list[str]]:
    """By instant the ways out that were told, in the order in which the first counts."""
    told = [(at, "answered") for at in answers_of(visit)]
    told += [(at, "called_back") for at, _ in requests_of(visit)]
    told += [(at, "abandoned") for at in abandons_of(visit)]
    told += [(at, "left_" + reason) for at, reason in left_of(visit)]
    exits: dict[int, list[str]] = {}
    for at, how in told:
        exits.setdefault(at, []).append(how)
    return exits


def _is_open(stays: Sequence[Stay]) -> bool:
    return bool(stays) and stays[-1].exit is NEVER


def _waits_there(stays: Sequence[Stay], entry: Entry, journey: Journey, definitions: Definitions) -> bool:
    """Whether the last stay is told again by an entry: it goes on, neither lost nor ended with its contact by then."""
    at, line, _ = entry
    if not _is_open(stays) or stays[-1].line != line:
        return False
    began, contact = stays[-1].entered, stays[-1].contact
    return at < definitions.lost_at(began, line) and not any(began <= end <= at for end in ends_of(journey, contact))


def _begun(entry: Entry, visit: Visit, early: Exit | None) -> Stay:
    at, line, contact = entry
    if early is None:
        return Stay(at, line, NEVER, visit, contact)
    return Stay(at, line, (at, early[1]), visit, contact, is_cut=True)


class _Seen:
    """Where a contact was seen: the instants, rising, at which its stays began, and were answered."""

    def __init__(self) -> None:
        self.entered: list[int] = []
        self.answered: list[int] = []
        self.answered_at_once: set[int] = set()  # as they began

    def after(self, entered: int) -> Iterator[int]:
        """The first of each after an entry; and where another stay that began then was answered at once, the entry."""
        for instants in (self.entered, self.answered):
            yield from instants[(at := bisect_right(instants, entered)) : at + 1]
        if entered in self.answered_at_once:
            yield entered


def _seen(stays: Iterable[Stay]) -> dict[Key, _Seen]:
    seen: defaultdict[Key, _Seen] = defaultdict(_Seen)
    for stay in stays:
        of = seen[stay.contact]
        of.entered.append(stay.entered)
        if stay.exit[1] == "answered":
            of.answered.append(stay.exit[0])
            if stay.exit[0] == stay.entered:
                of.answered_at_once.add(stay.entered)
    for of in seen.values():
        of.entered.sort()
        of.answered.sort()
    return seen


def _ended(stay: Stay, of_visit: Sequence[Stay], seen: _Seen, journey: Journey, definitions: Definitions) -> Stay:
    """A stay with its exit: where none was told, what follows from the rest of the journey."""
    if stay.exit is not NEVER:
        return stay
    entered, lost_at = stay.entered, definitions.lost_at(stay.entered, stay.line)
    moves = [other.entered for other in of_visit if other.entered > entered]
    if stay.line.partition("/")[0] in definitions.at(entered).one_place:
        moves += seen.after(entered)
    inferred = [(at, "left_ended") for at in ends_of(journey, stay.contact) if at >= entered]
    inferred += [(at, "left_moved") for at in moves if at < lost_at]
    return stay._replace(exit=min(inferred, default=NEVER))


def _with_promises(stays: Sequence[Stay], journey: Journey) -> Iterator[Stay]:
    """The same, each that ended as called back with what became of that."""
    made = [(stay, _own_promise(stay, stays)) for stay in stays if stay.exit[1] == "called_back"]
    if not made:
        yield from stays
        return
    begun = {} if journey.more is None else journey.more.callbacks
    answers = [(stay.exit[0], stay.contact) for stay in stays if stay.exit[1] == "answered"]
    answered = [(at, begun.get(contact, NEVER[0]) <= at) for at, contact in answers]
    kept = [*(of.kept for _, of in made if of.kept is not None), *(at for at, is_callback in answered if is_callback)]
    settled = [at for at, is_callback in answered if not is_callback]
    yield from (stay for stay in stays if stay.exit[1] != "called_back")
    yield from (stay._replace(promise=_by_others(of, stay.exit[0], kept, settled)) for stay, of in made)


def _own_promise(stay: Stay, stays: Sequence[Stay]) -> Promise:
    """What is told of a promise itself: of its visit's callbacks since the last that was asked for, or the first."""
    when, visit = stay.exit[0], stay.visit
    asked = sorted(one.exit[0] for one in stays if one.visit is visit and one.exit[1] == "called_back")

    def first_of_it(instants: Iterable[int]) -> int | None:
        return next((at for at in instants if max((r for r in asked if r <= at), default=asked[0]) == when), None)

    connected = first_of_it(connections_of(visit))
    requests, failures = requests_of(visit), dict(failures_of(visit))
    by = requests[0][1] if stay.is_cut else dict(requests)[when]
    failed = first_of_it(failures)
    return Promise(
        promised_by=None if by == NOT_PROMISED else by,
        tried=first_of_it(attempts_of(visit)),
        kept=None if connected is None else max(connected, when),
        given_up=None if failed is None else (failed, "callback_failed" if failures[failed] else "callback_cancelled"),
    )


def _by_others(promise: Promise, asked: int, kept: Sequence[int], settled: Sequence[int]) -> Promise:
    """The same with what other stays came to: instants at which a callback reached the customer, and at which he
    reached a person by himself.

    What was kept once is kept then, whatever is told later: a wait that is old stays what it was.
    """
    by_callback = min((at for at in kept if at >= asked), default=None)
    by_himself = min((at for at in settled if at >= asked), default=None)
    if by_callback is not None and by_himself is not None and by_himself < by_callback:
        by_callback = None
    keeps = [at for at in (promise.kept, by_callback) if at is not None]
    if keeps:
        return promise._replace(kept=min(keeps))
    if by_himself is None or (promise.given_up is not None and promise.given_up[0] <= by_himself):
        return promise
    return promise._replace(given_up=(by_himself, "callback_settled"))


def _offers(stays: Sequence[Stay]) -> Iterator[Offers]:
    """What was offered of a visit, in the line that it was in then."""
    visit = stays[0].visit
    for measure, told in (("offered", offered_to(visit)), ("missed", missed_by(visit))):
        for at, n in Counter(when for when, _ in told).items():
            there = next((stay for stay in reversed(stays) if stay.entered <= at), stays[0])
            yield Offers(there.line, at, measure, n)


def _passed_on(journey: Journey, stays: Sequence[Stay], definitions: Definitions) -> Iterator[PassedOn]:
    told = [(*one, key) for key in journey.transfers or () for one in transfers_of(journey, key)]
    transfers = [_Transfer(when, destination, *_since(when, key, stays)) for when, destination, key in told]
    unmatched = list(stays)
    for transfer in sorted(transfers, key=_as_they_choose):
        until = definitions.lost_at(transfer.when, transfer.destination)
        there = [stay for stay in unmatched if transfer.may_be(stay, until)]
        match = min(there, key=lambda stay: abs(stay.entered - transfer.when), default=None)
        if match is not None:
            unmatched.remove(match)
        yield PassedOn(transfer.when, transfer.destination, match, transfer.passed_on)


class _Transfer(NamedTuple):
    when: int
    destination: str
    since: int  # from when on the entry may be that it caused
    passed_on: Stay | None

    def may_be(self, stay: Stay, until: int) -> bool:
        """Whether it may have led to a stay."""
        is_there = stay.line == self.destination and self.since <= stay.entered <= until
        return is_there and (self.passed_on is None or stay[:3] != self.passed_on[:3])


def _as_they_choose(one: _Transfer) -> tuple[object, ...]:
    """Where the rest is equal, by the stay passed on; none is the last."""
    passed_on = (1,) if one.passed_on is None else (0, one.passed_on.entered, one.passed_on.line)
    return one.when, one.destination, one.since, passed_on


def _since(when: int, visit: Key, stays: Sequence[Stay]) -> tuple[int, Stay | None]:
    """From when on a transfer may have led to an entry, and the stay of a visit that was passed on, if it is known."""
    answered = [stay for stay in stays if stay.visit.key == visit and stay.exit[1] == "answered"]
    last = max((stay for stay in answered if stay.exit[0] <= when), key=lambda stay: stay.exit[0], default=None)
    return (when, None) if last is None else (last.exit[0], last)
