"""Cases drawn by hand, by edition 2: each time that a visit is in a queue, how it ends, and who was offered it."""

from dataclasses import replace

import pytest

from streams.oracle import Later

from .drawn import ARBEID, DEFINITIONS, EDITION_2, FROM_ONE, HELSE, HOUR, MINUTE, SECOND, T0, at, stayed, told, totals

WAITS = "0 queue.entered a helse"
TIMED_OUT = (WAITS, "60s queue.left a timeout")


def test_an_id_that_timed_out_and_came_in_again_is_two_stays() -> None:
    # a  0 entered ── 60s timeout    61s entered ── 66s answered
    rows = (*TIMED_OUT, "61s queue.entered a helse", "66s queue.answered a")
    assert stayed(*rows) == [
        ("helse", 0, 60 * SECOND, "left_timeout"),
        ("helse", 61 * SECOND, 66 * SECOND, "answered"),
    ]
    assert totals(*rows, by=EDITION_2) == {
        **{"entered": 2, "left_timeout": 1, "answered": 1, "wait_sum_ms": 5000, "answered_in_10000ms": 1},
        **{"journeys": 1, "reached": 1, "journey_wait_sum_ms": 66_000, "reached_in_180000ms": 1},
        "time_in_queues_sum_ms": 65_000,
    }
    assert totals(*rows) == {"entered": 1, "left_timeout": 1, "journeys": 1}, "by edition 1"


def test_an_exit_and_the_next_entry_may_be_told_at_one_instant() -> None:
    # a  0 entered ── 60s timeout, entered ── 65s answered
    rows = (*TIMED_OUT, "60s queue.entered a helse", "65s queue.answered a")
    both = [("helse", 0, 60 * SECOND, "left_timeout"), ("helse", 60 * SECOND, 65 * SECOND, "answered")]
    assert stayed(*rows) == both
    # Answered at that instant, too: the timeout ends the one stay, and the answer the other.
    assert stayed(*rows[:3], "60s queue.answered a") == [both[0], ("helse", 60 * SECOND, 60 * SECOND, "answered")]
    # Of two that are no answer, the first ends the one and the second the other.
    assert stayed(*rows[:3], "60s queue.abandoned a") == [
        ("helse", 0, 60 * SECOND, "abandoned"),
        ("helse", 60 * SECOND, 60 * SECOND, "left_timeout"),
    ]


def test_where_only_an_answer_is_told_at_the_next_entry_it_ends_the_stay_before() -> None:
    # a  0 entered ── 60s answered, put back
    rows = (f"{WAITS} channel=chat", "60s queue.answered a", "60s queue.entered a helse channel=chat")
    assert stayed(*rows) == [("helse", 0, 60 * SECOND, "answered"), ("helse", 60 * SECOND, None, "waiting")]


def test_at_the_first_entry_an_exit_of_that_instant_ends_it() -> None:
    assert stayed(WAITS, "0 queue.left a timeout") == [("helse", 0, 0, "left_timeout")]


def test_a_stay_that_is_told_again_goes_on_from_its_first_entry() -> None:
    # a  0 entered ── 30s entered, the same line ── 50s answered
    rows = (WAITS, "30s queue.entered a helse", "50s queue.answered a")
    assert stayed(*rows) == [("helse", 0, 50 * SECOND, "answered")]
    counted = totals(*rows, by=EDITION_2)
    assert (counted["entered"], counted["wait_sum_ms"]) == (1, 50_000)
    # It is of the contact that it began with.
    other = (WAITS, "30s queue.entered a helse contact=d")
    assert stayed(*other, "50s contact.ended contact=d") == [("helse", 0, None, "waiting")]
    assert stayed(*other, "50s contact.ended") == [("helse", 0, 50 * SECOND, "left_ended")]


def test_a_stay_that_is_lost_does_not_go_on() -> None:
    # a  0 entered ────────── 4h lost: an entry then begins another, and says nothing of when the first was left
    assert stayed(WAITS, "4h-1ms queue.entered a helse") == [("helse", 0, None, "waiting")]
    assert stayed(WAITS, "4h queue.entered a helse") == [
        ("helse", 0, 4 * HOUR, "lost"),
        ("helse", 4 * HOUR, None, "waiting"),
    ]
    # The end that is told at that instant is of the first, which nobody had seen leave.
    assert stayed(WAITS, "4h queue.entered a helse", "4h queue.abandoned a")[0] == ("helse", 0, 4 * HOUR, "abandoned")


