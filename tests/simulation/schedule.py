"""A schedule: all that a seed decides before anything runs. How the steps fall between each other, the loop draws."""

import random
from collections.abc import Collection
from dataclasses import dataclass

from streams.ingest.turns import SIZES, Sizes
from tests.simulation.log import Log

LASTS_S = 8.0  # within which everything is written and every fault begins

# How often each is drawn, and for how long it lasts, in seconds, where it lasts.
FAULTS: dict[str, tuple[int, tuple[float, float]]] = {
    "kill": (5, (0, 0)),
    "terminate": (2, (0, 0)),
    "pause": (4, (1, 6)),
    "deaf": (4, (3, 7)),
    "cancel": (4, (0, 0)),
    "rebalance": (3, (0, 0)),
    "join": (2, (0, 0)),
    "connections reset": (4, (0, 0)),
    "replies lost": (4, (0, 0)),
    "requests lost": (2, (0, 0)),
    "network slow": (3, (1, 4)),
    "store unreachable": (3, (0.5, 7)),
    "store restarted": (2, (0, 0)),
    "store back in time": (5, (0, 0)),
    "store cut in a commit": (3, (0.05, 4)),
    "store emptied": (2, (0, 0)),
    "a hash gone": (2, (0, 0)),
    "a value spoiled": (3, (0, 0)),
    "store out of memory": (3, (0.5, 7)),
    "store read-only": (2, (0.5, 5)),
    "events let go of": (4, (0, 0)),
    "topic made anew": (2, (0.5, 5)),
    "partitions added": (2, (0, 0)),
    "clock years ahead": (4, (0, 0)),
    "another configuration": (5, (3, 3)),
    "broker dead": (3, (1, 9)),
    "partition without a leader": (2, (1, 9)),
}
TWO_KEYS, FIRST_EDITION, ROLLED_OUT = 0.3, 0.5, 0.2  # of the schedules
OF_TODAY = ("another configuration",)
SUDDEN = (
    "kill",
    "pause",
    "deaf",
    "cancel",
    "connections reset",
    "replies lost",
    "store back in time",
    "store cut in a commit",
)


@dataclass(frozen=True)
class Fault:
    """What befalls the pipeline `at_s` after the start, or at the step after so many commits were sent."""

    what: str
    at_s: float
    lasts_s: float
    in_commit: bool  # not at that time, but as soon as a commit is on its way after it


@dataclass(frozen=True)
class Schedule:
    """One run's parameters."""

    seed: int
    log: Log
    appends: tuple[tuple[float, str, int], ...]  # (when, partition, how many records)
    workers: int
    batch_most: int
    sizes: Sizes  # of what is folded at once
    checkpoint_every_s: float
    faults: tuple[Fault, ...]
    has_two_keys: bool = False  # each worker has one of two pseudonym keys for its own, as while it is changed
    is_of_first_edition: bool = False  # of the definitions, at first
    rolls_out_at_s: float | None = None  # till then all workers are of the build before; then they are replaced


def draw(seed: int, kinds: Collection[str] = FAULTS.keys()) -> Schedule:
    """The schedule of a seed; with these faults alone."""
    chance, two = random.Random(f"schedule {seed}"), random.Random(f"builds {seed}")
    rolls_out_at_s = two.uniform(0.5, LASTS_S) if two.random() < ROLLED_OUT else None
    if rolls_out_at_s is not None:  # of the version before there are one key, and one set of definitions
        kinds = [kind for kind in kinds if kind not in OF_TODAY]
    partitions, records = chance.randint(1, 3), chance.choice([10, 25, 50])
    faults = sorted(_faults(chance, kinds), key=lambda fault: fault.at_s)
    added = sum(fault.what == "partitions added" for fault in faults)
    log = Log.draw(chance, partitions + added, records, added)
    return Schedule(
        seed,
        log,
        tuple(_appends(chance, log)),
        workers=chance.randint(1, 3),
        batch_most=chance.choice([1, 3, 10, 1000]),
        sizes=random.Random(f"sizes {seed}").choice([SIZES, Sizes(much=20, little=2, in_all=60)]),
        checkpoint_every_s=chance.choice([1.0, 4.0, 1000.0]),
        faults=tuple(faults),
        has_two_keys=rolls_out_at_s is None and random.Random(f"keys {seed}").random() < TWO_KEYS,
        is_of_first_edition=random.Random(f"editions {seed}").random() < FIRST_EDITION,
        rolls_out_at_s=rolls_out_at_s,
    )


def _appends(chance: random.Random, log: Log) -> list[tuple[float, str, int]]:
    """In lumps, some of them large; where a fault comes after the last, nothing more is read that would tell of it."""
    appends = []
    for name, records in log.partitions.items():
        left = len(records)
        while left > 0:
            lump = chance.randint(1, max(1, len(records) // chance.choice([1, 4, 12])))
            appends.append((chance.uniform(0, LASTS_S), name, min(left, lump)))
            left -= lump
    return sorted(appends)


def _faults(chance: random.Random, of: Collection[str]) -> list[Fault]:
    """A few, or one kind again and again; often close to each other, as trouble seldom comes alone."""
    kinds = [what for what in FAULTS if what in of]
    weights = [FAULTS[what][0] for what in kinds]
    count = chance.choice([0, 1, 2, 3, 4, 6])
    drawn = (
        chance.choices(kinds, weights, k=count) if chance.random() < 0.85 else chance.choices(kinds, weights) * count
    )
    at = chance.uniform(0.3, LASTS_S)
    faults = []
    for what in drawn:
        soon = min(LASTS_S, at + chance.expovariate(2.0))
        at = chance.choice([soon, chance.uniform(0.3, LASTS_S)])
        in_commit = what in SUDDEN and chance.random() < 0.5
        faults.append(Fault(what, at, chance.uniform(*FAULTS[what][1]), in_commit))
    return faults
