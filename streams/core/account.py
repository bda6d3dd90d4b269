"""Everything that a partition's state says, as plain dicts and numbers: what the oracle's recount is held against.

May import: the core.
"""

from collections.abc import Mapping
from typing import TypedDict, TypeVar

from streams.core.cells import in_buckets, in_full
from streams.core.open_now import Open
from streams.core.reading import Cell
from streams.core.state import PartitionState

T = TypeVar("T", int, tuple[int, int])


class Account(TypedDict):
    """What a partition's state says. Instants and starts are epoch ms; lines and measures go by name."""

    offset: int
    watermark: int
    accepted: int
    late: int
    restated_late: int
    without_entry: int
    newer: int
    let_go: int
    crowded: int
    rejected: dict[str, int]  # by reason
    journeys: int
    panes: dict[int, dict[str, Cell]]  # by start and line
    intervals: dict[int, dict[str, Cell]]
    days: dict[int, dict[str, Cell]]
    totals: dict[str, Cell]
    waiting: dict[str, list[int]]  # when each entered
    promises: dict[str, list[tuple[int, int]]]  # asked, due
    transfers_waiting: dict[str, list[int]]
    letters_open: dict[str, list[tuple[int, int]]]  # received, due
    talking: dict[str, list[tuple[int, int]]]  # when each was answered, and is presumed lost
    reported: dict[str, list[int]]  # when, how many
    ahead: list[tuple[int, int, str]]  # the watermark that it stands for, when it occurred, its type


def account(state: PartitionState) -> Account:
    """Figures, counters and who is open, by line, in the shape of `streams.oracle.recount`'s answer. Instants in ms."""
    counters, figures, open_now = state.counters, state.aggregates, state.open_now
    prefix, edges_ms = "rejected:", state.rules.edges_ms

    def spelt_out(cells: dict[str, Cell]) -> dict[str, Cell]:
        return {line: in_buckets(in_full(cell), edges_ms) for line, cell in cells.items()}

    return {
        "offset": state.offset,
        "watermark": state.watermark,
        "accepted": counters["accepted"],
        "late": counters["late"],
        "restated_late": counters["restated_late"],
        "without_entry": counters["without_entry"],
        "newer": counters["newer"],
        "let_go": counters["let_go"],
        "crowded": counters["crowded"],
        "rejected": {name.removeprefix(prefix): n for name, n in counters.items() if name.startswith(prefix)},
        "journeys": len(state.journeys),
        "panes": {start: spelt_out(row) for start, row in figures.panes.rows.items()},
        "intervals": {start: spelt_out(row) for start, row in figures.intervals.rows.items()},
        "days": {start: spelt_out(row) for start, row in figures.days.rows.items()},
        "totals": spelt_out(figures.totals),
        "waiting": _by_line(open_now.waiting),
        "promises": _by_line(open_now.promises),
        "transfers_waiting": _by_line(open_now.transfers),
        "letters_open": _by_line(open_now.letters),
        "talking": _by_line(open_now.talking),
        "reported": {line: list(said[:2]) for line, said in state.reported.items()},
        "ahead": sorted((fact.moves_to, fact.occurred_at, fact.tag) for fact in state.ahead),
    }


def _by_line(index: Mapping[str, dict[Open, T]]) -> dict[str, list[T]]:
    return {line: sorted(entries.values()) for line, entries in index.items() if entries}
