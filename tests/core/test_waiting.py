"""Who waits, how fast it goes, and how long it takes until those ahead are gone: reckoned by hand."""

from math import log

import pytest

from streams.core.waiting import MOST_WAITING, NO_RATES, Ended, Rates, Waiting, time_until_first_ms, together

S = 1000
# 11.8 answered in 590 s in which somebody waited: (11.8 + 0.2) / (590 s + 10 s) is one in 50 s. One gives up after
# (1 000 000 + 1 000 000) / (0.5 + 0.5) ms.
RATES = Rates(clock_ms=590 * S, busy_ms=590 * S, waited_ms=1000 * S, answered=11.8, abandoned=0.5)


def test_so_many_ahead_are_gone_when() -> None:
    assert RATES.answers_per_ms == pytest.approx(1 / (50 * S))
    assert RATES.patience_ms == pytest.approx(2000 * S)
    assert time_until_first_ms(40, RATES) == pytest.approx(2000 * S * log(2))  # 40 / (2000 x 0.02) = 1
    assert time_until_first_ms(0, RATES) == 0


def test_where_nobody_waits_what_was_answered_is_the_least_that_can_be() -> None:
    assert Rates(clock_ms=540 * S, answered=60).answers_per_ms == pytest.approx(60.2 / (10 * S))
    assert Rates(clock_ms=540 * S, busy_ms=590 * S, answered=0).answers_per_ms == pytest.approx(0.2 / (600 * S))
    assert Rates(clock_ms=540 * S, busy_ms=10_000_000 * S, answered=60).answers_per_ms == pytest.approx(60 / (600 * S))


def test_half_is_forgotten_after_a_half_life() -> None:
    rates = NO_RATES.with_one("answered").with_one("abandoned").with_one("left_timeout").later(600 * S, 600 * S, 3)
    assert (rates.answered, rates.abandoned) == (0.5, 0.5)
    assert rates.clock_ms == rates.busy_ms == pytest.approx(300 * S / log(2))
    assert rates.waited_ms == pytest.approx(3 * rates.clock_ms)
    assert rates.later(0, 600 * S, 9) == rates
    assert rates.later(1, 600 * S, 0).busy_ms < rates.busy_ms


def test_long_and_short_steps_come_to_the_same() -> None:
    at_once = RATES.later(900 * S, 600 * S, 4)
    stepwise = RATES
    for _ in range(900):
        stepwise = stepwise.later(S, 600 * S, 4)
    assert stepwise == pytest.approx(at_once)


def test_of_two_queues_what_happened_is_added_up_and_time_is_not() -> None:
    both = together([RATES, RATES._replace(busy_ms=100 * S)])
    assert both == Rates(590 * S, 590 * S, 2000 * S, 23.6, 1.0)


def test_who_was_overtaken_by_far_is_not_ahead() -> None:
    waiting = Waiting()
    for entered in (0, 445, 500, 600):
        waiting.come(entered * S)
    assert (waiting.count, waiting.first) == (4, 0)
    waiting.go(500 * S)
    waiting.answered(Ended(500 * S, 620 * S, "answered"))
    assert (waiting.count, waiting.first) == (2, 445 * S), "who entered a minute before the answered may come next"
    assert waiting.before(600 * S) == 1
    waiting.go(7)
    assert waiting.count == 2, "nobody entered then"


def test_of_a_queue_without_end_the_newest_are_known() -> None:
    waiting = Waiting()
    for entered in range(MOST_WAITING + 5):
        waiting.come(entered)
    assert (waiting.count, waiting.first) == (MOST_WAITING, 5)
