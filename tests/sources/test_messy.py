"""The messy feed really is one, and no worse than it says."""

from collections import Counter
from itertools import pairwise

import orjson

from streams.core.decode import Rejected
from streams.core.events import Event
from streams.sources.messy import ENDS
from streams.sources.records import records
from streams.sources.scenarios import SCENARIOS
from tests.decoding import decode

from .days import MINUTE, TUESDAY, at_ms, day, wire

assert SCENARIOS["messy"].mess
MESS = SCENARIOS["messy"].mess
LAG_MS = round(MESS.lag_max_s * 1000)


def sound() -> list[dict[str, object]]:
    return [orjson.loads(record.value) for record in wire("messy") if record.value and "broken" not in record.kind]


def test_it_repeats() -> None:
    assert wire("messy", hours=0.5) == list(records("messy", 42, at_ms(TUESDAY), 0.5))


def test_a_usual_feed_is_in_order_and_whole() -> None:
    assert [orjson.loads(record.value or b"") for record in wire()] == [event for _, event in day()]
    for record, (ms, event) in zip(wire(), day(), strict=True):
        assert record.timestamp_ms == ms and record.channel == event["channel"] and record.kind == event["type"]
        assert record.key.decode() == event.get("journey_id", event.get("queue"))


def test_records_are_sent_in_order_of_their_own_time() -> None:
    assert all(a.timestamp_ms <= b.timestamp_ms for a, b in pairwise(wire("messy")))


def test_it_has_duplicates() -> None:
    ids = Counter(event["event_id"] for event in sound())
    repeated = sum(count > 1 for count in ids.values()) / len(ids)
    assert 0.7 * MESS.repeated < repeated < 1.3 * MESS.repeated


def test_it_has_disorder_within_its_bound() -> None:
    times = [
        (record.timestamp_ms, orjson.loads(record.value or b""))
        for record in wire("messy")
        if "broken" not in record.kind
    ]
    late = [ms - event["occurred_at"] for ms, event in times]
    assert max(late) <= LAG_MS - MESS.skew_ms
    assert sum(lag > MINUTE for lag in late) > 1000
    assert any(a["occurred_at"] > b["occurred_at"] + MINUTE for (_, a), (_, b) in pairwise(times))


def test_it_has_broken_records_of_several_kinds() -> None:
    broken = [record for record in wire("messy") if record.kind.startswith("broken")]
    assert len({record.kind for record in broken}) >= 10
    reasons = Counter(decoded.reason for record in broken if isinstance(decoded := decode(record.value), Rejected))
    assert len(reasons) >= 7
    for record in broken:
        decoded = decode(record.value)
        if isinstance(decoded, Event):  # sound, but of the day after tomorrow
            assert isinstance(decoded.occurred_at, int) and decoded.occurred_at > record.timestamp_ms + 1440 * MINUTE


def test_what_is_not_broken_is_sound() -> None:
    assert all(isinstance(decode(orjson.dumps(event)), Event) for event in sound())


def test_ends_are_lost_and_only_ends() -> None:
    sent = {event["event_id"] for event in sound()}
    lost = Counter(event["type"] for _, event in day("messy") if event["event_id"] not in sent)
    ends = sum(event["type"] in ENDS for _, event in day("messy"))
    assert set(lost) <= ENDS
    assert 0.7 * MESS.lost_ends < lost.total() / ends < 1.3 * MESS.lost_ends


def test_one_clock_is_wrong() -> None:
    true_times = {event["event_id"]: event["occurred_at"] for _, event in day("messy")}
    off = Counter(
        (event["type"], int(str(event["occurred_at"])) - true_times[str(event["event_id"])]) for event in sound()
    )
    assert {kind for kind, skew in off if skew} == {"agent.offered", "agent.missed", "queue.answered"}
    assert {skew for _, skew in off} == {0, MESS.skew_ms}
