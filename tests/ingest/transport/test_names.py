"""The names of Faust and aiokafka that are overridden, reached into or written anew here, as they are in the versions
that are pinned.

Where one of these fails after an upgrade, read what changed there, then what `streams/ingest/transport/README.md` says
of it; the other files here say whether it still does what is relied on.
"""

import hashlib
import inspect
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.consumer.fetcher import Fetcher, FetchError, FetchResult, PartitionRecords
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState, TopicPartitionState
from aiokafka.producer.sender import Sender
from faust import App, Schema
from faust.transport import consumer as faust_consumer
from faust.transport.drivers import aiokafka as driver

from streams import batches, clients
from streams.ingest import app, transport
from streams.ingest.transport import consumer, fetcher, group, records, thread
from streams.ingest.transport import driver as ours

# Each class of ours, what it is made of, and what it overrides, with the arguments that the caller gives.
OVERRIDDEN: list[tuple[type, type, dict[str, str]]] = [
    (
        clients.PromptClient,
        AIOKafkaClient,
        {
            "_get_conn": "(self, node_id, *, group, no_hint)",
            "_metadata_update": "(self, cluster_metadata, topics)",
            "close": "(self)",
        },
    ),
    (clients.Consumer, AIOKafkaConsumer, {"start": "(self)"}),
    (clients.Producer, AIOKafkaProducer, {}),
    (clients.Admin, AIOKafkaAdminClient, {"_get_cluster_metadata": "(self, topics)"}),
    (
        batches.ReadableRecords,
        PartitionRecords,
        {"__next__": "(self)", "_consumer_record": "(self, tp, record)"},
    ),
    (
        batches.ReadableFetcher,
        Fetcher,
        {"_proc_fetch_request": "(self, assignment, node_id, request)"},
    ),
    (records.WholeBatches, PartitionRecords, {"__next__": "(self)", "_consumer_record": "(self, tp, record)"}),
    (
        fetcher.BatchFetcher,
        Fetcher,
        {
            "_proc_fetch_request": "(self, assignment, node_id, request)",
            "fetched_records": "(self, partitions, timeout, max_records)",
        },
    ),
    (fetcher.KeptFetchResult, FetchResult, {"check_assignment": "(self, tp)"}),
    (group.PlainGroup, GroupCoordinator, {"close": "(self)", "_push_error_to_user": "(self, exc)"}),
    (consumer.BatchReader, AIOKafkaConsumer, {}),
    (
        thread.BatchConsumerThread,
        driver.AIOKafkaConsumerThread,
        {"_create_worker_consumer": "(self, transport)", "highwater": "(self, tp)"},
    ),
    (
        ours.BatchConsumer,
        driver.Consumer,
        {
            "_new_consumer_thread": "(self)",
            "_to_message": "(self, tp, record)",
            "on_buffer_full": "(self, tp)",
            "on_partitions_assigned": "(self, assigned, generation_id)",
            "on_partitions_revoked": "(self, revoked)",
            "_getmany": "(self, active_partitions, timeout)",
            "seek_to_committed": "(self)",
        },
    ),
    (ours.BatchProducer, driver.Producer, {"_producer_type": "property"}),
    (ours.BatchTransport, driver.Transport, {"Consumer": "class", "Producer": "class"}),
    (
        transport.BatchSchema,
        Schema,
        {"compile": "(self, app, *, on_key_decode_error, on_value_decode_error, default_propagate)"},
    ),
    (
        app.IngestApp,
        App,
        {
            "_new_transport": "(self)",
            "_new_producer_transport": "(self)",
            "_create_directories": "(self)",
            "_on_rebalance_when_stopped": "(self)",
            "unassigned": "bool",
        },
    ),
]

# What is read or set of an object's private attributes, each made in its constructor.
REACHED: dict[type, str] = {
    AIOKafkaClient: "_conns _loop cluster",
    AIOKafkaConnection: "_writer",
    AIOKafkaConsumer: (
        "_client _fetcher _coordinator _subscription _key_deserializer _value_deserializer _fetch_min_bytes "
        "_fetch_max_bytes _fetch_max_wait_ms _max_partition_fetch_bytes _check_crcs _consumer_timeout "
        "_retry_backoff_ms _auto_offset_reset _isolation_level _client_rack _group_id _group_instance_id "
        "_heartbeat_interval_ms _session_timeout_ms _enable_auto_commit _auto_commit_interval_ms "
        "_partition_assignment_strategy _exclude_internal_topics _rebalance_timeout_ms _max_poll_interval_ms"
    ),
    AIOKafkaProducer: "client _sender",
    AIOKafkaAdminClient: "_client",
    Sender: "client",
    Fetcher: (
        "_records _subscriptions _wait_consume_future _closed _fetch_min_bytes _fetch_max_wait_ms _fetch_max_bytes "
        "_max_partition_fetch_bytes"
    ),
    FetchResult: "_topic_partition _partition_records _assignment _backoff",
    PartitionRecords: (
        "_tp _records _aborted_transactions _key_deserializer _value_deserializer _check_crcs _isolation_level "
        "next_fetch_offset _records_iterator"
    ),
    GroupCoordinator: "_session_timeout_ms group_id _closing _coordination_task",
    TopicPartitionState: "lso highwater timestamp",
}

