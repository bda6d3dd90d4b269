"""When checkpoints are written: of each owned partition that moved, every so often, and at the end.

A checkpoint is of one log alone, and of nothing that is damaged, so this is also where a topic is found out that was
made anew while it was read.

May import: partitions, checkpoints, layout, log, outage, sealed, store.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from zlib import crc32

import structlog
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from streams.ingest.checkpoints import Checkpoints, NoTopic, pack
from streams.ingest.layout import past
from streams.ingest.log import EventLog, LogReplaced, check_counted
from streams.ingest.partitions import Held, Holding, StoreLost
from streams.ingest.store import Store
from streams.outage import Outage
from streams.sealed import Spoiled

log = structlog.get_logger(__name__)

CHECK_LOG_EVERY_S = 10.0  # so soon a topic is told of that was made anew under a worker
_LOOK_EVERY_S = 1.0
NOT_LOOKED, NOT_WRITTEN = "the log was not looked at", "no checkpoint was written"
At = tuple[int, str]  # offset and epoch


class Checkpointer:
    """Writes the checkpoints of one process' partitions. What fails is told, counted, and tried again in its turn."""

    def __init__(
        self,
        store: Store,
        checkpoints: Checkpoints,
        event_log: EventLog,
        held: Mapping[str, Held],
        on_wrong: Callable[[LogReplaced | StoreLost], object],
        *,
        every_s: float,
    ) -> None:
        self._store = store
        self._checkpoints = checkpoints
        self._event_log = event_log
        self._held = held
        self._on_wrong = on_wrong
        self._every_s = every_s
        self._newest: dict[str, At] = {}  # of those that this process wrote
        self._turns: dict[str, int] = {}
        self._unsaved_since: dict[str, float] = {}
        self._due: dict[str, float] = {}  # when each of those is tried next
        self._silent: set[str] = set()  # partitions of which no broker said where they end, when it was looked
        self._silence = Outage(log, "the log is not looked at, and no checkpoint written, where no broker answers")
        self._failures = {what: Outage(log, what) for what in (NOT_LOOKED, NOT_WRITTEN)}
        self.written = self.failed = self.bytes = 0
        self.seconds = 0.0

    async def run(self) -> None:
        """Writes what is due until cancelled, and looks whether the log is still the same."""
        checked = time.monotonic()
        while True:
            await asyncio.sleep(min(_LOOK_EVERY_S, self._every_s / 4))
            now = time.monotonic()
            if now - checked > CHECK_LOG_EVERY_S:
                checked = now
                await self._told(NOT_LOOKED, self.check_log(self._owned()))
            unsaved = [name for name in self._owned() if self._is_unsaved(name, self._held[name])]
            self._unsaved_since = {name: self._unsaved_since.get(name, now) for name in unsaved}
            for name in unsaved:
                if now >= self._due.setdefault(name, now + self._period_s(name)) and name not in self._silent:
                    await self.write([name])

    async def write_all(self) -> None:
        """The last ones, of all that moved, given up or not."""
        unsaved = {name for name, held in self._held.items() if self._is_unsaved(name, held)}
        await self.write(unsaved - self._silent)

    @property
    def unsaved_s(self) -> float:
        """For how long there has been something that only Redis has, in the partition that has waited longest."""
        return max((time.monotonic() - since for since in self._unsaved_since.values()), default=0.0)

    async def write(self, names: Iterable[str]) -> None:
        """A checkpoint of each of these partitions; tells what fails, and raises nothing."""
        started, names = time.perf_counter(), list(names)
        self.failed += not await self._told(NOT_WRITTEN, self._write(names))
        for name in names:
            self._due.pop(name, None)
        self.seconds += time.perf_counter() - started

    async def _told(self, what_fails: str, work: Awaitable[object]) -> bool:
        """Whether it was done."""
        try:
            await work
        except LogReplaced as error:
            self._on_wrong(error)
            return False
        except Spoiled as spoiled:  # what is damaged is not to be saved, and not to be built upon
            self._on_wrong(StoreLost.by_damage(spoiled))
            return False
        except (RedisError, KafkaError, TimeoutError) as error:
            self._failures[what_fails].tell(error.in_words if isinstance(error, NoTopic) else type(error).__name__)
            return False
        self._failures[what_fails].over()
        return True

    def _owned(self) -> list[str]:
        return [name for name, held in self._held.items() if not held.given_up]

    async def _write(self, names: Collection[str]) -> None:
        await asyncio.gather(*map(self._write_one, await self.check_log(names)))

    def _period_s(self, name: str) -> float:
        """A little less for some than for others, so that not all come at once."""
        return self._every_s * (1 - crc32(name.encode()) / 2**32 / 4)

    def _is_unsaved(self, name: str, held: Held) -> bool:
        """What is being rebuilt may have less than its checkpoint, and waits until it is whole."""
        is_empty = held.committed_offset <= held.owned.past.began
        is_saved = self._newest.get(name) == (held.committed_offset, held.epoch)
        return not (is_empty or is_saved or held.rebuilding or held.holding is Holding.SPOILED)

    async def _write_one(self, name: str) -> None:
        epoch = self._held[name].epoch
        hashes = await self._store.read(name)
        meta = hashes[0]
        if meta.get(b"epoch", b"").decode() != epoch or b"offset" not in meta or past(meta).torn:
            return  # another's by now, or lost: nothing of ours to keep
        value = await asyncio.to_thread(pack, name, meta[b"rules"].decode(), hashes)
        turn = self._turns.get(name, int(epoch)) + 1
        if await self._checkpoints.write(name, turn, value):
            self._turns[name] = turn  # only now: what failed is tried again in the same place
            self._newest[name] = int(meta[b"offset"]), epoch
            self._unsaved_since.pop(name, None)
            self.written += 1
            self.bytes += len(value)

    async def check_log(self, names: Collection[str]) -> list[str]:
        """Compares what was counted with the log. Answers of which it could: the others wait for a leader, and delay
        none.

        Raises LogReplaced.
        """
        said = await self._event_log.extents(names)
        self._tell_silent(names, said)
        looked_at = [(name, self._held[name].owned, self._held[name].owned.past) for name in said]
        await check_counted({name: then for name, _, then in looked_at}, self._event_log)
        for _, owned, then in looked_at:  # what was counted since may be of another log
            owned.past = owned.past._replace(known=then.tail)
        return list(said)

    def _tell_silent(self, asked: Collection[str], said: Collection[str]) -> None:
        self._silent = self._silent.union(asked).difference(said)
        if silent := self._silent.intersection(self._owned()):
            self._silence.tell(", ".join(sorted(silent)))
        else:
            self._silence.over()
