"""Faust's thread around the consumer, which it constructs. May import: batches, consumer, tls, faust.

Faust's own would construct aiokafka's, and has no argument for another one.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol, cast

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT

from streams.batches import UnreadableBatch
from streams.ingest.transport.consumer import BatchReader
from streams.tls import BadConnectionSetting


class Ingest(Protocol):
    """What the transport asks of the app that it is made for."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The one that it runs in."""
        ...

    async def take_partitions(self) -> Mapping[TP, int]:
        """Where each of those that the group gives reads on; those that are not to be read are left out."""
        ...

    async def fail(self, error: Exception) -> None:
        """Ends the worker."""
        ...

    async def refuse(self, error: UnreadableBatch) -> None:
        """Counts no more of a topic."""
        ...


def ingest_of(app: AppT) -> Ingest:
    """An app as what it is here: all that this transport is made for are."""
    return cast(Ingest, app)


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """Where `BatchReader` lives."""

    @property
    def reader(self) -> BatchReader:
        """The consumer, once the thread has started. Raises ConsumerNotStarted."""
        reader: BatchReader = self._ensure_consumer()
        return reader

    def _create_worker_consumer(self, transport: driver.Transport) -> BatchReader:
        """As Faust's, by the same settings, but for what it has for tables and transactions."""
        conf = self.app.conf
        return BatchReader(
            on_refusal=self._refused,
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[self.app.assignor],  # which leaves partitions where they are
            auto_offset_reset=conf.consumer_auto_offset_reset,
            max_poll_records=conf.broker_max_poll_records,
            max_poll_interval_ms=_ms(conf.broker_max_poll_interval or 0),
            request_timeout_ms=_ms(conf.broker_request_timeout),
            check_crcs=conf.broker_check_crcs,
            session_timeout_ms=_ms(conf.broker_session_timeout),
            rebalance_timeout_ms=_ms(conf.broker_rebalance_timeout),
            heartbeat_interval_ms=_ms(conf.broker_heartbeat_interval),
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
            connections_max_idle_ms=conf.consumer_connections_max_idle_ms,
            **driver.credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
        )

    def _refused(self, why: BadConnectionSetting) -> None:
        app = ingest_of(self.app)
        asyncio.run_coroutine_threadsafe(app.fail(why), app.loop)

    def highwater(self, tp: TP) -> int:
        """Faust's question; see `BatchReader.log_end`."""
        return self.reader.log_end(tp)

    def hold_back(self, tp: TP, is_full: bool) -> None:
        """Leaves a partition out of the fetches to come, or takes it in again. To be called from any thread."""
        if not self.thread_loop.is_closed():
            self.thread_loop.call_soon_threadsafe(self.reader.hold_back, tp, is_full)


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
