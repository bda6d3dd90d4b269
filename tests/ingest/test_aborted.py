"""Row 27: a transaction that was taken back at the end of a log. No commit ever reaches it, and nothing waits there."""

import asyncio
import json

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

import config
from streams.kafka import connection, consumer
from streams.settings import Settings
from tests.conftest import Installations
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.fault(27)]

TAKEN_BACK = config.load().alerts.lag_records + 1_000
AT_NIGHT = "0,1741150000000,1"


async def take_back(settings: Settings, topic: str, records: int) -> None:
    """A transaction of so many records, aborted."""
    async with AIOKafkaProducer(**connection(settings), transactional_id=topic) as producer:
        await producer.begin_transaction()
        for _ in range(records):
            await producer.send(topic, b"{}", partition=0)
        await producer.abort_transaction()


@pytest.mark.parametrize("when", ["under a worker", "before it begins"])
def test_what_was_taken_back_at_the_end_is_not_behind(installations: Installations, when: str) -> None:
    one = installations({"phone": 1})
    log = [record for record in generate(271, 400).records if record.channel == "phone"]
    one.send(log)
    topic = one.topics["phone"]
    if when == "before it begins":
        one.drain()
        asyncio.run(take_back(one.settings(), topic, TAKEN_BACK))
    worker = one.start()
    one.wait_committed(len(log))
    eventually(worker.is_ready, "it is ready")
    if when == "under a worker":
        asyncio.run(take_back(one.settings(), topic, TAKEN_BACK))
    end = asyncio.run(_end(one))
    assert end > TAKEN_BACK
    eventually(lambda: _is_live(one), lambda: f"nothing is behind: {one.snapshot()}; {worker.said}")
    assert worker.is_ready()
    assert worker.stop() == 0
    ran = one.run("repartition", "--json", SVARTID_CLOCK=AT_NIGHT)
    assert not [each for each in json.loads(ran.stdout)["obstacles"] if "not counted" in each]
    one.drain()
    one.verify(len(log))


def _is_live(one: Installation) -> bool:
    found = one.snapshot() or {}
    return (found.get("status"), found.get("behind")) == ("live", 0)


async def _end(one: Installation) -> int:
    partition = TopicPartition(one.topics["phone"], 0)
    async with consumer(one.settings()) as asked:
        return int((await asked.end_offsets([partition]))[partition])
