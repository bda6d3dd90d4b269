"""Who is waiting now: the open visits, promises, transfers, letters and conversations of a partition, by line.

May import: standard library, the core.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from streams.core.admission import Admission
from streams.core.contribution import Contribution
from streams.core.pseudonym import Key

Open = tuple[Key, Key]  # journey and visit
T = TypeVar("T")
Index = defaultdict[str, dict[Open, T]]  # by line


class OpenNow:
    """An index made from the contributions; it holds nothing that the journeys do not."""

    def __init__(self, queues: Admission) -> None:
        self._queues = queues
        self.waiting: Index[int] = defaultdict(dict)  # line -> when entered
        self.promises: Index[tuple[int, int]] = defaultdict(dict)  # line -> (asked, due)
        self.transfers: Index[int] = defaultdict(dict)  # destination -> when entered there
        self.letters: Index[tuple[int, int]] = defaultdict(dict)  # line -> (received, due)
        self.talking: Index[tuple[int, int]] = defaultdict(dict)  # line -> (answered, presumed lost)
        self.touched: set[str] = set()  # lines whose entries have changed since somebody last looked

    def replace(self, key: Key, before: Contribution | None, after: Contribution | None) -> None:
        """A journey's open entries as they are now, in place of those it had."""
        if before is not None and (
            before.waiting or before.promises or before.transfers or before.letters or before.talking
        ):
            self._remove(self.waiting, key, before.waiting)
            self._remove(self.promises, key, before.promises)
            self._remove(self.transfers, key, before.transfers)
            if before.letters:
                self._remove(self.letters, key, before.letters)
            if before.talking:
                self._remove(self.talking, key, before.talking)
        if after is not None and (after.waiting or after.promises or after.transfers or after.letters or after.talking):
            self._add(self.waiting, key, after.waiting)
            self._add(self.promises, key, after.promises)
            self._add(self.transfers, key, after.transfers)
            if after.letters:
                self._add(self.letters, key, after.letters)
            if after.talking:
                self._add(self.talking, key, after.talking)

    def move(self, line: str, other: str) -> None:
        """Brings one line's entries to another's."""
        _move(self.waiting, line, other)
        _move(self.promises, line, other)
        _move(self.transfers, line, other)
        _move(self.letters, line, other)
        _move(self.talking, line, other)
        self.touched |= {line, other}

    def _remove(self, index: Index[T], key: Key, entries: Sequence[tuple[str, Key, T]]) -> None:
        for told, visit, _ in entries:
            line = self._queues.counted(told) if self._queues.is_over else told
            index[line].pop((key, visit), None)
            self.touched.add(line)

    def _add(self, index: Index[T], key: Key, entries: Sequence[tuple[str, Key, T]]) -> None:
        for told, visit, value in entries:
            line = self._queues.counted(told) if self._queues.is_over else told
            index[line][key, visit] = value
            self.touched.add(line)


def _move(index: Index[T], line: str, other: str) -> None:
    if entries := index.pop(line, None):
        index[other].update(entries)
