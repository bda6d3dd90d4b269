"""Lines of other people's events: cut, checked and routed, however the bytes arrive."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.decode import MAX_BYTES
from streams.sources.ndjson import JOURNEYS_REMEMBERED, NO_CHANNEL, Check, Checked, Lines
from streams.sources.sending import Outgoing
from tests.decoding import decode

SECRET = "01017012345"


def line(**fields: Any) -> bytes:
    return json.dumps({"schema_version": 1, "occurred_at": 1741082400000, **fields}).encode()


def cut(*data: bytes) -> list[tuple[int, bytes | None]]:
    lines = Lines()
    return [numbered for piece in data for numbered in lines.cut(piece)] + list(lines.rest())


@given(st.lists(st.sampled_from([b"{}", b"", b" ", b"x" * 30, b"{}\r"]), max_size=20), st.lists(st.integers(1, 40)))
def test_lines_are_the_same_however_they_arrive(lines: list[bytes], sizes: list[int]) -> None:
    whole, pieces = b"\n".join(lines), []
    rest = whole
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    assert cut(*pieces, rest) == cut(whole)
    expected = [(number, text.rstrip(b"\r")) for number, text in enumerate(lines, 1) if text.strip()]
    assert cut(whole) == expected


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 10_000_000])
@pytest.mark.parametrize("piece", [1000, 1 << 20])
def test_a_line_too_long_is_passed_over_in_little_memory(size: int, piece: int) -> None:
    data = b"{}\n" + b"x" * size + b"\n{}"
    lines, found, most_kept = Lines(), [], 0
    for begin in range(0, len(data), piece):
        found += list(lines.cut(data[begin : begin + piece]))
        most_kept = max(most_kept, len(lines._begun))
    assert found + list(lines.rest()) == [(1, b"{}"), (2, None), (3, b"{}")]
    assert most_kept <= MAX_BYTES + 1
    assert Check(decode)(None) == "too_large"


def sent(checked: Checked | str) -> Outgoing:
    assert isinstance(checked, Checked), checked
    return checked.outgoing


def test_the_longest_event_there_may_be_is_kept() -> None:
    assert cut(b"x" * MAX_BYTES + b"\r", b"\n") == [(1, b"x" * MAX_BYTES)]


def test_an_event_goes_to_its_channel_under_its_journey_unchanged() -> None:
    said = line(type="contact.ended", journey_id="j", contact_id="c", channel="chat", unheard_of=[1])
    assert sent(Check(decode)(said)) == Outgoing("chat", b"j", said, None)


def test_a_snapshot_goes_under_its_queue() -> None:
    said = line(type="queue.snapshot", channel="phone", audience="samhandler", queue="kommune", waiting=3)
    assert sent(Check(decode)(said)) == Outgoing("phone", b"kommune", said, None)


def test_letters_are_written() -> None:
    received = line(type="written.received", journey_id="j", audience="personbruker", queue="sto")
    answered = line(type="written.answered", journey_id="k")
    check = Check(decode)
    assert [sent(check(said)).channel for said in (received, answered)] == ["written", "written"]


def test_an_event_without_channel_follows_its_journey() -> None:
    check = Check(decode)
    silent = line(type="queue.answered", journey_id="j", visit_id="v")
    assert check(silent) == NO_CHANNEL
    check(line(type="contact.ended", journey_id="j", contact_id="c", channel="phone"))
    assert sent(check(silent)) == Outgoing("phone", b"j", silent, None)
    assert check(line(type="queue.answered", journey_id="k", visit_id="v")) == NO_CHANNEL


def test_only_the_latest_journeys_are_remembered() -> None:
    check = Check(decode)
    for n in range(JOURNEYS_REMEMBERED + 1):
        check(line(type="contact.ended", journey_id=f"j{n}", contact_id="c", channel="phone"))
    assert check(line(type="queue.answered", journey_id="j0", visit_id="v")) == NO_CHANNEL
    assert sent(check(line(type="queue.answered", journey_id="j1", visit_id="v"))).channel == "phone"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{" + SECRET.encode(), "broken_json"),
        (b"\xff\xfe", "broken_json"),
        (b'["' + SECRET.encode() + b'"]', "not_an_object"),
        (line(type="queue.abandoned", journey_id=SECRET), "missing_field: visit_id"),
        (line(type=SECRET), "unknown_type: type"),
        (line(type="contact.ended", journey_id="j", contact_id="c", channel=SECRET), "bad_field: channel"),
        (line(type="contact.ended", schema_version=2, journey_id=SECRET, contact_id="c"), "unknown_version"),
    ],
)
def test_a_bad_line_is_named_by_its_reason_and_never_by_its_text(bad: bytes, reason: str) -> None:
    assert Check(decode)(bad) == reason
    assert SECRET not in reason


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert cut(b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n") == [(1, b"{}"), (2, b"\xef\xbb\xbf{}")]
