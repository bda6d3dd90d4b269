"""What expected waits are fed with while figures are live: from who waits now, and whose stays have ended lately.

A view says who waits, and not who came: whoever waits now, or has ended, and did not wait before, came in between. Who
is in neither any more was corrected away. May import: standard library, the core.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from streams.core.expected_wait import Came, Went
from streams.core.waiting import Ended

CORRECTED: Final = ""  # no exit: it counts as none


class Looked(NamedTuple):
    """One queue at a look: when each entered who waits (epoch ms), and the stays that ended lately."""

    waiting: Iterable[int] = ()
    ended: Iterable[Ended] = ()


NOBODY: Final = Looked()


class Facts:
    """Who came, and who went, of several lines."""

    def __init__(self) -> None:
        self.came: list[Came] = []
        self.went: list[Went] = []

    @property
    def lines(self) -> set[str]:
        """Those that they are of."""
        return {one.line for one in self.came} | {one.line for one in self.went}

    def add(self, came: Iterable[Came], went: Iterable[Went]) -> None:
        """More of them."""
        self.came += came
        self.went += went


def since(
    line: str, before: Looked, now: Looked, now_ms: int, late_ms: int, ended_after: int = 0
) -> tuple[list[Came], list[Went]]:
    """What happened in a line between two looks. Whoever entered more than `late_ms` ago was told late. Stays that
    ended up to `ended_after` (epoch ms) are known already.
    """
    waited, wait = Counter(before.waiting), Counter(now.waiting)
    known = Counter(before.ended)
    new = [one for one in (Counter(now.ended) - known).elements() if one.left > ended_after]
    told_anew = Counter(one.entered for one in (known - Counter(now.ended)).elements())
    over = Counter(one.entered for one in new)
    came = wait + over - waited - told_anew
    gone = waited - wait - over
    corrected = [Ended(entered, now_ms, CORRECTED) for entered in gone.elements()]
    entries = [Came(line, entered, now_ms - entered > late_ms) for entered in came.elements()]
    return entries, [Went(line, one) for one in (*new, *corrected)]
