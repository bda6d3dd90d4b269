"""Cases drawn by hand: transfers, whole journeys and the chatbot."""

from typing import Any

import pytest

from .drawn import ARBEID, FRIDA, HELSE, MINUTE, OTHER, SECOND, T0, at, told, totals

PASSED_ON = ("0 queue.entered a helse", "30s queue.answered a", "2m contact.transferred a arbeid")


def after(*rows: str, line: str = ARBEID) -> dict[str, Any]:
    """What is counted of transfers to a line, by its fate, and which of them wait."""
    counted = totals(*rows, line=line)
    fates = {name.removeprefix("passed_on_"): n for name, n in counted.items() if name.startswith("passed_on")}
    waiting = told(*rows)["transfers_waiting"].get(line, [])
    return fates | {"waiting": [start - T0 for start in waiting]}


def test_passed_on_to_a_visit_that_never_came_is_unknown() -> None:
    # a  0 entered ── 30s answered ── 2m passed on to arbeid: passed on - fates - waiting = 1 unknown
    assert after(*PASSED_ON) == {"passed_on": 1, "waiting": []}
    assert at("panes", "passed_on", *PASSED_ON, line=ARBEID) == {2 * MINUTE: 1}


@pytest.mark.parametrize(
    ("end", "fate"),
    [
        (["5m queue.answered b"], {"answered": 1, "waiting": []}),
        (["5m queue.abandoned b"], {"given_up": 1, "waiting": []}),
        (["5m callback.requested b"], {"ended_otherwise": 1, "waiting": []}),
        (["5m queue.left b closed"], {"ended_otherwise": 1, "waiting": []}),
        (["5m contact.ended"], {"ended_otherwise": 1, "waiting": []}),
        ([], {"waiting": [2 * MINUTE]}),
        (["5h tick"], {"waiting": [2 * MINUTE]}),  # lost: nobody knows that it does not wait
    ],
)
def test_what_became_of_it_there(end: list[str], fate: dict[str, Any]) -> None:
    # a  0 entered ── 30s answered ── 2m passed on
    # b                                └─ 2m entered arbeid ── 5m …
    rows = (*PASSED_ON, "2m queue.entered b arbeid", *end)
    assert after(*rows) == {"passed_on": 1, **fate}
    for name in fate.keys() - {"waiting"}:
        assert at("panes", f"passed_on_{name}", *rows, line=ARBEID) == {5 * MINUTE: 1}


def test_a_visit_entered_before_the_transfer_is_not_its_visit() -> None:
    # b  2m-1ms entered arbeid, 1 ms before the transfer
    rows = (*PASSED_ON, "2m-1ms queue.entered b arbeid", "3m queue.answered b")
    assert after(*rows) == {"passed_on": 1, "waiting": []}


def test_a_visit_in_another_line_or_journey_is_not_its_visit() -> None:
    rows = (*PASSED_ON, "2m queue.entered b helse", "2m queue.entered b arbeid journey=k")
    assert after(*rows) == {"passed_on": 1, "waiting": []}


def test_each_transfer_takes_the_earliest_visit_that_is_not_taken() -> None:
    # a  0 answered ── 2m passed on                 first transfer:  b (3m), given up
    # b                └─ 3m entered ── 4m given up, 6m passed on
    # d                                             └─ 7m entered ── 9m answered: the second transfer's
    rows = (
        *(*PASSED_ON, "3m queue.entered b arbeid", "4m queue.abandoned b", "6m contact.transferred b arbeid"),
        *("7m queue.entered d arbeid", "9m queue.answered d"),
    )
    assert after(*rows) == {"passed_on": 2, "given_up": 1, "answered": 1, "waiting": []}
    # Were d the only visit, the first transfer would take it, and the second would be unknown.
    assert after(*(row for row in rows if " b " not in row or "transferred" in row)) == {
        **{"passed_on": 2, "answered": 1, "waiting": []}
    }


def test_visits_entered_at_one_instant_are_taken_in_the_order_of_their_exits() -> None:
    # Both entered at 3m; b waits, d is answered: the exit that is known comes first, whatever they are called.
    rows = (*PASSED_ON, "3m queue.entered b arbeid", "3m queue.entered d arbeid contact=e", "9m queue.answered d")
    assert after(*rows) == {"passed_on": 1, "answered": 1, "waiting": []}


def test_a_visit_is_passed_on_once_at_the_earliest_and_first_in_the_alphabet() -> None:
    rows = ("2m contact.transferred a helse", "2m contact.transferred a arbeid", "3m contact.transferred a helse")
    assert after(*rows) == {"passed_on": 1, "waiting": []}
    assert set(told(*rows)["totals"]) == {ARBEID}


def test_a_transfer_counts_without_its_own_visits_entry_and_to_an_office_outside() -> None:
    assert after("2m contact.transferred a nav-oslo", line=OTHER) == {"passed_on": 1, "waiting": []}


