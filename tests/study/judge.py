"""A day's alerts held against what was true: found, missed, for nothing, and how early drift was told.

A page is *for nothing* if the promise was at no time broken between `BEFORE_S` before it and its end; *short* if it
was, but for less than `LONG_S` in all. Baselines are judged by the same words. May import: the study.
"""

from dataclasses import dataclass, field

from config.centre import Target
from tests.study.day import Day, promised
from tests.study.prometheus import Firing, firings
from tests.study.truth import Answer, Episode, Promised

EVALUATED_AFTER_S = 15  # at worst: an evaluation sees the scrape before it
LONG_S = 600
BEFORE_S = 300
EARLIEST_S = 45 * 60  # drift told earlier than this before a breach is not of that breach
INTERVAL_S = 1800
PLAIN_S = 900


@dataclass(slots=True)
class Tally:
    """Of one way to tell, over any number of days."""

    long: int = 0  # episodes of LONG_S and more
    missed: int = 0  # of those
    delays_s: list[float] = field(default_factory=list)  # of those found, after they began
    pages: int = 0
    for_nothing: int = 0
    short: int = 0

    def add(self, told: list[Firing], true: list[Episode]) -> None:
        """One day of one target."""
        for episode in (e for e in true if e.seconds >= LONG_S):
            self.long += 1
            at = [t.start_s for t in told if t.start_s <= episode.end_s and t.end_s >= episode.start_s]
            if at:
                self.delays_s.append(max(0.0, min(at) - episode.start_s))
            else:
                self.missed += 1
        for page in told:
            self.pages += 1
            around = [e for e in true if e.start_s <= page.end_s and e.end_s >= page.start_s - BEFORE_S]
            self.for_nothing += not around
            self.short += bool(around) and max(e.seconds for e in around) < LONG_S


@dataclass(slots=True)
class Drift:
    """Of the drift warnings."""

    leads_s: list[float] = field(default_factory=list)  # before each long episode; 0: none was told
    warnings: int = 0
    wrong: int = 0  # no breach of any length within EARLIEST_S

    def add(self, told: list[Firing], true: list[Episode]) -> None:
        """One day of one target."""
        for episode in (e for e in true if e.seconds >= LONG_S):
            early = [episode.start_s - t.start_s for t in told if 0 <= episode.start_s - t.start_s <= EARLIEST_S]
            self.leads_s.append(max(early, default=0.0))
        for warning in told:
            self.warnings += 1
            near = [e for e in true if e.end_s >= warning.start_s and e.start_s <= warning.end_s + EARLIEST_S]
            self.wrong += not near


def breaches(day: Day, target: Target) -> list[Firing]:
    """When TargetBreach fires."""
    return _verdict_fires(day, target, "breach")


def drifts(day: Day, target: Target) -> list[Firing]:
    """When TargetDrifting fires."""
    return _verdict_fires(day, target, "drifting")


def _verdict_fires(day: Day, target: Target, verdict: str) -> list[Firing]:
    evaluations = ((at + EVALUATED_AFTER_S, said == verdict) for at, said in day.verdicts[target.id])
    return firings(evaluations, target.hold / 1000, target.clear / 1000)


def each_half_hour(day: Day, target: Target) -> list[Firing]:
    """An interval alert: at each half hour's end, of those answered in it."""
    ends = range(day.seconds.start + INTERVAL_S, day.seconds.stop + 1, INTERVAL_S)
    return firings([(end, _is_broken(day, target, end, INTERVAL_S)) for end in ends], 0, 0)


def plain(day: Day, target: Target) -> list[Firing]:
    """A threshold on the latest 15 minutes, looked at each minute: no least sample, no hold."""
    evaluations = [(at, _is_broken(day, target, at, PLAIN_S)) for at in day.seconds[::60]]
    return firings(evaluations, 0, 0)


def _is_broken(day: Day, target: Target, end_s: int, over_s: int) -> bool:
    waits = _waits(day.answered[target.id], end_s - over_s, end_s)
    rule = promised(target)
    at_all = Promised(rule.limit, rule.within_s, rule.strictly, least=1)
    within = float("inf") if rule.within_s is None else rule.within_s
    return at_all.is_broken(len(waits), sum(waits), sum(wait <= within for wait in waits))


def _waits(answered: list[Answer], after_s: float, until_s: float) -> list[float]:
    return [wait for at, wait in answered if after_s < at <= until_s]
