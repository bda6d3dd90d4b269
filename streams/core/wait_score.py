"""How good expected waits were, as sums: of queues, days and methods they are added up, and ratios are made last.

Only who was answered is scored. Who gave up, was called back or left otherwise would have waited longer than he did,
and nobody knows by how much: and as long waits are among them more often than short ones,
what is scored is a little easier than what happened. Waits in ms. May import: standard library.
"""

from math import sqrt
from typing import Final, NamedTuple

WAITED_MS: Final = 20_000  # whoever waited for longer had to wait; else it was little more than ringing
TOO_LOW_MS: Final = 60_000
LEAST_COMPARED: Final = 100  # forecasts: of fewer it is not said that another method was nearer


class Score(NamedTuple):
    """Sums over forecasts."""

    answered: int = 0
    wait_ms: float = 0.0
    error_ms: float = 0.0  # foretold less what came
    absolute_ms: float = 0.0
    squared_ms2: float = 0.0
    too_low: int = 0  # by a minute or more
    longer: int = 0  # than the band, where there was one
    held: int = 0

    def __add__(self, other: "Score") -> "Score":  # type: ignore[override]  # sums, not a longer tuple
        """Together."""
        return Score._make(one + another for one, another in zip(self, other, strict=True))

    @property
    def mean_error_ms(self) -> float | None:
        """Below 0: what was foretold is too low."""
        return self.error_ms / self.answered if self.answered else None

    @property
    def mean_absolute_ms(self) -> float | None:
        """How far off on average."""
        return self.absolute_ms / self.answered if self.answered else None

    @property
    def root_mean_square_ms(self) -> float | None:
        """How far off, large errors weighing more."""
        return sqrt(self.squared_ms2 / self.answered) if self.answered else None

    @property
    def relative(self) -> float | None:
        """That in parts of the mean wait (RRMSE)."""
        return sqrt(self.squared_ms2 * self.answered) / self.wait_ms if self.wait_ms else None

    @property
    def share_held(self) -> float | None:
        """By the band."""
        return self.held / self.answered if self.answered else None

    @property
    def share_longer(self) -> float | None:
        """Waited longer than the band."""
        return self.longer / self.answered if self.answered else None

    @property
    def share_too_low(self) -> float | None:
        """Foretold too low by a minute."""
        return self.too_low / self.answered if self.answered else None


NO_SCORE: Final = Score()


def scored(wait_ms: int, likely_ms: float, low_ms: float | None = None, high_ms: float | None = None) -> Score:
    """Of one who was answered."""
    error = likely_ms - wait_ms
    is_longer = high_ms is not None and wait_ms > high_ms
    is_held = low_ms is not None and low_ms <= wait_ms and not is_longer
    return Score(1, wait_ms, error, abs(error), error**2, int(error <= -TOO_LOW_MS), int(is_longer), int(is_held))


def is_worse_than(one: Score, plain: Score, *, least: int = LEAST_COMPARED) -> bool:
    """Whether a method was worse than a plainer one, of enough of the same forecasts."""
    return one.answered >= least and one.squared_ms2 > plain.squared_ms2
