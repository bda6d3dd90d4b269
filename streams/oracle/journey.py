"""What the plain list of a journey's facts amounts to: one pass from the facts to the figures.

A journey's facts come in any order and any number of times, so every rule here sorts, or takes the earliest.
May import: standard library.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from streams.oracle.definitions import OTHER, Definitions

FOREVER: Final = float("inf")  # the watermark of a journey that is forgotten: all its deadlines have passed

REASONS: Final = ("transferred", "overflow", "timeout", "closed")


class Fact(NamedTuple):
    """One accepted event, reduced to what can matter."""

    type: str
    at: int
    visit: str | None = None
    contact: str | None = None
    line: str | None = None  # of a queue entered, a bot that ended, or the destination of a transfer
    word: str | None = None  # a reason or an outcome
    promised: int | None = None


class Exit(NamedTuple):
    """When and how a visit ended; `order` decides between two at the same instant."""

    at: int
    order: int
    how: str


class Visit(NamedTuple):
    """A visit that has an entry, with its own facts."""

    entered: int
    line: str
    facts: list[Fact]
    exit: Exit | None


class Count(NamedTuple):
    """`n` of a measure at an instant in a line."""

    at: int
    line: str
    measure: str
    n: int = 1


@dataclass
class Story:
    """All that one journey contributes. Lists of what is open now are empty once the journey is forgotten."""

    counts: list[Count] = field(default_factory=list)
    waiting: list[tuple[str, int]] = field(default_factory=list)  # line, entered
    promises: list[tuple[str, int, int]] = field(default_factory=list)  # line, asked, due
    transfers_waiting: list[tuple[str, int]] = field(default_factory=list)  # line, entered there
    stays: list[tuple[str, int, int | None, str]] = field(default_factory=list)  # line, entered, left, how


def story(facts: Sequence[Fact], watermark: float, definitions: Definitions) -> Story:
    """Everything that follows from a journey's facts when the partition's clock shows `watermark`."""
    told = Story()
    visits = visits_of(facts)
    for visit in visits:
        _tell_visit(told, visit, watermark, definitions)
        if visit.exit and visit.exit.how == "called_back":
            _tell_promise(told, visit, visit.exit.at, watermark, definitions)
    _tell_transfers(told, facts, visits, forgotten=watermark == FOREVER)
    _tell_journey(told, visits, definitions)
    _tell_bots(told, facts)
    return told


def visits_of(facts: Sequence[Fact]) -> list[Visit]:
    """The visits that have an entry: by entry, line, exit (none is the latest) and the exit's name."""
    by_id: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.visit is not None:
            by_id.setdefault(fact.visit, []).append(fact)
    visits = []
    for own in by_id.values():
        entries = _of("queue.entered", own)
        if entries:
            first = min(entries, key=lambda fact: (fact.at, fact.line, fact.contact))
            exit_ = _exit(first, own, facts)
            visits.append(Visit(first.at, str(first.line), own, exit_))
    return sorted(visits, key=_in_order)


def _in_order(visit: Visit) -> tuple[int, str, float, str]:
    at, how = (visit.exit.at, visit.exit.how) if visit.exit else (FOREVER, "")
    return visit.entered, visit.line, at, how


def _of(type_: str, facts: Iterable[Fact]) -> list[Fact]:
    """The facts of one type, the earliest first."""
    return sorted((fact for fact in facts if fact.type == type_), key=lambda fact: fact.at)


def _exit(entry: Fact, own: Sequence[Fact], of_journey: Sequence[Fact]) -> Exit | None:
    exits = [Exit(fact.at, 1, "answered") for fact in own if fact.type == "queue.answered"]
    exits += [Exit(fact.at, 2, "called_back") for fact in own if fact.type == "callback.requested"]
    exits += [Exit(fact.at, 3, "abandoned") for fact in own if fact.type == "queue.abandoned"]
    # Of two reasons at one instant the first in the alphabet: Exit compares `how` last.
    exits += [Exit(fact.at, 4, f"left_{_reason(fact.word)}") for fact in own if fact.type == "queue.left"]
    ends = [fact for fact in _of("contact.ended", of_journey) if fact.contact == entry.contact]
    # Only the contact's earliest end is a fact: if that is before the entry, a later one does not end the visit.
    if ends and ends[0].at >= entry.at:
        exits.append(Exit(ends[0].at, 5, "left_ended"))
    if not exits:
        return None
    earliest = min(exits)
    return earliest._replace(at=max(earliest.at, entry.at))


def _reason(word: str | None) -> str:
    return word if word in REASONS else OTHER


def _tell_visit(told: Story, visit: Visit, watermark: float, definitions: Definitions) -> None:
    told.counts.append(Count(visit.entered, visit.line, "entered"))
    for measure, type_ in (("offered", "agent.offered"), ("missed", "agent.missed")):
        instants = {fact.at for fact in visit.facts if fact.type == type_}
        told.counts += [Count(at, visit.line, measure) for at in instants]
    definitions = definitions.then(visit.entered)
    lost_at = visit.entered + definitions.ghost_after_ms
    if visit.exit:
        _tell_exit(told, visit, visit.exit, definitions)
        told.stays.append((visit.line, visit.entered, visit.exit.at, visit.exit.how))
    elif watermark >= lost_at:
        told.counts.append(Count(lost_at, visit.line, "lost"))
        told.stays.append((visit.line, visit.entered, lost_at, "lost"))
    else:
        told.waiting.append((visit.line, visit.entered))
        told.stays.append((visit.line, visit.entered, None, "waiting"))


