"""What is said to a caller: in bands that people use, upwards, and without jumping."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.expected_wait import Expected, Withheld
from streams.core.said_wait import (
    DOWN_AFTER_MS,
    EDGES_MIN,
    FORGOTTEN_AFTER_MS,
    SILENT,
    Language,
    Said,
    Saying,
    said_of,
)

MIN = 60_000
NOON = 1_700_000_000_000


def about(minutes: float) -> Expected:
    ms = round(minutes * MIN)
    return Expected(ms, ms, ms)


@pytest.mark.parametrize(
    ("minutes", "bokmal", "nynorsk", "english"),
    [
        (0.2, "under 1 minutt", "under 1 minutt", "less than 1 minute"),
        (1, "1 til 3 minutter", "1 til 3 minutt", "1 to 3 minutes"),
        (1.1, "1 til 3 minutter", "1 til 3 minutt", "1 to 3 minutes"),
        (7, "5 til 10 minutter", "5 til 10 minutt", "5 to 10 minutes"),
        (50, "45 minutter til 1 time", "45 minutt til 1 time", "45 minutes to 1 hour"),
        (70, "1 til 2 timer", "1 til 2 timar", "1 to 2 hours"),
        (500, "mer enn 2 timer", "meir enn 2 timar", "more than 2 hours"),
    ],
)
def test_words(minutes: float, bokmal: str, nynorsk: str, english: str) -> None:
    said = said_of(about(minutes))
    languages: tuple[Language, ...] = ("nb", "nn", "en")
    assert [said.words(language) for language in languages] == [bokmal, nynorsk, english]


def test_it_leans_upwards() -> None:
    assert said_of(Expected(3 * MIN, 4 * MIN, 5 * MIN)) == said_of(about(4.5)) == Said(EDGES_MIN.index(5))
    assert said_of(Expected(3 * MIN, 4 * MIN, 7 * MIN)).words("en") == "5 to 10 minutes"


@given(st.integers(0, 300 * MIN), st.integers(0, 100 * MIN))
def test_what_is_likely_is_never_longer_than_what_is_said(likely: int, more: int) -> None:
    said = said_of(Expected(0, likely, likely + more))
    assert said.most_ms is None or likely <= said.most_ms
    assert said.least_ms < likely + more or not said.place


def test_up_at_once_and_down_when_it_has_been_clearly_shorter_for_a_minute() -> None:
    first = SILENT.now(about(7), NOON)
    assert first.said == said_of(about(7))
    up = first.now(about(11), NOON + 1)
    assert up.said == said_of(about(11))
    hardly = up.now(about(9.5), NOON + 2)
    assert hardly.said == up.said, "9.5 is hardly less than 10"
    assert hardly.now(about(9.5), NOON + 10 * MIN).said != up.said, "what was said is forgotten after a while"
    assert hardly.now(about(9.5), NOON + 4 * MIN).said == up.said
    down = up.now(about(8), NOON + 2)
    assert down.said == up.said
    assert down.now(about(8), NOON + DOWN_AFTER_MS + 1).said == up.said
    assert down.now(about(8), NOON + DOWN_AFTER_MS + 2).said == said_of(about(8))
    assert down.now(about(9), NOON + 30_000).now(about(8), NOON + DOWN_AFTER_MS + 2).said == up.said, "it began anew"


def test_it_goes_down_to_the_longest_of_the_minute_and_not_to_what_the_last_instant_says() -> None:
    saying = SILENT.now(about(35), NOON)
    for second in range(61):
        saying = saying.now(about(22), NOON + 1000 * second)
    assert saying.said == said_of(about(22))
    saying = SILENT.now(about(35), NOON)
    for second in range(60):
        saying = saying.now(about(22), NOON + 1000 * second)
    assert saying.now(about(2), NOON + 60_000).said == said_of(about(22))


def test_a_look_at_which_nothing_is_known_begins_no_minute_anew() -> None:
    saying = SILENT.now(about(35), NOON)
    for second in range(10, 70, 10):
        saying = saying.now(Withheld("too few") if second == 50 else about(2), NOON + 1000 * second)
    assert saying.now(about(2), NOON + 70_000).said == said_of(about(2))


def test_where_nothing_is_known_nothing_is_said_and_what_was_is_remembered_for_a_while() -> None:
    told = SILENT.now(about(11), NOON)
    silent = told.now(Withheld("stale"), NOON + MIN)
    assert silent.said is None
    assert silent.now(about(9.5), NOON + 2 * MIN).said == told.said
    assert silent.now(about(9.5), NOON + FORGOTTEN_AFTER_MS + 1).said == said_of(about(9.5))
    assert SILENT.now(Withheld("closed"), NOON) == SILENT


@given(st.lists(st.floats(9.0, 11.0), min_size=2, max_size=40))
def test_around_an_edge_it_stays(minutes: list[float]) -> None:
    """Each second another expectation between 9 and 11 minutes: what is said changes once at most, and upwards."""
    saying: Saying = SILENT
    told = []
    for second, of in enumerate(minutes):
        saying = saying.now(about(of), NOON + 1000 * second)
        told.append(saying.said)
    changes = [(one, other) for one, other in pairwise(told) if one != other]
    assert len(changes) <= 1
    assert all(one is not None and other is not None and one.place < other.place for one, other in changes)
