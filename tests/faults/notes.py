"""What was tried of each row and how it went: noted by pytest here, by the soak and others elsewhere; one JSON shape.

    {"command": "make soak", "made": "2025-03-04",
     "rows": {"1": {"tests": ["…"], "tries": 9, "simulated": 0, "failed": 0, "skipped": 0}}}

Numbers of `tries` are what really happened: a test that was skipped tried nothing. `simulated` are those of them that
happened in the simulator alone.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.rows import ROWS

SIMULATOR = "tests/simulation/"  # its tests try nothing on real parts


@dataclass
class Tried:
    """What was done of one row."""

    tests: list[str] = field(default_factory=list)  # names, each once
    tries: int = 0
    failed: int = 0
    skipped: int = 0
    simulated: int = 0

    def add(self, other: "Tried") -> None:
        """Takes in what another run did of it."""
        self.tests += [name for name in other.tests if name not in self.tests]
        self.tries += other.tries
        self.failed += other.failed
        self.skipped += other.skipped
        self.simulated += other.simulated


@dataclass
class Notes:
    """One run's."""

    command: str
    made: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    rows: dict[int, Tried] = field(default_factory=dict)

    def note(self, rows: Iterable[int], test: str, outcome: str, tries: object = None) -> None:
        """One test's end. `tries` is how often it tried its rows, or by row how often; else once."""
        for row in rows:
            tried = self.rows.setdefault(row, Tried())
            n = tries_of(row, tries)
            one = Tried([test], n, int(outcome == "failed"), simulated=n if test.startswith(SIMULATOR) else 0)
            tried.add(one if outcome != "skipped" else Tried([test], skipped=1))

    def as_json(self) -> dict[str, Any]:
        """The shape that all runs share."""
        rows = {str(row): vars(tried) for row, tried in sorted(self.rows.items())}
        return {"command": self.command, "made": self.made, "rows": rows}

    def write(self, path: Path) -> None:
        """To a file, in a folder that need not be there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=2) + "\n")

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Notes":
        """From that shape. Raises ValueError where a row is not one of ours."""
        rows = {int(row): Tried(**tried) for row, tried in found["rows"].items()}
        if strange := sorted(rows.keys() - ROWS.keys()):
            raise ValueError(f"there are no rows {strange}")
        return cls(found["command"], found.get("made", "?"), rows)


def tries_of(row: int, tries: object) -> int:
    """How often one row was tried, of what a test noted."""
    if isinstance(tries, Mapping):
        return int(tries.get(row, 0))
    return int(tries) if isinstance(tries, int) else 1
