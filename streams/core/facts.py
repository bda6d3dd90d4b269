"""What is known of a journey: a set of facts, and how an event's fact joins it.

Joining is idempotent, commutative and associative: each instant keeps the earliest that was said of it (ties go by
alphabet), so
duplicates, disorder, late events and replays all lead to the same facts. The rules are in streams/MEASURES.md.
May import: standard library, msgspec, the core.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from streams.core import events
from streams.core.definitions import Definitions
from streams.core.events import Event, VisitEvent, occurred_ms
from streams.core.pseudonym import Key, Pseudonyms
from streams.core.rules import LEFT_REASONS, Places
from streams.core.source_queue import OTHER

# Of one journey, or one visit: far more than any real one has. A source that has one id for all would make each event
# as dear as all that came before it.
MOST_VISITS: Final = 200  # and as many contacts that ended, talked to the bot, and visits that were passed on
MOST_INSTANTS: Final = 50  # at which one visit was offered to somebody, and as many that were missed


class Crowded(Exception):
    """The journey has as many of these as it may have: the fact does not join."""


_REASONS = {reason: reason for reason in LEFT_REASONS if reason != "ended"}


class Callback(msgspec.Struct, array_like=True, gc=False):
    """What became of a promise to call back, all in epoch ms. `promised_by` None: nothing was promised in words."""

    requested: int | None = None
    promised_by: int | None = None
    attempted: int | None = None
    connected: int | None = None
    failed: int | None = None
    cancelled: bool = False  # of the earliest failure: the customer withdrew


class Visit(msgspec.Struct, array_like=True, gc=False):
    """One stay in one queue; instants in epoch ms, None while not known."""

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


class Bot(msgspec.Struct, array_like=True, gc=False):
    """A contact's time with the chatbot."""

    started: int | None = None
    ended: int | None = None
    outcome: str = ""
    line: str = ""


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

    def over_at(self, definitions: Definitions) -> int:
        """From when on (epoch ms) the clock changes nothing of it: once what is older is late, it is forgotten.

        Facts can only put it off, never bring it forward: it goes by the longest terms there were by the newest one.
        """
        longest = definitions.only or definitions.longest_at(self.newest)
        for visit in self.visits:
            if visit.callback is not None and visit.callback.requested is not None:
                return self.newest + longest.promise_lost_ms
        return self.newest + longest.ghost_after_ms

    def ended_at(self, contact: Key) -> int | None:
        """When a contact came to its end; None while that is not known."""
        for key, t in self.ended or ():
            if key == contact:
                return t
        return None


Join = Callable[[Journey, Any, int, Pseudonyms, Places], None]  # Any: of one type of event each, found by that type


def earliest(known: int | None, t: int) -> int:
    """The join of two instants."""
    return t if known is None or t < known else known


def _visit(journey: Journey, event: VisitEvent | events.QueueEntered, ids: Pseudonyms) -> Visit:
    key = ids(event.visit_id)
    for visit in journey.visits:
        if visit.key == key:
            return visit
    if len(journey.visits) >= MOST_VISITS:
        raise Crowded
    visit = Visit(key)
    journey.visits.append(visit)
    return visit


def _callback(journey: Journey, event: VisitEvent, ids: Pseudonyms) -> Callback:
    visit = _visit(journey, event, ids)
    if visit.callback is None:
        visit.callback = Callback()
    return visit.callback


def _started(journey: Journey, event: Event, t: int, ids: Pseudonyms, places: Places) -> None:
    """A contact's start is no measure yet; it keeps the journey alive like any fact."""


def _entered(journey: Journey, event: events.QueueEntered, t: int, ids: Pseudonyms, places: Places) -> None:
    if not journey.visits:  # as nearly always: the entry is the first that is heard of it
        line = places.line(event.channel, event.audience, event.queue)
        journey.visits = [Visit(ids(event.visit_id), t, line, ids(event.contact_id))]
        return
    visit = _visit(journey, event, ids)
    known = visit.entered
    line = places.line(event.channel, event.audience, event.queue)
    if known is not None and t > known:
        return
    contact = ids(event.contact_id)
    if known is None or (t, line, contact) < (known, visit.line, visit.contact):
        visit.entered, visit.line, visit.contact = t, line, contact


