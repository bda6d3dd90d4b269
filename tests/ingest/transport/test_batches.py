"""Batches on their way from the log to the agents: one message a topic, gathered while they come thick."""

import asyncio
import gc
import re
import sys
import time
import weakref
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from faust.types import TP

from streams.ingest.transport import BatchScheduler
from streams.ingest.transport.consumer import BatchReader
from streams.ingest.transport.fetcher import GATHER, WAIT_FOR_ONE
from streams.ingest.transport.records import Progress, Unparsed, WholeBatches
from tests.conftest import Installations
from tests.ingest.generated import generate
from tests.ingest.transport.reading import fetches, reading

SENDERS = 2
COMMITS = re.compile(r"^svartid_worker_commits_total (\S+)$", re.MULTILINE)


def test_a_topics_partitions_come_as_one_message_each_in_its_order() -> None:
    phone_0, phone_1, chat_0 = TP("phone", 0), TP("phone", 1), TP("chat", 0)
    fetched = {
        phone_0: [together(1, [1, 2]), together(3, [3])],
        chat_0: [together(5, [7])],
        phone_1: [together(4, [4])],
        TP("written", 0): [],
    }
    handed_out: Any = [
        (of, {tp: (batch.since, batch.until, len(batch.records), list(batch.records)) for tp, batch in batches.items()})
        for of, batches in BatchScheduler().iterate(fetched)
    ]
    assert handed_out == [
        (phone_0, {phone_0: (1, 4, 3, [1, 2, 3]), phone_1: (4, 5, 1, [4])}),
        (chat_0, {chat_0: (5, 8, 3, [7])}),
    ]


def together(since: int, records: list[int]) -> Any:
    """A batch of the log: from an offset on, some of whose records were compacted away."""
    parsed: Any = ParsedBatch(records, base_offset=since, next_offset=records[-1] + 1)
    batch = Unparsed(parsed)
    batch.since = since
    return batch


class ParsedBatch(list[int]):
    def __init__(self, records: list[int], base_offset: int, next_offset: int) -> None:
        super().__init__(records)
        self.base_offset, self.next_offset = base_offset, next_offset


class Fetched:
    """A fetch's bytes, as aiokafka's parser has them."""

    def has_next(self) -> bool:
        return False

    def next_batch(self) -> Any:
        raise AssertionError("there is none")


def test_what_was_fetched_and_is_never_handed_out_is_let_go_of() -> None:
    """As where the fetcher has begun at the log's first offset before the partition is sought, and no event comes."""
    progress: Progress = {}
    fetched = Fetched()
    WholeBatches(TP("phone", 0), fetched, None, 0, None, None, False, READ_COMMITTED, progress=progress)
    known = weakref.ref(fetched)
    del fetched
    gc.collect()
    assert known() is None


def test_what_was_fetched_is_let_go_of_when_it_was_read_though_nothing_is_collected() -> None:
    """The worker hardly ever collects, and what aiokafka makes of a fetch refers to itself."""
    gc.disable()
    try:
        fetched = Fetched()
        made = PartitionRecords(TP("phone", 0), fetched, None, 0, None, None, False, READ_COMMITTED)
        read = WholeBatches.instead_of(made, progress={})
        assert list(read) == []
        known = weakref.ref(fetched)
        del fetched, made, read
        assert known() is None
    finally:
        gc.enable()


@pytest.mark.real
@pytest.mark.parametrize("compression", [None, "gzip"])
def test_every_batch_goes_on_where_the_last_one_ended_past_markers_and_what_was_taken_back(
    installations: Installations, compression: str | None
) -> None:
    """A transaction a record, some aborted: wherever a fetch ends, nothing can hide between it and the next."""
    installation = installations({"phone": 1})
    topic = installation.topics["phone"]

    async def read() -> list[tuple[int, int]]:
        async with AIOKafkaProducer(
            bootstrap_servers=installation.brokers, transactional_id=installation.name, compression_type=compression
        ) as producer:
            for n in range(20):
                await producer.begin_transaction()
                await producer.send(topic, b"x" * 100, partition=0)
                await (producer.abort_transaction() if n % 3 == 1 else producer.commit_transaction())
        partition = TopicPartition(topic, 0)
        async with reading(installation, partition, max_partition_fetch_bytes=500) as reader:  # a few at a time
            found = await fetches(reader, partition, until=40)
            reader.seek(partition, 12)
            return [*found, *(await fetches(reader, partition, until=14))]

    *batches, sought = asyncio.run(read())
    assert len(batches) > 5
    assert batches[0][0] == 0
    assert all(since == until for (_, until), (since, _) in pairwise(batches))
    assert sought[0] == 12


