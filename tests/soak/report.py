"""What people are shown: a rich table for each run. JSON is made by the runs themselves."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


def counted(console: Console, title: str, counts: Mapping[str, int]) -> None:
    """What happened how often."""
    table = Table(title, "times")
    table.columns[1].justify = "right"
    for what, count in sorted(counts.items()):
        table.add_row(what, str(count))
    console.print(table)


def sizes(console: Console, flat: Mapping[str, Mapping[str, Any]]) -> None:
    """Whether anything grew."""
    table = Table("size", "second quarter", "last quarter", "bound", "flat")
    words = {True: "yes", False: "NO", None: "too short a run to tell"}
    for name, judged in flat.items():
        figures = (f"{judged[column]:g}" for column in ("second_quarter", "last_quarter", "bound"))
        table.add_row(name, *figures, words[judged["flat"]])
    console.print(table)


def spread(values: list[float]) -> dict[str, float]:
    """Of seconds: the middle one and the worst."""
    return {"p50": round(median(values), 2), "max": round(max(values), 2)} if values else {}


def tries(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    """One line a try, as its dictionary has it."""
    table = Table(*rows[0], title=title) if rows else Table(title=title)
    for row in rows:
        table.add_row(*(f"{value:.2f}" if isinstance(value, float) else str(value) for value in row.values()))
    console.print(table)
