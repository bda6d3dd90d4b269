"""Under load a part goes away and comes back: how long until the lag is back at 0."""

import time
from collections.abc import Callable
from random import Random
from typing import Any

from tests.soak.faults import cut_network
from tests.soak.report import spread
from tests.soak.rig import Rig, Say

WORKERS = 2
CUT_S = 30.0
STAYS_S = 12.0  # caught up: a worker that still dies of the fault has done so by then
NAME = "python -m tests.soak recovery"


def _redis(rig: Rig) -> None:
    rig.parts.valkey.restart()


def _broker(rig: Rig) -> None:
    rig.parts.kafka.restart()


def _network(rig: Rig) -> None:
    cut_network(rig, CUT_S, resets=False)


FAULTS: dict[str, Callable[[Rig], None]] = {
    "Redis restarts": _redis,
    "the broker restarts": _broker,
    f"network cut of {CUT_S:g} s": _network,
}


def run(times: int, rate_per_s: float, seed: int, say: Say) -> dict[str, Any]:
    """Each fault so many times, and a recount at the end."""
    chance, rows = Random(f"{seed}/recovery"), []
    with Rig(workers=WORKERS, rate_per_s=rate_per_s, seed=seed, say=say, proxied=True) as rig:
        for number in range(times):
            for name, do in FAULTS.items():
                rows.append({"fault": name} | _once(rig, do, chance))
                say(f"{number + 1} of {times}: {rows[-1]}")
        rig.settle()
        differences = rig.verify()
        ends = dict(rig.fleet.ends)
    return {
        "command": f"{NAME} --seed {seed} --rate {rate_per_s:g}",
        "seed": seed,
        "differences": differences,
        "failed": int(differences != 0),
        "exit_codes": ends,
        "summary": {name: spread([row["lag 0 after"] for row in rows if row["fault"] == name]) for name in FAULTS},
        "tries": rows,
    }


def _once(rig: Rig, do: Callable[[Rig], None], chance: Random) -> dict[str, Any]:
    rig.until(rig.is_shared_out, "all partitions are owned")
    rig.until_caught_up()
    rig.wait(chance.uniform(2, 4))
    ends, began = dict(rig.fleet.ends), time.monotonic()
    do(rig)
    away_s = time.monotonic() - began
    took_s = _until_it_stays(rig)
    ended = {why: n - ends.get(why, 0) for why, n in rig.fleet.ends.items() if n != ends.get(why, 0)}
    return {"away": round(away_s, 2), "lag 0 after": round(took_s, 2), "workers ended": ended}


def _until_it_stays(rig: Rig) -> float:
    """How many seconds until the workers caught up and then kept up."""
    keeping_up, began, since = rig.keeping_up(), time.monotonic(), 0.0

    def look() -> bool:
        nonlocal since
        since = (since or time.monotonic()) if keeping_up() else 0.0
        return since > 0 and time.monotonic() - since >= STAYS_S

    rig.until(look, "the workers catch up for good")
    return since - began
