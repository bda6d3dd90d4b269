"""Some hours of contacts from a seed, and the generator's own books of them: what every total must come to.

Shares no code with what it checks. All ends within four hours, so nothing becomes a ghost; some events come twice, and
some come late by a little.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from tests.events import event
from tests.ingest.sending import Produced

BEGIN_MS = 1_741_075_200_000  # 2025-03-04T08:00Z, a Tuesday
SPAN_MS = 3 * 3_600_000
SHORT_MS = 5_000
QUEUES = {
    "phone": [("personbruker", "arbeid"), ("personbruker", "helse"), ("samhandler", "kommune"), ("personbruker", "??")],
    "chat": [("personbruker", "arbeid"), ("personbruker", "familie"), ("samhandler", "arbeidsgiver")],
}
LEFT = ("transferred", "overflow", "timeout", "closed", "other")

Books = dict[str, Counter[str]]


@dataclass
class Generated:
    """The records in the order in which they are sent, and by line what they come to."""

    records: list[Produced]
    books: Books = field(default_factory=dict)


def generate(seed: int, records: int, *, whole_card: bool = True) -> Generated:
    """About so many records; a little more, as contacts are whole. Of letters and surveys, too, or not: a build that
    does not know them passes them over.
    """
    chance, of_letters = random.Random(seed), random.Random(f"{seed}/letters")
    made, books = Generated([]), dict[str, Counter[str]]()
    steps: list[tuple[float, Produced]] = []
    contact = 0
    while len(steps) < records:
        contact += 1
        for sent_at, record in _contact(chance, f"{seed}-{contact}", books):
            steps.append((sent_at, record))
            if chance.random() < 0.04:
                steps.append((sent_at + chance.uniform(0, 60_000), record))  # once more
        if whole_card and contact % 10 == 0:
            steps += _letter(of_letters, f"{seed}-{contact}", books)
            steps += _survey(of_letters, f"{seed}-{contact}", books)
    made.records = [record for _, record in sorted(steps, key=lambda step: step[0])]
    made.books = {line: +book for line, book in books.items()}
    return made


def _contact(chance: random.Random, name: str, books: Books) -> Iterator[tuple[float, Produced]]:
    channel = chance.choice(["phone", "phone", "chat"])
    audience, queue = chance.choice(QUEUES[channel])
    line = f"{channel}/{audience}/{queue if queue != '??' else 'other'}"
    book = books.setdefault(line, Counter())
    where: dict[str, object] = {"channel": channel, "audience": audience, "queue": queue}
    entered = BEGIN_MS + chance.randrange(SPAN_MS)
    wait = chance.choice([0, 1, SHORT_MS, SHORT_MS + 1, 180_000, chance.randrange(1_200_000)])
    out = entered + wait
    book.update({"entered": 1, "journeys": 1})
    steps: list[tuple[int, str, dict[str, object]]] = [(entered, "queue.entered", where)]
    outcome = chance.choices(["answered", "abandoned", "left", "called_back"], [60, 20, 10, 10])[0]
    if outcome == "answered":
        steps += [(entered + wait // 2, "agent.missed", {}), (out, "queue.answered", {})]
        book.update({"missed": 1, "answered": 1, "wait_sum_ms": wait, "reached_first_visit": 1})
        book.update({"reached": 1, "journey_wait_sum_ms": wait})
    elif outcome == "abandoned":
        steps.append((out, "queue.abandoned", {}))
        book.update({"abandoned": 1, "abandoned_wait_sum_ms": wait, "abandoned_short": wait <= SHORT_MS})
    elif outcome == "left":
        reason = chance.choice(LEFT)
        steps.append((out, "queue.left", {"reason": reason}))
        book[f"left_{reason}"] += 1
    else:
        steps.append((out, "callback.requested", {}))
        book["called_back"] += 1
        if chance.random() < 0.7:
            kept = out + chance.randrange(1_800_000)
            steps.append((kept, "callback.connected", {}))
            book.update({"callback_kept": 1, "callback_wait_sum_ms": kept - entered})
            book.update({"reached": 1, "journey_wait_sum_ms": kept - entered})
    steps.append((steps[-1][0] + chance.randrange(300_000), "contact.ended", {}))
    for at, kind, fields in steps:
        sent_at = at + (chance.uniform(0, 120_000) if chance.random() < 0.1 else 0.0)
        yield sent_at, _record(channel, name, at, kind, fields)


def _letter(chance: random.Random, name: str, books: Books) -> Iterator[tuple[float, Produced]]:
    """Received, maybe moved, and answered, put on hold, withdrawn or not dealt with, all on one day: in the chats'
    topic, as letters and chats are of one system. By the name that a call has.
    """
    at, queues = BEGIN_MS + chance.randrange(SPAN_MS), chance.sample(["sto", "bto"], 2)
    books_of = [books.setdefault(f"written/personbruker/{queue}", Counter()) for queue in queues]
    is_moved = chance.random() < 0.2
    first, last = books_of[0], books_of[is_moved]
    first["letters_received"] += 1
    steps = [(at, "written.received", queues[0])]
    if is_moved:
        steps.append((at + 60_000, "written.moved", queues[1]))
        last["letters_moved"] += 1
    how = chance.choice(["answered", "answered", "held", "withdrawn", ""])
    if how:
        steps.append((at + chance.randrange(60_001, 3_600_000), f"written.{how}", ""))
    if how in ("answered", "held"):
        last.update(["letters_answered", "letters_within_2", "letters_within_3"])
    if how in ("held", "withdrawn"):
        last[f"letters_{how}"] += 1
    for when, kind, queue in steps:
        told = event(kind, when, f"j{name}", f"written/personbruker/{queue}" if queue else None, visit_id=None)
        yield float(when), Produced("chat", f"j{name}".encode(), orjson.dumps(told), when + 120_000)


def _survey(chance: random.Random, name: str, books: Books) -> Iterator[tuple[float, Produced]]:
    """Asked of a call, and answered by half of them."""
    at, line = BEGIN_MS + chance.randrange(SPAN_MS), "phone/personbruker/arbeid"
    book = books.setdefault(line, Counter())
    book["survey_invited"] += 1
    told = [event("survey.invited", at, f"j{name}", line)]
    if chance.random() < 0.5:
        score = chance.randint(1, 6)
        told.append(event("survey.answered", at + 60_000, f"j{name}", line, question="solution", score=score))
        book.update(["survey_answered", f"survey_solution_{score}"])
    for one in told:
        when = one["occurred_at"]
        yield float(when), Produced("phone", f"j{name}".encode(), orjson.dumps(one), when + 120_000)


def _record(channel: str, name: str, at: int, kind: str, fields: dict[str, object]) -> Produced:
    made = event(kind, at, f"j{name}", None, contact_id=f"c{name}", visit_id=f"v{name}", **fields)
    return Produced(channel, f"j{name}".encode(), orjson.dumps(made), at + 120_000)


def assert_books_agree(books: Books, totals: dict[str, dict[str, int]]) -> None:
    """Fails where a line is missing, is one too many, or has another figure than the books."""
    found = {line: {name: totals.get(line, {}).get(name, 0) for name in book} for line, book in books.items()}
    assert found == {line: dict(book) for line, book in books.items()}
    assert totals.keys() == books.keys()
