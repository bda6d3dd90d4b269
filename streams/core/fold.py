"""The fold: a partition's state and a batch of records give the new state and what of it changed.

    records -> decode -> join each fact -> what each touched journey contributes now, less what it did -> cells

Event time runs record by record, and everything that depends on it is a function of facts and watermark alone, so batch
boundaries leave no trace. May import: standard library, msgspec, the core.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

import msgspec

from streams.core.aggregates import Aggregates
from streams.core.alarms import Alarms
from streams.core.contribution import Contribution, contribution
from streams.core.events import Event, Newer, QueueSnapshot, Rejected, decode, occurred_ms
from streams.core.facts import JOINS, Journey, Key
from streams.core.open_now import OpenNow
from streams.core.pseudonym import Pseudonyms
from streams.core.rules import Rules


class Record(Protocol):
    """What the fold reads of a Kafka record. `timestamp` is the broker's, in epoch ms."""

    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102


@dataclass(slots=True)
class Changes:
    """What one batch changed: all that a commit has to write, beside the cells marked in `Aggregates`."""

    from_offset: int
    to_offset: int
    journeys: dict[Key, Journey] = field(default_factory=dict)
    forgotten: list[Key] = field(default_factory=list)
    rejected: list[tuple[int, Rejected]] = field(default_factory=list)  # (offset, why)


