"""One schedule, run to its end: workers, their supervisor, faults, and the checks when all is quiet."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any

from streams.clock import Clock
from streams.core.rules import BY_LINE, Rules
from streams.ingest.checkpointing import Checkpointer
from streams.ingest.layout import is_torn
from streams.ingest.partitions import Partitions
from streams.ingest.register import READS_TODAYS
from streams.ingest.store import Store
from streams.keys import Keys
from streams.redis_client import Client, connect
from streams.settings import Settings
from tests.core.test_oracle_agrees import HASTY
from tests.ingest.generated import BEGIN_MS
from tests.simulation.before import StoreOfBefore, rules_of_before
from tests.simulation.faults import Faults
from tests.simulation.group import Group
from tests.simulation.invariants import Broken, Ledger, check_held, check_room, check_store
from tests.simulation.kafka_model import CheckpointTopic, LogItself
from tests.simulation.lineage import Lineages
from tests.simulation.log import TOPIC
from tests.simulation.loop import START_S, Process, SimulatedLoop, process_now
from tests.simulation.network import Network
from tests.simulation.operator import CALLS, Operator
from tests.simulation.redis_model import RedisModel
from tests.simulation.schedule import LASTS_S, Schedule
from tests.simulation.worker import SHOWN_FOR_S, Worker, nowhere
from tests.terms import at_first

QUIET_WITHIN_S = 120.0  # simulated, after the last fault is over
LOOK_EVERY_S = 0.5
RESTARTS_AFTER_S = (0.2, 3.0)
ROLLS_EVERY_S = (0.3, 2.5)
MOST_TASKS = 20  # of a worker with nothing to do: its main one, those that it waits for, the fetch, a look at each

RULES: Rules = replace(HASTY, queue_key=HASTY.stand_ins_key, other_key=b"another key")
OF_FIRST_EDITION: Rules = at_first(RULES, edition=1, one_place=(), memory_ms={}, ghost_after_of_ms={}, while_open=())
KEYS = Keys("simulated")
SETTINGS = Settings(redis_url="redis://store", pseudonym_key="a key")  # type: ignore[call-arg,arg-type]
Lives = tuple[Worker, Process]


@dataclass
class Outcome:
    """What became of a schedule."""

    seed: int
    broken: str | None = None
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)  # why workers ended
    commits: int = 0
    steps: int = 0
    lasted_s: float = 0.0
    recovered_s: float = 0.0  # from the last fault's end until everything was counted
    trace: list[str] = field(default_factory=list)

    @property
    def trace_hash(self) -> str:
        """Equal for equal runs."""
        return blake2b("\n".join(self.trace).encode(), digest_size=8).hexdigest()


class World:
    """Everything that is simulated in one schedule."""

    def __init__(
        self,
        schedule: Schedule,
        make_store: Callable[..., Store],
        make_partitions: Callable[..., Partitions],
        make_checkpointer: Callable[..., Checkpointer],
    ):
        self.keys, self.settings = KEYS, SETTINGS
        self.rules = OF_FIRST_EDITION if schedule.is_of_first_edition else RULES  # what holds later is known before
        self._rules_at_first = self.rules
        self.schedule = schedule
        self.log = schedule.log
        self.loop = SimulatedLoop(schedule.seed)
        self.model = RedisModel()
        self.network = Network(self.loop, self.model)
        self.group = Group(self.loop, lambda: self.log.names)
        self.checkpoints = CheckpointTopic(self.loop.chance)
        self.ledger = Ledger(
            self.model, KEYS, self.log, Lineages(self.log, self.rules), self.checkpoints, self.loop.time
        )
        self.ledger.took_since = lambda name: self._workers[name].took_since
        self.operator = Operator(self)
        self._workers: dict[str, Worker] = {}  # all that there ever were
        self._partitions_at_first = self.log.existing
        self.lives: dict[str, Lives] = {}
        self.outcome = Outcome(schedule.seed)
        self.faults = Faults(self)
        self._make_store, self._make_partitions = make_store, make_partitions
        self._make_checkpointer = make_checkpointer
        self._names = 0
        self._broken: Broken | None = None
        self.model.on_answer, self.model.is_shown = self._see, self._is_shown
        self._of_before: set[str] = set()  # workers of the build before
        self._shown_at: dict[bytes, float] = {}  # by the key of its view, when it was shown last

    def note(self, *what: object) -> None:
        """A line of the trace."""
        self.outcome.trace.append(f"{self.loop.time() % 1000:9.4f} {' '.join(map(str, what))}")

    # --- workers and their supervisor

    def start_worker(self) -> None:
        """A new process; when it ends, another follows."""
        self._names += 1
        name = f"worker {self._names}"
        if self.loop.time() - START_S < (self.schedule.rolls_out_at_s or 0):
            self._of_before.add(name)
        self.loop.spawn(name, lambda: self._work(name))

    async def _work(self, name: str) -> None:
        client, process = connect(SETTINGS), process_now()
        rules = self._rules_of(name)
        if name in self._of_before:
            store: Store = StoreOfBefore(client, KEYS, rules, name)
        else:
            store = self._make_store(client, KEYS, rules, f"{name}{READS_TODAYS}")
        log = LogItself(self.log, rules.pseudonym_key, rules.other_key)
        make_partitions = partial(
            self._make_partitions,
            store,
            Clock.starting_at(BEGIN_MS, speed=1.0),  # the log is of now
            nowhere,
            {TOPIC: "phone"},
            event_log=log,
            checkpoints=self.checkpoints,
            sizes=self.schedule.sizes,
        )
        worker = Worker(
            name,
            self.log,
            self.group,
            self.schedule.batch_most,
            store,
            log,
            make_partitions,
            lambda: self._rules_of(name),
            self._shown,
        )
        checkpointer = self._make_checkpointer(
            store,
            self.checkpoints,
            log,
            worker.partitions.held,
            worker.failed,
            every_s=self.schedule.checkpoint_every_s,
        )
        self._workers[name], self.lives[name] = worker, (worker, process)
        self.note(name, "starts")
        try:
            why = await worker.run(client, checkpointer)
        except Exception as error:  # nothing that was done to it explains that
            self._break(Broken(f"I3: {name} ended with {type(error).__name__}: {error}"))
            why = type(error).__name__
        self._check_has_reason(name, why)
        self.ended(name, why)

    def configure(self, rules: Rules) -> None:
        """Another configuration is there for all to take."""
        self.rules = self.ledger.lineages.rules = rules
        self.ledger.lineages.forget()

    def written_until_ms(self, seconds: float) -> int:
        """Than which no record is dated later (epoch ms) that is there by then."""
        until = self.loop.time() - START_S + seconds
        visible = dict(self.log.visible)
        for at, name, count in self.schedule.appends:
            if self.loop.time() - START_S <= at <= until:
                visible[name] += count
        there = [record for name, n in visible.items() for record in self.log.partitions[name][:n]]
        return max((record.timestamp for record in there), default=0)

    def _rules_of(self, worker: str) -> Rules:
        if worker in self._of_before:
            return self._rules_of_before
        is_others = random.Random(f"{worker} {self.schedule.seed}").random() < 0.5
        return self.rules.under_other if self.schedule.has_two_keys and is_others else self.rules

    @cached_property
    def _rules_of_before(self) -> Rules:
        return rules_of_before(self._rules_at_first)

    # --- the build before, and how it is replaced

    def _shown(self, name: str) -> None:
        self._shown_at[KEYS.partition(name).view.encode()] = self.loop.time()

    def _is_shown(self, key: bytes) -> bool:
        return self.loop.time() - self._shown_at.get(key, 0.0) < SHOWN_FOR_S

    def _live_of_before(self) -> list[str]:
        return sorted(self._of_before & self.lives.keys())

    def _roll_out(self) -> None:
        """One is asked to end after the other, until none is left; their supervisor starts today's."""
        if old := self._live_of_before():
            self.note("rolled out:", old[0])
            self.lives[old[0]][0].asked_to_end.set()
            self.loop.call_later(self.loop.chance.uniform(*ROLLS_EVERY_S), self._roll_out, context=self.loop.outside())

    def _not_upgraded(self) -> list[str]:
        made_by = {name: self.model.fields(KEYS.partition(name).meta).get(b"rules") for name in self.log.names}
        return [name for name, rules in made_by.items() if self.rules.version_of(rules) == BY_LINE]

    def check_not_fresh(self, worker: Worker, names: Collection[str], after_s: float) -> None:
        """Nobody has said for long where these end: who has asked for one for so long knows that it does not know."""
        asked_by = self.loop.time() - after_s
        for name in worker.partitions.owned.keys() & set(names):
            if worker.asked_at.get(name, 0.0) < asked_by and worker.is_fresh(name):
                self._break(Broken(f"I3: {worker.name} holds {name} for fresh, and nobody has said where it ends"))

    def _check_has_reason(self, name: str, why: str) -> None:
        """What is said of the log is so."""
        has_reason = {
            "LogReplaced": self.log.version > 0,
            "OtherRules": name in self._of_before,  # what today's build has upgraded
            "PartitionsChanged": self.log.existing != self._partitions_at_first,
            "Missed": self.log.version > 0 or any(len(starts) > 1 for starts in self.log.starts.values()),
        }
        if not has_reason.get(why, True):
            self._break(Broken(f"I3: {name} ended with {why}, and the log is as it was"))

    def ended(self, name: str, why: str) -> None:
        """A worker is gone; its supervisor starts another, as often as it takes, or calls the operator."""
        self.note(name, "ended:", why)
        self.outcome.ends[why] += 1
        _, process = self.lives.pop(name)
        if process.alive:
            self.loop.kill(process)
        if why in CALLS:  # it ended with 1
            self.operator.call()
        elif len(self.lives) < self.schedule.workers:
            delay = self.loop.chance.uniform(*RESTARTS_AFTER_S)
            self.loop.call_later(delay, self.start_worker, context=self.loop.outside())

    def start_who_is_missing(self) -> None:
        """As many as there are to be."""
        for _ in range(self.schedule.workers - len(self.lives)):
            self.start_worker()

    # --- the run

    async def run(self) -> None:
        """Raises Broken or EndlessSchedule."""
        for at, name, count in self.schedule.appends:
            self.loop.call_later(at, self.log.append, name, count)
        for _ in range(self.schedule.workers):
            self.start_worker()
        if self.schedule.rolls_out_at_s is not None:
            self.loop.call_later(self.schedule.rolls_out_at_s, self._roll_out, context=self.loop.outside())
        self.faults.arrange(self.schedule.faults)
        await asyncio.sleep(LASTS_S)
        await self.faults.all_over()
        await self._until_quiet()
        await self._check_everything()

    async def _until_quiet(self) -> None:
        await self._until_all_is_counted()
        while True:
            await asyncio.sleep(2 * LOOK_EVERY_S)  # who was paused may go on only now
            if not self._is_busy():
                return
            await self._until_all_is_counted()

    def _is_busy(self) -> bool:
        self._raise()
        return bool(
            self.lag()
            or self.damaged()
            or self._not_upgraded()
            or not self.lives
            or any(worker.under_way for worker, _ in self.lives.values())
        )

    async def _until_all_is_counted(self) -> None:
        began = self.loop.time()
        while self._is_busy():
            if not self.lag() and not self.outcome.recovered_s:
                self.outcome.recovered_s = self.loop.time() - began
            if self.loop.time() - began > QUIET_WITHIN_S:
                left = f"the lag is {self.lag()}, {self.damaged()} are damaged, {self._not_upgraded()} not upgraded"
                raise Broken(f"I3: {QUIET_WITHIN_S:g} s after the last fault {left}")
            await asyncio.sleep(LOOK_EVERY_S)

    def lag(self) -> dict[str, int]:
        """By partition, how far the store is behind the log; those that are not are left out, unless of another log."""
        found = {}
        for name in self.log.names:
            meta = self.model.fields(KEYS.partition(name).meta)
            found[name] = self.log.end(name) - (0 if is_torn(meta) else int(meta.get(b"offset", b"0") or b"0"))
        return {name: behind for name, behind in found.items() if behind or not self.ledger.is_of_this_log(name)}

    def damaged(self) -> list[str]:
        """What was done to the store by hand, and nobody has made good yet."""
        wrong = set(self.log.names) - {name.decode() for name in self.model.fields(KEYS.partitions)}
        return sorted(wrong | {name for name in self.log.names if not self.ledger.is_whole(name)})

    async def _check_everything(self) -> None:
        client: Client = connect(SETTINGS)
        await check_store(Store(client, KEYS, self.rules, "nobody"), self.ledger)
        await client.aclose()
        check_room(self.model, self.log, KEYS)
        for name, (worker, process) in self.lives.items():
            if not process.paused:
                check_held(worker.partitions.held, self.ledger)
            left = [task for task in process.tasks if not task.done()]
            if len(left) > MOST_TASKS or worker.under_way:
                raise Broken(f"I4: {name} has {len(left)} tasks left over: {left[:20]}")
        if self.loop.went_wrong:
            raise Broken(f"a callback failed: {self.loop.went_wrong[0]}")

    def _see(self, request: Any, answer: Any) -> None:
        told = answer[0].decode() if isinstance(answer, list) and answer and isinstance(answer[0], bytes) else ""
        self.note(
            self.model.client, request[0].decode(), *(part.decode(errors="replace") for part in request[3:4]), told
        )
        try:
            self.ledger.see(request, answer)
        except Broken as broken:
            self._break(broken)
        if told != "look":
            self.faults.commit_seen(request)

    def _break(self, broken: Broken) -> None:
        """Noted where it happens, raised where the run can end."""
        self.note(broken)
        self._broken = self._broken or broken

    def _raise(self) -> None:
        if self._broken:
            raise self._broken
