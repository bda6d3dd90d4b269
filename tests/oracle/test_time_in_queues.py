"""Cases drawn by hand: for how long a journey was in queues before a person was reached, in either edition."""

from dataclasses import replace

import pytest

from streams.oracle import Definitions, Later

from .drawn import (
    ARBEID,
    DAY,
    DEFINITIONS,
    EDITION_2,
    EDITION_3,
    FROM_ONE,
    HELSE,
    HOUR,
    MINUTE,
    SECOND,
    WITH_MEMORY,
    at,
    totals,
)

WAITS = "0 queue.entered a helse"
CHATS = "0 queue.entered a helse channel=chat"
CHAT = "chat/personbruker/helse"
ELSEWHERE = ("10m queue.entered b arbeid contact=d", "11m queue.answered b")  # by another contact
BOTH = pytest.mark.parametrize("by", [DEFINITIONS, EDITION_2, EDITION_3])


def time(*rows: str, line: str = HELSE, by: Definitions = EDITION_2) -> tuple[int, int]:
    """The wait of the journeys that began in a line, and their time in queues."""
    counted = totals(*rows, line=line, by=by)
    return counted.get("journey_wait_sum_ms", 0), counted.get("time_in_queues_sum_ms", 0)


def test_a_while_at_home_is_no_time_in_a_queue() -> None:
    # a  0 entered ── 9m timeout      30m entered ── 30m+5s answered
    timeout = (WAITS, "9m queue.left a timeout")
    rows = (*timeout, "30m queue.entered a helse", "30m+5s queue.answered a")
    assert time(*rows) == (30 * MINUTE + 5 * SECOND, 9 * MINUTE + 5 * SECOND)
    assert time(*rows, by=DEFINITIONS) == (0, 0), "by edition 1 it is one visit, that ended at 9m"
    # Under another id, by either edition; it counts at the answer, where the journey began.
    other = (*timeout, "30m queue.entered b arbeid", "30m+5s queue.answered b")
    for by in (DEFINITIONS, EDITION_2):
        assert time(*other, by=by) == (30 * MINUTE + 5 * SECOND, 9 * MINUTE + 5 * SECOND)
        assert at("panes", "time_in_queues_sum_ms", *other, by=by) == {30 * MINUTE: 545_000}
        assert time(*other, line=ARBEID, by=by) == (0, 0)


@BOTH
def test_where_stays_overlap_their_time_counts_once(by: Definitions) -> None:
    # a  0 ─────────────── 12m timeout             f             14m ── 15m answered
    # b        10m ── 11m timeout   e  11m ── 13m
    rows = (
        *(WAITS, "12m queue.left a timeout", "10m queue.entered b arbeid contact=d", "11m queue.left b timeout"),
        *("11m queue.entered e arbeid contact=e", "13m queue.left e timeout"),
        *("14m queue.entered f arbeid contact=f", "15m queue.answered f"),
    )
    assert time(*rows, by=by) == (15 * MINUTE, 14 * MINUTE)


@BOTH
def test_nothing_after_a_person_was_reached_counts(by: Definitions) -> None:
    # a  0 ──────────────────────── 20m answered        e  12m ── 13m
    # b        10m ── 11m answered: reached
    rows = (WAITS, "20m queue.answered a", *ELSEWHERE, "12m queue.entered e helse contact=e", "13m queue.abandoned e")
    assert time(*rows, by=by) == (11 * MINUTE, 11 * MINUTE)


@BOTH
def test_a_journey_that_reached_nobody_has_none(by: Definitions) -> None:
    assert "time_in_queues_sum_ms" not in totals(WAITS, "9m queue.abandoned a", by=by)
    # And 0 is nothing.
    assert "time_in_queues_sum_ms" not in totals("0 queue.answered a", "9s queue.entered a helse", by=by)


@BOTH
def test_the_time_of_a_callback_that_was_kept_is_until_then(by: Definitions) -> None:
    # a  0 entered ── 60s asked ── 30m connected
    asked = (WAITS, "60s callback.requested a")
    assert time(*asked, "30m callback.connected a", by=by) == (30 * MINUTE, 30 * MINUTE)
    # No further than to the person who was reached before.
    assert time(*asked, *ELSEWHERE, "30m callback.connected a", by=by) == (11 * MINUTE, 11 * MINUTE)
    # One that was not kept is until it was asked for.
    failed = (*asked, "5m callback.failed a cancelled", *ELSEWHERE)
    assert time(*failed, by=by) == (11 * MINUTE, 2 * MINUTE)


def test_the_time_of_a_callback_that_another_contact_was_is_until_then_too() -> None:
    # a  0 entered ── 60s asked          b (a callback)  10m entered ── 11m answered
    rows = (WAITS, "60s callback.requested a", *ELSEWHERE)
    assert time(*rows, "10m contact.started contact=d initiation=callback") == (11 * MINUTE, 11 * MINUTE)
    # Where the customer rang himself, he was in no queue between.
    assert time(*rows) == (11 * MINUTE, 2 * MINUTE)
    assert time(*rows, "10m contact.started contact=d initiation=callback", by=DEFINITIONS) == (11 * MINUTE, 2 * MINUTE)


def test_a_stay_that_is_lost_was_in_its_queue_until_then() -> None:
    # a  0 entered the chat ── 4h lost          b  1d entered ── 1d+1m answered
    rows = (CHATS, "1d queue.entered b helse channel=chat", "1d+1m queue.answered b")
    assert time(*rows, line=CHAT, by=WITH_MEMORY) == (DAY + MINUTE, 4 * HOUR + MINUTE)
    # By what held at its entry.
    later = [Later(**{**FROM_ONE, "ghost_after_ms": 10 * HOUR})]
    assert time(*rows, line=CHAT, by=replace(WITH_MEMORY, later=later))[1] == 4 * HOUR + MINUTE
    moved = ("1h" + CHATS[1:], *rows[1:])
    assert time(*moved, line=CHAT, by=replace(WITH_MEMORY, later=later))[1] == 10 * HOUR + MINUTE


def test_a_stay_that_is_open_is_in_its_queue_until_a_person_is_reached() -> None:
    # a  0 entered the chat, and waits ──── b  10m calls ── 11m answered
    assert time(CHATS, *ELSEWHERE, line=CHAT) == (11 * MINUTE, 11 * MINUTE)
    # Of the same contact, too, where its channel has more than one place; a call has ended then.
    same = (CHATS, "10m queue.entered b helse channel=chat", "11m queue.answered b", "2h queue.entered e arbeid")
    assert time(*same, line=CHAT) == (11 * MINUTE, 11 * MINUTE)
    call = ("-1m queue.entered b arbeid", WAITS, "11m queue.answered b")
    assert time(*call, line=ARBEID) == (12 * MINUTE, 12 * MINUTE)
    # It is so whether it is lost by now or not.
    assert time(CHATS, *ELSEWHERE, "5h tick", line=CHAT) == (11 * MINUTE, 11 * MINUTE)


def test_a_stay_that_ended_with_its_contact_or_elsewhere_was_there_until_then() -> None:
    # a  0 entered ── 2m its contact ended          b  10m ── 11m answered
    assert time(WAITS, "2m contact.ended", *ELSEWHERE) == (11 * MINUTE, 3 * MINUTE)
    # a  0 entered ── 2m moved to e, given up at 3m          b  10m ── 11m answered
    moved = (WAITS, "2m queue.entered e arbeid", "3m queue.abandoned e", *ELSEWHERE)
    assert time(*moved) == (11 * MINUTE, 4 * MINUTE)
