"""What an operator, or a mishap, does to topics: forgets old events, adds partitions, makes a topic anew."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError

from streams.local import LocalPartsError, create_topics
from streams.local.topics import until_whole
from tests.ingest.waiting import eventually


def _with_admin(brokers: str, does: Callable[[AIOKafkaAdminClient], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
        await admin.start()
        try:
            await until_whole(admin)
            return await does(admin)
        finally:
            await admin.close()

    return asyncio.run(run())


def extents(brokers: str, names: list[str]) -> dict[str, tuple[int, int]]:
    """By partition, the log's first and next offset."""

    async def ask() -> dict[str, tuple[int, int]]:
        tps = {name: _tp(name) for name in names}
        async with AIOKafkaConsumer(bootstrap_servers=brokers) as consumer:
            starts = await consumer.beginning_offsets(list(tps.values()))
            ends = await consumer.end_offsets(list(tps.values()))
        return {name: (starts[tp], ends[tp]) for name, tp in tps.items()}

    return asyncio.run(ask())


def forget_before(brokers: str, offsets: dict[str, int]) -> None:
    """Deletes the records before these offsets, as retention does."""
    wanted = {_tp(name): RecordsToDelete(before_offset=offset) for name, offset in offsets.items() if offset}
    _with_admin(brokers, lambda admin: admin.delete_records(wanted))
    eventually(
        lambda: all(extents(brokers, [name])[name][0] == offset for name, offset in offsets.items()),
        "the old records are gone",
    )


def forget_all(brokers: str, names: list[str]) -> None:
    """Deletes all that is in these partitions now."""
    forget_before(brokers, {name: end for name, (_, end) in extents(brokers, names).items()})


def add_partitions(brokers: str, topic: str, total: int) -> None:
    """The topic has so many from now on, each with a leader: a busy broker takes them on a moment after it said yes."""
    _with_admin(brokers, lambda admin: admin.create_partitions({topic: NewPartitions(total)}))

    def added() -> bool:
        (found,) = _with_admin(brokers, lambda admin: admin.describe_topics([topic]))
        return len(found["partitions"]) == total and all(one["leader"] >= 0 for one in found["partitions"])

    eventually(added, f"{topic} has {total} partitions")


def delete(brokers: str, topic: str) -> None:
    """The topic is gone when this returns."""
    _with_admin(brokers, lambda admin: admin.delete_topics([topic]))

    def gone() -> bool:
        found = _with_admin(brokers, lambda admin: admin.describe_topics([topic]))
        return not any(one["partitions"] for one in found)

    eventually(gone, "the topic is gone")


def make_anew(brokers: str, topic: str, partitions: int) -> None:
    """Deletes a topic and makes it again, empty."""
    _with_admin(brokers, lambda admin: admin.delete_topics([topic]))

    def made() -> bool:
        try:
            create_topics(brokers, {topic: partitions})
        except (TopicAlreadyExistsError, LocalPartsError):
            return False
        return extents(brokers, [f"{topic}-{n}" for n in range(partitions)]) == {
            f"{topic}-{n}": (0, 0) for n in range(partitions)
        }

    eventually(made, "the topic is made anew")


def configure(brokers: str, topic: str, changes: dict[str, str]) -> None:
    """Gives a topic this configuration, all else as its broker has it."""
    wanted = ConfigResource(ConfigResourceType.TOPIC, topic, changes)
    (answer,) = _with_admin(brokers, lambda admin: admin.alter_configs([wanted]))
    assert not any(resource[0] for resource in answer.resources), answer


def put(brokers: str, topic: str, key: bytes, value: bytes | None) -> None:
    """One record, in partition 0."""

    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=brokers, max_request_size=64 << 20) as producer:
            await producer.send_and_wait(topic, value, key, partition=0)

    asyncio.run(send())


def _tp(name: str) -> TopicPartition:
    topic, _, number = name.rpartition("-")
    return TopicPartition(topic, int(number))
