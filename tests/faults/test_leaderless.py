"""Row 22: a partition's only replica is on a broker that dies. It waits for its leader, and no other waits for it.

broker 1  --------------------------------   (phone-0, chat-0, the group, the checkpoints)
broker 2  -----X~~~~~~~~~~~~~~~~~~~~|-----   (phone-1)
worker    ready| not ready: phone-1 |ready
"""

import asyncio
import re
import shutil
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from streams.ingest.checkpoints import KafkaCheckpoints
from streams.local import Kafka, LocalParts, create_topics
from streams.local.kit import prepare
from streams.local.ports import HOST, free_ports
from tests.faults.running import Around
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

pytestmark = [pytest.mark.real, pytest.mark.fault(22)]

STALL_S = 4
STAYS_S = 15.0  # thrice what a worker that took this for its own deafness needed to end
WHOLE_WITHIN_S = 30.0
SOON_S = 40.0
TOLD_S = 8.0  # and of a command, what it waits for
GIVEN_UP_S = 40.0


@dataclass
class Brokers:
    """Two of one cluster; the second has nothing but what is put there, and may be killed."""

    first: Kafka
    second: Kafka


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """The first is the controller, and has the groups: they were asked for before there was a second."""
    folder, kit = tmp_path_factory.mktemp("brokers"), prepare(None, lambda _: None)
    port, controller, other = free_ports(3)
    first = Kafka(folder / "1", port, kit, controller)
    alone = {
        "process.roles": "broker",
        "node.id": 2,
        "listeners": f"CLIENTS://{HOST}:{other}",
        "controller.quorum.voters": f"1@{HOST}:{controller}",
    }
    second = Kafka(folder / "2", other, kit, controller, settings=alone)
    shutil.copytree(kit.formatted, storage := folder / "2" / "data")
    own = storage / "meta.properties"
    directory = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    own.write_text(re.sub("directory.id=.*", f"directory.id={directory}", own.read_text().replace("id=1", "id=2")))
    try:
        first.start()
        asyncio.run(_make_groups(first.address))
        second.start()
        yield Brokers(first, second)
    finally:
        second.kill()
        first.kill()


async def _make_groups(brokers: str) -> None:
    create_topics_of = asyncio.to_thread(create_topics, brokers, {"before": 1})
    await create_topics_of
    async with AIOKafkaConsumer("before", bootstrap_servers=brokers, group_id="before") as consumer:
        await consumer.getmany(timeout_ms=100)


@pytest.fixture
def split(brokers: Brokers, local_parts: LocalParts, tmp_path: Path) -> Iterator[Installation]:
    """An installation of which one partition, phone-1, is on the second broker."""
    if not brokers.second.answers():
        brokers.second.start()
    name, redis_url = f"test-{uuid.uuid4().hex[:8]}", local_parts.redis_url
    where = {"phone": {0: [1], 1: [2]}, "chat": {0: [1]}, "rejected": {0: [1]}, "checkpoints": {0: [1]}}
    eventually(lambda: asyncio.run(_made(brokers.first.address, name, where)), "the topics are made")
    around = Around(brokers.first.address, redis_url, brokers.first.address, redis_url)
    made = around.installation(name, tmp_path, {"phone": 2, "chat": 1})
    yield made
    made.close()


async def _made(brokers: str, name: str, where: dict[str, dict[int, list[int]]]) -> bool:
    """Whether there are these topics; until the second broker is known to the controller there cannot be."""
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        topics = [NewTopic(f"{name}-{what}", -1, -1, replicas) for what, replicas in where.items()]
        answer = await admin.create_topics(topics)
    finally:
        await admin.close()
    return all(code in (0, 36) for _, code, *_ in answer.topic_errors)  # 36: it is there already


async def _leader(brokers: str, partition: str) -> int | None:
    """Which broker leads it, by what the others know; -1: none. None where the dead one was asked."""
    topic, _, number = partition.rpartition("-")
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        (found,) = await admin.describe_topics([topic])
    except KafkaError:
        return None
    finally:
        await admin.close()
    return next(int(one["leader"]) for one in found["partitions"] if one["partition"] == int(number))


def lonely(split: Installation) -> str:
    """The partition that is alone on the second broker."""
    return f"{split.topics['phone']}-1"


def stays(worker: Worker) -> None:
    """Fails where it ends."""
    with pytest.raises(AssertionError, match="not within"):
        eventually(lambda: worker.process.poll() is not None, "it ends", STAYS_S)


