"""What is relied on of Faust."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

import config
from streams.clients import Producer
from streams.core.fold import Record
from streams.ingest.app import IngestApp
from streams.ingest.transport import BatchConsumer, BatchScheduler, BatchTransport
from streams.ingest.transport.thread import BatchConsumerThread
from streams.ingest.turns import Batch
from streams.redis_client import connect
from streams.settings import Settings, load

# What the consumer that Faust's thread makes has otherwise than Faust's own. All else is by the same settings.
OURS = {
    "_fetch_max_bytes",
    "_max_partition_fetch_bytes",
    "_fetch_max_wait_ms",
    "_isolation_level",
    "_on_refusal",
}
MADE_FOR_EACH = {"_client", "_subscription", "_loop"}


def app_of(settings: Settings) -> IngestApp:
    """As a worker composes it."""
    rules, client = config.load().rules(settings.key), connect(settings)
    return IngestApp(settings, rules, client, on_commit=lambda: None, on_dated=lambda at_ms: None)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of an installation that is nowhere: nothing is started."""
    for name, value in {
        "KAFKA_BROKERS": "127.0.0.1:9,[::1]:10",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "PSEUDONYM_KEY": "a test's key",
        "SESSION_TIMEOUT_S": "12",
        "GROUP_INSTANCE_ID": "the-first",
    }.items():
        monkeypatch.setenv(f"SVARTID_{name}", value)
    return load()


def on_a_loop(does: Callable[[IngestApp], Awaitable[None]], settings: Settings) -> None:
    """Runs it with an app, where a loop is running, as Faust's and aiokafka's objects ask for."""

    async def run() -> None:
        await does(app_of(settings))

    asyncio.run(run())


def test_faust_makes_our_transport_consumer_thread_scheduler_and_producer(settings: Settings) -> None:
    async def does(app: IngestApp) -> None:
        assert type(app.transport) is type(app.producer_transport) is BatchTransport
        consumer = cast(BatchConsumer, app.consumer)
        assert type(consumer) is BatchConsumer
        assert type(consumer._thread) is BatchConsumerThread
        assert isinstance(cast(Any, consumer.scheduler), BatchScheduler)
        assert cast(Any, app.producer)._producer_type is Producer

    on_a_loop(does, settings)


def test_the_consumer_is_as_fausts_own_but_for_what_is_named_here(settings: Settings) -> None:
    async def does(app: IngestApp) -> None:
        thread, transport = cast(BatchConsumer, app.consumer)._thread, cast(driver.Transport, app.transport)
        stock = driver.AIOKafkaConsumerThread._create_worker_consumer(thread, transport)
        made = thread._create_worker_consumer(transport)
        theirs, found = (vars(each) for each in (stock, made))
        differ = {name for name in theirs.keys() | found.keys() if theirs.get(name) != found.get(name)}
        assert differ - MADE_FOR_EACH == OURS
        on_client = ("_bootstrap_servers", "_client_id", "_metadata_max_age_ms", "_request_timeout_ms", "_ssl_context")
        assert [vars(made._client)[name] for name in on_client] == [vars(stock._client)[name] for name in on_client]
        assert (made._session_timeout_ms, made._group_instance_id) == (12_000, "the-first")
        for each in (stock, made):
            each._closed = True  # they were never started

    on_a_loop(does, settings)


def test_every_seek_of_fausts_asks_us_where(settings: Settings) -> None:
    """So nothing moves a position to where Kafka, not Redis, has it."""
    asked: list[str] = []

    class Asked(BatchConsumer):
        async def seek_to_committed(self) -> Mapping[TP, int]:
            asked.append("seek_to_committed")
            return {TP("phone", 0): 7}

    class Transport(BatchTransport):
        Consumer = Asked

    async def does(app: IngestApp) -> None:
        transport = Transport(app.conf.broker_consumer, app)
        consumer = cast(Asked, transport.create_consumer(_none, **CALLBACKS))
        await consumer.perform_seek()
        assert asked == ["seek_to_committed"]
        assert consumer._read_offset[TP("phone", 0)] == 7

    on_a_loop(does, settings)


def test_faust_reads_nothing_until_it_was_sought_after_an_assignment(settings: Settings) -> None:
    async def does(app: IngestApp) -> None:
        consumer, flowing = cast(BatchConsumer, app.consumer), list[bool]()

        async def assigned(*_: Any) -> None:
            flowing.append(consumer.flow_active)

        assert consumer.flow_active, "as it is made"
        consumer._on_partitions_assigned = assigned
        await consumer.on_partitions_assigned({TP("phone", 0)}, 1)
        assert flowing == [False]

    on_a_loop(does, settings)


def test_a_message_is_of_the_generation_that_the_stream_heeds(settings: Settings) -> None:
    tp = TP("phone", 0)

    async def does(app: IngestApp) -> None:
        app.consumer_generation_id = 5
        consumer = cast(BatchConsumer, app.consumer)
        batch = Batch(3, 9, list[Record]())
        message: Any = consumer._to_message(tp, {tp: batch})
        assert (message.generation_id, message.tp, message.offset, message.value) == (5, tp, 8, {tp: batch})
        assert consumer.handed_out == {tp: 8}

    on_a_loop(does, settings)


def test_a_full_buffer_leaves_no_partition_out_of_the_next_fetch(settings: Settings) -> None:
    tp = TP("phone", 0)

    async def does(app: IngestApp) -> None:
        fausts = driver.Transport(app.conf.broker_consumer, app).create_consumer(_none, **CALLBACKS)
        ours, theirs = cast(BatchConsumer, app.consumer), cast(driver.Consumer, fausts)
        for consumer, left in ((ours, {tp}), (theirs, set[TP]())):
            consumer._set_active_tps({tp})
            consumer.on_buffer_full(tp)
            assert consumer._get_active_partitions() == left

    on_a_loop(does, settings)


async def _none(*_: Any) -> None:
    """Called back with nothing to do."""


CALLBACKS: dict[str, Any] = {"on_partitions_revoked": _none, "on_partitions_assigned": _none}
