"""What the recount must be told: the numbers and names that decide what counts. The caller fills it in.

May import: standard library.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

OTHER: Final = "other"


@dataclass(frozen=True)
class Definitions:
    """The oracle's own copy of the rules. All times are in ms."""

    edges_ms: Sequence[int]  # rising, each inclusive
    lines: Collection[tuple[str, str, str]]  # (channel, audience, queue) of every configured queue
    short_abandon_ms: Mapping[str, int]  # by channel; in a channel without one, no abandon is short
    ghost_after_ms: int
    promise_ms: int
    promise_lost_ms: int
    horizon_ms: int
    skew_ms: int
    future_ms: int
    witnesses: int
    pane_retention_ms: int
    interval_retention_ms: int
    day_retention_ms: int
    timezone: str

    def line(self, channel: str, audience: str, queue: str | None) -> str:
        """The line "channel/audience/queue"; a queue that is not configured, or not named, is "other"."""
        name = queue if queue is not None and (channel, audience, queue) in self.lines else OTHER
        return f"{channel}/{audience}/{name}"
