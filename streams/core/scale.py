"""The one scale on which waits are counted: its steps are fine enough for any target that somebody would set.

It is part of how state is written, and no configuration: so a target, or what is shown, may change at any time, and
what was counted before stays as true as it was. A share within a threshold is exact where the threshold is on the
scale; a quantile is the upper edge of its step, so too long by less than one step: 5 s below two minutes, 10 s below
ten, 30 s below half an hour, a minute below an hour. May import: standard library.
"""

from bisect import bisect_left
from functools import partial
from typing import Final

_S, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
_STEPS: Final = (  # ms: from the end of the one before up to this, in steps of that
    (2 * _MINUTE, 5 * _S),
    (10 * _MINUTE, 10 * _S),
    (30 * _MINUTE, 30 * _S),
    (_HOUR, _MINUTE),
    (4 * _HOUR, 5 * _MINUTE),
    (8 * _HOUR, 15 * _MINUTE),
    (_DAY, 30 * _MINUTE),
    (2 * _DAY, 6 * _HOUR),
    (14 * _DAY, _DAY),
    (400 * _DAY, 386 * _DAY),  # longer than any journey is remembered: what is a wait lies below
)


def _edges() -> tuple[int, ...]:
    edges, start = list[int](), 0
    for end, step in _STEPS:
        edges += range(start + step, end + 1, step)
        start = end
    return tuple(edges)


EDGES_MS: Final = _edges()  # upper, inclusive, rising; a wait of 0 is within the first
BEYOND_MS: Final = EDGES_MS[-1] + 1  # a wait that is longer than the scale
bucket_of: Final = partial(bisect_left, EDGES_MS)  # a wait's (ms) place on the scale; the last is beyond it
_ON_IT: Final = frozenset(EDGES_MS)


def is_on_scale(ms: int) -> bool:
    """Whether a share within this threshold can be told exactly."""
    return ms in _ON_IT


def neighbours(ms: int) -> tuple[int, ...]:
    """The edges on both sides of a threshold that is not on the scale, in ms; one where it is beyond an end."""
    place = bucket_of(ms)
    return EDGES_MS[max(0, place - 1) : place + 1]