def _answered(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    if visit.answered is None or t < visit.answered:
        visit.answered = t


def _abandoned(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    if visit.abandoned is None or t < visit.abandoned:
        visit.abandoned = t


def _left(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    reason = _REASONS.get(event.reason or OTHER, OTHER)
    if visit.left is None or (t, reason) < (visit.left, visit.left_reason):
        visit.left, visit.left_reason = t, reason


def _offered(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    visit.offered = _with_instant(visit.offered, t)


def _missed(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    visit.missed = _with_instant(visit.missed, t)


def _with_instant(known: list[int] | None, t: int) -> list[int]:
    if known is None:
        return [t]
    if t in known:
        return known
    if len(known) >= MOST_INSTANTS:
        raise Crowded
    return sorted([*known, t])


def _requested(journey: Journey, event: events.CallbackRequested, t: int, ids: Pseudonyms, places: Places) -> None:
    callback = _callback(journey, event, ids)
    promised = occurred_ms(event.promised_by) if event.promised_by is not None else None
    known = callback.requested
    if known is None or t < known:
        callback.requested, callback.promised_by = t, promised
    elif t == known and promised is not None:
        callback.promised_by = earliest(callback.promised_by, promised)


def _attempted(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    callback = _callback(journey, event, ids)
    callback.attempted = earliest(callback.attempted, t)


def _connected(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    callback = _callback(journey, event, ids)
    callback.connected = earliest(callback.connected, t)


def _failed(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    callback = _callback(journey, event, ids)
    cancelled = event.reason == "cancelled"
    if callback.failed is None or t < callback.failed:
        callback.failed, callback.cancelled = t, cancelled
    elif t == callback.failed:
        callback.cancelled = callback.cancelled or cancelled


def _transferred(journey: Journey, event: events.ContactTransferred, t: int, ids: Pseudonyms, places: Places) -> None:
    if journey.transfers is None:
        journey.transfers = {}
    key = ids(event.visit_id)
    if key not in journey.transfers and len(journey.transfers) >= MOST_VISITS:
        raise Crowded
    fact = (t, places.line(event.channel, event.audience, event.destination))
    journey.transfers[key] = min(fact, journey.transfers.get(key, fact))


def _ended(journey: Journey, event: events.ContactEnded, t: int, ids: Pseudonyms, places: Places) -> None:
    contact = ids(event.contact_id)
    if journey.ended is None:
        journey.ended = [(contact, t)]
        return
    known = journey.ended_at(contact)
    if known is None and len(journey.ended) >= MOST_VISITS:
        raise Crowded
    if known is None or t < known:
        journey.ended = [*(end for end in journey.ended if end[0] != contact), (contact, t)]


def _bot(journey: Journey, event: events.BotStarted | events.BotEnded, ids: Pseudonyms) -> Bot:
    if journey.bots is None:
        journey.bots = {}
    contact = ids(event.contact_id)
    if contact not in journey.bots and len(journey.bots) >= MOST_VISITS:
        raise Crowded
    return journey.bots.setdefault(contact, Bot())


def _bot_started(journey: Journey, event: events.BotStarted, t: int, ids: Pseudonyms, places: Places) -> None:
    bot = _bot(journey, event, ids)
    bot.started = earliest(bot.started, t)


def _bot_ended(journey: Journey, event: events.BotEnded, t: int, ids: Pseudonyms, places: Places) -> None:
    bot = _bot(journey, event, ids)
    line = places.line(event.channel, event.audience, event.queue or None)
    if bot.ended is None or (t, event.outcome, line) < (bot.ended, bot.outcome, bot.line):
        bot.ended, bot.outcome, bot.line = t, event.outcome, line


JOINS: dict[type, Join] = {
    events.ContactStarted: _started,
    events.BotStarted: _bot_started,
    events.BotEnded: _bot_ended,
    events.QueueEntered: _entered,
    events.AgentOffered: _offered,
    events.AgentMissed: _missed,
    events.QueueAnswered: _answered,
    events.QueueAbandoned: _abandoned,
    events.QueueLeft: _left,
    events.CallbackRequested: _requested,
    events.CallbackAttempted: _attempted,
    events.CallbackConnected: _connected,
    events.CallbackFailed: _failed,
    events.ContactTransferred: _transferred,
    events.ContactEnded: _ended,
}
