"""Cases drawn by hand, by edition 2: promises and transfers, and what other stays of the journey come to."""

from typing import Any

import pytest

from .drawn import ARBEID, EDITION_2, HELSE, HOUR, MINUTE, SECOND, T0, at, told, totals

ASKED = ("0 queue.entered a helse", "60s callback.requested a")  # due 2h+60s
CALLED = ("30m queue.entered b arbeid contact=d", "31m queue.answered b")  # another contact, answered at 31m
BEGUN = "30m contact.started contact=d initiation=callback"
PASSED_ON = ("0 queue.entered a helse", "30s queue.answered a", "2m contact.transferred a arbeid")


def promises(*rows: str) -> dict[str, Any]:
    """What is counted of callbacks, without the histograms, and which are open: when asked, when due."""
    counted = totals(*rows, by=EDITION_2)
    names = ("kept", "settled", "cancelled", "failed", "broken", "overdue", "tried")
    opened = told(*rows, by=EDITION_2)["promises"].get(HELSE, [])
    return {n: counted[f"callback_{n}"] for n in names if f"callback_{n}" in counted} | {
        "open": [[asked - T0, due - T0] for asked, due in opened]
    }


@pytest.mark.parametrize("mark", [(BEGUN, *CALLED), (CALLED[0] + " initiation=callback", CALLED[1])])
def test_a_contact_that_was_begun_as_a_callback_keeps_the_promise(mark: tuple[str, ...]) -> None:
    # a  0 entered ── 60s asked          b (a callback)  30m entered ── 31m answered
    rows = (*ASKED, *mark, "3h tick")
    assert promises(*rows) == {"kept": 1, "open": []}
    assert at("intervals", "callback_kept", *rows, by=EDITION_2) == {30 * MINUTE: 1}
    counted = totals(*rows, by=EDITION_2)
    assert counted["callback_wait_sum_ms"] == counted["journey_wait_sum_ms"] == 31 * MINUTE
    assert (counted["called_back"], counted["reached"]) == (1, 1)
    # By edition 1 nothing keeps it but its own visit.
    assert {"callback_kept", "callback_settled"} & totals(*rows).keys() == set()


def test_who_reaches_a_person_by_himself_settles_the_promise() -> None:
    # a  0 entered ── 60s asked          b  30m entered ── 31m answered
    rows = (*ASKED, *CALLED, "3h tick")
    assert promises(*rows) == {"settled": 1, "open": []}
    assert at("intervals", "callback_settled", *rows, by=EDITION_2) == {30 * MINUTE: 1}
    # However else it began.
    assert promises(*rows, "30m contact.started contact=d initiation=inbound") == {"settled": 1, "open": []}
    assert promises(*rows, "30m contact.started contact=e initiation=callback") == {"settled": 1, "open": []}


def test_an_answer_before_it_was_asked_for_settles_nothing() -> None:
    # b  30s answered ── 60s asked; at 60s it does
    first = ("0 queue.entered b arbeid contact=d",)
    assert promises(*ASKED, *first, "60s-1ms queue.answered b") == {"open": [[MINUTE, MINUTE + 2 * HOUR]]}
    assert promises(*ASKED, *first, "60s queue.answered b") == {"settled": 1, "open": []}


def test_a_callback_after_the_customers_own_call_keeps_nothing() -> None:
    # own call answered at 20m ── callback answered at 31m
    own = "10m queue.entered e arbeid contact=e"
    assert promises(*ASKED, BEGUN, *CALLED, own, "20m queue.answered e") == {"settled": 1, "open": []}
    # At one instant it is the callback's, and so it is where the own call is answered after it.
    assert promises(*ASKED, BEGUN, *CALLED, own, "31m queue.answered e") == {"kept": 1, "open": []}
    assert promises(*ASKED, BEGUN, *CALLED, own, "32m queue.answered e") == {"kept": 1, "open": []}


def test_settled_after_it_was_due_is_overdue() -> None:
    # a  60s asked ── 2h+60s due ── 3h answered elsewhere
    late = (*ASKED, "2h queue.entered b arbeid contact=d")
    assert promises(*late, "3h queue.answered b") == {"settled": 1, "overdue": 1, "open": []}
    assert promises(*late, "2h+60s queue.answered b", "3h tick") == {"settled": 1, "open": []}


