"""What the fold needs to know of a contact centre, as plain values; `config` makes it from the files people tune.

May import: standard library.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from zoneinfo import ZoneInfo

PANE_MS = 10_000
INTERVAL_MS = 15 * 60_000
OTHER = "other"  # the queue, destination or reason that is not in the configuration

LEFT_REASONS = ("transferred", "overflow", "timeout", "closed", "ended", OTHER)
STATE_VERSION = 3  # of how facts and figures are written; 2 had longer hashes of ids, and a field for each bucket


@dataclass(frozen=True, slots=True)
class Rules:
    """Definitions that decide what an event contributes. All times in ms.

    Two workers with different rules would write different figures for the same log, so `fingerprint` is kept
    beside the state and checked when it is loaded.
    """

    edges_ms: tuple[int, ...]  # upper, inclusive edges of the wait histograms, rising; holds every target's threshold
    lines: Mapping[tuple[str, str, str], str]  # (channel, audience, queue) -> line, for the configured queues
    short_abandon_ms: Mapping[str, int]  # channel -> an abandon after at most this long is short
    ghost_after_ms: int  # a visit that has waited this long without an end is presumed lost
    promise_ms: int  # a callback without `promised_by` is overdue this long after it was asked for
    promise_lost_ms: int  # a callback still open this long after it was asked for is never going to be kept
    horizon_ms: int  # an event older than the watermark by more than this is late, and does not count
    skew_ms: int  # the watermark runs at most this far ahead of the broker's clock
    future_ms: int  # an event dated later than the broker's clock by more than this is rejected
    pane_retention_ms: int
    interval_retention_ms: int
    day_retention_ms: int
    timezone: ZoneInfo
    pseudonym_key: bytes = field(default=b"", repr=False)
    lately_ms: int = 0  # how long behind the watermark it is known who left: a source's report may be so old

    def line(self, channel: str, audience: str, queue: str) -> str:
        """The line that a queue is, e.g. "phone/personbruker/helse"; a queue not configured is "…/other"."""
        return self.lines.get((channel, audience, queue)) or f"{channel}/{audience}/{OTHER}"

    def fingerprint(self) -> str:
        """Changes with anything that changes a figure, or how it is written; retention may change freely."""
        parts = [
            STATE_VERSION,
            self.edges_ms,
            sorted(self.lines.items()),
            sorted(self.short_abandon_ms.items()),
            (self.ghost_after_ms, self.promise_ms, self.promise_lost_ms),
            (self.horizon_ms, self.skew_ms, self.future_ms),
            self.timezone.key,
            blake2b(self.pseudonym_key, digest_size=8).hexdigest(),
        ]
        return blake2b(repr(parts).encode(), digest_size=8).hexdigest()
