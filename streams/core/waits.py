"""The waits that stand in recent intervals, one by one: what a maximum is found again from when the greatest is taken
out.

Sums take a correction well, maxima do not. To look for the next greatest in the journeys would be to go through all of
them for each correction; here it is one list. It holds nothing that the journeys do not, and is made of them when they
are loaded: facts late enough to take out a wait (`horizon`) come while every other journey that has a wait in the same
interval is still remembered (`horizon + ghost_after`, which is more than an interval). May import: standard library,
the core.
"""

from array import array
from collections.abc import Iterable

from streams.core.measures import Family
from streams.core.rules import INTERVAL_MS, PANE_MS


class Stood:
    """The waits of one family and line in one interval: when each was counted (epoch ms), and how long it was (ms)."""

    __slots__ = ("waits", "whens")

    def __init__(self) -> None:
        self.whens, self.waits = array("q"), array("q")

    def take(self, when: int, wait: int) -> None:
        """Takes one out."""
        at = self.waits.index(wait)
        while self.whens[at] != when:
            at = self.waits.index(wait, at + 1)
        del self.whens[at], self.waits[at]

    @property
    def greatest(self) -> int:
        """The greatest, 0 where there is none."""
        return max(self.waits, default=0)

    def greatest_in(self, pane: int) -> int:
        """The same of the pane that starts then."""
        within = range(pane, pane + PANE_MS)
        return max((wait for when, wait in zip(self.whens, self.waits, strict=True) if when in within), default=0)


class Waits:
    """Of one partition, by interval. An interval is kept while a fact that is not too late can change it."""

    def __init__(self, horizon_ms: int) -> None:
        self._kept_ms = horizon_ms + INTERVAL_MS
        self._rows: dict[int, dict[tuple[str, Family], Stood]] = {}
        self._oldest = 0

    def of(self, start: int, line: str, family: Family) -> Stood:
        """Those of the interval that starts then (epoch ms)."""
        row = self._rows.get(start)
        if row is None:
            row = self._rows[start] = {}
            self._oldest = min(self._oldest, start)
        known = row.get((line, family))
        if known is None:
            known = row[line, family] = Stood()
        return known

    def add(self, start: int, line: str, families: Iterable[Family], whens: list[int], waits: list[int]) -> None:
        """Takes waits that all of these families have."""
        for family in families:
            known = self.of(start, line, family)
            known.whens.fromlist(whens)
            known.waits.fromlist(waits)

    def drop(self, watermark: int) -> None:
        """Lets go of the intervals in which nothing can be taken out any more."""
        limit = watermark - self._kept_ms
        if self._oldest > limit:
            return
        for start in [start for start in self._rows if start <= limit]:
            del self._rows[start]
        self._oldest = min(self._rows, default=watermark)