def test_what_was_put_back_after_an_answer_waits_again() -> None:
    # a  0 entered ── 10s answered    40s entered ── 70s answered
    rows = (WAITS, "10s queue.answered a", "40s queue.entered a helse", "70s queue.answered a")
    assert totals(*rows, by=EDITION_2) == {
        **{"entered": 2, "answered": 2, "wait_sum_ms": 40_000, "answered_in_10000ms": 1, "answered_in_60000ms": 1},
        **{"journeys": 1, "reached": 1, "journey_wait_sum_ms": 10_000, "reached_in_10000ms": 1},
        **{"reached_first_visit": 1, "time_in_queues_sum_ms": 10_000},
    }


@pytest.mark.parametrize("channel", ["phone", "chat"])
def test_a_re_entry_to_another_line_ends_the_stay_before(channel: str) -> None:
    # a  0 entered helse ── 30s entered arbeid (other in the chat) ── 50s answered
    rows = ("0 queue.entered a helse", "30s queue.entered a frida", "50s queue.answered a")
    there = "frida" if channel == "chat" else "other"
    of_channel = [row + f" channel={channel}" for row in rows]
    assert stayed(*of_channel) == [
        ("helse", 0, 30 * SECOND, "left_moved"),
        (there, 30 * SECOND, 50 * SECOND, "answered"),
    ]


def test_only_the_last_stay_is_ended_by_what_is_told() -> None:
    # a  0 entered helse ── 30s entered arbeid ── 40s abandoned ── 50s answered: of no stay
    rows = (WAITS, "30s queue.entered a arbeid", "40s queue.abandoned a", "50s queue.answered a")
    assert stayed(*rows) == [
        ("helse", 0, 30 * SECOND, "left_moved"),
        ("arbeid", 30 * SECOND, 40 * SECOND, "abandoned"),
    ]


def test_a_contact_in_a_second_queue_has_left_the_first_where_it_is_in_one_place() -> None:
    # a  0 entered helse ── ?
    # b             30s entered the next ── 50s answered
    calls = (WAITS, "30s queue.entered b arbeid", "50s queue.answered b")
    assert stayed(*calls) == [("helse", 0, 30 * SECOND, "left_moved"), ("arbeid", 30 * SECOND, 50 * SECOND, "answered")]
    assert totals(*calls, by=EDITION_2) == {
        **{"entered": 1, "left_moved": 1, "journeys": 1},
        **{"reached": 1, "journey_wait_sum_ms": 50_000, "reached_in_60000ms": 1, "time_in_queues_sum_ms": 50_000},
    }
    assert told(*calls)["waiting"] == {HELSE: [T0]}, "by edition 1"
    chats = (WAITS + " channel=chat", "30s queue.entered b frida channel=chat", "50s queue.answered b")
    assert stayed(*chats)[0] == ("helse", 0, None, "waiting")
    # The place is that of the stay: a call is over where its contact chats, a chat is not where it calls.
    assert stayed(WAITS, chats[1])[0] == ("helse", 0, 30 * SECOND, "left_moved")
    assert stayed(chats[0], calls[1])[0] == ("helse", 0, None, "waiting")
    # Another contact is somebody else.
    assert stayed(WAITS, "30s queue.entered b arbeid contact=d")[0] == ("helse", 0, None, "waiting")


def test_who_is_answered_elsewhere_waits_no_more() -> None:
    # a  0 entered ────────── ?        b  0 entered ── 20s answered: neither began after the other
    rows = (WAITS, "0 queue.entered b arbeid")
    assert {how for _, _, _, how in stayed(*rows)} == {"waiting"}
    assert stayed(*rows, "20s queue.answered b") == [
        ("arbeid", 0, 20 * SECOND, "answered"),
        ("helse", 0, 20 * SECOND, "left_moved"),
    ]
    assert stayed(*rows, "0 queue.answered b")[1] == ("helse", 0, 0, "left_moved")
    # b began before a, and was answered while a waited
    before = ("-10s queue.entered b arbeid", WAITS, "20s queue.answered b")
    assert stayed(*before)[1] == ("helse", 0, 20 * SECOND, "left_moved")
    # b was answered before a began
    assert stayed("-10s queue.entered b arbeid", WAITS, "-1ms queue.answered b")[1] == ("helse", 0, None, "waiting")


