"""How many headers a record of an unpacked batch has, bounded before they are made.

One without a name and a value is two bytes in the log, of which zstd packs thousands into one, and 80 bytes in memory:
as many as are in 64 MiB are gigabytes. aiokafka makes all headers of a record at once. May import: the standard
library.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, TypeVar

T = TypeVar("T")

_LEAST_BYTES: Final = 2  # the lengths of a name and of a value, each a byte at least
UNLOOKED: Final = 2**20  # bytes of a batch, of which nearly all have fewer
MOST_HEADERS: Final = UNLOOKED // _LEAST_BYTES  # of a record: as many as there can be where nobody looks

_BEFORE_THE_KEY: Final = "attributes", "time", "offset"
_MOST_BITS: Final = 64
_MASK: Final = 2**_MOST_BITS - 1


class TooManyHeaders(Exception):
    """A record has more than MOST_HEADERS."""


def bounded(records: Iterable[T], unpacked: memoryview) -> Iterator[T]:
    """The records that a parser makes of these bytes, each looked at before it is made. Raises TooManyHeaders.

    To look at one takes 1 to 2 µs. The last UNLOOKED bytes need no look: there is no room for more.
    """
    at, end = 0, len(unpacked) - UNLOOKED
    making = chain(records)  # the parser's are not to be begun twice
    while at < end:
        at = _checked(unpacked, at, end)
        try:
            record = next(making)
        except StopIteration:
            return
        yield record
    yield from making


def _checked(unpacked: memoryview, at: int, end: int) -> int:
    """Where the next record begins; the end where this one is damaged: the parser says so, and makes no more."""
    try:
        length, start = _number(unpacked, at)
        if _headers_of(unpacked, start) > MOST_HEADERS:
            raise TooManyHeaders
    except (IndexError, OverflowError):
        return end
    return start + length if length > 0 else end


def _headers_of(unpacked: memoryview, at: int) -> int:
    """How many the record says it has whose attributes begin here."""
    for _ in _BEFORE_THE_KEY:
        while unpacked[at] > 127:
            at += 1
        at += 1
    key_bytes, at = _number(unpacked, at)
    value_bytes, at = _number(unpacked, at + key_bytes if key_bytes > 0 else at)
    return _number(unpacked, at + value_bytes if value_bytes > 0 else at)[0]


def _number(unpacked: memoryview, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends. Raises OverflowError where it is longer than any."""
    byte = unpacked[at]
    if byte < 128:  # as most are
        return (byte >> 1) ^ -(byte & 1), at + 1
    number, shift = byte & 127, 0
    while byte > 127:
        at, shift = at + 1, shift + 7
        if shift >= _MOST_BITS:
            raise OverflowError
        byte = unpacked[at]
        number |= (byte & 127) << shift
    number &= _MASK  # as the parser has it
    return (number >> 1) ^ -(number & 1), at + 1
