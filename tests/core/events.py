"""Hypothesis strategies for logs: many ids that meet, times that tie, and every type of event."""

from dataclasses import dataclass
from typing import Any

import orjson
from hypothesis import strategies as st

from streams.core.fold import LOG_APPEND_TIME
from streams.oracle import LogRecord

START_MS = 1_741_077_000_000  # 2025-03-04T08:30:00Z, a Tuesday
DAY_MS = 86_400_000


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


def times(span_ms: int) -> st.SearchStrategy[int]:
    """Instants in a span, often the same ones, and often on an edge."""
    ties = st.sampled_from([0, 1, 5_000, 5_001, 10_000, 60_000, 180_000, 600_000, 900_000, 7_200_000, 14_400_000])
    return st.one_of(ties.filter(lambda t: t <= span_ms), st.integers(0, span_ms)).map(lambda t: START_MS + t)


_TYPES = [
    "contact.started", "bot.started", "bot.ended", "queue.entered", "queue.entered", "queue.entered", "agent.offered",
    "agent.missed", "queue.answered", "queue.answered", "queue.abandoned", "queue.left", "callback.requested",
    "callback.requested", "callback.attempted", "callback.connected", "callback.failed", "contact.transferred",
    "contact.ended", "written.received", "written.answered", "survey.answered", "queue.snapshot",
]  # fmt: skip


@st.composite
def events(draw: st.DrawFn, span_ms: int) -> dict[str, object]:
    """One event of any type; ids are few, so that they meet."""
    kind = draw(st.sampled_from(_TYPES))
    journey = f"j{draw(st.integers(0, 3))}"
    contact = f"{journey}c{draw(st.integers(0, 1))}"
    channel = draw(st.sampled_from(["phone", "phone", "phone", "chat"]))
    event: dict[str, object] = {
        "schema_version": 1,
        "type": kind,
        "occurred_at": draw(times(span_ms)),
        "journey_id": journey,
        "contact_id": contact,
        "visit_id": f"{contact}v{draw(st.integers(0, 2))}",
        "channel": channel,
        "audience": "personbruker",
        "queue": draw(st.sampled_from(["helse", "arbeid", "frida", "nobody-knows-it"])),
    }
    extra: dict[str, st.SearchStrategy[Any]] = {
        "bot.ended": st.fixed_dictionaries({"outcome": st.sampled_from(["solved", "partly", "transferred"])}),
        "queue.left": st.fixed_dictionaries({"reason": st.sampled_from(["overflow", "closed", "because", "ended"])}),
        "callback.requested": st.fixed_dictionaries({}, optional={"promised_by": times(span_ms)}),
        "callback.failed": st.fixed_dictionaries({"reason": st.sampled_from(["cancelled", "no_answer"])}),
        "contact.transferred": st.fixed_dictionaries(
            {"destination": st.sampled_from(["helse", "arbeid", "nav-kontor", "elsewhere"])}
        ),
        "survey.answered": st.just({"question": "service", "score": 5}),
        "queue.snapshot": st.fixed_dictionaries({"waiting": st.integers(0, 9)}),
    }
    if kind in extra:
        event.update(draw(extra[kind]))
    return event


def logs(span_ms: int, max_size: int = 40) -> st.SearchStrategy[list[dict[str, object]]]:
    """Events in any order."""
    return st.lists(events(span_ms), max_size=max_size)


def records(log: list[dict[str, object]], timestamp: int | None = None) -> list[Record]:
    """A log's records; the broker's clock is far ahead of every event, unless it is given."""
    late = START_MS + 400 * DAY_MS
    return [Record(i, timestamp or late, orjson.dumps(event)) for i, event in enumerate(log)]
