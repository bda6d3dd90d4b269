"""Events sent at their own pace to a running worker, and the eyes that see them come out. May import: aiokafka, redis.

A queue's journeys are all sent to one partition here, so that a line's entries become visible in the order in which
they were sent: when the snapshot's total says n, the first n are visible. Instants are seconds of `time.perf_counter`.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, cast

import orjson
from aiokafka import AIOKafkaProducer

from streams.keys import Keys
from streams.redis_client import Client
from tests.bench.workload import PARTITIONS, QUEUES, Record

LOOK_EVERY_S = 0.004  # at one partition's offset
PROBE_EVERY_S = 0.2  # somebody enters a queue that nobody is answered in: how many wait there says who is visible
PROBED = ("personbruker", "nav-kontor")
LISTEN_S = 0.2  # for an announcement, before looking up whether to go on
_PARTITION = {queue: number % PARTITIONS for number, (_, queue, _) in enumerate(QUEUES)}
WATCHED = _PARTITION[QUEUES[0][1]]  # the busiest
LINE_PROBED = "/".join(("phone", *PROBED))


class Sender:
    """Sends records, and remembers when each entry, and each record of the watched partition, was sent."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, probed: tuple[str, str] = PROBED) -> None:
        self._producer, self._topic, self._probed = producer, topic, probed
        self.entries: defaultdict[str, list[float]] = defaultdict(list)  # line -> when each entry was sent
        self.watched: list[float] = []  # when each record of the watched partition was sent
        self._probed_at = 0.0

    async def at_once(self, records: Iterable[Record]) -> None:
        """As fast as can be."""
        for record in records:
            await self._send(record)
        await self._producer.flush()

    async def at_pace(self, records: list[Record]) -> float:
        """Each as long after the first as it happened after it; answers how many seconds it took."""
        begun, origin_ms = time.perf_counter(), records[0].timestamp
        for record in records:
            early_s = begun + (record.timestamp - origin_ms) / 1000 - time.perf_counter()
            if early_s > 0:
                await asyncio.sleep(early_s)
            await self._send(record)
            await self.probe(record)
        return time.perf_counter() - begun

    async def probe(self, like: Record) -> None:
        """Sends an entry dated like this record, now and then, to a partition that is not watched."""
        now = time.perf_counter()
        if now < self._probed_at + PROBE_EVERY_S:
            return
        audience, queue = self._probed
        sent = self.entries[f"phone/{audience}/{queue}"]
        who = f"probe-{len(sent)}"
        event = {"schema_version": 1, "type": "queue.entered", "channel": "phone", "audience": audience, "queue": queue}
        event |= dict.fromkeys(("journey_id", "contact_id", "visit_id"), who)
        event["occurred_at"] = orjson.loads(like.value)["occurred_at"]
        self._probed_at = now
        sent.append(now)
        partition = (WATCHED + 1) % PARTITIONS
        await self._producer.send(self._topic, orjson.dumps(event), key=who.encode(), partition=partition)

    async def _send(self, record: Record) -> None:
        event = orjson.loads(record.value)
        partition = _PARTITION[event["queue"]]
        now = time.perf_counter()
        if event["type"] == "queue.entered":
            self.entries[f"phone/{event['audience']}/{event['queue']}"].append(now)
        if partition == WATCHED:
            self.watched.append(now)
        await self._producer.send(self._topic, record.value, key=record.key, partition=partition)


class Eyes:
    """What both have in common. They are closed rather than cancelled: a call to Redis can swallow a cancellation."""

    def __init__(self) -> None:
        self.latencies_ms: list[float] = []
        self.closed = False

    async def watch(self) -> None:
        """Until closed."""
        while not self.closed:
            await self.look()

    async def look(self) -> None:
        """Looks once, and notes how long ago what is new was sent."""
        raise NotImplementedError


class SnapshotEyes(Eyes):
    """Reads the snapshot whenever it is announced, as any other service would."""

    def __init__(self, client: Client, keys: Keys, sender: Sender) -> None:
        super().__init__()
        self._client, self._keys, self._sender = client, keys, sender
        self._seen: defaultdict[str, int] = defaultdict(int)
        self._announcements = client.pubsub(ignore_subscribe_messages=True)

    @property
    def seen(self) -> int:
        """How many entries have been seen."""
        return sum(self._seen.values())

    async def watch(self) -> None:
        """Subscribes, too."""
        async with self._announcements:
            await self._announcements.subscribe(self._keys.snapshot)
            await super().watch()

    async def look(self) -> None:
        """At an announcement, and what it announces."""
        if await self._announcements.get_message(timeout=LISTEN_S) is None:
            return
        document: Any = orjson.loads(cast(bytes, await self._client.get(self._keys.snapshot)))
        now = time.perf_counter()
        for line, entry in document["lines"].items():
            before, visible = self._seen[line], entry["total"]["entered"] or 0  # None: nothing yet
            self.latencies_ms += [1000 * (now - sent) for sent in self._sender.entries[line][before:visible]]
            self._seen[line] = visible


class SmallEyes(Eyes):
    """Hears the small document of the queue that is probed, and believes what it may."""

    def __init__(self, client: Client, keys: Keys, sender: Sender) -> None:
        super().__init__()
        self._client, self._keys, self._sender = client, keys, sender
        self._seen = 0
        self._announcements = client.pubsub(ignore_subscribe_messages=True)

    async def watch(self) -> None:
        """Subscribes, too."""
        async with self._announcements:
            await self._announcements.subscribe(self._keys.now_of(LINE_PROBED))
            await super().watch()

    async def look(self) -> None:
        """At an announcement, which has to be of what lies there and may be believed."""
        message = await self._announcements.get_message(timeout=LISTEN_S)
        if message is None or not message["data"]:
            return
        believed: Any = await self._client.get(self._keys.now)
        now, visible = time.perf_counter(), orjson.loads(message["data"])["waiting"] or 0
        if believed is None or time.time() * 1000 > orjson.loads(believed)["until_ms"]:
            return
        self.latencies_ms += [1000 * (now - sent) for sent in self._sender.entries[LINE_PROBED][self._seen : visible]]
        self._seen = max(self._seen, visible)


class OffsetEyes(Eyes):
    """Looks at the watched partition's offset in Redis again and again: what is below it is committed."""

    def __init__(self, client: Client, key: str, sender: Sender) -> None:
        super().__init__()
        self._client, self._key, self._sender = client, key, sender
        self._seen = 0

    async def look(self) -> None:
        """At the offset, and not again at once."""
        offset = int(await self._client.hget(self._key, "offset") or 0)
        now = time.perf_counter()
        self.latencies_ms += [1000 * (now - sent) for sent in self._sender.watched[self._seen : offset]]
        self._seen = offset
        await asyncio.sleep(LOOK_EVERY_S)


async def until(true: Callable[[], bool], deadline_s: float) -> bool:
    """Waits for something to come true; False if it did not."""
    deadline = time.monotonic() + deadline_s
    while not true():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True
