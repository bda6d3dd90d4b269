"""An event as it goes on the wire. May import: standard library, orjson."""

from typing import NamedTuple, TypedDict

import orjson


class Event(TypedDict, total=False):
    """An event of the schema, as JSON: what it may carry. Times are epoch ms."""

    schema_version: int
    event_id: str
    type: str
    occurred_at: int
    source: str
    channel: str
    audience: str
    journey_id: str
    contact_id: str
    visit_id: str
    contact_version: int
    queue: str
    reason: str
    outcome: str
    destination: str
    promised_by: int
    initiation: str
    question: str
    score: int
    waiting: int


class Record(NamedTuple):
    """One Kafka record to be: its topic's channel, and when it is sent (which is its timestamp)."""

    channel: str
    key: bytes
    value: bytes | None
    timestamp_ms: int
    kind: str  # the event's type; "broken: …" for what is no event


def source_of(channel: str) -> str:
    """The system that sends a channel's events: the phone's is its own, chats and letters are in one."""
    return "puzzel" if channel == "phone" else "salesforce"


def record(ms: int, event: Event) -> Record:
    """An event sent at `ms`: keyed by its journey, so that all of it meets on one partition."""
    key = event.get("journey_id") or event["queue"]
    return Record(event["channel"], key.encode(), orjson.dumps(event), ms, event["type"])
