"""Row 23 on a broker that makes whatever topic it is asked for, as Kafka does where nobody has set it otherwise."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from streams.local import Kafka, LocalParts
from streams.local.kit import prepare
from streams.local.ports import free_ports
from tests.faults.running import Around
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.fault(23)]


@pytest.fixture
def made(local_parts: LocalParts, tmp_path: Path) -> Iterator[Installation]:
    """An installation on such a broker."""
    kit = prepare(None, lambda _: None)
    (port,) = free_ports(1)
    kafka = Kafka(tmp_path / "kafka", port, kit, settings={"auto.create.topics.enable": "true"})
    kafka.start()
    around = Around(kafka.address, local_parts.redis_url, kafka.address, local_parts.redis_url)
    installation = around.installation(f"test-{uuid.uuid4().hex[:8]}", tmp_path, {"phone": 2, "chat": 1})
    try:
        yield installation
    finally:
        installation.close()
        kafka.kill()


def topics(brokers: str, delete: list[str]) -> set[str]:
    """All that there are, asked for without a name; after these were deleted."""

    async def ask() -> set[str]:
        admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
        await admin.start()
        try:
            if delete:
                await admin.delete_topics(delete)
            return set(await admin.list_topics())
        finally:
            await admin.close()

    return asyncio.run(ask())


def test_no_topic_is_made_by_asking_for_it(made: Installation) -> None:
    """Neither one that was deleted under a worker, nor one that is misspelt, nor those that are written to."""
    phone = [record for record in generate(237, 600).records if record.channel == "phone"]
    made.send(phone)
    worker = made.start(SVARTID_REJECTED_TOPIC="no-rejected", SVARTID_CHECKPOINT_TOPIC="no-checkpoints")
    made.wait_committed(len(phone))
    gone = made.topics["chat"]
    topics(made.brokers, [gone])
    why = f"Kafka has no topic {gone}"
    eventually(lambda: why in worker.get("/isready")[1], lambda: f"it is told: {worker.said}", 15)
    for command in ("doctor", "verify", "repartition"):
        made.run(command, SVARTID_REJECTED_TOPIC="no-rejected", SVARTID_CHECKPOINT_TOPIC="no-checkpoints")
    with pytest.raises(AssertionError, match="not within"):
        eventually(lambda: why not in worker.get("/isready")[1], "it is there again", 8)
    misspelt = made.start(SVARTID_TOPICS='{"phone":"mispelt"}', SVARTID_CONSUMER_GROUP="another")
    eventually(lambda: "Kafka has no topic mispelt" in misspelt.get("/isready")[1], lambda: misspelt.said, 20)
    there = {name for name in topics(made.brokers, []) if not name.startswith("__")}
    assert there == {made.topics["phone"], made.rejected_topic, made.checkpoint_topic}
