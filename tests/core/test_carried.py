"""What was carried over from other states: whose a stretch is, and by definitions of when."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from streams.core.carried import (
    Carried,
    carried_as,
    carried_from,
    carried_name,
    changes,
    day_in,
    definitions_since,
    is_carried,
    nth_of,
    own_since,
    packed_carried,
    stretch_of,
    unpacked_carried,
)

OSLO, UTC = "Europe/Oslo", "UTC"
FIRST = Carried("main", 100, OSLO, (40,))
SECOND = Carried("green", 200, UTC, (150,))
NO_MORE = Carried("main", None, OSLO, ())


@pytest.mark.parametrize(
    ("start", "of", "end", "since"),
    [
        (0, "main", 40, None),
        (40, "main", 41, 40),
        (99, "main", 100, 40),
        (100, "green", 101, 100),
        (150, "green", 160, 150),
        (200, None, 210, 200),
        (300, None, 310, 250),
    ],
)
def test_each_row_says_who_counted_it_and_by_definitions_of_when(
    start: int, of: str | None, end: int, since: int | None
) -> None:
    listed = [NO_MORE, SECOND, FIRST]
    found = stretch_of(listed, start)
    assert (found and found.state) == of
    assert definitions_since(changes(listed, [120, 250]), end) == since


def test_what_is_the_state_s_own_begins_where_the_last_of_it_ends() -> None:
    assert own_since([NO_MORE, SECOND, FIRST]) == 200
    assert own_since([NO_MORE]) is own_since([]) is None
    assert stretch_of([NO_MORE], 0) is None
    assert changes([], [7, 3]) == [3, 7] and definitions_since([], 10) is None


def test_it_is_known_by_its_name() -> None:
    name = carried_name("main", 1, "nks.phone.events.v1-3")
    assert name == "main-1:nks.phone.events.v1-3"
    assert is_carried(name) and carried_as(name) == "nks.phone.events.v1-3"
    assert not is_carried(carried_as(name)) and carried_as(carried_as(name)) == carried_as(name)


@pytest.mark.parametrize("one", [FIRST, NO_MORE])
def test_it_is_read_as_it_was_packed(one: Carried) -> None:
    assert unpacked_carried(packed_carried(one)) == one
    assert unpacked_carried(None) is None


def at(text: str, zone: str = UTC) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("of", "to", "day", "until", "shown"),
    [
        (OSLO, OSLO, "2026-03-10", "2026-03-21", "2026-03-10"),
        (OSLO, UTC, "2026-03-10", "2026-03-21", "2026-03-10"),
        (UTC, OSLO, "2026-03-10", "2026-03-21", "2026-03-10"),
        (OSLO, UTC, "2026-03-21", "2026-03-21", "2026-03-20"),  # its first hour, before the first day in UTC
        (UTC, OSLO, "2026-03-20", "2026-03-21", "2026-03-20"),  # but for its last hour
        (OSLO, UTC, "2026-03-30", None, "2026-03-30"),
    ],
)
def test_a_day_of_another_zone_is_shown_under_its_date(
    of: str, to: str, day: str, until: str | None, shown: str
) -> None:
    one = Carried("main", None if until is None else at(until, to), of, ())
    assert day_in(ZoneInfo(to), one, at(day, of)) == at(shown, to)


def test_a_state_s_name_may_look_like_a_number() -> None:
    name = carried_name("main-1", 12, "t-0")
    assert (carried_from(name), nth_of(name)) == ("main-1", 12)
    assert (carried_from("t-0"), nth_of("t-0"), nth_of("spoiled:t-0")) == ("", 0, 0)
