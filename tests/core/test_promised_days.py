"""What is promised of days, of cells reckoned by hand; and an interval by published values."""

import pytest

from streams.core.promised import Parts
from streams.core.promised_days import DAY_MEASURES, Name, response, wilson
from streams.core.reading import Cell
from streams.core.working_days import DAY_MS

CELL: Cell = {
    "answered": 10,
    "answered_passed_on": 3,
    "journeys": 20,
    "letters_received": 6,
    "letters_answered": 4,
    "letter_days_sum_ms": 6 * DAY_MS,
    "letters_within_2": 3,
    "letters_missed_2": 2,
    "letters_within_3": 4,
    "letters_missed_3": 1,
    "bot_solved": 5,
    "bot_partly": 3,
    "bot_transferred": 2,
    "survey_invited": 8,
    "survey_answered": 6,
    **{f"survey_solution_{score}": n for score, n in ((1, 1), (4, 1), (5, 2), (6, 2))},
    **{f"survey_service_{score}": n for score, n in ((2, 1), (5, 1), (6, 3))},
}
ALL: Cell = {"journeys": 60, "letters_received": 20, "bot_solved": 12, "bot_partly": 8, "bot_transferred": 90}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("letters_mean", (6 * DAY_MS, 4)),
        ("letters_within_2_days", (3, 5)),
        ("letters_within_3_days", (4, 5)),
        ("survey_solution", (4, 6)),
        ("survey_service", (4, 5)),
        ("bot_transferred", (2, 10)),
        ("bot_solved", (5, 10)),
        ("bot_partly", (3, 10)),
        ("mix", (34, 100)),
        ("resolved", (7, 10)),
    ],
)
def test_part_and_whole(name: Name, parts: Parts) -> None:
    assert DAY_MEASURES[name].counted(CELL, ALL) == parts
    assert DAY_MEASURES[name].counted({}, {})[1] == 0
    assert DAY_MEASURES[name].value((0, 0)) is None, "no data is never zero"


def test_every_one_is_reckoned_here() -> None:
    (mark,) = test_part_and_whole.pytestmark  # type: ignore[attr-defined]
    assert {name for name, _ in mark.args[1]} == DAY_MEASURES.keys()


def test_the_response() -> None:
    assert response(CELL) == 6 / 8
    assert response({"survey_answered": 1}) is None


# Newcombe (1998), Two-sided confidence intervals for the single proportion, table I: the score method of Wilson (1927)
# without a correction for continuity.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_by_published_values(part: int, whole: int, low: float, high: float) -> None:
    found = wilson(part, whole)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    mirrored = wilson(whole - part, whole)
    assert mirrored is not None
    assert [mirrored.low, mirrored.high] == pytest.approx([1 - found.high, 1 - found.low])


def test_of_nobody_there_is_no_interval() -> None:
    assert wilson(0, 0) is None
