"""What is true of a promise, by a naive count of the events themselves. Shares no code with what it judges.

A promise is broken at a second if, of those answered in the window up to it, enough were answered and what they got is
not what was promised. Broken seconds make an episode; a pause of at most `MENDED_S` does not end it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

MENDED_S = 300
Answer = tuple[float, float]  # when, and after how long: seconds
Line = tuple[str, str, str]  # channel, audience, queue


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

    def is_broken(self, count: int, wait_sum_s: float, in_time: int) -> bool:
        """By those answered in a window."""
        if count < self.least:
            return False
        if self.within_s is None:
            return wait_sum_s / count > self.limit
        return in_time / count <= self.limit if self.strictly else in_time / count < self.limit


def answers(events: Iterable[tuple[int, dict[str, Any]]], lines: set[Line]) -> list[Answer]:
    """Who was answered in these queues, in order."""
    entered: dict[str, int] = {}
    found = []
    for ms, event in events:
        if event["type"] == "queue.entered":
            if (event["channel"], event["audience"], event["queue"]) in lines:
                entered[event["visit_id"]] = ms
        elif event["type"] == "queue.answered" and event["visit_id"] in entered:
            found.append((ms / 1000, (ms - entered.pop(event["visit_id"])) / 1000))
    return found


def broken(found: list[Answer], seconds: range, window_s: float, promised: Promised) -> Iterator[int]:
    """The seconds at which the promise is broken in the window up to them."""
    sums = [0.0, *accumulate(wait for _, wait in found)]
    within = float("inf") if promised.within_s is None else promised.within_s
    in_time = [0, *accumulate(int(wait <= within) for _, wait in found)]
    first = last = 0
    for second in seconds:
        while last < len(found) and found[last][0] <= second:
            last += 1
        while first < last and found[first][0] <= second - window_s:
            first += 1
        if promised.is_broken(last - first, sums[last] - sums[first], in_time[last] - in_time[first]):
            yield second


def episodes(seconds: Iterable[int]) -> list[Episode]:
    """Runs of broken seconds."""
    found: list[Episode] = []
    for second in seconds:
        if found and second - found[-1].end_s <= MENDED_S:
            found[-1] = Episode(found[-1].start_s, second)
        else:
            found.append(Episode(second, second))
    return found
