"""The study's figures, and how they are shown; in deploy/ALERTS.md by

    python -m tests.study.report study.json [...]

May import: rich, the study.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.table import Table

from tests.pages import placed
from tests.study.heeded import Heeded
from tests.study.judge import Drift, Tally
from tests.study.others import Count

AHEAD_S = 300
PAGE, NAME = Path(__file__).parents[2] / "deploy/ALERTS.md", "study"


class Found(Protocol):
    """Of one scenario, over any number of days."""

    days: int
    ways: dict[str, Tally]
    drift: Drift
    others: Count
    heeded: dict[str, Heeded]
    silences_s: list[float]


def figures(found: Found) -> dict[str, Any]:
    """What is reported of one scenario."""
    return {
        "days": found.days,
        "ways": {way: _tally(tally, found.days) for way, tally in found.ways.items()},
        "heeded": {way: _heeded(heeded) for way, heeded in found.heeded.items()},
        "drift": _drift(found.drift, found.days),
        "others": {
            name: {"came": n, "looked at": found.others.looked_at[name], "for nothing": found.others.for_nothing[name]}
            for name, n in sorted(found.others.came.items())
        },
        "silence told after s": {"p50": at(found.silences_s, 0.5), "most": max(found.silences_s, default=None)},
    }


def at(values: list[float], share: float) -> float | None:
    """A percentile, by nearest rank; None over nothing."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else None


def _tally(tally: Tally, days: int) -> dict[str, float | None]:
    return {
        "breaches of 10 min or more": tally.long,
        "missed": tally.missed,
        "delay p50 s": at(tally.delays_s, 0.5),
        "delay p95 s": at(tally.delays_s, 0.95),
        "pages a day": tally.pages / days,
        "for nothing a day": tally.for_nothing / days,
        "short a day": tally.short / days,
    }


def _heeded(heeded: Heeded) -> dict[str, Any]:
    days = len(heeded.pages)
    return {
        "pages a day": sum(heeded.pages) / days,
        "days with": {str(n): heeded.pages.count(n) for n in sorted(set(heeded.pages))},
        "for nothing a day": heeded.for_nothing / days,
        "repeats a day": heeded.repeats / days,
        "warnings a day": heeded.warnings / days,
        "breaches": dict(heeded.breaches),
        "breach delay s": _spread(heeded.breach_delays_s),
        "waits": dict(heeded.waits),
        "wait delay s": _spread(heeded.wait_delays_s),
        "of": dict(heeded.of.most_common()),
    }


def _spread(values: list[float]) -> list[float | None]:
    return [at(values, 0.5), at(values, 0.95)]


def _drift(drift: Drift, days: int) -> dict[str, float | None]:
    early = sum(lead >= AHEAD_S for lead in drift.leads_s)
    return {
        "lead p50 s": at(drift.leads_s, 0.5),
        "5 min ahead or more": early / len(drift.leads_s) if drift.leads_s else None,
        "warnings a day": drift.warnings / days,
        "wrong": drift.wrong / drift.warnings if drift.warnings else None,
    }


def show(console: Console, result: dict[str, Any]) -> None:
    """Tables, one a scenario."""
    for scenario, found in result.items():
        columns = list(next(iter(found["ways"].values())))
        table = Table("", *columns, title=f"{scenario}, {found['days']} days, all targets")
        for way, row in found["ways"].items():
            table.add_row(way, *(_short(row[column]) for column in columns))
        console.print(table)
        for what in ("drift", "silence told after s"):
            console.print(f"{what}: " + ", ".join(f"{name} {_short(value)}" for name, value in found[what].items()))
        others = ", ".join(
            f"{name} {n['came']} ({n['for nothing']} of {n['looked at']} for nothing)"
            for name, n in found["others"].items()
        )
        console.print(f"all other alerts: {others or 'none came'}\n")


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def markdown(result: dict[str, Any]) -> str:
    """The same for a page."""
    days = ", ".join(f"{scenario} {found['days']}" for scenario, found in result.items())
    total = sum(found["days"] for found in result.values())
    return "\n".join(
        [f"{total} days: {days}.", "", *_pages(result), "", *_ways(result), "", *_drifts(result), "", *_others(result)]
    )


def _pages(result: dict[str, Any]) -> Iterator[str]:
    yield (
        "| to on-call | pages a day | days with 0, 1, 2, more | for nothing a day | repeats a day | warnings a day | "
        "breaches of 30 min: on-call, operations, nobody | delay p50, p95 (s) | "
        "waits 5 min beyond: on-call, operations, nobody | delay p50, p95 (s) |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for scenario, found in result.items():
        for way, row in sorted(found["heeded"].items()):
            cells = [f"{scenario}: {way}", _short(row["pages a day"]), _days_with(row["days with"])]
            cells += [_short(row[name]) for name in ("for nothing a day", "repeats a day", "warnings a day")]
            for what in ("breach", "wait"):
                cells += [_told_to(row["breaches" if what == "breach" else "waits"])]
                cells += [", ".join(map(_short, row[f"{what} delay s"]))]
            yield f"| {' | '.join(cells)} |"


def _days_with(pages: dict[str, int]) -> str:
    counts = [sum(days for n, days in pages.items() if min(int(n), 3) == most) for most in range(4)]
    return ", ".join(map(str, counts))


def _told_to(counted: dict[str, int]) -> str:
    return ", ".join(str(counted.get(to, 0)) for to in ("on-call", "operations", "nobody"))


def _ways(result: dict[str, Any]) -> Iterator[str]:
    yield "| | broken | missed | delay p50, p95 (s) | told a day | for nothing a day |"
    yield "|---|--:|--:|--:|--:|--:|"
    for scenario, found in result.items():
        for way, row in found["ways"].items():
            broken, missed, *delays, pages, for_nothing, _ = (_short(value) for value in row.values())
            yield f"| {scenario}: {way} | {broken} | {missed} | {', '.join(delays)} | {pages} | {for_nothing} |"


def _drifts(result: dict[str, Any]) -> Iterator[str]:
    yield "| drift | ahead p50 (s) | 5 minutes ahead or more | warnings a day | came to nothing |"
    yield "|---|--:|--:|--:|--:|"
    for scenario, found in result.items():
        ahead, early, warnings, wrong = found["drift"].values()
        yield f"| {scenario} | {_short(ahead)} | {_percent(early)} | {_short(warnings)} | {_percent(wrong)} |"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _others(result: dict[str, Any]) -> Iterator[str]:
    yield "| all other alerts | came | held against a recount | for nothing |"
    yield "|---|--:|--:|--:|"
    for scenario, found in result.items():
        for name, n in found["others"].items():
            yield f"| {scenario}: {name} | {n['came']} | {n['looked at']} | {n['for nothing']} |"
    silences = {scenario: found["silence told after s"] for scenario, found in result.items()}
    told = ", ".join(f"{name}: p50 {s['p50']:.0f}, most {s['most']:.0f}" for name, s in silences.items() if s["p50"])
    yield ""
    yield f"FeedSilent after the last event, in seconds: {told or 'no feed was silent'}."


def main(files: Sequence[str]) -> None:
    """Writes what one run found, or several of different scenarios."""
    found = {scenario: of for file in files for scenario, of in json.loads(Path(file).read_text()).items()}
    PAGE.write_text(placed(PAGE.read_text(), NAME, markdown(found)))


if __name__ == "__main__":
    main(sys.argv[1:])