def _tell_exit(told: Story, visit: Visit, exit_: Exit, definitions: Definitions) -> None:
    wait = max(0, exit_.at - visit.entered)
    if exit_.how == "answered":
        told.counts += _wait("answered", "wait", exit_.at, visit.line, wait, definitions)
    elif exit_.how == "abandoned":
        told.counts += _wait("abandoned", "abandoned_wait", exit_.at, visit.line, wait, definitions)
        limit = definitions.short_abandon_ms.get(visit.line.split("/")[0])
        if limit is not None and wait <= limit:
            told.counts.append(Count(exit_.at, visit.line, "abandoned_short"))
    else:
        told.counts.append(Count(exit_.at, visit.line, exit_.how))


def _wait(how: str, kind: str, at: int, line: str, wait: int, definitions: Definitions) -> list[Count]:
    """One wait: the count, the sum, the maximum, and the bucket of the first edge that it does not exceed."""
    edge = next((f"{edge}ms" for edge in definitions.edges_ms if wait <= edge), "inf")
    return [
        Count(at, line, how),
        Count(at, line, f"{kind}_sum_ms", wait),
        Count(at, line, f"{kind}_max_ms", wait),
        Count(at, line, f"{how}_in_{edge}"),
    ]


def _tell_promise(told: Story, visit: Visit, asked: int, watermark: float, definitions: Definitions) -> None:
    definitions = definitions.then(visit.entered)
    ends = promise_end(visit, asked)
    at, how = ends if ends else (asked + definitions.promise_lost_ms, "broken")
    if how == "kept":
        wait = max(0, at - visit.entered)
        told.counts += _wait("callback_kept", "callback_wait", at, visit.line, wait, definitions)
    elif ends or watermark >= at:
        told.counts.append(Count(at, visit.line, f"callback_{how}"))
    due = _due(visit, asked, definitions)
    if not ends and watermark < at:
        told.promises.append((visit.line, asked, due))
    if watermark >= due and not (ends and at <= due):
        told.counts.append(Count(due, visit.line, "callback_overdue"))
    tried = _of("callback.attempted", visit.facts)
    if tried:
        told.counts.append(Count(tried[0].at, visit.line, "callback_tried"))


def promise_end(visit: Visit, asked: int) -> tuple[int, str] | None:
    """When a promise was kept (not before it was asked for), cancelled or failed. Kept beats the others."""
    connected = _of("callback.connected", visit.facts)
    if connected:
        return max(connected[0].at, asked), "kept"
    failed = [(fact.at, _failure(fact.word)) for fact in _of("callback.failed", visit.facts)]
    # At one instant "cancelled" comes before "failed", which is also the order of the alphabet.
    return min(failed, default=None)


def _failure(word: str | None) -> str:
    return "cancelled" if word == "cancelled" else "failed"


def _due(visit: Visit, asked: int, definitions: Definitions) -> int:
    requests = [fact for fact in visit.facts if fact.type == "callback.requested"]
    first = min(requests, key=lambda fact: (fact.at, fact.promised is None, fact.promised or 0))
    due = asked + definitions.promise_ms if first.promised is None else first.promised
    return min(due, asked + definitions.promise_lost_ms)


def _tell_transfers(told: Story, facts: Sequence[Fact], visits: list[Visit], *, forgotten: bool) -> None:
    """Each visit is passed on once. The visit that was passed on need not have an entry of its own."""
    earliest: dict[str | None, Fact] = {}
    for fact in sorted(_of("contact.transferred", facts), key=lambda fact: (fact.at, str(fact.line))):
        earliest.setdefault(fact.visit, fact)
    unmatched = list(visits)
    for transfer in earliest.values():
        line = str(transfer.line)
        told.counts.append(Count(transfer.at, line, "passed_on"))
        there = next((v for v in unmatched if v.line == line and v.entered >= transfer.at), None)
        if there is None:
            continue
        unmatched.remove(there)
        if there.exit:
            told.counts.append(Count(there.exit.at, line, f"passed_on_{_fate(there.exit)}"))
        elif not forgotten:
            told.transfers_waiting.append((line, there.entered))


def _fate(exit_: Exit) -> str:
    return {"answered": "answered", "abandoned": "given_up"}.get(exit_.how, "ended_otherwise")


def _tell_journey(told: Story, visits: list[Visit], definitions: Definitions) -> None:
    if not visits:
        return
    first = visits[0]
    told.counts.append(Count(first.entered, first.line, "journeys"))
    reached = [instant for visit in visits if (instant := _reached(visit)) is not None]
    if reached:
        at = min(reached)
        wait = max(0, at - first.entered)
        told.counts += _wait("reached", "journey_wait", at, first.line, wait, definitions)
    if first.exit and first.exit.how == "answered":
        told.counts.append(Count(first.exit.at, first.line, "reached_first_visit"))


def _reached(visit: Visit) -> int | None:
    """When a visit reached a person: by an answer, or by a callback that was promised and kept."""
    if visit.exit and visit.exit.how == "answered":
        return visit.exit.at
    if visit.exit and visit.exit.how == "called_back":
        end = promise_end(visit, visit.exit.at)
        return end[0] if end and end[1] == "kept" else None
    return None


def _tell_bots(told: Story, facts: Sequence[Fact]) -> None:
    ends = [fact for fact in facts if fact.type == "bot.ended"]
    for contact in sorted({str(fact.contact) for fact in ends}):
        own = [fact for fact in ends if fact.contact == contact]
        end = min(own, key=lambda fact: (fact.at, fact.word, fact.line))
        line = str(end.line)
        told.counts.append(Count(end.at, line, f"bot_{end.word}"))
        starts = [fact.at for fact in facts if fact.type == "bot.started" and fact.contact == contact]
        if starts:
            told.counts.append(Count(end.at, line, "bot_timed"))
            told.counts.append(Count(end.at, line, "bot_time_sum_ms", max(0, end.at - min(starts))))
