"""When what an open transaction keeps from being read counts as hidden."""

import pytest

from streams.fresh import HIDDEN_S, Hidden

P = "phone-0"


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.fault(27)
def test_what_stays_beyond_the_readable_end_is_hidden_after_a_while() -> None:
    time = Time()
    hidden = Hidden(time)
    assert hidden.note(P, 10, 11) == 0
    time.now = HIDDEN_S
    assert hidden.note(P, 10, 300) == 0
    time.now = HIDDEN_S + 1
    assert hidden.note(P, 10, 311) == 301
    assert hidden.note(P, 311, 311) == 0
    assert hidden.note(P, 311, 312) == 0, "another one begins"


@pytest.mark.fault(27)
def test_transactions_that_follow_on_each_other_hide_nothing_while_each_ends_soon() -> None:
    time = Time()
    hidden = Hidden(time)
    for second in range(60):
        time.now = float(second)
        assert hidden.note(P, 10 * second, 10 * second + 10) == 0


@pytest.mark.fault(27)
def test_a_readable_end_that_moves_and_stays_far_behind_is_hidden() -> None:
    """As with many long transactions that overlap: one of them ends each second, and nothing of now is read."""
    time = Time()
    hidden = Hidden(time)
    found = []
    for second in range(10):
        time.now = float(second)
        found.append(hidden.note(P, second, second + 1000))
    assert found[:6] == [0] * 6 and found[6:] == [1000] * 4


def test_nothing_is_known_of_a_partition_that_was_just_taken() -> None:
    time = Time()
    hidden = Hidden(time)
    hidden.note(P, 10, 11)
    time.now = HIDDEN_S + 1
    hidden.begin(P)
    assert hidden.note(P, 10, 11) == 0
