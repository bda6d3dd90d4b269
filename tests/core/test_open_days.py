"""The opening hours by which waits were counted stay what they were, whatever is configured later."""

import dataclasses
from collections.abc import Sequence

import msgspec
import pytest

from streams.core.definitions import Definitions
from streams.core.fold import fold
from streams.core.open_days import OpenDays
from streams.core.open_hours import OpenHours, Stretch
from streams.core.state import PartitionState
from tests.core.test_open_hours import OSLO, at
from tests.core.test_oracle_agrees import RULES
from tests.events import event, records
from tests.terms import at_first

H, DAY = 3_600_000, 86_400_000
CHAT = "chat/personbruker/helse"
MONDAY, TUESDAY, WEDNESDAY = (at(f"2025-03-{day}T00:00") for day in ("10", "11", "12"))


def by(opens_h: float, closes_h: float) -> Definitions:
    """Open at the same hours each day."""

    def of_day(_: str, day: int) -> Sequence[Stretch]:
        return ((day + round(opens_h * H), day + round(closes_h * H)),)

    terms = at_first(
        RULES, edition=5, letter_lost_ms=0, while_open=("chat",), horizon_ms=72 * H, memory_ms={}
    ).definitions
    return dataclasses.replace(terms, open_hours=OpenHours(of_day, OSLO))


def counted(days: OpenDays, definitions: Definitions, watermark: int) -> OpenHours:
    """As whoever takes the partition then goes on."""
    hours = days.go_on_by(definitions.open_hours, watermark)
    days.note(dataclasses.replace(definitions, open_hours=hours), watermark, MONDAY, keep_ms=40 * 24 * H)
    return hours


def test_what_is_over_stays_and_what_is_to_come_is_otherwise() -> None:
    days = OpenDays()
    counted(days, by(9, 15), MONDAY + 10 * H)
    again = OpenDays()
    again.restore(days.packed)
    hours = counted(again, by(8, 16), TUESDAY + 12 * H)
    assert hours.of_day("chat", MONDAY) == ((MONDAY + 9 * H, MONDAY + 15 * H),)
    assert hours.of_day("chat", TUESDAY) == ((TUESDAY + 8 * H, TUESDAY + 16 * H),)
    assert again.is_changed


def test_of_today_the_hours_that_are_over_stay() -> None:
    days = OpenDays()
    counted(days, by(9, 15), MONDAY + 10 * H)
    hours = counted(days, by(8, 13), MONDAY + 12 * H)
    assert list(hours.of_day("chat", MONDAY)) == [(MONDAY + 9 * H, MONDAY + 13 * H)], "it did not open at eight"
    hours = counted(days, by(8, 11), MONDAY + 12 * H)
    assert list(hours.of_day("chat", MONDAY)) == [(MONDAY + 9 * H, MONDAY + 12 * H)], "it was open until now"
    hours = counted(days, by(14, 16), MONDAY + 13 * H)
    assert list(hours.of_day("chat", MONDAY)) == [
        (MONDAY + 9 * H, MONDAY + 12 * H),
        (MONDAY + 14 * H, MONDAY + 16 * H),
    ]


def test_days_on_which_nothing_came_are_kept_too() -> None:
    days = OpenDays()
    counted(days, by(9, 15), MONDAY + 10 * H)
    counted(days, by(9, 15), WEDNESDAY + 10 * H)
    assert [day for day, _ in days.packed["chat"]][-3:] == [MONDAY, TUESDAY, WEDNESDAY]


def test_no_day_is_kept_for_longer_than_figures_are() -> None:
    days, definitions = OpenDays(), by(9, 15)
    days.note(definitions, MONDAY + 15 * DAY, MONDAY, keep_ms=10 * DAY)
    assert [day for day, _ in days.packed["chat"]] == [MONDAY + n * DAY for n in range(5, 16)]


def test_days_are_kept_on_which_a_wait_may_have_begun_that_is_corrected_now() -> None:
    """However short figures are kept: the horizon is three days here, and memory four hours."""
    days = OpenDays()
    days.note(by(9, 15), MONDAY, MONDAY, keep_ms=DAY)
    days.note(by(9, 15), MONDAY + 30 * H, MONDAY, keep_ms=DAY)
    assert min(day for day, _ in days.packed["chat"]) <= MONDAY + 30 * H - 76 * H


def test_a_days_hours_are_kept_while_any_wait_may_go_by_them() -> None:
    """Waits go by their entry: that the channel is no longer named does not end those that go on."""
    first = by(9, 15)
    no_longer = msgspec.structs.replace(first.first, from_ms=TUESDAY, while_open=())
    days = OpenDays()
    days.note(dataclasses.replace(first, terms=(first.first, no_longer)), WEDNESDAY, MONDAY, keep_ms=40 * DAY)
    assert [day for day, _ in days.packed["chat"]][-3:] == [MONDAY, TUESDAY, WEDNESDAY]


@pytest.mark.parametrize("steps", [[30], [1, 2, 30], [0, 10, 20, 30]])
def test_batches_leave_no_trace(steps: list[int]) -> None:
    days = OpenDays()
    for step in steps:
        days.note(by(9, 15), MONDAY + step * DAY, MONDAY, keep_ms=400 * DAY)
    at_once = OpenDays()
    at_once.note(by(9, 15), MONDAY + 30 * DAY, MONDAY, keep_ms=400 * DAY)
    assert sorted(days.packed["chat"]) == sorted(at_once.packed["chat"])


def test_nothing_is_kept_where_no_wait_is_counted_so() -> None:
    state = PartitionState(at_first(RULES, edition=5, letter_lost_ms=0, while_open=()))
    fold(state, records([event("queue.entered", MONDAY, "a", CHAT)]))
    state.note_open_days()
    assert (state.open_days.packed, state.open_days.is_changed) == ({}, False)


def test_a_partition_of_which_nothing_was_counted_keeps_no_day() -> None:
    state = PartitionState(RULES)
    state.note_open_days()
    assert state.open_days.packed == {}


def test_an_answer_that_is_dated_ahead_stays_what_it_was_when_hours_change() -> None:
    """It is counted as it came; the hours up to there are over, whatever the clock says."""
    entered, answered = at("2025-03-07T13:30"), at("2025-03-07T14:30")
    state = PartitionState(RULES)
    log = [event("queue.entered", entered, "a", CHAT), event("queue.answered", answered, "a", CHAT)]
    fold(state, records(log, answered - 50 * 60_000))
    state.note_open_days()
    closes_at_two = dataclasses.replace(RULES.definitions, open_hours=by(9, 14).open_hours)
    state.configure(dataclasses.replace(RULES, definitions=closes_at_two))
    fold(state, records([event("queue.abandoned", entered + 240_000, "a", CHAT)], answered, first=2))
    cell = state.aggregates.totals[state.rules.line(*CHAT.split("/"))]
    assert {name: n for name, n in cell.items() if n < 0} == {}
    assert cell["abandoned"] == 1 and not cell.get("answered")
