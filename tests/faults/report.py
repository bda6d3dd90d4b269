"""The table of faults in deploy/GUARANTEES.md, made of what runs have noted.

python -m tests.faults.report tests.json soak.json
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from tests.faults.notes import Notes, Tried
from tests.faults.rows import ROWS, Row
from tests.pages import placed

PAGE = Path(__file__).parents[2] / "deploy/GUARANTEES.md"
NAME = "faults"  # of the markers
HEAD = [
    "| # | fault | what must hold | invariants | tried by | times | simulated | result |",
    "|--:|---|---|---|---|--:|--:|---|",
]
MOST_NAMES = 6  # of tests, in one cell


def main() -> None:
    """Writes the table, in place of the one that is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.report", description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="of `pytest --faults`, and of other runs")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args()
    runs = [Notes.of(json.loads(file.read_text())) for file in asked.files]
    asked.page.write_text(placed(asked.page.read_text(), NAME, table(runs)))


def table(runs: Sequence[Notes]) -> str:
    """Every row, tried or not, and how it was made."""
    found = {row: Tried() for row in ROWS}
    for run in runs:
        for row, tried in run.rows.items():
            found[row].add(tried)
    lines = [_line(number, ROWS[number], tried) for number, tried in found.items()]
    made = [f"`{run.command}` on {run.made}" for run in runs]
    note = f"Noted by {', '.join(made)}; written by `python -m tests.faults.report`."
    return "\n".join([*HEAD, *lines, "", note])


def _line(number: int, row: Row, tried: Tried) -> str:
    times = (str(tried.tries - tried.simulated), str(tried.simulated))
    cells = (str(number), row.fault, row.holds, row.invariants, _names(row, tried), *times, _result(tried))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _names(row: Row, tried: Tried) -> str:
    shown = _short(tried.tests[:MOST_NAMES])
    if (more := len(tried.tests) - MOST_NAMES) > 0:
        shown.append(f"{more} more")
    return ", ".join([*shown, *([row.elsewhere] if row.elsewhere and row.elsewhere not in shown else [])]) or "–"


def _short(names: Sequence[str]) -> list[str]:
    """Each as code; a file is named with the first of its tests, and "::name" alone is of the file named last."""
    found, last = [], ""
    for name in names:
        file, colons, test = name.partition("::")
        found.append(f"`::{test}`" if colons and file == last else f"`{name}`")
        last = file
    return found


def _result(tried: Tried) -> str:
    if not tried.tries:
        return "not tried"
    said = f"{tried.failed} failed" if tried.failed else "held"
    return f"{said}, {tried.skipped} skipped" if tried.skipped else said


if __name__ == "__main__":
    main()