def test_a_journey_of_two_visits_is_reached_where_it_began() -> None:
    # a  0 entered helse ── 30s left (transferred)
    # b                     └─ 30s entered arbeid ── 3m answered
    rows = (
        *("30s queue.entered b arbeid", "3m queue.answered b"),
        *("0 queue.entered a helse", "30s queue.left a transferred"),
    )
    counted = totals(*rows)
    assert (counted["journeys"], counted["reached"], counted["journey_wait_sum_ms"]) == (1, 1, 3 * MINUTE)
    assert counted["reached_in_180000ms"] == 1
    assert "reached_first_visit" not in counted
    assert at("panes", "reached", *rows) == {3 * MINUTE: 1}
    there = totals(*rows, line=ARBEID)
    assert there["wait_sum_ms"] == 2 * MINUTE + 30 * SECOND
    assert not {"journeys", "reached"} & there.keys()


def test_an_earlier_entry_that_comes_late_moves_the_journeys_beginning() -> None:
    rows = ("1m queue.entered b arbeid", "3m queue.answered b")
    assert totals(*rows, line=ARBEID)["reached_first_visit"] == 1
    moved = (*rows, "0 queue.entered a helse")
    assert not {"journeys", "reached", "reached_first_visit"} & totals(*moved, line=ARBEID).keys()
    assert totals(*moved)["journey_wait_sum_ms"] == 3 * MINUTE


def test_reached_at_the_first_visit_counts_when_that_visit_is_answered() -> None:
    # a  0 entered helse ──────────────── 3m answered
    # b     20s entered arbeid ── 1m answered: reached, at the second visit
    rows = (
        *("0 queue.entered a helse", "3m queue.answered a"),
        *("20s queue.entered b arbeid contact=d", "1m queue.answered b"),
    )
    assert at("panes", "reached", *rows) == {1 * MINUTE: 1}
    assert at("panes", "reached_first_visit", *rows) == {3 * MINUTE: 1}


def test_two_visits_at_one_instant_are_in_the_order_of_line_exit_and_name() -> None:
    # By line: arbeid before helse.
    rows = ("0 queue.entered a helse", "0 queue.entered b arbeid", "1m queue.answered a")
    assert totals(*rows, line=ARBEID)["journeys"] == 1
    # By exit: the one answered at 1m before the one that waits; by name: "abandoned" before "answered".
    rows = ("0 queue.entered a helse contact=d", "0 queue.entered b helse", "1m queue.answered b")
    assert totals(*rows)["reached_first_visit"] == 1
    assert "reached_first_visit" not in totals(*rows, "1m queue.abandoned a")


def test_a_journey_that_nobody_answers_is_not_reached() -> None:
    counted = totals("0 queue.entered a helse", "9s queue.abandoned a")
    assert counted["journeys"] == 1
    assert "reached" not in counted


BOT_STARTED, BOT_ENDED = "0 bot.started channel=chat queue=frida", "45s bot.ended channel=chat queue=frida outcome="


@pytest.mark.parametrize("outcome", ["solved", "partly", "transferred"])
def test_the_chatbots_time_is_its_own(outcome: str) -> None:
    # 0 bot ── 45s bot ended; then a queue for a person: its wait begins at 45s
    rows = (BOT_STARTED, BOT_ENDED + outcome, "45s queue.entered a helse", "60s queue.answered a")
    assert totals(*rows, line=FRIDA) == {f"bot_{outcome}": 1, "bot_timed": 1, "bot_time_sum_ms": 45_000}
    assert at("panes", "bot_time_sum_ms", *rows, line=FRIDA) == {40 * SECOND: 45_000}
    assert totals(*rows)["journey_wait_sum_ms"] == 15_000


def test_a_bot_that_is_not_named_or_configured_is_other() -> None:
    for queue in ("", " queue=r2d2", " queue=helsebot"):
        rows = ("0 bot.ended channel=chat outcome=solved" + queue,)
        assert totals(*rows, line="chat/personbruker/other") == {"bot_solved": 1}  # no start: not timed


def test_a_bot_ends_once_a_contact_at_the_earliest_and_first_in_the_alphabet() -> None:
    rows = (BOT_ENDED + "transferred", BOT_ENDED + "solved", "46s bot.ended channel=chat outcome=partly queue=frida")
    assert totals(*rows, line=FRIDA) == {"bot_solved": 1}
    other = "50s bot.ended channel=chat outcome=partly queue=frida contact=d"
    assert totals(*rows, other, line=FRIDA) == {"bot_solved": 1, "bot_partly": 1}


def test_a_bot_that_ended_before_it_started_took_no_time() -> None:
    rows = ("50s bot.started channel=chat queue=frida", BOT_ENDED + "solved")
    assert totals(*rows, line=FRIDA) == {"bot_solved": 1, "bot_timed": 1}


def test_events_that_carry_no_measure_yet() -> None:
    # contact.started is a journey's fact; what is written, and a survey, make no journey.
    assert told("0 contact.started", "0 tick")["journeys"] == 1
    said = told("0 tick", "0 written.received queue=sto")
    assert (said["accepted"], said["journeys"], said["totals"]) == (2, 0, {})
    assert said["watermark"] == T0
    assert HELSE not in said["reported"]
