"""How many waits fell into each bucket, as one integer: 32 bits a bucket, the shortest waits lowest.

To add two histograms is to add two integers, so a cell takes one step for its twenty buckets, when it is folded,
merged and slid through a window, and one short field in Redis. A bucket holds 4 billion waits; to take out what was
never put in makes it borrow from its neighbour, as one negative count among the others would be a fault as well.
May import: standard library.
"""

import struct
from functools import cache
from typing import Final

_BITS: Final = 32


@cache
def single_waits(buckets: int) -> tuple[int, ...]:
    """The histogram of a single wait, by its bucket."""
    return tuple(1 << _BITS * place for place in range(buckets))


def counts(histogram: int, buckets: int) -> tuple[int, ...]:
    """How many waits are in each bucket. Raises OverflowError where it has more buckets, or is less than nothing."""
    return struct.unpack(f"<{buckets}I", histogram.to_bytes(_BITS // 8 * buckets, "little"))


def packed(histogram: int) -> bytes:
    """As Redis has it: little-endian, as short as may be. Raises OverflowError where it is less than nothing."""
    return histogram.to_bytes((histogram.bit_length() + 7) // 8, "little")


def unpacked(value: bytes) -> int:
    """What was packed."""
    return int.from_bytes(value, "little")
