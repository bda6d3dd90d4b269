"""Sending to Kafka, fast and in order: records are packed into batches here, one for each partition.

A producer's own `send` makes a task's worth of work for each record; packing is ten times as fast. Records of one key
keep their order, and the broker drops what a retry repeats. May import: settings, kafka, kafka_parts, rights.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import NamedTuple, Self

from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from streams.clients import Producer
from streams.kafka import connection
from streams.kafka_parts import BatchBuilder
from streams.rights import NoRight, check, of_sender
from streams.settings import Settings

_UNDER_WAY = 64  # batches sent and not yet confirmed
_BATCH_BYTES = 256 * 1024
_TOPIC_TIMEOUT_S = 10
_GOODBYE_S = 2


class Unreachable(Exception):
    """Kafka cannot be reached, has no such topic, denies a right, or does not confirm. The text is a sentence."""


class Outgoing(NamedTuple):
    """What is sent. Without a timestamp it is now."""

    channel: str
    key: bytes
    value: bytes | None
    timestamp_ms: int | None


class Sender:
    """An open producer, used as `async with Sender(settings) as sender`. Everything it raises is `Unreachable`."""

    _producer: Producer

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topics: dict[str, _Topic] = {}
        self._under_way: set[asyncio.Future[object]] = set()

    async def __aenter__(self) -> Self:
        self._producer = Producer(**connection(self._settings), enable_idempotence=True, max_batch_size=_BATCH_BYTES)
        with _said_plainly(self._settings):
            try:
                await self._producer.start()
                await check(self._settings, of_sender(self._settings))
                for channel, topic in self._settings.topics.items():
                    self._topics[channel] = await self._topic(topic)
            except BaseException:
                await self._stop()
                raise
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        with _said_plainly(self._settings):
            try:
                if kind is None:
                    await self.flush()
            finally:
                await self._stop()

    async def _stop(self) -> None:
        """Waits a moment for what is under way, which is confirmed where all is well: a broker may not answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await self._producer.stop()

    def place(self, outgoing: Outgoing) -> str:
        """The partition that a record goes to, such as "nks.phone.events.v1-3"."""
        topic = self._topics[outgoing.channel]
        return f"{topic.name}-{topic.partition(outgoing.key)}"

    async def send(self, records: Iterable[Outgoing]) -> None:
        """Sends them all, and waits only while too much is under way. What fails is raised here or by `flush`."""
        with _said_plainly(self._settings):
            for topic, partition, batch in self._packed(records):
                if len(self._under_way) >= _UNDER_WAY:
                    await self._confirm(asyncio.FIRST_COMPLETED)
                future = await self._producer.send_batch(batch, topic, partition=partition)
                self._under_way.add(asyncio.ensure_future(future))
            await asyncio.sleep(0)  # lets the producer's own task send while we make more

    async def flush(self) -> None:
        """Waits until the broker has confirmed everything."""
        with _said_plainly(self._settings):
            await self._confirm(asyncio.ALL_COMPLETED)

    def _packed(self, records: Iterable[Outgoing]) -> Iterator[tuple[str, int, BatchBuilder]]:
        """Batches, each as soon as it is full, and at the end those that are not."""
        open_batches: dict[tuple[str, int], BatchBuilder] = {}
        for channel, key, value, timestamp_ms in records:
            topic = self._topics[channel]
            where = topic.name, topic.partition(key)
            batch = open_batches.get(where)
            if batch is None or batch.append(timestamp=timestamp_ms, key=key, value=value) is None:
                if batch is not None:
                    yield *where, batch
                batch = open_batches[where] = self._producer.create_batch()
                batch.append(timestamp=timestamp_ms, key=key, value=value)  # an empty batch takes any size
        for where, batch in open_batches.items():
            yield *where, batch

    async def _confirm(self, when: str) -> None:
        if self._under_way:
            done, self._under_way = await asyncio.wait(self._under_way, return_when=when)
            for future in done:
                future.result()

    async def _topic(self, name: str) -> "_Topic":
        try:
            async with asyncio.timeout(_TOPIC_TIMEOUT_S):
                partitions = await self._producer.partitions_for(name)
        except (KafkaError, TimeoutError) as error:
            raise Unreachable(f"Kafka has no topic {name}") from error
        return _Topic(name, len(partitions))


class _Topic:
    """A topic that knows where a key belongs, as every Kafka client reckons it."""

    def __init__(self, name: str, partitions: int) -> None:
        self.name = name
        self.partition = lru_cache(maxsize=16384)(lambda key: (murmur2(key) & 0x7FFFFFFF) % partitions)


@contextmanager
def _said_plainly(settings: Settings) -> Iterator[None]:
    try:
        yield
    except NoRight as error:
        raise Unreachable(str(error)) from error
    except (KafkaError, OSError, TimeoutError) as error:
        what = f"Kafka cannot be reached at {settings.kafka_brokers} ({type(error).__name__})"
        raise Unreachable(what) from error
