"""When a year's budget is spent too fast, by hand: a target with a least sample of 5, and room for one in ten."""

import pytest

from streams.core.burn import PAIRS, Lately, Pair, Spent, is_too_fast, least_of, ratio

LEAST, ROOM = 5, 1 - 0.9
Told = tuple[float, float] | None  # how many broke it, of how many


def burns(week: Told, day: Told, hours: Told, room: float = ROOM) -> bool | None:
    told: dict[Lately, Told] = {"7d": week, "1d": day, "2h": hours}
    return is_too_fast({of: None if one is None else Spent(*one) for of, one in told.items()}, room, LEAST)


def test_the_pairs_are_what_is_written() -> None:
    assert (Pair("7d", "1d", 1.0), Pair("1d", "2h", 1.5)) == PAIRS
    lengths: tuple[Lately, ...] = ("7d", "1d", "2h")
    assert [least_of(LEAST, of) for of in lengths] == [250, 50, 10]


@pytest.mark.parametrize(
    ("week", "day", "hours", "is_told"),
    [
        ((26, 250), (6, 50), (0, 0), True),  # both beyond one in ten
        ((25, 250), (6, 50), (0, 0), False),  # a week that is exactly what it may be
        ((26, 250), (5, 50), (0, 0), False),  # over, as the last day is within it
        ((26, 249), (6, 50), (0, 0), False),  # too few in the week
        ((26, 250), (6, 49), (0, 0), False),  # too few in the day
        ((200, 250), (100, 125), (0, 0), True),  # just twice as many
        ((200, 250), (101, 126), (0, 0), False),  # the week holds little more than the day
        ((0, 250), (8, 50), (2, 10), True),  # beyond 1.5 in ten
        ((0, 250), (15, 100), (2, 10), False),  # a day of exactly 1.5 in ten
        ((0, 250), (20, 100), (3, 20), False),  # two hours of exactly that
        ((0, 250), (8, 50), (2, 9), False),  # too few in two hours
        ((0, 250), (10, 50), (6, 26), False),  # the day holds little more than two hours
        ((0, 0), (0, 0), (0, 0), False),  # nobody came
    ],
)
def test_a_pair_says_it_where_both_are_beyond_and_the_long_one_is_clearly_more(
    week: Told, day: Told, hours: Told, is_told: bool
) -> None:
    assert burns(week, day, hours) is is_told


def test_what_is_not_known_is_neither() -> None:
    """Unless it can change nothing."""
    assert burns(None, (6, 50), (0, 0)) is None
    assert burns((26, 250), None, (0, 0)) is None
    assert burns((25, 250), None, None) is None
    assert burns(None, (5, 50), (0, 0)) is False, "the day alone says no"
    assert burns((26, 250), (6, 50), None) is True, "of the week it is known"
    assert burns(None, (8, 50), (2, 10)) is True, "of the day it is known"


def test_where_nothing_at_all_may_break_it_one_is_too_much() -> None:
    assert burns((1, 250), (1, 50), (0, 0), room=0.0) is True
    assert burns((0, 250), (0, 50), (0, 10), room=0.0) is False
    assert ratio(Spent(1, 250), "7d", 0.0, LEAST) is None


def test_the_ratio_of_a_stretch() -> None:
    assert ratio(Spent(30, 50), "1d", 0.4, LEAST) == 1.5
    assert ratio(Spent(30, 49), "1d", 0.4, LEAST) is None
    assert ratio(Spent(30, 49), "2h", 0.4, LEAST) is not None
    assert ratio(None, "1d", 0.4, LEAST) is None
