"""What was carried over from other states: whose a stretch is, and by definitions of when."""

import pytest

from streams.core.carried import (
    Carried,
    carried_as,
    carried_name,
    changes,
    definitions_since,
    is_carried,
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
