"""The Faust app: one agent a channel, each handed whole batches. May import: all of ingest, settings, kafka.

agent(batch) -> Partitions.process -> fold -> commit
"""

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from itertools import chain
from secrets import token_hex
from typing import Any, cast

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.types import TP
from redis.exceptions import RedisError

from streams.batches import UnreadableBatch
from streams.core.decode import Rejected
from streams.core.rules import Rules
from streams.fresh import FRESH_S, Heard, Hidden
from streams.ingest.checkpointing import Checkpointer
from streams.ingest.checkpoints import KafkaCheckpoints
from streams.ingest.in_force import FOR_EVER, RulesInForce
from streams.ingest.kept import Kept
from streams.ingest.log import KafkaLog, LogReplaced
from streams.ingest.partitions import Held, Missed, Partitions, StoreLost
from streams.ingest.register import READS_TODAYS
from streams.ingest.rejects import Rejects, Send
from streams.ingest.store import Store
from streams.ingest.taking import FINAL, Refusal, Taking
from streams.ingest.transport import LITTLE, MUCH, BatchConsumer, BatchScheduler, BatchSchema, BatchTransport
from streams.ingest.transport.batches import Fetched
from streams.ingest.turns import Batch
from streams.kafka import ssl_context
from streams.keys import Keys
from streams.partition_names import name_of, number_of, topic_of
from streams.redis_client import Client
from streams.settings import Settings

log = structlog.get_logger(__name__)

FETCHES_WAITING = 4  # in an agent's buffer, which hands them on at once
LOOK_FOR_TOPICS_MS = 5_000  # so soon a topic that appears is taken, and partitions that are added are told
TOLD = (*FINAL, StoreLost, Missed, RedisError)  # in words of their own


