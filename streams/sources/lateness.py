"""How many events would come too late to count, if they were sent now: said before it cannot be undone.

Each partition has come as far as its newest event; what is more than `horizon` older is late there. So it is foreseen
as the fold does it, but for what is dated far ahead, which may have to wait. Pure. May import: the core, ndjson.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Protocol

from streams.core.events import occurred_ms
from streams.core.rules import Rules
from streams.sources.ndjson import Check
from streams.sources.sending import Outgoing


class Places(Protocol):
    """What says where a record would go."""

    def place(self, outgoing: Outgoing) -> str:
        """Its partition, such as "nks.phone.events.v1-3"."""


class Foreseen:
    """Which of some events would be late, in the order in which they are looked at."""

    def __init__(self, rules: Rules, watermarks: Mapping[str, int], now_ms: int) -> None:
        """`watermarks` is how far each partition has come (epoch ms); one that is not there has nothing yet."""
        self._rules = rules
        self._watermarks = dict(watermarks)
        self._moves_to_ms = now_ms + rules.skew_ms
        self.lines = self.events = 0
        self._latest_ms = now_ms + rules.future_ms  # what is dated later is going to be rejected
        self.late: Counter[str] = Counter()  # by source
        self.oldest_ms: int | None = None  # of the late ones

    def look(self, lines: Iterable[tuple[int, bytes | None]], check: Check, places: Places) -> None:
        """Looks at some lines; what is wrong with them is not told here."""
        for _, line in lines:
            self.lines += 1
            checked = check(line)
            if not isinstance(checked, str):
                t = occurred_ms(checked.event.occurred_at)
                if t is not None:
                    self._add(t, checked.event.source, places.place(checked.outgoing))

    def _add(self, t: int, source: str | None, place: str) -> None:
        self.events += 1
        if t > self._latest_ms:
            return
        watermark = self._watermarks.get(place, 0)
        if t < self._rules.definitions.late_before(watermark):
            self.late[self._rules.source_names.of(source)] += 1
            self.oldest_ms = t if self.oldest_ms is None else min(t, self.oldest_ms)
        self._watermarks[place] = max(watermark, min(t, self._moves_to_ms))
