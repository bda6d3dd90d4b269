"""How an event's fact joins what is known of a journey.

Joining is idempotent, commutative and associative: facts are sets of instants, and of two at one instant the first in
order stays. So duplicates, disorder, late events and replays all lead to the same facts. The rules are in
streams/MEASURES.md. May import: standard library, the core.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from streams.core import events
from streams.core.events import CALLBACK, VisitEvent, occurred_ms
from streams.core.facts import (
    NO_CONTACT,
    NOBODY,
    NOT_PROMISED,
    Bot,
    Callback,
    Entry,
    Further,
    Journey,
    LetterFact,
    More,
    Offer,
    SurveyFact,
    Visit,
    begun_as_callbacks,
    bot_ends_of,
    ends_of,
    entries_of,
    failures_of,
    left_of,
    letters_of,
    missed_by,
    offered_to,
    requests_of,
    starts_of,
    surveys_of,
    transfers_of,
)
from streams.core.pseudonym import Key, Pseudonyms
from streams.core.rules import LEFT_REASONS, Places
from streams.core.source_queue import OTHER
from streams.core.stay import told_exit
from streams.core.surveys import INVITED

# Of one journey, or one visit: far more than any real one has. A source that has one id for all would make each event
# as dear as all that came before it.
MOST_VISITS: Final = 200  # and as many contacts that ended, talked to the bot, and visits that were passed on
MOST_INSTANTS: Final = 50  # of one kind of fact of one visit, of a contact's end, of a visit passed on, of the chatbot
MOST_TOLD: Final = 200  # facts of letters of one id, and of surveys
MOST_SEVERAL: Final = 20  # visits of which any kind of fact has several instants; and contacts, and visits passed on
MOST_OFFERS: Final = 200  # of a visit, by instant and adviser
_REASONS = {reason: reason for reason in LEFT_REASONS}


class Crowded(Exception):
    """The journey has as many of these as it may have: the fact does not join."""


T = TypeVar("T")
Told = TypeVar("Told", bound=tuple[int, Any] | tuple[int, Any, Any])  # when (epoch ms), and what was told of it
# Any: of one type of event each, found by that type. It answers whether what ended a visit is told to have been before
# its entry, of what is known so far: then a clock is wrong.
Join = Callable[[Journey, Any, int, Pseudonyms, Places], bool | None]


def earliest(known: int | None, t: int) -> int:
    """The join of two instants of which only the earlier matters."""
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


def _further(journey: Journey, visit: Visit) -> Further:
    """Where the instants of a visit are of which there are several. Raises Crowded."""
    if visit.further is None:
        if sum(one.further is not None for one in journey.visits) >= MOST_SEVERAL:
            raise Crowded
        visit.further = Further()
    return visit.further


def _more(journey: Journey) -> More:
    if journey.more is None:
        journey.more = More()
    return journey.more


def _add(several: dict[Key, list[T]], key: Key, told: list[T]) -> None:
    """Notes all instants of a contact's end, or of a visit passed on. Raises Crowded."""
    if key not in several and len(several) >= MOST_SEVERAL:
        raise Crowded
    several[key] = told


def _with_one(known: list[T], one: T, most: int = MOST_INSTANTS) -> list[T]:
    """What is known with one more, rising. Raises Crowded."""
    if one in known:
        return known
    if len(known) >= most:
        raise Crowded
    return sorted([*known, one])  # type: ignore[type-var]


def _with_told(known: list[Told], one: Told) -> list[Told]:
    """The same of instants with what was told of each: at one instant the first of that stays. Raises Crowded."""
    for place, other in enumerate(known):
        if other[0] == one[0]:
            return known if other <= one else [*known[:place], one, *known[place + 1 :]]
    return _with_one(known, one)


def _again(journey: Journey, visit: Visit, kind: str, known: int, t: int) -> int:
    """Joins one more instant of a kind of fact, and answers the earliest. Raises Crowded."""
    if t == known:
        return known
    further = _further(journey, visit)
    instants: list[int] = _with_one(getattr(further, kind) or [known], t)
    setattr(further, kind, instants)
    return instants[0]


def _started(journey: Journey, event: events.ContactStarted, t: int, ids: Pseudonyms, places: Places) -> None:
    """Whether it is a callback that begins. Else a contact's start is no measure yet: it keeps the journey alive."""
    if event.initiation == CALLBACK:
        _note_callback(journey, ids(event.contact_id), t)


def _note_callback(journey: Journey, contact: Key, t: int) -> None:
    known = begun_as_callbacks(journey).get(contact, [])
    if not known and journey.more is not None and len(journey.more.callbacks) >= MOST_VISITS:
        raise Crowded
    told, more = _with_one(known, t), _more(journey)
    if len(told) > 1:
        _add(more.callbacks_again, contact, told)
    more.callbacks = more.callbacks | {contact: told[0]}


