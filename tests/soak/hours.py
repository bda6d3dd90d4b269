"""Faults at random, for as long as is asked; then everything must be counted once, and nothing have grown."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from streams.local import LocalPartsError
from tests.faults.notes import Notes, Tried
from tests.soak.centre import settled_after_s
from tests.soak.faults import befall, plan
from tests.soak.rig import Rig, Say, Stall
from tests.soak.watch import Sizes, redis_sizes

WORKERS = 3
TOLD_EVERY_S = 60.0
FIRST_AFTER_S = 20.0  # the stream flows, all partitions are taken

NAME = "python -m tests.soak hours"


@dataclass
class Ran:
    """What came of it."""

    asked_minutes: float
    rate_per_s: float
    seed: int
    minutes: float = 0.0
    events: int = 0
    settled_s: float | None = None
    differences: int | None = None
    stalled: str = ""
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    wrong_ends: int = 0
    sizes: Sizes = field(default_factory=Sizes)
    folder: str = ""

    @property
    def flat(self) -> dict[str, Any]:
        """Of each size: what it was in the second quarter and in the last, its bound, and whether it kept it."""
        return self.sizes.judged(settled_after_s())

    @property
    def failed(self) -> bool:
        """Whether any invariant did not hold, or could not be looked at."""
        grew = any(judged["flat"] is False for judged in self.flat.values())
        late = self.ends["did not end within its grace"] > 0
        return bool(self.stalled or self.differences != 0 or grew or late or self.wrong_ends)

    def as_json(self) -> dict[str, Any]:
        """For programs; the rows as every run of faults has them."""
        tried = Tried([NAME], self.faults.total(), int(self.failed))
        asked = f"--minutes {self.asked_minutes:g} --rate {self.rate_per_s:g} --seed {self.seed}"
        notes = Notes(f"{NAME} {asked}", rows={21: tried})
        return notes.as_json() | {
            "seed": self.seed,
            "minutes": round(self.minutes, 1),
            "events": self.events,
            "rate_per_s": self.rate_per_s,
            "faults": dict(self.faults),
            "exit_codes": dict(self.ends),
            "wrong_exit_codes": self.wrong_ends,
            "settled_s": self.settled_s,
            "differences": self.differences,
            "stalled": self.stalled,
            "flat": self.flat,
            "kept_in": self.folder,
        }


def run(minutes: float, rate_per_s: float, seed: int, say: Say) -> Ran:
    """Ctrl-C ends the faults early; it is still settled and verified."""
    ran = Ran(minutes, rate_per_s, seed)
    with Rig(workers=WORKERS, rate_per_s=rate_per_s, seed=seed, say=say, proxied=True) as rig:
        began = time.monotonic()
        try:
            try:
                rig.until(rig.is_shared_out, "all partitions are owned")
                rig.wait(FIRST_AFTER_S)
                _faults(rig, ran, began, minutes)
            except KeyboardInterrupt:
                say("interrupted: no more faults, settling")
            ran.minutes = (time.monotonic() - began) / 60
            ran.settled_s = round(rig.settle(), 1)
            ran.differences = rig.verify()
        except (Stall, LocalPartsError) as error:
            ran.stalled = str(error)
        ran.events = rig.watch.in_log
        ran.ends, ran.wrong_ends = rig.fleet.ends, rig.fleet.wrong_ends
        rig.keep = rig.keep or ran.failed
        ran.folder = str(rig.folder) if rig.keep else ""
    return ran


def _faults(rig: Rig, ran: Ran, began: float, minutes: float) -> None:
    until, told = began + 60 * minutes, began
    for planned in plan(ran.seed):
        due = time.monotonic() + planned.after_s
        while (left := min(due, until) - time.monotonic()) > 0:
            rig.wait(min(left, 1.0))
            if time.monotonic() - told >= TOLD_EVERY_S:
                told += TOLD_EVERY_S
                _look(rig, ran, time.monotonic() - began)
        if time.monotonic() >= until:
            return
        befall(rig, planned)
        ran.faults[planned.name] += 1


def _look(rig: Rig, ran: Ran, at_s: float) -> None:
    """A line of progress; the sizes are noted, too."""
    rss = sorted((member.rss_mb() for member in rig.fleet.at_work), reverse=True)
    series = sum(member.series() for member in rig.fleet.at_work)
    megabytes, keys = redis_sizes(rig.installation.redis) or (0.0, 0)
    ran.sizes.add(at_s, rss_mb=max(rss, default=0.0), redis_mb=megabytes, redis_keys=keys, series=series)
    rig.say(
        f"{at_s / 60:5.1f} min  sent {rig.watch.in_log:,}  committed {rig.watch.committed() or 0:,}  "
        f"lag {rig.watch.lag()}  faults {ran.faults.total()}  RSS {' '.join(f'{mb:.0f}' for mb in rss)} MB  "
        f"Redis {megabytes:.1f} MB, {keys} keys  {series} series"
    )
