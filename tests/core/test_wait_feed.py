"""What expected waits are fed with: whatever happens between two looks is told once, however often one looks."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.expected_wait import Came, Went
from streams.core.wait_feed import CORRECTED, NOBODY, Facts, Looked, Terms, since
from streams.core.waiting import Ended
from tests.examples import examples

LINE, S, LATE_MS = "phone/a/x", 1000, 10_000
LATELY_MS = 60 * S
TERMS = Terms(LATE_MS, LATELY_MS)
stays = st.tuples(
    st.integers(1, 100).map(lambda n: n * S),
    st.integers(0, 100).map(lambda n: n * S),
    st.sampled_from(["answered", "abandoned", "called_back"]),
)


def look(whole: list[Ended], now_ms: int) -> Looked:
    """What a view says at an instant: who is gone for longer than a minute is told no more."""
    waiting = [of.entered for of in whole if of.entered <= now_ms < of.left]
    return Looked(waiting, [of for of in whole if now_ms - LATELY_MS < of.left <= now_ms])


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(stays, max_size=30), st.lists(st.integers(1, 50).map(lambda n: n * S), min_size=1, max_size=12))
def test_each_who_came_and_went_is_told_once(drawn: list[tuple[int, int, str]], pauses: list[int]) -> None:
    whole = [Ended(entered, entered + wait, how) for entered, wait, how in drawn]
    told, before, now_ms = Facts(), NOBODY, 0
    for pause in pauses:
        now_ms += pause
        now = look(whole, now_ms)
        told.add(*since(LINE, before, now, now_ms, TERMS))
        before = now
    assert Counter(one.entered for one in told.came) == Counter(of.entered for of in whole if of.entered <= now_ms)
    assert Counter(one.ended for one in told.went) == Counter(of for of in whole if of.left <= now_ms)


def test_who_is_in_neither_any_more_was_corrected_away() -> None:
    before = Looked([5 * S, 5 * S, 7 * S])
    came, went = since(LINE, before, Looked([5 * S]), 9 * S, TERMS)
    assert came == []
    assert sorted(went) == [Went(LINE, Ended(at, at, CORRECTED)) for at in (5 * S, 7 * S)]
    assert since(LINE, Looked([5 * S]), Looked([5 * S]), 9 * S, TERMS) == ([], [])


def test_an_end_that_is_told_anew_brings_nobody_back() -> None:
    before = Looked([], [Ended(2 * S, 5 * S, "abandoned")])
    now = Looked([], [Ended(2 * S, 6 * S, "answered")])
    assert since(LINE, before, now, 9 * S, TERMS) == ([], []), "as it was told first"


def test_of_two_of_one_instant_one_end_is_told_anew() -> None:
    before = Looked([2 * S], [Ended(2 * S, 5 * S, "abandoned")])
    now = Looked([2 * S], [Ended(2 * S, 6 * S, "answered")])
    assert since(LINE, before, now, 9 * S, TERMS) == ([], [])
    both = Looked([], [Ended(2 * S, 6 * S, "answered"), Ended(2 * S, 7 * S, "answered")])
    assert since(LINE, before, both, 9 * S, TERMS)[1] == [Went(LINE, Ended(2 * S, 7 * S, "answered"))]


def test_who_has_not_ended_after_all_waits_again() -> None:
    before = Looked([], [Ended(2 * S, 5 * S, "abandoned")])
    assert since(LINE, before, Looked([2 * S]), 9 * S, TERMS) == ([Came(LINE, 2 * S, False)], [])


def test_of_whom_it_is_told_late_it_says_so() -> None:
    came, went = since(LINE, NOBODY, Looked([1 * S, 8 * S], [Ended(2 * S, 7 * S, "answered")]), 12 * S, TERMS)
    assert came == [Came(LINE, 1 * S, True), Came(LINE, 8 * S, False), Came(LINE, 2 * S, False)]
    assert [one.ended.entered for one in went] == [2 * S]
    assert since(LINE, NOBODY, Looked([8 * S]), 8 * S + 1, TERMS._replace(late_ms=0))[0] == [Came(LINE, 8 * S, True)]


def test_what_was_learned_before_is_not_learned_twice() -> None:
    now = Looked([], [Ended(2 * S, 5 * S, "answered"), Ended(2 * S, 6 * S, "answered")])
    came, went = since(LINE, NOBODY, now, 9 * S, TERMS._replace(ended_after=5 * S))
    assert [one.ended.left for one in went] == [6 * S]
    assert [one.entered for one in came] == [2 * S]
