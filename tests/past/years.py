"""Simulated years of a promise, of several kinds: how many came on each day, and how much of it was bad.

None of them is made by the model that foretells them. May import: standard library, the forecast's types.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from math import exp, pi, sin
from random import Random
from typing import Final

from streams.past.forecast import OfDay

KINDS: Final = ("steady", "seasonal", "drifting", "step", "restless", "surges", "few")
WEEKDAYS: Final = (1.25, 1.1, 1.0, 0.95, 0.85, 0.0, 0.0)
YEAR: Final = 2026  # the one that is foretold


def simulated(kind: str, seed: int, years_before: int = 1) -> dict[date, OfDay]:
    """Days of a year, and of so many before it."""
    chance = Random(f"{kind}/{seed}")
    level, volume = chance.uniform(2.5, 4.5), 40 if kind == "few" else chance.choice((400, 2000, 8000))
    season, phase = chance.uniform(0.1, 0.4), chance.uniform(0, 2 * pi)
    drift = chance.gauss(0, 0.5) / 365
    steps_on, step = _step(chance)
    found: dict[date, OfDay] = {}
    near, surge = 0.0, 0.0
    for day in _days(years_before):
        near = 0.5 * near + chance.gauss(0, 0.15)  # good and bad days come in rows
        if kind == "restless" and day.weekday() == 0:
            level += chance.gauss(0, 0.08)
        surge = chance.uniform(0.4, 1.2) if chance.random() < 0.006 else surge * 0.75
        bad = level + near + 0.1 * (day.weekday() == 0)
        bad += season * sin(2 * pi * day.timetuple().tm_yday / 365 + phase) if kind == "seasonal" else 0
        bad += drift * (day - date(YEAR, 1, 1)).days if kind == "drifting" else 0
        bad += step if kind == "step" and day >= steps_on else 0
        bad += surge if kind == "surges" else 0
        n = round(volume * WEEKDAYS[day.weekday()] * exp(chance.gauss(0, 0.08)) * (1 + 0.1 * sin(day.month)))
        of_one = exp(bad) if seed % 2 else 1 / (1 + exp(5.5 - bad))  # a mean in s, or a share that is late
        found[day] = OfDay(n * of_one * exp(chance.gauss(0, 0.6 / (n**0.5 + 1))), n) if n else OfDay(0, 0)
    return found


def _days(years_before: int) -> Iterator[date]:
    day = date(YEAR - years_before, 1, 1)
    while day.year <= YEAR:
        yield day
        day += timedelta(days=1)


def _step(chance: Random) -> tuple[date, float]:
    """When something changed for good, and by how much."""
    return date(YEAR, 1, 1) + timedelta(days=chance.randrange(-200, 330)), chance.gauss(0, 0.3)
