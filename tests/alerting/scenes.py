"""The four stretches that are played, and the true instants that they are about.

A `surge` is played twice: from 8 minutes before phone, personbruker, is broken, and from 8 minutes before it is kept
again, some three hours later. In the second the promise is broken from the start.
"""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from config import Centre, load
from config.centre import Target
from streams.sources.simulator import events
from tests.alerting.stage import LATE_MS, Stretch
from tests.alerting.truth import Answered, Events, answered, broken_since, is_broken, kept_since

MINUTE_MS = 60_000
TARGET = "phone-personbruker-mean"
SEED = 42
SURGE_MIN, SURGE_ENDS_MIN, DAY_MIN = 20, 80, 320  # after the start; the centre closes at 330
SILENT_MIN = 10
SILENCE_IS_PLAYED_MIN = 14
QUIET_MIN = 24
_STEP_MS = 5000


def _oslo(hour: int, minute: int) -> int:
    return round(datetime(2025, 3, 4, hour, minute, tzinfo=ZoneInfo("Europe/Oslo")).timestamp() * 1000)  # a Tuesday


SURGE_START_MS, QUIET_START_MS = _oslo(9, 30), _oslo(12, 14)
SILENT_START_MS = QUIET_START_MS


@cache
def day(scenario: str, seed: int, start_ms: int, minutes: int) -> Events:
    """A simulated day until some minutes after the start."""
    return list(events(scenario, seed, start_ms, minutes / 60))


def target(id_: str = TARGET) -> Target:
    """One that is in force."""
    return next(one for one in load().targets if one.id == id_)


@cache
def crossing(seed: int, id_: str = TARGET) -> int:
    """When a surge truly breaks a promise (epoch ms)."""
    found, from_ms = _found(seed, id_), SURGE_START_MS + SURGE_MIN * MINUTE_MS
    at_ms = broken_since(found, target(id_), from_ms, SURGE_START_MS + DAY_MIN * MINUTE_MS)
    assert at_ms is not None and at_ms > from_ms, f"{id_} was not broken by the surge of seed {seed}"
    return at_ms


@cache
def recovery(seed: int, id_: str = TARGET) -> int:
    """When the promise is truly kept again."""
    from_ms, to_ms = SURGE_START_MS + SURGE_ENDS_MIN * MINUTE_MS, SURGE_START_MS + DAY_MIN * MINUTE_MS
    at_ms = kept_since(_found(seed, id_), target(id_), from_ms, to_ms)
    assert at_ms is not None and at_ms > from_ms, f"{id_} was not kept again after the surge of seed {seed}"
    return at_ms


def rise(seed: int) -> Stretch:
    """A surge breaks the promise."""
    at_ms = crossing(seed)
    return _surge(f"rise-{seed}", seed, at_ms - 8 * MINUTE_MS, at_ms + target().hold + 2 * LATE_MS)


def fall(seed: int) -> Stretch:
    """The queues recover from it."""
    at_ms = recovery(seed)
    return _surge(f"fall-{seed}", seed, at_ms - 8 * MINUTE_MS, at_ms + target().clear + 2 * LATE_MS)


def silent() -> Stretch:
    """The feeds of all channels stop; from 3 minutes before that."""
    played = day("silent", SEED, SILENT_START_MS, DAY_MIN)
    stops_ms = SILENT_START_MS + SILENT_MIN * MINUTE_MS
    return Stretch("silent", played, stops_ms - 3 * MINUTE_MS, stops_ms + SILENCE_IS_PLAYED_MIN * MINUTE_MS)


def quiet() -> Stretch:
    """A stretch of a normal day in which no promise is near its limit. (In others some are broken, as in life.)"""
    to_ms = QUIET_START_MS + QUIET_MIN * MINUTE_MS
    return Stretch("normal", day("normal", SEED, QUIET_START_MS, QUIET_MIN), QUIET_START_MS, to_ms)


def broken_in(stretch: Stretch) -> list[str]:
    """The promises that are truly broken at some time of a stretch."""
    centre = load()
    instants = range(stretch.from_ms, stretch.to_ms, _STEP_MS)
    found = {one.id: _answered(centre, stretch.events, one) for one in centre.targets}
    return [one.id for one in centre.targets if any(is_broken(found[one.id], one, at) for at in instants)]


def _surge(name: str, seed: int, from_ms: int, to_ms: int) -> Stretch:
    return Stretch(name, day("surge", seed, SURGE_START_MS, DAY_MIN), from_ms, to_ms)


def _found(seed: int, id_: str) -> list[Answered]:
    return _answered(load(), day("surge", seed, SURGE_START_MS, DAY_MIN), target(id_))


def _answered(centre: Centre, happened: Events, of: Target) -> list[Answered]:
    outside = [id_ for q in centre.queues if q.external for id_ in q.ids]
    return answered(happened, of.channel, of.audience, outside)
