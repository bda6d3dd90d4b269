"""Batches of the log in every codec that Kafka has, and batches that nobody can read."""

import asyncio
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from streams.batches import ReadableRecords, UnreadableBatch
from streams.ingest.checkpoints import KafkaCheckpoints, Saved, pack
from streams.local import LocalParts
from tests.conftest import Installations
from tests.ingest.admin import forget_before
from tests.ingest.generated import generate
from tests.ingest.installation import SEAL, Installation
from tests.ingest.sending import Produced

CODECS = (None, "gzip", "snappy", "lz4", "zstd")  # in the order of their numbers
LENGTH, CRC, ATTRIBUTES, PAYLOAD = 8, 17, 21, 61  # where they are in a batch, in bytes
HEADER = "x-source"


def send_batch(installation: Installation, records: Iterable[Produced], codec: str | None) -> None:
    """One batch of the phone's log, written by a real producer."""

    async def send() -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=installation.brokers, compression_type=codec, linger_ms=50, max_batch_size=1 << 20
        ) as producer:
            topic, header = installation.topics["phone"], [(HEADER, b"acd")]
            sent = [await producer.send(topic, r.value, r.key, 0, r.timestamp, header) for r in records]
            await asyncio.gather(*sent)

    asyncio.run(send())


def segment(parts: LocalParts, topic: str) -> Path:
    """The file in which the broker keeps a topic's first partition."""
    return parts.kafka.folder / "data" / f"{topic}-0" / f"{0:020}.log"


def batches(log: bytes) -> Iterator[tuple[int, int]]:
    """Where each batch is in a segment: its first byte, and the one after its last."""
    at = 0
    while at < len(log):
        (length,) = struct.unpack_from(">i", log, at + LENGTH)
        yield at, at + LENGTH + 4 + length
        at += LENGTH + 4 + length


def spoil(file: Path, nth: int, how: Callable[[bytearray], None]) -> None:
    """Does something to the bytes of the nth batch, where the broker has them."""
    with file.open("r+b") as opened:
        first, end = list(batches(opened.read()))[nth]
        opened.seek(first)
        batch = bytearray(opened.read(end - first))
        how(batch)
        opened.seek(first)
        opened.write(batch)


def damaged(batch: bytearray) -> None:
    """As by a bad disk: the checksum does not fit."""
    batch[-3] ^= 0xFF


def with_checksum(spoils: Callable[[bytearray], None]) -> Callable[[bytearray], None]:
    """As by who wrote it: the checksum fits."""

    def spoil_and_sum(batch: bytearray) -> None:
        spoils(batch)
        batch[CRC:ATTRIBUTES] = struct.pack(">I", calc_crc32c(bytes(batch[ATTRIBUTES:])))

    return spoil_and_sum


@with_checksum
def of_an_unknown_codec(batch: bytearray) -> None:
    batch[ATTRIBUTES + 1] |= 7


@with_checksum
def with_a_broken_payload(batch: bytearray) -> None:
    batch[PAYLOAD + 8 : PAYLOAD + 24] = bytes(16)


@with_checksum
def with_a_header_in_latin_1(batch: bytearray) -> None:
    batch[batch.index(HEADER.encode())] = 0xE6


