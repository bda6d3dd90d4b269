"""Conversations: how long people talk, from the answer to the end, where that is counted. Values by hand."""

from typing import Any

import pytest

import config
from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.cells import in_full
from streams.core.definitions import NEVER
from streams.core.later import with_editions
from streams.core.rules import Rules
from streams.oracle import differences, recount
from tests.core.test_oracle_agrees import folded
from tests.events import START_MS, Record, event, records
from tests.terms import at_first, from_then_on

OFF = config.load().rules(b"a key")
RULES = at_first(OFF, conversations=("phone",))
MINUTE, HOUR = 60_000, 3_600_000
HELSE, ARBEID, CHAT = "phone/personbruker/helse", "phone/personbruker/arbeid", "chat/personbruker/helse"
NAMES = ("conversations", "conversation_sum_ms", "conversation_max_ms", "conversations_lost")

Told = dict[str, Any]


def call(what: str, minutes: float, line: str = HELSE, **more: Any) -> Told:
    """Of one caller: one contact and visit, unless told otherwise."""
    given = {"contact_id": "c", "visit_id": "v"} | more
    return event(what, START_MS + round(minutes * MINUTE), "j", line, **given)


def after(told: list[Told], rules: Rules = RULES, cuts: tuple[int, ...] = ()) -> dict[str, Any]:
    """What is counted, and who talks; the recount says the same, and so does the log backwards."""
    log: list[Record] = records(told)
    state = folded(rules, log, list(cuts))
    assert not differences(recount([one.recounted for one in log], definitions_of(rules)), account(state))
    assert folded(rules, records(told[::-1]), []).hash() == state.hash()
    cells = {line: in_full(cell) for line, cell in state.aggregates.totals.items()}
    days = next(iter(state.aggregates.days.rows.values()))
    found: dict[str, Any] = {
        "talking": {line: sorted(of.values()) for line, of in state.open_now.talking.items() if of}
    }
    for line in cells:
        counted = {name: cells[line].get(name, 0) for name in NAMES if name != "conversation_max_ms"}
        longest = in_full(days[line]).get("conversation_max_ms", 0)
        found[line.rpartition("/")[0] + ":" + str(len(found))] = counted | {"conversation_max_ms": longest}
    return found


def of(told: list[Told], rules: Rules = RULES, line: int = 0, cuts: tuple[int, ...] = ()) -> tuple[int, int, int, int]:
    """How many are over, their sum (minutes), the longest (minutes), how many were lost: of one line, by its place."""
    found = after(told, rules, cuts)
    cell = [value for name, value in found.items() if name != "talking"][line]
    ended, sum_ms, max_ms, lost = (cell[name] for name in NAMES)
    return ended, sum_ms / MINUTE, max_ms / MINUTE, lost


def talking(told: list[Told], rules: Rules = RULES) -> int:
    """How many talk."""
    return sum(map(len, after(told, rules)["talking"].values()))


ANSWERED = [call("queue.entered", 0), call("queue.answered", 2)]


def test_from_the_answer_to_the_end() -> None:
    assert of([*ANSWERED, call("contact.ended", 9)]) == (1, 7, 7, 0)
    assert talking([*ANSWERED, call("contact.ended", 9)]) == 0


def test_who_was_answered_talks_until_the_end_is_told() -> None:
    assert (of(ANSWERED), talking(ANSWERED)) == ((0, 0, 0, 0), 1)
    assert talking([call("queue.entered", 0)]) == 0


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (1, 2)])
def test_an_end_in_a_batch_of_its_own_counts(cuts: tuple[int, ...]) -> None:
    assert of([*ANSWERED, call("contact.ended", 9)], cuts=cuts) == (1, 7, 7, 0)


@pytest.mark.parametrize("cuts", [(), (3,), (2, 3)])
def test_an_earlier_end_that_is_told_later_corrects_it(cuts: tuple[int, ...]) -> None:
    assert of([*ANSWERED, call("contact.ended", 9), call("contact.ended", 5)], cuts=cuts) == (1, 3, 3, 0)


def test_who_was_answered_at_once_talks_from_there() -> None:
    assert of([call("queue.entered", 2), call("queue.answered", 2), call("contact.ended", 9)]) == (1, 7, 7, 0)


def test_it_ends_at_once() -> None:
    assert of([*ANSWERED, call("contact.ended", 2)]) == (1, 0, 0, 0)


def test_an_end_before_the_answer_ends_nothing() -> None:
    assert of([*ANSWERED, call("contact.ended", 1)])[0] == 0


def test_of_several_ends_the_first_after_the_answer() -> None:
    assert of([*ANSWERED, call("contact.ended", 20), call("contact.ended", 9), call("contact.ended", 1)]) == (
        1,
        7,
        7,
        0,
    )


def test_the_end_of_another_contact_ends_nothing() -> None:
    assert talking([*ANSWERED, call("contact.ended", 9, contact_id="another")]) == 1


def test_who_gave_up_has_not_talked() -> None:
    assert of([call("queue.entered", 0), call("queue.abandoned", 2), call("contact.ended", 9)]) == (0, 0, 0, 0)


def test_passed_on_ends_the_first_and_the_next_has_its_own() -> None:
    told = [
        *ANSWERED,
        call("contact.transferred", 6, destination="arbeid"),
        call("queue.entered", 6, ARBEID, visit_id="w"),
        call("queue.answered", 8, ARBEID, visit_id="w"),
        call("contact.ended", 18),
    ]
    assert [of(told, line=n) for n in (0, 1)] == [(1, 4, 4, 0), (1, 10, 10, 0)]


