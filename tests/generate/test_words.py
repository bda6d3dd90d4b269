"""Lengths of time as people say them, in every text that is generated."""

import re

import pytest

from streams.generate.files import all_files
from streams.generate.words import latest, limit_of, measure_of, promise, span
from tests.cards import YEAR
from tests.generate.timeline import CENTRE

S, MIN, H, DAY = 1000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("ms", "length", "up_to_now"),
    [
        (30 * MIN, "30 min", "siste 30 min"),
        (MIN, "1 min", "siste minutt"),
        (H, "1 time", "siste time"),
        (2 * H, "2 timer", "siste 2 timer"),
        (90 * MIN, "1 t 30 min", "siste 1 t 30 min"),
        (DAY, "1 døgn", "siste døgn"),
        (7 * DAY, "7 døgn", "siste uke"),
        (28 * DAY, "28 døgn", "siste 28 døgn"),
        (10 * S, "10 s", "siste 10 s"),
    ],
)
def test_a_length_of_time(ms: int, length: str, up_to_now: str) -> None:
    assert (span(ms), latest(ms)) == (length, up_to_now)


def test_a_promise_is_a_measure_and_a_limit() -> None:
    mean, share = CENTRE.all_targets[:2]
    assert [measure_of(mean), limit_of(mean), promise(mean)] == ["snitt", "høyst 7:00", "snitt høyst 7:00"]
    assert [measure_of(share), limit_of(share)] == ["andel innen 10 min", "over 60 %"]
    assert promise(share) == "over 60 % innen 10 min"


def test_nothing_is_said_of_the_last_one_hour_or_of_one_time_as_much() -> None:
    texts = " ".join(" ".join(all_files(CENTRE, YEAR).values()).split())
    assert re.findall(r"siste time|siste døgn|siste uke", texts)
    assert not re.findall(r"[Ss]iste 1 (?:t|d|min|s)\b|\b1 ganger", texts)
