"""Cells: what was counted for one line in one stretch of time, and how cells are added up, kept and read.

A *cell* is a plain dict from a measure's name to an integer. What is absent is 0, and nothing is stored as 0, so that
equal figures are equal dicts. Of most journeys it has what they add in short (measures.py); whoever reads it, reads it
in full. Cells merge by addition, except the maxima; a histogram is one integer (histogram.py).
Which measures there are: measures.py. May import: standard library, msgspec, the core.
"""

from collections.abc import Mapping, Sequence

import msgspec

from streams.core import histogram
from streams.core.measures import BESIDE, EXITS, FAMILIES, HISTOGRAMS, IN_FULL, KNOWN, MAXIMA, SPELT_OUT
from streams.core.reading import Cell, ratio
from streams.core.rules import BY_LINE, STATE_VERSION, Rules
from streams.core.scale import BEYOND_MS, bucket_of

_PACKED = {BY_LINE: histogram.packed_at_full, STATE_VERSION: histogram.packed}
_UNPACKED = {BY_LINE: histogram.unpacked_at_full, STATE_VERSION: histogram.unpacked}
_STANDS_FOR: Mapping[str, Sequence[str]] = SPELT_OUT | {
    short: (*(family.names[place] for family in families), *((BESIDE[short],) if short in BESIDE else ()))
    for direct, families in IN_FULL.items()
    for place, short in enumerate(direct.names)
}
_histograms_in = HISTOGRAMS.intersection
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


def packed(cell: Cell, version: int = STATE_VERSION) -> bytes:
    """A cell as Redis has it, in a state of a version. Hot: each commit packs all that it touched."""
    stored: dict[str, int | bytes] = {**cell}
    pack = _PACKED[version]
    for name in _histograms_in(cell):
        stored[name] = pack(cell[name])
    return _encode(stored)


def unpacked(value: bytes, version: int = STATE_VERSION) -> Cell:
    """The cell that was packed. What a later build counted besides is left out: nobody here goes on counting it."""
    unpack, known = _UNPACKED[version], KNOWN
    return {name: unpack(n) if isinstance(n, bytes) else n for name, n in _decode(value).items() if name in known}


def in_full(cell: Cell) -> Cell:
    """A cell with all that it has in short as what that stands for. Hot: as its windows slide, each line is read so."""
    full = dict(cell)
    known = full.get
    for short, stands_for in _STANDS_FOR.items():
        if n := full.pop(short, 0):
            for name in stands_for:
                if name in MAXIMA:
                    full[name] = max(n, known(name, 0))
                elif total := known(name, 0) + n:
                    full[name] = total
                else:
                    del full[name]
    return full


def in_buckets(cell: Cell, edges_ms: tuple[int, ...]) -> Cell:
    """The same with each histogram as the counts of its buckets, by their names: as a recount has it."""
    found = {name: n for name, n in cell.items() if name not in HISTOGRAMS}
    for family in FAMILIES:
        counts = histogram.counts(cell.get(family.histogram, 0))
        found |= {name: n for name, n in zip(family.buckets(edges_ms), counts, strict=False) if n}
    return found


def refined(cell: Cell, edges_ms: Sequence[int]) -> Cell:
    """A cell of an earlier scale on the scale of today: each wait where its step of the earlier one ended.

    So a share within one of the earlier edges stays exact, and a quantile an upper bound; what lies between them is
    not known, and how many waits that is said of is counted.
    """
    found = dict(cell)
    for family in FAMILIES:
        if coarse := cell.get(family.histogram, 0):
            counts = enumerate(histogram.counts(coarse))
            found[family.histogram] = sum(histogram.of_counts({_ends_in(place, edges_ms): n}) for place, n in counts)
            found[family.coarse] = cell[family.count]
    return found


def as_of_today(cell: Cell, version: int, rules: Rules) -> Cell:
    """A cell of a state of any version in full, and on the scale of today."""
    return refined(cell, rules.coarse_edges_ms) if version == BY_LINE else in_full(cell)


def _ends_in(place: int, edges_ms: Sequence[int]) -> int:
    return bucket_of(edges_ms[place] if place < len(edges_ms) else BEYOND_MS)


def residual(cell: Cell, waiting: int) -> int:
    """What the books miss since the beginning: 0, or there is a fault."""
    return cell.get("entered", 0) - sum(cell.get(name, 0) for name in EXITS) - waiting


def pressure_ms(window: Cell, waiting: int, ages_sum_ms: int) -> float | None:
    """What the mean wait would be if all who wait now were answered now; cannot look well while nobody answers."""
    return ratio(window.get("wait_sum_ms", 0) + ages_sum_ms, window.get("answered", 0) + waiting)
