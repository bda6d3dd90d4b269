"""A record's bytes as an event, or the word that says why they are none: the schema, written a second time.

The schema is three tables: what each type must carry, what every event may carry, and how a value of each
field looks. Fields are checked in the order of the tables, and the first fault gives the reason.
May import: standard library.
"""

import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple, TypedDict, TypeGuard, cast

MAX_BYTES: Final = 65_536
MOST_BRACKETS: Final = 100
BEGINNING_MS: Final = 157_766_400_000  # 1975-01-01T00:00Z
END_OF_TIME_MS: Final = 4_102_444_800_000  # 2100-01-01T00:00Z

REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "contact.started": ("journey_id", "contact_id"),
    "bot.started": ("journey_id", "contact_id", "channel", "audience"),
    "bot.ended": ("journey_id", "contact_id", "channel", "audience", "outcome"),
    "queue.entered": ("journey_id", "contact_id", "visit_id", "channel", "audience", "queue"),
    "agent.offered": ("journey_id", "visit_id"),
    "agent.missed": ("journey_id", "visit_id"),
    "queue.answered": ("journey_id", "visit_id"),
    "queue.abandoned": ("journey_id", "visit_id"),
    "queue.left": ("journey_id", "visit_id"),
    "callback.requested": ("journey_id", "visit_id"),
    "callback.attempted": ("journey_id", "visit_id"),
    "callback.connected": ("journey_id", "visit_id"),
    "callback.failed": ("journey_id", "visit_id"),
    "contact.transferred": ("journey_id", "visit_id", "channel", "audience", "destination"),
    "contact.held": ("journey_id", "contact_id"),
    "contact.ended": ("journey_id", "contact_id"),
    "written.received": ("journey_id", "audience", "queue"),
    "written.moved": ("journey_id", "audience", "queue"),
    "written.reclassified": ("journey_id", "audience", "queue"),
    "written.held": ("journey_id",),
    "written.answered": ("journey_id",),
    "written.withdrawn": ("journey_id",),
    "written.merged": ("journey_id",),
    "survey.invited": ("journey_id",),
    "survey.answered": ("journey_id", "question", "score"),
    "queue.snapshot": ("channel", "audience", "queue", "waiting"),
}
PLACED: Final = ("written.received", "written.moved", "written.reclassified")
ALSO: Final = {"callback.requested": ("promised_by",)}  # what a type may carry besides the common fields
ALWAYS: Final = ("schema_version", "occurred_at")
COMMON: Final = (
    *("event_id", "source", "journey_id", "contact_id", "visit_id", "channel", "audience"),
    *("queue", "reason", "initiation", "agent_ref", "contact_version"),
)
TIMES: Final = ("occurred_at", "promised_by")
KNOWN: Final = {  # in the order in which they are checked
    type_: tuple(dict.fromkeys((*required, *ALSO.get(type_, ()), *ALWAYS, *COMMON)))
    for type_, required in REQUIRED.items()
}

_RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))",
    re.ASCII,
)


Json = Mapping[str, object]  # an object as it was parsed


class Fields(TypedDict, total=False):
    """What an event carries: times in epoch ms, what is null is not there."""

    schema_version: int | float | str
    occurred_at: int
    event_id: str
    source: str
    journey_id: str
    contact_id: str
    visit_id: str
    channel: str
    audience: str
    queue: str | None  # null where nobody knew which it was
    destination: str | None
    reason: str
    initiation: str
    agent_ref: str
    contact_version: int
    outcome: str
    promised_by: int
    question: str
    score: int
    waiting: int


class Event(NamedTuple):
    """A record that is an event: its times in epoch ms, nothing in `fields` that the schema does not know."""

    type: str
    at_ms: int
    fields: Fields
    newer: bool  # it has unknown fields, or a version other than the number 1


def decode(value: bytes | None, channels: Collection[str], audiences: Collection[str]) -> Event | str:
    """The event, or why the record is none; of another channel or audience it is none."""
    if value is None:
        return "null_value"
    if len(value) > MAX_BYTES:
        return "too_large"
    if value.count(b"[") + value.count(b"{") > MOST_BRACKETS:
        return "too_deep"
    try:
        fields = _parse(value)
    except (ValueError, RecursionError):
        return "broken_json"
    if not isinstance(fields, dict):
        return "not_an_object"
    if "schema_version" in fields and not _is_version_1(fields["schema_version"]):
        return "unknown_version"
    if "type" not in fields:
        return "missing_field"
    type_ = fields["type"]
    if not isinstance(type_, str) or type_ not in REQUIRED:
        return "unknown_type"
    fault = _first_fault(type_, fields, {"channel": channels, "audience": audiences}) or _no_contact(fields)
    if not fault and type_ in PLACED and fields.get("channel") is None and "written" not in channels:
        return "missing_field"  # nobody knows which channel it is of
    return fault or _event(type_, fields)


