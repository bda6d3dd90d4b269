"""One partition's log recounted from its beginning: which events count, which journeys they make, and their sum.

Which events make a journey: every accepted event with a `journey_id` is a fact of that id and counts for
its newest fact (`contact.started` too, of which else only matters whether it began a callback), except
`contact.held`, and till edition 6 those of letters and surveys: no journey is made of them; they are accepted, counted,
and nothing else. Letters and surveys are of ids of their own, made of their journey's. `queue.snapshot` has no journey.
An event of a visit whose entry is never seen makes a live id but counts nothing itself; a `contact.transferred` is the
journey's, and counts as passed on all the same.

What is told of an id is remembered and forgotten together, and its journeys are told apart at the end, of all that was
remembered at once. Of those that are over the facts stay in the list, and take no room there.

An event that is dated far ahead waits, as anything may be written in a record that a producer dates. It comes in once
the watermark has come near, or once enough journeys are ahead to be believed: the earliest of them all comes first.
A source's own count makes nobody believed.
May import: standard library.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypedDict, TypeVar

from streams.oracle.cells import Books, Figures
from streams.oracle.decode import Event, Fields, decode, source_of
from streams.oracle.definitions import OTHER, Definitions
from streams.oracle.facts import LETTERS, OFFERS, PLACED_LETTERS, SURVEYS, Fact, edition_of
from streams.oracle.journey import Story, story
from streams.oracle.journeys_of_id import are_forgotten, journeys_of, not_over
from streams.oracle.restated import BY_VERSION, changes_what_is_settled, told_last
from streams.oracle.room import FILL_NOTHING, has_room
from streams.oracle.stays import FOREVER, REASONS

MOST_AHEAD: Final = 10_000
MINUTES: Final = 15  # of each source, of which it is kept how soon its events came

_PLACES: Final[tuple[Literal["queue", "destination"], ...]] = ("queue", "destination")
NO_JOURNEY: Final = ("contact.held", "queue.snapshot")


class LogRecord(NamedTuple):
    """What has to be known of a record; its timestamp is in epoch ms, the broker's own or else the producer's."""

    offset: int
    timestamp: int
    value: bytes | None
    by_broker: bool


class Account(Figures):
    """Everything that the fold should know. Instants and starts are epoch ms; lines and measures go by name."""

    offset: int
    watermark: int
    accepted: int
    late: int
    restated_late: int
    without_entry: int
    newer: int
    let_go: int
    crowded: int
    rejected: dict[str, int]  # by reason
    journeys: int  # the ids that are remembered
    waiting: dict[str, list[int]]  # when each entered
    promises: dict[str, list[list[int]]]  # asked, due
    transfers_waiting: dict[str, list[int]]
    letters_open: dict[str, list[list[int]]]  # received, due
    talking: dict[str, list[list[int]]]  # when each was answered, and is lost
    reported: dict[str, list[int]]  # when, how many
    ahead: list[tuple[int, int, str]]  # the watermark that it stands for, when it occurred, its type


class OfSources(TypedDict):
    """What is known of who sent the events. It is no part of the account: names are configured while it is counted."""

    late: dict[str, int]
    rejected: dict[str, int]
    promptness: dict[str, dict[int, int]]  # by minute of event time the least time (ms) from an event to its record


class Said(NamedTuple):
    """All of an event that could ever count."""

    fact: Fact
    journey_id: str | None
    line: str | None
    waiting: int | None


Waits = tuple[int, Event]  # the watermark that an event stands for, and the event
T = TypeVar("T", int, list[int])


@dataclass
class Log:
    """What a log amounts to before anything is made of its journeys."""

    offset: int = 0
    watermark: int = 0
    accepted: int = 0
    late: int = 0
    restated_late: int = 0
    newer: int = 0
    let_go: int = 0
    crowded: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    late_of: Counter[str] = field(default_factory=Counter)
    rejected_of: Counter[str] = field(default_factory=Counter)
    took: dict[str, dict[int, list[int]]] = field(default_factory=dict)  # by source and minute, how long each took
    live: dict[str, list[Fact]] = field(default_factory=dict)  # by id
    forgotten: list[list[Fact]] = field(default_factory=list)  # of each id, and each time that it was forgotten
    reported: dict[str, tuple[int, int]] = field(default_factory=dict)
    ahead: dict[tuple[int, Said], Waits] = field(default_factory=dict)  # by all that could ever count of it
    named: set[str] = field(default_factory=set)  # the lines of all the queues that it speaks of


def recount(records: Iterable[LogRecord], definitions: Definitions) -> Account:
    """Everything that the fold should know after these records; plain dicts, lists, tuples and whole numbers."""
    log = _read(records, definitions)
    moved = _moved(log.named, definitions)
    waiting: list[tuple[str, int]] = []
    promises: list[tuple[str, list[int]]] = []
    transfers: list[tuple[str, int]] = []
    letters: list[tuple[str, list[int]]] = []
    talking: list[tuple[str, list[int]]] = []
    books, without_entry = Books(log.watermark, definitions), 0
    for told in _stories(log, definitions):
        books.add(count._replace(line=moved.get(count.line, count.line)) for count in told.counts)
        without_entry += told.without_entry
        waiting += [(moved.get(line, line), entered) for line, entered in told.waiting]
        promises += [(moved.get(line, line), [asked, due]) for line, asked, due in told.promises]
        transfers += [(moved.get(line, line), entered) for line, entered in told.transfers_waiting]
        letters += [(moved.get(line, line), [received, due]) for line, received, due in told.letters_open]
        talking += [(moved.get(line, line), [answered, lost_at]) for line, answered, lost_at in told.talking]
    return {
        "offset": log.offset,
        "watermark": log.watermark,
        "accepted": log.accepted,
        "late": log.late,
        "restated_late": log.restated_late,
        "without_entry": without_entry,
        "newer": log.newer,
        "let_go": log.let_go,
        "crowded": log.crowded,
        "rejected": log.rejected,
        "journeys": len(log.live),
        **books.figures(),
        "waiting": _by_line(waiting),
        "promises": _by_line(promises),
        "transfers_waiting": _by_line(transfers),
        "letters_open": _by_line(letters),
        "talking": _by_line(talking),
        "reported": {line: list(latest) for line, latest in sorted(log.reported.items()) if line not in moved},
        "ahead": sorted((moves_to, event.at_ms, event.type) for moves_to, event in log.ahead.values()),
    }


def recount_sources(records: Iterable[LogRecord], definitions: Definitions) -> OfSources:
    """Of each source what should be known after these records, if it was configured from the first of them on."""
    log = _read(records, definitions)
    promptness = {source: _newest(took) for source, took in log.took.items()}
    return {"late": dict(log.late_of), "rejected": dict(log.rejected_of), "promptness": promptness}


def _moved(named: set[str], definitions: Definitions) -> dict[str, str]:
    """The lines of queues that are not configured and are too many, and what they are counted as.

    Those stay whose stand-ins come first in alphabetical order.
    """
    if definitions.queue_key is None:
        return {}
    configured = definitions.configured
    if configured is None:
        configured = {definitions.line(*queue) for queue in definitions.lines}
    told = {line for line in named.difference(configured) if not line.endswith("/" + OTHER)}
    unknown = sorted((line.split("/")[2], line) for line in told)
    return {line: line.rsplit("/", 1)[0] + "/" + OTHER for _, line in unknown[definitions.most_unknown :]}


def stays(records: Iterable[LogRecord], definitions: Definitions) -> list[tuple[str, int, int | None, str]]:
    """Every stay as (line, entered, left or None, how), sorted: who waited when can be read off it."""
    log = _read(records, definitions)
    return sorted((stay for told in _stories(log, definitions) for stay in told.stays), key=lambda stay: stay[:2])


def _read(records: Iterable[LogRecord], definitions: Definitions) -> Log:
    log = Log()
    for offset, timestamp, value, by_broker in records:
        log.offset = offset + 1
        event = decode(value, definitions.channels, definitions.audiences)
        source = definitions.source(source_of(value))
        if isinstance(event, str):
            log.rejected[event] = log.rejected.get(event, 0) + 1
            log.rejected_of[source] += 1
            continue
        if event.type in (*SURVEYS, *LETTERS):
            of = "survey" if event.type in SURVEYS else "letter"
            event = event._replace(fields={**event.fields, "journey_id": f"{of} of {event.fields['journey_id']}"})
        if offset < definitions.known_until:
            event = _as_known_then(event, definitions)
        if event.at_ms > timestamp + definitions.future_ms:
            log.rejected["from_the_future"] = log.rejected.get("from_the_future", 0) + 1
            log.rejected_of[source] += 1
            continue
        log.newer += event.newer
        if event.at_ms < definitions.late_before(log.watermark):
            log.late += 1
            log.late_of[source] += 1
            log.restated_late += event.fields.get("contact_version", 0) > 0
            continue
        log.accepted += 1
        moves_to = min(event.at_ms, timestamp + definitions.skew_ms)
        if by_broker or moves_to <= log.watermark + definitions.future_ms:
            minute = moves_to // 60_000 * 60_000
            log.took.setdefault(source, {}).setdefault(minute, []).append(timestamp - event.at_ms)
            _come_in(log, max(log.watermark, moves_to), definitions)
            log.watermark = max(log.watermark, moves_to)
            _join(log, moves_to, event, definitions)
        else:
            _wait(log, moves_to, event, definitions)
            _come_in(log, log.watermark, definitions)
    for journey_id in list(log.live):
        _forget_if_due(log, journey_id, definitions)
    return log


def _newest(took: dict[int, list[int]]) -> dict[int, int]:
    """Of the last minutes in which anything came, the least that it took."""
    return {minute: min(took[minute]) for minute in sorted(took)[-MINUTES:]}


def _as_known_then(event: Event, definitions: Definitions) -> Event:
    """An event as it was placed while only some queues had a line: of the others nobody knows which they were."""
    fields = event.fields.copy()
    for name in _PLACES:
        if name in fields and _at(fields, fields[name], definitions) not in definitions.known_lines:
            fields[name] = None
    return event._replace(fields=fields)


def _at(fields: Fields, queue: str | None, definitions: Definitions) -> str:
    return definitions.line(fields.get("channel", ""), fields.get("audience", ""), queue)


def _wait(log: Log, moves_to: int, event: Event, definitions: Definitions) -> None:
    log.ahead[moves_to, _said(event, definitions)] = moves_to, event
    if len(log.ahead) > MOST_AHEAD:
        del log.ahead[max(log.ahead, key=lambda waits: _in_order(*log.ahead[waits]))]
        log.let_go += 1


def _come_in(log: Log, reach: int, definitions: Definitions) -> None:
    """Whatever waits, and is not far ahead of `reach` or of what came in before it."""
    while log.ahead:
        first = min(log.ahead, key=_when)
        if _when(first) > max(log.watermark, reach) + definitions.future_ms and not _are_believed(log, definitions):
            break
        moves_to, event = log.ahead.pop(first)
        log.watermark = max(log.watermark, moves_to)
        _join(log, moves_to, event, definitions)


def _in_order(moves_to: int, event: Event) -> tuple[int, int, int, str]:
    """Who is let go of first: the last by this."""
    return moves_to, event.at_ms, len(event.type), event.type


def _when(waits: tuple[int, Said]) -> int:
    return waits[0]


def _are_believed(log: Log, definitions: Definitions) -> bool:
    told_of = {event.fields["journey_id"] for _, event in log.ahead.values() if event.type != "queue.snapshot"}
    return len(told_of) >= definitions.witnesses


def _line(event: Event, definitions: Definitions) -> str:
    return definitions.line(event.fields["channel"], event.fields["audience"], event.fields["queue"])


def _said(event: Event, definitions: Definitions) -> Said:
    fact = _fact(event, definitions)
    if event.type in ("queue.left", "callback.failed"):
        fact = fact._replace(word=fact.word if fact.word in (*REASONS, "cancelled") else OTHER)
    elif event.type not in ("bot.ended", "survey.answered"):
        fact = fact._replace(word=None)
    line = _line(event, definitions) if event.type == "queue.snapshot" else None
    return Said(fact, event.fields.get("journey_id"), line, event.fields.get("waiting"))


def _join(log: Log, moves_to: int, event: Event, definitions: Definitions) -> None:
    if event.type == "queue.snapshot":
        line = _line(event, definitions)
        log.named.add(line)
        is_far_ahead = event.at_ms > moves_to  # then its record's timestamp is when it was said
        said = (moves_to - definitions.skew_ms if is_far_ahead else event.at_ms, event.fields["waiting"])
        log.reported[line] = max(said, log.reported.get(line, said))
    elif event.type not in NO_JOURNEY and (event.type not in (*LETTERS, *SURVEYS) or _counts_all(event, definitions)):
        journey_id = event.fields["journey_id"]
        # To look only when something comes for the id, and once at the end, is the same as to look at
        # every record: the watermark never falls, and the newest fact stays as it is until another one joins.
        _forget_if_due(log, journey_id, definitions)
        facts = log.live.setdefault(journey_id, [])
        fact = _fact(event, definitions)
        late_before = definitions.late_before(log.watermark)
        if len(facts) >= FILL_NOTHING and not has_room(fact, not_over(facts, late_before, definitions)):
            log.crowded += 1
        elif changes_what_is_settled(fact, facts, late_before, definitions):
            log.restated_late += 1
        else:
            facts.append(fact)
            log.named |= {fact.line} if fact.line else set()
            return
        facts.append(Fact("nothing", fact.at))  # it keeps the id in mind, and that is all


def _counts_all(event: Event, definitions: Definitions) -> bool:
    return definitions.then(event.at_ms).edition >= 6


def _fact(event: Event, definitions: Definitions) -> Fact:
    fields, line = event.fields, None
    if event.type in ("queue.entered", "bot.ended"):
        line = definitions.line(fields["channel"], fields["audience"], fields.get("queue"))
    elif event.type in PLACED_LETTERS:
        line = definitions.line(fields.get("channel", "written"), fields["audience"], fields["queue"])
    elif event.type in SURVEYS and "channel" in fields and "audience" in fields:
        line = definitions.line(fields["channel"], fields["audience"], fields.get("queue"))
    elif event.type == "contact.transferred":
        line = definitions.line(fields["channel"], fields["audience"], fields["destination"])
    word = fields.get("outcome") or fields.get("question") or fields.get("reason")
    visit, contact = fields.get("visit_id"), fields.get("contact_id")
    score = fields.get("score", 0)
    agent = (fields.get("agent_ref") or None) if event.type in OFFERS else None
    callback = event.type in ("contact.started", "queue.entered") and fields.get("initiation") == "callback"
    promised, version = fields.get("promised_by"), fields.get("contact_version", 0)
    return Fact(event.type, event.at_ms, visit, contact, line, word, promised, agent, callback, version, score)


def _forget_if_due(log: Log, journey_id: str, definitions: Definitions) -> None:
    facts = log.live.get(journey_id)
    if facts and are_forgotten(facts, definitions.late_before(log.watermark), definitions):
        log.forgotten.append(log.live.pop(journey_id))


def _stories(log: Log, definitions: Definitions) -> Iterator[Story]:
    """A journey that is forgotten or over is told with a watermark of forever.

    The one at which it came to be so gives the same. That was at least newest fact + horizon + the longest deadline
    there was by then: entry + ghost_after and asked + promise_lost have both passed by then (given promise_lost >=
    ghost_after), and none is due later.
    """
    late_before = definitions.late_before(log.watermark)
    forgotten: list[tuple[list[Fact], float]] = [(facts, FOREVER) for facts in log.forgotten]
    for facts, watermark in [*forgotten, *((facts, log.watermark) for facts in log.live.values())]:
        edition = edition_of(facts, definitions)
        for journey in journeys_of(facts, edition, definitions):
            is_over = late_before >= journey.over_at
            own = edition_of(journey.facts, definitions)
            held = told_last(journey.facts) if own >= BY_VERSION else journey.facts
            yield story(held, own, FOREVER if is_over else watermark, definitions)


def _by_line(items: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    lists: dict[str, list[T]] = {}
    for line, item in items:
        lists.setdefault(line, []).append(item)
    return {line: sorted(lists[line]) for line in sorted(lists)}
