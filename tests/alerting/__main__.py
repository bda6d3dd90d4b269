"""`python -m tests.alerting [SEED ...]`: how long alerts take from the truth to the webhook, over several surges.

For each seed, the rise and the recovery of phone, personbruker, on real parts; one seed after the other, about a
minute each. Prints each delay and their p50 and p95, in simulated seconds, beyond the time that the rule
waits on purpose (hold, clear). One real second is `SPEED` of them.
"""

import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles

from streams.local import LocalParts
from tests.alerting import scenes
from tests.alerting.scenes import TARGET
from tests.alerting.stage import SPEED, Stretch, play
from tests.alerting.webhook import Webhook

SEEDS = range(1, 9)


def main(seeds: Sequence[int]) -> None:
    """Measures and prints."""
    print(f"{TARGET} at {SPEED} times real time; simulated seconds beyond hold and clear")
    print(f"{'seed':>5} {'told':>8} {'cleared':>8}")
    with LocalParts() as parts:
        found = [_of_seed(parts, seed) for seed in seeds]
    for name, delays in zip(("told", "cleared"), zip(*found, strict=True), strict=True):
        _say(name, list(delays))


def _of_seed(parts: LocalParts, seed: int) -> tuple[float, float]:
    with ThreadPoolExecutor(2) as threads:
        rise = threads.submit(_play, parts, scenes.rise(seed), "firing")
        fall = threads.submit(_play, parts, scenes.fall(seed), "resolved")
    target, crossing = scenes.target(), scenes.crossing(seed)
    told = _heard_ms(rise.result(), "firing") - crossing - target.hold
    cleared = _heard_ms(fall.result(), "resolved") - scenes.recovery(seed) - target.clear
    print(f"{seed:>5} {told / 1000:>8.0f} {cleared / 1000:>8.0f}", flush=True)
    return told / 1000, cleared / 1000


def _play(parts: LocalParts, stretch: Stretch, status: str) -> Webhook:
    with tempfile.TemporaryDirectory() as folder:
        return play(parts, Path(folder), stretch, lambda hook: hook.first("TargetBreach", status, target=TARGET)).hook


def _heard_ms(hook: Webhook, status: str) -> int:
    heard = hook.first("TargetBreach", status, target=TARGET)
    assert heard is not None, f"never {status}; told were {hook.told()}"
    return heard.received_ms


def _say(name: str, delays: list[float]) -> None:
    """Percentiles between the measured ones, never beyond them."""
    at = quantiles(delays, n=100, method="inclusive") if len(delays) > 1 else delays * 99
    print(f"{name}: p50 {at[49]:.0f} s, p95 {at[94]:.0f} s, most {max(delays):.0f} s, of {len(delays)}")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or SEEDS)
