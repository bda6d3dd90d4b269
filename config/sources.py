"""The systems that send events: the table `[sources]` of `queues.toml`, by the name that their events have as `source`.

What is wrong is told of each by itself. May import: channels, values.
"""

from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from config.channels import KnownChannel, Label, Name
from config.values import MINUTE_MS, DurationMs, PositiveMs, Table
from streams.core.by_source import LONGEST_NAME

_LONGEST_SILENCE_MS: Final = 240 * MINUTE_MS
SourceText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]


class SourceTable(Table):
    """One of them, and what is usual of it."""

    label: Label  # what boards call it
    names: list[SourceText] = Field(default_factory=list)  # what its events have as `source`, if not its name here
    channels: list[KnownChannel] = Field(default_factory=list)  # that it tells of
    silent_after: PositiveMs | None = None  # while one of them is open it is silent where nothing has come for so long
    ahead: DurationMs = 10_000  # so far may its clock run ahead of the one that dates its records, or of ours
    behind: PositiveMs = 10 * MINUTE_MS  # so long may the quickest of its events take from what it tells of to Kafka
    report_max_age: PositiveMs | None = None  # as in [definitions], where it counts who waits more or less often
    report_tolerance: DurationMs | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.silent_after is not None and not self.channels:
            raise ValueError("silent_after needs channels: while none of them is open, silence is as it should be")
        if self.silent_after is not None and self.silent_after < MINUTE_MS:
            raise ValueError("silent_after must be at least 1m: when a source was heard is known to the minute")
        if self.silent_after is not None and self.silent_after > _LONGEST_SILENCE_MS:
            raise ValueError("silent_after must be at most 4h: longer than a day is open would never be told")
        return self


Sources = dict[Name, SourceTable]
OTHERS: Final = SourceTable(label="Andre")  # all together that are not configured
