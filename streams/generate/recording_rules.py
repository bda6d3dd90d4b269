"""Recording rules: the pieces that alerts are made of, and the year's budget. May import: config, spells,
words, the core's measures, target measures and series.

Svartid's counters live in Redis, so every worker that takes over shows the same ones; they are recorded by what they
count, not by who shows them. `increase()` is not used on them: it would take a correction by one (a late fact, first
shown by the worker that took over) for a restart from 0, and count all of history once more. What was added in a
stretch is `x - min_over_time(x[stretch])`: no correction, gap or short history makes it large. Nor does a replay, since
nothing of a channel is recorded while there is much of it to catch up with, and nothing of the whole while there is of
all channels together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from config import Centre
from config.placing import together
from config.targets import Level, Target
from streams.core import measures, series
from streams.core.promised import TARGET_MEASURES, Counters
from streams.generate.spells import Spell, spells
from streams.generate.words import in_sum, prom_duration, seconds

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def recorded(counter: str, level: Level) -> str:
    """What a target's queues together have of a counter is recorded as.

    By another name for one queue than for a group, so that what is asked of a group finds none of its queues' own.
    """
    return f"{level}:{counter}:sum"


ADDED = "_added"  # to one of the above: what it grew by in a `stretch`
BURN = "target:svartid_budget_burn:ratio"
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
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stretches (ms) over which more than `factor` times the budget must have been spent.

    The long one says that it matters to the year, the short one that it is still going on. Both hold the same minutes
    on the first morning after days that were closed: until the long one holds clearly more, it says nothing.
    """

    long_ms: int
    short_ms: int
    factor: float


PAIRS = (Pair(7 * DAY_MS, DAY_MS, 1.0), Pair(DAY_MS, 2 * HOUR_MS, 1.5))
CLEARLY_MORE = 2  # times as many in the long stretch of a pair as in the short one
_ENOUGH = {2 * HOUR_MS: 2, DAY_MS: 10, 7 * DAY_MS: 50}  # how many, in times a target's least sample


def stretches() -> list[int]:
    """Every stretch (ms) of the pairs, shortest first."""
    return sorted({ms for pair in PAIRS for ms in (pair.long_ms, pair.short_ms)})


def has_budget(target: Target) -> bool:
    """Whether it is known how much of a year's budget is spent: what its measure is made of are series."""
    return TARGET_MEASURES[target.measure].part is not None


def least_sample(target: Target, stretch_ms: int) -> int:
    """Fewer than this in a stretch, of what its value is made of, say nothing of the year."""
    return target.least_sample * _ENOUGH[stretch_ms]


def added(series: str, stretch_ms: int) -> str:
    """How much a recorded counter grew in a stretch (ms)."""
    return f"{series} - min_over_time({series}[{prom_duration(stretch_ms)}])"


def holds_more(target: Target, pair: Pair) -> str:
    """Whether the long stretch tells of more than what the short one does."""
    whole = TARGET_MEASURES[target.measure].whole
    long, short = (f"max({_grown(whole, target, ms)})" for ms in (pair.long_ms, pair.short_ms))
    return f"{long} >= {CLEARLY_MORE} * {short}"


def records(centre: Centre) -> list[Record]:
    """Every recording rule, each after what it is made of."""
    budget = [rule for ms in stretches() for rule in _added(ms, centre)]
    burn = (rule for spell in spells(centre) for ms in stretches() for rule in _burn(spell, ms))
    revision = Record("svartid-revision", REVISION, f"vector({centre.revision})")
    return [revision, Record("svartid-told", TOLD, _told()), *_counters(centre), *budget, *burn]


def _told() -> str:
    """What is told, as of the latest minute. Where svartid says nothing, as it is dead, or does not know what was told
    before, the last that it said goes on: neither takes anything back. What it does not judge any more is let go of.
    """
    said = f"max by (target, verdict) (last_over_time({series.TARGET_TOLD}[1m]))"
    is_alive = f"max(last_over_time({series.AS_OF}[1m]))"
    is_judged = f"max by (target) (last_over_time({series.TARGET_VERDICT}[1m]))"
    return f"{said}\nor ({TOLD} unless on () {is_alive})\nor ({TOLD} and on (target) {is_judged})"


def _counters(centre: Centre) -> Iterator[Record]:
    for targets in together(centre.all_targets, lambda target: target.whose).values():
        yield from _of_queues(targets, centre)
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


def _of_queues(targets: Sequence[Target], centre: Centre) -> Iterator[Record]:
    """The queues that some targets are of, together."""
    level, labels = targets[0].level, _labels(targets[0])
    of_channel = _matchers({"channel": targets[0].channel})
    missing, behind = (f"max({of}{{{of_channel}}})" for of in (series.CHANNEL_MISSING, series.CHANNEL_BEHIND))
    whole = _while_whole(centre, missing, behind)
    for of in (series.WAIT.sum, series.WAIT.total, *_others(targets)):
        yield _counter(recorded(of, level), _together(of, targets[0], centre), whole, labels)
    for edge in _edges(targets):
        name, summed = recorded(series.WAIT.bucket, level), _together(series.WAIT.bucket, targets[0], centre, le=edge)
        yield _counter(name, summed, whole, {**labels, "le": edge})


