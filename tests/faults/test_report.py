"""What is noted of tests, and the table that is made of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.notes import Notes, Tried
from tests.faults.report import NAME, PAGE, table
from tests.faults.rows import ROWS
from tests.pages import markers, placed

BEGIN, END = markers(NAME)


def noted(command: str = "pytest") -> Notes:
    return Notes(command, "2025-03-04")


def row_of(made: str, number: int) -> list[str]:
    """The cells of a row."""
    line = next(line for line in made.splitlines() if line.startswith(f"| {number} |"))
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_a_test_tries_each_of_its_rows_once_or_as_often_as_it_says() -> None:
    notes = noted()
    notes.note([1, 2], "t::a", "passed")
    notes.note([1], "t::a", "passed", 9)
    notes.note([1, 2], "t::b", "passed", {2: 30})
    assert notes.rows == {1: Tried(["t::a", "t::b"], 10), 2: Tried(["t::a", "t::b"], 31)}


def test_what_was_skipped_was_not_tried_and_what_failed_was() -> None:
    notes = noted()
    notes.note([3], "t::a", "skipped", 5)
    notes.note([3], "t::b", "failed", 4)
    assert notes.rows == {3: Tried(["t::a", "t::b"], tries=4, failed=1, skipped=1)}


def test_the_json_is_read_as_it_was_written(tmp_path: Path) -> None:
    notes = noted()
    notes.note([7], "t::a", "passed")
    notes.write(file := tmp_path / "notes.json")
    found = json.loads(file.read_text())
    assert found["rows"] == {"7": {"tests": ["t::a"], "tries": 1, "failed": 0, "skipped": 0, "simulated": 0}}
    assert Notes.of(found) == notes


def test_a_row_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="99"):
        Notes.of({"command": "x", "rows": {"99": {"tests": [], "tries": 1, "failed": 0, "skipped": 0}}})


def test_every_row_is_in_the_table_and_runs_are_added_up() -> None:
    tests, soak = noted("pytest"), noted("make soak")
    tests.note([1], "tests/ingest/test_killed.py::test_x", "passed", 3)
    soak.note([1], "soak", "passed", 200)
    soak.note([21], "soak", "failed", 7)
    made = table([tests, soak])
    assert [row_of(made, number)[0] for number in ROWS] == [str(number) for number in ROWS]
    assert row_of(made, 1)[4:] == ["`tests/ingest/test_killed.py::test_x`, `soak`", "203", "0", "held"]
    assert row_of(made, 21)[4:] == ["`soak`, `make soak`", "7", "0", "1 failed"]
    assert row_of(made, 2)[4:] == ["–", "0", "0", "not tried"]
    assert made.endswith(
        "Noted by `pytest` on 2025-03-04, `make soak` on 2025-03-04; written by `python -m tests.faults.report`."
    )


def test_what_the_simulator_tried_is_told_apart() -> None:
    notes = noted()
    notes.note([1], "tests/simulation/test_schedules.py::test_x", "passed", 40)
    notes.note([1], "tests/ingest/test_killed.py::test_x", "passed", 2)
    assert row_of(table([notes]), 1)[5:] == ["2", "40", "held"]


def test_only_some_of_many_names_are_shown() -> None:
    notes = noted()
    for n in range(9):
        notes.note([5], f"t::{n}", "passed")
    assert row_of(table([notes]), 5)[4].endswith("`::4`, `::5`, 3 more")


def test_a_file_is_named_once_for_the_tests_that_follow_each_other() -> None:
    notes = noted()
    for name in ("a.py::x", "a.py::y", "b.py::x", "b.py::y", "a.py::z"):
        notes.note([5], name, "passed")
    assert row_of(table([notes]), 5)[4] == "`a.py::x`, `::y`, `b.py::x`, `::y`, `a.py::z`"


def test_the_table_takes_the_place_of_the_one_before() -> None:
    page = placed(placed(f"before\n{BEGIN}\n{END}\nafter\n", NAME, "one"), NAME, "two")
    assert page == f"before\n{BEGIN}\ntwo\n{END}\nafter\n"


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_page_without_a_place_for_it_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="needs one"):
        placed(page, NAME, "")


def test_the_page_has_a_place_for_it() -> None:
    assert placed(PAGE.read_text(), NAME, "the table").count("the table") == 1


TESTS = """
import pytest

@fault(1, 2)
@pytest.mark.parametrize("n", [1, 2])
def test_twice(n, record_property):
    record_property("tries", 5)

@fault(2)
def test_fails():
    assert False

@fault(3)
@pytest.mark.skip
def test_is_skipped(): ...

def test_of_nothing(): ...
""".replace("@fault", "@pytest.mark.fault")  # so that they are not taken for marks of this file


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    fault\n")
    return tmp_path


def ran(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-p", "tests.faults.plugin", "-p", "no:cacheprovider", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.run(
        [*command, f"--rootdir={folder}", str(folder)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
    )


@pytest.mark.parametrize("shared_out", [[], ["--numprocesses=2", "--dist=loadfile"]], ids=["alone", "shared out"])
def test_pytest_notes_what_it_ran(elsewhere: Path, shared_out: list[str]) -> None:
    file = elsewhere / "notes.json"
    assert ran(elsewhere, "--faults", str(file), *shared_out).returncode == 1
    found = json.loads(file.read_text())
    assert found["rows"] == {
        "1": {"tests": ["test_some.py::test_twice"], "tries": 10, "failed": 0, "skipped": 0, "simulated": 0},
        "2": {
            "tests": ["test_some.py::test_twice", "test_some.py::test_fails"],
            "tries": 11,
            "failed": 1,
            "skipped": 0,
            "simulated": 0,
        },
        "3": {"tests": ["test_some.py::test_is_skipped"], "tries": 0, "failed": 0, "skipped": 1, "simulated": 0},
    }
    assert "notes.json" not in found["command"]


def test_a_test_that_names_no_row_of_ours_is_told(elsewhere: Path) -> None:
    (elsewhere / "test_some.py").write_text(TESTS.replace("fault(3)", "fault(99)"))
    ended = ran(elsewhere)
    assert ended.returncode == 4
    assert "there are no faults [99]" in ended.stderr + ended.stdout
