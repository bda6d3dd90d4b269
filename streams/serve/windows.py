"""Sliding windows over panes, kept as running sums: a slide costs what entered and left, not what is inside.

May import: the core.
"""

from collections.abc import Iterable

from streams.core.aggregates import At, Level
from streams.core.calendar import PANE_MS
from streams.core.cells import merge
from streams.core.measures import MAXIMA, WINDOWED
from streams.core.reading import Cell


def window_start(now_ms: int, length_ms: int) -> int:
    """When the first pane begins of a window that ends with the pane that `now_ms` is in (epoch ms)."""
    return now_ms - now_ms % PANE_MS + PANE_MS - length_ms


class Windows:
    """The sums of some window lengths (ms) over one partition's panes.

    A window of length L at `now` is the L / 10 s panes up to and including the one that `now` is in. A late event
    changes a pane that was counted already, so what was counted of each pane is remembered, and taken out as it was
    put in. Only what is read from windows is kept in them: half of what a pane holds.
    """

    def __init__(self, panes: Level, lengths_ms: Iterable[int]) -> None:
        self._windows = {length: _Window(panes, length) for length in lengths_ms}
        self._slid_to = 0

    def slide(self, now_ms: int, changed: Iterable[At]) -> None:
        """Brings every window to the clock's now; `changed` are the panes changed since the last slide."""
        # A replay changes thousands of panes a second that are in no window and never were.
        oldest, self._slid_to = min(self._slid_to, now_ms) - max(self._windows) - PANE_MS, now_ms
        near = [at for at in changed if at[0] > oldest]
        for window in self._windows.values():
            window.slide(now_ms, near)

    @property
    def in_part(self) -> list[int]:
        """The lengths whose windows reach further back than panes are kept: what is in them is not all there was."""
        return [length for length, window in self._windows.items() if not window.is_whole]

    def is_in(self, length_ms: int, when: int) -> bool:
        """Whether an instant (epoch ms) is in the window of this length."""
        return self._windows[length_ms].has(when)

    def of(self, line: str) -> dict[int, Cell]:
        """The cells of one line, by length; an empty window is an empty cell."""
        return {length: dict(window.sums.get(line, {})) for length, window in self._windows.items()}


class _Window:
    def __init__(self, panes: Level, length_ms: int) -> None:
        self.sums: dict[str, Cell] = {}
        self._panes = panes
        self._length_ms = length_ms
        self._counted: dict[str, dict[int, Cell]] = {}  # line -> pane's start -> what was counted of it
        self._starts = range(0)  # of the panes inside

    def has(self, when: int) -> bool:
        return when - when % PANE_MS in self._starts

    @property
    def is_whole(self) -> bool:
        return self._starts.start > self._panes.floor

    def slide(self, now_ms: int, changed: Iterable[At]) -> None:
        last = now_ms - now_ms % PANE_MS
        before, self._starts = self._starts, range(last - self._length_ms + PANE_MS, last + PANE_MS, PANE_MS)
        stale = set(changed)
        if before != self._starts:
            stale.update(self._left())
            stale.update(self._came(before))
        lowered = {line for start, line in stale if self._recount(start, line)}
        for line in lowered:
            self._find_maxima(line)

    def _left(self) -> Iterable[At]:
        return [(s, line) for line, cells in self._counted.items() for s in cells if s not in self._starts]

    def _came(self, before: range) -> Iterable[At]:
        new = [start for start in self._panes.rows if start in self._starts and start not in before]
        return [(start, line) for start in new for line in self._panes.rows[start]]

    def _recount(self, start: int, line: str) -> bool:
        """Counts a pane as it is now; whether a maximum may be lost with what was counted before."""
        cells, sums = self._counted.setdefault(line, {}), self.sums.setdefault(line, {})
        before = cells.pop(start, {})
        merge(sums, {name: -n for name, n in before.items() if name not in MAXIMA})
        lost = any(n == sums.get(name) for name, n in before.items() if name in MAXIMA)
        now = self._panes.rows.get(start, {}).get(line) if start in self._starts else None
        if now:
            cells[start] = kept = {name: n for name, n in now.items() if name in WINDOWED}
            merge(sums, kept)
        return lost

    def _find_maxima(self, line: str) -> None:
        sums, cells = self.sums[line], self._counted[line].values()
        for name in MAXIMA & sums.keys():
            del sums[name]
            if maximum := max((cell.get(name, 0) for cell in cells), default=0):
                sums[name] = maximum
