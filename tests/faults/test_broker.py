"""Row 9: a broker that is killed, one that cannot be reached, and a Redis that is slow or mute at the wrong moment."""

import asyncio
import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from streams.ingest import checkpoints
from streams.ingest.checkpoint_parts import PART_BYTES
from streams.ingest.checkpoints import KafkaCheckpoints, Saved
from streams.local import Kafka, LocalParts
from streams.local.kit import prepare
from streams.local.ports import HOST, free_ports
from streams.settings import Settings
from tests.faults.parts import listen_behind
from tests.faults.proxy import Proxy
from tests.faults.running import Around, Supervised
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

AWAY_S = 8.0  # more than a session
SLOW_S = 1.0


@dataclass
class Broker:
    """One that the workers reach through a network that can be hurt; the test itself reaches it without."""

    kafka: Kafka
    network: Proxy


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """It advertises the proxy's port to whoever comes through the proxy."""
    port, behind = free_ports(2)
    with Proxy(f"{HOST}:{behind}") as network:
        kafka = Kafka(tmp_path_factory.mktemp("broker"), port, prepare(None, lambda _: None))
        listen_behind(kafka, behind, network.address)
        kafka.start()
        try:
            yield Broker(kafka, network)
        finally:
            kafka.kill()


@pytest.fixture
def beyond(broker: Broker, local_parts: LocalParts, tmp_path: Path) -> Iterator[Installation]:
    """An installation on that broker, and the Redis of all."""
    redis_url = local_parts.redis_url
    around = Around(broker.kafka.address, redis_url, broker.network.address, redis_url)
    made = around.installation(f"test-{uuid.uuid4().hex[:8]}", tmp_path)
    yield made
    made.close()


@pytest.mark.fault(9)
def test_a_broker_that_is_killed_and_started_again(beyond: Installation, broker: Broker) -> None:
    log = generate(109, 8_000)
    with beyond.sending(log.records, chunk=100, ahead=500):
        supervised = Supervised(beyond)
        supervised.committed(len(log.records) // 3)
        broker.kafka.kill()
        broker.kafka.start()
        assert beyond.committed() < len(log.records), "this was to happen in mid-stream"
        supervised.committed(len(log.records))
    in_log = sum(map(len, beyond.log().values()))
    assert in_log >= len(log.records)  # more where a producer's send was repeated that had been written before the kill
    supervised.committed(in_log)
    beyond.verify(in_log)
    assert_books_agree(log.books, beyond.totals())


@pytest.mark.fault(9)
@pytest.mark.parametrize("how", ["refuses", "silent"])
def test_a_broker_out_of_reach_for_longer_than_a_session(beyond: Installation, broker: Broker, how: str) -> None:
    log = generate(119, 4_000)
    beyond.send(log.records[:2000])
    supervised = Supervised(beyond)
    supervised.committed(2000)
    network = broker.network
    if how == "refuses":
        network.refuses = True
        network.cut()
    else:
        network.stall()
    beyond.send(log.records[2000:])
    with pytest.raises(AssertionError):
        eventually(lambda: beyond.committed() > 2000, "nothing is read", AWAY_S)
    network.refuses = False
    network.flow()
    supervised.committed(len(log.records))
    beyond.verify(len(log.records))
    assert_books_agree(log.books, beyond.totals())


@pytest.mark.fault(9)
def test_a_redis_that_is_slow_at_assignment_is_waited_for(behind: Installation, network: Proxy) -> None:
    log = generate(129, 2_000)
    behind.send(log.records)
    worker = behind.start()
    worker.wait_for("serving")
    network.delay_s = SLOW_S
    worker.wait_until_reading()
    network.delay_s = 0.0
    behind.wait_committed(len(log.records))
    behind.verify(len(log.records))


@pytest.mark.fault(9)
def test_a_redis_that_is_mute_from_the_beginning_is_told_and_waited_for(behind: Installation, network: Proxy) -> None:
    """It is no member of the group meanwhile: others would wait for it."""
    log = generate(139, 2_000)
    behind.send(log.records)
    network.loses_answers = True
    worker = behind.start()
    eventually(lambda: "cannot reach Redis" in worker.get("/isready")[1], lambda: worker.said, 60)
    assert not worker.lines("took partitions")
    network.loses_answers = False
    behind.wait_committed(len(log.records))
    behind.verify(len(log.records))


# --- checkpoints, however slow the broker is


def large(installation: Installation, parts: int) -> bytes:
    """Writes a checkpoint of so many parts that cannot be compressed, and answers it."""
    value = random.Random(parts).randbytes(parts * PART_BYTES - 1)
    keeper = KafkaCheckpoints(installation.settings())

    async def writes() -> None:
        try:
            assert await keeper.write(installation.partitions[0], 1, value)
        finally:
            await keeper.close()

    asyncio.run(writes())
    return value


async def read_within(settings: Settings, name: str) -> tuple[Saved, float]:
    """What there is of a partition, and how many seconds that took."""
    began = time.monotonic()
    return (await KafkaCheckpoints(settings).read([name]))[name], time.monotonic() - began


@pytest.mark.fault(9)
def test_checkpoints_that_take_longer_than_a_silence_may_are_read_all_the_same(
    beyond: Installation, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten parts, of which each takes most of a second on its way, while five seconds of silence would end it."""
    large(beyond, 10)
    monkeypatch.setattr(checkpoints, "SILENT_S", 5.0)
    broker.network.delay_s = 0.06  # for 64 KiB
    try:
        saved, took_s = asyncio.run(read_within(beyond.settings(), beyond.partitions[0]))
    finally:
        broker.network.delay_s = 0.0
    assert took_s > 5.0
    assert saved.broken == 1, "it came whole, and is random bytes, which no checkpoint is"


@pytest.mark.fault(9)
def test_a_broker_that_falls_silent_while_checkpoints_are_read_ends_the_wait(
    beyond: Installation, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(beyond, 6)
    monkeypatch.setattr(checkpoints, "SILENT_S", 2.0)
    came = 0

    def stalls(answer: bytes) -> None:
        nonlocal came
        came += len(answer)
        if came > 3 * PART_BYTES:
            broker.network.stall()

    broker.network.on_answer = stalls
    began = time.monotonic()
    try:
        with pytest.raises(TimeoutError):
            asyncio.run(read_within(beyond.settings(), beyond.partitions[0]))
    finally:
        broker.network.on_answer = lambda _: None
        broker.network.flow()
    assert came > 3 * PART_BYTES and time.monotonic() - began < 15
