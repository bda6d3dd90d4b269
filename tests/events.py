"""Events written by hand: the one builder that tests have, and the records they come in.

event("queue.answered", START_MS + 30_000, "anna")      of visit, contact and journey `anna`
visit("anna", START_MS, ("queue.answered", 30_000))     entered, and answered 30 s later
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from streams.core.fold import LOG_APPEND_TIME
from streams.oracle import LogRecord

Event = dict[str, Any]

START_MS = 1_741_077_000_000  # 2025-03-04T08:30:00Z, a Tuesday
DAY_MS = 86_400_000
HELSE = "phone/personbruker/helse"
CREATE_TIME = 0  # a record's timestamp type: the producer's clock


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the fold and the oracle read it."""

    offset: int
    timestamp: int
    value: bytes | None
    timestamp_type: int = LOG_APPEND_TIME

    @property
    def recounted(self) -> LogRecord:
        """As the oracle reads it."""
        return LogRecord(self.offset, self.timestamp, self.value, self.timestamp_type == LOG_APPEND_TIME)


def event(type_: str, at_ms: int, who: str | None = "j", line: str | None = HELSE, **fields: Any) -> Event:
    """What happened at an instant (epoch ms). `who` is its visit, and the only one of its contact and journey.

    `fields` says anything else, or otherwise; None leaves something out.
    """
    made: Event = {"schema_version": 1, "type": type_, "occurred_at": at_ms}
    if who is not None:
        made |= dict.fromkeys(("journey_id", "contact_id", "visit_id"), who)
    if line is not None:
        made |= dict(zip(("channel", "audience", "queue"), line.split("/"), strict=True))
    return {name: value for name, value in (made | fields).items() if value is not None}


def visit(who: str, entered_ms: int, *then: tuple[str, int], line: str = HELSE, **fields: Any) -> list[Event]:
    """A visit that entered at an instant (epoch ms), and what happened to it how many ms later."""
    entry = event("queue.entered", entered_ms, who, line, **fields)
    return [entry, *(event(type_, entered_ms + after_ms, who, line, **fields) for type_, after_ms in then)]


def sent(at_ms: int, type_: str, who: str, queue: str) -> tuple[int, Event]:
    """An event of a citizen's call, with when it is sent."""
    return at_ms, event(type_, at_ms, who, f"phone/personbruker/{queue}")


def records(log: Iterable[Event], timestamp: int | None = None, first: int = 0) -> list[Record]:
    """A log's records; the broker's clock is far ahead of every event, unless it is given."""
    stamped = START_MS + 400 * DAY_MS if timestamp is None else timestamp
    return [Record(first + n, stamped, orjson.dumps(event)) for n, event in enumerate(log)]
