"""The aggregates of one partition: cells by line, and by pane, interval, day or in total.

What a journey's contribution gained and lost is posted, then settled into every level at once. Sums take that well;
maxima do not: when the greatest wait of a cell is lost, its maximum is found again from the waits that are left
(waits.py). May import: standard library, the core.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from functools import partial
from itertools import repeat
from typing import TypeVar

from streams.core.admission import Admission
from streams.core.calendar import INTERVAL_MS, PANE_MS, day_of, next_day
from streams.core.cells import in_full, merge
from streams.core.contribution import Amount, Contribution, Given, PlainlyAnswered, Wait
from streams.core.histogram import single_waits
from streams.core.measure import Family
from streams.core.measures import BESIDE, DIRECT, IN_FULL, MAXIMA
from streams.core.reading import Cell
from streams.core.rules import BY_LINE, Rules
from streams.core.waits import Waits

At = tuple[int, str]  # start (epoch ms) and line: where a cell is
T = TypeVar("T")


class Posted:
    """What one batch adds to the cells of one resolution, collected before it is summed."""

    __slots__ = ("counts", "waits")

    def __init__(self) -> None:
        self.counts: defaultdict[At, Cell] = defaultdict(dict)
        self.waits: defaultdict[tuple[int, str, Family], list[int]] = defaultdict(list)

    def move(self, line: str, other: str) -> None:
        """Brings what is collected for one line to another."""
        for at in [at for at in self.counts if at[1] == line]:
            merge(self.counts[at[0], other], self.counts.pop(at))
        for start, its, family in [key for key in self.waits if key[1] == line]:
            self.waits[start, other, family] += self.waits.pop((start, its, family))


class Level:
    """The cells of one resolution: `rows[start][line]`. A row is kept while its start is later than a floor.

    The floor follows the watermark and never falls, also where the retention is raised: of what is below it nobody
    knows what was let go of, and a correction of that would be less than nothing.
    """

    def __init__(self, retention_ms: int) -> None:
        self.retention_ms = retention_ms
        self.floor = -retention_ms  # epoch ms; as for a watermark of 0
        self.rows: dict[int, dict[str, Cell]] = {}
        self.touched: set[At] = set()  # since the last commit; a cell that is there no longer is gone
        self._oldest = 0

    def rise(self, watermark: int) -> None:
        """The floor, to where it belongs at this watermark."""
        self.floor = max(self.floor, watermark - self.retention_ms)

    def merge(self, at: At, delta: Cell) -> None:
        """Adds a delta to a cell, unless its row is past keeping. A new cell may be the delta itself."""
        start, line = at
        if start <= self.floor:
            return
        row = self.rows.get(start)
        if row is None:
            row = self.rows[start] = {}
            self._oldest = min(self._oldest, start)
        cell = row.get(line)
        if cell is None:
            cell = row[line] = delta if all(delta.values()) else {name: n for name, n in delta.items() if n}
        else:
            merge(cell, delta)
        if not cell:
            self._drop_if_empty(at)
        self.touched.add(at)

    def _drop_if_empty(self, at: At) -> None:
        """Nothing is left of a cell all of whose figures were corrected away."""
        start, line = at
        if not self.rows[start][line]:
            del self.rows[start][line]
        if not self.rows[start]:
            del self.rows[start]

    def move(self, line: str, other: str) -> None:
        """Brings one line's cells to another's."""
        for start in [start for start, row in self.rows.items() if line in row]:
            self.touched.add((start, line))
            self.merge((start, other), self.rows[start].pop(line))

    def let_go_of(self, measures: Set[str]) -> None:
        """Nothing is left of these in any cell."""
        for start, row in [*self.rows.items()]:
            for line, cell in [*row.items()]:
                if measures & cell.keys():
                    row[line] = {name: n for name, n in cell.items() if name not in measures}
                    self._drop_if_empty((start, line))
                    self.touched.add((start, line))

    def restore(self, start: int, line: str, cell: Cell) -> None:
        """Takes a cell that was loaded."""
        self.rows.setdefault(start, {})[line] = cell
        self._oldest = min(self._oldest, start)

    def rise_to_cells(self, watermark: int) -> None:
        """The floor, to just below the oldest cell there is: whatever the retention was, nothing older was kept."""
        self.rise(watermark)
        self.floor = max(self.floor, min(self.rows, default=watermark + 1) - 1)

    def sum_since(self, start: int) -> Cell:
        """All rows from one on together, without maxima."""
        total: Cell = {}
        for cell in (cell for at, row in self.rows.items() if at >= start for cell in row.values()):
            merge(total, {name: n for name, n in cell.items() if name not in MAXIMA})
        return total

    def drop(self) -> None:
        """Forgets the rows past keeping."""
        if self._oldest > self.floor:
            return
        for start in [start for start in self.rows if start <= self.floor]:
            self.touched.update(zip(repeat(start), self.rows.pop(start), strict=False))
        self._oldest = min(self.rows, default=self.floor + 1)

    def set_maximum(self, at: At, family: Family, maximum: int) -> None:
        """Corrects a maximum; 0 is not stored."""
        start, line = at
        cell = self.rows.get(start, {}).get(line)
        if cell is None or cell.get(family.max_ms, 0) == maximum:
            return
        cell.pop(family.max_ms, None)
        if maximum:
            cell[family.max_ms] = maximum
        self._drop_if_empty(at)
        self.touched.add(at)

    def maximum(self, at: At, family: Family) -> int:
        """A cell's maximum, 0 where there is none."""
        return self.rows.get(at[0], {}).get(at[1], {}).get(family.max_ms, 0)


