"""The study's figures, and how they are shown. May import: rich, the study."""

from typing import Any, Protocol

from rich.console import Console
from rich.table import Table

from tests.study.judge import Drift, Tally
from tests.study.others import Count

AHEAD_S = 300
_NOTHING = float("nan")


class Found(Protocol):
    """Of one scenario, over any number of days."""

    days: int
    ways: dict[str, Tally]
    drift: Drift
    others: Count
    silences_s: list[float]


def figures(found: Found) -> dict[str, Any]:
    """What is reported of one scenario."""
    return {
        "days": found.days,
        "ways": {way: _tally(tally, found.days) for way, tally in found.ways.items()},
        "drift": _drift(found.drift, found.days),
        "others": {
            name: {"came": n, "looked at": found.others.looked_at[name], "for nothing": found.others.for_nothing[name]}
            for name, n in sorted(found.others.came.items())
        },
        "silence told after s": {"p50": at(found.silences_s, 0.5), "most": max(found.silences_s, default=_NOTHING)},
    }


def at(values: list[float], share: float) -> float:
    """A percentile, by nearest rank; nan over nothing."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else _NOTHING


def _tally(tally: Tally, days: int) -> dict[str, float]:
    return {
        "breaches of 10 min or more": tally.long,
        "missed": tally.missed,
        "delay p50 s": at(tally.delays_s, 0.5),
        "delay p95 s": at(tally.delays_s, 0.95),
        "pages a day": tally.pages / days,
        "for nothing a day": tally.for_nothing / days,
        "short a day": tally.short / days,
    }


def _drift(drift: Drift, days: int) -> dict[str, float]:
    early = sum(lead >= AHEAD_S for lead in drift.leads_s)
    return {
        "lead p50 s": at(drift.leads_s, 0.5),
        "5 min ahead or more": early / len(drift.leads_s) if drift.leads_s else _NOTHING,
        "warnings a day": drift.warnings / days,
        "wrong": drift.wrong / drift.warnings if drift.warnings else _NOTHING,
    }


def show(console: Console, result: dict[str, Any]) -> None:
    """Tables, one a scenario."""
    for scenario, found in result.items():
        columns = list(next(iter(found["ways"].values())))
        table = Table("", *columns, title=f"{scenario}, {found['days']} days, all targets")
        for way, row in found["ways"].items():
            table.add_row(way, *(f"{row[column]:.4g}" for column in columns))
        console.print(table)
        for what in ("drift", "silence told after s"):
            console.print(f"{what}: " + ", ".join(f"{name} {value:.3g}" for name, value in found[what].items()))
        others = ", ".join(
            f"{name} {n['came']} ({n['for nothing']} of {n['looked at']} for nothing)"
            for name, n in found["others"].items()
        )
        console.print(f"all other alerts: {others or 'none came'}\n")
