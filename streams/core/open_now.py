"""Who is waiting now: the open visits, promises and transfers of a partition, by line. May import: standard library,
the core."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from streams.core.contribution import Contribution
from streams.core.facts import Key

Open = tuple[Key, Key]  # journey and visit


class OpenNow:
    """An index made from the contributions; it holds nothing that the journeys do not."""

    def __init__(self) -> None:
        self.waiting: defaultdict[str, dict[Open, int]] = defaultdict(dict)  # line -> when entered
        self.promises: defaultdict[str, dict[Open, tuple[int, int]]] = defaultdict(dict)  # line -> (asked, due)
        self.transfers: defaultdict[str, dict[Open, int]] = defaultdict(dict)  # destination -> when passed on

    def replace(self, key: Key, before: Contribution | None, after: Contribution | None) -> None:
        """A journey's open entries as they are now, in place of those it had."""
        if before is not None and (before.waiting or before.promises or before.transfers):
            _remove(self.waiting, key, before.waiting)
            _remove(self.promises, key, before.promises)
            _remove(self.transfers, key, before.transfers)
        if after is not None and (after.waiting or after.promises or after.transfers):
            _add(self.waiting, key, after.waiting)
            _add(self.promises, key, after.promises)
            _add(self.transfers, key, after.transfers)


def _remove(index: defaultdict[str, dict[Open, Any]], key: Key, entries: Sequence[tuple[str, Key, Any]]) -> None:
    for line, visit, _ in entries:
        index[line].pop((key, visit), None)


def _add(index: defaultdict[str, dict[Open, Any]], key: Key, entries: Sequence[tuple[str, Key, Any]]) -> None:
    for line, visit, value in entries:
        index[line][key, visit] = value
