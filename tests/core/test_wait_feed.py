"""What came and went between two looks, and that nobody is left behind by it."""

from hypothesis import given
from hypothesis import strategies as st

from streams.core.expected_wait import Came, ExpectedWaits, Went
from streams.core.wait_feed import since
from streams.core.waiting import Ended

LINE, NOW = "phone/a/b", 1_700_000_000_000
TIMES = st.lists(st.integers(0, 9), max_size=12)


def test_by_hand() -> None:
    """1 and 2 waited; 2 was answered, 3 came and gave up, 4 came and waits, and 1 was corrected away."""
    ended = [Ended(2, 7, "answered"), Ended(3, 8, "abandoned")]
    came, went = since(LINE, [1, 2], [4], ended, 9)
    assert sorted(came) == [Came(LINE, 3), Came(LINE, 4)]
    assert went == [Went(LINE, ended[0]), Went(LINE, ended[1]), Went(LINE, Ended(1, 9, ""))]


def test_two_of_one_instant_are_two() -> None:
    came, went = since(LINE, [5], [5, 5], [Ended(5, 6, "answered")], 9)
    assert (came, len(went)) == ([Came(LINE, 5)] * 2, 1)


@given(st.lists(st.tuples(TIMES, TIMES), max_size=8))
def test_who_waits_is_who_waits(looks: list[tuple[list[int], list[int]]]) -> None:
    """Whatever is seen, one look after the other."""
    waits = ExpectedWaits(lambda line, ms: True, lambda ms: 0)
    before: list[int] = []
    for n, (now, over) in enumerate(looks):
        at = NOW + 1000 * n
        ended = [Ended(entered, at, "abandoned") for entered in over]
        waits.take(*since(LINE, before, now, ended, at))
        before = now
        assert waits._lines[LINE].waiting.count == len(now)
        assert sum(times for _, times in waits._lines[LINE].foretold.values()) == len(now)
