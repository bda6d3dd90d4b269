"""A worker's process, as `streams/ingest/app.py` and `streams/cli/worker.py` make it, with Faust and Kafka simulated.

Real are its client, its store, its partitions, how it takes them, and its watchdog. It ends with a reason, or is
killed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, cast

from aiokafka.errors import KafkaConnectionError
from redis.exceptions import RedisError

from streams.core.rules import Rules
from streams.fresh import Heard, Hidden
from streams.ingest.app import FETCHES_WAITING, IngestApp
from streams.ingest.checkpointing import Checkpointer
from streams.ingest.in_force import RulesInForce
from streams.ingest.log import EventLog, LogReplaced, PartitionsChanged
from streams.ingest.other_rules import OtherRules
from streams.ingest.partitions import Held, Missed, Partitions, StoreLost
from streams.ingest.proving import proved
from streams.ingest.store import Store
from streams.ingest.taking import Refusal, Taking
from streams.ingest.turns import Batch
from streams.ingest.watchdog import Stalled, disowned, stalled
from streams.redis_client import Client
from tests.simulation.group import SESSION_S, Group, Member
from tests.simulation.log import Log

GRACE_S = 5.0
STALL_S = 6.0
SHOWS_EVERY_S, SHOWN_FOR_S = 1.0, 3.0
CURRENT_S, LOOK_EVERY_S = 1.0, 0.5  # as `streams/serve/configuration.py` has 60 s, and ten minutes for all to look in

REASONS = (
    StoreLost,
    Missed,
    Stalled,
    RedisError,
    TimeoutError,
    LogReplaced,
    PartitionsChanged,
    KafkaConnectionError,
    OtherRules,
)

Fetched = dict[str, Batch]


class TP(NamedTuple):
    """A partition, as Kafka's clients name it."""

    topic: str
    partition: int


def partition_of(name: str) -> TP:
    """The other way round than `partition_name`."""
    topic, _, number = name.rpartition("-")
    return TP(topic, int(number))