class IngestApp(faust.App):
    """A Faust app whose partitions' state and offsets are in Redis. It makes no tables and commits nothing to Kafka.

    All that reads and counts is composed here; who shows it is told `on_commit`, and `on_dated` what a broker's clock
    said. What is refused is left alone and the rest goes on, unless it `stops_at_other_logs`. Rejected records are
    counted in any case, and named where the state `is_served`.
    """

    unassigned = False  # set by Faust at each assignment: the group gave this worker nothing

    def __init__(
        self,
        settings: Settings,
        rules: Rules,
        client: Client,
        *,
        on_commit: Callable[[], None],
        on_dated: Callable[[int], None],
        rules_in_force: RulesInForce = FOR_EVER,
        is_served: Callable[[], bool] = lambda: True,
        stops_at_other_logs: bool = False,
    ) -> None:
        super().__init__(settings.group, **_faust_settings(settings))
        self.channel_of: Mapping[str, str] = {topic: channel for channel, topic in settings.topics.items()}
        self.refused: dict[str, Refusal] = {}  # topic -> why it is not counted
        self.failure: Exception | None = None  # why the app stopped itself, if it did
        self.heard, self.beyond = Heard(), Hidden()
        self._stops_at_other_logs = stops_at_other_logs
        self._is_served = is_served
        self._rejected_topic = settings.rejected_topic
        self._stopping: asyncio.Task[None] | None = None
        # In containers, host and process id come again.
        owner = f"{settings.instance}/{token_hex(4)}{READS_TODAYS}"
        self.store = Store(client, Keys.of(settings), rules, owner)
        self.event_log, self.checkpoints = KafkaLog(settings), KafkaCheckpoints(settings)
        to_topic = _writing(self, settings.rejected_topic)
        self.rejects = Rejects(settings.rejected_topic, settings.kafka_brokers, to_topic, self._may_be_told)
        self.partitions = Partitions(
            self.store,
            settings.clock,
            self._name_rejected,
            self.channel_of,
            event_log=self.event_log,
            checkpoints=self.checkpoints,
            on_commit=on_commit,
            on_dated=on_dated,
            on_room=self.hold_back,
            end_of=self.end_of,
            name_in_group=settings.group_instance_id,
            rules=rules_in_force,
        )
        self.taking = Taking(self, self.partitions, self.event_log, waits=not stops_at_other_logs)
        self.checkpointer = Checkpointer(
            self.store,
            self.checkpoints,
            self.event_log,
            self.partitions.held,
            self._on_wrong,
            every_s=settings.checkpoint_every_s,
        )
        self.kept = Kept(self.store, self.checkpoints, self.partitions)
        self._tell_faust()

    async def _name_rejected(self, partition: str, records: Sequence[tuple[int, Rejected]]) -> None:
        if self._is_served():
            await self.rejects.tell(partition, records)

    async def _may_be_told(self) -> bool:
        """Whether the topic of rejected records is there."""
        topic = self._rejected_topic
        return topic in await self.event_log.counts([topic])

    def _tell_faust(self) -> None:
        """What is to be done with what is read, and where partitions come and go."""
        for topic, channel in self.channel_of.items():
            _add_agent(self, channel, topic)
        self.on_partitions_assigned.connect(self._on_assigned)
        self.on_partitions_revoked.connect(self._on_revoked)

    @property
    def _reading(self) -> BatchConsumer:
        """The consumer that the transport below has made."""
        return cast(BatchConsumer, self.consumer)

    def _new_transport(self) -> BatchTransport:
        """Faust's hook, as is the next."""
        return BatchTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_producer, self)

    async def _on_assigned(self, _: object, /, *given: Iterable[TP], **__: object) -> None:  # as Faust calls it: of one
        if not any(given):  # the transport is only asked to seek where there is something to seek in
            await self.partitions.take({})

    async def _on_revoked(self, _: object, /, *revoked: Iterable[TP], **__: object) -> None:
        names = [name_of(tp) for tp in chain.from_iterable(revoked)]
        self.taking.let_go(names)
        await self.partitions.give_up(names)

    def _on_wrong(self, error: LogReplaced | StoreLost) -> None:
        self.loop.create_task(self.fail(error) if isinstance(error, StoreLost) else self.refuse(error))

    async def take_partitions(self) -> Mapping[TP, int]:
        """The transport's question after each assignment: where does each of these read on?

        What cannot be taken now is left out: whatever a seek has to wait for too long ends Faust's loop without a word.
        """
        return self._begun(await self.taking.take_all())

    async def take_rest(self) -> None:
        """Takes what could not be taken at an assignment, as soon as it can be, and reads it; never returns."""
        await self.taking.run(self._read_on)

    async def _read_on(self, offsets: Mapping[str, int]) -> None:
        await self._reading.read_on(self._begun(offsets))

    def _begun(self, offsets: Mapping[str, int]) -> Mapping[TP, int]:
        for name in offsets:
            self.heard.begin(name)
            self.beyond.begin(name)
        return {_tp(name): offset for name, offset in offsets.items()}

    def given(self) -> set[str]:
        """What the group gives this worker now, but for what is refused."""
        names = map(name_of, self._reading.given())
        return {name for name in names if topic_of(name) not in self.refused}

    async def refuse(self, error: Refusal) -> None:
        """Counts no more of a topic until a person has said how to go on; the others are not to wait for that."""
        if self._stops_at_other_logs:
            return await self.fail(error)
        if error.topic not in self.refused:
            log.error("a topic is not counted any more", topic=error.topic, reason=str(error))
        self.refused[error.topic] = error
        given_up = [name for name in self.partitions.held if topic_of(name) == error.topic]
        for name in given_up:
            self.hold_back(name, True)
        await self.partitions.give_up(given_up)

    def _on_rebalance_when_stopped(self) -> None:
        """Faust's hook: it would close the consumer's client under a join, from another loop, and that never ends.

        Who stops closes the consumer itself.
        """

    def _create_directories(self) -> None:
        """Faust's hook: it would make a data folder wherever the worker stands, and nothing here is kept in files."""

    @property
    def exit_code(self) -> int:
        """1 where starting again cannot help, 3 where it can."""
        return 1 if isinstance(self.failure, FINAL) else 3

    def has_read(self, tp: TP, end: int) -> bool:
        """Whether everything before `end` that is a record was handed out and committed.

        The last offsets of a log can be a transaction's marker, or compacted away: no commit ever reaches them.
        """
        held = self.partitions.held[name_of(tp)]
        return held.committed_offset >= end or (self._has_arrived(tp, held, end) and held.is_idle)

    def _has_arrived(self, tp: TP, held: Held, end: int) -> bool:
        consumer = self._reading
        return consumer.reader.read_position(tp) >= end and consumer.handed_out.get(tp, -1) < held.received

    def end_of(self, name: str) -> int:
        """Where a partition's log ends, as the last fetch said; 0 where that is not known."""
        return self.consumer.highwater(_tp(name)) or 0

    def hold_back(self, name: str, is_full: bool) -> None:
        """No more of a partition is fetched, or it is again."""
        self._reading.hold_back(_tp(name), is_full)

    def silent_s(self, name: str) -> float:
        """For how many seconds the broker has not said where a partition's log ends, though it was asked."""
        if self.partitions.held[name].inbox.is_full:
            self.heard.begin(name)  # what is held back is not asked for
        return self.heard.note(name, self._reading.reader.said_at(_tp(name)))

    def hidden(self, name: str) -> int:
        """How many offsets of a partition cannot be read, as a transaction has been open there for some time; 0 where
        the broker says nothing any more.
        """
        silent_s = self.silent_s(name)
        if self.partitions.held[name].inbox.is_full:
            self.beyond.begin(name)  # what is held back is not asked for
        written = self._reading.reader.written_end(_tp(name))
        hidden = self.beyond.note(name, self.end_of(name), written, silent_s)
        return hidden if silent_s <= FRESH_S else 0

    def is_fresh(self, name: str) -> bool:
        """Whether the broker has said of late where a partition's log ends, not before what was counted of it, and
        nothing has hidden that end for long.
        """
        end = self.end_of(name)
        is_whole = not end or end >= self.partitions.held[name].committed_offset
        is_hidden = self.hidden(name) > 0  # asked in any case, as is the next: each is known by looking often
        return self.silent_s(name) <= FRESH_S and is_whole and not is_hidden

    def waits(self, held: Held) -> bool:
        """Whether no commit can be expected of a partition: Redis takes none, or the broker says nothing."""
        # Asked in any case: how long it is silent is known by looking often.
        is_silent = self.silent_s(held.owned.name) > FRESH_S
        return is_silent or self.partitions.store_outage.is_on

    def behind(self, name: str) -> int:
        """How many offsets of a partition are not counted yet, also where a transaction that has been open for some
        time keeps them from being read; 0 where the rest of them are no records.

        To be asked while no batch of it is under way.
        """
        held, end = self.partitions.held[name], self.end_of(name)
        is_read = not held.inbox and self._has_arrived(_tp(name), held, end)
        return self.hidden(name) + (0 if is_read else max(0, end - held.committed_offset))

    def expected(self) -> dict[str, int]:
        """By topic how many partitions there are to be read, as of a few seconds ago; 0 where it is not there.

        Nothing before the app has started: nobody has asked Kafka yet.
        """
        if not self.started:
            return {}
        return {topic: self._reading.reader.partitions_of(topic) for topic in self.channel_of}

    def bound_fetches(self) -> None:
        """Small fetches beside events that are of now, else large ones."""
        bounds = LITTLE if self.partitions.turns.somebody_is_live else MUCH
        self._reading.reader.bound_fetches(bounds)

    async def process(self, name: str, batch: Batch) -> None:
        """Folds and commits a batch, or stops the app: Faust acks what failed, so going on would lose it."""
        try:
            await self.partitions.process(name, batch)
        except Exception as error:
            why = await self._in_words(name, error)
            await (self.refuse(why) if isinstance(why, UnreadableBatch) else self.fail(why))

    async def _in_words(self, name: str, error: Exception) -> Exception:
        """Where it is a batch of the log that broke down under the fold: which one, and what is to be done."""
        if isinstance(error, TOLD):
            return error
        held = self.partitions.held[name]
        try:
            await self.event_log.check_readable(name, held.committed_offset, held.received)
        except UnreadableBatch as named:  # is kept, and is not to keep with it what was unpacked
            named.__context__ = None
            return named.with_traceback(None)
        except (KafkaError, TimeoutError):
            log.error("cannot look for what broke down", partition=name)
        return error

    async def fail(self, error: Exception) -> None:
        """Stops the app and remembers why: better gone than a live member of the group that reads nothing."""
        if self.failure is None:
            self.failure = error
            log.error("stopping", reason=str(error))
            self.loop.call_soon(self._begin_to_stop)

    def _begin_to_stop(self) -> None:
        self._stopping = self.loop.create_task(self.stop())

    async def end(self) -> None:
        """Stops the app, or waits until it has stopped itself: agents whose stop is cancelled half-way never end."""
        await (self._stopping or self.stop())