def _labels(target: Target) -> dict[str, str]:
    """What its recorded counters are told apart by."""
    labels = {"channel": target.channel, "audience": target.audience, "queue": target.queue}
    return {name: value for name, value in labels.items() if value is not None}


def _matchers(labels: Mapping[str, str]) -> str:
    return ", ".join(f'{name}="{value}"' for name, value in labels.items())


def _together(of: str, target: Target, centre: Centre, **more: str) -> str:
    """The sum of a counter over a target's queues; what lies outside the centre is no part of it."""
    labels = _labels(target)
    if target.audience is not None:
        return f"sum(max by (queue) ({of}{{{_own(labels, centre, more)}}}))"
    groups = [{**labels, "audience": audience} for channel, audience in centre.own_groups if channel == target.channel]
    each = " or ".join(f"{of}{{{_own(group, centre, more)}}}" for group in groups)
    return f"sum(max by (audience, queue) ({each}))"


def _own(labels: Mapping[str, str], centre: Centre, more: Mapping[str, str]) -> str:
    """The matchers of one queue, or of a group's own."""
    start = f"{'/'.join(labels.values())}/"
    outside = "|".join(line.removeprefix(start) for line in centre.external_lines if line.startswith(start))
    matchers = [_matchers(labels), f'queue!~"{outside}"' if outside else "", _matchers(more)]
    return ", ".join(filter(None, matchers))


def _counter(name: str, expr: str, whole: str, labels: dict[str, str] | None = None) -> Record:
    return Record("svartid-counters", name, f"{expr} {whole}", labels or {})


def _while_whole(centre: Centre, missing: str, behind: str, on: str = "") -> str:
    """Only while every partition is shown, and not while too many records are still to be counted.

    A sum that lacks a partition would seem to have grown when it is back, and so would one that is counted anew.
    """
    return f"and on ({on}) ({missing} == 0) unless on ({on}) ({behind} > {centre.alerts.lag_records})"


def _others(targets: Iterable[Target]) -> list[str]:
    """The counters that the budgets of these targets are made of, beside those of the waits of the answered."""
    measures_ = (TARGET_MEASURES[target.measure] for target in targets)
    sums = (each for one in measures_ if one.part for each in (one.part, one.whole))
    ours = (series.WAIT.sum, series.WAIT.total, series.WAIT.bucket)
    return [of for of in dict.fromkeys(of for each in sums for of in (*each.of, *each.less)) if of not in ours]


def _edges(targets: Iterable[Target]) -> list[str]:
    """The thresholds that budgets of these targets are made of, as histograms have them."""
    parts = ((target, TARGET_MEASURES[target.measure].part) for target in targets)
    return sorted({seconds(target.within) for target, part in parts if target.within is not None and part})


def _added(ms: int, centre: Centre) -> Iterator[Record]:
    by_level = {"group": [], **together(centre.all_targets, lambda target: target.level)}
    for level, targets in by_level.items():
        for of in (series.WAIT.sum, series.WAIT.total, series.WAIT.bucket, *_others(targets)):
            name = recorded(of, level)
            yield Record("svartid-burn", name + ADDED, added(name, ms), {"stretch": prom_duration(ms)})


def _burn(spell: Spell, ms: int) -> Iterator[Record]:
    """How fast the year's budget is spent: 1 is just what the target allows. Absent over too few, and where what its
    measure is made of is no series.

    What was before a spell is judged by no limit of the spell's: a stretch says nothing until it lies all within it.
    """
    target = spell.target
    measure = TARGET_MEASURES[target.measure]
    if measure.part is None:  # it has no budget
        return
    part, whole = _grown(measure.part, target, ms), _grown(measure.whole, target, ms)
    if measure.is_less_better:
        most = target.promise.limit if measure.is_share else target.promise.limit / 1000
        spent = f"{part} / ({most:g} * {whole})"
    else:
        allowed = round(1 - target.promise.limit, 6)
        spent = f"(1 - {part} / {whole}) / {allowed:g}"
    labels = {"target": target.id, "stretch": prom_duration(ms)}
    burnt = f"{spent} and {whole} >= {least_sample(target, ms)}"
    yield Record("svartid-burn", BURN, spell.only(burnt, after_s=ms // 1000), labels)


def _grown(counters: Counters, target: Target, ms: int) -> str:
    """How much some counters together grew in a stretch."""
    return in_sum(*([_added_to(of, target, ms) for of in some] for some in (counters.of, counters.less)))


def _added_to(counter: str, target: Target, ms: int) -> str:
    """What a target's queues together added to a counter in a stretch; to a histogram within the threshold."""
    labels = {**_labels(target), "stretch": prom_duration(ms)}
    name = f"{recorded(counter, target.level)}{ADDED}"
    if counter != series.WAIT.bucket:
        return f"{name}{{{_matchers(labels)}}}"
    return f"sum without (le) ({name}{{{_matchers(labels | {'le': seconds(target.within or 0)})}}})"
