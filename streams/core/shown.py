"""What the source's queues are shown as, which may be another from a day on. Applied when figures are read: nothing of
it is state, and the past stays as it was. May import: standard library.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final, Generic, NamedTuple, TypeVar

ALWAYS: Final = (0, 2**63)  # ms: before and after everything

Source = tuple[str, str, str]  # channel, audience and queue, as events say them
T = TypeVar("T")


class Placing(NamedTuple):
    """A queue is shown as this line from one instant up to, not including, another (ms); None: nowhere."""

    line: str | None
    from_ms: int
    until_ms: int

    def holds(self, at_ms: int) -> bool:
        """At an instant."""
        return self.from_ms <= at_ms < self.until_ms


class Stretches(Generic[T]):
    """What changes at known instants (ms) alone: made once for each stretch from one of them up to the next."""

    def __init__(self, turns: Iterable[int], made: Callable[[int], T]) -> None:
        self._turns = sorted({*turns})
        self._made = made
        self._known: dict[int, T] = {}

    def at(self, at_ms: int) -> T:
        """What holds at an instant."""
        stretch = bisect_right(self._turns, at_ms)
        if stretch not in self._known:
            self._known[stretch] = self._made(at_ms)
        return self._known[stretch]


class Naming:
    """By what a queue is counted as, the line that it is shown as: `always`, but for those that have placings."""

    def __init__(self, always: Mapping[str, str], placings: Mapping[str, Sequence[Placing]]) -> None:
        self._always = always
        self._placings = placings
        turns = {ms for each in placings.values() for one in each for ms in one[1:]}
        self._stretches = Stretches(turns, self._made)
        self._digests = Stretches(turns, self._digest)

    def at(self, at_ms: int) -> Mapping[str, str | None]:
        """At an instant; None is left out, and what is not there is "other". The same object while nothing changes."""
        return self._stretches.at(at_ms)

    def digest_at(self, at_ms: int) -> str:
        """Another one where anything is shown as another."""
        return self._digests.at(at_ms)

    def _digest(self, at_ms: int) -> str:
        return blake2b(repr(sorted(self.at(at_ms).items(), key=str)).encode(), digest_size=6).hexdigest()

    def _made(self, at_ms: int) -> Mapping[str, str | None]:
        held = {name: one.line for name, each in self._placings.items() for one in each if one.holds(at_ms)}
        return {name: line for name, line in self._always.items() if name not in self._placings} | held
