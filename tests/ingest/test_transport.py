"""The seams of Faust and aiokafka that batches come through: one message a topic, events that gather on their way."""

import asyncio
import re
import time
from contextlib import ExitStack

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types import TP

from streams.ingest.transport import GATHER, WAIT_FOR_ONE, BatchScheduler, as_parsed
from tests.conftest import Installations
from tests.ingest.generated import generate

SENDERS = 2
COMMITS = re.compile(r"^svartid_worker_commits_total (\S+)$", re.MULTILINE)


def test_a_topics_partitions_come_as_one_message_each_in_its_order() -> None:
    phone_0, phone_1, chat_0 = TP("phone", 0), TP("phone", 1), TP("chat", 0)
    fetched = {phone_0: [[1, 2], [3]], chat_0: [[7]], phone_1: [[4]], TP("written", 0): []}
    handed_out = list(BatchScheduler().iterate(fetched))
    assert handed_out == [(phone_0, {phone_0: [1, 2, 3], phone_1: [4]}), (chat_0, {chat_0: [7]})]


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
        async with AIOKafkaConsumer(bootstrap_servers=installation.brokers, value_deserializer=as_parsed) as consumer:
            partition = TopicPartition(installation.topics["phone"], 0)
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            found = []
            for pace in (WAIT_FOR_ONE, GATHER, WAIT_FOR_ONE):
                if pace == GATHER:
                    await asyncio.to_thread(installation.send, [record])
                found.append(await _pace(consumer, pace))
            return found

    assert asyncio.run(paces()) == [WAIT_FOR_ONE, GATHER, WAIT_FOR_ONE]


async def _pace(consumer: AIOKafkaConsumer, awaited: tuple[int, int]) -> tuple[int, int]:
    """The bytes and ms of its next fetch, once they are as awaited, or else after a while."""
    deadline, fetcher = time.monotonic() + 20, consumer._fetcher
    while (pace := (fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms)) != awaited and time.monotonic() < deadline:
        await consumer.getmany(timeout_ms=5)
    return pace
