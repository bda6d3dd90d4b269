"""Simulated days that several tests look at, made once each."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from streams.sources.records import Record, records
from streams.sources.simulator import events
from streams.sources.wire import Event

OSLO = ZoneInfo("Europe/Oslo")
TUESDAY = "2025-03-04T09:30"
MINUTE, HOUR = 60_000, 3_600_000


def at_ms(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=OSLO).timestamp() * 1000)


@cache
def day(scenario: str = "normal", seed: int = 42, start: str = TUESDAY, hours: float = 14.5) -> list[tuple[int, Event]]:
    return list(events(scenario, seed, at_ms(start), hours))


@cache
def wire(scenario: str = "normal", seed: int = 42, start: str = TUESDAY, hours: float = 14.5) -> list[Record]:
    return list(records(scenario, seed, at_ms(start), hours))