def source_of(value: bytes | None) -> str | None:
    """What a record names as its source, whether it is an event or not; None where it names none, or cannot be read."""
    if value is None or len(value) > MAX_BYTES or value.count(b"[") + value.count(b"{") > MOST_BRACKETS:
        return None
    try:
        fields = _parse(value)
    except (ValueError, RecursionError):
        return None
    source = fields.get("source") if isinstance(fields, dict) else None
    return source if isinstance(source, str) else None


def _parse(value: bytes) -> object:
    """JSON as RFC 8259 has it, so not what `json` lets through: NaN, 1e999, and half a surrogate pair."""
    text = value.decode("utf-8")
    fields = _STRICT.decode(text)
    if "\\u" in text:
        json.dumps(fields, ensure_ascii=False).encode("utf-8")  # a lone surrogate is a UnicodeEncodeError
    return fields


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _refuse(_: str) -> float:
    raise ValueError("not JSON")


_STRICT: Final = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)


def _first_fault(type_: str, fields: Json, words: Mapping[str, Collection[str]]) -> str | None:
    required = REQUIRED[type_]
    for name in KNOWN[type_]:
        must = name in required or name in ALWAYS
        if name not in fields:
            if must:
                return "missing_field"
        elif not (_looks_right(name, fields[name], must, words) or (fields[name] is None and not must)):
            return "bad_field" if name not in TIMES else _why_no_time(fields[name])
    return None


def _no_contact(fields: Json) -> str | None:
    """A version is of a contact, which has to be named."""
    return "missing_field" if fields.get("contact_version") is not None and not fields.get("contact_id") else None


def _why_no_time(value: object) -> str:
    """A number that is a time if it counts seconds is told from all that is none."""
    return "time_in_seconds" if _is_number(value) and _is_time(value * 1000) else "bad_time"


def _looks_right(name: str, value: object, required: bool, words: Mapping[str, Collection[str]]) -> bool:
    """Whether a value is of the field's kind. A text that is required is an id: not empty, not endless."""
    if name in words:
        return isinstance(value, str) and value in words[name]
    if name in _LOOKS:
        return _LOOKS[name](value)
    return isinstance(value, str) and (not required or 1 <= len(value) <= 200)


def _one_of(*words: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in words


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_whole(value: object) -> TypeGuard[float]:
    return _is_int(value) or (isinstance(value, float) and value % 1 == 0)


def _is_version_1(value: object) -> bool:
    if isinstance(value, str):
        return value.split(".")[0] == "1"
    return _is_whole(value) and value == 1


def _is_number(value: object) -> TypeGuard[float]:
    return _is_int(value) or isinstance(value, float)


def _is_time(value: object) -> bool:
    if isinstance(value, str):
        value = _text_ms(value)
    return _is_number(value) and BEGINNING_MS <= value < END_OF_TIME_MS


_LOOKS: Final[dict[str, Callable[[object], bool]]] = {
    "outcome": _one_of("solved", "partly", "transferred"),
    "question": _one_of("solution", "service"),
    "score": lambda value: _is_whole(value) and 1 <= value <= 6,
    "waiting": lambda value: _is_whole(value) and 0 <= value <= 1_000_000,
    "contact_version": lambda value: _is_whole(value) and 0 <= value < 1 << 53,
    "schema_version": _is_version_1,
    "occurred_at": _is_time,
    "promised_by": _is_time,
}


def _event(type_: str, fields: Json) -> Event:
    """All fields are of the right kind."""
    names = KNOWN[type_]
    known = {name: _read(name, fields[name]) for name in names if fields.get(name) is not None}
    newer = fields["schema_version"] != 1 or not fields.keys() <= {*names, "type"}
    read = cast(Fields, known)  # what each is, the tables have seen to
    return Event(type_, read["occurred_at"], read, newer)


def _read(name: str, value: object) -> object:
    """A field's value as the recount has it: times in ms, counts without a fraction."""
    if name in TIMES:
        return _text_ms(value) if isinstance(value, str) else math.floor(value) if _is_number(value) else value
    return int(value) if name in ("waiting", "contact_version", "score") and _is_number(value) else value


def _text_ms(text: str) -> int:
    """An RFC 3339 time as epoch ms, rounded down; -1 where it is none."""
    moment = _moment(text)
    return -1 if moment is None else (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _moment(text: str) -> datetime | None:
    """An RFC 3339 time to the nearest microsecond: the seventh digit of the fraction decides."""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    zone = timezone(-offset if sign == "-" else offset)
    digits = (fraction or "").ljust(7, "0")
    microseconds = int(digits[:6]) + (digits[6] >= "5")
    try:
        whole = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=zone)
        return whole + timedelta(microseconds=microseconds)
    except (ValueError, OverflowError):  # no such day, or the end of the year 9999
        return None
