"""Reading a cell: the counts, waits and ratios in it. Nothing here knows which measures there are.

May import: standard library, msgspec, histogram, measure, scale.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence, Set
from itertools import accumulate

import msgspec

from streams.core import histogram
from streams.core.measure import Family, Measure
from streams.core.scale import EDGES_MS, bucket_of, is_on_scale

Cell = dict[str, int]
NO_THRESHOLDS: Mapping[str, int] = {}
NO_EDGES: Set[int] = frozenset()
NOTHING_UNKNOWN: Set[str] = frozenset()


class NotKnown(Exception):
    """A measure was not counted in the whole of a stretch."""


def ratio(part: float | None, whole: float) -> float | None:
    """part / whole, or None over nothing, or where the part is not known: no data is never zero."""
    return part / whole if whole and part is not None else None


class WaitStats(msgspec.Struct, frozen=True):
    """One family's figures read out of a cell."""

    count: int
    sum_ms: int
    max_ms: int | None  # None where nothing was counted
    up_to: tuple[int, ...] = ()  # how many waited at most as long as each edge of the scale, up to the longest wait's
    known_ms: Set[int] | None = None  # the only edges that all of them are known by; None: all of the scale's

    @classmethod
    def of(cls, cell: Cell, family: Family, coarse_ms: Set[int] = NO_EDGES) -> "WaitStats":
        """Reads one family out of a cell; `coarse_ms` are the edges that its coarse waits are known by."""
        count = cell.get(family.count, 0)
        if not count:
            return cls(0, 0, None)
        up_to = tuple(accumulate(histogram.counts(cell.get(family.histogram, 0))))
        known_ms = coarse_ms if cell.get(family.coarse) else None
        return cls(count, cell.get(family.sum_ms, 0), cell.get(family.max_ms, 0), up_to, known_ms)

    def with_others(self, some: "WaitStats", others: "WaitStats") -> "WaitStats":
        """The same with other waits in the place of some; of as many, and the longest is not known then."""
        if not some.count:
            return self
        known = [stats.known_ms for stats in (self, some, others) if stats.known_ms is not None]
        size = max(len(stats.up_to) for stats in (self, some, others))
        these, less, more = (stats._padded(size) for stats in (self, some, others))
        return WaitStats(
            self.count - some.count + others.count,
            self.sum_ms - some.sum_ms + others.sum_ms,
            None,
            tuple(a - b + c for a, b, c in zip(these, less, more, strict=True)),
            frozenset.intersection(*map(frozenset, known)) if known else None,
        )

    def _padded(self, size: int) -> Sequence[int]:
        last = self.up_to[-1] if self.up_to else 0
        return (*self.up_to, *[last] * (size - len(self.up_to)))

    @property
    def mean_ms(self) -> float | None:
        """The mean wait in ms, or None over nothing."""
        return ratio(self.sum_ms, self.count)

    def within(self, threshold_ms: int) -> int | None:
        """How many waited at most this long; None where some are known between coarser edges alone.

        Raises KeyError where the threshold is not on the scale: it would be a guess.
        """
        if not is_on_scale(threshold_ms):
            raise KeyError(f"{threshold_ms} ms is not on the scale of waits")
        if self.known_ms is not None and threshold_ms not in self.known_ms:
            return None
        if not self.up_to:
            return 0
        return self.up_to[min(bucket_of(threshold_ms), len(self.up_to) - 1)]

    def quantile_ms(self, q: float) -> int | None:
        """The least edge that at least a share `q` waited at most: an upper bound. None over nothing.

        None, too, where that is beyond the scale, as a wait may be that is known by a coarser one alone.
        """
        index = bisect_left(self.up_to, q * self.count)
        return EDGES_MS[index] if self.count and index < min(len(self.up_to), len(EDGES_MS)) else None


def _known(cell: Cell, unknown: Set[str]) -> Callable[[str, int], int]:
    """Not a method: a reading that held one of its own would be a cycle, and stay with all its waits until the
    collector comes, which in a worker is after minutes, and hundreds of megabytes of them.
    """

    def get(name: str, default: int) -> int:
        if name in unknown:
            raise NotKnown(name)
        return cell.get(name, default)

    return get


class Reading:
    """A cell, the thresholds that are asked for, the edges that are shown, and those of its coarse waits.

    Of `unknown` measures it answers nothing: whoever asks for one, or for what is made of one, gets NotKnown.
    """

    __slots__ = ("_coarse_ms", "_waits", "cell", "get", "shown_ms", "thresholds")

    def __init__(
        self,
        cell: Cell,
        shown_ms: tuple[int, ...] = (),
        thresholds: Mapping[str, int] = NO_THRESHOLDS,
        coarse_ms: Set[int] = NO_EDGES,
        unknown: Set[str] = NOTHING_UNKNOWN,
    ) -> None:
        self.cell = cell
        self.get = _known(cell, unknown) if unknown else cell.get
        self.shown_ms = shown_ms
        self.thresholds = thresholds  # as people write them -> ms; each is on the scale
        self._coarse_ms = coarse_ms
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
            self.get(family.count, 0)  # it may not be known
            known = self._waits[family] = WaitStats.of(self.cell, family, self._coarse_ms)
        return known

    def mean_ms(self, family: Family) -> float | None:
        """The mean wait of one kind in ms, None over nothing."""
        return ratio(self.get(family.sum_ms, 0), self.get(family.count, 0))
