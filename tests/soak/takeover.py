"""Of two workers under load one is killed: how long until the other commits on its partitions, and what is shown
meanwhile."""

import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.soak.report import spread
from tests.soak.rig import Rig, Say

MARK_S = 10.0
WITHIN_S = 90.0
NAME = "python -m tests.soak takeover"


@dataclass
class Taken:
    """One try, in seconds since the kill."""

    at: float
    before: dict[str, tuple[int, int]]  # the victim's partitions: epoch and offset at the kill
    committed_s: dict[str, float] = field(default_factory=dict)
    told_s: float | None = None  # when the snapshot first was not both fresh and live
    not_live_s: float = 0.0  # how long it said another status than live
    expired_s: float = 0.0  # how long it was past its `fresh_until_ms`, or there was none
    live_again_s: float = 0.0
    _looked: float = 0.0

    def look(self, rig: Rig) -> None:
        """At the offsets, and at the snapshot as a reader would."""
        now = time.monotonic() - self.at
        for name, (epoch, offset) in rig.offsets().items():
            old = self.before.get(name)
            if old is None or name in self.committed_s:
                continue
            if epoch == old[0]:
                self.before[name] = (epoch, offset)  # what was under way when it was killed
            elif offset > old[1]:
                self.committed_s[name] = now
        self._look_at_snapshot(rig, now)

    def _look_at_snapshot(self, rig: Rig, now: float) -> None:
        document, since = rig.installation.snapshot(), now - self._looked
        self._looked = now
        expired = document is None or rig.clock.now_ms() > document["fresh_until_ms"]
        not_live = document is not None and document["status"] != "live"
        self.expired_s += since * expired
        self.not_live_s += since * (not_live and not expired)
        if (expired or not_live) and self.told_s is None:
            self.told_s = now
        self.live_again_s = 0.0 if expired or not_live else self.live_again_s or now

    @property
    def is_over(self) -> bool:
        """All partitions have new commits, and the snapshot is live after it was not."""
        return len(self.committed_s) == len(self.before) and self.told_s is not None and self.live_again_s > self.told_s

    def row(self) -> dict[str, Any]:
        """Of one try."""
        return {
            "partitions": len(self.before),
            "first commit": min(self.committed_s.values()),
            "all committed": max(self.committed_s.values()),
            "told after": self.told_s,
            "not live": self.not_live_s,
            "expired": self.expired_s,
            "live again": self.live_again_s,
        }


def run(times: int, rate_per_s: float, seed: int, say: Say) -> dict[str, Any]:
    """So many tries, and a recount at the end."""
    chance, rows = Random(f"{seed}/takeover"), []
    with Rig(workers=2, rate_per_s=rate_per_s, seed=seed, say=say) as rig:
        for number in range(times):
            rows.append(_once(rig, chance).row())
            say(f"{number + 1} of {times}: " + ", ".join(f"{k} {v:.4g}" for k, v in rows[-1].items()))
        rig.settle()
        differences = rig.verify()
        ends = dict(rig.fleet.ends)
    columns = ("first commit", "all committed", "told after", "not live", "expired", "live again")
    summary = {column: spread([row[column] for row in rows]) for column in columns}
    late = sum(row["first commit"] > MARK_S for row in rows)
    return {
        "command": f"{NAME} --seed {seed} --rate {rate_per_s:g}",
        "seed": seed,
        "mark_s": MARK_S,
        "late": late,
        "differences": differences,
        "failed": int(bool(late or differences)),
        "exit_codes": ends,
        "summary": summary,
        "tries": rows,
    }


def _once(rig: Rig, chance: Random) -> Taken:
    rig.fleet.wanted = 2
    rig.until(rig.is_shared_out, "all partitions are owned")
    rig.until_caught_up()
    rig.until(lambda: (rig.installation.snapshot() or {}).get("status") == "live", "the snapshot is live")
    rig.wait(chance.uniform(1, 3))
    owners, owning = rig.owners(), rig.owning()
    victim = owning[int(chance.random() * len(owning))]
    theirs = {name: at for name, at in rig.offsets().items() if owners[name] == victim.pid}
    rig.fleet.wanted = 1  # the other is to do it alone: who comes new would only have it shared out again
    taken = Taken(time.monotonic(), theirs)
    victim.kill()

    def look() -> bool:
        taken.look(rig)
        return taken.is_over

    rig.until(look, "the other has taken over", WITHIN_S)
    return taken