def _entered(journey: Journey, event: events.QueueEntered, t: int, ids: Pseudonyms, places: Places) -> bool:
    line, contact = places.line(event.channel, event.audience, event.queue), ids(event.contact_id)
    is_callback = event.initiation == CALLBACK
    if journey.visits or is_callback:
        return _entered_another(journey, ids(event.visit_id), (t, line, contact), is_callback=is_callback)
    # As nearly always: the entry is the first that is heard of it.
    journey.visits = [Visit(ids(event.visit_id), t, line, contact)]
    return False


def _entered_another(journey: Journey, key: Key, entry: Entry, *, is_callback: bool) -> bool:
    visit = next((visit for visit in journey.visits if visit.key == key), None)
    if visit is None and len(journey.visits) >= MOST_VISITS:
        raise Crowded
    entries = _with_told([] if visit is None else entries_of(visit), entry)
    further = _further(journey, visit) if visit is not None and len(entries) > 1 else None
    if is_callback:
        _note_callback(journey, entry[2], entry[0])
    if visit is None:
        visit = Visit(key)
        journey.visits = [*journey.visits, visit]
    is_late = visit.entered is None and told_exit(visit)[0] < entry[0]
    visit.entered, visit.line, visit.contact = entries[0]
    if further is not None:
        further.entered = entries
    return is_late


