"""When to look again at what nobody has spoken of: the deadlines of waiting visits, promises and memory.

May import: standard library.
"""

import heapq


class Alarms:
    """One alarm a journey, at a watermark (epoch ms). It may ring early: who is rung looks again and sets the next."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, bytes]] = []
        self._set: dict[bytes, int] = {}

    def set(self, key: bytes, when: int) -> None:
        """Rings at `when`, or at an earlier time that is set already."""
        known = self._set.get(key)
        if known is None or when < known:
            self._set[key] = when
            heapq.heappush(self._heap, (when, key))

    def clear(self, key: bytes) -> None:
        """Takes a journey's alarm away."""
        self._set.pop(key, None)

    def due(self, watermark: int) -> list[bytes]:
        """The journeys whose alarm has rung; they have none any more."""
        rung = []
        while self._heap and self._heap[0][0] <= watermark:
            when, key = heapq.heappop(self._heap)
            if self._set.get(key) == when:
                del self._set[key]
                rung.append(key)
        return rung