class Worker:
    """One life of one worker."""

    def __init__(
        self,
        name: str,
        log: Log,
        group: Group,
        batch_most: int,
        store: Store,
        event_log: EventLog,
        make_partitions: Callable[..., Partitions],
        configured: Callable[[], Rules],
        shows: Callable[[str], None],
    ) -> None:
        self._shows = shows
        self._configured = configured
        self._goes_by = configured()  # and which it knew of last, when
        self._looked_at = 0.0
        self._looking = asyncio.Lock()
        self.name = name
        self.log = log
        self.group = group
        self.batch_most = batch_most
        self.store = store
        rules = RulesInForce(self._is_current, self._until_current)
        self.partitions = make_partitions(on_room=self._hold_back, end_of=log.end, rules=rules)
        self.taking = Taking(self, self.partitions, cast(EventLog, self), waits=True)
        self.under_way: list[asyncio.Task[None]] = []  # in the order they began
        self.asked_to_end = asyncio.Event()
        self.consumer = self.reader = self  # the watchdog asks the app for its consumer, and that one's reader
        self._reading = self
        self.heard, self.beyond = (made(asyncio.get_running_loop().time) for made in (Heard, Hidden))
        self.asked_at: dict[str, float] = {}  # since when a partition is asked for: it was taken, or held back no more
        self._member = Member(name)
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.took_since = 0.0  # when it last asked how far the log is, to take what it was given
        self.handed_out: dict[TP, int] = {}  # the last offset that was fetched
        self._positions: dict[str, int] = {}
        self._event_log = event_log
        self._given: set[str] = set()  # by the group, in this generation
        self.rebalancing = True
        self._moved: set[str] = set()  # partitions whose position was not in the log
        self._generation = 0
        self._fetched: asyncio.Queue[tuple[int, Fetched]] = asyncio.Queue(FETCHES_WAITING)
        self._full: set[str] = set()  # partitions of which no more is fetched

    def _hold_back(self, name: str, is_full: bool) -> None:
        (self._full.add if is_full else self._full.discard)(name)

    # --- which configuration holds, as `streams/serve/configuration.py` has it

    def _is_current(self) -> bool:
        return asyncio.get_running_loop().time() - self._looked_at < CURRENT_S

    async def _look(self) -> None:
        """Takes another one, before it holds."""
        async with self._looking:
            began, there_is = asyncio.get_running_loop().time(), self._configured()
            if there_is is not self._goes_by:
                await self.partitions.configure(there_is)
            self._goes_by, self._looked_at = there_is, began

    async def _until_current(self) -> None:
        while not self._is_current():
            await self._look()

    async def _keep_looking(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _keep_showing(self) -> None:
        """What it owns, and looks whether that is fresh, as its publisher does: whatever else hangs."""
        while True:
            for name in self.partitions.owned:
                self._shows(name)
                self.is_fresh(name)
            await asyncio.sleep(SHOWS_EVERY_S)

    async def _keep_upgrading(self) -> None:
        """What it owns, once it may, as the roll call does."""
        while True:
            with suppress(RedisError, TimeoutError):
                await self.partitions.upgrade()
            await asyncio.sleep(SHOWS_EVERY_S)

    def go_deaf(self, until: float) -> None:
        """Its heartbeats are lost until then: the group gives its partitions away, and it is not told."""
        self._member.deaf_until = until

    def failed(self, error: Exception) -> None:
        """Better gone than a live member of the group that reads nothing."""
        if not self._failed.done():
            self._failed.set_exception(error)
            self._given = set()

    # --- what taking asks

    def given(self) -> set[str]:
        """What the group gives it now."""
        return set(self._given)

    async def fail(self, error: Exception) -> None:
        """Ends the worker, and no last checkpoint is written."""
        self.failed(error)

    async def refuse(self, error: Refusal) -> None:
        """There is one topic."""
        self.failed(error)

    async def extents(self, names: Collection[str]) -> dict[str, tuple[int, int]]:
        """How far the log is, and when that was asked."""
        self.took_since = asyncio.get_running_loop().time()
        return await self._event_log.extents(names)

    async def run(self, client: Client, checkpointer: Checkpointer) -> str:
        """Works until something goes wrong, or it is asked to end; answers why it ended."""
        app = cast(IngestApp, self)  # for whoever watches it
        parts: list[Awaitable[Any]] = [
            self.asked_to_end.wait(),
            self._failed,
            self._consume(),
            self._fold(),
            self.taking.run(self._read_on),
            self.group.beat(self._member),
            stalled(app, STALL_S),
            disowned(app, self.store.ownership, 2 * SESSION_S),
            proved(app),
            checkpointer.run(),
            self._keep_looking(),
            self._keep_showing(),
            self._keep_upgrading(),
        ]
        tasks = [asyncio.ensure_future(part) for part in parts]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=GRACE_S)
        for ending in (self.partitions.give_up_all, checkpointer.write_all, self._leave, client.aclose):
            if ending != checkpointer.write_all or not self._failed.done():
                with suppress(TimeoutError, RedisError):
                    async with asyncio.timeout(GRACE_S):
                        await ending()
        return _why(done)

    async def _leave(self) -> None:
        self.group.leave(self._member)

    # --- what the watchdog asks

    def assignment(self) -> set[TP]:
        """What this worker believes it is to read."""
        return {partition_of(name) for name in self._positions}

    def highwater(self, tp: TP) -> int:
        """Where the log ends."""
        return self.log.end(f"{tp.topic}-{tp.partition}")

    def has_read(self, tp: TP, end: int) -> bool:
        """Whether everything before `end` that is a record is committed."""
        return IngestApp.has_read(cast(IngestApp, self), cast(Any, tp), end)

    def _has_arrived(self, tp: TP, held: Held, end: int) -> bool:
        return IngestApp._has_arrived(cast(IngestApp, self), cast(Any, tp), held, end)

    def said_at(self, tp: TP) -> float:
        """When a broker last said where a partition ends."""
        return self.log.said_at(f"{tp.topic}-{tp.partition}", asyncio.get_running_loop().time())

    def end_of(self, name: str) -> int:
        """Where a partition's log ends, as was last said."""
        return self.log.end(name)

    def behind(self, name: str) -> int:
        """How much of a partition is not counted yet."""
        return IngestApp.behind(cast(IngestApp, self), name)

    def written_end(self, tp: TP) -> int:
        """The same: nobody writes in transactions here."""
        return self.highwater(tp)

    def hidden(self, name: str) -> int:
        """How much of a partition an open transaction hides."""
        return IngestApp.hidden(cast(IngestApp, self), name)

    def silent_s(self, name: str) -> float:
        """For how long nothing was said of a partition, though it was asked."""
        if self.partitions.held[name].inbox.is_full:
            self.asked_at[name] = asyncio.get_running_loop().time()
        return IngestApp.silent_s(cast(IngestApp, self), name)

    def is_fresh(self, name: str) -> bool:
        """Whether what is unread of it is known."""
        return IngestApp.is_fresh(cast(IngestApp, self), name)

    def waits(self, held: Held) -> bool:
        """Whether no commit can be expected of it."""
        return IngestApp.waits(cast(IngestApp, self), held)

    def read_position(self, tp: TP) -> int:
        """Where the next fetch begins; 0 where the position was moved there, and not read to."""
        name = f"{tp.topic}-{tp.partition}"
        return 0 if name in self._moved else self._positions.get(name, 0)

    # --- reading

    async def _consume(self) -> None:
        """One generation of the group after the other."""
        while True:
            self._generation, names = await self.group.join(self._member)
            self._given = set(names)
            self._positions = self._begun(await self.taking.take_all())
            self.rebalancing = False
            self.handed_out.clear()
            self._full.clear()
            fetching = asyncio.create_task(self._fetch(self._generation))
            try:
                await self._member.told.wait()
            finally:
                fetching.cancel()
            self.rebalancing = True
            self._given, self._positions = set(), {}
            self.taking.let_go(list(names))
            await self.partitions.give_up(names)

    async def _read_on(self, offsets: Mapping[str, int]) -> None:
        self._positions |= {name: at for name, at in self._begun(offsets).items() if name in self._given}

    def _begun(self, offsets: Mapping[str, int]) -> dict[str, int]:
        for name in offsets:
            self.heard.begin(name)
            self.asked_at[name] = asyncio.get_running_loop().time()
            self.beyond.begin(name)
        return dict(offsets)

    async def _fetch(self, generation: int) -> None:
        while True:
            await asyncio.sleep(0.002)
            self._reset_positions()
            asked = self._positions.keys() - self._full - self.log.silent.keys()
            wanted = [(name, at) for name, at in self._positions.items() if name in asked]
            read = {name: (at, self.log.read(name, at, self.batch_most)) for name, at in wanted}
            fetched = {name: Batch.of(records, at) for name, (at, records) in read.items() if records}
            if not fetched:
                if not self._full:
                    await self.log.more()
                continue
            self._positions |= {name: batch.until for name, batch in fetched.items()}
            self._moved -= fetched.keys()
            self.handed_out |= {partition_of(name): batch.until - 1 for name, batch in fetched.items()}
            await self._fetched.put((generation, fetched))

    def _reset_positions(self) -> None:
        """As aiokafka does by `auto_offset_reset="earliest"` where a position is not in the log, and says nothing."""
        for name, at in self._positions.items():
            if name not in self._full | self.log.silent.keys() and not self.log.start(name) <= at <= self.log.end(name):
                self._positions[name] = self.log.start(name)
                self._moved.add(name)

    async def _fold(self) -> None:
        """The agent: partitions side by side, as in `streams/ingest/app.py`."""
        while True:
            generation, fetched = await self._fetched.get()
            if generation != self._generation:
                continue  # Faust's stream passes over what an earlier generation fetched
            for name, batch in fetched.items():
                task = asyncio.create_task(self._process(name, batch))
                self.under_way.append(task)
                task.add_done_callback(self.under_way.remove)

    async def _process(self, name: str, batch: Batch) -> None:
        try:
            await self.partitions.process(name, batch)
        except Exception as error:
            self.failed(error)


def _why(done: Iterable[asyncio.Task[Any]]) -> str:
    """Which of the reasons for which a fresh start, or an operator, is to help. Raises whatever is none."""
    errors = [error for task in done if (error := task.exception())]
    for error in errors:
        if not isinstance(error, REASONS):
            raise error
    return type(errors[0]).__name__ if errors else "asked to end"


async def nowhere(partition: str, records: Sequence[tuple[int, Any]]) -> None:
    """The topic of rejected records: a moment's way, and then nobody looks."""
    await asyncio.sleep(0.001)