# Methods that are called though they are private, or are properties of what is reached.
CALLED: dict[type, str] = {
    Fetcher: "_create_fetch_waiter _notify",
    FetchError: "check_raise",
    FetchResult: "getall",
    GroupCoordinator: "_stop_heartbeat_task _stop_commit_offsets_refresh_task _maybe_leave_group",
    SubscriptionState: "reassignment_in_progress wait_for_assignment is_assigned subscription",
    TopicPartitionState: "has_valid_position position pause resume",
    driver.AIOKafkaConsumerThread: "_ensure_consumer seek_wait",
    faust_consumer.Consumer: "stop_flow",
}

# What is written anew here, or relies on the very lines: the first of the SHA-256 of its text.
AS_READ: list[tuple[Callable[..., object], str]] = [
    (AIOKafkaConsumer.start, "2f1ba7044332"),  # clients.Consumer.start
    (Fetcher.fetched_records, "be4348896b9b"),  # fetcher.BatchFetcher.fetched_records
    (
        Fetcher._proc_fetch_request,
        "59bf948fff47",
    ),  # makes what ReadableFetcher replaces, and waits for nothing after that
    (FetchResult.check_assignment, "b5340df67e3f"),  # fetcher.KeptFetchResult.check_assignment
    (FetchResult.getall, "3e717e30de50"),
    (PartitionRecords.__init__, "8ec1c2ae6ea1"),  # reads nothing yet
    (PartitionRecords._unpack_records, "b803e6d46480"),  # what records._Batch has to have
    (AIOKafkaClient._get_conn, "68ce5d839171"),
    (AIOKafkaClient.close, "02119d4d618a"),
    (AIOKafkaClient._metadata_update, "06dc51ed3e0d"),  # clients.PromptClient._metadata_update
    (AIOKafkaAdminClient._get_cluster_metadata, "a6c7a68344da"),  # clients.Admin._get_cluster_metadata
    (GroupCoordinator.close, "f30d83108945"),  # group.PlainGroup.close
    (App._on_rebalance_when_stopped, "1b172d9af8ff"),  # does what is in the way of an end, and nothing besides
    (driver.AIOKafkaConsumerThread.close, "d22efc59a1df"),
    (driver.AIOKafkaConsumerThread._create_worker_consumer, "c2701bfc3e6f"),  # thread.BatchConsumerThread's
    (faust_consumer.Consumer.getmany, "4b168d84882a"),  # where Faust seeks, and which partitions it passes over
    (faust_consumer.Consumer.perform_seek, "0e8c130ff4b0"),
]


@pytest.mark.parametrize(("our", "base", "overridden"), OVERRIDDEN, ids=[our.__name__ for our, _, _ in OVERRIDDEN])
def test_what_is_overridden_is_there_with_the_arguments_expected(
    our: type, base: type, overridden: dict[str, str]
) -> None:
    assert issubclass(our, base)
    assert {name: _shape(base, name) for name in overridden} == overridden
    besides = {name for name in vars(our) if hasattr(base, name)} - overridden.keys() - IN_EVERY_CLASS
    assert not besides, "it overrides these, too: name them here"


IN_EVERY_CLASS = {
    "__init__",
    "__doc__",
    "__module__",
    "__annotations__",
    "__abstractmethods__",
    "__parameters__",
    "_abc_impl",
    "logger",
}


def _shape(base: type, name: str) -> str:
    found = inspect.getattr_static(base, name)
    if not inspect.isfunction(found):
        return "class" if inspect.isclass(found) else type(found).__name__
    signature, empty = inspect.signature(found), inspect.Parameter.empty
    bare = [each.replace(annotation=empty, default=empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


@pytest.mark.parametrize(("of", "names"), REACHED.items(), ids=[of.__name__ for of in REACHED])
def test_what_is_reached_into_is_made_by_its_constructor(of: type, names: str) -> None:
    constructor = inspect.getsource(of.__init__)  # type: ignore[misc]
    assert [name for name in names.split() if f"self.{name}" not in constructor] == []


@pytest.mark.parametrize(("of", "names"), CALLED.items(), ids=[of.__name__ for of in CALLED])
def test_what_is_called_is_there(of: type, names: str) -> None:
    assert [name for name in names.split() if not hasattr(of, name)] == []


@pytest.mark.parametrize(("text", "digest"), AS_READ, ids=[text.__qualname__ for text, _ in AS_READ])
def test_what_was_written_anew_here_is_as_it_was_read(text: Callable[..., object], digest: str) -> None:
    assert hashlib.sha256(inspect.getsource(text).encode()).hexdigest()[:12] == digest
