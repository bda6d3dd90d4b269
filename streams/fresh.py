"""What is fresh: the one definition that snapshot, metrics, verdicts, readiness, exit codes and alerts rest on.

A partition is *fresh* while the broker has said within `FRESH_S` where its log ends, and no transaction has hidden that
end for longer than `HIDDEN_S`: only then is it known that nothing waits there to be read. A channel is of now when each
of its partitions is shown by its owner and fresh, and a document is to be believed for `FRESH_S` after it was made. So
whatever dies, it is told within twice that. May import: standard library.
"""

import time
from collections.abc import Callable
from typing import Final

FRESH_S: Final = 5.0
HIDDEN_S: Final = 5.0  # a transaction that ends sooner hides nothing that anybody would miss
CLOCK_OFF_MS: Final = 2000  # a clock that is off by no more may say what is fresh


class Heard:
    """When a broker last said where each log ends, by a clock that nobody sets.

    A client notes it as a timestamp of its own; what counts is that it changes, so that a wall clock that is set back
    makes nothing fresh.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last: dict[str, tuple[object, float]] = {}  # by partition: what was said, and when it was seen first

    def note(self, name: str, said: object) -> float:
        """For how many seconds nothing new has been said of a partition. `said` differs with each word; None: none."""
        now = self._now()
        known = self._last.get(name)
        if known is None or (said is not None and known[0] != said):
            known = self._last[name] = (said, now)
        return now - known[1]

    def begin(self, name: str) -> None:
        """Where the log ends was asked just now, as when its partition was taken."""
        self._last[name] = (None, self._now())


class Hidden:
    """What was written to each log and cannot be read, as a transaction that began before it is still open.

    Transactions come and go, and what they hide is read in a moment. So it counts as hidden where the log's readable
    end has not come to where it was written up to `HIDDEN_S` ago, whatever number of transactions had a part in that.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since: dict[str, tuple[int, float]] = {}  # by partition: how far it was written, and when that was seen

    def note(self, name: str, readable: int, written: int) -> int:
        """How many offsets of a partition are hidden, as its log is readable up to there and written up to here."""
        if written <= readable:
            self.begin(name)
            return 0
        now = self._now()
        up_to, since = self._since.get(name, (readable, now))
        if up_to <= readable:
            up_to, since = written, now
        self._since[name] = up_to, since
        return written - readable if now - since > HIDDEN_S else 0

    def begin(self, name: str) -> None:
        """Nothing is known of a partition, as when it was taken."""
        self._since.pop(name, None)
