"""A state's figures as people name them: in full, and by the lines of the configuration."""

from collections.abc import Iterator

from streams.core.aggregates import Level
from streams.core.cells import in_full
from streams.core.reading import Cell
from streams.core.state import PartitionState


def total(state: PartitionState, line: str) -> Cell:
    """What a line has come to since the beginning."""
    return in_full(state.aggregates.totals[state.rules.counted_as(line)])


def cells(level: Level) -> Iterator[Cell]:
    """Each of them."""
    return (in_full(cell) for row in level.rows.values() for cell in row.values())
