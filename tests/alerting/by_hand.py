"""What days that are written by hand are made of: visits, and what their source says of who waits.

In a simulated day nobody knows beforehand who waits alone, whose end is lost, or whose clock is wrong; here each is
there on purpose.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from streams.sources.wire import source_of
from tests.events import event, visit
from tests.truth import Events

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS


class Caller(NamedTuple):
    """One who waits in a queue (its line) from an instant to another (epoch ms), whether or not the end is told."""

    line: str
    entered_ms: int
    left_ms: int
    is_end_told: bool = True

    def is_there(self, at_ms: int) -> bool:
        """Whether that one truly waits."""
        return self.entered_ms <= at_ms < self.left_ms


def told(callers: Iterable[Caller], source: str | None = None, *, dated_ms: int = 0) -> Events:
    """Their events, each sent when it happens, and dated so much later (less than 0: earlier) by its source's clock."""
    return sorted((one for n, caller in enumerate(callers) for one in _of(caller, n, source, dated_ms)), key=_sent)


def _of(caller: Caller, n: int, source: str | None, dated_ms: int) -> Events:
    source = source or source_of(caller.line.partition("/")[0])
    answered = [("queue.answered", caller.left_ms - caller.entered_ms)] if caller.is_end_told else []
    who = f"{source}-{caller.line}-{caller.entered_ms}-{n}"
    made = visit(who, caller.entered_ms + dated_ms, *answered, line=caller.line, source=source)
    return [(one["occurred_at"] - dated_ms, one) for one in made]


def soon(line: str, begins_ms: Iterable[int], wait_ms: int = 10 * SECOND_MS) -> list[Caller]:
    """Callers who are answered soon."""
    return [Caller(line, at_ms, at_ms + wait_ms) for at_ms in begins_ms]


def counted(lines: Iterable[str], callers: Sequence[Caller], at_ms: Iterable[int]) -> Events:
    """What the source says of these queues at each instant: how many truly wait there."""
    lines = list(lines)
    return [(ms, _count(line, callers, ms)) for ms in at_ms for line in lines]


def _count(line: str, callers: Iterable[Caller], ms: int) -> Mapping[str, object]:
    waiting = sum(one.line == line and one.is_there(ms) for one in callers)
    return event("queue.snapshot", ms, None, line, waiting=waiting, source=source_of(line.partition("/")[0]))


def together(*parts: Events) -> Events:
    """In the order in which they are sent."""
    return sorted((one for part in parts for one in part), key=_sent)


def _sent(one: tuple[int, object]) -> int:
    return one[0]
