"""The names of everything that is counted, and how a cell of counts is read. Definitions: streams/MEASURES.md.

A *cell* is a plain dict from a measure's name to an integer, for one line and one stretch of time. What is absent is 0,
and nothing is stored as 0, so that equal figures are equal dicts. Cells merge by addition, except the maxima; a
histogram is one integer (histogram.py). May import: standard library, msgspec, histogram.
"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

import msgspec

from streams.core import histogram

Cell = dict[str, int]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, int | bytes]).decode

COUNTS = (
    "entered",
    "abandoned_short",
    "called_back",
    "left_transferred",
    "left_overflow",
    "left_timeout",
    "left_closed",
    "left_ended",
    "left_other",
    "lost",
    "offered",
    "missed",
    "callback_tried",
    "callback_cancelled",
    "callback_failed",
    "callback_broken",
    "callback_overdue",
    "passed_on",
    "passed_on_answered",
    "passed_on_given_up",
    "passed_on_ended_otherwise",
    "journeys",
    "reached_first_visit",
    "bot_solved",
    "bot_partly",
    "bot_transferred",
    "bot_timed",
    "bot_time_sum_ms",
)


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity: they are keys on the hot path
class Family:
    """The measures of one kind of wait: how many, their sum and maximum, and how many fell in each bucket."""

    count: str
    sum_ms: str
    max_ms: str
    histogram: str

    def buckets(self, edges_ms: tuple[int, ...]) -> tuple[str, ...]:
        """What a recount calls the buckets, in rising order, by their upper, inclusive edges.

        `answered_in_180000ms` counts the waits above the edge before and up to three minutes; `answered_in_inf`, the
        last, those above the last edge.
        """
        return _buckets(self, edges_ms)


@cache
def _buckets(family: Family, edges_ms: tuple[int, ...]) -> tuple[str, ...]:
    return (*(f"{family.count}_in_{edge}ms" for edge in edges_ms), f"{family.count}_in_inf")


def _family(count: str, wait: str) -> Family:
    return Family(count, f"{wait}_sum_ms", f"{wait}_max_ms", f"{wait}_histogram")


ANSWERED = _family("answered", "wait")
ABANDONED = _family("abandoned", "abandoned_wait")
CALLBACK_KEPT = _family("callback_kept", "callback_wait")
REACHED = _family("reached", "journey_wait")
DIRECT = _family("direct", "direct")  # never stored: ANSWERED and REACHED in one, see below
FAMILIES = (ANSWERED, ABANDONED, CALLBACK_KEPT, REACHED)
MAXIMA = frozenset(family.max_ms for family in FAMILIES)
HISTOGRAMS = frozenset(family.histogram for family in FAMILIES)

# What the fold writes in short, and what it stands for: a journey of one plain visit began, and was answered.
SPELT_OUT = {"began": ("entered", "journeys")}
IN_FULL = {DIRECT: (ANSWERED, REACHED)}  # and each of them is one `reached_first_visit`

LEFT = tuple(name for name in COUNTS if name.startswith("left_"))
EXITS = ("answered", "called_back", "abandoned", *LEFT, "lost")


def merge(into: Cell, other: Cell) -> None:
    """Adds `other` to `into`; of maxima the greater one stays."""
    maxima, known = MAXIMA, into.get
    for name, n in other.items():
        if name in maxima:
            if n > known(name, 0):
                into[name] = n
        elif total := known(name, 0) + n:
            into[name] = total
        else:
            into.pop(name, None)


def packed(cell: Cell) -> bytes:
    """A cell as Redis has it."""
    return _encode({name: histogram.packed(n) if name in HISTOGRAMS else n for name, n in cell.items()})


def unpacked(value: bytes) -> Cell:
    """The cell that was packed."""
    return {name: histogram.unpacked(n) if isinstance(n, bytes) else n for name, n in _decode(value).items()}


def in_buckets(cell: Cell, edges_ms: tuple[int, ...]) -> Cell:
    """The same with each histogram as the counts of its buckets, by their names: as a recount has it."""
    found = {name: n for name, n in cell.items() if name not in HISTOGRAMS}
    for family in FAMILIES:
        names = family.buckets(edges_ms)
        counts = histogram.counts(cell.get(family.histogram, 0), len(names))
        found |= {name: n for name, n in zip(names, counts, strict=True) if n}
    return found


def left(cell: Cell) -> int:
    """How many left in another way than answered, called back or abandoned."""
    return sum(cell.get(name, 0) for name in LEFT)


def residual(cell: Cell, waiting: int) -> int:
    """What the books miss since the beginning: 0, or there is a fault."""
    return cell.get("entered", 0) - sum(cell.get(name, 0) for name in EXITS) - waiting


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


def mean_ms(cell: Cell, family: Family) -> float | None:
    """The mean wait of one family in ms, or None over nothing."""
    return ratio(cell.get(family.sum_ms, 0), cell.get(family.count, 0))


def ratio(part: float, whole: float) -> float | None:
    """part / whole, or None over nothing: no data is never zero."""
    return part / whole if whole else None


def abandonment_rate(cell: Cell) -> float | None:
    """Abandoned of those answered or abandoned."""
    abandoned = cell.get("abandoned", 0)
    return ratio(abandoned, cell.get("answered", 0) + abandoned)


def abandonment_rate_without_short(cell: Cell) -> float | None:
    """The same with the short abandons left out of both."""
    abandoned = cell.get("abandoned", 0) - cell.get("abandoned_short", 0)
    return ratio(abandoned, cell.get("answered", 0) + abandoned)


def pressure_ms(window: Cell, waiting: int, ages_sum_ms: int) -> float | None:
    """What the mean wait would be if all who wait now were answered now; cannot look well while nobody answers."""
    return ratio(window.get("wait_sum_ms", 0) + ages_sum_ms, window.get("answered", 0) + waiting)
