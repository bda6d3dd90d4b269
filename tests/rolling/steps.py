"""One worker after the other is replaced by one of this build, and then by one of the build before, under load.

At each step each build that has a worker recounts the log and compares all of Redis; and the snapshot is watched.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from streams.local import LocalPartsError
from tests.ingest.installation import SESSION_S
from tests.rolling.builds import HERE, Build
from tests.rolling.eyes import Eyes
from tests.soak.fleet import Member
from tests.soak.rig import Rig, Say, Stall

WORKERS = 2
TAKEOVER_S = float(SESSION_S)  # after a kill it was not to be believed for 5.2 s at most (deploy/OPERATIONS.md)


@dataclass(frozen=True)
class Step:
    """What came of one."""

    workers: str  # of which builds
    ended_with: int | None  # whoever made room; None where nobody had to
    seconds: float  # until all partitions were owned and all that had come was counted
    stale_s: float  # for how long at a time, at most, the snapshot was not to be believed
    events: int
    differences: int

    @property
    def failed(self) -> bool:
        """Whether something did not hold."""
        return bool(self.differences or self.ended_with or self.stale_s > TAKEOVER_S)


@dataclass
class Ran:
    """All of them."""

    rate_per_s: float
    seed: int
    steps: list[Step] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    wrong_ends: int = 0
    late: int = 0
    lost: int = 0
    stalled: str = ""

    @property
    def failed(self) -> bool:
        """Whether anything did not hold."""
        return bool(self.stalled or self.wrong_ends or self.lost or any(step.failed for step in self.steps))

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(replace(self, ends=Counter())) | {"ends": dict(self.ends)}


def run(before: Path, rate_per_s: float, seed: int, say: Say) -> Ran:
    """There and back. Raises NoBuild."""
    ran, older, this = Ran(rate_per_s, seed), Build("before", before.resolve()), Build("this", HERE)
    rolling = Rig(workers=WORKERS, rate_per_s=rate_per_s, seed=seed, say=say, config_of=older.folder / "config")
    with rolling as rig, Eyes(rig.parts.redis_url, rig.installation.keys, rig.clock) as eyes:
        try:
            for step in _steps(rig, eyes, older, this):
                ran.steps.append(step)
                say(f"{step.workers}: {step.seconds} s, {step.differences} differences")
        except (Stall, LocalPartsError) as error:
            ran.stalled = str(error)
        ran.ends, ran.wrong_ends = rig.fleet.ends, rig.fleet.wrong_ends
        ran.late, ran.lost = eyes.now.late, eyes.now.lost
        rig.keep = rig.keep or ran.failed
    return ran


def _steps(rig: Rig, eyes: Eyes, before: Build, this: Build) -> Iterator[Step]:
    builds = [before] * WORKERS
    rig.fleet.starts = partial(before.start, rig)
    yield _step(rig, eyes, builds, None)
    for build in [this] * WORKERS + [before] * WORKERS:
        rig.fleet.starts = partial(build.start, rig)
        builds = [*builds[1:], build]
        oldest = rig.fleet.members[0]
        oldest.terminate()  # the fleet starts the next one when it has ended, as a StatefulSet does
        yield _step(rig, eyes, builds, oldest)


def _step(rig: Rig, eyes: Eyes, builds: Sequence[Build], left: Member | None) -> Step:
    """From when one was asked to end, or the first two are started, until all is well; then it is recounted."""
    names, began = " and ".join(build.name for build in builds), time.monotonic()
    rig.until(lambda: (left is None or left.ended) and rig.is_shared_out(), f"{names} own all partitions")
    rig.until_caught_up()
    rig.until(lambda: eyes.now.is_live, f"the snapshot of {names} is live")
    seconds = time.monotonic() - began
    differences = sum(build.verify(rig) for build in dict.fromkeys(builds))
    return Step(
        names,
        left.worker.process.returncode if left else None,
        round(seconds, 1),
        round(eyes.longest_stale_s(began), 2) if left else 0.0,  # before there is one, it is no wonder
        rig.watch.in_log,
        differences,
    )
