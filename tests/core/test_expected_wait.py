"""The expected wait: a forecast or a reason, never a default; the same in any order; and no more memory than it may."""

from collections.abc import Sequence
from math import log
from random import Random
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.expected_wait import Came, Expected, ExpectedWaits, Judged, Memory, Reason, Went, Withheld
from streams.core.waiting import MOST_WAITING, Ended
from tests.examples import examples

S, DAY_MS = 1000, 86_400_000
START = 20_000 * DAY_MS
LINES = ("phone/a/x", "phone/a/y", "chat/a/x")
HOWS = ("answered", "abandoned", "called_back", "left_closed")
Log = tuple[list[Came], list[Went]]


def day_of(ms: int) -> int:
    return ms // DAY_MS


def book() -> ExpectedWaits:
    return ExpectedWaits(lambda line, ms: True, day_of)


def steady(
    waits: ExpectedWaits, line: str = LINES[0], *, wait_s: int = 300, every_s: int = 30, hours: float = 2
) -> int:
    """One comes each so many seconds, and is answered after so many; answers the instant at which it stops."""
    until = START + round(hours * 3600 * S)
    entries = range(START, until, every_s * S)
    came = [Came(line, at) for at in entries]
    went = [Went(line, Ended(at, at + wait_s * S, "answered")) for at in entries if at + wait_s * S < until]
    waits.take(came, went)
    return until


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Visits whose instants often are the same."""
    came, went = [], []
    for _ in range(draw(st.integers(0, 60))):
        line, entered = draw(st.sampled_from(LINES)), START + 10 * S * draw(st.integers(0, 200))
        came.append(Came(line, entered))
        if draw(st.booleans()):
            left = entered + 10 * S * draw(st.integers(0, 60))
            went.append(Went(line, Ended(entered, left, draw(st.sampled_from(HOWS)))))
    return came, went


def said(waits: ExpectedWaits, now_ms: int) -> list[Expected | Withheld]:
    return [waits.expect(line, now_ms, waited) for line in LINES for waited in (None, 0, 90 * S, 3600 * S)]


def of_group(waits: ExpectedWaits, lines: Sequence[str], now_ms: int) -> Expected | Withheld:
    return waits.of_group({line: waits.expect(line, now_ms) for line in lines}, now_ms)


# --- A forecast, or why there is none -----------------------------------------------------------------------------


def test_of_nothing_nothing_is_said() -> None:
    assert book().expect(LINES[0], START) == Withheld("too few")
    assert book().expect(LINES[0], START, 60 * S) == Withheld("too few")
    assert of_group(book(), LINES, START) == Withheld("too few")
    assert of_group(book(), [], START) == Withheld("too few")


def test_closed_is_said_before_all_else() -> None:
    waits = ExpectedWaits(lambda line, ms: line != LINES[0], day_of)
    until = steady(waits)
    assert waits.expect(LINES[0], until) == of_group(waits, LINES[:1], until) == Withheld("closed")
    assert waits.expect(LINES[0], until, 60 * S) == Withheld("closed")


@pytest.mark.parametrize("reason", get_args(Reason))
def test_what_the_caller_knows_is_said_as_it_is(reason: Reason) -> None:
    waits = book()
    until = steady(waits)
    assert waits.expect(LINES[0], until, withheld=reason) == Withheld(reason)
    assert waits.expect(LINES[0], until, 60 * S, withheld=reason) == Withheld(reason)


def test_where_the_answers_stop_it_is_changing_too_fast() -> None:
    waits = book()
    until = steady(waits)
    assert isinstance(waits.expect(LINES[0], until), Expected)
    waits.take([Came(LINES[0], until + n * 20 * S) for n in range(45)], [])
    assert waits.expect(LINES[0], until + 900 * S) == Withheld("changing too fast")


def test_after_a_night_it_is_too_few_again() -> None:
    waits = book()
    until = steady(waits)
    assert waits.expect(LINES[0], until + DAY_MS // 2) == Withheld("too few")


# --- What is expected ---------------------------------------------------------------------------------------------


def test_a_steady_queue_is_expected_to_go_on() -> None:
    waits = book()
    found = waits.expect(LINES[0], steady(waits))
    assert isinstance(found, Expected)
    assert found.likely_ms == pytest.approx(300 * S, rel=0.1)
    assert found.low_ms < 300 * S < found.high_ms
    assert found.high_ms < 600 * S


def test_by_hand_who_is_ahead_and_how_fast_they_go() -> None:
    """Ten wait all the time for as long as anything is remembered, one is answered each 30 s, and nobody gives up."""
    waits = book()
    until = steady(waits, hours=6)
    learned = waits.expect(LINES[0], until)
    assert isinstance(learned, Expected)
    clock = 600 * S / log(2)  # of lately, by a half-life of ten minutes
    answers_per_ms = (clock / (30 * S) + 0.2) / (clock + 10 * S)
    patience_ms = (10 * clock + 1_000_000) / 0.5
    by_queue_ms = patience_ms * log(1 + 10 / (patience_ms * answers_per_ms))
    assert learned.likely_ms == pytest.approx(by_queue_ms, rel=0.05), "what was learned adds but little"


def test_twice_as_many_ahead_take_about_twice_as_long() -> None:
    waits = book()
    until = steady(waits)
    before = waits.expect(LINES[0], until)
    waits.take([Came(LINES[0], until)] * 10, [])
    after = waits.expect(LINES[0], until)
    assert isinstance(before, Expected)
    assert isinstance(after, Expected)
    assert 1.6 * before.likely_ms < after.likely_ms < 2.2 * before.likely_ms


def test_who_has_waited_has_less_to_wait_and_never_waited_for_less() -> None:
    waits = book()
    until = steady(waits)
    left = []
    for waited_s in (0, 100, 200, 290):
        found = waits.expect(LINES[0], until, waited_s * S)
        assert isinstance(found, Expected)
        assert found.low_ms >= waited_s * S
        left.append(found.likely_ms - waited_s * S)
    assert left == sorted(left, reverse=True)
    assert left[-1] < 60 * S


def test_the_plain_mean_is_of_all_that_is_one_line() -> None:
    """A queue where nobody was answered yet has that of those that are in step with it."""
    waits = book()
    until = steady(waits)
    waits._lines[LINES[1]].looked_at, waits._lines[LINES[1]].in_step = until, (LINES[1], LINES[0])
    waits.take([Came(LINES[1], until + S)], [])
    (judged,) = waits.take([], [Went(LINES[1], Ended(until + S, until + 2 * S, "answered"))])
    assert judged.is_scored and judged.plain_ms == pytest.approx(300 * S)
    (unknown,) = waits.take([Came(LINES[2], until)], [Went(LINES[2], Ended(until, until, "answered"))])
    assert not unknown.is_scored and unknown.plain_ms is None


def test_what_is_told_late_is_counted_and_not_scored() -> None:
    waits = book()
    until = steady(waits)
    (judged,) = waits.take([Came(LINES[0], until, True)], [Went(LINES[0], Ended(until, until + S, "answered"))])
    assert not judged.is_scored
    assert waits.expect(LINES[0], until + S) != Withheld("too few")


def test_of_an_end_that_is_told_late_nothing_is_learned() -> None:
    """It is of a time of which the sums have faded; that he waits no more is known all the same."""
    waits, late = book(), book()
    until = steady(waits)
    steady(late)
    late.take([Came(LINES[0], until - 400 * S, True)], [])
    late.take([], [Went(LINES[0], Ended(until - 400 * S, until - 60 * S, "answered"))])
    assert late._lines[LINES[0]].waiting.count == waits._lines[LINES[0]].waiting.count
    assert late._lines[LINES[0]].learned.rates.answered == waits._lines[LINES[0]].learned.rates.answered
    late.take([Came(LINES[0], until, True)], [Went(LINES[0], Ended(until, until + S, "answered"))])
    waits.expect(LINES[0], until + S)
    learned = [of._lines[LINES[0]].learned.rates.answered for of in (waits, late)]
    assert learned[1] == pytest.approx(learned[0] + 1)


def test_what_was_learned_goes_on_in_another_process() -> None:
    waits, later = book(), book()
    until = steady(waits)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(waits.memory(until)), type=Memory)
    later.begin(until, kept)
    waiting = waits._lines[LINES[0]].waiting._entered
    later.take([Came(LINES[0], entered, True) for entered in waiting], [])
    assert later.expect(LINES[0], until + S) == waits.expect(LINES[0], until + S)
    for away_ms, known in ((1800 * S, True), (2 * 3600 * S, False)):
        asleep = book()
        asleep.begin(until + away_ms, msgspec.msgpack.decode(msgspec.msgpack.encode(waits.memory(until)), type=Memory))
        asleep.take([Came(LINES[0], until + away_ms + n, True) for n in range(len(waiting))], [])
        found = asleep.expect(LINES[0], until + away_ms + S)
        assert isinstance(found, Expected) is known, "nothing fades unseen, and what is of long ago is let go of"


def test_its_own_error_is_learned() -> None:
    """Nobody is seen to wait, and a phone rings for 9 s."""
    waits = book()
    until = steady(waits, wait_s=9, every_s=20, hours=6)
    found = waits.expect(LINES[0], until)
    assert isinstance(found, Expected)
    assert found.likely_ms == pytest.approx(9 * S, rel=0.15)


def test_queues_in_step_are_one_line() -> None:
    """Two queues of the same advisers, one call in each of them each minute by turns: who joins one is behind those of
    both.
    """
    waits = book()
    entries = [(START + n * 30 * S, LINES[n % 2]) for n in range(240)]
    wait_ms = {at: (300 + (n % 5)) * S for n, (at, _) in enumerate(entries)}
    until = entries[-1][0]
    went = [Went(line, Ended(at, at + wait_ms[at], "answered")) for at, line in entries if at + wait_ms[at] < until]
    waits.take([Came(line, at) for at, line in entries], went)
    alone = waits.expect(LINES[0], until)
    waits.take([Came(LINES[1], until)] * 10, [])
    behind = waits.expect(LINES[0], until)
    assert isinstance(alone, Expected)
    assert isinstance(behind, Expected)
    assert behind.likely_ms > 1.6 * alone.likely_ms


def test_a_group_is_its_queues_by_how_many_come_to_each() -> None:
    waits = book()
    until = steady(waits, LINES[0], wait_s=600, every_s=10)
    steady(waits, LINES[2], wait_s=60, every_s=300)
    long, both = waits.expect(LINES[0], until), of_group(waits, [LINES[0], LINES[2]], until)
    assert isinstance(long, Expected)
    assert isinstance(both, Expected)
    assert both.low_ms <= both.likely_ms <= both.high_ms <= long.high_ms
    assert both.likely_ms == pytest.approx(long.likely_ms, rel=0.15), "thirty come to it for one to the other"
    assert of_group(waits, [LINES[0], LINES[1]], until) == of_group(waits, [LINES[0]], until), (
        "nobody comes to the other"
    )


def test_an_end_that_was_never_told_is_ahead_of_nobody_for_long() -> None:
    with_ghosts, without = book(), book()
    with_ghosts.take([Came(LINES[0], START - 60 * S - n) for n in range(20)], [])
    found = [waits.expect(LINES[0], steady(waits)) for waits in (with_ghosts, without)]
    assert isinstance(found[0], Expected)
    assert isinstance(found[1], Expected)
    assert found[0].likely_ms == pytest.approx(found[1].likely_ms, rel=0.05)


# --- What came of it ----------------------------------------------------------------------------------------------


def test_each_forecast_is_answered_when_the_stay_is_over() -> None:
    waits = book()
    until = steady(waits)
    foretold = waits.expect(LINES[0], until + 1)
    waits.take([Came(LINES[0], until + 1)], [])
    (judged,) = waits.take([], [Went(LINES[0], Ended(until + 1, until + 250 * S, "answered"))])
    assert (judged.foretold, judged.day, judged.is_scored) == (foretold, day_of(until), True)
    waits.take([Came(LINES[0], until + 2)], [])
    (gave_up,) = waits.take([], [Went(LINES[0], Ended(until + 2, until + 250 * S, "abandoned"))])
    assert isinstance(gave_up.foretold, Expected)
    assert not gave_up.is_scored


def test_who_was_never_seen_to_come_was_foretold_nothing() -> None:
    (judged,) = book().take([], [Went(LINES[0], Ended(START, START + S, "answered"))])
    assert judged == Judged(LINES[0], day_of(START), Withheld("too few"), Ended(START, START + S, "answered"))


# --- Order and memory ---------------------------------------------------------------------------------------------


@settings(max_examples=examples(150), deadline=None)
@given(logs(), st.randoms(use_true_random=False), st.integers(0, 5000))
def test_neither_the_order_of_facts_nor_where_they_are_cut_matters(log: Log, chance: Random, later_s: int) -> None:
    in_order, shuffled, cut = book(), book(), book()
    judged = in_order.take(*log)
    came, went = [*log[0]], [*log[1]]
    chance.shuffle(came)
    chance.shuffle(went)
    assert shuffled.take(came, went) == judged
    told: list[Judged] = []
    for at in sorted({one.entered for one in came} | {one.ended.left for one in went}):
        told += cut.take([of for of in came if of.entered == at], [of for of in went if of.ended.left == at])
    now_ms = START + 3000 * S + later_s * S
    assert told == judged
    assert said(in_order, now_ms) == said(shuffled, now_ms) == said(cut, now_ms)


@settings(max_examples=examples(150), deadline=None)
@given(logs(), st.integers(0, 4000))
def test_a_band_holds_what_is_likely_and_nobody_waits_for_less_than_he_has(log: Log, at_s: int) -> None:
    waits = book()
    judged = waits.take(*log)
    now_ms = START + 2000 * S + at_s * S
    found: list[tuple[int | None, Expected | Withheld]] = [(None, one.foretold) for one in judged]
    found += [(waited, waits.expect(line, now_ms, waited)) for line in LINES for waited in (None, 0, 90 * S)]
    found += [(None, of_group(waits, LINES, now_ms))]
    for waited, of in found:
        if isinstance(of, Withheld):
            assert of.reason in get_args(Reason)
            continue
        assert 0 <= of.low_ms <= of.likely_ms <= of.high_ms
        assert waited is None or of.low_ms >= waited


def test_asking_changes_nothing_but_the_time() -> None:
    asked, silent = book(), book()
    until = steady(asked)
    steady(silent)
    for second in range(100):
        said(asked, until + second * S)
    assert said(asked, until + 100 * S)[0] == pytest.approx(said(silent, until + 100 * S)[0], abs=2)


def test_memory_is_bounded() -> None:
    waits = book()
    many = MOST_WAITING + 100
    waits.take([Came(LINES[0], START + n) for n in range(many)] + [Came(LINES[1], START)] * many, [])
    lines = waits._lines
    assert [lines[line].waiting.count for line in LINES[:2]] == [MOST_WAITING] * 2
    assert [len(lines[line].foretold) for line in LINES[:2]] == [MOST_WAITING, 1]
    waits.take([], [Went(LINES[0], Ended(START + n, START + many + n, "answered")) for n in range(many)])
    assert len(lines[LINES[0]].foretold) == 0
    assert {(len(of.learned.sides), len(of.learned.errors)) for of in lines.values()} == {(4, 2)}