def test_its_own_callback_beats_all_else() -> None:
    # 10m failed ── 31m answered elsewhere ── 40m connected
    rows = (*ASKED, "10m callback.failed a busy", *CALLED, "40m callback.attempted a", "40m callback.connected a")
    assert promises(*rows) == {"kept": 1, "tried": 1, "open": []}
    assert at("intervals", "callback_kept", *rows, by=EDITION_2) == {30 * MINUTE: 1}
    assert totals(*rows, by=EDITION_2)["callback_wait_sum_ms"] == 40 * MINUTE
    # The reached journey was reached before, by the other call.
    assert totals(*rows, by=EDITION_2)["journey_wait_sum_ms"] == 31 * MINUTE


@pytest.mark.parametrize(
    ("failed", "how"),
    [
        ("30m callback.failed a cancelled", "cancelled"),
        ("31m callback.failed a cancelled", "cancelled"),
        ("31m callback.failed a busy", "failed"),
        ("32m callback.failed a cancelled", "settled"),
    ],
)
def test_the_earliest_of_given_up_and_settled_counts(failed: str, how: str) -> None:
    assert promises(*ASKED, *CALLED, failed) == {how: 1, "open": []}
    # A callback that was answered beats it all.
    assert promises(*ASKED, *CALLED, BEGUN, failed) == {"kept": 1, "open": []}


def test_each_stay_that_asked_has_a_promise_of_its_own() -> None:
    # a  0 entered ── 60s asked (by 1h)    10m entered ── 11m asked (by 2h)
    twice = (
        *("0 queue.entered a helse", "60s callback.requested a promised_by=1h"),
        *("10m queue.entered a helse", "11m callback.requested a promised_by=2h"),
    )
    first, second = [MINUTE, HOUR], [11 * MINUTE, 2 * HOUR]
    assert promises(*twice) == {"open": [first, second]}
    # What is told of the callbacks is of the last that was asked for by then, or else of the first.
    assert promises(*twice, "10m+59s callback.connected a") == {"kept": 1, "open": [second]}
    # Who is called back needs no other call: what was promised before is kept by it, too.
    assert promises(*twice, "11m callback.connected a") == {"kept": 2, "open": []}
    assert promises(*twice, "30s callback.failed a") == {"failed": 1, "open": [second]}
    assert promises(*twice, "5m callback.attempted a", "20m callback.attempted a")["tried"] == 2
    assert promises(*twice, "12m callback.attempted a", "20m callback.attempted a")["tried"] == 1
    # The first of each is what it came to: the later failure is the second's.
    ends = ("5m callback.failed a cancelled", "6m callback.failed a busy", "20m callback.failed a busy")
    assert promises(*twice, *ends) == {"cancelled": 1, "failed": 1, "open": []}
    # One call of the customer's own settles both.
    assert promises(*twice, *CALLED) == {"settled": 2, "open": []}


def test_a_promise_from_before_the_entry_is_asked_for_at_the_entry() -> None:
    # a  -5s asked ── 0 entered
    rows = ("-5s callback.requested a promised_by=1h", "0 queue.entered a helse")
    assert promises(*rows) == {"open": [[0, HOUR]]}
    assert promises(*rows, "-3s callback.connected a") == {"kept": 1, "open": []}


def after(*rows: str, line: str = ARBEID) -> dict[str, Any]:
    """What is counted of transfers to a line, by its fate, and which of them wait."""
    counted = totals(*rows, line=line, by=EDITION_2)
    fates = {name.removeprefix("passed_on_"): n for name, n in counted.items() if name.startswith("passed_on")}
    waiting = told(*rows, by=EDITION_2)["transfers_waiting"].get(line, [])
    return fates | {"waiting": [start - T0 for start in waiting]}


def test_a_transfer_that_was_announced_is_told_after_the_entry_it_caused() -> None:
    # a  0 entered helse ── 30s answered ────────────── 2m passed on
    # b                          60s entered arbeid ── 90s answered
    rows = (*PASSED_ON, "60s queue.entered b arbeid contact=d", "90s queue.answered b")
    assert after(*rows) == {"passed_on": 1, "answered": 1, "waiting": []}
    assert at("panes", "passed_on_answered", *rows, line=ARBEID, by=EDITION_2) == {90 * SECOND: 1}
    assert "passed_on_answered" not in totals(*rows, line=ARBEID), "by edition 1"


@pytest.mark.parametrize(("entered", "matched"), [("30s-1ms", False), ("30s", True)])
def test_it_is_looked_for_from_the_end_of_the_stay_passed_on(entered: str, matched: bool) -> None:
    assert ("answered" in after(*PASSED_ON, f"{entered} queue.entered b arbeid", "3m queue.answered b")) == matched


