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


class Terms(NamedTuple):
    """How it is taken. Lengths in ms, instants in epoch ms."""

    late_ms: int  # whoever entered longer ago was told late
    lately_ms: int  # for so long at least an end is told
    ended_after: int = 0  # what ended up to then is known already


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


def since(line: str, before: Looked, now: Looked, now_ms: int, terms: Terms) -> tuple[list[Came], list[Went]]:
    """What happened in a line between two looks. An end that is told anew stays as it was told first."""
    waited, wait = Counter(before.waiting), Counter(now.waiting)
    known, told = Counter(before.ended), Counter(now.ended)
    anew = Counter(one.entered for one in (known - told).elements() if one.left > now_ms - terms.lately_ms)
    new = _not_anew((one for one in (told - known).elements() if one.left > terms.ended_after), anew)
    over = Counter(one.entered for one in new)
    came, gone = wait + over - waited, waited - wait - over
    corrected = [Ended(entered, max(entered, terms.ended_after), CORRECTED) for entered in gone.elements()]
    entries = [Came(line, entered, now_ms - entered > terms.late_ms) for entered in came.elements()]
    return entries, [Went(line, one) for one in (*new, *corrected)]


def _not_anew(new: Iterable[Ended], anew: Counter[int]) -> list[Ended]:
    """Those that do not stand in for an end of a stay of the same entry that is not told any more."""
    found = []
    for one in new:
        if anew[one.entered]:
            anew[one.entered] -= 1
        else:
            found.append(one)
    return found
