"""What the tables are made of: durations as people write them, shares, a model that takes no unknown field."""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from streams.durations import UNITS_MS, parsed

MINUTE_MS, DAY_MS = UNITS_MS["m"], UNITS_MS["d"]


_MOST_DAYS = 36_500


def _duration(value: object) -> object:
    ms = parsed(value if isinstance(value, str) else "")
    if ms > _MOST_DAYS * DAY_MS:
        raise ValueError(f"a duration is at most {_MOST_DAYS}d")
    return ms


DurationMs = Annotated[int, BeforeValidator(_duration)]


def length_or_share(value: object) -> object:
    """A share is a number, and no length of time is one: that is in quotes, with its unit."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _duration(value)
    if not 0 < value <= 1:
        raise ValueError('a share is more than 0 and at most 1 (0.05 is 5 %), a length of time is in quotes ("5m")')
    return float(value)


PositiveMs = Annotated[DurationMs, Field(gt=0)]
Sample = Annotated[int, Field(ge=1)]  # how few are enough to judge
Share = Annotated[float, Field(ge=0, le=1)]


class Table(BaseModel):
    """One table of a file. What it does not know is an error, and what was read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __copy__(self) -> Self:
        """Without what was worked out of its fields: a copy may have others."""
        made = super().__copy__()
        for name in made.__dict__.keys() - type(self).model_fields.keys():
            del made.__dict__[name]
        return made
