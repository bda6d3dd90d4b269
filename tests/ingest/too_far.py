"""Batches that are small in Kafka and large in memory, which were never held whole by whoever made them."""

import asyncio
import struct
import zlib
from typing import Any

import cramjam
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c, encode_varint

GIB, MIB = 2**30, 2**20
_CHUNK = bytes(16 * 2**20)
_LENGTH, _CRC, _ATTRIBUTES, _LAST, _RECORDS, _PAYLOAD = 8, 17, 21, 23, 57, 61  # where they are in a batch, in bytes
_NUMBERS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def batch_of_zeros(codec: str, size: int) -> bytes:
    """A batch of one record, whose value is so many zeros; 16 MiB of it at a time."""
    before, after = _around(size)
    return _batch(_NUMBERS[codec], _PACKERS[codec](before, size, after), 1)


def batch_of_headers(most: int, size: int = 0, before: int = 0, length: int | None = None) -> bytes:
    """A batch whose last record has so many headers without a name or a value, and a value of some size.

    `before` it come so many without any. `length`, in bytes, is what the last is said to be, where that is not true.
    """
    last = _body(before, bytes(size), headers=_varint(most) + b"\0\1" * most)
    few = (_with_length(_body(offset, b"{}")) for offset in range(before))
    return _packed([*few, _varint(len(last) if length is None else length) + last])


def batch_of_many(most: int) -> bytes:
    """A batch of so many records, of 300 bytes each."""
    return _packed([_with_length(_body(offset, bytes(290))) for offset in range(most)])


def _packed(records: list[bytes]) -> bytes:
    return _batch(_NUMBERS["zstd"], bytes(cramjam.zstd.compress(b"".join(records))), len(records))


def _body(offset: int, value: bytes, headers: bytes = b"\0") -> bytes:
    """A record's, without a key."""
    return b"\0\0" + _varint(offset) + _varint(-1) + _varint(len(value)) + value + headers


def _with_length(body: bytes) -> bytes:
    return _varint(len(body)) + body


def _batch(codec: int, payload: bytes, records: int) -> bytes:
    header = bytearray(_one_record(codec)[:_PAYLOAD])
    header[_LAST : _LAST + 4] = struct.pack(">i", records - 1)
    header[_RECORDS:_PAYLOAD] = struct.pack(">i", records)
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


def send_at_once(brokers: str, topic: str, batch: bytes) -> None:
    """To its first partition."""
    asyncio.run(send(brokers, topic, batch))


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
