"""The fold: a partition's state and a batch of records give the new state and what of it changed.

    records -> decode -> join each fact -> what each touched journey contributes now, less what it did -> cells

Event time runs record by record, and everything that depends on it is a function of facts and watermark alone, so batch
boundaries leave no trace. May import: standard library, msgspec, the core.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from streams.core.admission import PLACED
from streams.core.ahead import Early, early
from streams.core.by_source import NOT_YET, Quickest, Wrong, counted_as
from streams.core.contribution import Contribution, Given, contribution, end_changes_nothing, spelt_out
from streams.core.decode import Newer, Rejected
from streams.core.dispute import report
from streams.core.events import (
    BotStarted,
    ContactEnded,
    ContactStarted,
    Event,
    QueueEntered,
    QueueSnapshot,
    SurveyAnswered,
    SurveyInvited,
    WrittenReceived,
    WrittenReclassified,
    occurred_ms,
)
from streams.core.facts import Journey
from streams.core.joins import JOINS, OTHER_JOINS, Crowded, Join
from streams.core.memory import over_at, what_is_left
from streams.core.pseudonym import Key, Pseudonyms
from streams.core.restated import Settled, is_restated, restating
from streams.core.rules import Places
from streams.core.state import PartitionState


class Record(Protocol):
    """What the fold reads of a Kafka record. `timestamp` is in epoch ms: the broker's where the type says so, else the
    producer's own.
    """

    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def timestamp_type(self) -> int | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102


@dataclass(slots=True)
class Changes:
    """What one batch changed: all that a commit has to write, beside the cells marked in `Aggregates`."""

    from_offset: int
    to_offset: int
    records: int = 0  # that were folded; fewer than the offsets where some have none
    last: Record | None = None  # of them
    journeys: dict[Key, Journey] = field(default_factory=dict)
    forgotten: list[Key] = field(default_factory=list)
    rejected: list[tuple[int, Rejected]] = field(default_factory=list)  # (offset, why)
    ahead: list[tuple[int, int]] = field(default_factory=list)  # (offset, when, epoch ms) of what had to wait
    unknown: list[tuple[int, str]] = field(default_factory=list)  # (offset, line) of queues that are not configured


def fold(state: PartitionState, records: Iterable[Record]) -> Changes:
    """Folds a batch into the state. Records before `state.offset` were folded already and are passed over."""
    return BatchFold(state).run(records)


_JOINS: Final = JOINS | OTHER_JOINS
_BEGINS: Final = {ContactStarted, BotStarted, QueueEntered, WrittenReceived, WrittenReclassified}
GOES_ON: Final = frozenset(_JOINS) - _BEGINS - {SurveyInvited, SurveyAnswered}  # of what has begun before
LOG_APPEND_TIME: Final = 1  # a record's timestamp type: the broker's clock at the time of writing
NOT_NEEDED: Final = Contribution([], [])  # in place of a contribution that nothing has changed: it need not be known


class BatchFold:
    """One batch on its way: which journeys it touched, and what they contributed before."""

    def __init__(self, state: PartitionState) -> None:
        self.state = state
        self.changes = Changes(state.offset, state.offset)
        self.began_at = state.watermark
        self.before: dict[Key, Given | None] = {}  # of the touched journeys; None: it is new

    def run(self, records: Iterable[Record]) -> Changes:
        """Joins every record's fact, then settles what the touched journeys contribute.

        All that is done for each record is written out here: a call for each part of it cost 8 % of the whole fold.
        fold_plainly.py has the same in parts.
        """
        state, rules = self.state, self.state.rules
        skew, future, joins, shortest = rules.skew_ms, rules.future_ms, JOINS, rules.definitions.shortest_horizon_ms
        queues, unseen = state.queues, state.queues.unseen
        decode, ids, journeys, restated, before = state.decode, state.ids, state.journeys, state.restated, self.before
        is_of_two_keys = state.is_of_two_keys  # what began under another key can only become less
        accepted, late, offset, watermark = 0, 0, state.offset, state.watermark
        near, horizon, floor = self._near()
        # How soon events came, by source and minute: `least` of the last event's, from `minute` to `ends`.
        source, quickest, minute, ends, least = None, Quickest(), 0, 0, NOT_YET
        by_source: dict[str | None, Quickest] = {None: quickest}
        record = None
        for record in records:
            at = record.offset
            if at < offset:
                continue
            offset = at + 1
            event: Any = decode(record.value)
            kind = type(event)
            join = joins.get(kind)
            if join is None:
                event = self._opened(record, event)
                if event is None:
                    continue
                kind = type(event)
                join = joins.get(kind)
            t = event.occurred_at
            if type(t) is not int:
                t = occurred_ms(t)
            if t is None:
                self._reject(at, BAD_TIME, event.source)
                continue
            timestamp = record.timestamp
            moves_to = timestamp + skew
            if t <= moves_to:  # as nearly always; only what is later can be from the future, as `future >= skew`
                moves_to = t
            elif t > timestamp + future:
                self._reject(at, FROM_THE_FUTURE, event.source)
                continue
            if moves_to > watermark:
                if moves_to <= near:
                    watermark = moves_to
                else:
                    state.watermark = watermark
                    is_ahead = self._move(record, event, t, moves_to)
                    watermark, (near, horizon, floor) = state.watermark, self._near()
                    if is_ahead:
                        accepted += 1
                        continue
            elif t < watermark - horizon or t < floor:
                late += 1
                self._tell_of(event.source, "late")
                if event.contact_version:
                    state.counters["restated_late"] += 1
                continue
            if event.source != source:
                quickest.note(minute, least)
                source, minute, ends, least = event.source, 0, 0, NOT_YET
                quickest = by_source.setdefault(source, Quickest())
            if not minute <= moves_to < ends:
                quickest.note(minute, least)
                minute, ends, least = quickest.turn_to(moves_to)
            took = timestamp - t
            if took < least:
                least = took
            accepted += 1
            if join is None:
                state.watermark = watermark
                self._note(kind, event, t, moves_to, at)
                if unseen:
                    self._tell_unseen(at)
                continue
            key = ids(event.journey_id)  # every type that joins has one: decoding saw to it
            if event.contact_version or (restated and key in restated):
                state.watermark = watermark
                self._join_to_its(kind, event, t, at)
                continue
            journey = journeys.get(key)
            if journey is not None and watermark >= journey.newest + shortest:
                state.watermark = watermark
                journey = self._unless_forgotten(key, journey)
            if journey is None:
                if is_of_two_keys:
                    state.watermark = watermark
                    if self._is_others(kind, event, t, at):
                        continue
                journey = journeys[key] = Journey(t)
                before[key] = None
                if kind in GOES_ON:
                    self._tell_of(source, "unmatched")
            else:
                if before.get(key, NOT_NEEDED) is NOT_NEEDED:
                    self._touch(key, journey, kind, t)
                if t > journey.newest:
                    journey.newest = t
            try:
                if join(journey, event, t, ids, queues):
                    self._tell_of(source, "clamped")
            except Crowded:
                state.watermark = watermark
                self._join_where_room_is_made(key, join, event, t, ids, queues)
            if unseen:
                self._tell_unseen(at)
        state.offset, state.watermark = offset, watermark
        quickest.note(minute, least)
        for source, quickest in by_source.items():
            for minute, took in quickest.minutes.items():
                state.promptness.note(source, minute, took)
        self._count(accepted, late, record)
        return self._finish()

    def _is_others(self, kind: type, event: Any, t: int, offset: int) -> bool:
        """Joins an event's fact to its journey if that is known under the other key."""
        _, is_others = self.state.under_which(event.journey_id)
        if is_others:
            self._join_to_its(kind, event, t, offset)
        return is_others

    def _join_to_its(self, kind: type, event: Any, t: int, offset: int) -> None:
        """Joins an event's fact to its journey, whatever it is of."""
        ids, is_others = self.state.under_which(event.journey_id)
        key, queues = ids(event.journey_id), self.state.queues
        is_first, is_clamped = self._join_to(key, kind, event, t, ids, queues, under_other=is_others)
        if is_first and kind in GOES_ON:
            self._tell_of(event.source, "unmatched")
        if is_clamped:
            self._tell_of(event.source, "clamped")
        self._tell_unseen(offset)

    def _tell_unseen(self, offset: int) -> None:
        """Of queues that nobody has configured, where the first record is that names each."""
        self.changes.unknown += [(offset, line) for line in self.state.queues.unseen]
        self.state.queues.unseen.clear()

    def _count(self, accepted: int, late: int, last: Record | None) -> None:
        state, changes = self.state, self.changes
        state.counters["accepted"] += accepted
        if late:
            state.counters["late"] += late
        changes.records = accepted + late + len(changes.rejected)
        if state.offset > changes.from_offset:
            changes.last = last

    def _opened(self, record: Record, decoded: Event | Newer | Rejected) -> Event | None:
        """The event in what was decoded, where that is not simply a journey's fact; None where it is rejected."""
        if isinstance(decoded, Rejected):
            self._reject(record.offset, decoded)
            return None
        if isinstance(decoded, Newer):
            decoded = decoded.event
            t = occurred_ms(decoded.occurred_at)
            if t is not None and t <= record.timestamp + self.state.rules.future_ms:  # else it is going to be rejected
                self.state.counters["newer"] += 1
        return decoded

    def _reject(self, offset: int, why: Rejected, source: str | None = None) -> None:
        """`source` is what its event says, where it is one."""
        self.state.counters[f"rejected:{why.reason}"] += 1
        of = why.source if source is None else self.state.rules.source_names.of(source)
        self.state.counters[counted_as(of, "rejected")] += 1
        self.changes.rejected.append((offset, why))

    def _tell_of(self, source: str | None, wrong: Wrong) -> None:
        """Counts what is wrong with an event, by who sent it."""
        self.state.counters[counted_as(self.state.rules.source_names.of(source), wrong)] += 1

    def _near(self) -> tuple[int, int, int]:
        """The furthest that an event moves the watermark, as it stands, with nothing else to be thought of; and until
        then by how much less than it, and than what, an event is late.
        """
        state, future = self.state, self.state.rules.future_ms
        lateness = state.rules.definitions.lateness(state.watermark)
        near = min(state.watermark + future, state.ahead.earliest_ms - future - 1, lateness.until_ms - 1)
        return near, lateness.horizon_ms, lateness.floor_ms

    def _move(self, record: Record, event: Event, t: int, moves_to: int) -> bool:
        """Moves the watermark far, or to where something waits for it. True: the event itself is ahead, and waits."""
        state, ahead, future = self.state, self.state.ahead, self.state.rules.future_ms
        is_ahead = moves_to > state.watermark + future and record.timestamp_type != LOG_APPEND_TIME
        if is_ahead:
            self.changes.ahead.append((record.offset, moves_to))
            ids, under_other = state.under_which(event.journey_id)
            if not ahead.add(early(event, t, moves_to, ids, state.rules, under_other=under_other)):
                state.counters["let_go"] += 1
            moves_to = state.watermark
        while (fact := ahead.come_in(max(state.watermark, moves_to) + future)) is not None:
            state.watermark = max(state.watermark, fact.moves_to)
            self._join(fact)
        state.watermark = max(state.watermark, moves_to)
        return is_ahead

    def _join(self, fact: Early) -> None:
        """What waited joins its journey, as if it came now."""
        placed, kind, t = self.state.placed, fact.kind, fact.occurred_at
        if fact.journey_id is not None and (kind in JOINS or self._counts(kind, t)):
            self._join_to(fact.journey_id, kind, fact, t, as_they_are, placed, under_other=fact.under_other)
        elif kind is QueueSnapshot:
            self._note_report(fact, t, fact.moves_to, placed)

    def _join_to(
        self, key: Key, kind: type, fact: Any, t: int, ids: Pseudonyms, places: Places, *, under_other: bool
    ) -> tuple[bool, bool]:
        """Joins a fact to a journey, which begins with it where none is remembered. Answers whether it does, and what
        the join answers.
        """
        state = self.state
        journey = state.journeys.get(key)
        if journey is not None:
            journey = self._unless_forgotten(key, journey)
        is_first, is_clamped = journey is None, False
        if journey is None:
            journey = state.journeys[key] = Journey(t, under_other=under_other)
            state.under_other += under_other
            self.before[key] = None
        elif self.before.get(key, NOT_NEEDED) is NOT_NEEDED:
            self._touch(key, journey, kind, t, is_alone=not fact.contact_version)
        journey.newest = max(journey.newest, t)
        join = self._joining(journey, kind, fact)
        try:
            is_clamped = bool(join(journey, fact, t, ids, places))
        except Crowded:
            self._join_where_room_is_made(key, join, fact, t, ids, places)
        except Settled:
            state.counters["restated_late"] += 1
        state.remember(key, state.journeys[key])
        return is_first, is_clamped

    def _joining(self, journey: Journey, kind: type, fact: Any) -> Join:
        """How a fact joins its journey, which may be restated by it."""
        if not fact.contact_version and not is_restated(journey):
            return _JOINS[kind]
        state = self.state
        unseen: Places = PLACED if isinstance(fact, Early) else state.rules
        return restating(_JOINS[kind], state.rules.definitions, state.late_before, unseen)

    def _join_where_room_is_made(
        self, key: Key, join: Join, fact: Any, t: int, ids: Pseudonyms, places: Places
    ) -> None:
        """Joins a fact that finds no room, once what is over of its id is let go of; else it is crowded."""
        state = self.state
        before = self.before[key]
        state.let_go_of_queues()
        if before is not NOT_NEEDED:
            self._post(key, before)
        journey = self._without_what_is_over(key, state.journeys[key])
        self.before[key] = contribution(journey, state.watermark, state.rules)
        try:
            join(journey, fact, t, ids, places)
        except Crowded:
            state.counters["crowded"] += 1

    def _note(self, kind: type, event: Any, t: int, moves_to: int, offset: int) -> None:
        """An event that is no visit's fact: of a letter or a survey, a source's own count, or one without a measure."""
        if kind is QueueSnapshot:
            self._note_report(event, t, moves_to, self.state.queues)
        elif self._counts(kind, t):
            self._join_to_its(kind, event, t, offset)

    def _counts(self, kind: type, t: int) -> bool:
        """Whether it is of a letter or a survey, and those are counted when it happens."""
        return kind in OTHER_JOINS and t >= self.state.rules.definitions.whole_card_from

    def _note_report(self, event: Any, t: int, moves_to: int, places: Places) -> None:
        line = places.line(event.channel, event.audience, event.queue)
        if self.state.queues.counted(line) != line:  # one queue says nothing of several
            return
        known = self.state.reported.get(line)
        rules = self.state.rules
        said = report(t, moves_to, rules.skew_ms, event.waiting, rules.source_names.of(event.source))
        self.state.reported[line] = said if known is None else max(known, said)
        self.state.touched_reports.add(line)

    def _touch(self, key: Key, journey: Journey, kind: type, t: int, *, is_alone: bool = True) -> None:
        """Notes what a journey contributed, before a fact joins it; but not where that fact cannot change it.

        Most calls are answered long before they end, and then their end changes nothing. `is_alone`: it was told
        without a version, and replaces nothing.
        """
        stands: Given | None = self.state.open.get(key)
        if stands is None:
            is_end = kind is ContactEnded and is_alone
            changes_nothing = is_end and end_changes_nothing(journey, t, self.state.rules.definitions)
            stands = NOT_NEEDED if changes_nothing else contribution(journey, self.began_at, self.state.rules)
        self.before[key] = stands

    def _unless_forgotten(self, key: Key, journey: Journey) -> Journey | None:
        if not self.state.is_forgotten(journey):
            return journey
        before = self.before.pop(key, NOT_NEEDED)
        self.state.let_go_of_queues()
        if before is not NOT_NEEDED:
            self._post(key, before)
        self._forget(key, journey)
        return None

    def _finish(self) -> Changes:
        state = self.state
        journeys = state.journeys
        self._tell_unseen(state.offset - 1)
        state.let_go_of_queues()
        for key, before in self.before.items():
            if before is not NOT_NEEDED:
                self._post(key, before)
        state.lately.touch(self.before, len(state.journeys), state.watermark, state.rules)
        if due := state.alarms.due(state.watermark):
            late_before = state.late_before
            for key in due:
                journey = journeys.get(key)
                if journey is not None:
                    self._look_again(key, journey, late_before)
        state.aggregates.settle(state.watermark)
        self.changes.to_offset = state.offset
        touched: Any = dict(zip(self.before, map(journeys.get, self.before), strict=True))
        if forgotten := self.changes.forgotten:
            touched = {key: journey for key, journey in touched.items() if journey is not None}
            self.changes.forgotten = [key for key in forgotten if key not in journeys]
        self.changes.journeys = touched
        return self.changes

    def _post(self, key: Key, before: Given | None) -> None:
        """What facts have changed."""
        state, journey = self.state, self.state.journeys[key]
        after = contribution(journey, state.watermark, state.rules)
        state.aggregates.post(before, after, state.watermark)
        more = after.without_entry - (0 if before is None else before.without_entry)
        if more:
            self._count_without_entry(more)
        state.stand(key, journey, after)

    def _count_without_entry(self, more: int) -> None:
        """Of visits, as many more or less; the only counter that falls again, and none of it is left at 0."""
        counters = self.state.counters
        counters["without_entry"] += more
        if not counters["without_entry"]:
            del counters["without_entry"]

    def _look_again(self, key: Key, journey: Journey, late_before: int) -> None:
        """What the clock has changed."""
        state = self.state
        if late_before >= over_at(journey, state.rules.definitions):
            self._forget(key, journey)
            return
        if key in state.open:
            self._post(key, state.open[key])
        is_close = journey.newest - journey.earliest < state.rules.definitions.close_after_ms(journey.newest)
        if not is_close:
            journey = self._without_what_is_over(key, journey)
        standing = state.open.get(key)
        deadline = None if standing is None else standing.deadline
        state.alarms.set(key, state.next_look(journey, deadline, is_close=is_close))

    def _without_what_is_over(self, key: Key, journey: Journey) -> Journey:
        """What is left of an id that is used again and again: what its earlier journeys came to stays counted."""
        state = self.state
        left = what_is_left(journey, state.rules.definitions, state.late_before)
        if left is None:
            return journey
        stood, stands = (of(left, state.watermark, state.rules) for of in (spelt_out, contribution))
        state.aggregates.post(stood, stands, state.watermark)  # the same, maybe in short now
        state.journeys[key] = left
        state.stand(key, left, stands)
        self.before.setdefault(key, NOT_NEEDED)  # so that it is written
        return left

    def _forget(self, key: Key, journey: Journey) -> None:
        """Lets go of a journey: all its deadlines have passed, so nothing it contributes can change any more."""
        state = self.state
        before = state.open.pop(key, None)
        if before is not None:
            state.aggregates.post(before, contribution(journey, state.watermark, state.rules), state.watermark)
            state.open_now.replace(key, before, None)
        self.changes.forgotten.append(key)
        state.under_other -= journey.under_other
        del state.journeys[key]
        state.restated.discard(key)
        state.alarms.clear(key)


BAD_TIME = Rejected("bad_time", "occurred_at")
FROM_THE_FUTURE = Rejected("from_the_future", "occurred_at")


def as_they_are(id_: str | Key) -> Key:
    """In place of pseudonyms where the ids are such already."""
    return int(id_)
