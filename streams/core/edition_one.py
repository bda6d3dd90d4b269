"""Edition 1 of the definitions: of each kind of fact the earliest counts, so that a visit is one stay.

Journeys that began before an installation went over to edition 2 are counted by it. See streams/MEASURES.md. May
import: standard library, facts, stay.
"""

from collections.abc import Iterable, Iterator

from streams.core.facts import Callback, Journey, Visit
from streams.core.stay import NEVER, Exit, Offers, PassedOn, Promise, Stay, Told, in_order, told_exit


def told_by(journey: Journey) -> Told:
    """What its earliest facts tell."""
    entered = [visit for visit in journey.visits if visit.entered is not None]
    stays = sorted((_stay(visit, journey) for visit in entered), key=in_order)
    offers = [offer for visit in entered for offer in _offers(visit)]
    return Told(stays, list(_passed_on(journey, stays)), offers)


def _stay(visit: Visit, journey: Journey) -> Stay:
    assert visit.entered is not None
    way_out = exit_of(visit, journey.ended_at(visit.contact)) or NEVER
    promise = promise_of(visit.callback, way_out[0]) if way_out[1] == "called_back" and visit.callback else None
    return Stay(visit.entered, visit.line, way_out, visit, visit.contact, promise)


def exit_of(visit: Visit, contact_ended: int | None) -> Exit | None:
    """The visit's exit: the earliest way out; at the same instant the first in the order written here.

    An exit before the entry (clocks differ) counts at the entry.
    """
    first, how = told_exit(visit)
    entered = visit.entered or 0
    if contact_ended is not None and entered <= contact_ended < first:
        first, how = contact_ended, "left_ended"
    return (max(first, entered), how) if how else None


def promise_of(callback: Callback, asked: int) -> Promise:
    """What became of the promise of a visit that asked for one callback."""
    kept = None if callback.connected is None else max(callback.connected, asked)
    given_up = None
    if callback.failed is not None:
        given_up = callback.failed, "callback_cancelled" if callback.cancelled else "callback_failed"
    return Promise(callback.promised_by, callback.attempted, kept, given_up)


def _offers(visit: Visit) -> Iterator[Offers]:
    yield from (Offers(visit.line, at, "offered", 1) for at in visit.offered or ())
    yield from (Offers(visit.line, at, "missed", 1) for at in visit.missed or ())


def _passed_on(journey: Journey, stays: Iterable[Stay]) -> Iterator[PassedOn]:
    unmatched = list(stays)
    for when, line in sorted((journey.transfers or {}).values()):
        match = next((stay for stay in unmatched if stay.entered >= when and stay.line == line), None)
        if match is not None:
            unmatched.remove(match)
        yield PassedOn(when, line, match)
