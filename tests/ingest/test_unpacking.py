"""What a batch unpacks to, in each codec, is what was packed; and what is beyond the bound is never held."""

import asyncio
import os
import resource
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cramjam
import psutil
import pytest
from aiokafka import TopicPartition
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.consumer.fetcher import READ_COMMITTED
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from streams import unpacking
from streams.batches import ReadableRecords, UnreadableBatch
from streams.ingest.log import KafkaLog
from streams.kafka import consumer
from tests.conftest import Installations
from tests.ingest.installation import Installation
from tests.ingest.meeting import Met, memory
from tests.ingest.too_far import GIB, batch_of_zeros

MIB = 2**20
BOUND = 200_000  # of what is tried here by the thousand
Pack = Callable[[bytes], bytes]


def raw_snappy(data: bytes) -> bytes:
    """In one block, as librdkafka's."""
    return bytes(cramjam.snappy.compress_raw(data))


def flushed(data: bytes) -> bytes:
    """zstd in a block for each piece, as of who flushes; without its size in the header."""
    packs = cramjam.zstd.Compressor()
    pieces = []
    for at in range(0, len(data), 1 + len(data) // 7):
        packs.compress(data[at : at + 1 + len(data) // 7])
        pieces.append(bytes(packs.flush()))
    return b"".join([*pieces, bytes(packs.finish())])


def twice(pack: Pack) -> Pack:
    """In two frames, one after the other."""

    def packs(data: bytes) -> bytes:
        middle = len(data) // 2
        return bytes(pack(data[:middle])) + bytes(pack(data[middle:]))

    return packs


def after_one_that_is_skipped(data: bytes) -> bytes:
    """As whoever writes zstd or LZ4 may put something of his own before it."""
    return struct.pack("<II", 0x184D2A50, 5) + b"hello" + bytes(zstd_encode(data))


def linked_lz4(data: bytes) -> bytes:
    """Whose blocks refer to those before, with a sum of all."""
    packs = cramjam.lz4.Compressor(level=1, content_checksum=True, block_linked=True)
    packs.compress(data)
    return bytes(packs.finish())


WAYS: dict[str, tuple[Callable[[bytes], unpacking.Unpacked], Pack]] = {
    "gzip": (unpacking.gzip, gzip_encode),
    "gzip in two": (unpacking.gzip, twice(gzip_encode)),
    "gzip, then zeros": (unpacking.gzip, lambda data: gzip_encode(data) + bytes(3)),
    "snappy": (unpacking.snappy, snappy_encode),
    "snappy in one block": (unpacking.snappy, raw_snappy),
    "lz4": (unpacking.lz4, lz4_encode),
    "lz4 in two": (unpacking.lz4, twice(lz4_encode)),
    "lz4, linked": (unpacking.lz4, linked_lz4),
    "zstd": (unpacking.zstd, zstd_encode),
    "zstd, flushed": (unpacking.zstd, flushed),
    "zstd in two": (unpacking.zstd, twice(zstd_encode)),
    "zstd after what is skipped": (unpacking.zstd, after_one_that_is_skipped),
}


@st.composite
def some_data(draw: st.DrawFn) -> bytes:
    """Of all lengths about the bound; easily packed, hardly, or both by turns."""
    pieces = draw(st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.integers(1, 9_000)), max_size=5))
    data = b"".join(piece * times for piece, times in pieces)
    length = draw(st.sampled_from([len(data), BOUND - 1, BOUND, BOUND + 1, 2 * BOUND]))
    return (data or b"\0") * (length // max(len(data), 1)) + data[: length % max(len(data), 1)]


@pytest.mark.fault(24)
@pytest.mark.parametrize("way", WAYS)
@given(data=some_data())
def test_what_is_under_the_bound_reads_equal_and_nothing_else_is_read(way: str, data: bytes) -> None:
    unpack, pack = WAYS[way]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "MOST_BYTES", BOUND)
        if len(data) <= BOUND:
            assert bytes(unpack(pack(data))) == data
        else:
            with pytest.raises(unpacking.UnpacksTooFar):
                unpack(pack(data))


@pytest.mark.fault(24)
@pytest.mark.parametrize("way", WAYS)
@given(data=some_data(), cut=st.integers(1, 8), flips=st.integers(1, 255))
def test_what_is_damaged_is_an_error_and_never_more_than_the_bound(way: str, data: bytes, cut: int, flips: int) -> None:
    unpack, pack = WAYS[way]
    packed = bytearray(pack(data))
    packed[len(packed) // cut - 1] ^= flips
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "MOST_BYTES", BOUND)
        for spoilt in (bytes(packed), bytes(packed[: len(packed) // cut])):
            try:
                assert len(unpack(spoilt)) <= BOUND
            except Exception as error:
                assert not isinstance(error, MemoryError | AssertionError), error


TP = TopicPartition("calls-of-march", 7)


def read(batch: bytes) -> ReadableRecords:
    """As the parser has it of a fetch."""
    return ReadableRecords(TP, MemoryRecords(batch), [], 0, None, None, True, READ_COMMITTED)


@pytest.mark.fault(24)
@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_the_bound_itself(codec: str) -> None:
    most = unpacking.MOST_BYTES - 13  # what is around a value of this length
    assert [len(record.value) for record in read(batch_of_zeros(codec, most))] == [most]
    with pytest.raises(UnreadableBatch) as told:
        next(read(batch_of_zeros(codec, most + 1)))
    assert "from offset 0 up to 1 cannot be read (it unpacks to more than 64 MiB)" in str(told.value)
    assert "replica" not in str(told.value), "each has the same"


@pytest.mark.fault(24)
@pytest.mark.parametrize("codec", [1, 2, 3])
def test_a_batch_as_of_before_kafka_0_11_is_bound_by_it_too(codec: int) -> None:
    """Which some brokers still have; of gzip, snappy and lz4."""
    for value in (b"what was said", bytes(unpacking.MOST_BYTES)):
        builder = LegacyRecordBatchBuilder(1, codec, 2 * unpacking.MOST_BYTES)
        builder.append(0, 1000, None, value)
        fetched = read(bytes(builder.build()))
        if len(value) < unpacking.MOST_BYTES:
            assert [record.value for record in fetched] == [value]
        else:
            with pytest.raises(UnreadableBatch, match="unpacks to more than 64 MiB"):
                next(fetched)


PEAK = """
import resource, sys
from pathlib import Path
from tests.ingest.test_unpacking import UnreadableBatch, read
batch = Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    next(read(batch))
except UnreadableBatch as error:
    assert "unpacks to more" in str(error)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.fault(24)
@pytest.mark.parametrize(
    ("codec", "size"), [("gzip", GIB // 4), ("snappy", GIB // 8), ("lz4", GIB // 4), ("zstd", GIB)]
)
def test_it_is_never_held_whole(codec: str, size: int, tmp_path: Path) -> None:
    """As much as one MiB of each unpacks to; in a process of its own, whose memory is looked at, and bounded."""
    batch = tmp_path / "batch"
    batch.write_bytes(batch_of_zeros(codec, size))
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, batch],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (GIB, GIB)),
    )
    assert ran.returncode == 0 and ran.stdout, ran.stderr
    assert int(ran.stdout) * 1024 < 3 * unpacking.MOST_BYTES


@pytest.mark.fault(24)
def test_of_many_that_are_under_the_bound_one_is_handed_out_at_a_time() -> None:
    """Hundreds of them may be in one fetch; the next one goes on where this ended."""
    one = batch_of_zeros("zstd", unpacking.MOST_BYTES - MIB)
    three = b"".join(struct.pack(">q", offset) + one[8:] for offset in range(3))
    fetched = read(three)
    assert [record.offset for record in fetched] == [0, 1]
    assert fetched.next_fetch_offset == 2


@pytest.mark.real
@pytest.mark.fault(24)
@pytest.mark.skipif(sys.platform != "linux", reason="how much a process held at most is told by Linux alone")
def test_a_gigabyte_in_a_small_batch_is_named_and_the_other_topics_are_counted(installations: Installations) -> None:
    """
    phone     40 | a gigabyte of zeros | 40
    chat      50                       | 50
    worker    --------------------------X  phone is refused; chat is counted on
                                        (an operator has it deleted)
    worker                                ------
    """
    met = Met.by(installations)
    process = psutil.Process(met.worker.process.pid)
    before, room = memory(process, "VmHWM"), memory(process, "VmSize") + GIB // 2
    process.rlimit(psutil.RLIMIT_AS, (room, room))
    met.send(batch_of_zeros("zstd", GIB))
    met.goes_on_counting_chat(f"it unpacks to more than {unpacking.MOST_BYTES // MIB} MiB")
    assert memory(process, "VmHWM") - before < 4 * unpacking.MOST_BYTES
    asyncio.run(is_told_to_every_reader(met.installation, met.partition))
    met.counts_all_once_it_is_deleted()
    assert met.installation.run("verify").returncode == 4, "one was lost, and nothing is wrong"


async def is_told_to_every_reader(installation: Installation, partition: str) -> None:
    """Whatever reads the log does so by these."""
    tp, settings = TopicPartition(installation.topics["phone"], 0), installation.settings()
    async with consumer(settings) as reading:
        reading.assign([tp])
        reading.seek(tp, 40)
        with pytest.raises(UnreadableBatch):
            while not await reading.getmany(timeout_ms=1000):
                pass
    event_log = KafkaLog(settings)
    with pytest.raises(UnreadableBatch):
        await event_log.check_readable(partition, 0, 81)
    tails = await event_log.tails_at({partition: 40})
    assert tails == {}, "it cannot be compared"