def _tp(name: str) -> TP:
    return TP(topic_of(name), number_of(name))


def _faust_settings(settings: Settings) -> dict[str, Any]:  # each is of a type of its own
    return {
        "broker": [f"kafka://{broker.strip()}" for broker in settings.kafka_brokers.split(",")],
        "broker_credentials": ssl_context(settings),
        "consumer_group_instance_id": settings.group_instance_id,
        "broker_session_timeout": settings.session_timeout_s,
        "broker_heartbeat_interval": settings.session_timeout_s / 4,
        "broker_max_poll_records": None,  # one limit for all partitions would starve the later ones
        "consumer_auto_offset_reset": "earliest",
        "consumer_metadata_max_age_ms": LOOK_FOR_TOPICS_MS,
        "stream_buffer_maxsize": FETCHES_WAITING,
        "stream_wait_empty": False,  # what is in flight is waited for in `give_up`
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "store": "memory://",
        "web_enabled": False,
        "autodiscover": False,
        "ConsumerScheduler": BatchScheduler,
    }


def _add_agent(app: IngestApp, channel: str, topic: str) -> None:
    source = app.topic(topic, schema=BatchSchema(), acks=False)

    async def fold_batches(stream: AsyncIterable[Fetched]) -> None:
        # Partitions go side by side, so that one's way to Redis is not another's wait; each keeps its own order,
        # since it has one batch at a time and its lock is fair. How much waits is bounded by what is fetched.
        under_way: set[asyncio.Task[None]] = set()
        async for fetched in stream:
            app.bound_fetches()
            for tp, batch in fetched.items():
                task = asyncio.create_task(app.process(name_of(tp), batch))
                under_way.add(task)
                task.add_done_callback(under_way.discard)

    app.agent(source, name=f"fold-{channel}")(fold_batches)


def _writing(app: IngestApp, topic: str) -> Send:
    async def send(spelt: Sequence[tuple[bytes, bytes]]) -> None:
        """Not by a Faust topic: that leaves a future behind for each failure, which is told with a traceback."""
        producer = await app.maybe_start_producer()
        sent = [await producer.send(topic, key, value, None, None, None) for key, value in spelt]
        await asyncio.gather(*sent)

    return send
