"""Simulated days as stays, each after the same weekday of the week before, and what was foretold of them."""

from datetime import datetime
from functools import cache, partial
from zoneinfo import ZoneInfo

import orjson

import config
from config import Centre
from streams.core.calendar import day_of
from streams.past.stays import Stayed, Stays
from streams.past.wait_replay import Foretold, replay
from streams.sources.records import records

ZONE = ZoneInfo("Europe/Oslo")
BEFORE = datetime(2025, 2, 25, 9, 30, tzinfo=ZONE)
DAY = datetime(2025, 3, 4, 9, 30, tzinfo=ZONE)  # a Tuesday, as the one before
HOURS = 14.0  # until nobody waits any more
AT_ONCE = 5_000


@cache
def centre() -> Centre:
    return config.load()


def lines_of(scenario: str, seed: int, start: datetime, hours: float = HOURS) -> list[bytes]:
    """A day's events in order of time; what the wire broke is left out, as its topic's timestamps are not here."""
    sent = records(scenario, seed, round(start.timestamp() * 1000), hours)
    values = [one.value for one in sent if one.value is not None and not one.kind.startswith("broken")]
    return sorted(values, key=lambda value: int(orjson.loads(value)["occurred_at"]))


def stays_of(lines: list[bytes]) -> list[Stayed]:
    """In the centre's own queues."""
    known, own = Stays(centre().rules()), {*centre().own_lines}
    found: list[Stayed] = []
    for first in range(0, len(lines), AT_ONCE):
        found += known.take(lines[first : first + AT_ONCE])
    return [stay for stay in (*found, *known.rest()) if stay.line in own]


@cache
def day_before(seed: int) -> list[Stayed]:
    """The day a week before."""
    return stays_of(lines_of("normal", seed, BEFORE))


def foretold(scenario: str, seed: int) -> list[Foretold]:
    """Of the day itself, of what is known by then of it and of the day before."""
    stays = [*day_before(seed), *stays_of(lines_of(scenario, seed, DAY))]
    days = partial(day_of, zone=ZONE)
    today = days(round(DAY.timestamp() * 1000))
    is_open = centre().opening_hours.is_open
    return [one for one in replay(stays, is_open, days) if one.judged.day == today]
