"""The fold's loop step by step, as one would write it if it did not have to be fast: read this first.

`fold.py` has all that is done for each record written out in one function; here it is a call for each part, and tests
hold the two equal (`tests/core/test_fold_plainly.py`). What happens to whole batches, and to what waits because it is
dated far ahead, is the same code for both. May import: the core.
"""

from collections.abc import Iterable
from typing import Any

from streams.core.by_source import MINUTE_MS
from streams.core.events import Event, occurred_ms
from streams.core.facts import Journey
from streams.core.fold import BAD_TIME, FROM_THE_FUTURE, GOES_ON, NOT_NEEDED, BatchFold, Changes, Record
from streams.core.joins import JOINS, Crowded
from streams.core.pseudonym import Key
from streams.core.restated import Settled
from streams.core.state import PartitionState


def fold_plainly(state: PartitionState, records: Iterable[Record]) -> Changes:
    """Folds a batch into the state, as `fold` does."""
    return _PlainFold(state).run(records)


class _PlainFold(BatchFold):
    def run(self, records: Iterable[Record]) -> Changes:
        """Joins every record's fact, then settles what the touched journeys contribute."""
        accepted = late = 0
        last = None
        for record in records:
            if record.offset < self.state.offset:
                continue  # it was folded before
            last, self.state.offset = record, record.offset + 1
            event = self._opened(record, self.state.decode(record.value))
            t = None if event is None else self._time(record, event)
            if event is None or t is None:
                continue  # it is rejected
            if t < self.state.late_before:
                late += 1
                self._tell_of(event.source, "late")
                self.state.counters["restated_late"] += bool(event.contact_version)
                continue
            accepted += 1
            moves_to = min(t, record.timestamp + self.state.rules.skew_ms)
            if not self._waits(record, event, t, moves_to):
                minute = moves_to - moves_to % MINUTE_MS
                self.state.promptness.note(event.source, minute, record.timestamp - t)
                self._take(event, t, moves_to, record.offset)
                self._tell_unseen(record.offset)
        self._count(accepted, late, last)
        return self._finish()

    def _time(self, record: Record, event: Event) -> int | None:
        """When it occurred (epoch ms); None where that cannot be, and so it is rejected."""
        t = occurred_ms(event.occurred_at)
        if t is None:
            self._reject(record.offset, BAD_TIME, event.source)
            return None
        if t > record.timestamp + self.state.rules.future_ms:
            self._reject(record.offset, FROM_THE_FUTURE, event.source)
            return None
        return t

    def _waits(self, record: Record, event: Event, t: int, moves_to: int) -> bool:
        """Moves event time to the event, but not far ahead of its record's clock. True: it is far ahead, and waits."""
        return moves_to > self.state.watermark and self._move(record, event, t, moves_to)

    def _take(self, event: Any, t: int, moves_to: int, offset: int) -> None:
        """Joins the event's fact to its journey; what is no visit's is noted by itself."""
        if type(event) not in JOINS:
            self._note(type(event), event, t, moves_to, offset)
            return
        ids, under_other = self.state.under_which(event.journey_id)
        journey = self._journey(ids(event.journey_id), event, t, under_other=under_other)
        journey.newest = max(journey.newest, t)
        join = self._joining(journey, type(event), event)
        try:
            if join(journey, event, t, ids, self.state.queues):
                self._tell_of(event.source, "clamped")
        except Crowded:
            self.state.counters["crowded"] += 1
        except Settled:
            self.state.counters["restated_late"] += 1

    def _journey(self, key: Key, event: Event, t: int, *, under_other: bool) -> Journey:
        """The journey that a fact is of, with what it contributed before; a new one where none is remembered."""
        journey = self.state.journeys.get(key)
        if journey is not None:
            journey = self._unless_forgotten(key, journey)
        if journey is None:
            journey = self.state.journeys[key] = Journey(t, under_other=under_other)
            self.state.under_other += under_other
            self.before[key] = None
            if type(event) in GOES_ON:
                self._tell_of(event.source, "unmatched")
        elif self.before.get(key, NOT_NEEDED) is NOT_NEEDED:
            self._touch(key, journey, type(event), t, is_alone=not event.contact_version)
        return journey
