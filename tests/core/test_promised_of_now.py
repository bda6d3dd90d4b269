"""The longest wait and how many wait, as targets: reckoned by hand, and held against a plain recount of visits."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.measures import ABANDONED_WAITS, ANSWERED_WAITS
from streams.core.prediction import predicted
from streams.core.promised import LONGEST_WAIT, WAITING
from streams.core.reading import Cell
from streams.core.verdicts import Promise, Situation, Verdict, achieved, expected, pressure, ruled, verdict
from tests.core.test_verdicts import MIN, NOW, S, situation, waiting

NOBODY_LONGER = Promise(LONGEST_WAIT, None, 20 * MIN, "at_most", least_sample=1, lead_ms=15 * MIN)
FEW = Promise(WAITING, None, 20, "at_most", least_sample=1, lead_ms=15 * MIN)


def ended(answered: tuple[int, ...] = (), abandoned: tuple[int, ...] = ()) -> Cell:
    """What the window has of such waits (ms)."""
    made: Cell = {}
    for family, waits in ((ANSWERED_WAITS, answered), (ABANDONED_WAITS, abandoned)):
        if waits:
            made |= {family.count: len(waits), family.sum_ms: sum(waits), family.max_ms: max(waits)}
    return made


LONE = waiting(20 * MIN + 1, entered=0, gone=0)


@pytest.mark.parametrize(
    ("of", "said", "value", "sample"),
    [
        (situation({}), "insufficient", None, 0),  # no data is never zero
        (situation(ended((20 * MIN,))), "ok", 20 * MIN, 1),  # the limit itself is kept
        (situation(ended((20 * MIN + 1,))), "breach", 20 * MIN + 1, 1),
        (situation(ended((S,), (20 * MIN + 1,))), "breach", 20 * MIN + 1, 2),  # who gave up waited, too
        (situation({}, LONE), "breach", 20 * MIN + 1, 1),  # one as a thousand, and nobody answered
        (situation(ended((S,) * 5), LONE), "breach", 20 * MIN + 1, 6),
        (situation(ended((19 * MIN,)), waiting(S), waiting(18 * MIN, 2 * S)), "ok", 19 * MIN, 4),
        (situation({}, LONE, is_open=lambda _: False), "closed", 20 * MIN + 1, 1),
    ],
)
def test_the_longest_wait(of: Situation, said: Verdict, value: float | None, sample: int) -> None:
    part, whole = achieved(NOBODY_LONGER, of, NOW)
    assert (verdict(NOBODY_LONGER, of, NOW), part, whole) == (said, value, sample)


def test_a_sample_may_be_asked_for() -> None:
    given = replace(NOBODY_LONGER, least_sample=3)
    assert verdict(given, situation({}, waiting(60 * MIN, 60 * MIN)), NOW) == "insufficient"
    assert verdict(given, situation(ended((S,)), waiting(60 * MIN, 60 * MIN)), NOW) == "breach"


def test_a_queue_that_grows_will_have_longer_waits() -> None:
    """Who is next has waited for 6 minutes, and 20 go of 40 that come: half of 15 minutes more, 13:30."""
    grows = waiting(*[6 * MIN] * 9, entered=40, gone=20)
    given = replace(NOBODY_LONGER, limit=13 * MIN)
    assert expected(given, situation({}, grows), NOW) == 13 * MIN + 30 * S
    assert ruled(given, situation({}, grows), NOW) == ("drifting", 6)
    assert verdict(given, situation({}, waiting(*[6 * MIN] * 9, entered=20, gone=20)), NOW) == "ok"
    assert pressure(given, situation({}, grows), NOW) == 6 * MIN


@pytest.mark.parametrize(
    ("of", "said", "value"),
    [
        (situation({}), "ok", 0),  # that nobody waits is known
        (situation({}, waiting(*[S] * 12), waiting(*[S] * 8)), "ok", 20),
        (situation({}, waiting(*[S] * 12), waiting(*[S] * 9)), "breach", 21),
        (situation({}, waiting(*[S] * 12), waiting(*[S] * 9), is_of_now=False), "stale", 21),
    ],
)
def test_how_many_wait(of: Situation, said: Verdict, value: int) -> None:
    assert (verdict(FEW, of, NOW), achieved(FEW, of, NOW)[0]) == (said, value)
    assert pressure(FEW, of, NOW) is None, "if all were answered nobody would wait: that says nothing"


def test_how_many_will_wait() -> None:
    """In five minutes 10 come and 6 go: 12 more in 15. The oldest is one as the others."""
    grows = waiting(*[S] * 9, entered=10, gone=6)
    assert expected(FEW, situation({}, grows), NOW) == 21
    assert verdict(FEW, situation({}, grows), NOW) == "drifting"
    assert verdict(FEW, situation({}, grows, is_open=lambda at: at <= NOW), NOW) == "ok", "it is closed by then"
    assert predicted(waiting(S, entered=0, gone=9), 15 * MIN, None, NOW).waiting == 0, "and never fewer than nobody"


WAITS = st.lists(st.integers(0, 90 * MIN), max_size=6)


@given(WAITS, WAITS, st.lists(WAITS, min_size=1, max_size=3))
def test_both_are_what_a_plain_count_of_the_visits_says(
    answered: list[int], abandoned: list[int], queues: list[list[int]]
) -> None:
    """However they lie in queues."""
    of = situation(ended(tuple(answered), tuple(abandoned)), *(waiting(*ages) for ages in queues))
    ages = [age for some in queues for age in some]
    everybody = [*answered, *abandoned, *ages]
    assert achieved(NOBODY_LONGER, of, NOW) == (max(everybody, default=None), len(everybody))
    assert achieved(FEW, of, NOW)[0] == len(ages)
    assert (verdict(NOBODY_LONGER, of, NOW) == "breach") == any(wait > 20 * MIN for wait in everybody)
    assert (verdict(FEW, of, NOW) == "breach") == (len(ages) > 20)
