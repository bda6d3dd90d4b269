"""What is relied on of aiokafka, on a real broker."""

import asyncio
import gc
import time
import weakref
from collections.abc import Callable

import pytest
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.metadata import MetadataRequest

from streams.clients import Admin, Consumer, Producer, PromptClient
from streams.local import LocalParts
from tests.conftest import Installations
from tests.ingest.admin import add_partitions, delete, forget_before
from tests.ingest.test_codecs import damaged, segment, spoil
from tests.ingest.transport.reading import fetches, reading, send, until, values

pytestmark = pytest.mark.real
LOOK_EVERY_MS = 300


def test_what_was_fetched_of_a_partition_that_is_held_back_is_handed_out_and_no_more(
    installations: Installations,
) -> None:
    """
    partition 0   a | held back |   c   | taken in again
    partition 1                   b
    handed out            a         b             c
    """
    installation = installations({"phone": 2})
    held, other = (TopicPartition(installation.topics["phone"], n) for n in (0, 1))

    async def does() -> None:
        async with reading(installation, held, other) as reader:
            await send(installation, 0, b"a")
            await until(lambda: held in reader._fetcher._records, "it is fetched")
            reader.hold_back(held, True)
            assert await values(reader, 1) == [(0, b"a")]
            await send(installation, 0, b"c")
            await send(installation, 1, b"b")
            assert await values(reader, 1) == [(1, b"b")]
            said, end = reader.said_at(other), reader.log_end(held)
            await until(lambda: reader.said_at(other) != said, "one more fetch was answered")
            assert (await reader.getmany(timeout_ms=0), reader.log_end(held)) == ({}, end), "it is not asked for"
            reader.hold_back(held, False)
            assert await values(reader, 1) == [(0, b"c")]

    asyncio.run(does())


def test_what_was_fetched_before_a_seek_is_not_handed_out(installations: Installations) -> None:
    installation = installations({"phone": 1})
    tp = TopicPartition(installation.topics["phone"], 0)

    async def does() -> None:
        await send(installation, 0, b"a", b"b", b"c")
        async with reading(installation, tp) as reader:
            await until(lambda: tp in reader._fetcher._records, "it is fetched")
            reader.seek(tp, 2)
            assert await fetches(reader, tp, until=3) == [(2, 3)]

    asyncio.run(does())


def test_the_log_ends_before_an_open_transaction_and_is_read_to_its_end_past_markers(
    installations: Installations,
) -> None:
    """No record is handed out of what was taken back, or is a marker, and yet the position is beyond it."""
    installation = installations({"phone": 1})
    topic = installation.topics["phone"]
    tp = TopicPartition(topic, 0)

    async def does() -> None:
        await send(installation, 0, b"a")
        async with (
            AIOKafkaProducer(bootstrap_servers=installation.brokers, transactional_id=installation.name) as producer,
            reading(installation, tp) as reader,
        ):
            assert reader.log_end(tp) == 0, "not known yet"
            await producer.begin_transaction()
            await producer.send_and_wait(topic, b"b", partition=0)
            assert await values(reader, 1) == [(0, b"a")]
            await until(lambda: reader.log_end(tp) == 1, "it ends before the transaction")
            await producer.abort_transaction()
            await until(lambda: reader.log_end(tp) == 3, "the transaction and its marker are of the log")
            assert await values_while(reader.getmany, lambda: reader.read_position(tp) < 3) == 0

    asyncio.run(does())


async def values_while(getmany: Callable[..., object], holds: Callable[[], bool]) -> int:
    """How many partitions bring something meanwhile."""
    brought, deadline = 0, time.monotonic() + 20
    while holds():
        assert time.monotonic() < deadline
        fetched = await getmany(timeout_ms=50)  # type: ignore[misc]
        brought += len(fetched)
    return brought


def test_a_batch_that_cannot_be_read_holds_its_partition_back_and_takes_nothing_with_it(
    installations: Installations, local_parts: LocalParts
) -> None:
    installation = installations({"phone": 2})
    bad, good = (TopicPartition(installation.topics["phone"], n) for n in (0, 1))

    async def does() -> None:
        await send(installation, 0, b"a", b"spoilt", b"c")
        await send(installation, 1, b"d")
        spoil(segment(local_parts, bad.topic), 1, damaged)
        async with reading(installation, bad, good) as reader:
            assert sorted(await values(reader, 2)) == [(0, b"a"), (1, b"d")]
            while not (unreadable := reader.take_unreadable()):
                assert await reader.getmany(timeout_ms=100) == {}
            assert [(each.tp, each.first, each.until) for each in unreadable] == [(bad, 1, 2)]
            await send(installation, 1, b"e")
            assert await values(reader, 1) == [(1, b"e")]
            assert reader.take_unreadable() == [], "it is not fetched again"

    asyncio.run(does())


def test_a_broker_that_has_nothing_new_says_so_twice_a_second(installations: Installations) -> None:
    """What is fresh is known by that."""
    installation = installations({"phone": 1})
    tp = TopicPartition(installation.topics["phone"], 0)

    async def does() -> None:
        async with reading(installation, tp) as reader:
            await until(lambda: reader.said_at(tp), "it was asked")
            first, began = reader.said_at(tp), time.monotonic()
            await until(lambda: reader.said_at(tp) != first, "it was asked again")
            assert time.monotonic() - began < 3

    asyncio.run(does())


