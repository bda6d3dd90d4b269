"""What is true of a promise: a plain count of those who were answered, as the oracle recounts what happened.

The oracle shares no code with what is judged. A promise is broken at an instant if, of those answered in the window up
to it, enough were answered and what they got is not what was promised. Broken seconds make an episode; a pause of at
most `MENDED_S` does not end it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeVar

import orjson

from config import Centre
from config.targets import Target
from streams.cli.verify import definitions_of
from streams.core.rules import BY_LINE
from streams.oracle import LogRecord, stays
from tests.cards import DAY

MENDED_S = 300
Events = list[tuple[int, Any]]  # when (epoch ms), and what
Answer = tuple[float, float]  # when, and after how long: seconds
Stay = tuple[str, int, int | None, str]  # line, entered and left (ms; None: not yet), how
Instant = TypeVar("Instant", int, float)


@dataclass(frozen=True, slots=True)
class Episode:
    """Seconds since the epoch; both ends are broken."""

    start_s: int
    end_s: int

    @property
    def seconds(self) -> int:
        """How long it lasted."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise in plain words: a mean of at most so many seconds, or a share of waits of at most so many seconds."""

    limit: float
    within_s: float | None
    strictly: bool  # the share must be more than the limit
    least: int

    @classmethod
    def of(cls, target: Target) -> "Promised":
        """What a target promises."""
        if target.at_most is not None:
            return cls(target.at_most / 1000, None, False, target.least_sample)
        limit = target.more_than if target.more_than is not None else target.at_least
        assert limit is not None and target.within is not None
        return cls(limit, target.within / 1000, target.more_than is not None, target.least_sample)

    def is_broken(self, count: int, wait_sum_s: float, in_time: int) -> bool:
        """By those answered in a window."""
        if count < self.least:
            return False
        if self.within_s is None:
            return wait_sum_s / count > self.limit
        return in_time / count <= self.limit if self.strictly else in_time / count < self.limit


def answers(happened: Events, centre: Centre) -> dict[str, list[Answer]]:
    """Who was answered in the centre's own queues of each target, by the target's id, in order of time."""
    log = (LogRecord(offset, ms, orjson.dumps(event), True) for offset, (ms, event) in enumerate(happened))
    return answers_in(log, centre)


def answers_in(log: Iterable[LogRecord], centre: Centre) -> dict[str, list[Answer]]:
    """The same of a log."""
    return answers_of(stays_in(log, centre), centre)


def stays_in(log: Iterable[LogRecord], centre: Centre) -> list[Stay]:
    """Every stay, by the names of lines."""
    return stays(log, definitions_of(centre.rules().of_version(BY_LINE)))


def answers_of(stayed: Iterable[Stay], centre: Centre) -> dict[str, list[Answer]]:
    """The same of stays."""
    by_line: dict[str, list[Answer]] = defaultdict(list)
    for line, entered_ms, left_ms, how in stayed:
        if how == "answered" and left_ms is not None:
            by_line[line].append((left_ms / 1000, (left_ms - entered_ms) / 1000))
    return {
        target.id: sorted(answer for line in _lines(centre, target) for answer in by_line[line])
        for target in centre.targets_at(DAY)
    }


def broken(found: list[Answer], instants: Iterable[Instant], window_s: float, promised: Promised) -> Iterator[Instant]:
    """Of some instants (s, rising), those at which the promise is broken in the window up to them."""
    sums = [0.0, *accumulate(wait for _, wait in found)]
    within: float = float("inf") if promised.within_s is None else promised.within_s
    in_time = [0, *accumulate(int(wait <= within) for _, wait in found)]
    first = last = 0
    for instant in instants:
        while last < len(found) and found[last][0] <= instant:
            last += 1
        while first < last and found[first][0] <= instant - window_s:
            first += 1
        if promised.is_broken(last - first, sums[last] - sums[first], in_time[last] - in_time[first]):
            yield instant


def episodes(seconds: Iterable[int]) -> list[Episode]:
    """Runs of broken seconds."""
    found: list[Episode] = []
    for second in seconds:
        if found and second - found[-1].end_s <= MENDED_S:
            found[-1] = Episode(found[-1].start_s, second)
        else:
            found.append(Episode(second, second))
    return found


def _lines(centre: Centre, target: Target) -> set[str]:
    """As the oracle names them."""
    return {
        line
        for q in centre.queues
        for line in q.lines("own")
        if (q.channel, q.audience) == (target.channel, target.audience)
    }
