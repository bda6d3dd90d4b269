"""The tables of `queues.toml`, and what must be true of each."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from config.channels import KnownAudience, KnownChannel
from config.values import DurationMs, Table
from streams.core.rules import PANE_MS
from streams.core.source_queue import OTHER

_ID = re.compile(r"[A-Za-z0-9_-]+")


def _id(id_: str) -> str:
    """What can be part of addresses and of PromQL as it is: other characters would have to be escaped there."""
    if not _ID.fullmatch(id_):
        raise ValueError(
            f"{id_!r} cannot be a queue's id: one has letters from a to z, in either case, digits, hyphens, underscores"
        )
    if id_ == OTHER:
        raise ValueError(f'"{OTHER}" is where queues are counted that are not configured')
    return id_


QueueId = Annotated[str, AfterValidator(_id)]


class Queues(Table):
    """Queues of one channel and audience. External ones are followed, but are no part of the centre's own figures."""

    channel: KnownChannel
    audience: KnownAudience
    ids: Annotated[list[QueueId], Field(min_length=1)]  # as in the events
    external: bool = False

    @property
    def lines(self) -> list[str]:
        """The line of each id, in the same order."""
        return [f"{self.channel}/{self.audience}/{id_}" for id_ in self.ids]


class Retention(Table):
    """How long figures are kept behind the watermark."""

    panes: DurationMs
    intervals: DurationMs
    days: DurationMs


class Windows(Table):
    """The sliding windows that are shown; `main` is the one shown first."""

    lengths: list[DurationMs]
    main: DurationMs

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(length % PANE_MS or length <= 0 for length in self.lengths):
            raise ValueError("a window's length must be a multiple of 10s")
        if self.main not in self.lengths:
            raise ValueError("main must be one of lengths")
        return self
