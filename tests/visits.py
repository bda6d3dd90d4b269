"""Events written by hand, of visits of which only the instants matter."""

from typing import Any


def event(at_ms: int, type_: str, visit: str, queue: str) -> tuple[int, dict[str, Any]]:
    """Something that happened to a visit of phone, personbruker; it is its journey's and its contact's only one."""
    ids = dict.fromkeys(("journey_id", "contact_id", "visit_id"), visit)
    where = {"channel": "phone", "audience": "personbruker", "queue": queue}
    return at_ms, {"schema_version": 1, "type": type_, "occurred_at": at_ms, **ids, **where}
