"""Whom somebody has overtaken who was answered, by line. May import: the core."""

from collections.abc import Iterable

from streams.core.aggregates import At, Level
from streams.core.measures import ANSWERED_WAITS, DIRECT
from streams.core.reading import Cell

ANSWERED_AS = (ANSWERED_WAITS, DIRECT)  # what the waits of the answered are of, in cells


class Overtaken:
    """By the panes of one partition, as far back as they are kept.

    All who were answered in a pane had entered at its start less its longest wait, or later: so whoever entered before
    that is overtaken. It is made of panes alone, so that neither order nor a restart leaves a trace.
    """

    def __init__(self, panes: Level) -> None:
        self._panes = panes
        self._latest: dict[str, tuple[int, int]] = {}  # line -> (whoever entered before is overtaken, by which pane)
        self.note((start, line) for start, row in panes.rows.items() for line in row)

    def note(self, changed: Iterable[At]) -> None:
        """Panes have changed, or are gone. The newest come first: what is older than who is overtaken has no say."""
        for start, line in sorted(changed, reverse=True):
            known = self._latest.get(line)
            if known is not None and start < known[0]:
                continue
            found = self._entered_after(start, line)
            if found is not None and (known is None or found >= known[0]):
                self._latest[line] = found, start
            elif known is not None and known[1] == start:
                self._look_again(line)

    def before_ms(self, line: str) -> int | None:
        """Whoever entered a line before this instant (epoch ms) is overtaken; None where nobody was answered there."""
        known = self._latest.get(line)
        return None if known is None else known[0]

    def _look_again(self, line: str) -> None:
        del self._latest[line]
        self.note((start, line) for start, row in self._panes.rows.items() if line in row)

    def _entered_after(self, start: int, line: str) -> int | None:
        cell = self._panes.rows.get(start, {}).get(line)
        longest = None if cell is None else _longest_wait(cell)
        return None if longest is None else start - longest


def _longest_wait(cell: Cell) -> int | None:
    longest = None
    for family in ANSWERED_AS:
        if cell.get(family.count):
            longest = max(longest or 0, cell.get(family.max_ms, 0))
    return longest
