"""Cases drawn by hand: the watermark, what is late or from the future, forgetting, and where a figure is counted."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from streams.oracle import LogRecord, recount

from .drawn import DAY, DEFINITIONS, HELSE, HOUR, MINUTE, SECOND, T0, at, log, told, totals


def epoch_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


def test_nothing_is_nothing() -> None:
    assert recount([], DEFINITIONS) == {
        **{
            "offset": 0,
            "watermark": 0,
            "accepted": 0,
            "late": 0,
            "restated_late": 0,
            "without_entry": 0,
            "newer": 0,
            "let_go": 0,
            "crowded": 0,
            "rejected": {},
            "journeys": 0,
        },
        **{"panes": {}, "intervals": {}, "days": {}, "totals": {}},
        **{
            "waiting": {},
            "promises": {},
            "transfers_waiting": {},
            "letters_open": {},
            "talking": {},
            "reported": {},
            "ahead": [],
        },
    }


@pytest.mark.fault(12)
def test_the_watermark_is_the_greatest_time_but_not_far_ahead_of_the_broker() -> None:
    # broker 0:  event at 30s -> W 30s;  event at 10m -> W 0 + skew (1m);  event at 20s -> W stays
    assert told("30s tick broker=0")["watermark"] == T0 + 30 * SECOND
    assert told("10m tick broker=0", "20s tick broker=20s")["watermark"] == T0 + MINUTE


THREE = tuple(f"{n}s tick journey={name} producer={n}s" for n, name in enumerate("abc"))


@pytest.mark.fault(25)
def test_where_producers_date_records_the_third_journey_is_believed() -> None:
    # a 0 ── b 1s ── c 2s: until then nothing is known, then the earliest comes in, and all that is near
    assert told(*THREE[:2])["watermark"] == 0
    assert [at - T0 for at, _, _ in told(*THREE[:2])["ahead"]] == [0, SECOND]
    assert told(*THREE[:2], *THREE[:2])["watermark"] == 0, "the same two, once more"
    assert (told(*THREE)["watermark"], told(*THREE)["ahead"]) == (T0 + 2 * SECOND, [])


@pytest.mark.fault(25)
def test_what_a_producer_dates_far_ahead_waits_until_event_time_has_come_near() -> None:
    # W 2s ─── 1h+2s: comes in at once        W 2s ─────── 2h: waits ──── W 1h: near enough
    assert told(*THREE, "1h+2s tick journey=d producer=1h+2s")["watermark"] == T0 + HOUR + 2 * SECOND
    far = "2h queue.entered a helse journey=d producer=2h"
    said = told(*THREE, far)
    assert (said["watermark"], said["accepted"], said["totals"]) == (T0 + 2 * SECOND, 4, {})
    said = told(*THREE, far, "1h tick journey=a producer=1h")
    assert (said["watermark"], said["totals"][HELSE]["entered"]) == (T0 + 2 * HOUR, 1)


@pytest.mark.fault(25)
def test_what_a_broker_dates_takes_along_what_is_near() -> None:
    said = told(
        *THREE, "2h queue.entered a helse journey=d producer=2h", "9h queue.entered b helse producer=9h", "1h tick"
    )
    assert (said["watermark"], len(said["ahead"])) == (T0 + 2 * HOUR, 1)


@pytest.mark.fault(12)
def test_an_event_from_the_future_is_rejected_and_moves_nothing() -> None:
    # broker 0 ───────── 1h: accepted ── 1h+1ms: rejected
    said = told("1h queue.entered a helse broker=0", "1h+1ms queue.entered b helse broker=0")
    assert (said["accepted"], said["rejected"]) == (1, {"from_the_future": 1})
    assert said["totals"][HELSE]["entered"] == 1
    assert said["watermark"] == T0 + MINUTE
    assert said["offset"] == 2


@pytest.mark.fault(12)
def test_an_event_beyond_the_horizon_is_late_and_does_not_count() -> None:
    # W-36h: counts ── 1 ms earlier: late
    now = "36h tick"
    said = told(now, "0 queue.entered a helse", "-1ms queue.entered b helse journey=k")
    assert (said["accepted"], said["late"], said["journeys"]) == (2, 1, 1)
    assert said["totals"][HELSE]["entered"] == 1


def test_newer_events_are_used_as_they_are_and_counted_even_if_late() -> None:
    said = told("0 queue.entered a helse colour=blue", "0 queue.answered a schema_version=1.7", "0 tick colour=red")
    assert (said["accepted"], said["newer"], said["totals"][HELSE]["answered"]) == (3, 3, 1)
    assert told("36h tick", "-1ms tick colour=blue", "3h tick broker=0 colour=blue")["newer"] == 1


def test_a_record_that_is_no_event_is_counted_by_its_reason() -> None:
    said = recount([LogRecord(7, T0, None, True), *(LogRecord(n, T0, b"{", True) for n in (8, 9))], DEFINITIONS)
    assert (said["offset"], said["rejected"]) == (10, {"null_value": 1, "broken_json": 2})


def test_a_journey_is_forgotten_after_the_linger() -> None:
    # 0 entered ── 4h lost ────────────────────── 40h (36h + 4h) forgotten
    entered = "0 queue.entered a helse"
    assert told(entered, "40h-1ms tick")["journeys"] == 1
    said = told(entered, "40h tick")
    assert said["journeys"] == 0
    assert said["totals"][HELSE]["lost"] == 1  # what it came to stays in the books


def test_any_fact_renews_the_memory_and_one_about_the_past_does_not() -> None:
    entered = "0 queue.entered a helse"
    assert told(entered, "39h contact.started", "78h tick")["journeys"] == 1
    assert told(entered, "35h tick", "1m agent.offered a", "40h+59s tick")["journeys"] == 1
    assert told(entered, "35h tick", "1m agent.offered a", "40h+60s tick")["journeys"] == 0


def test_what_was_asked_to_be_called_back_is_remembered_longer() -> None:
    # 0 entered, asked ────── 40h ─────────────────── 8d+12h (36h + 7d) forgotten
    asked = ("0 queue.entered a helse", "0 callback.requested a")
    assert told(*asked, "8d+12h-1ms tick")["journeys"] == 1
    said = told(*asked, "8d+12h tick")
    assert (said["journeys"], said["promises"]) == (0, {})
    assert (said["totals"][HELSE]["callback_broken"], said["totals"][HELSE]["callback_overdue"]) == (1, 1)


def test_what_comes_after_forgetting_begins_a_new_journey() -> None:
    # journey j   0 entered ── … 40h forgotten ── 40h answered: the new journey knows of no entry
    rows = ("0 queue.entered a helse", "40h queue.answered a")
    said = told(*rows)
    assert said["journeys"] == 1
    assert said["totals"][HELSE] == {"entered": 1, "lost": 1, "journeys": 1}
    # One ms earlier it is still the same journey.
    assert totals("0 queue.entered a helse", "40h-1ms queue.answered a")["answered"] == 1
    # A whole visit of the same name is a visit of its own.
    assert totals(*rows, "40h queue.entered a helse")["entered"] == 2


def test_a_forgotten_journeys_transfer_waits_no_more() -> None:
    rows = ("0 contact.transferred a helse", "0 queue.entered b helse")
    assert told(*rows, "39h tick")["transfers_waiting"] == {HELSE: [T0]}
    assert told(*rows, "40h tick")["transfers_waiting"] == {}


def test_a_pane_an_interval_and_a_day_hold_their_start() -> None:
    # 9.999s | 10s        14m59.999s | 15m
    assert at("panes", "entered", "10s-1ms queue.entered a helse") == {0: 1}
    assert at("panes", "entered", "10s queue.entered a helse") == {10 * SECOND: 1}
    assert at("intervals", "entered", "15m-1ms queue.entered a helse") == {0: 1}
    assert at("intervals", "entered", "15m queue.entered a helse") == {15 * MINUTE: 1}
    assert at("days", "entered", "0 queue.entered a helse") == {-9 * HOUR: 1}


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        ("2025-03-30T00:00+01:00", "2025-03-30T23:59:59.999+02:00", 23),
        ("2025-10-26T00:00+02:00", "2025-10-26T23:59:59.999+01:00", 25),
        ("2025-06-01T00:00+02:00", "2025-06-01T23:59:59.999+02:00", 24),
    ],
)
@pytest.mark.fault(17)
def test_a_day_of_oslo_has_23_24_or_25_hours(first: str, last: str, hours: int) -> None:
    # 00:00 │ entered a ────────── entered b 23:59:59.999 │ 00:00 entered d: the next day
    start, end = epoch_ms(first), epoch_ms(last) + 1
    assert end - start == hours * HOUR
    rows = (start - 1, start, end - 1, end)
    log_of_three = log(*(f"{at - T0}ms queue.entered a helse journey={at}" for at in rows))
    days = recount(log_of_three, DEFINITIONS)["days"]
    assert {day: lines[HELSE]["entered"] for day, lines in days.items()} == {start - DAY: 1, start: 2, end: 1}


def test_a_span_is_kept_while_its_start_is_later_than_the_retention() -> None:
    # pane 0 ────────── W = 75m: its start is not later than W - 75m
    entered = "0 queue.entered a helse"
    assert at("panes", "entered", entered, "75m-1ms tick") == {0: 1}
    assert at("panes", "entered", entered, "75m tick") == {}
    assert totals(entered, "75m tick")["entered"] == 1
    brief = replace(DEFINITIONS, interval_retention_ms=HOUR, day_retention_ms=10 * HOUR)
    said = recount(log(entered, "1h tick"), brief)
    assert (said["intervals"], said["days"]) == ({}, {})


def test_the_latest_word_of_the_source_is_kept() -> None:
    # 0: 5 ── 60s: 3 and 4 ── 30s: 9, told last
    rows = [
        f"{when} queue.snapshot queue=helse waiting={n}" for when, n in (("0", 5), ("60s", 4), ("60s", 3), ("30s", 9))
    ]
    assert told(*rows)["reported"] == {HELSE: [T0 + MINUTE, 4]}
    said = told("36h tick", "-1ms queue.snapshot queue=helse waiting=1")
    assert (said["reported"], said["journeys"]) == ({}, 0)
