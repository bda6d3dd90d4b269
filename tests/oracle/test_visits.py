"""Cases drawn by hand: the exits of a visit, its wait, and what wins where facts contradict each other."""

import itertools

import pytest

from .drawn import ARBEID, HELSE, HOUR, OTHER, SECOND, T0, at, told, totals

FAR = "5h tick"  # the watermark has passed every visit's ghost_after


def test_an_answered_visit() -> None:
    # 0 ──entered──────── 30s answered
    rows = ("0 queue.entered a helse", "30s queue.answered a")
    assert totals(*rows) == {
        **{"entered": 1, "answered": 1, "wait_sum_ms": 30_000, "answered_in_60000ms": 1},
        **{"journeys": 1, "reached": 1, "journey_wait_sum_ms": 30_000, "reached_in_60000ms": 1},
        **{"reached_first_visit": 1, "time_in_queues_sum_ms": 30_000},
    }
    assert at("panes", "entered", *rows) == {0: 1}
    assert at("panes", "wait_max_ms", *rows) == {30 * SECOND: 30_000}
    assert told(*rows)["waiting"] == {}


@pytest.mark.parametrize(
    ("wait", "bucket"),
    [("0", "10000ms"), ("10s", "10000ms"), ("10s+1ms", "20000ms"), ("180s", "180000ms"), ("180s+1ms", "inf")],
)
def test_edges_are_inclusive(wait: str, bucket: str) -> None:
    # 0 ──entered── exactly at the edge, or 1 ms later ──answered
    counted = totals("0 queue.entered a helse", f"{wait} queue.answered a")
    assert {name for name in counted if name.startswith("answered_in_")} == {f"answered_in_{bucket}"}


def test_a_wait_of_nothing_has_a_count_but_no_sum_and_no_maximum() -> None:
    # 0 ──entered, answered at the same instant
    rows = ("0 queue.entered a helse", "0 queue.answered a")
    assert "wait_sum_ms" not in totals(*rows)
    assert at("panes", "answered", *rows) == {0: 1}
    assert at("panes", "wait_max_ms", *rows) == {}


@pytest.mark.parametrize(
    ("first", "second", "how"),
    [
        ("queue.answered a", "callback.requested a", "answered"),
        ("queue.answered a", "queue.abandoned a", "answered"),
        ("callback.requested a", "queue.abandoned a", "called_back"),
        ("queue.abandoned a", "queue.left a closed", "abandoned"),
        ("queue.left a closed", "contact.ended", "left_closed"),
        ("queue.left a transferred", "queue.left a timeout", "left_timeout"),  # by alphabet
        ("queue.left a transferred", "queue.left a holiday", "left_other"),  # "other" is its name in the alphabet
        ("queue.left a timeout", "queue.left a holiday", "left_other"),
        ("queue.left a closed", "queue.left a a-holiday", "left_closed"),
    ],
)
def test_at_one_instant_the_first_in_the_list_wins_in_either_order(first: str, second: str, how: str) -> None:
    # 0 ──entered──────── 7s: two exits at once
    for one, other in itertools.permutations((first, second)):
        counted = totals("0 queue.entered a helse", f"7s {one}", f"7s {other}")
        exits = {
            name for name in counted if name.startswith(("left_", "abandoned_wait", "called")) or name == "answered"
        }
        assert exits == {"abandoned_wait_sum_ms" if how == "abandoned" else how}


def test_the_earlier_exit_wins_whatever_it_is() -> None:
    # 0 ──entered── 8s contact ended ── 9s answered
    counted = totals("0 queue.entered a helse", "9s queue.answered a", "8s contact.ended")
    assert counted == {"entered": 1, "left_ended": 1, "journeys": 1}


@pytest.mark.parametrize("reason", ["transferred", "overflow", "timeout", "closed"])
def test_a_visit_leaves_for_a_reason(reason: str) -> None:
    assert totals("0 queue.entered a helse", f"9s queue.left a {reason}")[f"left_{reason}"] == 1


@pytest.mark.parametrize("reason", ["", " ended", " Closed", " other"])
def test_any_other_reason_and_none_is_other(reason: str) -> None:
    # "ended" is what the end of a contact is counted as; a source that says it itself has another reason.
    assert totals("0 queue.entered a helse", f"9s queue.left a{reason}")["left_other"] == 1


def test_a_contacts_end_ends_its_visit_and_no_other_contacts() -> None:
    # a (contact c)  0 ──entered───────────── 9s ended
    # b (contact d)      5s ──entered──────────────────────
    rows = ("0 queue.entered a helse", "5s queue.entered b helse contact=d", "9s contact.ended")
    assert totals(*rows)["left_ended"] == 1
    assert told(*rows)["waiting"] == {HELSE: [T0 + 5 * SECOND]}


def test_a_contacts_end_at_the_entry_counts_and_before_it_does_not() -> None:
    # ended ──1 ms── entered: the end is of something else; the visit waits
    assert "left_ended" in totals("9s contact.ended", "9s queue.entered a helse")
    assert told("9s contact.ended", "9s+1ms queue.entered a helse")["waiting"] == {HELSE: [T0 + 9001]}


def test_only_a_contacts_earliest_end_is_a_fact() -> None:
    # 1s ended ── 9s entered ── 20s ended again: no exit
    rows = ("1s contact.ended", "9s queue.entered a helse", "20s contact.ended")
    assert told(*rows)["waiting"] == {HELSE: [T0 + 9 * SECOND]}


