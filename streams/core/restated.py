"""What a source says anew of a contact: of several versions the highest holds.

All that is told of an id joins its journey, whatever its version: for how long it is remembered, which journeys it
makes, what room it takes and its edition depend on all that was ever told. What was told with a version is kept once
more by contact and version (`More.with_version`), and so which facts hold is a function of a set that only grows: no
order matters. See streams/MEASURES.md, *Restated contacts*. May import: standard library, the core.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final, NamedTuple, TypeVar

from streams.core.definitions import Definitions
from streams.core.facts import NO_FACTS, Journey, More, Visit, edition_of, entries_of, versions_of
from streams.core.in_full import InFull, OfBot, OfVisit, in_full, in_short
from streams.core.joins import Crowded, Join
from streams.core.memory import journeys_of
from streams.core.pseudonym import Key, Pseudonyms
from streams.core.rules import Places

Of = TypeVar("Of")

FIRST_EDITION: Final = 4  # of the definitions, by which versions count
MOST_VERSIONS: Final = 200  # of an id's contacts, and of the visits that each of these versions speaks of


class Settled(Exception):
    """The fact would take out what is older than the horizon: that stays as it was, and the fact does not join."""


def is_restated(journey: Journey) -> bool:
    """Whether anything of it was told with a version."""
    return journey.more is not None and bool(journey.more.with_version)


def as_told_last(journey: Journey, definitions: Definitions) -> Journey:
    """Of one journey the facts that hold: of each contact that was told with a version, those of the highest alone."""
    versions = versions_of(journey)
    if not versions or edition_of(journey, definitions) < FIRST_EDITION:
        return journey
    visits, passed_on, ended, bots, callbacks, _, _ = in_full(journey)
    theirs = _visits_of(versions, journey.visits)
    held = [in_full(told[max(told)]) for told in versions.values()]
    told = InFull(
        _together(_without(visits, theirs), (of.visits for of in held), _of_visit),
        _together(_without(passed_on, theirs), (of.passed_on for of in held), _at_each),
        _together(_without(ended, versions), (of.ended for of in held), _at_each),
        _together(_without(bots, versions), (of.bots for of in held), _of_bot),
        _together(_without(callbacks, versions), (of.callbacks for of in held), _at_each),
        # An id is of one letter or survey, whether its contact is named or not: told anew it is told whole.
        _together({}, (of.letters for of in held), _every),
        _together({}, (of.surveys for of in held), _every),
    )
    return in_short(told, journey)


def restating(join: Join, definitions: Definitions, late_before: int, unseen: Places) -> Join:
    """The join of a fact that was told with a version, or to an id of which any was. Raises Crowded, and Settled.

    `late_before` is in epoch ms; `unseen` says where a queue is counted, and does not note that it was named.
    """

    def joins(journey: Journey, event: Any, t: int, ids: Pseudonyms, places: Places) -> bool | None:
        at = _kept_at(join, event, t, ids, unseen)
        if at is not None:
            _check_room(journey, at)
        if min(journey.earliest, t) < late_before:  # what waited may have moved event time past the fact itself
            trial = deepcopy(journey)
            _join(join, at, trial, event, t, ids, unseen)
            if _settled(trial, definitions, late_before) != _settled(journey, definitions, late_before):
                raise Settled
        return _join(join, at, journey, event, t, ids, places)

    return joins


class _At(NamedTuple):
    """Of which contact, and of which version of it, a fact was told, and of which visits."""

    contact: Key
    version: int
    visits: set[Key]


def _kept_at(join: Join, event: Any, t: int, ids: Pseudonyms, places: Places) -> _At | None:
    """None: it was told without a version, or tells nothing, as that a contact began does."""
    if not event.contact_version:
        return None
    told = Journey(0)
    join(told, event, t, ids, places)
    return None if told == NO_FACTS else _At(ids(event.contact_id), event.contact_version, _spoken_of(told))


def _spoken_of(told: Journey) -> set[Key]:
    return {visit.key for visit in told.visits}.union(told.transfers or ())


def _check_room(journey: Journey, at: _At) -> None:
    versions = versions_of(journey)
    known = versions.get(at.contact, {}).get(at.version)
    more = len(at.visits) + 1 if known is None else len(at.visits - _spoken_of(known))
    taken = sum(1 + len(_spoken_of(told)) for of in versions.values() for told in of.values())
    if more and taken + more > MOST_VERSIONS:
        raise Crowded


def _join(
    join: Join, at: _At | None, journey: Journey, event: Any, t: int, ids: Pseudonyms, places: Places
) -> bool | None:
    """What is known of a version is less than what is known in all, so it has room where that has."""
    answer = join(journey, event, t, ids, places)
    if at is None:
        return answer
    if journey.more is None:
        journey.more = More()
    versions = journey.more.with_version.setdefault(at.contact, {})
    join(versions.setdefault(at.version, Journey(0)), event, t, ids, places)
    return answer


def _settled(journey: Journey, definitions: Definitions, late_before: int) -> set[tuple[str, Key, Any]]:
    """Of an id all facts that hold, and are older than the horizon."""
    held = (in_full(as_told_last(one, definitions)) for one in journeys_of(journey, definitions))
    return {fact for told in held for fact in _each(told) if _when(fact[-1]) < late_before}


def _each(told: InFull) -> Iterator[tuple[str, Key, Any]]:
    """Each fact with its kind and with what it is of."""
    by_kind: Mapping[str, Mapping[Key, Any]] = told._asdict()
    for kind, by_key in by_kind.items():
        for key, of in by_key.items():
            kinds = of._asdict() if isinstance(of, OfVisit | OfBot) else {kind: of}
            yield from ((name, key, fact) for name, facts in kinds.items() for fact in facts)


def _when(fact: Any) -> int:
    at: int = fact[0] if isinstance(fact, tuple) else fact
    return at


def _visits_of(versions: Mapping[Key, Mapping[int, Journey]], visits: Iterable[Visit]) -> set[Key]:
    """The visits of these contacts: those they entered, and those that any of their versions speaks of."""
    entered = {visit.key for visit in visits for _, _, contact in entries_of(visit) if contact in versions}
    return entered.union(*(_spoken_of(told) for of in versions.values() for told in of.values()))


def _without(told: Mapping[Key, Of], keys: Container[Key]) -> dict[Key, Of]:
    return {key: of for key, of in told.items() if key not in keys}


def _together(told: dict[Key, Of], others: Iterable[Mapping[Key, Of]], both: Callable[[Of, Of], Of]) -> dict[Key, Of]:
    """All of it; where several contacts speak of one visit, what both say."""
    for other in others:
        for key, of in other.items():
            told[key] = both(told[key], of) if key in told else of
    return told


def _of_visit(one: OfVisit, other: OfVisit) -> OfVisit:
    kinds: dict[str, Any] = {name: _at_each(getattr(one, name), getattr(other, name)) for name in OfVisit._fields}
    kinds |= {name: sorted({*getattr(one, name), *getattr(other, name)}) for name in ("offered", "missed")}
    return OfVisit(**kinds)


def _of_bot(one: OfBot, other: OfBot) -> OfBot:
    return OfBot(_at_each(one.started, other.started), _at_each(one.ended, other.ended))


def _every(one: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """The facts of both, rising."""
    return sorted({*one, *other})


def _at_each(one: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """The facts of both, rising; at one instant the first."""
    told = sorted({*one, *other}, reverse=True)
    return sorted({_when(fact): fact for fact in told}.values())