def test_of_what_is_inferred_the_earliest_counts_and_of_two_the_contacts_end() -> None:
    rows = (WAITS, "30s queue.entered b arbeid")
    assert stayed(*rows, "29s contact.ended")[0] == ("helse", 0, 29 * SECOND, "left_ended")
    assert stayed(*rows, "30s contact.ended")[0] == ("helse", 0, 30 * SECOND, "left_ended")
    assert stayed(*rows, "31s contact.ended")[0] == ("helse", 0, 30 * SECOND, "left_moved")
    # Of several ends of the contact the first that is not before the entry.
    ends = ("20s contact.ended", "-1ms contact.ended")
    assert stayed(*rows, *ends)[0] == ("helse", 0, 20 * SECOND, "left_ended")
    assert stayed(*rows, *ends, "0 contact.ended")[0] == ("helse", 0, 0, "left_ended")


def test_a_chat_that_is_opened_again_under_its_contact_ends_twice() -> None:
    # a  0 entered ── 10m ended    b  1h entered ── 1h+5m ended
    ends = ("10m contact.ended", "1h+5m contact.ended")
    rows = (WAITS + " channel=chat", "1h queue.entered b helse channel=chat", *ends)
    both = [("helse", 0, 10 * MINUTE, "left_ended"), ("helse", HOUR, HOUR + 5 * MINUTE, "left_ended")]
    assert stayed(*rows) == both
    assert stayed(*rows, by=DEFINITIONS) == [both[0], ("helse", HOUR, None, "waiting")], "by edition 1"
    # a  0 entered ── 30s answered ── 10m ended    a  1h entered ── 1h+5m ended
    again = (WAITS + " channel=chat", "30s queue.answered a", "1h queue.entered a helse channel=chat", *ends)
    assert stayed(*again) == [("helse", 0, 30 * SECOND, "answered"), both[1]]


@pytest.mark.parametrize(
    ("exit_", "how"),
    [("queue.answered a", "answered"), ("queue.abandoned a", "abandoned"), ("queue.left a closed", "left_closed")],
)
def test_an_exit_that_is_told_after_the_contacts_end_holds(exit_: str, how: str) -> None:
    # a  0 entered ── 10s contact ended ── 12s its exit
    rows = (WAITS, "10s contact.ended", f"12s {exit_}")
    assert stayed(*rows) == [("helse", 0, 12 * SECOND, how)]
    assert stayed(*rows, by=DEFINITIONS) == [("helse", 0, 10 * SECOND, "left_ended")], "by edition 1"
    # And whatever else the contact does meanwhile.
    assert stayed(*rows, "5s queue.entered b arbeid")[0] == ("helse", 0, 12 * SECOND, how)


def test_an_exit_before_the_entry_is_cut() -> None:
    # a  -5s answered ── 0 entered
    rows = ("-5s queue.answered a", WAITS)
    counted = totals(*rows, by=EDITION_2)
    assert (counted["cut"], counted["answered"], counted["answered_in_10000ms"]) == (1, 1, 1)
    assert at("panes", "cut", *rows, by=EDITION_2) == {0: 1}
    assert "cut" not in totals(*rows), "by edition 1"
    assert "cut" not in totals("0 queue.answered a", WAITS, by=EDITION_2), "it is at the entry"
    # Of several the first ends the stay, and none of the others does.
    assert stayed(*rows, "-9s queue.abandoned a", "0 queue.left a timeout") == [("helse", 0, 0, "abandoned")]
    assert stayed(*rows, "-5s queue.abandoned a") == [("helse", 0, 0, "answered")]
    # Only the first stay is cut, and between two stays an exit is of neither.
    between = (*TIMED_OUT, "65s queue.answered a", "70s queue.entered a helse")
    assert stayed(*between)[1] == ("helse", 70 * SECOND, None, "waiting")
    assert "cut" not in totals(*between, by=EDITION_2)
    assert stayed(*rows, "10s queue.entered a helse")[1] == ("helse", 10 * SECOND, None, "waiting")


def test_of_two_entries_at_one_instant_the_first_line_counts_and_then_the_first_contact() -> None:
    assert stayed(WAITS, "0 queue.entered a arbeid") == [("arbeid", 0, None, "waiting")]
    rows = (WAITS + " contact=d", WAITS + " contact=e", "9s contact.ended contact=e", "20s contact.ended contact=d")
    assert stayed(*rows) == stayed(*rows[::-1]) == [("helse", 0, 20 * SECOND, "left_ended")]


