"""Simulated days as stays, each after the same weekday of the week before, and what was foretold of them."""

import gzip
from datetime import datetime
from functools import cache, partial
from pathlib import Path
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
BANK = Path(__file__).parent.parent / "data" / "bank-1999-02-03.ndjson.gz"


@cache
def centre() -> Centre:
    return config.load()


def lines_of(scenario: str, seed: int, start: datetime, hours: float = HOURS) -> list[bytes]:
    """A day's events in order of time; what the wire broke is left out, as its topic's timestamps are not here."""
    sent = records(scenario, seed, round(start.timestamp() * 1000), hours)
    values = [one.value for one in sent if one.value is not None and not one.kind.startswith("broken")]
    return sorted(values, key=lambda value: int(orjson.loads(value)["occurred_at"]))


def stays_of(lines: list[bytes], of: Centre | None = None) -> list[Stayed]:
    """In a centre's own queues."""
    whose = of or centre()
    known, own = Stays(whose.rules()), {*whose.own_lines}
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


def foretold_of_bank() -> list[Foretold]:
    """Of the bank's day, with nothing known beforehand."""
    bank = config.load(Path(config.__file__).parent / "bank")
    with gzip.open(BANK) as file:
        lines = sorted(file, key=lambda line: datetime.fromisoformat(orjson.loads(line)["occurred_at"]))
    days = partial(day_of, zone=ZoneInfo(bank.timezone))
    return [*replay(stays_of(lines, bank), bank.opening_hours.is_open, days)]
