"""Cases drawn by hand: what becomes of a promise to call back."""

from typing import Any

import pytest

from .drawn import DAY, HELSE, HOUR, MINUTE, SECOND, T0, at, told, totals

ASKED = ("0 queue.entered a helse", "60s callback.requested a")  # due 2h+60s, given up at 7d+60s


def promises(*rows: str) -> dict[str, Any]:
    """What is counted of callbacks, without the histograms, and what is open."""
    counted = totals(*rows)
    names = ("kept", "cancelled", "failed", "broken", "overdue", "tried")
    return {n: counted[f"callback_{n}"] for n in names if f"callback_{n}" in counted} | {
        "open": told(*rows)["promises"].get(HELSE, [])
    }


def test_an_open_promise() -> None:
    # 0 entered ── 60s asked ───────────────── now
    assert promises(*ASKED) == {"open": [[T0 + MINUTE, T0 + MINUTE + 2 * HOUR]]}
    assert totals(*ASKED) == {"entered": 1, "called_back": 1, "journeys": 1}
    assert told(*ASKED)["waiting"] == {}


def test_a_promise_kept_ends_the_journeys_wait() -> None:
    # 0 entered ── 60s asked ── 10m tried ── 10m+20s connected
    rows = (*ASKED, "10m callback.attempted a", "10m+20s callback.connected a")
    assert promises(*rows) == {"kept": 1, "tried": 1, "open": []}
    counted = totals(*rows)
    assert counted["callback_wait_sum_ms"] == counted["journey_wait_sum_ms"] == 10 * MINUTE + 20 * SECOND
    assert counted["callback_kept_in_inf"] == counted["reached_in_inf"] == counted["reached"] == 1
    assert "answered" not in counted
    assert "reached_first_visit" not in counted
    assert at("panes", "callback_kept", *rows) == {10 * MINUTE + 20 * SECOND: 1}
    assert at("panes", "callback_tried", *rows) == {10 * MINUTE: 1}


def test_tried_counts_at_the_earliest_attempt() -> None:
    rows = (*ASKED, "20m callback.attempted a", "10m callback.attempted a")
    assert at("panes", "callback_tried", *rows) == {10 * MINUTE: 1}


@pytest.mark.parametrize(
    ("failures", "how"),
    [
        (["30m callback.failed a no-answer"], "failed"),
        (["30m callback.failed a"], "failed"),
        (["30m callback.failed a cancelled"], "cancelled"),
        (["30m callback.failed a cancelled", "20m callback.failed a busy"], "failed"),  # the earliest decides
        (["20m callback.failed a cancelled", "30m callback.failed a busy"], "cancelled"),
        (["20m callback.failed a busy", "20m callback.failed a cancelled"], "cancelled"),  # at one instant
        (["20m callback.failed a cancelled", "20m callback.failed a a-fault"], "cancelled"),
    ],
)
def test_a_promise_given_up(failures: list[str], how: str) -> None:
    # 60s asked ── 20m, 30m failed, for one reason or another
    assert promises(*ASKED, *failures) == {how: 1, "open": []}


def test_kept_beats_failed_even_when_it_comes_later() -> None:
    # 60s asked ── 30m failed ── 40m connected
    rows = (*ASKED, "30m callback.failed a busy", "40m callback.connected a")
    assert promises(*rows) == {"kept": 1, "open": []}
    assert at("intervals", "callback_kept", *rows) == {30 * MINUTE: 1}


@pytest.mark.parametrize(("now", "overdue"), [("2h+60s-1ms", 0), ("2h+60s", 1)])
def test_overdue_from_the_due_instant_on(now: str, overdue: int) -> None:
    # 60s asked ────────────── 2h+60s due
    counted = totals(*ASKED, f"{now} tick")
    assert counted.get("callback_overdue", 0) == overdue


