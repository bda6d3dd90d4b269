"""The five stretches that are played, and the true instants that they are about.

A `surge` is played twice: from 10 minutes before phone, personbruker, is broken, and from 10 minutes before it is kept
again, some three hours later. In the second the promise is broken from the start.

Of a `short-staffed` day a stretch is played in which one thing silences another. A promise is kept again, but only
just: it drifts while the breach is not taken back yet. Then the feeds stop, while another promise is broken.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config import load
from config.targets import Target
from streams.sources.simulator import events
from tests.alerting.stage import LATE_MS, Stretch
from tests.alerting.truth import broken_since, is_broken, kept_since
from tests.cards import DAY
from tests.truth import Answer, Events, answers

MINUTE_MS = 60_000
TARGET, RELIEVED = "phone-personbruker-mean", "phone-samhandler-share"
SEED, SHORT_STAFFED_SEED, QUIET_SEED = 42, 49, 2
SURGE_MIN, SURGE_ENDS_MIN, DAY_MIN = 20, 80, 320  # after the start; the centre closes at 330
SILENT_MIN = 10
SILENCE_IS_PLAYED_MIN = 14
QUIET_MIN = 24
BROKEN_MIN, RELIEVED_MIN = 150, 180  # after the start; between these it is kept again
BEFORE_MS = 10 * MINUTE_MS
_STEP_MS = 5000


class Day(NamedTuple):
    """A simulated day until some minutes after the start."""

    scenario: str
    seed: int
    start_ms: int
    minutes: int


def _oslo(hour: int, minute: int) -> int:
    return round(datetime(2025, 3, 4, hour, minute, tzinfo=ZoneInfo("Europe/Oslo")).timestamp() * 1000)  # a Tuesday


SHORT_STAFFED = Day("short-staffed", SHORT_STAFFED_SEED, _oslo(9, 30), RELIEVED_MIN)
SILENT = Day("silent", QUIET_SEED, _oslo(12, 14), DAY_MIN)
QUIET = Day("normal", QUIET_SEED, _oslo(12, 14), QUIET_MIN)


def surge(seed: int) -> Day:
    """One that breaks the promise."""
    return Day("surge", seed, _oslo(9, 30), DAY_MIN)


def target(id_: str = TARGET) -> Target:
    """One that is in force."""
    return next(one for one in load().targets_at(DAY) if one.id == id_)


def crossing(seed: int) -> int:
    """When a surge truly breaks the promise (epoch ms)."""
    return _change(broken_since, surge(seed), TARGET, SURGE_MIN)


def recovery(seed: int) -> int:
    """When the promise is truly kept again."""
    return _change(kept_since, surge(seed), TARGET, SURGE_ENDS_MIN)


def relief() -> int:
    """When on the short-staffed day a promise is truly kept again."""
    return _change(kept_since, SHORT_STAFFED, RELIEVED, BROKEN_MIN)


def rise(seed: int) -> Stretch:
    """A surge breaks the promise."""
    at_ms = crossing(seed)
    return Stretch(f"rise-{seed}", _events(surge(seed)), at_ms - BEFORE_MS, at_ms + target().hold + 2 * LATE_MS)


def fall(seed: int) -> Stretch:
    """The queues recover from it."""
    at_ms = recovery(seed)
    return Stretch(f"fall-{seed}", _events(surge(seed)), at_ms - BEFORE_MS, at_ms + target().clear + 2 * LATE_MS)


def silent() -> Stretch:
    """The feeds of all channels stop; from 6 minutes before that, so that counters are seen to grow."""
    stops_ms = SILENT.start_ms + SILENT_MIN * MINUTE_MS
    to_ms = stops_ms + SILENCE_IS_PLAYED_MIN * MINUTE_MS
    return Stretch("silent", _events(SILENT), stops_ms - 6 * MINUTE_MS, to_ms)


def quiet() -> Stretch:
    """A stretch of a normal day in which no promise is near its limit. (In others some are broken, as in life.)"""
    return Stretch("normal", _events(QUIET), QUIET.start_ms, QUIET.start_ms + QUIET_MIN * MINUTE_MS)


def silencing() -> Stretch:
    """A breach is taken back, and the feeds stop; until the breach that goes on would be taken back, too."""
    stops_ms = relief() + target(RELIEVED).clear + LATE_MS
    come = [(ms, event) for ms, event in _events(SHORT_STAFFED) if ms <= stops_ms]
    to_ms = stops_ms + load().definitions.stale_after + target().clear + LATE_MS
    return Stretch("silencing", come, relief() - BEFORE_MS, to_ms)


def broken_in(stretch: Stretch) -> list[str]:
    """The promises that are truly broken at some time of a stretch."""
    centre, instants = load(), range(stretch.from_ms, stretch.to_ms, _STEP_MS)
    found = answers(stretch.events, centre)
    return [one.id for one in centre.targets_at(DAY) if is_broken(found[one.id], one, *instants)]


@cache
def _change(since: Callable[..., int | None], day: Day, id_: str, after_min: int) -> int:
    from_ms, to_ms = (day.start_ms + minutes * MINUTE_MS for minutes in (after_min, day.minutes))
    at_ms = since(_answered(day)[id_], target(id_), from_ms, to_ms)
    assert at_ms is not None and at_ms > from_ms, f"{since.__name__}: never, of {id_} on {day}"
    return at_ms


@cache
def _answered(day: Day) -> dict[str, list[Answer]]:
    return answers(_events(day), load())


@cache
def _events(day: Day) -> Events:
    return list(events(day.scenario, day.seed, day.start_ms, day.minutes / 60))