def test_a_consulted_transfer_ends_it_where_it_is_told_and_not_where_the_next_queue_was_entered() -> None:
    told = [
        *ANSWERED,
        call("queue.entered", 5, ARBEID, visit_id="w"),
        call("queue.answered", 6, ARBEID, visit_id="w"),
        call("contact.transferred", 7, destination="arbeid"),
        call("contact.ended", 18),
    ]
    assert [of(told, line=n) for n in (0, 1)] == [(1, 5, 5, 0), (1, 12, 12, 0)]


def test_who_is_in_another_queue_does_not_talk_where_no_transfer_is_told() -> None:
    told = [*ANSWERED, call("queue.entered", 5, ARBEID, visit_id="w"), call("contact.ended", 18)]
    assert of(told) == (1, 3, 3, 0)
    assert of(told, at_first(RULES, one_place=())) == (1, 16, 16, 0)


def test_one_without_an_end_is_lost_after_as_long_as_a_visit_would_be() -> None:
    others = [event("queue.entered", START_MS + 2 * MINUTE + 4 * HOUR - 1, "later", ARBEID)]
    assert (of([*ANSWERED, *others])[3], talking([*ANSWERED, *others])) == (0, 1)
    others = [event("queue.entered", START_MS + 2 * MINUTE + 4 * HOUR, "later", ARBEID)]
    assert (of([*ANSWERED, *others])[3], talking([*ANSWERED, *others])) == (1, 0)


def test_an_end_that_comes_late_corrects_it_and_one_that_is_of_later_does_not() -> None:
    other = event("queue.entered", START_MS + 5 * HOUR, "later", ARBEID)
    assert of([*ANSWERED, other, call("contact.ended", 200)]) == (1, 198, 198, 0)
    heard = call("agent.offered", 100)  # of the same journey, so that what comes next is, too
    assert of([*ANSWERED, heard, other, call("contact.ended", 2 + 240)]) == (0, 0, 0, 1)
    assert of([*ANSWERED, heard, other, call("contact.ended", 2 + 239)]) == (1, 239, 239, 0)


def test_two_answers_of_one_visit_are_two_conversations() -> None:
    again = [call("queue.entered", 20), call("queue.answered", 21), call("contact.ended", 30)]
    assert of([*ANSWERED, call("contact.ended", 9), *again]) == (2, 16, 9, 0)


def test_a_restated_contact_has_the_conversation_of_its_highest_version() -> None:
    told = [
        *(call(what, at, contact_version=1) for what, at in (("queue.entered", 0), ("queue.answered", 2))),
        call("contact.ended", 9, contact_version=1),
        *(call(what, at, contact_version=2) for what, at in (("queue.entered", 0), ("queue.answered", 3))),
        call("contact.ended", 5, contact_version=2),
    ]
    assert of(told) == (1, 2, 2, 0)


def test_a_transfer_that_is_told_of_later_is_nothing_of_what_was_over() -> None:
    """Neither after the contact's end, nor after it is lost: what was over stays as it was."""
    there = [call("queue.entered", 5, ARBEID, visit_id="w"), call("queue.answered", 6, ARBEID, visit_id="w")]
    heard = call("agent.offered", 200, ARBEID, visit_id="w")
    passed_on = [call("contact.transferred", at, destination="arbeid") for at in (21, 241, 243)]
    ended = [*ANSWERED, *there, call("contact.ended", 20)]
    for told in passed_on[:2]:
        assert [of([*ended, heard, told], line=n) for n in (0, 1)] == [(1, 3, 3, 0), (1, 14, 14, 0)]
    assert of([*ANSWERED, *there, heard, passed_on[2]]) == (1, 3, 3, 0)
    in_time = call("contact.transferred", 20, destination="arbeid")
    assert of([*ended, in_time]) == (1, 18, 18, 0)


def test_from_when_to_when_it_is_counted_in_which_channels() -> None:
    """A part of the time is not all of it; what is counted in one of two channels is."""
    on_off = from_then_on(from_then_on(OFF, 10, conversations=("phone",)), 20, conversations=()).definitions
    spans = [(0, 10), (0, 11), (10, 20), (10, 21), (20, 30)]
    assert [on_off.count_conversations(["phone"], *span) for span in spans] == [False, False, True, False, False]
    assert [on_off.count_conversations(["chat"], *span) for span in spans] == [False] * 5
    assert on_off.count_conversations(["phone", "chat"], 10, 20) and not on_off.count_conversations([], 10, 20)


def test_other_channels_and_other_times_count_none() -> None:
    chat = [call("queue.entered", 0, CHAT), call("queue.answered", 2, CHAT), call("contact.ended", 9, CHAT)]
    assert of(chat) == (0, 0, 0, 0)
    later = from_then_on(OFF, START_MS + MINUTE, conversations=("phone",))
    assert of([*ANSWERED, call("contact.ended", 9)], later) == (0, 0, 0, 0)
    earlier = from_then_on(OFF, START_MS, conversations=("phone",))
    assert of([*ANSWERED, call("contact.ended", 9)], earlier) == (1, 7, 7, 0)


def test_where_it_is_not_counted_nothing_is_known_and_it_is_not_0() -> None:
    since = dict.fromkeys((*NAMES, "entered"), 0)
    assert {with_editions(since, OFF.definitions)[name] for name in NAMES} == {NEVER}
    assert with_editions(since, RULES.definitions) == since
    later = from_then_on(OFF, START_MS, conversations=("phone",)).definitions
    assert with_editions(since, later) == dict.fromkeys(NAMES, START_MS) | {"entered": 0}
