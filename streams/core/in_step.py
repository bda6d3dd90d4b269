"""Which queues are one line to the advisers: those whose answered come in step.

Queues that the same advisers serve, first come first served, have the same waits at the same time, whatever they are
called; what is ahead of a caller is then everybody who waits in any of them. Nobody tells svartid which advisers serve
what, so it looks how far the latest waits of two queues lie apart. May import: standard library, the core.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Final, NamedTuple

from streams.core.waiting import Ended, are_sums

MOST_QUEUES: Final = 64  # of a channel that are compared; the others are each by itself
FRESH_MS: Final = 60_000  # an answer that is older says nothing of now
SHORT_MS: Final = 15_000  # where both waits are shorter, they are alike by chance
KEPT: Final = 0.98  # of what is known, at each comparison: the last 50 or so count
LEAST: Final = 10.0  # comparisons
APART: Final = 0.05  # of the wait: so far apart are two waits of one line
TIMES: Final = 1.2  # or so many times as far as two waits in a row of one and the same queue


class _Apart(NamedTuple):
    """Sums, what is older weighing less."""

    apart_ms: float = 0.0
    wait_ms: float = 0.0
    times: float = 0.0

    def and_so(self, one: int, other: int) -> "_Apart":
        return _Apart(
            self.apart_ms * KEPT + abs(one - other), self.wait_ms * KEPT + (one + other) / 2, self.times * KEPT + 1
        )


_NEVER: Final = _Apart()
Pairs = dict[str, dict[str, _Apart]]  # by the names of two lines


class InStep:
    """What is known of the queues of one channel."""

    def __init__(self) -> None:
        self._latest: dict[str, Ended] = {}
        self._compared: set[str] = set()  # lines, `MOST_QUEUES` at most
        self._known: dict[tuple[str, str], _Apart] = defaultdict(_Apart)

    def answered(self, line: str, ended: Ended) -> None:
        """Compares it with the latest of each queue, its own too."""
        if line not in self._compared:
            if len(self._compared) >= MOST_QUEUES:
                return
            self._compared.add(line)
        for other, latest in self._latest.items():
            is_fresh = ended.left - latest.left <= FRESH_MS
            if is_fresh and max(ended.wait_ms, latest.wait_ms) >= SHORT_MS:
                pair = _pair(line, other)
                self._known[pair] = self._known[pair].and_so(ended.wait_ms, latest.wait_ms)
        self._latest[line] = ended

    @property
    def pairs(self) -> Pairs:
        """What can be kept of it."""
        found: Pairs = {}
        for (one, other), apart in self._known.items():
            found.setdefault(one, {})[other] = apart
        return found

    def go_on_with(self, pairs: Pairs) -> None:
        """With what was kept; a line is in step with others again once it was answered."""
        for one, of in pairs.items():
            for other, apart in of.items():
                if len(self._compared | {one, other}) <= MOST_QUEUES and are_sums(apart):
                    self._compared |= {one, other}
                    self._known[one, other] = apart

    def keep(self, lines: Collection[str]) -> None:
        """Lets go of all lines but these."""
        if gone := self._compared.difference(lines):
            self._compared -= gone
            self._latest = {line: of for line, of in self._latest.items() if line not in gone}
            for pair in [pair for pair in self._known if gone.intersection(pair)]:
                del self._known[pair]

    def with_line(self, line: str) -> list[str]:
        """The queues that are one line with it, itself first."""
        return [line, *(other for other in self._latest if other != line and self._are(line, other))]

    def _are(self, line: str, other: str) -> bool:
        both = self._known.get(_pair(line, other), _NEVER)
        if both.times < LEAST:
            return False
        alone = [self._known.get(_pair(one, one), _NEVER) for one in (line, other)]
        in_a_row = max((of.apart_ms / of.times for of in alone if of.times), default=0.0)
        return both.apart_ms / both.times < max(APART * both.wait_ms / both.times, TIMES * in_a_row)


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)
