"""The tables of `queues.toml`, and what must be true of each."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from config.channels import KnownAudience, KnownChannel
from config.queue_items import Queue, item
from config.values import DurationMs, Table
from streams.core.calendar import PANE_MS

Kind = Literal["own", "external", "left out"]


class Queues(Table):
    """Queues of one channel and audience. External ones are followed, but are no part of the centre's own figures; what
    is left out is shown nowhere, and counted all the same.
    """

    channel: KnownChannel
    audience: KnownAudience
    ids: Annotated[list[Annotated[Queue, BeforeValidator(item)]], Field(min_length=1)]
    external: StrictBool = False
    left_out: StrictBool = False

    def line(self, queue: Queue) -> str:
        """What one of them is shown as."""
        return f"{self.channel}/{self.audience}/{queue.id}"

    def kind(self, queue: Queue) -> Kind:
        """What one of them is to the centre."""
        if self.left_out if queue.left_out is None else queue.left_out:
            return "left out"
        return "external" if (self.external if queue.external is None else queue.external) else "own"

    def lines(self, kind: Kind) -> list[str]:
        """Of those of one kind, in the order of the file."""
        return [self.line(queue) for queue in self.ids if self.kind(queue) == kind]


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
