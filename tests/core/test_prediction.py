"""What a queue is expected to do, reckoned by hand: it empties, it stands, nobody answers.

A lead of 15 minutes, after 5 that were looked at: what happened in those happens three times over.
"""

from dataclasses import replace
from typing import Any

import pytest

from streams.core.prediction import Ahead, Queue, predicted
from tests.core.test_verdicts import MIN, NOW, waiting

LEAD_MS = 15 * MIN


def answers(*given: Any) -> Ahead:
    """What is predicted, but for who will wait, and for how long."""
    return replace(predicted(*given), waiting=0.0, longest_ms=0.0)


def test_who_is_answered_next_has_waited_as_long_as_the_oldest_or_twice_the_mean() -> None:
    assert waiting(4 * MIN, 3 * MIN).wait_now_ms(NOW) == 4 * MIN
    assert waiting(90 * MIN, MIN, MIN, MIN).wait_now_ms(NOW) == 2 * 93 * MIN / 4, "one whose end was never told"
    assert waiting().wait_now_ms(NOW) == 0
    assert waiting(0).wait_now_ms(NOW) == 0
    assert waiting(MIN).wait_now_ms(NOW - 2 * MIN) == 0, "clocks are set back, too"
    assert replace(waiting(MIN), waiting_oldest_ms=None).wait_now_ms(NOW) == 0


def test_ages_are_those_of_all_together() -> None:
    assert waiting(4 * MIN, 3 * MIN).ages_sum_ms(NOW) == 7 * MIN
    assert waiting(MIN, MIN).ages_sum_ms(NOW - MIN - 1) == 0


def test_without_the_oldest_the_others_are_left() -> None:
    three = waiting(9 * MIN, 2 * MIN, MIN)
    assert three.without_oldest() == replace(three, waiting=2, waiting_since_sum_ms=2 * NOW - 3 * MIN)
    assert waiting().without_oldest() == waiting()


@pytest.mark.parametrize(
    ("threshold_ms", "beyond"), [(0, 4), (1, 4 * (10 * MIN - 1) / (10 * MIN)), (5 * MIN, 2), (10 * MIN, 0)]
)
def test_ages_are_taken_as_even_up_to_the_oldest(threshold_ms: int, beyond: float) -> None:
    assert waiting(*[10 * MIN] * 4).waiting_beyond(threshold_ms, NOW) == beyond


def test_who_waits_where_nobody_was_answered_for_as_long_as_was_looked_at_is_answered_when_the_lead_has_passed() -> (
    None
):
    """Six of eight minutes: after from 15 to 23, a quarter of which are within 17."""
    ahead = predicted(waiting(*[8 * MIN] * 6, gone=0), LEAD_MS, 17 * MIN, NOW)
    assert (ahead.waiting, ahead.longest_ms) == (6 + 3 * 10, 23 * MIN)
    assert answers(waiting(*[8 * MIN] * 6, gone=0), LEAD_MS, 17 * MIN, NOW) == Ahead(6, 6 * 19 * MIN, 1.5, lost=4.5)
    assert predicted(waiting(*[5 * MIN] * 6, gone=0), LEAD_MS, None, NOW).wait_sum_ms == 6 * 17.5 * MIN


def test_who_came_later_than_that_is_answered_now() -> None:
    """Two of just under five minutes. A wait of just the threshold is within it."""
    least = 5 * MIN - 1
    assert answers(waiting(least, least, gone=0), LEAD_MS, least, NOW) == Ahead(2, 2 * least, 2, lost=0)
    assert predicted(waiting(least, least, gone=0), LEAD_MS, least - 1, NOW).within == 0


def emptying(*ages_ms: int, answered: int = 20) -> Queue:
    """Ten came in five minutes and twenty went: the wait falls by a minute a minute."""
    return waiting(*ages_ms, entered=10, gone=20, answered=answered)


def test_a_queue_that_empties_within_the_lead() -> None:
    """In two minutes 20 x 2 / 5 = 8 are answered, after 2 minutes down to none, half of them within one. In the 13 that
    are left come 10 x 13 / 5 = 26, and are answered at once: of six who wait, and 30 who come, two give up.
    """
    assert answers(emptying(*[2 * MIN] * 6), LEAD_MS, MIN, NOW) == Ahead(34, 8 * MIN, 4 + 26)


def test_no_more_are_answered_than_wait_and_come() -> None:
    """Two wait and 30 come: 8 are answered while it empties, 24 then."""
    assert answers(emptying(*[2 * MIN] * 2), LEAD_MS, MIN, NOW) == Ahead(32, 8 * MIN, 4 + 24)


def test_half_of_those_who_go_give_up() -> None:
    """10 x 2 / 5 = 4 are answered in the first two minutes, and 10 x 15 / 5 = 30 in all; six more are there, and go."""
    ahead = answers(emptying(*[2 * MIN] * 6, answered=10), LEAD_MS, MIN, NOW)
    assert ahead == Ahead(30, 4 * MIN, 2 + 26, left=6)


def test_a_queue_that_is_empty_when_the_lead_has_passed() -> None:
    """Thirty of 15 minutes: the 60 who are answered wait from 15 minutes to none, two thirds of them up to 10."""
    ahead = predicted(emptying(*[15 * MIN] * 30), LEAD_MS, 10 * MIN, NOW)
    assert (ahead.answered, ahead.wait_sum_ms) == (60, 60 * 7.5 * MIN)
    assert ahead.within == pytest.approx(40)


def test_where_nobody_waits_nobody_will() -> None:
    """However few go: who waits is known, and there is none."""
    assert answers(waiting(entered=10, gone=4), LEAD_MS, 1, NOW) == Ahead(12, 0, 12)


def test_no_answers_are_expected_of_an_empty_queue_that_gives_none() -> None:
    assert answers(waiting(gone=0), LEAD_MS, MIN, NOW) == Ahead(0, 0, 0, lost=0)
