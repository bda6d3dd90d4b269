"""The study: `python -m tests.study [--weeks N] [--json FILE]`."""

import argparse
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import track

import config
from streams.generate.alerts import alerts as alerts_of
from streams.generate.service_alerts import WATCHDOG
from streams.generate.target_alerts import BREACH, DRIFTING, GRAVE_BREACH
from streams.sources.simulator import is_open
from tests.cards import DAY
from tests.study.before import before, waits_before
from tests.study.beside import centre_of, dates
from tests.study.evaluation import fired
from tests.study.heeded import Heeded
from tests.study.judge import Drift, Tally, each_half_hour, plain, told
from tests.study.others import Count, silences
from tests.study.report import figures, show
from tests.study.week import simulate

SCENARIOS = ("normal", "surge", "short-staffed")  # as many weeks as were asked for of each
FAULTY = ("edges", "lost", "silent", "messy")  # one week of each
DAYS_A_WEEK = 5


@dataclass(slots=True)
class Found:
    """Of one scenario, over any number of days."""

    days: int = 0
    ways: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    drift: Drift = field(default_factory=Drift)
    others: Count = field(default_factory=Count)
    heeded: dict[str, Heeded] = field(default_factory=lambda: defaultdict(Heeded))
    silences_s: list[float] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Merges."""
        self.days += other.days
        for way, tally in other.ways.items():
            self.ways[way].add_all(tally)
        self.drift.add_all(other.drift)
        self.others.add_all(other.others)
        for way, heeded in other.heeded.items():
            self.heeded[way].add_all(heeded)
        self.silences_s += other.silences_s


def working_days(count: int) -> list[int]:
    """The instants (ms) at which so many working days open."""
    zone, day = ZoneInfo(config.load().timezone), date(2025, 1, 6)
    found: list[int] = []
    while len(found) < count:
        opens = int(datetime.combine(day, time(9), zone).timestamp() * 1000)
        if is_open(opens):
            found.append(opens)
        day += timedelta(days=1)
    return found


def one(seed: int, asked: tuple[str, list[int]]) -> tuple[str, Found]:
    """One week of one scenario."""
    scenario, starts_ms = asked
    centre, found = centre_of(scenario, dates(starts_ms)), Found(days=len(starts_ms), ways={})
    of_waits = waits_before(alerts_of(centre))
    with tempfile.TemporaryDirectory() as folder:
        week = simulate(centre, scenario, seed, starts_ms, Path(folder))
        everything = fired(centre, Path(folder), [day.seconds for day in week.days], others=of_waits)
    alerts = [told for told in everything if told.alert not in of_waits]
    earlier = before(alerts, [told for told in everything if told.alert in of_waits])
    ways: dict[str, Tally] = {name: Tally() for name in ("svartid", "30-minute interval", "15-minute mean")}
    for day in week.days:
        for target in centre.targets_at(DAY):
            true = day.broken[target.id]
            ways["svartid"].add(told(alerts, BREACH, target, day), true)
            ways["30-minute interval"].add(each_half_hour(day, target), true)
            ways["15-minute mean"].add(plain(day, target), true)
            found.drift.add(told(alerts, DRIFTING, target, day), true)
    found.ways, found.heeded = ways, {"now": Heeded(), "before": Heeded()}
    for day in week.days:
        found.heeded["now"].add(alerts, day, centre)
        found.heeded["before"].add(earlier, day, centre)
    found.others.add(
        (a for a in alerts if a.alert.name not in (BREACH, GRAVE_BREACH, DRIFTING, WATCHDOG)), week, centre
    )
    found.silences_s = silences(alerts, week)
    return scenario, found


def tasks(weeks: int, asked: Collection[str] = (), most: int = DAYS_A_WEEK) -> Iterable[tuple[str, list[int]]]:
    """The weeks to play, of each scenario that is asked for alike; of each week so many days at most."""
    days = working_days(weeks * DAYS_A_WEEK)
    for first in range(0, len(days), DAYS_A_WEEK):
        for scenario in (*SCENARIOS, *(FAULTY if first == 0 else ())):
            if not asked or scenario in asked:
                yield scenario, days[first : first + most]


def main() -> None:
    """Runs it on all cores."""
    parser = argparse.ArgumentParser(prog="python -m tests.study", description=__doc__)
    parser.add_argument("--weeks", type=int, default=6, help="of each scenario (default %(default)s)")
    parser.add_argument("--days", type=int, default=DAYS_A_WEEK, help="of each week (default %(default)s)")
    parser.add_argument("--scenarios", nargs="+", choices=(*SCENARIOS, *FAULTY), default=(), help="those alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON, too; - is standard output")
    asked = parser.parse_args()
    totals: dict[str, Found] = defaultdict(Found)
    planned = list(tasks(asked.weeks, asked.scenarios, asked.days))
    with ProcessPoolExecutor(initializer=partial(os.nice, 10)) as pool:
        played = pool.map(partial(one, asked.seed), planned)
        for scenario, found in track(played, "weeks", len(planned), console=Console(stderr=True)):
            totals[scenario].add(found)
            result = {scenario: figures(found) for scenario, found in totals.items()}
            if asked.json not in (None, "-"):  # as far as it has come: a study that is cut short has its figures
                Path(asked.json).write_text(_json(result), encoding="utf-8")
    show(Console(stderr=asked.json == "-"), result)
    if asked.json == "-":
        sys.stdout.write(_json(result))


def _json(result: dict[str, Any]) -> str:
    return json.dumps(result, indent=2) + "\n"


if __name__ == "__main__":
    main()