def is_told(split: Installation, worker: Worker) -> bool:
    """As who asks the worker sees it, and who reads the snapshot."""
    status, why = worker.get("/isready")
    found = split.snapshot() or {}
    lacking = found.get("missing_partitions", []) + found.get("unread_partitions", [])
    return status == 503 and lonely(split) in why and found.get("status") == "stale" and lacking == [lonely(split)]


@pytest.mark.parametrize("event", ["nothing else", "a restart", "a rebalance"])
def test_it_is_waited_for_and_the_others_go_on(split: Installation, brokers: Brokers, event: str) -> None:
    log = generate(223, 1_800).records
    written = [record for record in log if record.channel == "phone"]
    phone, chat = len(written) // 2, [record for record in log if record.channel == "chat"]
    settings = {"SVARTID_STALL_TIMEOUT_S": str(STALL_S)}
    split.send(written[:phone])
    worker = split.start(**settings)
    split.wait_committed(phone)
    split.wait_ready()
    brokers.second.kill()
    if event == "a restart":
        assert worker.stop() == 0
        split.workers.remove(worker)
        worker = split.start(**settings)
    elif event == "a rebalance":
        split.start(**settings)
    eventually(
        lambda: any(is_told(split, one) for one in split.workers),
        lambda: f"it is told; {split.snapshot()}; {split.said}",
        SOON_S,
    )
    stays(worker)
    split.send(chat)
    split.wait_committed(phone + len(chat))
    for one in split.workers:
        assert len(one.lines("partitions are not taken")) <= 1, one.said
    brokers.second.start()
    eventually(lambda: all(one.is_ready() for one in split.workers), lambda: f"all is read; {split.said}", SOON_S)
    split.send(written[phone:])
    split.wait_committed(len(written) + len(chat))
    split.verify(len(written) + len(chat))
    assert [one.stop() for one in split.workers] == [0] * len(split.workers), "the same ones, all the while"


def test_the_others_are_looked_at_and_saved(split: Installation, brokers: Brokers) -> None:
    log = generate(224, 900).records
    phone, chat = ([record for record in log if record.channel == channel] for channel in ("phone", "chat"))
    split.send(phone)
    worker = split.start(SVARTID_CHECKPOINT_EVERY_S="2")
    split.wait_committed(len(phone))
    split.wait_ready()
    brokers.second.kill()
    worker.wait_for("the log is not looked at")
    split.send(chat)
    name = f"{split.topics['chat']}-0"
    eventually(lambda: saved(split, name) == len(chat), lambda: f"it is saved; {worker.said}", SOON_S)
    assert len(worker.lines("the log is not looked at")) == 1, worker.said
    assert not worker.lines("the log was not looked at") + worker.lines("no checkpoint was written"), worker.said
    assert worker.stop() == 0
    brokers.second.start()


def saved(split: Installation, name: str) -> int:
    """How far its furthest checkpoint reaches."""

    async def read() -> int:
        found = await KafkaCheckpoints(split.settings()).read([name])
        return max((one.offset for one in found[name].sound), default=0)

    return asyncio.run(read())


def test_who_drains_or_mends_is_told_that_it_cannot_be_done(split: Installation, brokers: Brokers) -> None:
    brokers.second.kill()
    eventually(lambda: asyncio.run(_leader(brokers.first.address, lonely(split))) == -1, "it has no leader")
    worker = split.start("--drain")
    assert worker.wait(SOON_S) == 3, worker.said
    told = f"{lonely(split)}: no broker says where its log begins and ends"
    assert told in " ".join(worker.said.split())
    for command in ("rebuild", "repartition"):
        ran = split.run(command)
        assert (ran.returncode, told in " ".join(ran.stderr.split())) == (3, True), ran.stderr
    brokers.second.start()


@pytest.mark.parametrize("command", ["verify", "repartition"])
def test_one_of_two_that_hangs_is_told_though_the_other_answers(
    split: Installation, brokers: Brokers, command: str
) -> None:
    split.send([record for record in generate(225, 300).records if record.channel in split.topics])
    split.drain()
    both = f"{brokers.first.address},{brokers.second.address}"
    brokers.second.pause()
    try:
        asks = split.start(command=command, SVARTID_KAFKA_BROKERS=both, COLUMNS="400")
        told = (
            f"cannot reach Kafka at {brokers.second.address}: it takes connections and does not answer. "
            "Another broker answers"
        )
        eventually(lambda: told in asks.said, lambda: f"it is told; it said {asks.said}", TOLD_S)
        assert asks.wait(GIVEN_UP_S) == 3, asks.said
        said = " ".join(asks.said.split())
        assert told in said.rpartition("svartid: ")[2] or "no broker says where its log begins" in said, said
    finally:
        brokers.second.resume()
