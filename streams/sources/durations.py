"""Random lengths of time, declared in seconds and drawn as whole milliseconds.

May import: standard library.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from random import Random

Draw = Callable[[], int]
FOREVER_MS = 1 << 60  # longer than any simulation; a sum with an epoch time stays a small integer


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    seconds: float

    def drawn_by(self, rng: Random) -> Draw:
        """A function that draws one, in ms."""
        ms = round(self.seconds * 1000)
        return lambda: ms


@dataclass(frozen=True, slots=True)
class Never:
    """It does not happen."""

    def drawn_by(self, rng: Random) -> Draw:
        """A function that draws one, in ms."""
        return lambda: FOREVER_MS


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless, by its mean."""

    mean_s: float

    def drawn_by(self, rng: Random) -> Draw:
        """A function that draws one, in ms."""
        rate, draw = 1 / (self.mean_s * 1000), rng.expovariate
        return lambda: int(draw(rate))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """What handling times look like, by their mean and coefficient of variation (deviation / mean)."""

    mean_s: float
    variation: float

    def drawn_by(self, rng: Random) -> Draw:
        """A function that draws one, in ms."""
        variance = log(1 + self.variation**2)
        mu, sigma, draw = log(self.mean_s * 1000) - variance / 2, sqrt(variance), rng.gauss
        return lambda: int(exp(draw(mu, sigma)))


@dataclass(frozen=True, slots=True)
class Mixture:
    """One of two kinds of customers: `first` with the chance `share`, else `second`.

    Two exponentials make the hyperexponential patience that call centres measure: a few leave at once, most stay long.
    """

    share: float
    first: "Duration"
    second: "Duration"

    def drawn_by(self, rng: Random) -> Draw:
        """A function that draws one, in ms."""
        share, chance = self.share, rng.random
        first, second = self.first.drawn_by(rng), self.second.drawn_by(rng)
        return lambda: first() if chance() < share else second()


Duration = Fixed | Never | Exponential | Lognormal | Mixture
AT_ONCE = Fixed(0)
NEVER = Never()


def mean_s(duration: Duration) -> float:
    """Its mean, in seconds."""
    match duration:
        case Fixed(seconds):
            return seconds
        case Never():
            return inf
        case Mixture(share, first, second):
            return share * mean_s(first) + (1 - share) * mean_s(second)
        case _:
            return duration.mean_s
