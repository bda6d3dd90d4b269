"""The marker `fault(row, …)`, and `pytest --faults FILE`: what each row's tests came to, as JSON.

A test that tries its rows more than once says so: `record_property("tries", n)`, or by row with a dict.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.faults.notes import Notes
from tests.faults.rows import ROWS

_NOTED = "faults"  # the property of a test that names its rows


def pytest_addoption(parser: pytest.Parser) -> None:
    """The file to write to."""
    parser.addoption("--faults", type=Path, metavar="FILE", help="note what the tests of each fault came to, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Listens, where it is asked to; where tests are shared out, it is whoever shared them out that hears of all."""
    path = config.getoption("--faults")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Listener(path, Notes(_command())))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Rows go with the test's report."""
    for item in items:
        if rows := rows_of(item):
            item.user_properties.append((_NOTED, rows))


def rows_of(item: pytest.Item) -> list[int]:
    """The rows that a test says it tries. Fails where there is no such row."""
    rows = sorted({row for marker in item.iter_markers("fault") for row in marker.args})
    if strange := [row for row in rows if row not in ROWS]:
        raise pytest.UsageError(f"{item.nodeid}: there are no faults {strange} in tests/faults/rows.py")
    return rows


class _Listener:
    """Notes each test as it ends, and writes when all have."""

    def __init__(self, path: Path, notes: Notes) -> None:
        self._path, self._notes = path, notes
        self._outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test's setup, call or end: it failed where one of them did."""
        before = self._outcomes.get(report.nodeid, "passed")
        self._outcomes[report.nodeid] = before if before != "passed" else report.outcome
        said = dict(report.user_properties)
        if report.when == "teardown" and isinstance(rows := said.get(_NOTED), Iterable):
            test = report.nodeid.partition("[")[0]
            self._notes.note(rows, test, self._outcomes[report.nodeid], said.get("tries"))

    def pytest_sessionfinish(self) -> None:
        """All is noted."""
        self._notes.write(self._path)


def _command() -> str:
    """As it was typed, without the program's folder and the file that is written."""
    arguments = [word for word in sys.argv[1:] if not word.startswith("--faults=")]
    while "--faults" in arguments:
        at = arguments.index("--faults")
        del arguments[at : at + 2]
    return " ".join(["pytest", *arguments])
