"""The verdicts' cases, each edge with its neighbour, and what holds of every prediction."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.histogram import of_counts
from streams.core.measures import ANSWERED_WAITS
from streams.core.prediction import Queue, predicted
from streams.core.promised import MEAN_WAIT, SHARE_WITHIN
from streams.core.reading import Cell
from streams.core.scale import bucket_of
from streams.core.verdicts import Promise, Situation, Verdict, expected, pressure, verdict

S, MIN = 1000, 60_000
NOW = 1_741_083_600_000
MEAN = Promise(MEAN_WAIT, None, 7 * MIN, "at_most", least_sample=5, lead_ms=15 * MIN)
SHARE = Promise(SHARE_WITHIN, 10 * MIN, 0.60, "more_than", least_sample=5, lead_ms=15 * MIN)
NINE_IN_TEN = Promise(SHARE_WITHIN, 3 * MIN, 0.90, "at_least", least_sample=5, lead_ms=15 * MIN)
QUIET = Queue(0, 0, None, entered=10, answered=10, gone=10, over_ms=5 * MIN)


def cell(*waits_ms: int) -> Cell:
    made: Cell = {}
    for wait in waits_ms:
        in_bucket = of_counts({bucket_of(wait): 1})
        for name, n in (
            (ANSWERED_WAITS.count, 1),
            (ANSWERED_WAITS.sum_ms, wait),
            (ANSWERED_WAITS.histogram, in_bucket),
        ):
            made[name] = made.get(name, 0) + n
    return made


def waiting(*ages_ms: int, entered: int = 10, gone: int = 10, answered: int | None = None) -> Queue:
    since = [NOW - age for age in ages_ms]
    was = gone if answered is None else answered
    return Queue(len(since), sum(since), min(since, default=None), entered, was, gone, 5 * MIN)


def situation(window: Cell, *queues: Queue, staying: Cell | None = None, **given: Any) -> Situation:
    made = Situation(
        is_open=lambda _: True,
        is_of_now=True,
        newest_ms=NOW - S,
        stale_after_ms=2 * MIN,
        window=window,
        staying=window if staying is None else staying,
        queues=queues or (QUIET,),
    )
    return replace(made, **given)


FINE, BAD = cell(*[MIN] * 5), cell(*[8 * MIN] * 5)
COARSE = FINE | {ANSWERED_WAITS.coarse: 5}  # of an earlier scale

CASES: Sequence[tuple[str, Promise, Situation, Verdict]] = (
    # 1
    ("outside the opening hours nothing else matters", MEAN, situation(BAD, is_open=lambda _: False), "closed"),
    ("nor that the feed is silent", MEAN, situation(BAD, is_open=lambda _: False, newest_ms=None), "closed"),
    # 2
    ("silent for just as long as it may", MEAN, situation(FINE, newest_ms=NOW - 2 * MIN), "ok"),
    ("silent for longer", MEAN, situation(FINE, newest_ms=NOW - 2 * MIN - 1), "stale"),
    ("a silent feed is no breach", MEAN, situation(BAD, newest_ms=NOW - 3 * MIN), "stale"),
    ("it never sent anything", MEAN, situation({}, newest_ms=None), "stale"),
    ("they are of the past, or not whole", MEAN, situation(FINE, is_of_now=False), "stale"),
    (
        "it opened a minute ago, and nobody has come yet",
        MEAN,
        situation({}, is_open=lambda at: at >= NOW - MIN, newest_ms=NOW - 18 * 60 * MIN),
        "insufficient",
    ),
    # 3
    ("a mean at its limit", MEAN, situation(cell(*[7 * MIN] * 5)), "ok"),
    ("a mean one ms over it in all", MEAN, situation(cell(*[7 * MIN] * 4, 7 * MIN + 1)), "breach"),
    ("a share that must be more than its limit, at it", SHARE, situation(cell(*[MIN] * 6, *[11 * MIN] * 4)), "breach"),
    ("and above it", SHARE, situation(cell(*[MIN] * 7, *[11 * MIN] * 4)), "ok"),
    ("a share that must be its limit, at it", NINE_IN_TEN, situation(cell(*[MIN] * 9, 11 * MIN)), "ok"),
    ("and below it", NINE_IN_TEN, situation(cell(*[MIN] * 8, 11 * MIN)), "breach"),
    ("a wait of just the threshold is in time", SHARE, situation(cell(*[10 * MIN] * 5)), "ok"),
    # 4, where the oldest of those who wait is left out
    ("nobody answers, and they have waited too long", MEAN, situation({}, waiting(*[8 * MIN] * 6, gone=0)), "breach"),
    ("one too few of them", MEAN, situation({}, waiting(*[8 * MIN] * 5, gone=0)), "insufficient"),
    ("of a share, half of ten are too late", SHARE, situation({}, waiting(*[20 * MIN] * 11, gone=0)), "breach"),
    ("half of nine are too few", SHARE, situation({}, waiting(*[20 * MIN] * 10, gone=0)), "insufficient"),
    ("few answered and few waiting are enough together", MEAN, situation(cell(MIN), waiting(*[9 * MIN] * 5)), "breach"),
    ("but they have not waited for long", MEAN, situation(cell(MIN), waiting(*[2 * MIN] * 5)), "insufficient"),
    ("who came just now is no sample", NINE_IN_TEN, situation(cell(6 * MIN), waiting(*[S] * 9)), "insufficient"),
    ("one whose end was never told", MEAN, situation(cell(*[MIN] * 4), waiting(90 * MIN)), "insufficient"),
    # 5
    ("nothing", MEAN, situation({}), "insufficient"),
    ("one answered too few, however slow", MEAN, situation(cell(*[60 * MIN] * 4)), "insufficient"),
    ("how many were in time is not known", SHARE, situation(COARSE, coarse_ms={3 * MIN}), "insufficient"),
    (
        "nor with those who wait",
        SHARE,
        situation(COARSE, waiting(*[20 * MIN] * 12), coarse_ms={3 * MIN}),
        "insufficient",
    ),
    ("but it is of another threshold", NINE_IN_TEN, situation(COARSE, coarse_ms={3 * MIN}), "ok"),
    ("and a mean is", MEAN, situation(COARSE, coarse_ms={3 * MIN}), "ok"),
    # 6
    ("those who wait have waited too long", MEAN, situation(FINE, waiting(*[30 * MIN] * 5)), "drifting"),
    ("the queue grows", MEAN, situation(FINE, waiting(*[6 * MIN] * 9, entered=40, gone=20)), "drifting"),
    ("as long a queue that does not", MEAN, situation(FINE, waiting(*[6 * MIN] * 9, entered=20, gone=20)), "ok"),
    (
        "a queue that empties",
        MEAN,
        situation(cell(*[6 * MIN + 30 * S] * 40), waiting(*[m * MIN for m in range(12, 16)], entered=2, gone=40)),
        "ok",
    ),
    ("the good answers leave the window", MEAN, situation(FINE, waiting(*[8 * MIN] * 4), staying={}), "drifting"),
    (
        "but it closes before that",
        MEAN,
        situation(FINE, waiting(*[8 * MIN] * 4), staying={}, is_open=lambda at: at < NOW + 10 * MIN),
        "ok",
    ),
    ("one who was forgotten is not everybody", MEAN, situation(FINE, waiting(*[5 * S] * 40, 90 * MIN)), "ok"),
    ("nor where nobody else waits", MEAN, situation(FINE, waiting(90 * MIN)), "ok"),
    ("two who came just now where few come", MEAN, situation(FINE, waiting(5 * S, S, entered=2, gone=0)), "ok"),
    ("half of those who wait are too late", SHARE, situation(FINE, waiting(*[20 * MIN] * 12)), "drifting"),
    # 7
    ("all is well", MEAN, situation(FINE), "ok"),
)


@pytest.mark.parametrize(("promise", "given", "said"), [pytest.param(*case, id=name) for name, *case in CASES])
def test_the_verdict(promise: Promise, given: Situation, said: Verdict) -> None:
    assert verdict(promise, given, NOW) == said


def test_pressure_counts_those_who_wait_as_answered_now() -> None:
    given = situation(cell(MIN, 3 * MIN), waiting(2 * MIN, 4 * MIN))
    assert pressure(MEAN, given, NOW) == 2.5 * MIN
    assert pressure(MEAN, given, NOW + MIN) == 3 * MIN, "ages grow with the clock"
    assert pressure(MEAN, situation({}), NOW) is None


def test_where_it_is_not_known_how_many_were_in_time_nothing_is_said_of_it() -> None:
    given = situation(COARSE, waiting(*[MIN] * 6), coarse_ms={3 * MIN})
    assert (pressure(SHARE, given, NOW), expected(SHARE, given, NOW), SHARE.value(COARSE, {3 * MIN})) == (
        None,
        None,
        None,
    )
    assert pressure(NINE_IN_TEN, given, NOW) == 5 / (5 + 0), "who waits within it is not counted yet"
    assert NINE_IN_TEN.value(COARSE, {3 * MIN}) == 1


def test_over_too_few_nothing_is_expected() -> None:
    """Two were answered, and in the lead 20 / 5 a minute more; where none come there are four."""
    few = situation(cell(MIN, MIN), waiting(MIN, MIN, MIN, gone=0), staying=cell(MIN, MIN))
    assert expected(MEAN, few, NOW) is None, "the oldest of them left out"
    enough = situation(cell(MIN, MIN), waiting(*[MIN] * 4, gone=0), staying=cell(MIN, MIN))
    assert expected(MEAN, enough, NOW) == MIN


def test_what_is_expected_of_a_steady_queue_is_what_its_next_has_waited() -> None:
    """20 answered in 5 minutes, each after 4: in 15 minutes 60 more, of 4 minutes each, beside 5 of one minute."""
    given = situation(FINE, waiting(*[4 * MIN] * 10, entered=20, gone=20))
    assert expected(MEAN, given, NOW) == pytest.approx((60 * 4 * MIN + 5 * MIN) / 65)


def test_what_is_expected_of_a_growing_queue() -> None:
    """Twice as many come as go: after 15 minutes the one answered next has waited 7.5 minutes longer."""
    ahead = predicted(waiting(*[4 * MIN] * 10, entered=40, gone=20), 15 * MIN, 10 * MIN, NOW)
    assert ahead.answered == 60
    assert ahead.wait_sum_ms / ahead.answered == pytest.approx((4 + 7.5 / 2) * MIN)
    assert ahead.within / ahead.answered == pytest.approx((10 - 4) / 7.5)


queues = st.builds(
    lambda ages, entered, answered, others: waiting(*ages, entered=entered, gone=answered + others, answered=answered),
    st.lists(st.integers(0, 4 * 60 * MIN), max_size=30),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 20),
)


@given(queues, st.integers(0, 30 * MIN), st.sampled_from([None, MIN, 10 * MIN]))
def test_no_prediction_is_absurd(queue: Queue, lead_ms: int, within_ms: int | None) -> None:
    ahead = predicted(queue, lead_ms, within_ms, NOW)
    longest = queue.wait_now_ms(NOW) + lead_ms
    assert 0 <= ahead.within <= ahead.answered + 1e-9
    assert ahead.answered <= queue.waiting + queue.entered * lead_ms / queue.over_ms + 1e-9
    assert 0 <= ahead.wait_sum_ms <= ahead.answered * longest + 1e-6
    assert 0 <= queue.waiting_beyond(within_ms or MIN, NOW) <= queue.waiting


@given(queues, st.integers(1, 20))
def test_a_longer_wait_is_never_expected_to_end_better(queue: Queue, more: int) -> None:
    older = replace(
        queue,
        waiting_since_sum_ms=queue.waiting_since_sum_ms - queue.waiting * more * MIN,
        waiting_oldest_ms=queue.waiting_oldest_ms and queue.waiting_oldest_ms - more * MIN,
    )
    assert predicted(older, 15 * MIN, None, NOW).wait_sum_ms >= predicted(queue, 15 * MIN, None, NOW).wait_sum_ms
