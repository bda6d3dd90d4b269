"""aiokafka's clients, as all of svartid uses them: connections end soon and are made anew, no topic is made by asking
for it, and a consumer names what it cannot read.

aiokafka makes a client within each of these, and has no argument for another one; so each of ours puts its own in that
one's place as it is made. May import: batches, kafka_parts, aiokafka.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Final, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import CloseReason
from aiokafka.consumer.group_coordinator import NoGroupCoordinator
from aiokafka.errors import KafkaError, NodeNotReadyError
from aiokafka.protocol.metadata import MetadataRequest

from streams.batches import ReadableFetcher
from streams.kafka_parts import Cluster, Connection, TopicsAnswer

log = logging.getLogger("aiokafka")  # what its client says is quietened and counted by that name

_GOODBYE_S: Final = 0.2
_AGAIN_S: Final = 0.1
_BOOTSTRAP: Final = ("bootstrap", ConnectionGroup.DEFAULT)  # the connection that there is before brokers are known
T = TypeVar("T")


class PromptClient(AIOKafkaClient):  # type: ignore[misc]
    """One whose connections are closed soon, also with TLS, where a broker is too busy to answer the goodbye.

    A broker that holds a fetch is. uvloop would wait 30 s for that, which is half of the time there is to take
    partitions. What is closed has nothing left to say.
    """

    _conns: dict[object, Connection]
    is_alone: bool  # whether none that answered last knows of any broker, as those do that their controllers left out

    def __init__(self, made: AIOKafkaClient) -> None:
        """In the place of `made`, which was not used yet."""
        self.__dict__.update(vars(made))
        self.is_alone = False

    async def _get_conn(self, node_id: object, **options: object) -> Connection | None:
        """Not one that broke unnoticed: to write to it is a RuntimeError of uvloop's, which ends aiokafka's tasks, or
        with TLS goes nowhere.
        """
        found: Connection | None = await super()._get_conn(node_id, **options)
        if found is None or not _is_closing(found):
            return found
        found.close(reason=CloseReason.CONNECTION_BROKEN)
        made: Connection | None = await super()._get_conn(node_id, **options)
        return made

    async def _metadata_update(self, cluster_metadata: Cluster, topics: Collection[str]) -> bool:
        """As aiokafka's, which would have a broker make each topic that is not there: so Kafka's own default has it
        (`auto.create.topics.enable`), and a topic that is misspelt or gone would be there, and empty.
        """
        nodes = [broker.nodeId for broker in self.cluster.brokers()]
        if _BOOTSTRAP in self._conns:
            nodes.append(_BOOTSTRAP[0])
        random.shuffle(nodes)
        has_answered = False
        for node in nodes:
            if found := await self._metadata_from(node, topics):
                if found.brokers:
                    self.is_alone = False
                    return self._know(cluster_metadata, found)
                has_answered = True
        if has_answered:
            self.is_alone = True
            return False
        log.error("Unable to update metadata from %s", nodes)
        cluster_metadata.failed_update(None)
        return False

    async def _metadata_from(self, node: object, topics: Collection[str]) -> TopicsAnswer | None:
        """What a broker says of these topics, or of all where none is named; None where it says nothing."""
        conn = await self._get_conn(node)
        try:
            return await conn.send(asking_for(topics or None)) if conn else None
        except (KafkaError, TimeoutError) as error:
            log.warning("Unable to request metadata from node with id %s: %r", node, error)
            return None

    def _know(self, cluster_metadata: Cluster, found: TopicsAnswer) -> bool:
        """Takes in what a broker said; the first connection has done its work once brokers are known by name."""
        cluster_metadata.update_metadata(found)
        if _BOOTSTRAP in self._conns and self.cluster.brokers():
            self._conns.pop(_BOOTSTRAP).close()
        return True

    async def close(self) -> None:
        """Waits for the goodbyes, but not for long, and for none of what was closed before."""
        made = self._conns
        self._conns = {key: conn for key, conn in made.items() if conn._writer is not None}
        for conn in made.values():
            if conn._writer is not None:
                self._loop.call_later(_GOODBYE_S, conn._writer.transport.abort)
        await super().close()


def asking_for(topics: Collection[str] | None) -> MetadataRequest:
    """The question what there is of these topics; None: of all. Whatever is not there stays so."""
    return MetadataRequest(None if topics is None else list(topics), allow_auto_topic_creation=False)


async def answered(ask: Callable[[], Awaitable[T]]) -> T:
    """What any broker answers. aiokafka asks one that it knows of, which may be newly dead: then another is asked, for
    as long as the caller has patience.
    """
    while True:
        with suppress(NodeNotReadyError):
            return await ask()
        await asyncio.sleep(_AGAIN_S)


def _is_closing(conn: Connection) -> bool:
    return conn._writer is None or conn._writer.transport.is_closing()


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]
    """One that names a batch that it cannot read. What it reads is assigned once it has started."""

    _client: AIOKafkaClient

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self._client = PromptClient(self._client)

    async def start(self) -> None:
        """As aiokafka's, of one that nothing was assigned to yet; with the parts that follow."""
        await self._client.bootstrap()
        self._fetcher = self._new_fetcher()
        self._coordinator = self._new_coordinator()

    def _new_fetcher(self) -> ReadableFetcher:
        return ReadableFetcher(self._client, self._subscription, **self._fetching())

    def _fetching(self) -> dict[str, object]:
        """The fetcher's arguments, as aiokafka gives them."""
        return {
            "key_deserializer": self._key_deserializer,
            "value_deserializer": self._value_deserializer,
            "fetch_min_bytes": self._fetch_min_bytes,
            "fetch_max_bytes": self._fetch_max_bytes,
            "fetch_max_wait_ms": self._fetch_max_wait_ms,
            "max_partition_fetch_bytes": self._max_partition_fetch_bytes,
            "check_crcs": self._check_crcs,
            "fetcher_timeout": self._consumer_timeout,
            "retry_backoff_ms": self._retry_backoff_ms,
            "auto_offset_reset": self._auto_offset_reset,
            "isolation_level": self._isolation_level,
            "client_rack": self._client_rack,
        }

    def _new_coordinator(self) -> object:
        return NoGroupCoordinator(
            self._client, self._subscription, exclude_internal_topics=self._exclude_internal_topics
        )


class Producer(AIOKafkaProducer):  # type: ignore[misc]
    """aiokafka's producer with the client above."""

    client: AIOKafkaClient

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.client = self._sender.client = PromptClient(self.client)


class Admin(AIOKafkaAdminClient):  # type: ignore[misc]
    """aiokafka's admin client with the client above, which asks for topics itself."""

    _client: AIOKafkaClient

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self._client = PromptClient(self._client)

    async def _get_cluster_metadata(self, topics: Collection[str] | None = None) -> object:
        """As the client above asks, so that no topic is made by it."""
        return await self._send_request(asking_for(topics))
