"""What can befall a run: each fault by its name, how often it is drawn, and how it is done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

import redis

from tests.faults.parts import cut_append_only_file
from tests.ingest.installation import SESSION_S
from tests.soak.fleet import Member
from tests.soak.rig import Rig

MOST_WORKERS = 5
PAUSE_S = (2.0, 12.0)  # between two faults
MOST_CUT_BYTES = 300_000  # of the append-only file: what a second of a power cut may cost


class Fault(NamedTuple):
    """One kind. `do` returns when it is over, or when it is for the rig to mend."""

    weight: int
    do: Callable[[Rig, Random], None]


@dataclass(frozen=True)
class Planned:
    """A fault to be, all of its choices made."""

    name: str
    after_s: float
    seed: int


def plan(seed: int) -> Iterator[Planned]:
    """The same for the same seed, without end."""
    chance, names = Random(f"{seed}/faults"), list(FAULTS)
    weights = [FAULTS[name].weight for name in names]
    while True:
        (name,) = chance.choices(names, weights)
        yield Planned(name, chance.uniform(*PAUSE_S), chance.randrange(1 << 30))


def befall(rig: Rig, planned: Planned) -> None:
    """Does it."""
    FAULTS[planned.name].do(rig, Random(planned.seed))


def _one_of(rig: Rig, chance: Random) -> Member | None:
    drawn = chance.random()
    at_work = rig.fleet.at_work
    return at_work[int(drawn * len(at_work))] if at_work else None


def _kill_worker(rig: Rig, chance: Random) -> None:
    if member := _one_of(rig, chance):
        member.kill()


def _end_worker(rig: Rig, chance: Random) -> None:
    """The cluster scales down again where there are more than at first."""
    if member := _one_of(rig, chance):
        member.terminate()
        rig.fleet.wanted = max(rig.fleet.wanted - 1, rig.workers)


def _stop_worker(rig: Rig, chance: Random) -> None:
    if member := _one_of(rig, chance):
        member.pause()
        rig.wait(SESSION_S + chance.uniform(1, 5))
        member.resume()


def _add_worker(rig: Rig, chance: Random) -> None:
    rig.fleet.wanted = min(rig.fleet.wanted + 1, MOST_WORKERS)


def _kill_redis(rig: Rig, chance: Random) -> None:
    rig.parts.valkey.kill()
    rig.wait(chance.choice((0.0, 1.0, 5.0)))
    rig.parts.valkey.start()


def _kill_redis_and_cut(rig: Rig, chance: Random) -> None:
    rig.parts.valkey.kill()
    cut_append_only_file(rig.parts.valkey, chance.randrange(1, MOST_CUT_BYTES))
    rig.parts.valkey.start()


def _empty_redis(rig: Rig, chance: Random) -> None:
    try:
        rig.installation.redis.flushall()
    except redis.RedisError:
        rig.say("Redis does not answer: it was not emptied")


def _end_broker(rig: Rig, chance: Random) -> None:
    rig.parts.kafka.stop()
    rig.wait(chance.choice((0.0, 3.0)))
    _start_broker(rig)


def _kill_broker(rig: Rig, chance: Random) -> None:
    rig.parts.kafka.kill()
    rig.wait(chance.choice((0.0, 3.0)))
    _start_broker(rig)


def _start_broker(rig: Rig) -> None:
    rig.parts.kafka.launch()
    rig.until(rig.parts.kafka.answers, "the broker answers")


def _cut_network(rig: Rig, chance: Random) -> None:
    cut_network(rig, chance.choice((1.0, 5.0, 12.0)), resets=chance.random() < 0.5)


def cut_network(rig: Rig, seconds: float, *, resets: bool) -> None:
    """Nothing passes between the workers and Kafka and Redis; afterwards connections go on, or are found broken."""
    for proxy in rig.proxies:
        proxy.stall()
    rig.wait(seconds)
    for proxy in rig.proxies:
        if resets:
            proxy.cut()
        proxy.flow()


FAULTS: dict[str, Fault] = {
    "worker: kill -9": Fault(20, _kill_worker),
    "worker: SIGTERM": Fault(12, _end_worker),
    "worker: SIGSTOP past its session": Fault(10, _stop_worker),
    "worker: one more": Fault(8, _add_worker),
    "Redis: kill -9": Fault(10, _kill_redis),
    "Redis: kill -9, its file's end lost": Fault(8, _kill_redis_and_cut),
    "Redis: emptied": Fault(2, _empty_redis),
    "broker: SIGTERM": Fault(6, _end_broker),
    "broker: kill -9": Fault(6, _kill_broker),
    "network: cut": Fault(10, _cut_network),
}