def test_an_exit_before_the_entry_counts_at_the_entry_with_a_wait_of_0() -> None:
    # 0 ──answered── 25s entered (the clocks differ)
    rows = ("0 queue.answered a", "25s queue.entered a helse")
    assert at("panes", "answered_in_10000ms", *rows) == {20000: 1}
    assert at("panes", "entered", *rows) == {20 * SECOND: 1}
    assert at("panes", "reached", *rows) == {20000: 1}
    assert "wait_sum_ms" not in totals(*rows)


@pytest.mark.parametrize(("wait", "short"), [("5s", 1), ("5s+1ms", 0)])
def test_an_abandon_at_exactly_the_limit_is_short(wait: str, short: int) -> None:
    # 0 ──entered── 5s (the limit of phone) ──abandoned
    counted = totals("0 queue.entered a helse", f"{wait} queue.abandoned a")
    assert (counted["abandoned"], counted.get("abandoned_short", 0)) == (1, short)


def test_the_limit_of_a_short_abandon_is_the_channels() -> None:
    chat, written = "chat/personbruker/helse", "written/personbruker/sto"
    rows = ("0 queue.entered a helse channel=chat", "9s queue.abandoned a channel=chat")
    assert totals(*rows, line=chat)["abandoned_short"] == 1
    # A channel without a limit has no short abandons, not even after no time at all.
    rows = ("0 queue.entered a sto channel=written", "0 queue.abandoned a")
    assert totals(*rows, line=written) == {"entered": 1, "abandoned": 1, "abandoned_in_10000ms": 1, "journeys": 1}


@pytest.mark.fault(14)
def test_a_visit_waits_until_it_is_lost() -> None:
    # 0 ──entered───────────────────────── 4h lost
    entered = "0 queue.entered a helse"
    assert told(entered, "4h-1ms tick")["waiting"] == {HELSE: [T0]}
    assert told(entered, "4h tick")["waiting"] == {}
    assert at("intervals", "lost", entered, "4h+50m tick") == {4 * HOUR: 1}


@pytest.mark.fault(14)
def test_an_end_later_than_the_loss_corrects_it() -> None:
    # 0 ──entered──────── 4h lost ──── 4h+1s answered, told 5h too late
    rows = ("0 queue.entered a helse", "9h tick", "4h+1s queue.answered a")
    counted = totals(*rows)
    assert "lost" not in counted
    assert (counted["answered"], counted["wait_sum_ms"], counted["answered_in_inf"]) == (1, 4 * HOUR + SECOND, 1)


@pytest.mark.fault(12)
def test_the_earliest_of_each_fact_counts_however_often_it_comes() -> None:
    # entered 10s, again 0;  answered 40s, again 30s, and everything twice
    rows = ("10s queue.entered a helse", "40s queue.answered a", "30s queue.answered a", "0 queue.entered a helse")
    counted = told(*rows, *rows)
    assert (counted["accepted"], counted["journeys"]) == (8, 1)
    assert counted["totals"][HELSE]["wait_sum_ms"] == 30_000
    assert counted["totals"][HELSE]["entered"] == 1


def test_of_two_entries_at_one_instant_the_first_line_in_the_alphabet_counts() -> None:
    rows = ("0 queue.entered a helse", "0 queue.entered a arbeid", "9s queue.answered a")
    assert set(told(*rows)["totals"]) == {ARBEID}
    # A queue that is not configured stands in the alphabet as "other", not under its own name.
    assert set(told("0 queue.entered a helse", "0 queue.entered a abc")["totals"]) == {HELSE}


def test_a_queue_that_is_not_configured_is_other() -> None:
    assert totals("0 queue.entered a barnehage", line=OTHER) == {"entered": 1, "journeys": 1}
    # Configured for phone is not configured for chat.
    assert set(told("0 queue.entered a arbeid channel=chat")["totals"]) == {"chat/personbruker/other"}


def test_offers_count_once_at_each_instant() -> None:
    # 0 entered ── 10s offered (told twice) ── 20s missed ── 30s offered ── 35s answered: the wait runs on
    rows = (
        *("0 queue.entered a helse", "10s agent.offered a", "10s agent.offered a", "20s agent.missed a"),
        *("30s agent.offered a", "35s queue.answered a"),
    )
    counted = totals(*rows)
    assert (counted["offered"], counted["missed"], counted["wait_sum_ms"]) == (2, 1, 35_000)
    assert at("panes", "offered", *rows) == {10 * SECOND: 1, 30 * SECOND: 1}


@pytest.mark.fault(14)
def test_a_visit_without_an_entry_counts_nothing_but_lives() -> None:
    said = told("0 agent.offered a", "9s queue.answered a", "9s callback.requested a", "9s queue.left a", FAR)
    assert (said["totals"], said["waiting"], said["journeys"], said["accepted"]) == ({}, {}, 1, 5)


def test_visits_of_different_journeys_share_nothing_but_their_name() -> None:
    rows = ("0 queue.entered a helse", "0 queue.entered a helse journey=k", "9s queue.answered a")
    assert totals(*rows)["entered"] == 2
    assert told(*rows)["waiting"] == {HELSE: [T0]}
