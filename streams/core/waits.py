"""The waits that stand in recent intervals, one by one: what a maximum is found again from when the greatest is taken
out.

Sums take a correction well, maxima do not. To look for the next greatest in the journeys would be to go through all of
them for each correction; here it is one list. It holds nothing that the journeys do not, and is made of them when they
are loaded: facts late enough to take out a wait (`horizon`) come while every other journey that has a wait in the same
interval is still remembered (`horizon + ghost_after`, which is more than an interval). A batch only leaves its waits:
they are sorted in when somebody looks, since few waits are ever taken out. May import: standard library, the core.
"""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from streams.core.calendar import INTERVAL_MS, PANE_MS
from streams.core.contribution import PlainlyAnswered, Wait
from streams.core.measure import Family
from streams.core.measures import DIRECT, IN_FULL
from streams.core.rules import BY_LINE, Rules

Noted = Wait | PlainlyAnswered

_HEAP = 1000  # waits that are let go of together


class Stood:
    """The waits of one family and line in one interval: when each was counted (epoch ms), and how long it was (ms)."""

    __slots__ = ("waits", "whens")

    def __init__(self) -> None:
        self.whens: list[int] = []
        self.waits: list[int] = []

    def note(self, when: int, wait: int) -> None:
        """Takes one in."""
        self.whens.append(when)
        self.waits.append(wait)

    def add(self, other: "Stood") -> None:
        """Takes another's in."""
        self.whens += other.whens
        self.waits += other.waits

    def take(self, when: int, wait: int) -> bool:
        """Takes one out. False: it is not here."""
        at = -1
        with suppress(ValueError):  # from `index`, where there are no more that are so long
            while True:
                at = self.waits.index(wait, at + 1)
                if self.whens[at] == when:
                    del self.whens[at], self.waits[at]
                    return True
        return False

    def within(self, pane: int) -> Iterable[int]:
        """Those of the pane that starts then."""
        of_it = range(pane, pane + PANE_MS)
        return (wait for when, wait in zip(self.whens, self.waits, strict=True) if when in of_it)


class Waits:
    """Of one partition, by interval. An interval is kept while a fact that is not too late can change it.

    What is written in short, as `DIRECT`, stands in short, too; in version 4 its maximum is one of those it stands for.
    """

    def __init__(self, rules: Rules) -> None:
        self.noted: list[Noted] = []  # not sorted in yet; whoever counts one adds it
        self._heaps: deque[tuple[int, list[Noted]]] = deque()  # nor these: a watermark, and what came by then
        self._rows: dict[int, dict[tuple[str, Family], Stood]] = {}
        self._oldest = 0
        self._floor = 0  # what starts no later was let go of
        self._is_in_full = rules.version == BY_LINE
        self.keep_for(rules)
        self._ahead_ms = rules.future_ms  # by which a wait may be counted later than the watermark

    def keep_for(self, rules: Rules) -> None:
        """Keeps them for the longest horizon there is."""
        self._kept_ms = rules.definitions.longest.horizon_ms + INTERVAL_MS

    def _sort_in(self) -> None:
        heaps, self._heaps = self._heaps, deque()
        for heap in (*(heap for _, heap in heaps), self.noted):
            for noted in heap:
                self._add(noted)
        self.noted = []

    def _add(self, noted: Noted) -> None:
        line, when, family, wait = noted.waits[0] if isinstance(noted, PlainlyAnswered) else noted
        start = when - when % INTERVAL_MS
        row = self._rows.get(start)
        if row is None:
            row = self._rows[start] = {}
            self._oldest = min(self._oldest, start)
        row.setdefault((line, family), Stood()).note(when, wait)

    def take(self, wait: Wait) -> bool:
        """Takes one out, as it was put in. False: its interval was let go of.

        No fact can change a wait there any more; but one that was written in short is written in full once its journey
        has another visit, however much later, and stands as it did.

        Raises LookupError where it does not stand here: then nothing that is found from them would be true.
        """
        self._sort_in()
        line, when, family, ms = wait
        start = when - when % INTERVAL_MS
        if start <= self._floor:
            return False
        if not self._rows[start][line, family].take(when, ms):
            raise LookupError(f"a wait that does not stand in the interval of {start}")
        return True

    def greatest(self, start: int, line: str, family: Family) -> int:
        """The greatest of an interval, 0 where there is none."""
        return max((wait for stood in self._of(start, line, family) for wait in stood.waits), default=0)

    def greatest_in(self, pane: int, line: str, family: Family) -> int:
        """The same of the pane that starts then."""
        known = self._of(pane - pane % INTERVAL_MS, line, family)
        return max((wait for stood in known for wait in stood.within(pane)), default=0)

    def _of(self, start: int, line: str, family: Family) -> list[Stood]:
        self._sort_in()
        row, names = self._rows.get(start, {}), [family]
        if self._is_in_full and family in IN_FULL[DIRECT]:
            names.append(DIRECT)
        return [row[line, name] for name in names if (line, name) in row]

    def move(self, line: str, other: str) -> None:
        """Brings one line's waits to another's."""
        self._sort_in()
        for row in self._rows.values():
            for its, family in [key for key in row if key[0] == line]:
                row.setdefault((other, family), Stood()).add(row.pop((its, family)))

    def drop(self, watermark: int) -> None:
        """Lets go of the intervals in which nothing can be taken out any more."""
        limit = watermark - self._kept_ms
        self._floor = max(self._floor, limit)
        if len(self.noted) >= _HEAP:
            self._heaps.append((watermark, self.noted))
            self.noted = []
        while self._heaps and self._heaps[0][0] + self._ahead_ms <= limit:
            self._heaps.popleft()
        if self._oldest > limit:
            return
        for start in [start for start in self._rows if start <= limit]:
            del self._rows[start]
        self._oldest = min(self._rows, default=watermark)
