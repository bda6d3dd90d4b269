"""What expected waits are fed with while figures are live: from who waits now, and whose stays have ended since.

A view says who waits, and not who came: whoever waits now, or has ended, and did not wait before, came in between. Who
is in neither any more was corrected away. May import: standard library, the core.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from streams.core.expected_wait import Came, Went
from streams.core.waiting import Ended

CORRECTED = ""  # no exit: it counts as none


def since(
    line: str, before: Iterable[int], now: Iterable[int], ended: Collection[Ended], now_ms: int
) -> tuple[list[Came], list[Went]]:
    """Of one line: `before` and `now` are the entries (epoch ms) of those who waited at the last look, and who wait
    now; `ended` whose stays were told to have ended in between. All partitions together.
    """
    waited, wait, over = Counter(before), Counter(now), Counter(one.entered for one in ended)
    came = (wait + over) - waited
    gone = waited - wait - over
    corrected = [Ended(entered, now_ms, CORRECTED) for entered in gone.elements()]
    return [Came(line, entered) for entered in came.elements()], [Went(line, one) for one in (*ended, *corrected)]
