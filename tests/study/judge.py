"""A day's alerts held against what was true: found, missed, for nothing, and how early drift was told.

A page is *for nothing* if the promise was at no time broken between `BEFORE_S` before it and its end; *short* if it
was, but for less than `LONG_S` in all. Baselines are judged by the same words. May import: the study.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

from config.targets import Target
from tests.study.evaluation import Fired
from tests.study.prometheus import Firing, firings
from tests.study.week import Day
from tests.truth import Episode, Promised, broken

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

    def add_all(self, other: "Tally") -> None:
        """Another's days."""
        _merge(self, other)


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

    def add_all(self, other: "Drift") -> None:
        """Another's days."""
        _merge(self, other)


def _merge(into: Tally | Drift, other: Tally | Drift) -> None:
    for one in fields(into):
        setattr(into, one.name, getattr(into, one.name) + getattr(other, one.name))


def told(fired: Iterable[Fired], name: str, target: Target, day: Day) -> list[Firing]:
    """A target's firings on a day."""
    return [
        one.firing
        for one in fired
        if one.alert.name == name and one.alert.target == target.id and one.firing.start_s in day.seconds
    ]


def each_half_hour(day: Day, target: Target) -> list[Firing]:
    """An interval alert: at each half hour's end, of those answered in it."""
    ends = range(day.seconds.start + INTERVAL_S, day.seconds.stop + 1, INTERVAL_S)
    return firings(_thresholds(day, target, ends, INTERVAL_S), 0, 0)


def plain(day: Day, target: Target) -> list[Firing]:
    """A threshold on the latest 15 minutes, looked at each minute: no least sample, no hold."""
    return firings(_thresholds(day, target, day.seconds[::60], PLAIN_S), 0, 0)


def _thresholds(day: Day, target: Target, instants: range, over_s: int) -> list[tuple[float, bool]]:
    at_all = replace(Promised.of(target), least=1)
    exceeded = set(broken(day.answered[target.id], instants, over_s, at_all))
    return [(instant, instant in exceeded) for instant in instants]
