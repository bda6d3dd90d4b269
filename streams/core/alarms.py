"""When to look again at what nobody has spoken of: the deadlines of waiting visits, promises and memory.

May import: standard library.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

Alarm = tuple[int, bytes]  # when, and whose
_MINUTE_MS: Final = 60_000


class Alarms:
    """One alarm a journey, at a watermark (epoch ms). It may ring early: who is rung looks again and sets the next.

    Alarms lie by the minute, unsorted, and only those of the minute under way are kept in order: most are hours away,
    and in a replay whole minutes ring at once.
    """

    def __init__(self) -> None:
        self._set: dict[bytes, int] = {}
        self._later: defaultdict[int, list[Alarm]] = defaultdict(list)  # by minute
        self._minutes: list[int] = []  # those of `_later`, a heap
        self._soon: list[Alarm] = []  # of the minute under way, a heap
        self._now = 0  # that minute

    def set(self, key: bytes, when: int) -> None:
        """Rings at `when`, or at an earlier time that is set already."""
        known = self._set.get(key)
        if known is not None and known <= when:
            return
        self._set[key] = when
        minute = when // _MINUTE_MS
        if minute <= self._now:
            heapq.heappush(self._soon, (when, key))
            return
        if minute not in self._later:
            heapq.heappush(self._minutes, minute)
        self._later[minute].append((when, key))

    def clear(self, key: bytes) -> None:
        """Takes a journey's alarm away."""
        self._set.pop(key, None)

    def due(self, watermark: int) -> list[bytes]:
        """The journeys whose alarm has rung; they have none any more."""
        self._now = max(self._now, watermark // _MINUTE_MS)
        rung: list[bytes] = []
        while self._minutes and self._minutes[0] <= self._now:
            minute = heapq.heappop(self._minutes)
            if minute < self._now:
                self._ring(self._later.pop(minute), rung)
            else:
                self._soon += self._later.pop(minute)
                heapq.heapify(self._soon)
        while self._soon and self._soon[0][0] <= watermark:
            self._ring((heapq.heappop(self._soon),), rung)
        return rung

    def _ring(self, alarms: Iterable[Alarm], rung: list[bytes]) -> None:
        for when, key in alarms:
            if self._set.get(key) == when:  # else it was set to an earlier time, or taken away
                del self._set[key]
                rung.append(key)
