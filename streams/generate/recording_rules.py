"""Recording rules: the pieces that alerts are made of. May import: config, words, the core's measures and series.

Svartid's counters live in Redis, so every worker that takes over shows the same ones; they are recorded by what they
count, not by who shows them. `increase()` is not used on them: it would take a correction by one (a late fact, first
shown by the worker that took over) for a restart from 0, and count all of history once more. What was added in a
stretch is `x - min_over_time(x[stretch])`: no correction, gap or short history makes it large. Nor does a replay, since
nothing of a channel is recorded while there is much of it to catch up with, and nothing of the whole while there is of
all channels together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from config import Centre
from streams.core import measures, series
from streams.generate.words import prom_duration

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


PASSED_ON = f"queue:{measures.PASSED_ON.counter.name}:max"
PASSED_ON_ANSWERED = f"queue:{measures.PASSED_ON_ANSWERED.counter.name}:max"
ACCEPTED = "svartid:records_accepted:max"
LATE = "svartid:records_late:max"
LATE_OF = "svartid:source_late:max"  # by source
REJECTED = "svartid:records_rejected:sum"
LOST = "svartid:lost_records:max"
TOLD = "target:svartid_told:latest"  # by target and verdict: whether it is told, by the last that svartid said of it
REVISION = "svartid:generated_revision"  # of the configuration that these rules are made of; 0: it has none


@dataclass(frozen=True, slots=True)
class Record:
    """One recording rule. `group` is the rule group that it is in."""

    group: str
    name: str
    expr: str


def added(series: str, stretch_ms: int) -> str:
    """How much a recorded counter grew in a stretch (ms)."""
    return f"{series} - min_over_time({series}[{prom_duration(stretch_ms)}])"


def records(centre: Centre) -> list[Record]:
    """Every recording rule, each after what it is made of."""
    revision = Record("svartid-revision", REVISION, f"vector({centre.revision})")
    return [revision, Record("svartid-told", TOLD, _told()), *_counters(centre)]


def _told() -> str:
    """What is told, as of the latest minute. Where svartid says nothing, as it is dead, or does not know what was told
    before, the last that it said goes on: neither takes anything back. What it does not judge any more is let go of.
    """
    said = f"max by (target, verdict) (last_over_time({series.TARGET_TOLD}[1m]))"
    is_alive = f"max(last_over_time({series.AS_OF}[1m]))"
    is_judged = f"max by (target) (last_over_time({series.TARGET_VERDICT}[1m]))"
    return f"{said}\nor ({TOLD} unless on () {is_alive})\nor ({TOLD} and on (target) {is_judged})"


def _counters(centre: Centre) -> Iterator[Record]:
    missing, behind = (f"max by (channel) ({of})" for of in (series.CHANNEL_MISSING, series.CHANNEL_BEHIND))
    whole = _while_whole(centre, missing, behind, "channel")
    for name, measure in ((PASSED_ON, measures.PASSED_ON), (PASSED_ON_ANSWERED, measures.PASSED_ON_ANSWERED)):
        yield _counter(name, f"max by (channel, audience, queue) ({measure.counter})", whole)
    whole = _while_whole(centre, f"max({series.MISSING_PARTITIONS})", f"max({series.BEHIND})")  # of what has no channel
    yield _counter(ACCEPTED, f"max({series.ACCEPTED})", whole)
    yield _counter(LATE, f"max({series.LATE})", whole)
    yield _counter(LATE_OF, f"max by (source) ({series.SOURCE_LATE})", whole)
    # No series for a reason that never was: without the 0 the first rejects of all would count from themselves.
    rejected = f"sum(max by (reason) ({series.REJECTED}))"
    yield _counter(REJECTED, f"({rejected} or 0 * max({series.ACCEPTED}))", whole)
    yield _counter(LOST, f"max({series.LOST})", whole)


def _counter(name: str, expr: str, whole: str) -> Record:
    return Record("svartid-counters", name, f"{expr} {whole}")


def _while_whole(centre: Centre, missing: str, behind: str, on: str = "") -> str:
    """Only while every partition is shown, and not while too many records are still to be counted.

    A sum that lacks a partition would seem to have grown when it is back, and so would one that is counted anew.
    """
    return f"and on ({on}) ({missing} == 0) unless on ({on}) ({behind} > {centre.alerts.lag_records})"
