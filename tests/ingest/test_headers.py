"""What the records of a batch become in memory is bounded too: by headers, and by what is let go of."""

import asyncio
import gc
import os
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import psutil
import pytest
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import example, given
from hypothesis import strategies as st

from streams import headers
from streams.batches import UnreadableBatch
from streams.ingest.log import KafkaLog
from tests.conftest import Installations
from tests.ingest.meeting import Met, memory
from tests.ingest.test_unpacking import read
from tests.ingest.too_far import batch_of_headers, batch_of_many, send_at_once

pytestmark = pytest.mark.fault(24)

MIB = 2**20
TOO_MANY = f"a record in it has more than {headers.MOST_HEADERS} headers"
MILLIONS = 30_000_000  # 5.5 KB packed, 60 MB unpacked, more than 2 GB as aiokafka makes them


@pytest.mark.parametrize("size", [0, 300])
@pytest.mark.parametrize("before", [0, 3, 9000])
def test_the_bound_itself(before: int, size: int) -> None:
    most = headers.MOST_HEADERS
    *few, last = read(batch_of_headers(most, size, before))
    assert len(few) == before and len(last.headers) == most and len(last.value) == size
    one_more = read(batch_of_headers(most + 1, size, before))
    if before:
        assert [record.offset for record in one_more] == list(range(before))
        one_more = read(batch_of_headers(most + 1, size, before))
        one_more.next_fetch_offset = before  # where the next fetch begins
    with pytest.raises(UnreadableBatch, match=f"from offset {before} up to {before + 1} cannot be read") as told:
        next(one_more)
    assert TOO_MANY in str(told.value)
    assert "replica" not in str(told.value), "each has the same"


@pytest.mark.parametrize("length", [-1, 0, 5, 2**40])
def test_one_that_is_said_to_be_of_another_length_hides_none(length: int) -> None:
    with pytest.raises(UnreadableBatch, match=TOO_MANY):
        next(read(batch_of_headers(2 * headers.MOST_HEADERS, length=length)))


@given(
    data=st.lists(
        st.binary(min_size=1, max_size=20) | st.sampled_from([b"\x80" * 9 + b"\2", b"\x80" * 11]), max_size=30
    )
)
@example(data=[b"\x0a\0\0\0\1\0\0"] * 5)
def test_what_is_damaged_is_read_as_by_the_parser_alone(data: list[bytes]) -> None:
    """Whatever the bytes are: the same records, and where that is so, an error of the parser's."""
    payload = b"".join(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(headers, "UNLOOKED", 0)
        patch.setattr(headers, "MOST_HEADERS", 2**64)
        looked = headers.bounded(parsed(payload, len(data)), memoryview(payload))
        assert outcome(looked) == outcome(parsed(payload, len(data)))


def parsed(payload: bytes, records: int) -> Iterator[Any]:
    """As the parser alone has it, of a batch that is not packed."""
    header = struct.pack(">qiibIhiqqqhii", 0, 49 + len(payload), -1, 2, 0, 0, records - 1, 1, 1, -1, -1, -1, records)
    batch: Any = MemoryRecords(header + payload).next_batch()
    return iter(batch)


def outcome(records: Iterable[Any]) -> list[object]:
    """Each record, and the kind of error that ends them, if one does: beyond a batch's end the parser reads whatever
    lies there, and says it.
    """
    found: list[object] = []
    try:
        found.extend((record.offset, record.key, record.value, record.headers) for record in records)
    except Exception as error:
        found.append(type(error))
    return found


PEAK = """
import gc, resource, sys
from itertools import islice
from tests.ingest import too_far
from tests.ingest.test_unpacking import UnreadableBatch, read
def reads(most):
    try:
        return len(list(islice(read(batch), most)))
    except UnreadableBatch as error:
        assert "headers" in str(error)
gc.disable()
batch = getattr(too_far, sys.argv[1])(int(sys.argv[2]))
if sys.argv[1] == "batch_of_many":
    reads(None)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for most in (100,) * 40 + (None,) * 3:
    reads(most)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    ("batch", "most"), [("batch_of_headers", MILLIONS), ("batch_of_many", 100_000), ("batch_of_headers", 500_000)]
)
def test_what_was_read_of_a_batch_is_let_go_of_though_nothing_is_collected(batch: str, most: int) -> None:
    """Left off in its middle, and read up to where a hand-out ends; the worker hardly ever collects."""
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, batch, str(most)], check=False, capture_output=True, text=True, env=os.environ
    )
    assert ran.returncode == 0 and ran.stdout, ran.stderr
    assert int(ran.stdout) * 1024 < 200 * MIB


def test_headers_count_in_what_is_handed_out_at_once() -> None:
    """A thousand such may be in one fetch."""
    one = batch_of_headers(headers.MOST_HEADERS)
    fetched = read(b"".join(struct.pack(">q", offset) + one[8:] for offset in range(1000)))
    assert sum(1 for _ in fetched) < 5


@pytest.mark.real
@pytest.mark.skipif(sys.platform != "linux", reason="how much a process held at most is told by Linux alone")
def test_millions_of_headers_are_named_and_the_other_topics_are_counted(installations: Installations) -> None:
    """
    phone     40 | one record, of 30 million headers | 40
    chat      50                                     | 50
    worker    ---------------------------------------X  phone is refused; chat is counted on
                                                      (an operator has it deleted)
    worker                                              ------
    """
    met = Met.by(installations)
    process = psutil.Process(met.worker.process.pid)
    before = memory(process, "VmHWM")
    met.send(batch_of_headers(MILLIONS))
    met.goes_on_counting_chat(TOO_MANY)
    assert memory(process, "VmHWM") - before < 300 * MIB
    assert memory(process, "VmRSS") - before < 100 * MIB, "nothing of it is kept"
    met.counts_all_once_it_is_deleted()


@pytest.mark.real
@pytest.mark.skipif(sys.platform != "linux", reason="how much a process holds is told by Linux alone")
def test_a_look_into_a_large_batch_keeps_nothing_of_it(installations: Installations) -> None:
    """At the last record that was counted, as each worker does each 10 s; though nothing is collected."""
    installation = installations({"phone": 1})
    topic, event_log, own = installation.topics["phone"], KafkaLog(installation.settings()), psutil.Process()
    send_at_once(installation.brokers, topic, batch_of_many(200_000))

    async def looks(times: int) -> int:
        for _ in range(times):
            found = await event_log.tails_at({f"{topic}-0": 50_000})
            assert found[f"{topic}-0"]
        return memory(own, "VmRSS")

    gc.disable()
    try:
        before = asyncio.run(looks(2))
        assert asyncio.run(looks(8)) - before < 150 * MIB
    finally:
        gc.enable()
