"""What a record has to be to be an event, and why it is none: case by case, where the recount only says the same."""

from typing import Any

import orjson
import pytest

from streams.core.decode import MAX_BYTES, MOST_BRACKETS, Newer, Rejected
from streams.core.events import QueueAnswered, QueueEntered
from tests.decoding import decode
from tests.events import START_MS, event

ENTERED = event("queue.entered", START_MS, "a")


def said_of(value: bytes | None) -> object:
    """Why it is rejected, or of what class it is, and whether it is newer."""
    found = decode(value)
    if isinstance(found, Rejected):
        return found
    return ("newer", type(found.event)) if isinstance(found, Newer) else type(found)


def said(**otherwise: Any) -> object:
    return said_of(orjson.dumps(ENTERED | otherwise))


@pytest.mark.parametrize("version", [1, 1.0])
def test_a_version_that_is_ours(version: object) -> None:
    assert said(schema_version=version) is QueueEntered


@pytest.mark.parametrize("version", ["1", "1.0", "1.7", "1.7.2"])
def test_a_version_of_ours_that_is_newer_is_used_and_told(version: object) -> None:
    assert said(schema_version=version) == ("newer", QueueEntered)


@pytest.mark.parametrize("version", [True, 0, 2, 1.7, "", ".1", "2", "2.1", "01", "one", None, [1]])
def test_a_version_that_is_not(version: object) -> None:
    assert said(schema_version=version) == Rejected("unknown_version")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, Rejected("null_value")),
        (b"", Rejected("broken_json")),
        (b'{"type": "queue.entered"', Rejected("broken_json")),
        (b'"\xff"', Rejected("broken_json")),
        (b"[]", Rejected("not_an_object")),
        (b"1", Rejected("not_an_object")),
        (b"{}", Rejected("missing_field", "type")),
        (b'{"type": null}', Rejected("unknown_type", "type")),
        (b'{"type": "nothing.of.ours"}', Rejected("unknown_type", "type")),
        (b"[" * (MOST_BRACKETS + 1), Rejected("too_deep")),
        (b"[" * MOST_BRACKETS, Rejected("broken_json")),
    ],
)
def test_what_is_no_event(value: bytes | None, why: Rejected) -> None:
    assert said_of(value) == why


@pytest.mark.parametrize(("more", "why"), [(0, QueueEntered), (1, Rejected("too_large"))])
def test_how_large_one_may_be(more: int, why: object) -> None:
    made = orjson.dumps(ENTERED)
    assert said_of(made + b" " * (MAX_BYTES - len(made) + more)) == why


@pytest.mark.parametrize(
    ("otherwise", "why"),
    [
        ({"channel": "fax"}, Rejected("bad_field", "channel")),
        ({"channel": None}, Rejected("bad_field", "channel")),
        ({"audience": "anybody"}, Rejected("bad_field", "audience")),
        ({"visit_id": 7}, Rejected("bad_field", "visit_id")),
        ({"occurred_at": "yesterday"}, Rejected("bad_time", "occurred_at")),
        ({"occurred_at": None}, Rejected("bad_time", "occurred_at")),
        ({"occurred_at": START_MS // 1000}, Rejected("time_in_seconds", "occurred_at")),
        ({"occurred_at": START_MS / 1000}, Rejected("time_in_seconds", "occurred_at")),
    ],
)
def test_the_first_thing_that_is_wrong_is_named(otherwise: dict[str, Any], why: Rejected) -> None:
    assert said(**otherwise) == why


def test_a_field_that_has_to_be_there_is_named() -> None:
    for name in ("schema_version", "visit_id", "channel", "journey_id", "occurred_at"):
        made = {field: value for field, value in ENTERED.items() if field != name}
        assert said_of(orjson.dumps(made)) == Rejected("missing_field", name)


def test_a_double_that_is_a_whole_number_is_one() -> None:
    found = decode(orjson.dumps(ENTERED | {"occurred_at": float(START_MS), "mood": "fine"}))
    assert isinstance(found, Newer)
    assert found.event == decode(orjson.dumps(ENTERED))


def test_a_field_that_comes_twice_makes_it_no_newer() -> None:
    """The last one counts."""
    twice = b'{"type": "queue.answered", "type": "queue.answered", "occurred_at": 1741077000000, "visit_id": "a", '
    twice += b'"visit_id": "b", "contact_id": "c", "journey_id": "j", "schema_version": 1}'
    found = decode(twice)
    assert isinstance(found, QueueAnswered)
    assert found.visit_id == "b"
