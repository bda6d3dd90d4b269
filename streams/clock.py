"""The one clock that the service runs on: real time, or a simulated time that runs at a multiple of it.

Every edge that needs "now" is given a `Clock`; the core never asks. A demo sets SVARTID_CLOCK once, so that the
simulator, the worker and the boards agree on what time it is.
"""

import time
from dataclasses import dataclass

from streams.core.events import BEGINNING_MS, END_OF_TIME_MS  # what events may be of

_FASTEST = 10_000


@dataclass(frozen=True, slots=True)
class Clock:
    """`now_ms()` is `origin_ms + (real time - real_origin_ms) * speed`, in epoch ms."""

    real_origin_ms: int = 0
    origin_ms: int = 0
    speed: float = 1.0

    @classmethod
    def starting_at(cls, origin_ms: int, speed: float) -> "Clock":
        """A simulated clock that shows `origin_ms` now and runs `speed` times as fast as real time."""
        return cls(real_origin_ms=_real_ms(), origin_ms=origin_ms, speed=speed)

    @classmethod
    def parse(cls, text: str) -> "Clock":
        """From "REAL_ORIGIN_MS,ORIGIN_MS,SPEED"; the empty text is real time. Raises ValueError."""
        if not text:
            return cls()
        try:
            real, origin, speed = text.split(",")
            clock = cls(int(real), int(origin), float(speed))
        except ValueError as error:
            raise ValueError("SVARTID_CLOCK is not REAL_ORIGIN_MS,ORIGIN_MS,SPEED") from error
        if not 0 < clock.speed <= _FASTEST:
            raise ValueError(f"SVARTID_CLOCK: the speed must be above 0, and at most {_FASTEST:,}")
        if (
            max(abs(clock.real_origin_ms), abs(clock.origin_ms)) > END_OF_TIME_MS
            or not BEGINNING_MS <= clock.now_ms() <= END_OF_TIME_MS
        ):
            raise ValueError("SVARTID_CLOCK shows a time that is not from 1975 to 2100: its three numbers say which")
        return clock

    def __str__(self) -> str:
        return f"{self.real_origin_ms},{self.origin_ms},{self.speed}"

    @property
    def is_real(self) -> bool:
        """Whether this is real time."""
        return self == Clock()

    def now_ms(self) -> int:
        """Epoch milliseconds on this clock."""
        return self.origin_ms + round((_real_ms() - self.real_origin_ms) * self.speed)

    def real_seconds(self, ms: int) -> float:
        """How long `ms` of this clock take in real time, in seconds."""
        return ms / 1000 / self.speed


def _real_ms() -> int:
    return time.time_ns() // 1_000_000
