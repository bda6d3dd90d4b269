"""Lengths of time, as people and programs write them: "10s", "7m", "1h30m". All are kept in ms.

May import: standard library.
"""

import re
from collections.abc import Sequence
from typing import Final

UNITS_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


_PATTERN: Final = re.compile("(?=[0-9])" + "".join(rf"(?:(?P<{unit}>[0-9]+){unit})?" for unit in UNITS_MS))


def parsed(text: str) -> int:
    """ "6m30s" -> 390_000. Raises ValueError where it is no numbers with units, the greater units first."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError('a duration such as "10s", "6m30s", "36h" or "7d" is needed')
    return sum(int(n) * UNITS_MS[unit] for unit, n in match.groupdict(default="0").items())


def in_one_unit(ms: int, units: Sequence[str] = tuple(UNITS_MS)) -> tuple[int, str]:
    """5_400_000 -> (90, "m"): in the greatest of these units of which it is a whole number, else in ms."""
    unit = next((unit for unit in units if ms >= UNITS_MS[unit] and ms % UNITS_MS[unit] == 0), "ms")
    return ms // UNITS_MS[unit], unit


def in_parts(ms: int) -> list[tuple[int, str]]:
    """5_400_000 -> [(1, "h"), (30, "m")]; nothing of 0."""
    found = []
    for unit, size in UNITS_MS.items():
        n, ms = divmod(ms, size)
        if n:
            found.append((n, unit))
    return found


def short(ms: int) -> str:
    """5_400_000 -> "90m", 86_400_000 -> "24h": as snapshot, metrics and history name windows and thresholds."""
    n, unit = in_one_unit(ms, ("h", "m", "s"))
    return f"{n}{unit}"
