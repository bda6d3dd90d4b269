"""What is dated so far ahead of its partition that it waits: facts whose time event time has not come near.

Where a record's timestamp is the producer's own, nothing in the log bounds how wrong it is. So one event may move the
watermark by `future` at most; what is further ahead waits here until the watermark has come near, or until `witnesses`
distinct journeys are ahead: then the earliest comes in. That depends on what the log holds, and not on its order. A
source's own count is no witness: it speaks of all its lines at once, by one clock.

What waits has no id and no text of an event: pseudonyms, stand-ins of queues, and instants. It has fewer
than `witnesses` journeys, as more would come in. May import: standard library, msgspec, the core.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from streams.core.events import (
    CALLBACK,
    TYPE_NAMES,
    AgentMissed,
    AgentOffered,
    BotEnded,
    CallbackFailed,
    CallbackRequested,
    ContactStarted,
    ContactTransferred,
    Event,
    LetterPlaced,
    QueueEntered,
    QueueLeft,
    QueueSnapshot,
    SurveyAnswered,
    SurveyEvent,
    occurred_ms,
)
from streams.core.pseudonym import Key, Pseudonyms
from streams.core.rules import LEFT_REASONS, Rules
from streams.core.source_queue import OTHER

MOST_AHEAD: Final = 10_000  # facts of a partition: two journeys have some dozens, a line's reports that in a week
NEVER: Final = 1 << 62  # epoch ms, later than every event

_TYPES: Final = {name: cls for cls, name in TYPE_NAMES.items()}
_PLACED: Final = (
    QueueEntered,
    BotEnded,
    ContactTransferred,
    QueueSnapshot,
    LetterPlaced,
    SurveyEvent,
)  # their line counts
_BEGINS: Final = (ContactStarted, QueueEntered)  # how counts
_REASONED: Final = (QueueLeft, CallbackFailed)
_REASONS: Final = {reason: reason for reason in (*LEFT_REASONS, "cancelled")}


class Early(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A fact that waits. It reads like the event that it is of, but for its ids, which are pseudonyms already."""

    moves_to: int  # the watermark that it stands for, epoch ms: its own time, but not far ahead of its timestamp
    occurred_at: int
    tag: str  # the name of the event's type
    journey_id: Key | None
    contact_id: Key | None
    visit_id: Key | None
    channel: str | None
    audience: str | None
    queue: str | None
    destination: str | None
    reason: str | None
    outcome: str | None
    promised_by: int | None
    waiting: int | None
    under_other: bool = False  # as `Journey` has it
    agent_ref: Key | None = None
    initiation: str | None = None
    source: str | None = None  # of a source's own count, by the name it is configured by
    contact_version: int = 0
    question: str | None = None
    score: int = 0

    @property
    def kind(self) -> type[Event]:
        """The event's class."""
        return _TYPES[self.tag]

    @property
    def witness(self) -> Key | None:
        """Whose word it is: its journey's. None of a source's own count: it is of no journey."""
        return self.journey_id if self.waiting is None else None