@pytest.mark.parametrize(
    ("end", "overdue"), [("2h+60s callback.connected a", 0), ("2h+60s+1ms callback.connected a", 1)]
)
def test_kept_at_the_due_instant_is_in_time_and_after_it_is_not(end: str, overdue: int) -> None:
    # 60s asked ────────────── 2h+60s due, connected
    rows = (*ASKED, end, "3h tick")
    assert totals(*rows).get("callback_overdue", 0) == overdue
    assert promises(*rows)["open"] == []


def test_failed_in_time_and_kept_after_it_was_overdue() -> None:
    # 60s asked ── 1h failed ── 2h+60s due ── 3h connected: what it became, it became too late
    rows = (*ASKED, "1h callback.failed a busy", "3h callback.connected a")
    assert promises(*rows) == {"kept": 1, "overdue": 1, "open": []}
    assert at("intervals", "callback_overdue", *rows) == {2 * HOUR: 1}


def test_what_was_promised_decides_when_it_is_due() -> None:
    # 60s asked, promised by 30m ── 31m now
    rows = ("0 queue.entered a helse", "60s callback.requested a promised_by=30m", "31m tick")
    assert promises(*rows) == {"overdue": 1, "open": [[T0 + MINUTE, T0 + 30 * MINUTE]]}
    assert at("panes", "callback_overdue", *rows) == {30 * MINUTE: 1}


def test_the_promise_goes_with_the_earliest_request_and_the_earliest_at_one_instant() -> None:
    def due(*requests: str) -> int:
        opened = promises("0 queue.entered a helse", *(f"{request}" for request in requests))["open"]
        return int(opened[0][1]) - T0

    early, late = "60s callback.requested a promised_by=50m", "70s callback.requested a promised_by=10m"
    assert due(early, late) == due(late, early) == 50 * MINUTE
    same, none = "60s callback.requested a promised_by=40m", "60s callback.requested a"
    assert due(early, same, none) == due(none, same, early) == 40 * MINUTE
    assert due(none, late) == 2 * HOUR + MINUTE


def test_due_is_never_later_than_when_it_is_given_up() -> None:
    rows = ("0 queue.entered a helse", "0 callback.requested a promised_by=30d")
    assert promises(*rows)["open"] == [[T0, T0 + 7 * DAY]]


def test_a_promise_is_broken_when_nothing_came_of_it() -> None:
    # 60s asked ── 2h+60s due ────────────────────── 7d+60s broken
    assert promises(*ASKED, "7d+60s-1ms tick") == {"overdue": 1, "open": [[T0 + MINUTE, T0 + MINUTE + 2 * HOUR]]}
    rows = (*ASKED, "7d+60s tick")
    assert promises(*rows) == {"overdue": 1, "broken": 1, "open": []}
    assert at("intervals", "callback_broken", *rows) == {7 * DAY: 1}


@pytest.mark.fault(14)
def test_a_promise_kept_after_it_was_given_up_corrects_it() -> None:
    # 60s asked ── 7d+60s broken ── 7d+2h connected (the journey lingers another 36h)
    rows = (*ASKED, "7d+3h tick", "7d+2h callback.connected a")
    assert promises(*rows) == {"kept": 1, "overdue": 1, "open": []}


def test_without_a_request_that_was_the_exit_there_is_no_promise() -> None:
    # 0 entered ── 30s answered ── 60s asked ── 10m connected
    answered = ("30s queue.answered a", *ASKED, "10m callback.attempted a", "10m callback.connected a", "8d tick")
    assert promises(*answered) == {"open": []}
    assert totals(*answered)["answered"] == 1
    # 0 entered ── 10m connected, and nobody had asked: the visit waits on
    waits = ("0 queue.entered a helse", "10m callback.connected a")
    assert promises(*waits) == {"open": []}
    assert told(*waits)["waiting"] == {HELSE: [T0]}


def test_connected_before_the_entry_waits_0() -> None:
    # 0 asked, connected ── 5s entered
    counted = totals("0 callback.requested a", "0 callback.connected a", "5s queue.entered a helse")
    assert counted["callback_kept_in_10000ms"] == counted["reached_in_10000ms"] == 1
    assert "callback_wait_sum_ms" not in counted
