"""The replay: what would have been foretold, and how good that is beside textbooks."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import pytest

from streams.core.calendar import day_of
from streams.core.expected_wait import Expected, Withheld
from streams.core.wait_estimators import ESTIMATORS, HOL, LES
from streams.core.waiting import Ended
from streams.past.stays import Stayed, Stays
from streams.past.wait_replay import METHODS, NOTHING, OURS, Foretold, by_queue_and_day, replay, scores
from tests.events import START_MS, records, visit
from tests.expected_wait.days import DAY, ZONE, centre, lines_of, stays_of

S = 1000


@pytest.fixture(scope="module")
def morning() -> list[Foretold]:
    """A simulated day until eleven, with nothing known beforehand."""
    stays = stays_of(lines_of("normal", 7, DAY, hours=1.5))
    return [*replay(stays, centre().opening_hours.is_open, partial(day_of, zone=ZONE))]


def test_it_is_nearer_than_the_best_of_the_textbooks(morning: list[Foretold]) -> None:
    found = scores(morning)
    for of in found:
        ours = of[OURS].root_mean_square_ms
        others = [of[name].root_mean_square_ms or 0 for name in ESTIMATORS]
        assert ours is not None
        assert ours < 0.9 * min(others), f"{ours / S:.0f} s; the others {[round(ms / S) for ms in others]}"


def test_the_band_holds_about_four_of_five(morning: list[Foretold]) -> None:
    found = scores(morning)
    for of in found:
        assert of[OURS].answered > 1500
        assert 0.72 < (of[OURS].share_held or 0) < 0.92, "wide at first, as nothing was learned yet"


def test_queues_add_up_to_the_whole(morning: list[Foretold]) -> None:
    by_queue = by_queue_and_day(morning)
    assert {line for line, _ in by_queue} <= {*centre().own_lines}
    whole, added = scores(morning), sum(by_queue.values(), NOTHING)
    for method in METHODS:
        assert added.of_all[method] == pytest.approx(whole.of_all[method])
        assert added.of_waited[method] == pytest.approx(whole.of_waited[method])


def test_nothing_that_happens_in_the_same_instant_is_known() -> None:
    """Two are answered after 60 s and 90 s; a third enters as the second is answered."""
    line = "phone/personbruker/helse"
    stays = [
        Stayed(line, Ended(0, 60 * S, "answered")),
        Stayed(line, Ended(10 * S, 100 * S, "answered")),
        Stayed(line, Ended(100 * S, 130 * S, "answered")),
        Stayed(line, Ended(101 * S, 140 * S, "answered")),
    ]
    found = {one.judged.ended.entered: one for one in replay(stays, lambda line, ms: True, lambda ms: 0)}
    assert found[100 * S].guesses[LES] == 60 * S
    assert found[100 * S].guesses[HOL] == 90 * S
    assert found[101 * S].guesses[LES] == 90 * S


def test_while_it_is_closed_nothing_is_foretold() -> None:
    stays = [Stayed("phone/a/b", Ended(n * S, n * S + 5 * S, "answered")) for n in range(100)]
    found = [*replay(stays, lambda line, ms: ms < 50 * S, lambda ms: 0)]
    reasons = [one.judged.foretold.reason for one in found if isinstance(one.judged.foretold, Withheld)]
    assert reasons.count("closed") == 50
    assert any(isinstance(one.judged.foretold, Expected) for one in found[:50])


def test_a_clock_that_was_wrong_makes_no_wait_of_less_than_nothing() -> None:
    (one,) = replay([Stayed("phone/a/b", Ended(9 * S, 5 * S, "answered"))], lambda line, ms: True, lambda ms: 0)
    assert one.judged.ended.wait_ms == 0


# --- Stays out of events --------------------------------------------------------------------------------------------


def stays_told(log: list[dict[str, object]], at_once: int) -> list[Stayed]:
    known = Stays(centre().rules())
    lines = [record.value for record in records(log)]

    def found() -> Iterator[Stayed]:
        for first in range(0, len(lines), at_once):
            yield from known.take(lines[first : first + at_once])
        yield from known.rest()

    return sorted(found())


@pytest.mark.parametrize("at_once", [1, 1000])
def test_stays_are_what_the_fold_makes_of_events(at_once: int) -> None:
    """Answered, given up, and never heard of again; then nothing for three days, so that all is forgotten."""
    log = visit("1", START_MS, ("queue.answered", 60 * S)) + visit("2", START_MS, ("queue.abandoned", 30 * S))
    log += visit("3", START_MS)
    log += visit("9", START_MS + 3 * 86_400 * S, ("queue.answered", 5 * S))
    told = stays_told(log, at_once)
    assert {(stay.ended.entered, stay.ended.how) for stay in told} == {
        (START_MS, "answered"),
        (START_MS, "abandoned"),
        (START_MS, "lost"),
        (START_MS + 3 * 86_400 * S, "answered"),
    }
    waits = {stay.ended.how: stay.ended.wait_ms for stay in told if stay.ended.entered == START_MS}
    assert waits == {"answered": 60 * S, "abandoned": 30 * S, "lost": 4 * 3600 * S}
    assert {stay.line for stay in told} == {told[0].line}


def test_lines_that_are_no_events_are_counted() -> None:
    known = Stays(centre().rules())
    assert [*known.take([b"{}", b"\xff", None])] == []
    assert (known.events, known.no_events) == (0, 3)


def test_a_day_begins_with_nobody(morning: list[Foretold]) -> None:
    first = min(one.judged.ended.entered for one in morning if isinstance(one.judged.foretold, Expected))
    assert datetime.fromtimestamp(first / 1000, ZONE).hour == 9, "before that it is closed, or too few"
