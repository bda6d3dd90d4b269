"""For how long a channel was open during a wait, held against counting second by second."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from config.hours import OpeningHours, hours_of
from streams.core.open_hours import ALWAYS_OPEN, OpenHours, Stretch

OSLO = ZoneInfo("Europe/Oslo")
HOURS = config.load().counted_by.open_hours
STEP_MS = 60_000


def at(text: str) -> int:
    """An instant of Oslo's clocks."""
    return int(datetime.fromisoformat(text).replace(tzinfo=OSLO).timestamp()) * 1000


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2025-03-07T14:50", "2025-03-10T09:05", 15),  # a weekend
        ("2025-04-16T14:00", "2025-04-22T10:00", 120),  # Easter
        ("2025-03-28T15:00", "2025-03-31T09:00", 0),  # summer time comes
        ("2025-03-30T00:00", "2025-03-31T09:01", 1),
        ("2025-10-24T14:59", "2025-10-27T09:00", 1),  # and goes
        ("2025-03-07T08:00", "2025-03-07T09:00", 0),
        ("2025-03-07T08:00", "2025-03-07T23:00", 360),
        ("2025-03-07T09:00", "2025-03-07T15:00", 360),
        ("2025-03-07T10:00", "2025-03-07T10:00", 0),
    ],
)
def test_it_is_what_the_clock_on_the_wall_says(start: str, end: str, minutes: int) -> None:
    assert HOURS.open_ms("chat", at(start), at(end)) == minutes * STEP_MS


def _drawn(stretches: Sequence[tuple[int, int]]) -> OpenHours:
    """These minutes of each day."""

    def of_day(_: str, day: int) -> list[Stretch]:
        return [(day + opens * STEP_MS, day + closes * STEP_MS) for opens, closes in stretches]

    return OpenHours(of_day, OSLO)


minutes = st.integers(0, 1380)  # the shortest day has so many
days = st.lists(minutes, max_size=6, unique=True).map(sorted).map(lambda m: list(zip(m[::2], m[1::2], strict=False)))
instants = st.integers(at("2025-03-28T00:00") // STEP_MS, at("2025-04-02T00:00") // STEP_MS)


@given(days, instants, instants)
def test_it_is_as_many_minutes_as_are_open(stretches: list[tuple[int, int]], one: int, other: int) -> None:
    hours, (start, end) = _drawn(stretches), sorted((one, other))
    midnights = [at(f"2025-{day}T00:00") for day in ("03-28", "03-29", "03-30", "03-31", "04-01", "04-02")]
    within = [
        minute
        for minute in range(start, end)
        for midnight in midnights
        if any(opens <= minute - midnight // STEP_MS < closes for opens, closes in stretches)
        and (minute * STEP_MS < _next(midnights, midnight))
    ]
    assert hours.open_ms("chat", start * STEP_MS, end * STEP_MS) == len(within) * STEP_MS


def _next(midnights: list[int], midnight: int) -> int:
    return next((other for other in midnights if other > midnight), midnight + 86_400_000)


@given(days, st.lists(instants, min_size=3, max_size=3))
def test_two_waits_one_after_the_other_are_as_long_as_both(stretches: list[tuple[int, int]], of: list[int]) -> None:
    hours, (first, between, last) = _drawn(stretches), sorted(minute * STEP_MS for minute in of)
    parts = hours.open_ms("chat", first, between) + hours.open_ms("chat", between, last)
    assert parts == hours.open_ms("chat", first, last)


@given(instants, instants)
def test_where_nobody_says_when_it_is_always(one: int, other: int) -> None:
    start, end = sorted((one, other))
    assert ALWAYS_OPEN.open_ms("chat", start, end) == end - start


def test_a_channel_without_hours_is_always_open() -> None:
    hours = config.load().opening_hours
    assert hours.stretches("fax", datetime(2025, 3, 30, tzinfo=OSLO).date()) == (
        (at("2025-03-30T00:00"), at("2025-03-31T00:00")),
    )


@pytest.mark.parametrize(
    ("hours", "day"),
    [
        *((hours, day) for hours in ("Mon-Sun 00:00-02:30,03:00-24:00", "Mon-Sun 02:30-03:00", "Mon-Sun 21:00-02:30")
          for day in ("2025-03-29", "2025-03-30", "2025-10-25", "2025-10-26", "2025-10-27")),
    ],
)  # fmt: skip
def test_it_is_open_when_the_clock_on_the_wall_says_so_also_in_an_hour_that_is_changed(hours: str, day: str) -> None:
    opening = OpeningHours({"chat": hours_of(hours)}, OSLO, None)
    midnight, following = at(f"{day}T00:00"), at(f"{day}T00:00") + 26 * 3_600_000
    stretches = opening.stretches("chat", date.fromisoformat(day))
    assert all(one[1] < other[0] for one, other in pairwise(stretches)), "in order, and apart"
    of_day = [ms for ms in range(midnight, following, STEP_MS) if _date(ms) == day]
    told = [ms for ms in of_day if any(opens <= ms < closes for opens, closes in stretches)]
    assert told == [ms for ms in of_day if opening.is_open("chat", ms)]
    assert sum(closes - opens for opens, closes in stretches) == len(told) * STEP_MS


def _date(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, OSLO).date().isoformat()
