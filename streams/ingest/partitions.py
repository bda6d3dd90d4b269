"""The partitions that this process owns: taken on assignment, folded and committed batch by batch, given up on
revocation.

May import: the core, starting, the store, turns, sealed, clock, outage, redis_client, structlog, tenacity.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum

import structlog
from redis.exceptions import RedisError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from streams.clock import Clock
from streams.core.decode import Rejected
from streams.core.fold import LOG_APPEND_TIME, Changes, Record, fold
from streams.core.rules import Rules
from streams.core.state import PartitionState, Touched
from streams.deadlines import no_longer_silent_than, something_came
from streams.ingest.checkpoints import Checkpoints
from streams.ingest.group_commit import Arguments
from streams.ingest.in_force import FOR_EVER, RulesInForce
from streams.ingest.log import EventLog, Tail, tail_of
from streams.ingest.starting import Extent, Starting
from streams.ingest.store import Answer, Owned, Store
from streams.ingest.turns import SIZES, Batch, Inbox, Sizes, Turns
from streams.outage import Outage
from streams.partition_names import topic_of
from streams.redis_client import in_words
from streams.sealed import Spoiled

log = structlog.get_logger(__name__)

OF_NOW_MS = 3_600_000  # a partition whose newest event is no older is live when it is read to its end
LOAD_DEADLINE_S = 60  # Faust's loop ends quietly if a seek takes longer than its request timeout, 90 s
RULES_DEADLINE_S = 10  # that comes before

MOST_TOLD = 10  # queues that are not configured, of one batch

EARLY = "an event is dated later than the clock allows: it waits, and counts when event time comes there"
EARLY_AGAIN_S = 600.0

LOST_WRITES = "it lost writes or was emptied. Start again: the worker reads on from what Redis holds"

Reject = Callable[[str, Sequence[tuple[int, Rejected]]], Awaitable[None]]


TORN = (
    "Redis has a part of a commit, and lost the rest. Start again: the worker restores the partition from its "
    "checkpoint, or counts it anew"
)
DAMAGED = (
    "it was changed by another than svartid. Start again: the worker restores the partition from its checkpoint, or "
    "counts it anew"
)


class StoreLost(Exception):
    """What Redis holds is not what this process committed; only a fresh start can tell what is true."""

    @classmethod
    def by_damage(cls, spoiled: Spoiled) -> "StoreLost":
        """A hash is gone, or a value is not what was written."""
        return cls(f"{spoiled}: {DAMAGED}")


class Missed(Exception):
    """Records were read, and did not arrive: to fold what comes after them would be to lose them."""

    def __init__(self, partition: str, first: int, until: int) -> None:
        super().__init__(
            f"{partition}: what was read from offset {first} up to {until} got lost on its way to be counted. Start "
            "again: it is read anew"
        )


class Holding(Enum):
    """How this process holds a partition that it has claimed; it only ever goes down this list."""

    OURS = "ours"
    GIVEN_UP = "given up"  # the group asked for it; what is in memory is true, should it come back
    FENCED = "fenced"  # another has claimed it: what is in memory is worth nothing
    SPOILED = "spoiled"  # a batch failed half-way: what is in memory is not what is in Redis


@dataclass(slots=True)
class Held:
    """An owned partition and what guards it: one batch at a time, and none after it is given up."""

    owned: Owned
    channel: str
    holding: Holding = Holding.OURS
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    inbox: Inbox = field(default_factory=Inbox)  # what waits for the batch under way
    last_commit: float = field(default_factory=time.monotonic)
    behind_since: float = 0.0  # 0: it is not
    touched: Touched = field(default_factory=Touched)  # since whoever shows it last looked
    received: int = 0  # the offset after the last that has arrived
    offsets_without_record: int = 0
    tail: Tail | None = None  # of the batch under way
    early: Outage = field(default_factory=lambda: Outage(log, EARLY, again_after_s=EARLY_AGAIN_S))

    @property
    def given_up(self) -> bool:
        """Whether it is not ours any more, for whatever reason."""
        return self.holding is not Holding.OURS

    @property
    def is_true(self) -> bool:
        """Whether what is in memory may be gone on with, should the partition be claimed again."""
        return self.holding in (Holding.OURS, Holding.GIVEN_UP)

    @property
    def epoch(self) -> str:
        """The ownership's number; a later owner's is greater."""
        return self.owned.epoch

    @property
    def owner(self) -> str:
        """This process, as Redis knows it."""
        return self.owned.owner

    @property
    def state(self) -> PartitionState:
        """What is known of the partition."""
        return self.owned.state

    @property
    def committed_offset(self) -> int:
        """The next offset, as Redis has it."""
        return self.owned.committed_offset or 0

    @property
    def rebuilding(self) -> tuple[int, int] | None:
        """How many offsets are done, of how many; None where it is whole: read to where the log ended once."""
        since, until = self.owned.past.rebuild or (0, 0)
        return (self.committed_offset - since, until - since) if self.committed_offset < until else None

    @property
    def is_idle(self) -> bool:
        """Whether all that has arrived is committed; not where it is another's, who may have yet to read it."""
        return not self.given_up and not self.inbox and not self.busy.locked()

    def end_rebuild(self) -> None:
        """It is whole: what lies before the rebuild's end is no record."""
        self.owned.past = self.owned.past._replace(rebuild=None)

    @property
    def lost(self) -> int:
        """Offsets that Kafka let go of before they were counted."""
        return self.owned.past.lost

    @property
    def books(self) -> str:
        """Which books its figures are: others after each beginning."""
        return self.owned.past.books

    def receive(self, batch: Batch) -> int:
        """Takes in what has arrived of the log; what its inbox has `taken` when all of it is. Raises Missed."""
        known = max(self.received, self.state.offset)
        if batch.since > known:
            raise Missed(self.owned.name, known, batch.since)
        self.received = max(known, batch.until)
        return self.inbox.add(batch.records)

    def note_holes(self, changes: Changes) -> None:
        """Markers of transactions and compaction leave such holes, and nothing else should: they are counted."""
        holes = changes.to_offset - changes.from_offset - changes.records
        if holes and not self.offsets_without_record:
            log.info("offsets without a record", partition=self.owned.name, until=changes.to_offset)
        self.offsets_without_record += holes


