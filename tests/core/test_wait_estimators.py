"""The expected waits of textbooks and vendors, each reckoned by hand."""

from collections import deque
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from streams.core.calendar import day_of as local_day_of
from streams.core.wait_estimators import (
    DAY,
    ESTIMATORS,
    HALF_HOUR,
    HALF_HOUR_MS,
    HOL,
    LAST_WEEK,
    LES,
    PUZZEL,
    QL,
    QLM,
    QLR,
    Textbook,
    Textbooks,
)
from streams.core.waiting import Ended, Rates

S, DAY_MS = 1000, 86_400_000
OSLO = ZoneInfo("Europe/Oslo")
NOON = 20_000 * DAY_MS + DAY_MS // 2


def day_of(ms: int) -> int:
    return ms - ms % DAY_MS


def book() -> Textbook:
    return Textbook(day_of)


def answered(entered_s: float, wait_s: float) -> Ended:
    return Ended(NOON + round(entered_s * S), NOON + round((entered_s + wait_s) * S), "answered")


def test_before_anything_is_known_only_the_head_of_the_line_says_something() -> None:
    assert book().guesses(NOON) == {HOL: 0.0}


def test_the_last_answered_and_the_first_who_waits() -> None:
    of = book()
    of.go(answered(0, 70), None)
    of.go(answered(20, 90), None)
    of.come(NOON + 60 * S)
    of.come(NOON + 80 * S)
    assert (of.guesses(NOON + 130 * S)[LES], of.guesses(NOON + 130 * S)[HOL]) == (90 * S, 70 * S)


def test_by_the_length_of_the_queue() -> None:
    """40 wait, one is answered in 50 s, and one gives up after 2000 s: as in test_waiting.py. Those who were answered
    lately waited half as long again as QL had said.
    """
    of = Textbook(day_of, rates=Rates(590 * S, 590 * S, 1000 * S, 11.8, 0.5), at=NOON, last=answered(-100, 100))
    of.lately = deque([(answered(-200, 100), 80 * S), (answered(-300, 200), 120 * S), (answered(-90, 9), 0)])
    of.lately_ms, of.behind_ms, of.by_queue_ms = 309 * S, 300 * S, 200 * S
    for place in range(40):
        of.waiting.come(NOON - place)
    found = of.guesses(NOON)
    assert found[QL] == pytest.approx(2050 * S), "40, and one more"
    assert found[QLR] == pytest.approx(3075 * S)
    assert found[QLM] == pytest.approx(2000 * S * sum(1 / n for n in range(40, 81)))
    assert {book().guesses(NOON).get(of, 0.0) for of in (QL, QLR, QLM)} == {0.0}, "nobody waits"


def test_puzzel_goes_by_whole_minutes() -> None:
    of = book()
    of.go(answered(0, 150), None)  # (0 + 2.5) / 2 = 1.25
    assert of.guesses(NOON + 600 * S)[PUZZEL] == 60 * S
    of.go(answered(100, 300), None)  # (1 + 5) / 2 = 3
    assert of.guesses(NOON + 600 * S)[PUZZEL] == 180 * S


def test_means_of_the_half_hour_the_day_and_the_week_before() -> None:
    of = book()
    week = 7 * 86_400
    of.go(answered(-week, 50), None)
    of.go(answered(-week + 60, 70), None)
    of.go(answered(-week + 1900, 999), None)
    of.go(answered(-4000, 100), None)
    of.go(answered(-300, 200), None)
    of.go(answered(-200, 300 - 1), None)
    found = of.guesses(NOON + 100 * S)
    assert found[LAST_WEEK] == 60 * S
    assert found[HALF_HOUR] == 249.5 * S
    assert found[DAY] == pytest.approx(599 * S / 3)
    assert of.guesses(NOON + 3600 * S).keys().isdisjoint({HALF_HOUR})
    assert DAY not in of.guesses(NOON + DAY_MS), "of another day"


def test_the_week_before_is_by_the_local_clock() -> None:
    """Summer time began in between: at ten past ten it is ten past ten."""
    of = Textbook(partial(local_day_of, zone=OSLO))
    told = ((3, 25, 10, 5), (3, 25, 10, 45), (4, 1, 10, 10))
    then, before, now = (
        round(datetime(2025, month, day, hour, minute, tzinfo=OSLO).timestamp()) * S
        for month, day, hour, minute in told
    )
    for left, wait in ((then, 120), (before, 7), (now - 3600 * S, 60)):
        of.go(Ended(left, left + wait * S, "answered"), None)
    assert of.guesses(now)[LAST_WEEK] == 120 * S


def test_where_nobody_was_answered_a_week_before_it_is_the_day_so_far() -> None:
    of = book()
    of.go(answered(-300, 200), None)
    assert of.guesses(NOON)[LAST_WEEK] == of.guesses(NOON)[DAY] == 200 * S


def test_who_gave_up_is_no_answer() -> None:
    of = book()
    of.go(Ended(NOON, NOON + 90 * S, "abandoned"), None)
    assert of.guesses(NOON + 100 * S) == {HOL: 0.0}


def test_what_was_foretold_at_the_entry_is_answered_at_the_exit() -> None:
    books = Textbooks(day_of)
    at = NOON + 1
    books.take([("a", at)], [])
    ended = Ended(at, at + 5 * S, "answered")
    assert books.take([], [("a", ended)]) == [{HOL: 0.0}]
    later = at + 10 * S
    books.take([("a", later), ("a", later)], [])
    twice = [("a", Ended(later, later + 1, "answered"))] * 2
    first, second = books.take([], twice)
    assert first == second
    assert first[LES] == 5 * S
    assert books.take([], [("a", ended)]) == [{}], "it is forgotten"


def test_memory_is_bounded() -> None:
    of = book()
    for n in range(40 * DAY_MS // HALF_HOUR_MS):
        of.go(Ended(NOON + n * HALF_HOUR_MS, NOON + n * HALF_HOUR_MS + S, "answered"), None)
    assert len(of.half_hours) == 14 * 48
    assert len(of.lately) <= 2
    assert len({*ESTIMATORS}) == len(ESTIMATORS) == len(of.guesses(NOON + 40 * DAY_MS - HALF_HOUR_MS))