class PartitionState:
    """All that is known of one partition of one topic."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.offset = 0  # the next one to fold
        self.watermark = 0  # event time, epoch ms
        self.journeys: dict[Key, Journey] = {}
        self.aggregates = Aggregates(rules)
        self.open_now = OpenNow()
        self.counters: Counter[str] = Counter()  # accepted, late, newer, "rejected:<reason>", since the beginning
        self.reported: dict[str, tuple[int, int]] = {}  # line -> (when, waiting): the source's own latest word
        self.ids = Pseudonyms(rules.pseudonym_key)
        self.alarms = Alarms()

    def restore(self, journeys: Iterable[tuple[Key, Journey]]) -> None:
        """Takes the journeys that were loaded, offset, watermark and cells being set; forgotten ones are left out."""
        for key, journey in journeys:
            if not self.is_forgotten(journey):
                self.journeys[key] = journey
                now = contribution(journey, self.watermark, self.rules)
                self.open_now.replace(key, None, now)
                self.alarms.set(key, self.next_look(journey, now))

    def contributions(self) -> Iterator[Contribution]:
        """What each live journey contributes."""
        return (contribution(journey, self.watermark, self.rules) for journey in self.journeys.values())

    def hash(self) -> str:
        """The same for equal figures and facts, however the log was cut, ordered or repeated."""
        a = self.aggregates
        parts = (
            self.watermark,
            _sorted(msgspec.to_builtins(self.journeys, builtin_types=(bytes,))),
            [_sorted(level.rows) for level in (a.panes, a.intervals, a.days)],
            _sorted(a.totals),
            sorted(self.reported.items()),
        )
        return blake2b(msgspec.msgpack.encode(parts), digest_size=16).hexdigest()

    def is_forgotten(self, journey: Journey) -> bool:
        """Whether event time has left this journey behind."""
        if self.watermark < journey.newest + self.rules.horizon_ms:  # the cheap, common answer
            return False
        return self.watermark >= journey.newest + journey.linger_ms(self.rules)

    def next_look(self, journey: Journey, now: Contribution) -> int:
        """The watermark at which a journey has to be looked at again even if nothing more is heard of it."""
        forget_at = journey.newest + journey.linger_ms(self.rules)
        return forget_at if now.deadline is None else min(now.deadline, forget_at)


def fold(state: PartitionState, records: Iterable[Record]) -> Changes:
    """Folds a batch into the state. Records before `state.offset` were folded already and are passed over."""
    return _Fold(state).run(records)


class _Fold:
    """One batch on its way: which journeys it touched, and what they contributed before."""

    def __init__(self, state: PartitionState) -> None:
        self.state = state
        self.changes = Changes(state.offset, state.offset)
        self.began_at = state.watermark
        self.before: dict[Key, Contribution | None] = {}  # of the touched journeys; None: it is new
        self.finished: list[Contribution] = []  # of the journeys forgotten in this batch

    def run(self, records: Iterable[Record]) -> Changes:
        """Joins every record's fact, then settles what the touched journeys contribute."""
        state, rules = self.state, self.state.rules
        horizon, future, skew = rules.horizon_ms, rules.future_ms, rules.skew_ms
        ids, journeys, before = state.ids, state.journeys, self.before
        accepted, offset, watermark = 0, state.offset, state.watermark
        for record in records:
            if record.offset < offset:
                continue
            offset = record.offset + 1
            event = decode(record.value)
            newer = 0
            if type(event) is Newer:
                event, newer = event.event, 1
            if type(event) is Rejected:
                self._reject(record.offset, event)
                continue
            at = event.occurred_at
            t = at if type(at) is int else occurred_ms(at)
            if t is None or t > record.timestamp + future:
                self._reject(record.offset, _BAD_TIME if t is None else _FROM_THE_FUTURE)
                continue
            if newer:
                state.counters["newer"] += 1
            if t > watermark:
                at_most = record.timestamp + skew
                watermark = t if t <= at_most else max(watermark, at_most)
            elif t < watermark - horizon:
                state.counters["late"] += 1
                continue
            accepted += 1
            join = JOINS.get(type(event))
            if join is None:
                self._note(event, t)
                continue
            key = ids[event.journey_id]  # type: ignore[index]  # every type that joins has one: decoding saw to it
            journey = journeys.get(key)
            if journey is not None:
                if watermark >= journey.newest + horizon:
                    state.watermark = watermark
                    journey = self._unless_forgotten(key, journey)
                elif key not in before:
                    before[key] = contribution(journey, self.began_at, rules)
            if journey is None:
                journey = journeys[key] = Journey(t)
                before[key] = None
            elif t > journey.newest:
                journey.newest = t
            join(journey, event, t, ids, rules)
        state.offset, state.watermark = offset, watermark
        state.counters["accepted"] += accepted
        return self._finish()

    def _reject(self, offset: int, why: Rejected) -> None:
        self.state.counters[f"rejected:{why.reason}"] += 1
        self.changes.rejected.append((offset, why))

    def _note(self, event: Event, t: int) -> None:
        """An event that is no journey's fact: a source's own count, or one whose measures are yet to come."""
        if isinstance(event, QueueSnapshot):
            line = self.state.rules.line(event.channel, event.audience, event.queue)
            known = self.state.reported.get(line)
            said = (t, event.waiting)
            self.state.reported[line] = said if known is None else max(known, said)

    def _unless_forgotten(self, key: Key, journey: Journey) -> Journey | None:
        if self.state.is_forgotten(journey):
            self._forget(key, journey)
            return None
        if key not in self.before:
            self.before[key] = self._as_it_was(journey)
        return journey

    def _forget(self, key: Key, journey: Journey) -> None:
        """Settles a journey for good: all its deadlines have passed, so nothing it contributes can change."""
        state = self.state
        before = self.before.pop(key) if key in self.before else self._as_it_was(journey)
        final = contribution(journey, state.watermark, state.rules)
        state.aggregates.post(before, final, state.watermark)
        state.open_now.replace(key, before, None)
        self.finished.append(final)
        self.changes.forgotten.append(key)
        del state.journeys[key]
        state.alarms.clear(key)

    def _as_it_was(self, journey: Journey) -> Contribution:
        return contribution(journey, self.began_at, self.state.rules)

    def _finish(self) -> Changes:
        state = self.state
        touched = list(self.before)
        for key in state.alarms.due(state.watermark):
            if key in state.journeys and key not in self.before:
                self.before[key] = self._as_it_was(state.journeys[key])
        for key in list(self.before):
            self._settle(key, state.journeys[key])
        state.aggregates.settle(state.watermark, self._contributions)
        self.changes.to_offset = state.offset
        self.changes.journeys = {key: state.journeys[key] for key in touched if key in state.journeys}
        self.changes.forgotten = [key for key in self.changes.forgotten if key not in state.journeys]
        return self.changes

    def _settle(self, key: Key, journey: Journey) -> None:
        state = self.state
        if state.is_forgotten(journey):
            self._forget(key, journey)
            return
        before, after = self.before[key], contribution(journey, state.watermark, state.rules)
        state.aggregates.post(before, after, state.watermark)
        state.open_now.replace(key, before, after)
        state.alarms.set(key, state.next_look(journey, after))

    def _contributions(self) -> Iterator[Contribution]:
        yield from self.finished
        yield from self.state.contributions()


_BAD_TIME = Rejected("bad_time", "occurred_at")
_FROM_THE_FUTURE = Rejected("from_the_future", "occurred_at")


def _sorted(value: object) -> object:
    """Dicts as sorted lists of pairs, all the way down."""
    if isinstance(value, dict):
        return sorted((key, _sorted(inner)) for key, inner in value.items())
    return [_sorted(inner) for inner in value] if isinstance(value, list | tuple) else value
