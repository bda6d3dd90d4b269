"""How many waits fell into each bucket, as one integer: 32 bits a bucket, the shortest waits lowest.

To add two histograms is to add two integers, so a cell takes one step for all its buckets, when it is folded, merged
and slid through a window. A bucket holds 4 billion waits; to take out what was never put in makes it borrow from its
neighbour, as one negative count among the others would be a fault as well.

In Redis it is a short field: where it begins, and one, two or four bytes a bucket up to the last that has any.
May import: standard library, scale.
"""

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from streams.core.scale import EDGES_MS

_BITS: Final = 32
_BYTES: Final = _BITS // 8
_ABOVE_ONE, _ABOVE_TWO = (  # where a bucket has a bit of these, so many bytes are too few
    sum(((1 << _BITS) - (1 << 8 * width)) << _BITS * place for place in range(len(EDGES_MS) + 1)) for width in (1, 2)
)
_HEAD: Final = struct.Struct("<BH")  # bytes a bucket, and the first bucket that is here
_head = _HEAD.pack


def single_waits(buckets: int) -> tuple[int, ...]:
    """The histogram of a single wait, by its bucket."""
    return tuple(1 << _BITS * place for place in range(buckets))


def counts(histogram: int) -> tuple[int, ...]:
    """How many waits are in each bucket, up to the last that has any. Raises OverflowError where it is negative."""
    used = -(-histogram.bit_length() // _BITS)
    return struct.unpack(f"<{used}I", histogram.to_bytes(_BYTES * used, "little"))


def of_counts(by_bucket: Mapping[int, int]) -> int:
    """The histogram with so many waits in these buckets."""
    found: int = 0
    for place, n in by_bucket.items():
        found += n << _BITS * place
    return found


def packed(histogram: int) -> bytes:
    """As Redis has it. Raises OverflowError where it is less than nothing. Hot: each commit packs all it touched.

    Most panes have a single wait: what is made of that is kept. It is one of as many as there are buckets; 2, 4 or 8
    waits of one bucket are one bit, too.
    """
    return _packed_before(histogram) if histogram.bit_count() == 1 else _packed(histogram)


def _packed(histogram: int) -> bytes:
    raw = histogram.to_bytes((histogram.bit_length() + 31) // _BITS * _BYTES, "little")
    if not histogram & _ABOVE_ONE:
        narrow = raw[::_BYTES].lstrip(b"\0")
        return _head(1, len(raw) // _BYTES - len(narrow)) + narrow
    if histogram & _ABOVE_TWO:
        return _head(_BYTES, 0) + raw
    both = bytearray(len(raw) // 2)
    both[::2], both[1::2] = raw[::_BYTES], raw[1::_BYTES]
    return _head(2, 0) + both


_packed_before = lru_cache(maxsize=1024)(_packed)


def unpacked(value: bytes) -> int:
    """What was packed. Raises ValueError where it is none."""
    if len(value) < _HEAD.size:
        raise ValueError("a histogram that was cut short")
    width, first = map(int, _HEAD.unpack_from(value))
    narrow = value[_HEAD.size :]
    if width not in (1, 2, _BYTES) or len(narrow) % width:
        raise ValueError("a histogram of buckets of another width")
    raw = bytearray(len(narrow) // width * _BYTES)
    for place in range(width):
        raw[place::_BYTES] = narrow[place::width]
    return int.from_bytes(raw, "little") << _BITS * first


def packed_at_full(histogram: int) -> bytes:
    """As states of version 4 have it: four bytes a bucket from the first on. Raises OverflowError likewise."""
    return histogram.to_bytes((histogram.bit_length() + 7) // 8, "little")


def unpacked_at_full(value: bytes) -> int:
    """What was packed so."""
    return int.from_bytes(value, "little")
