"""How sure an expected wait is: the band that holds 80 of 100 waits.

How far waits spread around what was expected is known beforehand in the main: of the few who are ahead each takes
another time, few answers tell a rate badly, and of a queue that grows or shrinks less is known. How many times that the
band is wide is learned by what happened: a step out when a wait was beyond it, nine times as long as the step in when
it was not, so that one in ten is beyond each side (quantile tracking; Gibbs and Candes, Adaptive conformal inference
under distribution shift, 2021). Each queue learns by levels, so that long waits are held as often as short ones. May
import: standard library.
"""

from bisect import bisect_right
from math import sqrt
from typing import Final, NamedTuple

BEYOND: Final = 0.1  # the share of waits beyond each side
LEVELS_MS: Final = (20_000, 60_000, 300_000)  # of what is expected
STEP: Final = 0.005  # in spreads; slow, as many waits of one hour are wrong in one way, and told late
CHANGE: Final = 0.15  # of how far a queue is from where it was, so far off is what was true then
RING_MS: Final = 8_000  # how far the waits of those spread whom an adviser is free for
FIRST: Final = (-1.3, 1.6)  # in spreads, before anything was learned


class Sides(NamedTuple):
    """Where a band begins and ends, in spreads from what is likely."""

    low: float = FIRST[0]
    high: float = FIRST[1]

    def learned(self, by: float) -> "Sides":
        """After a wait that was so many spreads from what was likely."""
        return Sides(
            self.low + STEP * (BEYOND if by >= self.low else BEYOND - 1),
            self.high + STEP * (-BEYOND if by <= self.high else 1 - BEYOND),
        )


def spread_ms(likely_ms: float, ahead: int, answers: float, change_ms: float) -> float:
    """How far waits spread by themselves: so many are ahead, the rate is made of so many answers, and what is likely is
    so far from what the first in line has waited.
    """
    by_counting = likely_ms**2 * (1 / (ahead + 1) + 1 / (answers + 2))
    return sqrt(RING_MS**2 + by_counting + (CHANGE * change_ms) ** 2)


def level_of(likely_ms: float) -> int:
    """Which of the levels it is."""
    return bisect_right(LEVELS_MS, likely_ms)