@pytest.mark.real
@pytest.mark.fault(24)
def test_every_codec_is_read_and_what_cannot_be_is_named(installations: Installations, local_parts: LocalParts) -> None:
    """
    phone     a batch of each codec | damaged | good | a header that is no UTF-8 | good
    worker    ----------------------X            (an operator has what is before deleted)
    chat      -----------------------------
    worker                                    -------X
    worker                                                                         ------
    """
    installation = installations({"phone": 1, "chat": 1})
    log = generate(24, 1200).records
    phone, chat = ([r for r in log if r.channel == channel] for channel in ("phone", "chat"))
    for n, codec in enumerate((*CODECS, *4 * [None])):
        send_batch(installation, phone[40 * n : 40 * (n + 1)], codec)
    stored = segment(local_parts, installation.topics["phone"])
    assert codecs_of(stored.read_bytes())[: len(CODECS)] == list(range(len(CODECS)))
    spoil(stored, 5, damaged)
    spoil(stored, 7, with_a_header_in_latin_1)
    partition = f"{installation.topics['phone']}-0"

    worker = installation.start()
    assert_told(worker.wait_for("a topic is not counted any more")["reason"], partition, 200, 240)
    installation.send(chat[:50])
    installation.wait_committed(200 + 50)
    status, why = worker.get("/isready")
    assert status == 503
    assert_told(why, partition, 200, 240)
    installation.verify(200 + 50)
    forget_before(installation.brokers, {partition: 240})
    assert worker.wait(30) == 3, "it may be counted again"
    assert len(worker.lines("a topic is not counted")) == 1

    worker = installation.start("--drain")
    assert worker.wait(60) == 1, worker.said
    assert_told(" ".join(worker.said.split()), partition, 280, 320)
    forget_before(installation.brokers, {partition: 320})
    spoil(segment(local_parts, installation.topics["chat"]), -1, damaged)  # it is counted
    installation.drain()
    assert installation.workers[-1].lines("events are lost")
    assert installation.workers[-1].lines("cannot compare the log with what was counted")
    assert installation.committed() == 360 + 50
    # Whoever drains may end before it has shown anything.
    kept: Any = installation.redis.hget(installation.keys.partition(partition).meta, "lost")
    lost = int(kept[SEAL:])
    assert lost in (80, 120), "and what came in one fetch with the second, before it"
    assert installation.counters()["accepted"] == 360 + 50 - lost


@pytest.mark.real
@pytest.mark.fault(24)
def test_a_checkpoint_that_cannot_be_read_is_passed_over(installations: Installations, local_parts: LocalParts) -> None:
    installation = installations({"phone": 1})
    name, settings = f"{installation.topics['phone']}-0", installation.settings()

    def saved(offset: bytes) -> bytes:
        return pack(name, "the rules", [{b"offset": offset}, *5 * [{}]])

    async def written_and_read() -> Saved:
        checkpoints = KafkaCheckpoints(settings)
        for turn in (0, 1):
            await checkpoints.write(name, turn, saved(b"%d" % turn))
        await checkpoints.close()
        spoil(segment(local_parts, installation.checkpoint_topic), 0, damaged)
        return (await checkpoints.read([name]))[name]

    found = asyncio.run(written_and_read())
    assert [checkpoint.offset for checkpoint in found.sound] == [1]
    assert found.broken == 1


def codecs_of(log: bytes) -> list[int]:
    """By their numbers, of each batch."""
    return [log[at + ATTRIBUTES + 1] & 7 for at, _ in batches(log)]


def assert_told(told: str, partition: str, first: int, until: int) -> None:
    """Which it is, and what helps; starting again does not."""
    assert f"{partition}: the batch from offset {first} up to {until} cannot be read" in told, told
    assert "kafka-delete-records.sh" in told
    assert "again" not in told.rpartition("cannot be read")[2]


TP = TopicPartition("calls-of-march", 7)


def parsed(*spoilt: tuple[int, Callable[[bytearray], None]], from_offset: int = 0) -> ReadableRecords:
    """Three batches of five records each, as the parser has them of a fetch."""
    raw = [_batch(offset, codec) for offset, codec in ((0, 0), (5, 4), (10, 0))]
    for nth, how in spoilt:
        how(raw[nth])
    return ReadableRecords(
        TP, MemoryRecords(b"".join(map(bytes, raw))), [], from_offset, None, None, True, READ_COMMITTED
    )


def _batch(offset: int, codec: int) -> bytearray:
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 20)
    for n in range(5):
        builder.append(n, 1000, b"key", b"what was said %d " % n * 9, [(HEADER, b"acd")] if codec == 0 else [])
    batch = bytearray(builder.build())
    batch[:LENGTH] = struct.pack(">q", offset)
    return batch


@pytest.mark.parametrize("how", [damaged, of_an_unknown_codec, with_a_broken_payload])
def test_what_comes_before_is_handed_out_and_then_it_is_named(how: Callable[[bytearray], None]) -> None:
    fetched = parsed((1, how))
    assert [record.offset for record in fetched] == [0, 1, 2, 3, 4]
    assert fetched.next_fetch_offset == 5
    with pytest.raises(UnreadableBatch) as told:
        next(parsed((1, how), from_offset=5))
    assert "calls-of-march-7: the batch from offset 5 up to 10 cannot be read" in str(told.value)
    assert "said" not in str(told.value)
