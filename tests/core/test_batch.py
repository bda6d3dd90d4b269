"""What one batch changed, as whoever commits it is told: which records, by their offsets, and the last of them."""

from dataclasses import replace

import orjson

from streams.core.decode import Rejected
from streams.core.fold import LOG_APPEND_TIME, Changes, fold
from streams.core.state import PartitionState
from tests.core.test_oracle_agrees import RULES
from tests.events import CREATE_TIME, START_MS, Event, Record, event

MINUTE = 60_000
FUTURE = RULES.future_ms
ENTERED = event("queue.entered", START_MS, "a")


def read(state: PartitionState, *log: tuple[int, Event | bytes | None]) -> Changes:
    """What comes of these, by their offsets; the broker's clock stands at the start."""
    values = [(at, orjson.dumps(value) if isinstance(value, dict) else value) for at, value in log]
    return fold(state, [Record(at, START_MS, value, LOG_APPEND_TIME) for at, value in values])


def test_what_is_rejected_is_named_by_its_offset_and_why() -> None:
    """Whatever finds it out: the decoder, or the fold, which alone knows the record's own time."""
    far, just = ({"occurred_at": START_MS + FUTURE + more} for more in (1, 0))
    state = PartitionState(RULES)
    changes = read(
        state,
        (10, None),
        (12, b"{"),
        (13, ENTERED | far),
        (14, ENTERED | just),
        (17, ENTERED | {"occurred_at": "1969-07-20T20:17:40Z"}),
        (20, ENTERED | {"mood": "fine"} | far),
    )
    assert changes.rejected == [
        (10, Rejected("null_value")),
        (12, Rejected("broken_json")),
        (13, Rejected("from_the_future", "occurred_at")),
        (17, Rejected("bad_time", "occurred_at")),
        (20, Rejected("from_the_future", "occurred_at")),
    ]
    assert (changes.records, changes.from_offset, changes.to_offset) == (6, 0, 21)
    assert state.counters == {
        "accepted": 1,
        "rejected:null_value": 1,
        "rejected:broken_json": 1,
        "rejected:bad_time": 1,
        "rejected:from_the_future": 2,
        "of other:rejected": 5,
    }


def test_what_is_newer_is_counted_so_where_it_counts() -> None:
    """One of a time that is just possible is used; one of a millisecond later is rejected, and is nothing else."""
    state, newer = PartitionState(RULES), ENTERED | {"mood": "fine"}
    read(state, *((n, newer | {"occurred_at": START_MS + FUTURE + more}) for n, more in enumerate((0, 1))))
    assert state.counters == {"accepted": 1, "newer": 1, "rejected:from_the_future": 1, "of other:rejected": 1}


def test_what_was_folded_before_is_passed_over_and_is_not_the_last_of_the_next() -> None:
    """A batch that repeats only what was read leaves no last record to know the log again by."""
    state = PartitionState(RULES)
    log = [(3, ENTERED), (4, event("queue.answered", START_MS + MINUTE, "a"))]
    first = read(state, *log)
    assert first.last is not None
    assert (first.last.offset, first.to_offset, first.records) == (4, 5, 2)
    again = read(state, *log)
    assert (again.last, again.from_offset, again.to_offset, again.records) == (None, 5, 5, 0)
    assert (again.journeys, state.counters["accepted"]) == ({}, 2)
    further = read(state, *log, (7, ENTERED))
    assert further.last is not None
    assert (further.last.offset, further.to_offset, further.records) == (7, 8, 1)


def test_what_has_to_wait_is_named_by_its_offset_and_its_time() -> None:
    """Dated by its producer, more than is believed of one journey; by a broker it would come in at once."""
    far = START_MS + FUTURE + 1
    state = PartitionState(RULES)
    read(state, (0, ENTERED))
    ahead = Record(5, far, orjson.dumps(event("queue.entered", far, "b")), CREATE_TIME)
    assert fold(state, [ahead]).ahead == [(5, far)]
    assert fold(state, [replace(ahead, offset=6, timestamp_type=LOG_APPEND_TIME)]).ahead == []


def test_a_queue_that_nobody_has_configured_is_named_once_by_the_first_record_of_it() -> None:
    state = PartitionState(RULES)
    unheard = [event("queue.entered", START_MS, who, "phone/personbruker/unheard-of") for who in "ab"]
    said = event("queue.snapshot", START_MS, None, "phone/personbruker/another", waiting=1)
    changes = read(state, (4, unheard[0]), (5, unheard[1]), (9, said))
    lines = [RULES.line("phone", "personbruker", queue) for queue in ("unheard-of", "another")]
    assert changes.unknown == [(4, lines[0]), (9, lines[1])]
