"""What of two accounts can be compared where one of them was made without the log's beginning.

A visit is over, and its journey forgotten, `horizon + ghost_after` after its last event. So visits that were counted
later than that after the last event that is gone are all told of in what is left of the log; what spans longer
(promises, journeys, transfers, who waits now, totals) is not. Imports the core.
"""

from collections.abc import Mapping
from typing import Any

from streams.core.measures import ABANDONED, ANSWERED, LEFT
from streams.core.reading import Cell
from streams.core.rules import Rules

LEVELS = ("panes", "intervals", "days")
VISITS = {"entered", "abandoned_short", "called_back", "lost", "offered", "missed", *LEFT}
FAMILIES = (ANSWERED, ABANDONED)


def comparable_since_ms(first_kept_ms: int, rules: Rules) -> int:
    """The instant after which visits rest on the kept records alone, by the first one's timestamp; epoch ms.

    The timestamps of what is gone are taken as later than it by no more than the horizon.
    """
    return first_kept_ms + rules.future_ms + 2 * rules.horizon_ms + rules.ghost_after_ms


def comparable(account: Mapping[str, Any], since_ms: int) -> dict[str, Any]:
    """The offset, and what visits came to in the cells that start later than that."""
    levels = {level: _later(account[level], since_ms) for level in LEVELS}
    return {"offset": account["offset"], **levels}


def _later(rows: Mapping[Any, Mapping[str, Cell]], since_ms: int) -> dict[str, Any]:
    kept = {str(start): row for start, row in rows.items() if int(start) >= since_ms}
    return {start: {line: _of_visits(cell) for line, cell in row.items()} for start, row in kept.items()}


def _of_visits(cell: Cell) -> Cell:
    return {name: n for name, n in cell.items() if name in VISITS or _is_of_a_wait(name)}


def _is_of_a_wait(name: str) -> bool:
    return any(
        name in (family.count, family.sum_ms, family.max_ms) or name.startswith(f"{family.count}_in_")
        for family in FAMILIES
    )
