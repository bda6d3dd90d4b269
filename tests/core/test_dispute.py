"""A source's word held against who waits: each edge of it, a millisecond on both sides. Instants in ms."""

import pytest

from streams.core.dispute import disputed, is_in_force, report, reported_more

AT, TOLERANCE = 1000, 30
NOBODY = (AT, 0)


@pytest.mark.parametrize(("dated", "at"), [(4999, 4999), (5000, 5000), (5001, 4400)])
def test_a_word_is_of_its_own_date_unless_that_lies_beyond_what_event_time_moves_to(dated: int, at: int) -> None:
    assert report(dated, moves_to_ms=5000, skew_ms=600, waiting=7, source="s") == (at, 7, dated, "s")


@pytest.mark.parametrize(
    ("now", "in_force"), [(AT - TOLERANCE - 1, False), (AT - TOLERANCE, True), (AT + 90, True), (AT + 91, False)]
)
def test_it_is_in_force_for_so_long(now: int, in_force: bool) -> None:
    assert is_in_force(NOBODY, max_age_ms=90, ahead_ms=TOLERANCE, now_ms=now) is in_force


@pytest.mark.parametrize(("entered", "found"), [(969, 1), (970, 1), (971, 0)])
def test_who_entered_up_to_the_tolerance_before_it_was_here(entered: int, found: int) -> None:
    assert disputed(NOBODY, [entered], [], TOLERANCE) == found


@pytest.mark.parametrize(("left", "found"), [(1000, 0), (1001, 1)])
def test_who_left_after_it_was_here_and_is_one_of_those_it_counts(left: int, found: int) -> None:
    """It counts one; of the two who were here the younger has left since."""
    assert disputed((AT, 1), [950], [(left, 960)], TOLERANCE) == found


@pytest.mark.parametrize(("entered", "found"), [(970, 1), (971, 0)])
def test_who_left_and_had_come_just_before_it_is_none_of_those_it_counts(entered: int, found: int) -> None:
    assert disputed((AT, 1), [950], [(1001, entered)], TOLERANCE) == found


def test_of_one_entry_those_who_left_are_beyond_its_count_before_those_who_wait() -> None:
    assert disputed((AT, 1), [960], [(1001, 960)], TOLERANCE) == 0
    assert disputed((AT, 0), [960], [(1001, 960)], TOLERANCE) == 1


def test_the_oldest_are_disputed_in_any_order_and_never_more_than_there_are() -> None:
    assert disputed((AT, 2), [940, 910, 930, 920], [], TOLERANCE) == 2
    assert disputed((AT, 5), [940, 910], [], TOLERANCE) == 0
    assert disputed((AT, 1), [940, 930], [(1001, 910)], TOLERANCE) == 1, "the oldest of the three has left"


@pytest.mark.parametrize(("entered", "more"), [(1030, 2), (1031, 3)])
def test_who_came_within_the_tolerance_after_it_may_be_of_those_it_counts(entered: int, more: int) -> None:
    assert reported_more((AT, 3), [entered], [], TOLERANCE) == more
    assert reported_more((AT, 3), [], [(2000, entered)], TOLERANCE) == more


@pytest.mark.parametrize(("left", "more"), [(970, 3), (971, 2)])
def test_so_may_who_left_within_it_before(left: int, more: int) -> None:
    assert reported_more((AT, 3), [], [(left, 900)], TOLERANCE) == more


def test_a_source_that_counts_fewer_counts_none_more() -> None:
    assert reported_more((AT, 1), [900, 910], [(2000, 920)], TOLERANCE) == 0