def early(event: Event, t: int, moves_to: int, ids: Pseudonyms, rules: Rules, *, under_other: bool = False) -> Early:
    """An event's fact with all of it that can count, and no more; `t` is when it occurred, in epoch ms.

    `ids` are the pseudonyms that its journey is known by; `under_other` says whether by the other key.
    """
    is_reasoned = isinstance(event, _REASONED)
    is_placed = isinstance(event, _PLACED) and bool(event.channel and event.audience)  # a survey may say of neither
    promised = event.promised_by if isinstance(event, CallbackRequested) else None

    def key(id_: str | None) -> Key | None:
        return None if id_ is None else ids(id_)

    def placed(queue: str | None) -> str:
        return rules.line(event.channel or "", event.audience or "", queue or None).rpartition("/")[2]

    return Early(
        moves_to=moves_to,
        occurred_at=t,
        tag=TYPE_NAMES[type(event)],
        journey_id=key(event.journey_id),
        contact_id=key(event.contact_id or None),
        visit_id=key(event.visit_id),
        channel=event.channel if is_placed else None,
        audience=event.audience if is_placed else None,
        queue=placed(event.queue) if is_placed and not isinstance(event, ContactTransferred) else None,
        destination=placed(event.destination) if isinstance(event, ContactTransferred) else None,
        reason=_REASONS.get(event.reason or OTHER, OTHER) if is_reasoned else None,
        outcome=event.outcome if isinstance(event, BotEnded) else None,
        promised_by=None if promised is None else occurred_ms(promised),
        waiting=event.waiting if isinstance(event, QueueSnapshot) else None,
        under_other=under_other,
        agent_ref=key(event.agent_ref or None) if isinstance(event, AgentOffered | AgentMissed) else None,
        initiation=CALLBACK if isinstance(event, _BEGINS) and event.initiation == CALLBACK else None,
        source=rules.source_names.of(event.source) if isinstance(event, QueueSnapshot) else None,
        contact_version=event.contact_version or 0,
        question=event.question if isinstance(event, SurveyAnswered) else None,
        score=event.score if isinstance(event, SurveyAnswered) else 0,
    )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Early).decode


class Ahead:
    """The facts of one partition that wait, each once, by the instant that they stand for."""

    def __init__(self, witnesses: int) -> None:
        self._witnesses = witnesses
        self._facts: list[tuple[int, bytes]] = []  # rising: when, and the fact, packed
        self._of: Counter[Key] = Counter()  # how many of each witness
        self.under_other = 0  # how many are of a journey under the other key
        self.is_changed = False  # since whoever commits it last looked
        self.version = 0  # rises with each change

    def __len__(self) -> int:
        return len(self._facts)

    def __contains__(self, journey: Key) -> bool:
        """Whether anything of a journey waits."""
        return journey in self._of

    def __iter__(self) -> Iterator[Early]:
        """The earliest first."""
        return (_decode(packed) for _, packed in self._facts)

    @property
    def earliest_ms(self) -> int:
        """The first instant that is waited for."""
        return self._facts[0][0] if self._facts else NEVER

    def until(self, ms: int) -> Iterator[Early]:
        """Those that stand for no later instant than this, the earliest first."""
        return (_decode(packed) for _, packed in self._facts[: self.count_until(ms)])

    def count_until(self, ms: int) -> int:
        """How many those are."""
        return bisect_left(self._facts, (ms + 1, b""))

    @property
    def packed(self) -> list[bytes]:
        """All of it, in order."""
        return [packed for _, packed in self._facts]

    def restore(self, packed: Iterable[bytes]) -> None:
        """Takes what was packed."""
        for one in packed:
            self.add(_decode(one))
        self.is_changed = False

    def add(self, fact: Early) -> bool:
        """Keeps a fact, however often it is said. False: they are too many, and the furthest ahead is let go of."""
        one = (fact.moves_to, _encode(fact))
        at = bisect_left(self._facts, one)
        if self._facts[at : at + 1] == [one]:
            return True
        if at == MOST_AHEAD:
            return False  # it would be let go of at once
        self._facts.insert(at, one)
        if fact.witness is not None:
            self._of[fact.witness] += 1
            self.under_other += fact.under_other
        self._note_change()
        if len(self._facts) <= MOST_AHEAD:
            return True
        self._take(-1)
        return False

    def come_in(self, reach_ms: int) -> Early | None:
        """Takes out the earliest if it is not ahead of `reach_ms`, or enough witnesses are ahead; else None."""
        if self._facts and (self._facts[0][0] <= reach_ms or len(self._of) >= self._witnesses):
            return self._take(0)
        return None

    def _take(self, at: int) -> Early:
        _, packed = self._facts.pop(at)
        fact = _decode(packed)
        if fact.witness is not None:
            self._of[fact.witness] -= 1
            self.under_other -= fact.under_other
            if not self._of[fact.witness]:
                del self._of[fact.witness]
        self._note_change()
        return fact

    def _note_change(self) -> None:
        self.is_changed = True
        self.version += 1