class Partitions:
    """Everything between an agent's batch and Redis."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        reject: Reject,
        channels: Mapping[str, str],  # topic -> channel
        *,
        event_log: EventLog | None = None,  # without one, the log is taken for the one that was counted
        checkpoints: Checkpoints | None = None,
        on_commit: Callable[[], None] = lambda: None,
        on_dated: Callable[[int], None] = lambda at_ms: None,  # a broker's own clock, as a record tells it
        on_room: Callable[[str, bool], None] = lambda name, is_full: None,  # whether more of it is to be fetched
        end_of: Callable[[str], int] = lambda name: 0,  # where its log ends; 0: that is not known
        sizes: Sizes = SIZES,
        name_in_group: str | None = None,  # where it has one that stays
        rules: RulesInForce = FOR_EVER,
    ) -> None:
        self._store = store
        self._rules = rules
        self._starting = Starting(store, event_log, checkpoints)
        self._clock = clock
        self._reject = reject
        self._channels = channels
        self.store_outage = Outage(log, "cannot commit to Redis: tried again until it can")
        self.on_commit = on_commit
        self._name_in_group = name_in_group
        self._on_dated, self._on_room, self._end_of = on_dated, on_room, end_of
        self.turns = Turns(self._unread, sizes)
        self._taking = asyncio.Lock()
        self._counts: Mapping[str, int] = {}  # of partitions, by topic
        self.taken = False  # whether any assignment was taken yet
        self.held: dict[str, Held] = {}
        self.commits = 0
        self.commit_seconds = 0.0
        self.fenced = 0

    @property
    def owned(self) -> dict[str, Held]:
        """Those that are ours now."""
        return {name: held for name, held in self.held.items() if not held.given_up}

    async def take(self, assigned: Mapping[str, tuple[int, int]]) -> dict[str, int]:
        """Owns exactly these partitions (name -> the log's first and next offset). Answers where to read on. Of none
        nothing is asked of Redis, which may be away.

        Raises TimeoutError where Redis or Kafka does not answer in time, RedisError, KafkaError, `OtherRules`,
        `LogReplaced`, `PartitionsChanged` and `StoreLost`.
        """
        if assigned:
            await self._until_current()
        async with self._taking:  # Faust may ask again while it waits: to claim twice would be to fence oneself
            await self.give_up(set(self.held) - set(assigned))
            self._counts = {}
            return await self._taken(assigned, asyncio.timeout(LOAD_DEADLINE_S))

    async def take_too(self, assigned: Mapping[str, tuple[int, int]]) -> dict[str, int]:
        """Owns these beside those that it owns already. Answers and raises what `take` does, but is patient: while
        something comes of Redis or Kafka it goes on, however much there is to be read.
        """
        if not assigned:
            return {}
        await self._until_current()
        async with self._taking:
            return await self._taken(assigned, no_longer_silent_than(LOAD_DEADLINE_S))

    async def _until_current(self) -> None:
        """Waits while there is time: where Redis is away nothing can be taken, and whoever asked does so again."""
        async with asyncio.timeout(RULES_DEADLINE_S):
            await self._rules.until_current()

    async def _taken(
        self, assigned: Mapping[str, tuple[int, int]], deadline: AbstractAsyncContextManager[object]
    ) -> dict[str, int]:
        try:
            async with deadline:
                await self._take({name: Extent(*log) for name, log in assigned.items()})
        except Spoiled as spoiled:  # since it was claimed
            raise StoreLost.by_damage(spoiled) from None
        await self.upgrade()
        self.taken = True
        journeys = sum(len(self.held[name].owned.state.journeys) for name in assigned)
        log.info("took partitions", partitions=len(assigned), journeys=journeys)
        return {name: self.held[name].owned.state.offset for name in assigned}

    @property
    def has_restored(self) -> bool:
        """Whether Redis had lost what was taken here."""
        return self._starting.has_restored

    async def keep(self) -> None:
        """Writes anew what all workers share, should it be gone; not where it was let go of for a rebuild."""
        owned = {name: held.epoch for name, held in self.owned.items()}
        found = await self._store.ownership(list(owned))
        if owned and all(found[name].epoch == epoch for name, epoch in owned.items()):
            await self._store.keep(self._counts)

    async def _take(self, extents: Mapping[str, Extent]) -> None:
        if not extents:
            return
        counts = await self._starting.counts({topic_of(name) for name in extents})
        await self._starting.check_counts(counts)
        self._counts = {**self._counts, **counts}
        ours = {name for name in extents if name in self.held and not self.held[name].given_up}
        names = [name for name in extents if name not in ours]
        as_before = await self._store.must_write_as_before()
        claims = (self._claim(name, as_before=as_before) for name in names)
        claimed = dict(zip(names, await asyncio.gather(*claims), strict=True))
        await self._starting.check_counts(counts)  # a Redis that goes back from now on has lost the claims, too
        await self._starting.check_log(claimed, extents)
        answers = await self._starting.start(claimed, extents)
        for name, owned in claimed.items():
            before = self.held.get(name)
            held = self.held[name] = Held(owned, self._channels[topic_of(name)])
            if before and before.owned is owned:
                held.touched = before.touched  # whoever shows it knows this state, but not yet this
            if answers[name] == "fenced":
                self._fence(held)
            elif answers[name] != "ok":
                raise StoreLost(f"{name}: Redis changed while the partition was taken. Start again")

    async def upgrade(self) -> None:
        """Brings what is of the version before to today's, once nobody lives who reads that alone, and what is under
        the other pseudonym key under ours.

        Raises RedisError and StoreLost.
        """
        old = [held for held in self.owned.values() if not self._store.is_todays(held.state)]
        if not old or await self._store.must_write_as_before():
            return
        for held in old:
            async with held.busy:
                if not held.given_up:
                    await asyncio.shield(self._upgrade(held))

    async def _upgrade(self, held: Held) -> None:
        try:
            answer = await self._store.upgrade(held.owned)
        except Spoiled as spoiled:
            raise StoreLost.by_damage(spoiled) from None
        if answer == "fenced":
            self._fence(held)
        elif answer != "ok":
            raise StoreLost(f"{held.owned.name}: Redis changed while the partition was upgraded. Start again")
        self.on_commit()

    async def _claim(self, name: str, *, as_before: bool) -> Owned:
        before = self.held.get(name)
        known = before.owned if before and before.is_true else None
        claimed = await self._store.claim(name, known, as_before=as_before)
        something_came()
        return claimed

    async def configure(self, rules: Rules) -> None:
        """Goes on by rules that count as those before did, between two batches of each partition. None is taken
        meanwhile: what is taken is loaded by the one or by the other.
        """
        async with self._taking:
            self._store.configure(rules)
            for held in list(self.held.values()):
                async with held.busy:
                    held.owned.state.configure(rules)

    async def give_up(self, names: Iterable[str]) -> None:
        """Waits for the batch under way and takes no more. What is in memory is kept, in case it comes back."""
        for name in names:
            held = self.held.get(name)
            if held:
                async with held.busy:
                    held.holding = Holding.GIVEN_UP if held.is_true else held.holding

    def seconds_since_commit(self) -> float:
        """Since the latest commit of any partition, or since it was taken."""
        return time.monotonic() - max((held.last_commit for held in self.held.values()), default=0.0)

    async def give_up_all(self) -> None:
        """The same for every partition."""
        await self.give_up(list(self.held))

    async def process(self, name: str, batch: Batch) -> None:
        """Folds and commits a batch, once. A batch for a partition that is not ours is passed over: its owner reads
        it. Raises Missed where it does not go on where the last one ended.

        What arrives while another batch is under way goes in one commit with all else that did: the busier it is, the
        less a record costs.
        """
        held = self.held.get(name)
        if held is None or held.given_up:
            return
        last = held.receive(batch)
        self._tell_room(held)
        while held.inbox.taken < last:  # not until it is empty: there would be ever more who wait for their turn
            await self._rules.until_current()
            async with self.turns.of(held.inbox), held.busy:
                if not self._rules.is_current():
                    continue  # this process stood still meanwhile
                if held.given_up:
                    held.inbox = Inbox()  # its next owner reads it; here it would stay in memory
                    return
                together = held.inbox.take(self.turns.most(held.inbox))
                self._tell_room(held)
                # Not cancelled half-way: a commit that was sent may have been done.
                await asyncio.shield(self._fold_and_commit(held, together))

    def _tell_room(self, held: Held) -> None:
        is_full = self.turns.is_full(held.inbox, len(self.held))
        if is_full != held.inbox.is_full:
            held.inbox.is_full = is_full
            self._on_room(held.owned.name, is_full)

    def _unread(self) -> Iterator[int]:
        of_now_ms = self._clock.now_ms() - OF_NOW_MS
        for name, held in self.held.items():
            if not held.given_up and held.state.watermark > of_now_ms and (end := self._end_of(name)):
                yield end - held.state.offset

    async def _fold_and_commit(self, held: Held, records: Iterable[Record]) -> None:
        owned = held.owned
        try:
            changes = fold(owned.state, records)
            if changes.last is None:
                return
            held.note_holes(changes)
            if changes.rejected:
                await self._reject(owned.name, changes.rejected)
            self._tell_ahead(held, changes)
            _tell_unknown(held, changes)
            if changes.last.timestamp_type == LOG_APPEND_TIME:
                self._on_dated(changes.last.timestamp)
            held.touched.add(owned.state.take_touched())
            held.tail = tail_of(changes.last, owned.state.rules.pseudonym_key)
            committed = await self._commit(held, changes)
        except Exception:
            held.holding = Holding.SPOILED
            raise
        if committed:
            owned.committed_offset = changes.to_offset
            owned.past = owned.past._replace(tail=held.tail, known=owned.past.known or held.tail)
            held.last_commit = time.monotonic()
            self.on_commit()

    def _tell_ahead(self, held: Held, changes: Changes) -> None:
        """Of what waits to be counted, as it is dated far ahead, the log names what no right clock can have dated."""
        now_ms, future_ms = self._clock.now_ms(), held.state.rules.future_ms
        for offset, at_ms in changes.ahead:
            if at_ms > now_ms + future_ms:
                held.early.tell(f"{held.owned.name}, offset {offset}: dated {(at_ms - now_ms) // 1000} s ahead of now")

    async def _commit(self, held: Held, changes: Changes) -> bool:
        """Whether it is in Redis now; not where another owns the partition. Raises StoreLost."""
        arguments = self._store.pack(held.owned, changes, self._clock.now_ms(), held.tail)
        started = time.perf_counter()
        try:
            answer, offset = await self._sent(held.owned.name, arguments)
        except Spoiled as spoiled:
            raise StoreLost.by_damage(spoiled) from None
        self.commit_seconds += time.perf_counter() - started
        self.commits += 1
        if answer == "fenced" and offset is not None:
            self._fence(held)
            return False
        if answer == "torn":
            raise StoreLost(f"{held.owned.name}: {TORN}")
        if answer not in ("ok", "duplicate"):
            raise StoreLost(
                f"{held.owned.name}: Redis is at offset {offset}, not at {changes.from_offset}: {LOST_WRITES}"
            )
        return True

    async def _sent(self, name: str, arguments: Arguments) -> tuple[Answer, int | None]:
        try:
            return await self._store.commit(name, arguments)
        except RedisError as error:
            self.store_outage.tell(in_words(error))
            return await self._commit_patiently(name, arguments)

    async def _commit_patiently(self, name: str, arguments: Arguments) -> tuple[Answer, int | None]:
        """Tries again for as long as it takes: a fresh start could not commit either."""
        patiently = AsyncRetrying(
            retry=retry_if_exception_type(RedisError),
            wait=wait_random_exponential(0.05, max=2),
            after=lambda state: self.store_outage.tell(_why(state)),
        )
        answer: tuple[Answer, int | None] = await patiently(self._store.commit, name, arguments)
        self.store_outage.over()
        return answer

    def _fence(self, held: Held) -> None:
        """Another worker has it now: this one's copy is worth nothing, for good.

        Should the group give the partition to nobody else all the same, the watchdog ends this worker. Raises StoreLost
        where the worker has a name that stays: the group lets two of one name put each other out without end.
        """
        log.warning("fenced: another worker owns this partition", partition=held.owned.name)
        held.holding = Holding.FENCED
        self.fenced += 1
        if self._name_in_group is not None:
            raise StoreLost(
                f"{held.owned.name}: another worker has taken it over from this one, which the group knows as "
                f"{self._name_in_group!r}. Start again; if it comes to this again, another worker has that name: give "
                "each a SVARTID_GROUP_INSTANCE_ID of its own"
            )


def _tell_unknown(held: Held, changes: Changes) -> None:
    """Of queues that nobody has configured: where to look what the source calls them, as that is not kept."""
    for offset, line in changes.unknown[:MOST_TOLD]:
        log.info("a queue that is not configured", partition=held.owned.name, offset=offset, counted_as=line)


def _why(state: RetryCallState) -> str:
    error = state.outcome.exception() if state.outcome else None
    return in_words(error) if isinstance(error, Exception) else ""
