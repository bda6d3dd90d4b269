"""A batch of Kafka's log unpacked, in each of its codecs, up to a bound: nobody else bounds what one unpacks to.

A broker bounds what is sent: 1 MiB, unless it is set otherwise (`message.max.bytes`), which zstd makes of a gigabyte of
zeros a hundred times over. What goes on beyond the bound is left there, and was never held whole. May import: cramjam.
"""

import mmap
import struct
import zlib
from collections.abc import Callable, Iterator
from math import inf
from typing import Final

import cramjam

# As much as the largest record that svartid writes itself, a checkpoint, and 64 times what a producer packs at most
# unless it is set otherwise (`max.request.size` of Kafka's own, `message.max.bytes` of librdkafka).
MOST_BYTES: Final = 64 * 2**20

_GZIP: Final = 16 + zlib.MAX_WBITS
_XERIAL: Final = b"\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01"  # begins what Java's writes, in blocks
_ANONYMOUS: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_IS_FULL: Final = "failed to write whole buffer"  # what cramjam says of an output that is too short

_U32: Final = struct.Struct("<I")
_U64: Final = struct.Struct("<Q")
_ZSTD: Final = 0xFD2FB528
_ZSTD_BLOCK: Final = 128 * 1024  # what a block of it unpacks to at most
_ZSTD_REPEATED: Final = 1  # kinds of blocks: one byte, over and over
_ZSTD_PACKED: Final = 2
_LZ4: Final = 0x184D2204
_LZ4_BLOCKS: Final = {4: 64 * 1024, 5: 256 * 1024, 6: 1024 * 1024, 7: 4 * 1024 * 1024}
_LZ4_RAW: Final = 1 << 31

Packed = bytes | memoryview
Unpacked = bytes | bytearray | memoryview | cramjam.Buffer


class UnpacksTooFar(Exception):
    """It unpacks to more than MOST_BYTES."""


def gzip(packed: Packed) -> Unpacked:
    """Raises UnpacksTooFar, and zlib.error or EOFError where it is damaged."""
    parts, room, rest = [], MOST_BYTES, bytes(packed)
    while rest.lstrip(b"\0"):  # several in a row are one, and zeros may follow
        stream = zlib.decompressobj(_GZIP)
        parts.append(stream.decompress(rest, room + 1))
        room -= len(parts[-1])
        if room < 0:
            raise UnpacksTooFar
        if not stream.eof:
            raise EOFError
        rest = stream.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def snappy(packed: Packed) -> Unpacked:
    """Raises UnpacksTooFar, before anything is unpacked, and cramjam.DecompressionError where it is damaged."""
    blocks = list(_xerial(packed)) if bytes(packed[: len(_XERIAL)]) == _XERIAL else [packed]
    if sum(map(cramjam.snappy.decompress_raw_len, blocks)) > MOST_BYTES:
        raise UnpacksTooFar
    if len(blocks) == 1:
        return cramjam.snappy.decompress_raw(blocks[0])
    return b"".join(map(cramjam.snappy.decompress_raw, blocks))


def _xerial(packed: Packed) -> Iterator[memoryview]:
    view, at = memoryview(packed), len(_XERIAL)
    while at < len(view):
        (size,) = struct.unpack_from(">I", view, at)
        at += 4 + size
        yield view[at - size : at]


def lz4(packed: Packed) -> Unpacked:
    """Raises UnpacksTooFar, and cramjam.DecompressionError where it is damaged."""
    if _most_of_lz4(packed) <= MOST_BYTES:
        return cramjam.lz4.decompress(packed)
    into = _room()
    return into[: _bounded(cramjam.lz4.decompress_into, packed, into)]


def zstd(packed: Packed) -> Unpacked:
    """Raises UnpacksTooFar, and cramjam.DecompressionError where it is damaged."""
    if _most_of_zstd(packed) <= MOST_BYTES:
        return cramjam.zstd.decompress(packed)
    into = _room()
    return into[: _bounded(cramjam.zstd.decompress_into, packed, into)]


def _room() -> memoryview:
    """As much as there may be; what of it is not written takes no memory."""
    return memoryview(mmap.mmap(-1, MOST_BYTES, flags=_ANONYMOUS))


def _bounded(unpack: Callable[[Packed, memoryview], int], packed: Packed, into: memoryview) -> int:
    """How many bytes there are."""
    try:
        return unpack(packed, into)
    except cramjam.DecompressionError as error:
        if _IS_FULL in str(error):
            raise UnpacksTooFar from None
        raise


# The most that something can unpack to is known of the sizes and limits of its blocks: only where that is beyond the
# bound need it be unpacked into a room of that size. What is not understood may be anything.


def _most_of_zstd(packed: Packed) -> float:
    """Of frames in a row, as RFC 8878 has them."""
    most, at = 0, 0
    try:
        while at < len(packed):
            (magic,), flags = _U32.unpack_from(packed, at), packed[at + 4]
            if magic != _ZSTD:
                return inf
            is_single, size_code = flags >> 5 & 1, flags >> 6
            at += 6 - is_single + (0, 1, 2, 4)[flags & 3] + (is_single, 2, 4, 8)[size_code]
            is_last = 0
            while not is_last:
                header = packed[at] | packed[at + 1] << 8 | packed[at + 2] << 16
                is_last, kind, size = header & 1, header >> 1 & 3, header >> 3
                most += _ZSTD_BLOCK if kind == _ZSTD_PACKED else size
                at += 4 if kind == _ZSTD_REPEATED else 3 + size
            at += flags & 4  # a checksum's four bytes
    except (IndexError, struct.error):
        return inf
    return most


def _most_of_lz4(packed: Packed) -> float:
    """Of frames in a row, as LZ4's frame format has them."""
    most, at = 0, 0
    try:
        while at < len(packed):
            (magic,), flags, limit = _U32.unpack_from(packed, at), packed[at + 4], packed[at + 5] >> 4 & 7
            if (
                magic != _LZ4
                or limit not in _LZ4_BLOCKS
                or (flags & 8 and _U64.unpack_from(packed, at + 6)[0] > MOST_BYTES)
            ):
                return inf
            block_most, after_block = _LZ4_BLOCKS[limit], 4 * (flags >> 4 & 1)
            at += 7 + (flags & 8) + 4 * (flags & 1)
            while size := _U32.unpack_from(packed, at)[0]:
                most += size - _LZ4_RAW if size & _LZ4_RAW else block_most
                at += 4 + (size & ~_LZ4_RAW) + after_block
            at += 4 + (flags & 4)  # a checksum's four bytes
    except (IndexError, struct.error):
        return inf
    return most
