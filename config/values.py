"""What the tables are made of: durations as people write them, shares, a model that takes no unknown field."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MINUTE_MS, DAY_MS = 60_000, 86_400_000
_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": DAY_MS}


def _duration(value: object) -> object:
    match = re.fullmatch(r"(\d+)(ms|s|m|h|d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a duration such as "10s", "7m", "36h" or "7d" is needed')
    return int(match[1]) * _UNITS_MS[match[2]]


DurationMs = Annotated[int, BeforeValidator(_duration)]
PositiveMs = Annotated[DurationMs, Field(gt=0)]
Sample = Annotated[int, Field(ge=1)]  # how few are enough to judge
Share = Annotated[float, Field(ge=0, le=1)]


class Table(BaseModel):
    """One table of a file. What it does not know is an error, and what was read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
