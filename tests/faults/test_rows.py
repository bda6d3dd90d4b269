"""Every fault is tried by a test, or it says by what else; and no test names a fault that there is not."""

import re
from pathlib import Path

import pytest

from tests.faults.rows import ROWS, SIMULATED, by_row
from tests.simulation.schedule import FAULTS

TESTS = Path(__file__).parents[1]
MARK = re.compile(r"^(?:@|pytestmark = .*)pytest\.mark\.fault\(([\d, ]+)\)", re.MULTILINE)


def marked() -> dict[int, list[str]]:
    """By row, the files in which it is tried."""
    found: dict[int, list[str]] = {}
    for file in sorted(TESTS.glob("**/test_*.py")):
        for rows in MARK.findall(file.read_text()):
            for row in map(int, rows.split(",")):
                found.setdefault(row, []).append(file.name)
    return found


def test_the_rows_are_in_the_order_of_their_numbers() -> None:
    assert list(ROWS) == sorted(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_a_fault_is_tried(row: int) -> None:
    assert marked().get(row) or ROWS[row].elsewhere, ROWS[row].fault


def test_no_other_fault_is_named() -> None:
    assert marked().keys() <= ROWS.keys()


@pytest.mark.parametrize("row", ROWS)
def test_a_row_says_what_must_hold(row: int) -> None:
    assert set(ROWS[row].invariants.split()) <= {"I1", "I2", "I3", "I4"}
    assert ROWS[row].fault.endswith(".") and ROWS[row].holds.endswith(".")


def test_what_is_simulated_counts_for_its_row() -> None:
    assert SIMULATED.keys() == FAULTS.keys()
    assert by_row({"kill": 2, "pause": 3, "deaf": 4}) == {1: 2, 2: 7}
