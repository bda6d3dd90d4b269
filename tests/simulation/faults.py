"""The faults: how each of `schedule.FAULTS` is done to a world."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from streams.core.definitions import NEWEST_EDITION
from streams.fresh import FRESH_S
from streams.sealed import BARE
from tests.events import DAY_MS
from tests.ingest.generated import BEGIN_MS
from tests.simulation.log import another
from tests.simulation.schedule import Fault
from tests.terms import from_then_on

if TYPE_CHECKING:
    from tests.simulation.world import World

MINUTE_MS = 60_000
UNFORESEEN = ("topic made anew",)  # which write to the log for as long as they last
GRACE_S = 2.0  # until whoever looks each second has looked


class Faults:
    """Does what was drawn, when its time comes."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._loop = world.loop
        self._after_commit: list[Fault] = []  # they wait for a commit to be under way
        self._going_on: Counter[str] = Counter()
        self._enough = False
        self._one_over = asyncio.Event()
        self._how: dict[str, Callable[[Fault], Callable[[], None] | None]] = {
            "kill": self._kill,
            "terminate": self._terminate,
            "pause": self._pause,
            "deaf": self._deaf,
            "cancel": self._cancel,
            "rebalance": lambda _: self._world.group.rebalance(),
            "join": lambda _: self._world.start_worker(),
            "connections reset": lambda _: self._world.network.reset_all(),
            "replies lost": lambda _: self._go_mute(hears=True),
            "requests lost": lambda _: self._go_mute(hears=False),
            "network slow": lambda _: self._set(self._world.network, "slow"),
            "store unreachable": self._unreachable,
            "store restarted": lambda _: self._restart(None),
            "store back in time": self._back_in_time,
            "store cut in a commit": self._cut,
            "store emptied": lambda _: self._empty(),
            "a hash gone": lambda _: self._lose_hash(),
            "a value spoiled": lambda _: self._spoil_value(),
            "store out of memory": lambda _: self._set(self._world.model, "out_of_memory"),
            "store read-only": lambda _: self._set(self._world.model, "read_only"),
            "events let go of": lambda _: self._let_go(),
            "topic made anew": self._make_anew,
            "partitions added": lambda _: self._add_partition(),
            "clock years ahead": lambda _: self._date_ahead(),
            "another configuration": self._reconfigure,
            "broker dead": lambda _: self._silence(self._world.log.names),
            "partition without a leader": lambda _: self._silence([self._loop.chance.choice(self._world.log.names)]),
        }

    async def all_over(self) -> None:
        """Returns when none of them is going on any more, and lets no other begin."""
        self._enough = True
        while +self._going_on:
            self._one_over.clear()
            await self._one_over.wait()

    def arrange(self, faults: Sequence[Fault]) -> None:
        """Each at its time."""
        for fault in faults:
            self._loop.call_later(fault.at_s, self._due, fault)

    def commit_seen(self, request: Sequence[bytes]) -> None:
        """The store has done a commit, and its answer is not sent yet: now is the time of those that wait for it."""
        if self._after_commit and request[0].upper() == b"EVALSHA" and int(request[2]) > 1:
            waiting, self._after_commit = self._after_commit, []
            for fault in waiting:
                # at once, or within the time that the answer and what is done with it takes
                self._loop.call_later(self._loop.chance.choice([0, 0, 0.001, 0.003]), self._do, fault)

    def _due(self, fault: Fault) -> None:
        if fault.in_commit:
            self._after_commit.append(fault)
        else:
            self._do(fault)

    def _do(self, fault: Fault) -> None:
        world = self._world
        if self._enough:
            return
        world.note("fault:", fault.what)
        world.outcome.faults[fault.what] += 1
        undo = self._how[fault.what](fault)
        if undo is not None:
            self._going_on[fault.what] += 1
            self._loop.call_later(fault.lasts_s, self._over, fault.what, undo)

    def _over(self, what: str, undo: Callable[[], None]) -> None:
        self._going_on[what] -= 1
        if not self._going_on[what]:
            self._world.note("over:", what)
        undo()
        self._one_over.set()

    def _someone(self) -> Any:
        lives = list(self._world.lives.values())
        return self._loop.chance.choice(lives) if lives else None

    def _set(self, of: Any, name: str) -> Callable[[], None]:
        setattr(of, name, True)
        return lambda: setattr(of, name, False)

    # --- workers

    def _kill(self, _: Fault) -> None:
        if found := self._someone():
            worker, process = found
            self._loop.kill(process)
            for link in self._world.network.links:
                if link.process is process and self._loop.chance.random() < 0.3:
                    link.hears_requests = False  # what it sent last did not get through
            self._world.ended(worker.name, "killed")

    def _terminate(self, _: Fault) -> None:
        if found := self._someone():
            found[0].asked_to_end.set()

    def _pause(self, fault: Fault) -> Callable[[], None] | None:
        if not (found := self._someone()):
            return None
        process = found[1]
        process.paused = True

        def resume() -> None:
            process.paused = False

        return resume

    def _deaf(self, fault: Fault) -> None:
        if found := self._someone():
            found[0].go_deaf(self._loop.time() + fault.lasts_s)

    def _cancel(self, _: Fault) -> None:
        """Whoever waits for a batch does no longer."""
        tasks = [task for worker, _ in self._world.lives.values() for task in worker.under_way]
        if tasks:
            self._loop.chance.choice(tasks).cancel()

    # --- network and store

    def _go_mute(self, *, hears: bool) -> None:
        for link in self._world.network.links:
            if self._loop.chance.random() < 0.7:
                link.go_mute(hears=hears)

    def _unreachable(self, _: Fault) -> Callable[[], None]:
        self._world.network.reset_all()
        return self._set(self._world.network, "refuses")

    def _restart(self, kept: int | None, head: int = 0) -> None:
        self._world.network.reset_all()
        self._world.model.restart(kept, head)
        self._world.ledger.went_back()

    def _back_in_time(self, _: Fault) -> None:
        writes = len(self._world.model.written)
        lost = min(writes, self._loop.chance.choice([1, 1, 2, 3, 5, 8, 20]))
        self._restart(writes - lost)

    def _cut(self, _: Fault) -> Callable[[], None]:
        """Back in time, to the middle of a commit; and started once more, before or after the next."""
        written, chance = self._world.model.written, self._loop.chance
        kept = max(0, len(written) - chance.choice([1, 1, 2, 3]))
        self._restart(kept, head=chance.randint(0, len(written[kept]) - 1) if written else 0)
        return lambda: self._restart(None)

    def _empty(self) -> None:
        if self._loop.chance.random() < 0.5:
            self._world.network.reset_all()
        self._world.model.empty()
        self._world.ledger.went_back()

    def _begun(self) -> list[str]:
        """The hashes of the partitions of which something was committed."""
        world = self._world
        begun = [name for name in world.log.names if b"offset" in world.model.fields(world.keys.partition(name).meta)]
        return [key for name in begun for key in world.keys.partition(name).committed()]

    def _lose_hash(self) -> None:
        """It is deleted, or there is something else in its place."""
        world, chance = self._world, self._loop.chance
        key = chance.choice([*self._begun(), world.keys.partitions, world.keys.counts]).encode()
        world.note("it is", key)
        world.model.spoil(b"DEL", key)
        if chance.random() < 0.3:
            world.model.spoil(b"SET", key, b"something else")

    def _spoil_value(self) -> None:
        """Another value, another field's, or in a field of another name; nothing that a count of fields would tell."""
        world, chance = self._world, self._loop.chance
        hashes = {key: world.model.fields(key) for key in self._begun()}
        sealed = [(key, field) for key, of in hashes.items() for field in sorted(of.keys() - BARE)]
        if not sealed:
            return
        key, field = chance.choice(sealed)
        value, others = hashes[key][field], [other for of, other in sealed if of == key and other != field]
        world.note("it is", key, field)
        world.ledger.spoiled(key)
        match chance.choice(["other", "short", "swapped", "renamed"]):
            case "swapped" if others:
                world.model.spoil(b"HSET", key.encode(), field, hashes[key][chance.choice(others)])
            case "renamed":
                world.model.spoil(b"HDEL", key.encode(), field)
                world.model.spoil(b"HSET", key.encode(), field + b"0", value)
            case "short":
                world.model.spoil(b"HSET", key.encode(), field, value[:-1])
            case _:
                world.model.spoil(b"HSET", key.encode(), field, b"something else")

    def _reconfigure(self, fault: Fault) -> Callable[[], None] | None:
        """Others from an instant on that lies ahead of all that is written until every worker has looked.

        Not where somebody is writing what nobody foresees, or producers' clocks are years ahead.
        """
        world, chance = self._world, self._loop.chance
        until_ms = world.written_until_ms(fault.lasts_s)
        if world.log.former or +self._going_on & Counter(UNFORESEEN) or not until_ms < BEGIN_MS + DAY_MS:
            return None
        from_ms = until_ms + world.rules.skew_ms + world.rules.future_ms + chance.randint(1, 20 * MINUTE_MS)
        if from_ms <= world.rules.definitions.terms[-1].from_ms:
            return None
        edition = chance.choice(range(world.rules.definitions.terms[-1].edition, NEWEST_EDITION + 1))
        terms: dict[str, object] = {
            "ghost_after_ms": chance.choice([15, 30, 60]) * MINUTE_MS,
            "promise_ms": chance.choice([1, 5, 30]) * MINUTE_MS,
            "promise_lost_ms": chance.choice([60, 90]) * MINUTE_MS,
            "short_abandon_ms": chance.choice([{}, {"phone": 0}, {"phone": 200_000}]),
            "horizon_ms": chance.choice([10, 30, 60]) * MINUTE_MS,
            "edition": edition,
        }
        if edition > 1:
            terms["one_place"] = chance.choice([(), ("phone",), ("chat", "phone")])
        if edition > 2:
            terms["memory_ms"] = chance.choice([{}, {"phone": 70 * MINUTE_MS}])
        if edition > 4:
            terms["ghost_after_of_ms"] = chance.choice([{}, {"phone": 15 * MINUTE_MS}])
            terms["while_open"] = chance.choice([(), ("phone",), ("chat", "phone")])
        if edition > 5:
            terms["conversations"] = chance.choice([(), ("phone",), ("chat", "phone")])
        world.note("it holds from", from_ms, *terms.values())
        world.configure(from_then_on(world.rules, from_ms, **terms))
        return lambda: None  # by then every worker has looked

    # --- the log

    @property
    def _is_foreseen(self) -> bool:
        """Whether what is written to the log has to be what was to be: another configuration is being taken."""
        return bool(self._going_on["another configuration"])

    def _let_go(self) -> None:
        """Retention: what was counted, what nobody has read yet, or all; at times of a store that is just lost.

        Not of a topic that was just made anew: where all records are gone by which a log is known again, nobody can
        tell one from another, and that is not promised.
        """
        world, chance = self._world, self._loop.chance
        if world.log.former or self._is_foreseen:
            return
        for name in world.log.names:
            if chance.random() < 0.5:  # so much at once that some of it goes before anybody can read it
                world.log.append(name, chance.randint(1, 10))
            start, end = world.log.start(name), world.log.end(name)
            world.log.let_go(name, chance.choice([start, chance.randint(start, end), end]))
        if chance.random() < 0.3:
            world.note("and the store is emptied")
            self._empty()
            world.outcome.faults["store emptied"] += 1

    def _make_anew(self, fault: Fault) -> Callable[[], None] | None:
        """Some of it is there at once, all in time; clients notice that it was gone for a while, or do not."""
        world, chance = self._world, self._loop.chance
        if self._is_foreseen:
            return None
        records = another(chance, world.log)
        share = chance.choice([0.0, 0.5, 1.0])
        world.log.make_anew(records, {name: round(share * len(of)) for name, of in records.items()})
        world.ledger.made_anew_at = self._loop.time()
        for name, of in records.items():
            self._loop.call_later(chance.uniform(0, fault.lasts_s), world.log.append, name, len(of))
        if chance.random() < 0.5:
            self._loop.call_later(chance.uniform(0, 2), world.group.rebalance)
        return lambda: None  # by then all of it is there

    def _date_ahead(self) -> None:
        """A producer's clock: mostly one contact's event, at times so many that they are believed."""
        world, chance = self._world, self._loop.chance
        for name in [] if self._is_foreseen else world.log.names:
            for _ in range(chance.choice([0, 1, 1, 2, 5])):
                world.log.date_ahead(name, chance.choice([1, 1, 3]))
                world.log.append(name, 1)

    def _silence(self, names: Sequence[str]) -> Callable[[], None]:
        """Nobody answers for these partitions; when that has gone on for long, nobody holds them for fresh."""
        world, since, names = self._world, self._loop.time(), list(names)
        world.log.fall_silent(names, since)

        def over() -> None:
            if self._loop.time() - since > FRESH_S + GRACE_S:
                for worker in [worker for worker, process in world.lives.values() if not process.paused]:
                    world.check_not_fresh(worker, names, FRESH_S + GRACE_S)
            world.log.speak(names, since)

        return over

    def _add_partition(self) -> None:
        """Clients hear of it in time, and share the partitions out anew."""
        self._world.log.add_partition()
        self._loop.call_later(self._loop.chance.uniform(0, 2), self._world.group.rebalance)