def test_each_stay_waits_is_lost_and_is_short_by_itself() -> None:
    # a  0 entered ── 5s abandoned    10s entered ── 16s abandoned    20s entered
    rows = (WAITS, "5s queue.abandoned a", "10s queue.entered a helse", "16s queue.abandoned a")
    counted = totals(*rows, "20s queue.entered a helse", "5h tick", by=EDITION_2)
    names = ("entered", "abandoned", "abandoned_short", "abandoned_wait_sum_ms", "lost")
    assert [counted[name] for name in names] == [3, 2, 1, 11_000, 1]
    assert told(*rows, "20s queue.entered a helse", by=EDITION_2)["waiting"] == {HELSE: [T0 + 20 * SECOND]}


def test_an_offer_counts_for_each_adviser() -> None:
    # a  0 entered ── 10s rings at four, and none of them takes it
    missed = tuple(f"10s agent.missed a agent={agent}" for agent in "wxyz")
    assert totals(WAITS, *missed, by=EDITION_2)["missed"] == 4
    assert totals(WAITS, *missed)["missed"] == 1, "by edition 1"
    assert totals(WAITS, missed[0], missed[0], by=EDITION_2)["missed"] == 1
    for nobody in ("10s agent.missed a", "10s agent.missed a agent="):
        assert totals(WAITS, missed[0], nobody, "10s agent.missed a", by=EDITION_2)["missed"] == 2
    assert totals(WAITS, *missed, "11s agent.missed a agent=w", by=EDITION_2)["missed"] == 5
    assert totals(WAITS, "10s agent.offered a agent=w", *missed, by=EDITION_2)["offered"] == 1


def test_an_offer_is_of_the_stay_that_began_last() -> None:
    # a  0 entered helse ── 30s entered arbeid
    rows = (WAITS, "30s queue.entered a arbeid")
    for when, line in (("-1s", HELSE), ("0", HELSE), ("30s-1ms", HELSE), ("30s", ARBEID), ("9m", ARBEID)):
        counted = told(*rows, f"{when} agent.offered a", by=EDITION_2)["totals"]
        assert [of for of, cell in counted.items() if "offered" in cell] == [line]


AT_ONE = ("1h queue.entered a helse", "1h+60s queue.left a timeout", "1h+61s queue.entered a helse")


@pytest.mark.parametrize(
    ("before", "edition"),
    [
        ("1h tick", 2),
        ("1h-1ms agent.offered a", 1),
        ("1h-1ms contact.ended contact=e", 1),
        ("1h-1ms contact.transferred b arbeid", 1),
        ("1h-1ms queue.answered b", 1),  # of a visit that never entered
        ("1h-1ms contact.started initiation=callback", 2),
        ("1h-1ms bot.ended channel=chat queue=frida outcome=solved", 2),
    ],
)
def test_a_journey_is_counted_by_the_edition_of_its_earliest_fact(before: str, edition: int) -> None:
    by = replace(DEFINITIONS, later=[Later(**FROM_ONE, edition=2, one_place=("phone",))])
    assert totals(*AT_ONE, before, by=by)["entered"] == edition
    # Of another journey it is another's.
    assert totals(*AT_ONE, before + " journey=k", by=by)["entered"] == 2


def test_an_edition_that_is_not_told_later_stays() -> None:
    assert totals(*AT_ONE, by=replace(EDITION_2, later=[FROM_ONE]))["entered"] == 2
    assert totals(*AT_ONE, by=replace(DEFINITIONS, later=[FROM_ONE]))["entered"] == 1
    moved = ("1h queue.entered a helse", "2h queue.entered b arbeid")
    assert stayed(*moved, by=replace(EDITION_2, later=[FROM_ONE]))[0] == ("helse", HOUR, 2 * HOUR, "left_moved")


def test_a_stay_goes_by_the_places_and_the_loss_of_its_own_entry() -> None:
    # From 1h on nothing has one place, and who has waited for 10 minutes is lost.
    by = replace(EDITION_2, later=[Later(**{**FROM_ONE, "ghost_after_ms": 10 * MINUTE}, one_place=())])
    before = ("59m queue.entered a helse", "1h+1m queue.entered b arbeid")
    assert stayed(*before, by=by)[0] == ("helse", 59 * MINUTE, 61 * MINUTE, "left_moved")
    after = ("1h queue.entered a helse", "1h+1m queue.entered b arbeid")
    assert stayed(*after, by=by)[0] == ("helse", HOUR, None, "waiting")
    # Told again after 20 minutes: of who entered before it is the same stay, of who entered after another.
    assert len(stayed("59m queue.entered a helse", "1h+19m queue.entered a helse", by=by)) == 1
    assert len(stayed("1h queue.entered a helse", "1h+20m queue.entered a helse", by=by)) == 2
