"""Row 27: a transaction that stays open hides the end of a log. What was written since cannot be read: that is told.

producer in a transaction  |x-- (it dies, or hangs) ------------------------------|taken back
another                       |o o o o o o                                        |
a worker reads                |                                                   |o o o o o o
"""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from streams.kafka import connection
from tests.conftest import Installations
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

pytestmark = [pytest.mark.real, pytest.mark.fault(27)]

TOLD_WITHIN_S = 15.0  # documented as ten; this machine may be busy
TRANSACTION = "a transaction is open there"


@pytest.fixture
def one(installations: Installations) -> Iterator[Installation]:
    """One partition."""
    yield installations({"phone": 1})


def phone(records: int) -> list[Any]:
    return [record for record in generate(272, 4 * records).records if record.channel == "phone"][:records]


def leave_open(one: Installation) -> None:
    """A transaction of one record, whose producer is gone."""

    async def does() -> None:
        async with _producer(one) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(one.topics["phone"], b"{}", partition=0)

    asyncio.run(does())


def take_back(one: Installation) -> None:
    """As kafka-transactions.sh does, or a producer of the same name that begins."""

    async def does() -> None:
        async with _producer(one):
            pass

    asyncio.run(does())


def _producer(one: Installation) -> AIOKafkaProducer:
    name, longest_ms = one.topics["phone"], 10 * 60_000
    return AIOKafkaProducer(
        **connection(one.settings()), transactional_id=name, transaction_timeout_ms=longest_ms, request_timeout_ms=9000
    )


def shows(one: Installation) -> tuple[Any, ...]:
    """Status, what is unread, and how much."""
    found = one.snapshot() or {}
    return found.get("status"), found.get("unread_partitions"), found.get("behind")


def is_told(one: Installation, worker: Worker, behind: int) -> bool:
    status, text = worker.get("/isready")
    name = f"{one.topics['phone']}-0 ({behind} offsets)"
    unread = ("stale", one.partitions, behind)
    return status == 503 and name in text and TRANSACTION in text and shows(one) == unread


@pytest.mark.parametrize("when", ["under a worker", "before it begins"])
def test_what_an_open_transaction_hides_is_told_and_read_as_soon_as_it_ends(one: Installation, when: str) -> None:
    log = phone(100)
    one.send(log[:40])
    if when == "before it begins":
        leave_open(one)
        one.send(log[40:])
    worker = one.start()
    one.wait_committed(40)
    if when == "under a worker":
        eventually(worker.is_ready, "it is ready")
        leave_open(one)
        one.send(log[40:])
    hidden = len(log) - 40 + 1  # with the transaction's own
    eventually(lambda: is_told(one, worker, hidden), lambda: f"it is told: {shows(one)}; {worker.said}", TOLD_WITHIN_S)
    eventually(lambda: len(worker.lines("open transactions hide what is unread")) == 1, lambda: worker.said)
    assert not worker.lines("Kafka does not say where logs end")
    assert worker.process.poll() is None
    take_back(one)
    eventually(lambda: shows(one) == ("live", [], 0), lambda: f"all is read: {shows(one)}; {worker.said}")
    eventually(worker.is_ready, "it is ready")
    eventually(lambda: worker.lines("over: open transactions hide what is unread"), "it is said, too")
    one.verify(len(log))


def test_the_commands_say_what_is_hidden(one: Installation) -> None:
    log = phone(60)
    one.send(log[:40])
    worker = one.start()
    one.wait_committed(40)
    leave_open(one)
    one.send(log[40:])
    eventually(lambda: is_told(one, worker, 21), lambda: f"it is told: {worker.said}", TOLD_WITHIN_S)
    shown = one.run("snapshot")
    assert (shown.returncode, one.partitions[0] in shown.stderr) == (1, True), shown.stderr
    (found,) = [
        each
        for each in json.loads(one.run("doctor", "--json").stdout)
        if each["what"] == f"events in {one.partitions[0]}"
    ]
    assert (found["state"], found["found"]) == ("problem", "21 offsets from 40 on cannot be read")
    assert TRANSACTION in found["todo"] and "kafka-transactions.sh" in found["todo"]
    verified = one.run("verify", "--json")
    assert (verified.returncode, json.loads(verified.stdout)["hidden"]) == (0, {one.partitions[0]: 21})
    assert "up to 21 records cannot be read yet" in " ".join(one.run("verify").stdout.split())
    obstacles = json.loads(one.run("repartition", "--json").stdout)["obstacles"]
    assert [each for each in obstacles if f"not counted in {one.partitions[0]}" in each], obstacles


def test_a_drain_waits_for_what_is_hidden_and_says_so_where_that_does_not_end(one: Installation) -> None:
    log = phone(60)
    one.send(log[:40])
    leave_open(one)
    one.send(log[40:])
    worker = one.start("--drain", SVARTID_STALL_TIMEOUT_S="2")
    assert worker.wait(30) == 3, worker.said
    said = " ".join(worker.said.split())
    assert f"not all of the log could be read. {one.partitions[0]} (21 offsets): {TRANSACTION}" in said
    again = one.start("--drain")
    again.wait_for("open transactions hide what is unread")
    assert again.process.poll() is None
    take_back(one)
    assert again.wait(30) == 0, again.said
    one.verify(len(log))


def test_transactions_that_end_in_a_moment_are_not_told(one: Installation) -> None:
    """Though there is one at nearly every time, for longer than any of them may be open."""
    worker = one.start()
    eventually(worker.is_ready, "it is ready")
    log = phone(24)

    async def does() -> None:
        async with _producer(one) as producer:
            began = time.monotonic()
            for record in log:
                await producer.begin_transaction()
                await producer.send_and_wait(one.topics["phone"], record.value, record.key, partition=0)
                await asyncio.sleep(0.5)
                assert (await asyncio.to_thread(worker.get, "/isready"))[0] == 200, worker.said
                await producer.commit_transaction()
            assert time.monotonic() - began > 10

    asyncio.run(does())
    eventually(lambda: shows(one) == ("live", [], 0), lambda: f"all is read: {shows(one)}")
    assert not worker.lines("open transactions hide")
    one.verify(len(log))
