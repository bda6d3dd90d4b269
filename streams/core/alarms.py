"""When to look again at what nobody has spoken of: the deadlines of waiting visits, promises and memory.

May import: standard library, the core.
"""

import heapq
from collections.abc import Iterable
from typing import Final

from streams.core.pseudonym import Key

_MINUTE_MS: Final = 60_000


class Alarms:
    """One alarm a journey, at a watermark (epoch ms). It may ring early: who is rung looks again and sets the next.

    Alarms lie by the minute, unsorted, and only those of the minute under way are kept in order: most are hours away,
    and in a replay whole minutes ring at once.
    """

    def __init__(self) -> None:
        self.set_for: dict[Key, int] = {}  # when whose is to ring; not to be changed by others
        self._later: dict[int, list[Key]] = {}  # by minute; some have been set to an earlier one since
        self._minutes: list[int] = []  # those of `_later`, a heap
        self._soon: list[tuple[int, Key]] = []  # when and whose, of the minute under way, a heap
        self._now = 0  # that minute

    def set(self, key: Key, when: int) -> None:
        """Rings at `when`, or at an earlier time that is set already."""
        known = self.set_for.get(key)
        if known is not None and known <= when:
            return
        self.set_for[key] = when
        minute = when // _MINUTE_MS
        if minute <= self._now:
            heapq.heappush(self._soon, (when, key))
            return
        keys = self._later.get(minute)
        if keys is None:
            keys = self._later[minute] = []
            heapq.heappush(self._minutes, minute)
        keys.append(key)

    def clear(self, key: Key) -> None:
        """Takes a journey's alarm away."""
        self.set_for.pop(key, None)

    def due(self, watermark: int) -> list[Key]:
        """The journeys whose alarm has rung; they have none any more."""
        self._now = max(self._now, watermark // _MINUTE_MS)
        rung: list[Key] = []
        while self._minutes and self._minutes[0] <= self._now:
            minute = heapq.heappop(self._minutes)
            keys = self._later.pop(minute)
            if minute < self._now:
                self._ring(keys, watermark, rung)
            else:
                self._soon += [(when, key) for key in keys if (when := self.set_for.get(key)) is not None]
                heapq.heapify(self._soon)
        while self._soon and self._soon[0][0] <= watermark:
            self._ring((heapq.heappop(self._soon)[1],), watermark, rung)
        return rung

    def _ring(self, keys: Iterable[Key], watermark: int, rung: list[Key]) -> None:
        for key in keys:
            when = self.set_for.get(key)
            if when is not None and when <= watermark:  # else it was taken away, or set to another time since
                del self.set_for[key]
                rung.append(key)