def _answered(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> bool:
    visit = _visit(journey, event, ids)
    known = visit.answered
    visit.answered = t if known is None else _again(journey, visit, "answered", known, t)
    return visit.entered is not None and t < visit.entered


def _abandoned(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> bool:
    visit = _visit(journey, event, ids)
    known = visit.abandoned
    visit.abandoned = t if known is None else _again(journey, visit, "abandoned", known, t)
    return visit.entered is not None and t < visit.entered


def _left(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> bool:
    visit = _visit(journey, event, ids)
    known = _with_told(left_of(visit), (t, _REASONS.get(event.reason or OTHER, OTHER)))
    if len(known) > 1:
        _further(journey, visit).left = known
    visit.left, visit.left_reason = known[0]
    return visit.entered is not None and t < visit.entered


def _offered(journey: Journey, event: events.AgentOffered, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    told = visit.offered_to
    if told is not None or event.agent_ref:
        told = _with_agent(offered_to(visit), t, event.agent_ref, ids)
    visit.offered, visit.offered_to = _with_one(visit.offered or [], t), told


def _missed(journey: Journey, event: events.AgentMissed, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    told = visit.missed_by
    if told is not None or event.agent_ref:
        told = _with_agent(missed_by(visit), t, event.agent_ref, ids)
    visit.missed, visit.missed_by = _with_one(visit.missed or [], t), told


def _with_agent(told: list[Offer], t: int, agent_ref: str | None, ids: Pseudonyms) -> list[Offer]:
    """Offers with one more, rising. Raises Crowded."""
    return _with_one(told, (t, ids(agent_ref) if agent_ref else NOBODY), MOST_OFFERS)


def _callback(visit: Visit) -> Callback:
    if visit.callback is None:
        visit.callback = Callback()
    return visit.callback


def _requested(journey: Journey, event: events.CallbackRequested, t: int, ids: Pseudonyms, places: Places) -> bool:
    visit = _visit(journey, event, ids)
    promised = occurred_ms(event.promised_by) if event.promised_by is not None else None
    known = _with_told(requests_of(visit), (t, NOT_PROMISED if promised is None else promised))
    if len(known) > 1:
        _further(journey, visit).requested = known
    callback, (first, by) = _callback(visit), known[0]
    callback.requested, callback.promised_by = first, None if by == NOT_PROMISED else by
    return visit.entered is not None and t < visit.entered


def _attempted(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    callback = _callback(visit)
    known = callback.attempted
    callback.attempted = t if known is None else _again(journey, visit, "attempted", known, t)


def _connected(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    callback = _callback(visit)
    known = callback.connected
    callback.connected = t if known is None else _again(journey, visit, "connected", known, t)


def _failed(journey: Journey, event: VisitEvent, t: int, ids: Pseudonyms, places: Places) -> None:
    visit = _visit(journey, event, ids)
    known = _with_told(failures_of(visit), (t, event.reason != "cancelled"))
    if len(known) > 1:
        _further(journey, visit).failed = known
    callback, (first, is_other) = _callback(visit), known[0]
    callback.failed, callback.cancelled = first, not is_other


def _transferred(journey: Journey, event: events.ContactTransferred, t: int, ids: Pseudonyms, places: Places) -> None:
    key, known = ids(event.visit_id), journey.transfers or {}
    if key not in known and len(known) >= MOST_VISITS:
        raise Crowded
    told = _with_told(transfers_of(journey, key), (t, places.line(event.channel, event.audience, event.destination)))
    if len(told) > 1:
        _add(_more(journey).transfers, key, told)
    journey.transfers = known | {key: told[0]}


def _ended(journey: Journey, event: events.ContactEnded, t: int, ids: Pseudonyms, places: Places) -> None:
    contact = ids(event.contact_id)
    if journey.ended is None:
        journey.ended = [(contact, t)]
        return
    known = ends_of(journey, contact)
    if not known and len(journey.ended) >= MOST_VISITS:
        raise Crowded
    ends = _with_one(known, t)
    if len(ends) > 1:
        _add(_more(journey).ended, contact, ends)
    if ends[:1] != known[:1]:
        journey.ended = [*(end for end in journey.ended if end[0] != contact), (contact, ends[0])]


def _bot(journey: Journey, event: events.BotStarted | events.BotEnded, ids: Pseudonyms) -> Bot:
    if journey.bots is None:
        journey.bots = {}
    contact = ids(event.contact_id)
    if contact not in journey.bots and len(journey.bots) >= MOST_VISITS:
        raise Crowded
    return journey.bots.setdefault(contact, Bot())


def _has_several(bot: Bot) -> bool:
    return bot.starts is not None or bot.ends is not None


def _check_room(journey: Journey, bot: Bot) -> None:
    """That one more contact has several beginnings or ends with the chatbot. Raises Crowded."""
    others = (journey.bots or {}).values()
    if not _has_several(bot) and sum(_has_several(one) for one in others) >= MOST_SEVERAL:
        raise Crowded


def _bot_started(journey: Journey, event: events.BotStarted, t: int, ids: Pseudonyms, places: Places) -> None:
    bot = _bot(journey, event, ids)
    told = _with_one(starts_of(bot), t)
    if len(told) > 1:
        _check_room(journey, bot)
        bot.starts = told
    bot.started = told[0]


def _bot_ended(journey: Journey, event: events.BotEnded, t: int, ids: Pseudonyms, places: Places) -> None:
    bot = _bot(journey, event, ids)
    line = places.line(event.channel, event.audience, event.queue or None)
    told = _with_told(bot_ends_of(bot), (t, event.outcome, line))
    if len(told) > 1:
        _check_room(journey, bot)
        bot.ends = told
    bot.ended, bot.outcome, bot.line = told[0]


def _with_another(known: dict[Key, list[T]], contact: Key, told: T) -> dict[Key, list[T]]:
    """What is told of a contact with one more, rising. Raises Crowded."""
    if not known:
        return {contact: [told]}
    of_it = known.get(contact, [])
    if told not in of_it and sum(map(len, known.values())) >= MOST_TOLD:
        raise Crowded
    return {**known, contact: _with_one(of_it, told, MOST_TOLD)}


def _of_letter(what: str) -> Join:
    def joins(journey: Journey, event: events.LetterEvent, t: int, ids: Pseudonyms, places: Places) -> None:
        _join_letter(journey, event.contact_id, (t, what, ""), ids)

    return joins


def _letter_placed(what: str) -> Join:
    def joins(journey: Journey, event: events.LetterPlaced, t: int, ids: Pseudonyms, places: Places) -> None:
        if not (event.channel and event.audience):  # left waiting by a build that counted no letters, and kept neither
            return
        line = places.line(event.channel, event.audience, event.queue)
        _join_letter(journey, event.contact_id, (t, what, line), ids)

    return joins


def _join_letter(journey: Journey, contact_id: str | None, told: LetterFact, ids: Pseudonyms) -> None:
    contact = ids(contact_id) if contact_id else NO_CONTACT
    letters = _with_another(letters_of(journey), contact, told)
    _more(journey).letters = letters


def _invited(journey: Journey, event: events.SurveyInvited, t: int, ids: Pseudonyms, places: Places) -> None:
    _join_survey(journey, event, t, (INVITED, 0), ids, places)


def _survey_answered(journey: Journey, event: events.SurveyAnswered, t: int, ids: Pseudonyms, places: Places) -> None:
    _join_survey(journey, event, t, (event.question, event.score), ids, places)


def _join_survey(
    journey: Journey, event: events.SurveyEvent, t: int, said: tuple[str, int], ids: Pseudonyms, places: Places
) -> None:
    """Not where it does not say what it is about: then it is counted nowhere."""
    if not event.channel or not event.audience:
        return
    contact = ids(event.contact_id) if event.contact_id else NO_CONTACT
    told: SurveyFact = (t, *said, places.line(event.channel, event.audience, event.queue or None))
    surveys = _with_another(surveys_of(journey), contact, told)
    _more(journey).surveys = surveys


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

# What there is to count beside visits: since edition 6.
OTHER_JOINS: dict[type, Join] = {
    events.WrittenReceived: _letter_placed("received"),
    events.WrittenMoved: _letter_placed("moved"),
    events.WrittenReclassified: _letter_placed("reclassified"),
    events.WrittenHeld: _of_letter("held"),
    events.WrittenAnswered: _of_letter("answered"),
    events.WrittenWithdrawn: _of_letter("withdrawn"),
    events.WrittenMerged: _of_letter("merged"),
    events.SurveyInvited: _invited,
    events.SurveyAnswered: _survey_answered,
}
