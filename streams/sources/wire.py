"""An event as it goes on the wire. May import: standard library, orjson."""

from typing import Any, NamedTuple

import orjson


class Record(NamedTuple):
    """One Kafka record to be: its topic's channel, and when it is sent (which is its timestamp)."""

    channel: str
    key: bytes
    value: bytes | None
    timestamp_ms: int
    kind: str  # the event's type; "broken: …" for what is no event


def record(ms: int, event: dict[str, Any]) -> Record:
    """An event sent at `ms`: keyed by its journey, so that all of it meets on one partition."""
    key = event.get("journey_id") or event["queue"]
    return Record(event["channel"], key.encode(), orjson.dumps(event), ms, event["type"])
