"""Reading a cell: the counts, waits and ratios in it. Nothing here knows which measures there are.

May import: standard library, msgspec, histogram, measure.
"""

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate

import msgspec

from streams.core import histogram
from streams.core.measure import Family, Measure

Cell = dict[str, int]
NO_THRESHOLDS: Mapping[str, int] = {}


def ratio(part: float, whole: float) -> float | None:
    """part / whole, or None over nothing: no data is never zero."""
    return part / whole if whole else None


class WaitStats(msgspec.Struct, frozen=True):
    """One family's figures read out of a cell. `within_edges` has one more entry than `edges_ms`, the open one last."""

    count: int
    sum_ms: int
    max_ms: int | None  # None where nothing was counted
    edges_ms: tuple[int, ...]
    within_edges: tuple[int, ...]  # how many waited at most as long as each edge

    @classmethod
    def of(cls, cell: Cell, family: Family, edges_ms: tuple[int, ...]) -> "WaitStats":
        """Reads one family out of a cell."""
        count = cell.get(family.count, 0)
        if not count:
            return cls(0, 0, None, edges_ms, (0,) * (len(edges_ms) + 1))
        counts = histogram.counts(cell.get(family.histogram, 0), len(edges_ms) + 1)
        sum_ms, max_ms = cell.get(family.sum_ms, 0), cell.get(family.max_ms, 0)
        return cls(count, sum_ms, max_ms, edges_ms, tuple(accumulate(counts)))

    @property
    def mean_ms(self) -> float | None:
        """The mean wait in ms, or None over nothing."""
        return ratio(self.sum_ms, self.count)

    def within(self, threshold_ms: int) -> int:
        """How many waited at most this long. Raises KeyError where that is not an edge: it would be a guess."""
        index = bisect_left(self.edges_ms, threshold_ms)
        if index == len(self.edges_ms) or self.edges_ms[index] != threshold_ms:
            raise KeyError(f"{threshold_ms} ms is not an edge of the histogram")
        return self.within_edges[index]

    def quantile_ms(self, q: float) -> int | None:
        """The least edge that at least a share `q` waited at most: an upper bound.

        None over nothing, or above the last edge.
        """
        index = bisect_left(self.within_edges, q * self.count)
        return self.edges_ms[index] if self.count and index < len(self.edges_ms) else None


class Reading:
    """A cell, the edges that its histograms were counted by, and the thresholds that are asked for."""

    __slots__ = ("_waits", "cell", "edges_ms", "get", "thresholds")

    def __init__(
        self, cell: Cell, edges_ms: tuple[int, ...] = (), thresholds: Mapping[str, int] = NO_THRESHOLDS
    ) -> None:
        self.cell = cell
        self.get = cell.get
        self.edges_ms = edges_ms
        self.thresholds = thresholds  # as people write them -> ms; each is an edge
        self._waits: dict[Family, WaitStats] = {}

    def n(self, measure: Measure) -> int:
        """How much of a measure there is."""
        return self.get(measure.name, 0)

    def ratio(self, part: Measure, whole: Measure) -> float | None:
        """One measure of another, None over nothing."""
        return ratio(self.get(part.name, 0), self.get(whole.name, 0))

    def waits(self, family: Family) -> WaitStats:
        """One kind of wait."""
        known = self._waits.get(family)
        if known is None:
            known = self._waits[family] = WaitStats.of(self.cell, family, self.edges_ms)
        return known

    def mean_ms(self, family: Family) -> float | None:
        """The mean wait of one kind in ms, None over nothing."""
        return ratio(self.get(family.sum_ms, 0), self.get(family.count, 0))
