"""The opening hours by which waits were counted stay what they were, whatever is configured later."""

import dataclasses
from collections.abc import Sequence

from streams.core.definitions import Definitions
from streams.core.open_days import OpenDays
from streams.core.open_hours import OpenHours, Stretch
from tests.core.test_open_hours import OSLO, at
from tests.core.test_oracle_agrees import RULES
from tests.terms import at_first

H = 3_600_000
MONDAY, TUESDAY, WEDNESDAY = (at(f"2025-03-{day}T00:00") for day in ("10", "11", "12"))


def by(opens_h: float, closes_h: float) -> Definitions:
    """Open at the same hours each day."""

    def of_day(_: str, day: int) -> Sequence[Stretch]:
        return ((day + round(opens_h * H), day + round(closes_h * H)),)

    terms = at_first(RULES, while_open=("chat",), horizon_ms=H, memory_ms={}).definitions
    return dataclasses.replace(terms, open_hours=OpenHours(of_day, OSLO))


def counted(days: OpenDays, definitions: Definitions, watermark: int) -> OpenHours:
    """As whoever takes the partition then goes on."""
    hours = days.go_on_by(definitions.open_hours, watermark)
    days.note(dataclasses.replace(definitions, open_hours=hours), watermark, keep_ms=40 * 24 * H)
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
    days.note(definitions, MONDAY, keep_ms=24 * H)
    days.note(definitions, WEDNESDAY + H, keep_ms=24 * H)
    assert [day for day, _ in days.packed["chat"]] == [WEDNESDAY]


def test_nothing_is_kept_where_no_wait_is_counted_so() -> None:
    days = OpenDays()
    days.note(at_first(RULES, while_open=()).definitions, MONDAY, keep_ms=24 * H)
    assert (days.packed, days.is_changed) == ({}, False)
