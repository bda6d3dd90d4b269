"""Two decoders, written apart, say the same of the same bytes: what an event is, and why a record is none.

The strict one is the core's, on msgspec; the oracle's reads the schema's tables with the standard library's json.
Left out on purpose: a key that comes twice in one object. Both take the last, but may differ on whether that is newer.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core import events as core
from streams.core.decode import Newer, Rejected
from streams.oracle.decode import ALWAYS, BEGINNING_MS, COMMON, END_OF_TIME_MS, MAX_BYTES, REQUIRED, Event
from streams.oracle.facts import PLACED_LETTERS
from tests.decoding import decode as core_decode
from tests.decoding import oracle_decode as decode
from tests.examples import examples

Outcome = (
    str | tuple[str, int, bool, dict[str, Any]]
)  # why not; or the type, when, whether newer, and the ids and words

KEPT = (
    *("journey_id", "contact_id", "visit_id", "channel", "audience", "queue"),
    *("reason", "outcome", "destination", "question", "score"),
)


def core_says(value: bytes | None) -> Outcome:
    found = core_decode(value)
    if isinstance(found, Rejected):
        return found.reason
    event = found.event if isinstance(found, Newer) else found
    at = core.occurred_ms(event.occurred_at)
    if at is None:
        return "bad_time"
    kept = {name: getattr(event, name) for name in KEPT if getattr(event, name, None) is not None}
    if isinstance(event, core.SurveyEvent):  # it is kept by itself: what the recount does as it counts
        kept["journey_id"] = kept["journey_id"].removeprefix(core.OF_SURVEY)
    if isinstance(event, core.LetterPlaced | core.LetterEvent):
        kept["journey_id"] = kept["journey_id"].removeprefix(core.OF_LETTER)
    if getattr(event, "promised_by", None) is not None:
        kept["promised_by"] = core.occurred_ms(event.promised_by)  # type: ignore[attr-defined]
    if isinstance(event, core.QueueSnapshot):
        kept["waiting"] = event.waiting
    return core.TYPE_NAMES[type(event)], at, isinstance(found, Newer), kept


def oracle_says(value: bytes | None) -> Outcome:
    found = decode(value)
    if isinstance(found, str):
        return found
    names = (*KEPT, "promised_by", "waiting")
    kept: dict[str, Any] = {n: said for n, said in found.fields.items() if n in names}
    if found.type in PLACED_LETTERS:  # what the recount takes it for as it counts
        kept.setdefault("channel", "written")
    return found.type, found.at_ms, found.newer, kept


VALID: dict[str, Any] = {
    **{"schema_version": 1, "occurred_at": 1_741_075_200_000, "event_id": "e", "source": "s", "journey_id": "j"},
    **{"contact_id": "c", "visit_id": "v", "channel": "phone", "audience": "personbruker", "queue": "helse"},
    **{"reason": "closed", "initiation": "inbound", "agent_ref": "a1"},
}
OWN: dict[str, Any] = {
    **{"outcome": "solved", "destination": "arbeid", "question": "service", "score": 6, "waiting": 3},
    "promised_by": "2025-03-04T12:00:00+01:00",
}
FIELDS = {
    type_: {**VALID, "type": type_} | {name: OWN[name] for name in (*required, "promised_by") if name in OWN}
    for type_, required in REQUIRED.items()
}
for _type, _fields in FIELDS.items():
    if _type != "callback.requested":
        del _fields["promised_by"]

texts = st.text(max_size=5) | st.sampled_from(["", "x" * 200, "x" * 201, "æ" * 200, "😀" * 201, "1", "1.7", "2", "01"])
words = st.sampled_from(["phone", "written", "samhandler", "solved", "service", *REQUIRED])
numbers = st.sampled_from(
    [0, 1, 2, -1, 1.0, 0.5, -0.0, 1e300, 2**63, 2**64, 10**30, END_OF_TIME_MS, END_OF_TIME_MS - 1]
)
times = st.one_of(
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.from_regex(r"(19[67]|20[0-9]|2100)\d-[01]\d-[0-3]\d[Tt _]?[0-2]\d:[0-5]\d:[0-6]\d", fullmatch=True).flatmap(
        lambda text: st.from_regex(r"(\.\d{0,9})?([Zz]|[+-][0-2]\d:?[0-6]\d)?", fullmatch=True).map(text.__add__)
    ),
)
leaves = st.none() | st.booleans() | st.integers() | numbers | texts | words | times
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2), max_leaves=4
)
names = st.sampled_from(["type", *ALWAYS, *COMMON, *OWN]) | texts


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A valid event of any type with up to three fields dropped, retyped, moved or made up."""
    fields = dict(FIELDS[draw(st.sampled_from(sorted(FIELDS)))])
    for name in draw(st.lists(names, max_size=3)):
        if draw(st.booleans()):
            fields.pop(name, None)
        else:
            fields[name] = draw(values)
    return dict(draw(st.permutations(sorted(fields.items(), key=lambda item: item[0]))))