def test_it_is_looked_for_from_the_transfer_where_no_answer_is_known() -> None:
    # a  0 entered ── never answered, or only after it was passed on
    rows = ("0 queue.entered a helse", PASSED_ON[2], "60s queue.entered b arbeid contact=d", "90s queue.answered b")
    assert after(*rows) == {"passed_on": 1, "waiting": []}
    assert after(*rows, "2m+1ms queue.answered a") == {"passed_on": 1, "waiting": []}
    assert after(*rows, "2m queue.entered e arbeid contact=e") == {"passed_on": 1, "waiting": [2 * MINUTE]}


def test_the_one_entered_nearest_to_the_transfer_is_its_stay() -> None:
    # b 60s, given up;  d 2m+10s, answered: nearer;  e 1m+50s, left: as near, and before it
    b = ("60s queue.entered b arbeid contact=d", "90s queue.abandoned b")
    d = ("2m+10s queue.entered d arbeid contact=e", "3m queue.answered d")
    e = ("1m+50s queue.entered e arbeid contact=f", "4m queue.left e closed")
    assert after(*PASSED_ON, *b, *d) == {"passed_on": 1, "answered": 1, "waiting": []}
    assert after(*PASSED_ON, *b, *d, *e) == {"passed_on": 1, "ended_otherwise": 1, "waiting": []}


def test_a_transfer_back_to_the_same_queue_leads_to_another_stay() -> None:
    # a  0 entered helse, answered ── 2m passed on to helse, never completed: not to where it came from
    rows = ("0 queue.entered a helse", "0 queue.answered a", "2m contact.transferred a helse")
    assert after(*rows, line=HELSE) == {"passed_on": 1, "waiting": []}
    assert after(*rows[:2], "0 contact.transferred a helse", line=HELSE) == {"passed_on": 1, "waiting": []}
    # The same id again, or another.
    assert after(*rows, "2m queue.entered a helse", line=HELSE) == {"passed_on": 1, "waiting": [2 * MINUTE]}
    assert after(*rows, "2m queue.entered b helse", "3m queue.answered b", line=HELSE) == {
        **{"passed_on": 1, "answered": 1, "waiting": []}
    }


@pytest.mark.parametrize(("entered", "matched"), [("4h+2m", 1), ("4h+2m+1ms", 0), ("1d", 0)])
def test_a_transfer_that_was_never_completed_does_not_lead_to_the_next_contact(entered: str, matched: int) -> None:
    # a  2m passed on ──── ghost_after (4h) ──── b, who calls again
    rows = (*PASSED_ON, f"{entered} queue.entered b arbeid contact=d", "1d+1h queue.answered b")
    assert after(*rows).get("answered", 0) == matched
    assert totals(*rows, line=ARBEID)["passed_on_answered"] == 1, "by edition 1"


def test_a_visit_is_passed_on_each_time_that_it_was() -> None:
    # a  0 helse ── 30s answered ── 60s passed on      90s helse ── 100s answered ── 120s passed on
    # b                             └─ 60s ── 80s given up           d └─ 120s ── 130s answered
    rows = (
        *("0 queue.entered a helse", "30s queue.answered a", "60s contact.transferred a arbeid"),
        *("60s queue.entered b arbeid", "80s queue.abandoned b"),
        *("90s queue.entered a helse", "100s queue.answered a", "120s contact.transferred a arbeid"),
        *("120s queue.entered d arbeid", "130s queue.answered d"),
    )
    assert after(*rows) == {"passed_on": 2, "given_up": 1, "answered": 1, "waiting": []}
    assert after(*rows, "60s contact.transferred a helse")["passed_on"] == 2, "one destination at an instant"
    assert totals(*rows, line=ARBEID)["passed_on"] == 1, "by edition 1"
    # The second is looked for from the second answer on, and so not found before it.
    second = (*rows[:2], *rows[5:8], "80s queue.entered e arbeid contact=e")
    assert after(*second) == {"passed_on": 1, "waiting": []}


def test_transfers_that_are_alike_choose_in_one_order_whatever_came_first() -> None:
    # a was answered as it entered arbeid, and passed on to arbeid then; x, of which nobody knows an entry, as well.
    # b, given up at once, is the only one that a's can lead to, and a is left for x's.
    rows = (
        *("0 contact.transferred x arbeid", "0 queue.entered b arbeid contact=d", "0 queue.abandoned b"),
        *("0 queue.entered a arbeid", "0 queue.answered a", "0 contact.transferred a arbeid"),
    )
    for order in (rows, rows[::-1]):
        assert after(*order) == {"passed_on": 2, "given_up": 1, "answered": 1, "waiting": []}