class Aggregates:
    """All levels of one partition. `post` collects changes, `settle` carries them out."""

    def __init__(self, rules: Rules, queues: Admission | None = None) -> None:
        self.rules = rules
        self._queues = queues or Admission(rules)
        self.panes = Level(rules.pane_retention_ms)
        self.intervals = Level(rules.interval_retention_ms)
        self.days = Level(rules.day_retention_ms)
        self.levels = (self.panes, self.intervals, self.days)
        self.totals: dict[str, Cell] = {}
        self.touched_totals: set[str] = set()
        self._bucket_of = partial(bisect_left, rules.edges_ms)
        self._single_waits = single_waits(len(rules.edges_ms) + 1)
        self._posted, self._posted_panes = Posted(), Posted()
        self._is_in_full = rules.version == BY_LINE  # whether cells have nothing in short
        self._waits = Waits(rules)
        self._lost: list[Wait] = []

    def restore_floors(self, floors: Sequence[int] | None, watermark: int) -> None:
        """Takes the floors that were loaded with the cells; None where an earlier build did not keep them.

        Then each is below the oldest cell, unless panes add up to the intervals: so far back nothing was let go of.
        """
        if floors is not None:
            for level, floor in zip(self.levels, floors, strict=True):
                level.floor = floor
            return
        since = watermark - self.panes.retention_ms
        since += INTERVAL_MS - since % INTERVAL_MS
        if self.panes.sum_since(since) == self.intervals.sum_since(since):
            self.panes.floor = since - 1
        else:
            self.panes.rise_to_cells(watermark)
        self.intervals.rise_to_cells(watermark)
        self.days.rise_to_cells(watermark)

    def retain(self, rules: Rules) -> None:
        """Keeps rows for as long as these rules say from now on. What was let go of stays unknown."""
        kept_ms = rules.pane_retention_ms, rules.interval_retention_ms, rules.day_retention_ms
        for level, ms in zip(self.levels, kept_ms, strict=True):
            level.retention_ms = ms
        self._waits.keep_for(rules)

    def post(self, before: Given | None, after: Given, watermark: int) -> None:
        """Collects the difference between what a journey contributed and what it contributes now."""
        if self._queues.is_over:
            before, after = before and self._as_counted(before), self._as_counted(after)
        if before is None:
            if type(after) is PlainlyAnswered:
                self._add_answered(after, watermark)
            else:
                self._add(after.amounts, after.waits, watermark)
            return
        # It waited, as most do.
        if type(after) is PlainlyAnswered and not before.waits and before.amounts == after.amounts:
            self._add_answered(after, watermark, has_begun=True)
            return
        amounts, waits, old_amounts, old_waits = after.amounts, after.waits, before.amounts, before.waits
        self._add(_beyond(amounts, old_amounts), _beyond(waits, old_waits), watermark)
        for wait in _beyond(old_waits, waits):
            self._take_back(wait, watermark)
        old = [(line, when, name, -n) for line, when, name, n in _beyond(old_amounts, amounts)]
        self._add(old, [], watermark)

    def _as_counted(self, given: Given) -> Given:
        """The same with "other" in place of the queues that were let go of."""
        counted = self._queues.counted
        if type(given) is PlainlyAnswered:
            return PlainlyAnswered(counted(given.line), given.began, given.answered)
        return Contribution(
            [(counted(line), when, name, n) for line, when, name, n in given.amounts],
            [(counted(line), when, family, ms) for line, when, family, ms in given.waits],
        )

    def move(self, line: str, other: str) -> None:
        """Brings all that one line has come to, or is about to, to another."""
        for posted in (self._posted, self._posted_panes):
            posted.move(line, other)
        self._lost = [(other if lost[0] == line else lost[0], *lost[1:]) for lost in self._lost]
        for level in self.levels:
            level.move(line, other)
        if cell := self.totals.pop(line, None):
            self._add_to_total(other, cell)
            self.touched_totals.add(line)
        self._waits.move(line, other)

    def _add(self, amounts: list[Amount], waits: list[Wait], watermark: int) -> None:
        oldest_pane = watermark - self.panes.retention_ms
        posted, panes = self._posted, self._posted_panes
        for line, when, name, n in amounts:
            cell = posted.counts[when - when % INTERVAL_MS, line]
            cell[name] = cell.get(name, 0) + n
            if when > oldest_pane:
                cell = panes.counts[when - when % PANE_MS, line]
                cell[name] = cell.get(name, 0) + n
        for line, when, family, wait in waits:
            posted.waits[when - when % INTERVAL_MS, line, family].append(wait)
            if when > oldest_pane:
                panes.waits[when - when % PANE_MS, line, family].append(wait)
        self._waits.noted += waits

    def _add_answered(self, new: PlainlyAnswered, watermark: int, *, has_begun: bool = False) -> None:
        """The same as to add its amounts, unless it has begun before, and waits; written out, as most journeys come
        this way.
        """
        posted, oldest_pane = self._posted, watermark - self.panes.retention_ms
        line, began, answered = new.line, new.began, new.answered
        if not has_begun:
            cell = posted.counts[began - began % INTERVAL_MS, line]
            cell["began"] = cell.get("began", 0) + 1
        wait = answered - began
        posted.waits[answered - answered % INTERVAL_MS, line, DIRECT].append(wait)
        self._waits.noted.append(new)
        if answered > oldest_pane:
            panes = self._posted_panes
            panes.waits[answered - answered % PANE_MS, line, DIRECT].append(wait)
            if began > oldest_pane and not has_begun:
                cell = panes.counts[began - began % PANE_MS, line]
                cell["began"] = cell.get("began", 0) + 1

    def _take_back(self, wait: Wait, watermark: int) -> None:
        line, when, family, ms = wait
        in_bucket = self._single_waits[self._bucket_of(ms)]
        for kept in self._kept_as(family):
            names = (kept.count, 1), (kept.sum_ms, ms), (kept.histogram, in_bucket)
            self._add([(line, when, name, -n) for name, n in names], [], watermark)
        if self._is_in_full and family is DIRECT:
            beside = (BESIDE[DIRECT.count], 1), (BESIDE[DIRECT.sum_ms], ms)
            self._add([(line, when, name, -n) for name, n in beside], [], watermark)
        self._lost.append(wait)

    def _kept_as(self, family: Family) -> tuple[Family, ...]:
        """As which families a wait is kept in the cells."""
        return IN_FULL.get(family, (family,)) if self._is_in_full else (family,)

    def let_go_of(self, measures: Set[str]) -> None:
        """Nothing is left of these in any cell, as if they had never been counted."""
        for level in self.levels:
            level.let_go_of(measures)
        for line, cell in [*self.totals.items()]:
            if measures & cell.keys():
                self.totals[line] = {name: n for name, n in cell.items() if name not in measures}
                self.touched_totals.add(line)
                if not self.totals[line]:
                    del self.totals[line]

    def stand(self, given: Given) -> None:
        """Takes the waits of a journey that was loaded; its cells were, too."""
        if self._queues.is_over:
            given = self._as_counted(given)
        self._waits.noted += given.waits

    def settle(self, watermark: int) -> None:
        """Carries what was collected into every level, and drops the rows past keeping."""
        for level in self.levels:
            level.rise(watermark)
        days: dict[At, Cell] = {}
        for at, posted in self._summed(self._posted).items():
            merge(days.setdefault((day_of(at[0], self.rules.timezone), at[1]), {}), posted)
            self.intervals.merge(at, posted)
        for at, posted in days.items():
            self._add_to_total(at[1], posted)
            self.days.merge(at, posted)
        for at, posted in self._summed(self._posted_panes).items():
            self.panes.merge(at, posted)
        self._posted, self._posted_panes = Posted(), Posted()
        if self._lost:
            self._find_lost_maxima()
        for level in self.levels:
            level.drop()
        self._waits.drop(watermark)

    def _add_to_total(self, line: str, delta: Cell) -> None:
        merge(self.totals.setdefault(line, {}), {name: n for name, n in delta.items() if name not in MAXIMA})
        if not self.totals[line]:
            del self.totals[line]
        self.touched_totals.add(line)

    def _summed(self, posted: Posted) -> Mapping[At, Cell]:
        """The waits counted into the cells that they belong to: many at a time may share a cell."""
        counts, single_waits, bucket_of = posted.counts, self._single_waits, self._bucket_of
        for (start, line, family), waits in posted.waits.items():
            if len(waits) == 1:
                wait = waits[0]
                n, sum_ms, max_ms, histogram = 1, wait, wait, single_waits[bucket_of(wait)]
            else:
                n, sum_ms, max_ms = len(waits), sum(waits), max(waits)
                histogram = sum([single_waits[bucket_of(wait)] for wait in waits])
            cell = counts[start, line]
            if family.count in cell:  # where others were taken back
                merge(cell, dict(zip(family.names, (n, sum_ms, max_ms, histogram), strict=True)))
            else:  # as mostly
                cell[family.count], cell[family.sum_ms] = n, sum_ms
                cell[family.max_ms], cell[family.histogram] = max_ms, histogram
        return {at: in_full(cell) for at, cell in counts.items()} if self._is_in_full else counts

    def _find_lost_maxima(self) -> None:
        """Takes out the waits that were lost; where one was the greatest, the greatest that is left takes its place."""
        days: set[tuple[int, str, Family]] = set()
        for lost in self._lost:
            line, when, family, wait = lost
            start, pane = when - when % INTERVAL_MS, when - when % PANE_MS
            if not self._waits.take(lost):
                continue
            for full in self._kept_as(family):
                if 0 < self.panes.maximum((pane, line), full) <= wait:
                    self.panes.set_maximum((pane, line), full, self._waits.greatest_in(pane, line, full))
                if 0 < self.intervals.maximum((start, line), full) <= wait:
                    self.intervals.set_maximum((start, line), full, self._waits.greatest(start, line, full))
                    days.add((day_of(start, self.rules.timezone), line, full))
        self._lost = []
        for day, line, family in days:
            self._find_day_maximum(day, line, family)

    def _find_day_maximum(self, day: int, line: str, family: Family) -> None:
        starts = range(day, next_day(day, self.rules.timezone), INTERVAL_MS)
        maximum = max(self.intervals.maximum((start, line), family) for start in starts)
        self.days.set_maximum((day, line), family, maximum)


def _beyond(these: list[T], those: list[T]) -> list[T]:
    """What is in `these` more often than in `those`."""
    if these == those:
        return []
    rest = list(those)
    return [item for item in these if not _taken(rest, item)]


def _taken(rest: list[T], item: T) -> bool:
    if item in rest:
        rest.remove(item)
        return True
    return False