@pytest.mark.parametrize("type_", REQUIRED)
def test_the_tables_name_what_the_core_requires(type_: str) -> None:
    value = json.dumps(FIELDS[type_]).encode()
    found = decode(value)
    assert isinstance(found, Event)
    assert not found.newer
    assert oracle_says(value) == core_says(value)
    for name in FIELDS[type_]:
        kinds: tuple[dict[str, Any], ...] = ({}, {name: None}, {name: ""}, {name: 1}, {name: []})
        for kind in kinds:
            fields = {k: v for k, v in FIELDS[type_].items() if k != name} | kind
            assert oracle_says(json.dumps(fields).encode()) == core_says(json.dumps(fields).encode()), fields


def test_all_types_are_known() -> None:
    assert set(REQUIRED) == set(core.TYPE_NAMES.values())


@settings(max_examples=examples(800), deadline=None)
@given(mutated(), st.booleans())
@pytest.mark.fault(13)
def test_mutated_events(fields: dict[str, Any], ascii_only: bool) -> None:
    text = json.dumps(fields, ensure_ascii=ascii_only)
    value = text.encode("utf-8", "surrogatepass")
    assert oracle_says(value) == core_says(value)


NEAR_A_BOUND = [bound + more for bound in (0, BEGINNING_MS, END_OF_TIME_MS) for more in (-1, 0, 1)]
epochs = st.one_of(st.integers(-10, END_OF_TIME_MS + 10), st.sampled_from(NEAR_A_BOUND)).flatmap(
    lambda ms: st.sampled_from([ms, float(ms), ms / 1000, ms // 1000, ms * 1000, ms + 0.5, ms - 0.001])
)


@settings(max_examples=examples(800), deadline=None)
@given(st.one_of(times, epochs, values))
@pytest.mark.fault(32)
def test_times(at: Any) -> None:
    value = json.dumps(FIELDS["queue.answered"] | {"occurred_at": at}).encode()
    assert oracle_says(value) == core_says(value)


cuts: dict[str, Callable[[bytes, int, bytes], bytes]] = {
    "cut": lambda value, i, _: value[:i],
    "insert": lambda value, i, more: value[:i] + more + value[i:],
    "replace": lambda value, i, more: value[:i] + more + value[i + len(more) :],
    "drop": lambda value, i, more: value[:i] + value[i + len(more) :],
}
garbage = st.binary(min_size=1, max_size=3) | st.sampled_from(
    [b"NaN", b"\\u", b"\\ud800", b"1e999", b'"', b"\xed\xa0\x80"]
)


@settings(max_examples=examples(800), deadline=None)
@given(st.sampled_from(sorted(FIELDS)), st.sampled_from(sorted(cuts)), st.integers(0, 400), garbage)
@pytest.mark.fault(13)
def test_spoiled_bytes(type_: str, how: str, where: int, more: bytes) -> None:
    value = cuts[how](json.dumps(FIELDS[type_]).encode(), where, more)
    assert oracle_says(value) == core_says(value)


ANSWERED = b'{"schema_version":1,"type":"queue.answered","journey_id":"j","visit_id":"v","occurred_at":1741075200000%s}'


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (None, "null_value"),
        (b"", "broken_json"),
        (b"\xef\xbb\xbf{}", "broken_json"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (b'"1"', "not_an_object"),
        (b"{}", "missing_field"),
        (b'{"type":1}', "unknown_type"),
        (b'{"schema_version":2}', "unknown_version"),
        (b'{"schema_version":1.0}', "missing_field"),
        (b'{"schema_version":1.5}', "unknown_version"),
        (b'{"schema_version":true}', "unknown_version"),
        (ANSWERED % b" x", "broken_json"),
        (ANSWERED % b',"x":NaN', "broken_json"),
        (ANSWERED % b',"x":-Infinity', "broken_json"),
        (ANSWERED % b',"x":1e999', "broken_json"),
        (ANSWERED % (b',"x":' + b"9" * 5000), "broken_json"),
        (ANSWERED % b',"x":"\\ud800"', "broken_json"),
        (ANSWERED % b',"x\\udfff":1', "broken_json"),
        (ANSWERED % b',"x":"a\tb"', "broken_json"),
        (ANSWERED % (b',"x":' + b"[" * 20_000 + b"]" * 20_000), "too_deep"),
        (ANSWERED % (b',"x":"' + b"x" * (MAX_BYTES - 82) + b'"'), "too_large"),
        (ANSWERED % b',"occurred_at":"2025-03-04T09:30:00"', "bad_time"),
        (ANSWERED % b',"occurred_at":"1969-12-31T23:59:59Z"', "bad_time"),
        (ANSWERED % b',"occurred_at":"2099-12-31T23:59:59.9999999Z"', "bad_time"),
        (ANSWERED % b',"occurred_at":1.0', "bad_time"),
        (ANSWERED % b',"queue":1', "bad_field"),
    ],
)
@pytest.mark.fault(13)
def test_one_reason_each(value: bytes | None, outcome: str) -> None:
    assert oracle_says(value) == core_says(value) == outcome


def answered_at(number: str) -> bytes:
    """As a sender writes the digits."""
    return (ANSWERED % b"").replace(b"1741075200000", number.encode())


@pytest.mark.parametrize(
    ("number", "ms"),
    [
        ("1741075200000.0", 0),
        ("1.7410752e12", 0),
        ("1.7410752E+12", 0),
        ("17410752e5", 0),
        ("1741075200000.5", 0),  # rounded down, as a text is
        ("1741075200000.999", 0),
        ("1741075199999.999", -1),
        ("1741075200001", 1),
    ],
)
@pytest.mark.fault(32)
def test_a_double_is_a_time(number: str, ms: int) -> None:
    found = oracle_says(answered_at(number))
    assert found == core_says(answered_at(number))
    assert found[1] == 1_741_075_200_000 + ms


@pytest.mark.parametrize("type_", REQUIRED)
@pytest.mark.fault(32)
def test_a_sender_that_has_nothing_but_doubles_says_the_same(type_: str) -> None:
    fields = {name: float(value) if isinstance(value, int) else value for name, value in FIELDS[type_].items()}
    said = json.dumps(fields).encode()
    assert core_says(said) == oracle_says(said) == core_says(json.dumps(FIELDS[type_]).encode())


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("1741075200", "time_in_seconds"),
        ("1741075200.25", "time_in_seconds"),
        ("1.7410752e9", "time_in_seconds"),
        ("157766400", "time_in_seconds"),  # 1975
        ("4102444799.999", "time_in_seconds"),  # 2099
        ("157766399", "bad_time"),
        ("4102444800", "bad_time"),
        ("1741075200000000", "bad_time"),  # microseconds
        ("1741075200000000000", "bad_time"),
        ("157766399999", "bad_time"),
        ("4102444800000", "bad_time"),
        ("0", "bad_time"),
        ("-1741075200", "bad_time"),
        ('"1741075200"', "bad_time"),
        ("true", "bad_time"),
    ],
)
@pytest.mark.fault(32)
def test_a_time_in_seconds_is_rejected_by_that_name(number: str, outcome: str) -> None:
    assert oracle_says(answered_at(number)) == core_says(answered_at(number)) == outcome
    promised = FIELDS["callback.requested"] | {"promised_by": json.loads(number)}
    assert core_decode(json.dumps(promised).encode()) == Rejected(outcome, "promised_by")  # type: ignore[arg-type]
    assert oracle_says(json.dumps(promised).encode()) == outcome


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2025-03-04T08:00:00Z", 0),
        ("2025-03-04t08:00:00z", 0),
        ("2025-03-04 09:00:00+01:00", 0),
        ("2025-03-04T07:30:00-0030", 0),
        ("2025-03-04T08:00:00.0019994Z", 1),  # to the nearest microsecond, then down to the millisecond
        ("2025-03-04T08:00:00.0019995Z", 2),
        ("2025-03-04T08:00:00.00199949999Z", 1),
        ("2025-03-04T08:00:00.9999999Z", 1000),
    ],
)
def test_the_forms_of_a_time(text: str, ms: int) -> None:
    value = json.dumps(FIELDS["queue.answered"] | {"occurred_at": text}).encode()
    found = oracle_says(value)
    assert found == core_says(value)
    assert found[1] == 1_741_075_200_000 + ms
