"""The shares of all who were offered an answer, reckoned by hand: of who gave up as well as of who was answered.

Six were answered, four of them within three minutes; of four who gave up three did within three minutes, one of them at
once (short). So of the ten: 4 in time, 7 with those met who gave up in time, 4 who gave up; without the short 3 of 9.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given

from streams.core.histogram import of_counts
from streams.core.measures import ABANDONED_SHORT, ABANDONED_WAITS, Shares
from streams.core.prediction import Queue, predicted
from streams.core.promised import TARGET_MEASURES, Name
from streams.core.reading import Cell
from streams.core.scale import bucket_of
from streams.core.verdicts import Promise, Situation, Verdict, expected, pressure, verdict
from tests.core.test_verdicts import MIN, NOW, S, cell, queues, situation, waiting

THREE = 3 * MIN


def gave_up(*waits_ms: int, short: int = 0) -> Cell:
    """Who did, after such waits."""
    made: Cell = {ABANDONED_SHORT.name: short}
    for wait in waits_ms:
        counted = ((ABANDONED_WAITS.count, 1), (ABANDONED_WAITS.sum_ms, wait))
        for name, n in (*counted, (ABANDONED_WAITS.histogram, of_counts({bucket_of(wait): 1}))):
            made[name] = made.get(name, 0) + n
    return made


def promise(name: Name, limit: float, least_sample: int = 5) -> Promise:
    measure = TARGET_MEASURES[name]
    sense: Literal["at_most", "at_least"] = "at_most" if measure.is_less_better else "at_least"
    return Promise(measure, THREE if measure.has_threshold else None, limit, sense, least_sample, lead_ms=15 * MIN)


def queue(*ages_ms: int, entered: int = 10, answered: int = 10, abandoned: int = 0, short: int = 0) -> Queue:
    plain = waiting(*ages_ms, entered=entered, gone=answered + abandoned, answered=answered)
    return replace(plain, abandoned=abandoned, abandoned_short=short)


ANSWERED = cell(MIN, MIN, MIN, THREE, 4 * MIN, 5 * MIN)
DAY = ANSWERED | gave_up(5 * S, MIN, 2 * MIN, 5 * MIN, short=1)
VALUES: dict[Name, tuple[float, int]] = {
    "share_within": (4 / 6, 6),
    "share_within_of_offered": (4 / 10, 10),
    "share_within_without_short": (4 / 9, 9),
    "share_within_without_early_abandons": (4 / 7, 7),
    "share_within_of_ended": (4 / 10, 10),
    "share_within_with_abandons_met": (7 / 10, 10),
    "abandonment": (4 / 10, 10),
    "abandonment_without_short": (3 / 9, 9),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_and_what_it_is_made_of(name: Name) -> None:
    value, whole = VALUES[name]
    given = promise(name, 0.5)
    assert given.value(DAY) == pytest.approx(value)
    assert given.counted(DAY, frozenset())[1] == whole
    assert given.value({}) is None, "no data is never zero"


# If all who wait were answered now: three who have waited for 6 minutes each, about half of that beyond three minutes.
PRESSURES: dict[Name, float] = {
    "share_within_of_offered": 4 / (10 + 1.5),
    "share_within_without_short": 4 / (9 + 1.5),
    "share_within_without_early_abandons": 4 / (7 + 1.5),
    "share_within_of_ended": 4 / (10 + 1.5),
    "share_within_with_abandons_met": 7 / (10 + 1.5),
    "abandonment": 4 / (10 + 3),
    "abandonment_without_short": 3 / (9 + 3),
}


@pytest.mark.parametrize("name", PRESSURES)
def test_the_pressure(name: Name) -> None:
    """Who waits has not given up; who waits within the threshold is not counted yet."""
    given = situation(DAY, queue(*[6 * MIN] * 3))
    assert pressure(promise(name, 0.5), given, NOW) == pytest.approx(PRESSURES[name])


# In 15 minutes three times what came in five: 15 answered, and 9 who give up, 3 of them at once. All have waited for
# 4 minutes, or up to that: none of the answered is in time, and three quarters of those who give up.
STEADY = queue(*[4 * MIN] * 9, 4 * MIN, entered=8, answered=5, abandoned=3, short=1)
EXPECTED: dict[Name, float] = {
    "share_within_of_offered": 4 / (10 + 15 + 9),
    "share_within_without_short": 4 / (9 + 15 + 6),
    "share_within_without_early_abandons": 4 / (7 + 15 + 9 / 4),
    "share_within_of_ended": 4 / (10 + 15 + 9),
    "share_within_with_abandons_met": (7 + 9 * 3 / 4) / (10 + 15 + 9),
    "abandonment": (4 + 9) / (10 + 15 + 9),
    "abandonment_without_short": (3 + 6) / (9 + 15 + 6),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_expected_of_a_steady_queue(name: Name) -> None:
    assert expected(promise(name, 0.5), situation(DAY, STEADY), NOW) == pytest.approx(EXPECTED[name])


def test_who_gives_up_in_a_queue_that_empties_does_so_until_nobody_waits() -> None:
    """Ten came and twenty went in five minutes, ten of them gave up: in two minutes nobody waits. 10 x 2 / 5 = 4."""
    ahead = predicted(queue(*[2 * MIN] * 6, entered=10, answered=10, abandoned=10), 15 * MIN, None, NOW)
    assert (ahead.abandoned, ahead.abandoned_within) == (4, 4)


def test_nobody_gives_up_in_an_empty_queue() -> None:
    """Nobody waits, or the oldest alone, who may be one whose end was never told."""
    for some in (queue(entered=20, abandoned=5), queue(5 * S, entered=20, abandoned=5).without_oldest()):
        assert predicted(some, 15 * MIN, None, NOW).abandoned == 0


# Sixty wait and have for 20 minutes and more. In five minutes 30 came, nobody was answered and 3 gave up: 9 in 15.
STANDING = queue(*[20 * MIN] * 61, entered=30, answered=0, abandoned=3)
FORTY = cell(*[MIN] * 40) | gave_up(*[MIN] * 3)


def test_answers_that_nobody_gives_hide_nobody_who_gives_up() -> None:
    """(3 + 9) / (40 + 3 + 9) = 12 / 52; with the sixty as answered it would be 12 / 112, and seem to be well."""
    given = promise("abandonment", 0.12)
    assert expected(given, situation(FORTY, STANDING), NOW) == pytest.approx(12 / 52)
    assert verdict(given, situation(FORTY, STANDING), NOW) == "drifting"
    nobody_gives_up = replace(STANDING, abandoned=0, gone=0)
    assert expected(given, situation(FORTY, nobody_gives_up), NOW) == pytest.approx(3 / 43), "who waits stays"


def test_of_who_was_offered_an_answer_who_waits_too_long_is_lost_where_nobody_is_answered() -> None:
    """All sixty will have waited for more than three minutes, and 9 give up: 40 of 43 + 60 + 9. What is within a
    threshold of half an hour (a quarter of 15 to 35 minutes, and so 45) is nothing yet, as nobody answers.
    """
    assert expected(promise("share_within_of_offered", 0.5), situation(FORTY, STANDING), NOW) == pytest.approx(40 / 112)
    long = replace(promise("share_within_of_offered", 0.5), within_ms=30 * MIN)
    assert expected(long, situation(FORTY, STANDING), NOW) == pytest.approx(40 / (43 + 60 * 5 / 20 + 9))
    mean = promise("mean_wait", 7 * MIN)
    assert expected(mean, situation(FORTY, STANDING), NOW) == pytest.approx((40 + 60 * 25) / 100 * MIN), "as ever"


def test_where_nobody_is_answered_who_comes_gives_up_and_who_waits_is_answered_in_the_end() -> None:
    """Four come in five minutes and four give up: 12 in 15 minutes. Six wait, and have for eight minutes and more."""
    ahead = predicted(queue(*[8 * MIN] * 6, entered=4, answered=0, abandoned=4), 15 * MIN, 4 * MIN, NOW)
    assert (ahead.answered, ahead.abandoned, ahead.abandoned_within) == (6, 12, 12 * 4 / 8)


OFFERED, MET = promise("share_within_of_offered", 0.5), promise("share_within_with_abandons_met", 0.7)
LOST, LATER = promise("abandonment", 0.4), promise("abandonment_without_short", 0.3)
FEW = cell(MIN, MIN) | gave_up(MIN, MIN)
CASES: Sequence[tuple[str, Promise, Situation, Verdict]] = (
    ("who gave up was not answered in time", OFFERED, situation(DAY), "breach"),
    ("met with those who gave up in time, at its limit", MET, situation(DAY), "ok"),
    ("abandonment at its limit", LOST, situation(DAY), "ok"),
    ("beyond it", replace(LOST, limit=0.39), situation(DAY), "breach"),
    ("without the short ones", LATER, situation(DAY), "breach"),
    ("at its limit", replace(LATER, limit=1 / 3), situation(DAY), "ok"),
    ("two answered and two who gave up are too few", LOST, situation(FEW), "insufficient"),
    (
        "one who waits beside the oldest is no proof that it is well",
        LOST,
        situation(FEW, queue(MIN, MIN)),
        "insufficient",
    ),
    (
        "but two of five have given up then, and no more than one may have",
        replace(LOST, limit=0.2),
        situation(FEW, queue(MIN, MIN)),
        "breach",
    ),
    (
        "nobody gave up, and nobody was answered",
        LOST,
        situation({}, queue(*[60 * MIN] * 9, answered=0)),
        "insufficient",
    ),
    ("nobody is answered, and all give up", LOST, situation(gave_up(*[MIN] * 5)), "breach"),
    ("more and more give up", LOST, situation(DAY, replace(STEADY, abandoned=5), staying={}), "drifting"),
    ("a mean of the same people knows nothing of it", promise("mean_wait", 7 * MIN), situation(DAY), "ok"),
)


@pytest.mark.parametrize(("given", "of", "said"), [pytest.param(*case, id=name) for name, *case in CASES])
def test_the_verdict(given: Promise, of: Situation, said: Verdict) -> None:
    assert verdict(given, of, NOW) == said


def test_a_published_example_in_each_of_its_senses() -> None:
    """1 000 answered, 860 of them in time; 60 gave up, 20 of them in time, and 10 at once. Of four senses Call Centre
    Helper (article 206890) gives 83, 86, 81 and 83 %. Of ours 30 more were called back, and 10 timed out.
    """
    found = Shares.of(860, 20, answered=1000, abandoned=60, short=10, ended=1100)
    assert found.of_answered == 0.86
    assert found.of_offered == pytest.approx(860 / 1060)
    assert found.without_short == pytest.approx(860 / 1050)
    assert found.without_early_abandons == pytest.approx(860 / 1040)
    assert found.with_abandons_met == pytest.approx(880 / 1060)
    assert found.of_ended == pytest.approx(860 / 1100)
    known = (found.with_abandons_met, found.of_answered, found.of_offered, found.without_early_abandons)
    assert [round(100 * (share or 0)) for share in known] == [83, 86, 81, 83]


def test_who_left_in_another_way_was_not_answered_in_time() -> None:
    """Beside the ten of the day three timed out and one was called back: 4 of 14. Two leave in five minutes."""
    day = DAY | {"left_timeout": 3, "called_back": 1}
    given = promise("share_within_of_ended", 0.5)
    assert given.counted(day, frozenset()) == (4, 14)
    leaving = replace(STEADY, entered=STEADY.entered + 2, gone=STEADY.gone + 2)
    assert expected(given, situation(day, leaving), NOW) == pytest.approx(4 / (14 + 15 + 9 + 6))


def test_no_more_leave_than_are_there() -> None:
    """Of nobody nobody leaves; four wait, two came and twenty go in five minutes: no more than ten are there."""
    nobody = replace(queue(entered=0, answered=0), gone=10)
    assert predicted(nobody, 15 * MIN, THREE, NOW).left == 0
    few = replace(queue(*[MIN] * 4, entered=2, answered=10), gone=20)
    ahead = predicted(few, 15 * MIN, THREE, NOW)
    assert ahead.left == pytest.approx(10 - ahead.answered)


def test_where_it_is_not_known_how_many_gave_up_in_time_nothing_is_said() -> None:
    coarse = DAY | {ABANDONED_WAITS.coarse: 4}
    assert MET.value(coarse, {10 * MIN}) is None
    assert MET.value(coarse, {THREE}) == 0.7
    assert OFFERED.value(coarse, {10 * MIN}) == 0.4, "of who was answered it is"
    assert verdict(MET, situation(coarse, coarse_ms={10 * MIN}), NOW) == "insufficient"


# --- of journeys, and of promises

# Five reached a person: they waited 6 minutes each from the first queue to that, and 5 of them in queues.
REACHED = {"reached": 5, "journey_wait_sum_ms": 30 * MIN, "time_in_queues_sum_ms": 25 * MIN}
ENDED = {"callback_kept": 6, "callback_failed": 1, "callback_broken": 1, "callback_cancelled": 9, "callback_settled": 9}


@pytest.mark.parametrize(
    ("name", "of", "value", "whole"),
    [
        ("journey_wait", REACHED, 6 * MIN, 5),
        ("time_in_queues", REACHED, 5 * MIN, 5),
        ("callbacks_kept", ENDED, 0.75, 8),
    ],
)
def test_a_value_of_journeys_and_of_promises(name: Name, of: Cell, value: float, whole: int) -> None:
    """What the customer withdrew, or was settled otherwise, is no promise that was kept or not."""
    given = promise(name, 0.5)
    assert given.value(DAY | of) == value
    assert given.counted(DAY | of, frozenset())[1] == whole
    assert given.value(DAY) is None


IN_ALL, IN_QUEUES = promise("journey_wait", 6 * MIN), promise("time_in_queues", 6 * MIN)
KEPT = promise("callbacks_kept", 0.7)


@pytest.mark.parametrize(
    ("given", "of", "said"),
    [
        (IN_ALL, situation(REACHED), "ok"),
        (replace(IN_ALL, limit=6 * MIN - 1), situation(REACHED), "breach"),
        (replace(IN_QUEUES, limit=5 * MIN), situation(REACHED), "ok"),
        (IN_QUEUES, situation({}, queue(*[20 * MIN] * 6, answered=0)), "breach"),  # nobody is answered
        (IN_QUEUES, situation(REACHED, queue(*[20 * MIN] * 6)), "drifting"),
        (KEPT, situation(ENDED), "ok"),
        (replace(KEPT, limit=0.76), situation(ENDED), "breach"),
        (KEPT, situation({"callback_kept": 3, "callback_broken": 1}), "insufficient"),
        (KEPT, situation({"callback_kept": 3}, replace(queue(), promises_overdue=4)), "breach"),  # 3 of 7
        (KEPT, situation(ENDED, replace(queue(), promises_overdue=1)), "drifting"),  # 6 of 9
    ],
)
def test_the_verdict_of_journeys_and_of_promises(given: Promise, of: Situation, said: Verdict) -> None:
    assert verdict(given, of, NOW) == said


@given(queues)
def test_no_more_give_up_than_are_there(some: Queue) -> None:
    gone = max(0, some.gone - some.answered)
    given = replace(some, abandoned=gone, abandoned_short=gone // 2)
    ahead = predicted(given, 15 * MIN, MIN, NOW)
    assert 0 <= ahead.abandoned_within <= ahead.abandoned + 1e-9
    assert 0 <= ahead.abandoned_short <= ahead.abandoned + 1e-9
    assert ahead.offered <= given.waiting + given.entered * 15 * MIN / given.over_ms + 1e-6
    plain = predicted(some, 15 * MIN, MIN, NOW)
    assert (ahead.answered, ahead.wait_sum_ms, ahead.within) == (plain.answered, plain.wait_sum_ms, plain.within)
