"""Cells: what was counted for one line in one stretch of time, and how cells are added up, kept and read.

A *cell* is a plain dict from a measure's name to an integer. What is absent is 0, and nothing is stored as 0, so that
equal figures are equal dicts. Cells merge by addition, except the maxima; a histogram is one integer (histogram.py).
Which measures there are: measures.py. May import: standard library, msgspec, histogram, measures, reading.
"""

import msgspec

from streams.core import histogram
from streams.core.measures import EXITS, FAMILIES, HISTOGRAMS, MAXIMA
from streams.core.reading import Cell, ratio

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, int | bytes]).decode


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
    """A cell as Redis has it. Hot: each commit packs all that it touched."""
    stored: dict[str, int | bytes] = {**cell}
    for name in HISTOGRAMS & cell.keys():
        stored[name] = histogram.packed(cell[name])
    return _encode(stored)


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


def residual(cell: Cell, waiting: int) -> int:
    """What the books miss since the beginning: 0, or there is a fault."""
    return cell.get("entered", 0) - sum(cell.get(name, 0) for name in EXITS) - waiting


def pressure_ms(window: Cell, waiting: int, ages_sum_ms: int) -> float | None:
    """What the mean wait would be if all who wait now were answered now; cannot look well while nobody answers."""
    return ratio(window.get("wait_sum_ms", 0) + ages_sum_ms, window.get("answered", 0) + waiting)