@pytest.mark.fault(11)
@pytest.mark.real
def test_nothing_is_lost_between_the_seek_and_the_flow_of_who_had_nothing_before(installations: Installations) -> None:
    """Faust empties the agents' buffers when it lets events flow, and did not stop them where nothing was assigned."""
    installation = installations({"phone": 1})
    records = [record for record in generate(16, 600).records if record.channel == "phone"]
    first = installation.start()
    first.wait_until_reading()
    spare = installation.start(program=(sys.executable, "-c", SLOW_TO_FLOW))
    assert spare.wait_for("took partitions")["partitions"] == 0
    installation.send(records[:200])
    installation.wait_committed(200)
    first.terminate()
    assert first.wait() == 0
    with installation.sending(records[200:], chunk=5):
        installation.wait_committed(len(records))
    assert spare.lines("took partitions")[-1]["partitions"] == 1
    assert not spare.lines("offsets without a record")
    installation.verify(len(records))


# Whatever is put into an agent's buffer after the seek and before the flow's resumption is put there just before that,
# as when the loop is busy.
SLOW_TO_FLOW = """
import asyncio
from mode.utils.queues import FlowControlEvent, FlowControlQueue
from streams.ingest.transport import BatchConsumer
from streams.cli import main

perform_seek, put, resume = BatchConsumer.perform_seek, FlowControlQueue.put_nowait_enhanced, FlowControlEvent.resume
is_sought, late = False, []

async def slowly(consumer):
    global is_sought
    await perform_seek(consumer)
    is_sought = True
    await asyncio.sleep(2)

def put_late(*given, **named):
    if is_sought:
        late.append((given, named))
    else:
        put(*given, **named)

def resume_late(event):
    global is_sought
    is_sought = False
    for given, named in late:
        put(*given, **named)
    late.clear()
    resume(event)

BatchConsumer.perform_seek = slowly
FlowControlQueue.put_nowait_enhanced, FlowControlEvent.resume = put_late, resume_late
main()
"""


@pytest.mark.real
def test_events_that_come_thick_are_committed_together(installations: Installations) -> None:
    """Sent by some at a time, each one after the other. Where nothing gathers, most are a commit of their own."""
    installation = installations({"phone": 1})
    log = generate(15, 600)
    records = [record for record in log.records if record.channel == "phone"]
    worker = installation.start()
    worker.wait_until_reading()
    with ExitStack() as senders:
        for n in range(SENDERS):
            senders.enter_context(installation.sending(records[n::SENDERS], chunk=1))
        installation.wait_committed(len(records))
    found = COMMITS.search(worker.get("/metrics")[1])
    assert found and 0 < float(found[1]) < len(records) / 2, found
    installation.verify(len(records))


@pytest.mark.real
def test_while_nothing_comes_a_fetch_waits_for_one_event(installations: Installations) -> None:
    """Otherwise an idle worker would ask each 15 ms. An event then sets the other pace, until the next silence."""
    installation = installations({"phone": 1})
    record = next(record for record in generate(15, 60).records if record.channel == "phone")

    async def paces() -> list[tuple[int, int]]:
        async with reading(installation, TopicPartition(installation.topics["phone"], 0)) as reader:
            found = []
            for pace in (WAIT_FOR_ONE, GATHER, WAIT_FOR_ONE):
                if pace == GATHER:
                    await asyncio.to_thread(installation.send, [record])
                found.append(await _pace(reader, pace))
            return found

    assert asyncio.run(paces()) == [WAIT_FOR_ONE, GATHER, WAIT_FOR_ONE]


async def _pace(reader: BatchReader, awaited: tuple[int, int]) -> tuple[int, int]:
    """The bytes and ms of its next fetch, once they are as awaited, or else after a while."""
    deadline, fetcher = time.monotonic() + 20, reader._fetcher
    while (pace := (fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms)) != awaited and time.monotonic() < deadline:
        await reader.getmany(timeout_ms=5)
    return pace