def test_topics_that_grow_or_go_are_noticed_within_the_age_of_what_is_known(installations: Installations) -> None:
    installation = installations({"phone": 1})
    topic = installation.topics["phone"]

    async def does() -> None:
        async with reading(installation, TopicPartition(topic, 0), metadata_max_age_ms=LOOK_EVERY_MS) as reader:
            await until(lambda: reader.partitions_of(topic) == 1, "it is known")
            assert reader.partitions_of("no-such-topic") == 0
            await asyncio.to_thread(add_partitions, installation.brokers, topic, 3)
            await until(lambda: reader.partitions_of(topic) == 3, "they are known")
            await asyncio.to_thread(delete, installation.brokers, topic)
            await until(lambda: reader.partitions_of(topic) == 0, "it is known to be gone")
            assert await reader.getmany(timeout_ms=100) == {}, "no error, so others have to tell"

    asyncio.run(does())


def test_a_position_that_the_log_does_not_have_is_moved_and_not_taken_for_read(installations: Installations) -> None:
    installation = installations({"phone": 1})
    tp = TopicPartition(installation.topics["phone"], 0)

    async def does() -> None:
        await send(installation, 0, b"a", b"b", b"c")
        await asyncio.to_thread(forget_before, installation.brokers, {f"{tp.topic}-0": 3})
        async with reading(installation, tp) as reader:
            state = reader._state(tp)
            assert state
            await until(lambda: state.has_valid_position and state.position == 3, "it is moved to where the log begins")
            assert reader.read_position(tp) == 0
            await send(installation, 0, b"d")
            assert await fetches(reader, tp, until=4) == [(3, 4)]
            assert reader.read_position(tp) == 4

    asyncio.run(does())


def test_a_fetch_brings_no_more_than_it_may(installations: Installations) -> None:
    installation = installations({"phone": 1})
    tp = TopicPartition(installation.topics["phone"], 0)

    async def does() -> None:
        async with reading(installation, tp) as reader:
            reader.bound_fetches((1, 1))  # a batch, as ever, at least
            await until(lambda: (at := reader.said_at(tp)) and time.time() * 1000 - at < 100, "it fetches")
            await reader.getmany(timeout_ms=0)
            await send(installation, 0, *(b"%d" % n for n in range(20)))
            found = await fetches(reader, tp, until=20)
            assert [end - since for since, end in found[-5:]] == [1] * 5
            reader.bound_fetches((1 << 20, 1 << 20))
            reader.seek(tp, 0)
            assert len(await fetches(reader, tp, until=20)) <= 3

    asyncio.run(does())


@pytest.mark.parametrize(
    ("make", "client"),
    [
        (Consumer, lambda made: made._client),
        (Producer, lambda made: made.client),
        (Admin, lambda made: made._client),
    ],
)
def test_nothing_knows_the_client_that_aiokafka_made_first(
    make: type, client: Callable[[object], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    firsts: list[weakref.ref[AIOKafkaClient]] = []
    take_over = PromptClient.__init__

    def noting(self: PromptClient, made: AIOKafkaClient) -> None:
        firsts.append(weakref.ref(made))
        take_over(self, made)

    monkeypatch.setattr(PromptClient, "__init__", noting)

    async def does() -> None:
        made = make(bootstrap_servers="127.0.0.1:9")
        gc.collect()
        assert [first() for first in firsts] == [None]
        assert isinstance(client(made), PromptClient)
        made._closed = True  # it was never started

    asyncio.run(does())


def test_all_that_is_made_here_reaches_a_broker(installations: Installations) -> None:
    installation = installations({"phone": 1})
    topic = installation.topics["phone"]
    tp = TopicPartition(topic, 0)

    async def does() -> None:
        to = {"bootstrap_servers": installation.brokers}
        async with Producer(**to) as producer:
            await producer.send_and_wait(topic, b"a", partition=0)
        async with Consumer(**to) as consumer:
            consumer.assign([tp])
            await consumer.seek_to_beginning(tp)
            assert (await consumer.getone()).value == b"a"
        admin = Admin(**to)
        await admin.start()
        assert [each["topic"] for each in await admin.describe_topics([topic])] == [topic]
        await admin.close()

    asyncio.run(does())


def test_a_connection_that_broke_unnoticed_is_made_again(installations: Installations) -> None:
    """On uvloop, where what is written to it is lost, or a RuntimeError, which ends aiokafka's tasks."""
    installation = installations({"phone": 1})

    async def does() -> None:
        client = PromptClient(AIOKafkaClient(bootstrap_servers=installation.brokers))
        await client.bootstrap()
        try:
            node = client.get_random_node()
            await client.send(node, MetadataRequest([]))
            (broken,) = client._conns.values()
            assert broken._writer
            broken._writer.transport.abort()
            assert broken.connected(), "aiokafka does not know"
            async with asyncio.timeout(5):
                assert (await client.send(node, MetadataRequest([]))).brokers
            (anew,) = client._conns.values()
            assert anew is not broken
        finally:
            await client.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(does())


def test_aiokafka_is_as_it_was_installed() -> None:
    """Whoever makes a consumer, a producer or a client of aiokafka's own gets that."""
    from aiokafka import client, conn
    from aiokafka.consumer import consumer, fetcher, group_coordinator

    import streams.cli  # noqa: F401  # with everything there is

    for module, names in {
        consumer: ("AIOKafkaClient", "AIOKafkaConsumer", "Fetcher", "GroupCoordinator", "NoGroupCoordinator"),
        fetcher: ("FetchResult", "Fetcher", "PartitionRecords"),
        group_coordinator: ("GroupCoordinator",),
        conn: ("AIOKafkaConnection",),
        client: ("AIOKafkaClient",),
    }.items():
        for name in names:
            assert getattr(module, name).__module__.startswith("aiokafka."), name
    assert AIOKafkaConsumer.__module__ == "aiokafka.consumer.consumer"
    assert AIOKafkaAdminClient.__module__ == "aiokafka.admin.client"
