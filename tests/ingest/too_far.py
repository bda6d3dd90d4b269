"""Batches that are small in Kafka and large in memory, which were never held whole by whoever made them."""

import asyncio
import struct
import zlib
from typing import Any

import cramjam
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c, encode_varint

GIB = 2**30
_CHUNK = bytes(16 * 2**20)
_LENGTH, _CRC, _ATTRIBUTES, _PAYLOAD = 8, 17, 21, 61  # where they are in a batch, in bytes
_NUMBERS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def batch_of_zeros(codec: str, size: int) -> bytes:
    """A batch of one record, whose value is so many zeros; 16 MiB of it at a time."""
    before, after = _around(size)
    header = bytearray(_one_record(_NUMBERS[codec])[:_PAYLOAD])
    payload = _PACKERS[codec](before, size, after)
    header[_LENGTH : _LENGTH + 4] = struct.pack(">i", len(header) + len(payload) - _LENGTH - 4)
    header[_CRC:_ATTRIBUTES] = struct.pack(">I", calc_crc32c(bytes(header[_ATTRIBUTES:]) + payload))
    return bytes(header) + payload


async def send(brokers: str, topic: str, batch: bytes) -> None:
    """By a real producer, to a broker that takes it."""
    async with AIOKafkaProducer(bootstrap_servers=brokers, max_request_size=2**24) as producer:
        made: Any = producer.create_batch()
        made.append(key=None, value=b"", timestamp=None)
        made.close()
        made._buffer = bytearray(batch)
        await (await producer.send_batch(made, topic, partition=0))


def send_gigabyte(brokers: str, topic: str) -> None:
    """To its first partition."""
    asyncio.run(send(brokers, topic, batch_of_zeros("zstd", GIB)))


def _one_record(codec: int) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 20)
    builder.append(0, 1_700_000_000_000, None, b"", [])
    return bytes(builder.build())


def _around(size: int) -> tuple[bytes, bytes]:
    """What is before and after the value in a record: its length, no key, no headers."""
    body = b"\0\0\0" + _varint(-1) + _varint(size)
    return _varint(len(body) + size + 1) + body, b"\0"


def _varint(n: int) -> bytes:
    into = bytearray()
    encode_varint(n, into.append)
    return bytes(into)


def _streamed(compressor: Any, before: bytes, size: int, after: bytes) -> bytes:
    """By a compressor of cramjam's."""
    compressor.compress(before)
    for at in range(0, size, len(_CHUNK)):
        compressor.compress(_CHUNK[: size - at])
    compressor.compress(after)
    return bytes(compressor.finish())


def _gzip(before: bytes, size: int, after: bytes) -> bytes:
    compressor = zlib.compressobj(9, wbits=31)
    zeros = (compressor.compress(_CHUNK[: size - at]) for at in range(0, size, len(_CHUNK)))
    return b"".join([compressor.compress(before), *zeros, compressor.compress(after), compressor.flush()])


def _snappy(before: bytes, size: int, after: bytes) -> bytes:
    """In blocks, as Java's."""
    blocks = [before, *(_CHUNK[: size - at] for at in range(0, size, len(_CHUNK))), after]
    packed = [bytes(cramjam.snappy.compress_raw(block)) for block in blocks]
    header = b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1)
    return header + b"".join(struct.pack(">i", len(block)) + block for block in packed)


_PACKERS = {
    "gzip": _gzip,
    "snappy": _snappy,
    "lz4": lambda *parts: _streamed(cramjam.lz4.Compressor(block_linked=False), *parts),
    "zstd": lambda *parts: _streamed(cramjam.zstd.Compressor(), *parts),
}
