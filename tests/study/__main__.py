"""The study: `python -m tests.study [--days N] [--json FILE]`."""

import argparse
import json
import os
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import track
from rich.table import Table

import config
from streams.sources.simulator import is_open
from tests.study.day import simulate
from tests.study.judge import Drift, Tally, breaches, drifts, each_half_hour, plain

HOURS = 6.0
SCENARIOS = ("normal", "surge", "short-staffed")
WAYS = {"svartid": breaches, "30-minute interval": each_half_hour, "15-minute mean": plain}
Result = tuple[str, dict[str, Tally], Drift]


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


def one(seed: int, asked: tuple[str, int]) -> Result:
    """One day of one scenario, all targets together."""
    scenario, start_ms = asked
    centre = config.load()
    day = simulate(centre, scenario, seed, start_ms, HOURS)
    tallies, drift = {way: Tally() for way in WAYS}, Drift()
    for target in centre.targets:
        for way, tell in WAYS.items():
            tallies[way].add(tell(day, target), day.broken[target.id])
        drift.add(drifts(day, target), day.broken[target.id])
    return scenario, tallies, drift


def merged(into: Any, other: Any) -> None:
    """Adds the fields of one tally to another's."""
    for name in into.__slots__:
        setattr(into, name, getattr(into, name) + getattr(other, name))


def at(values: list[float], share: float) -> float:
    """A percentile, by nearest rank; nan over nothing."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def figures(days: int, tallies: dict[str, Tally], drift: Drift) -> dict[str, Any]:
    """What is reported of one scenario."""
    ways = {
        way: {
            "breaches of 10 min or more": tally.long,
            "missed": tally.missed,
            "delay p50 s": at(tally.delays_s, 0.5),
            "delay p95 s": at(tally.delays_s, 0.95),
            "pages a day": tally.pages / days,
            "for nothing a day": tally.for_nothing / days,
            "short a day": tally.short / days,
        }
        for way, tally in tallies.items()
    }
    early = sum(lead >= 300 for lead in drift.leads_s) / len(drift.leads_s) if drift.leads_s else float("nan")
    told = {
        "lead p50 s": at(drift.leads_s, 0.5),
        "5 min ahead or more": early,
        "warnings a day": drift.warnings / days,
        "wrong": drift.wrong / drift.warnings if drift.warnings else float("nan"),
    }
    return {"days": days, "ways": ways, "drift": told}


def show(console: Console, result: dict[str, Any]) -> None:
    """Tables, one a scenario."""
    for scenario, found in result.items():
        columns = list(next(iter(found["ways"].values())))
        table = Table("", *columns, title=f"{scenario}, {found['days']} days, all targets")
        for way, row in found["ways"].items():
            table.add_row(way, *(f"{row[column]:.4g}" for column in columns))
        console.print(table)
        console.print("drift: " + ", ".join(f"{name} {value:.3g}" for name, value in found["drift"].items()), "\n")


def main() -> None:
    """Runs it on all cores."""
    parser = argparse.ArgumentParser(prog="python -m tests.study", description=__doc__)
    parser.add_argument("--days", type=int, default=70, help="of each scenario (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON, too; - is standard output")
    asked = parser.parse_args()
    tasks = [(scenario, start) for start in working_days(asked.days) for scenario in SCENARIOS]
    totals: dict[str, tuple[dict[str, Tally], Drift]] = defaultdict(lambda: ({way: Tally() for way in WAYS}, Drift()))
    console = Console(stderr=asked.json == "-")
    with ProcessPoolExecutor(initializer=partial(os.nice, 10)) as pool:
        for scenario, tallies, drift in track(
            pool.map(partial(one, asked.seed), tasks), "days", len(tasks), console=Console(stderr=True)
        ):
            for way, tally in tallies.items():
                merged(totals[scenario][0][way], tally)
            merged(totals[scenario][1], drift)
    result = {scenario: figures(asked.days, *total) for scenario, total in totals.items()}
    show(console, result)
    if asked.json:
        text = json.dumps(result, indent=2)
        if asked.json == "-":
            sys.stdout.write(text + "\n")
        else:
            Path(asked.json).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
