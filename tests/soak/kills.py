"""Hundreds of kills while events flow: of workers at each place of a commit, of Redis, of the broker."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from streams.local import LocalPartsError
from tests.faults.notes import Notes, Tried
from tests.faults.parts import cut_append_only_file
from tests.soak.aims import AIMS
from tests.soak.faults import MOST_CUT_BYTES
from tests.soak.rig import Rig, Say, Stall

WORKERS = 3
REDIS, REDIS_CUT, BROKER = "Redis", "Redis, its file's end lost", "the broker"
ROWS = {REDIS: 3, REDIS_CUT: 3, BROKER: 9}  # of all others it is 1
SHARES = {REDIS: 8, REDIS_CUT: 6, BROKER: 6} | dict.fromkeys(AIMS, 16)  # of the rounds
VICTIMS = (1, 2, 2, 3)  # workers killed in one round
VERIFIED_EVERY = 50
NAME = "python -m tests.soak kills"


@dataclass
class Ran:
    """What came of it."""

    times: int
    rate_per_s: float
    seed: int
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)  # what was aimed at, and where it struck
    since_verified: Counter[str] = field(default_factory=Counter)  # where it struck
    differences: Counter[str] = field(default_factory=Counter)  # where it had struck since the recount before
    verified: int = 0
    events: int = 0
    stalled: str = ""
    slowest_s: float = 0.0
    ends: Counter[str] = field(default_factory=Counter)
    folder: str = ""

    def note(self, aimed: str, found: str) -> None:
        """One kill."""
        self.kills[aimed, found] += 1
        self.since_verified[found] += 1

    def note_verified(self, differences: int) -> None:
        """A recount; a difference can be of any kill since the one before."""
        self.verified += 1
        if differences:
            self.differences += Counter(dict.fromkeys(self.since_verified, differences))
        self.since_verified.clear()

    @property
    def failed(self) -> bool:
        """Whether any event was counted otherwise than once, or the lag did not come back."""
        return bool(self.stalled or self.differences)

    def table(self) -> list[dict[str, Any]]:
        """One line for what was aimed at and what it was."""
        return [
            {"aimed at": aimed, "struck": found, "kills": n, "differences": self.differences[found]}
            for (aimed, found), n in sorted(self.kills.items())
        ]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        notes = Notes(f"{NAME} --times {self.times} --rate {self.rate_per_s:g} --seed {self.seed}")
        for (_, found), n in self.kills.items():
            tried = notes.rows.setdefault(ROWS.get(found, 1), Tried())
            tried.add(Tried([NAME], n, 0))
            tried.failed = max(tried.failed, int(bool(self.differences[found] or self.stalled)))
        return notes.as_json() | {
            "seed": self.seed,
            "events": self.events,
            "kills": self.kills.total(),
            "table": self.table(),
            "verified": self.verified,
            "differences": self.differences.total(),
            "stalled": self.stalled,
            "slowest_recovery_s": round(self.slowest_s, 1),
            "exit_codes": dict(self.ends),
            "kept_in": self.folder,
        }


def rounds(seed: int) -> Iterator[tuple[str, int, Random]]:
    """What is aimed at, how many workers, and the chance of the rest; the same for the same seed."""
    chance = Random(f"{seed}/kills")
    while True:
        (what,) = chance.choices(list(SHARES), list(SHARES.values()))
        yield what, chance.choice(VICTIMS), Random(chance.randrange(1 << 30))


def run(times: int, rate_per_s: float, seed: int, say: Say) -> Ran:
    """So many kills, or a few more; recounted after every fifty, and at the end."""
    ran = Ran(times, rate_per_s, seed)
    with Rig(workers=WORKERS, rate_per_s=rate_per_s, seed=seed, say=say) as rig:
        try:
            rig.until(rig.is_shared_out, "all partitions are owned")
            rig.until_caught_up()
            for what, victims, chance in rounds(seed):
                _round(rig, ran, what, victims, chance)
                if ran.kills.total() >= times:
                    break
                if ran.since_verified.total() >= VERIFIED_EVERY:
                    ran.note_verified(rig.verify())
            rig.settle()
            ran.note_verified(rig.verify())
        except (Stall, LocalPartsError) as error:
            ran.stalled = str(error)
        ran.events, ran.ends = rig.watch.in_log, rig.fleet.ends
        rig.keep = rig.keep or ran.failed
        ran.folder = str(rig.folder) if rig.keep else ""
    return ran


def _round(rig: Rig, ran: Ran, what: str, victims: int, chance: Random) -> None:
    if what in AIMS:
        owning = rig.owning()
        struck = AIMS[what](rig, chance.sample(owning, min(victims, len(owning))), chance)
    else:
        _kill_part(rig, what, chance)
        struck = [what]
    for found in struck:
        ran.note(what, found)
    keeping_up = rig.keeping_up()
    took_s = rig.until(lambda: keeping_up() and rig.is_shared_out(), f"all goes on after a kill: {what}")
    ran.slowest_s = max(ran.slowest_s, took_s)
    rig.say(f"{ran.kills.total():4} kills  {', '.join(struck)}: went on after {took_s:.1f} s")


def _kill_part(rig: Rig, what: str, chance: Random) -> None:
    part = rig.parts.kafka if what == BROKER else rig.parts.valkey
    part.kill()
    if what == REDIS_CUT:
        cut_append_only_file(rig.parts.valkey, chance.randrange(1, MOST_CUT_BYTES))
    part.start()
