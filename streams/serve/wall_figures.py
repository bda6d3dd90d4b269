"""What a wall shows of each queue, in this order: the boards in Grafana and those in browsers are made of this list.

At most six to a queue, as more are not read from across a room. May import: the core's events.
"""

from typing import Final, NamedTuple

from streams.core.events import WRITTEN


class Figure(NamedTuple):
    """One column."""

    name: str  # by which pages know it
    heading: str


STATUS: Final = Figure("verdict", "Status")
OF_WAITS: Final = (
    Figure("waiting", "Venter"),
    Figure("oldest", "Ventet lengst"),
    Figure("mean", "Snitt"),
    Figure("gave_up", "Ga opp"),
    Figure("expected", "Forventet ventetid"),
    STATUS,
)
OF_LETTERS: Final = (
    Figure("open_letters", "Åpne brev"),
    Figure("oldest_letter", "Eldste"),
    Figure("overdue", "Over fristen"),
    STATUS,
)


def figures_of(channel: str) -> tuple[Figure, ...]:
    """Those of a channel's queues: who writes does not wait in line."""
    return OF_LETTERS if channel == WRITTEN else OF_WAITS
