"""Events made of bytes, one record's value at a time.

Nothing here raises on bad input: a decoder answers an `Event` or a `Rejected` that says why in words from a closed
list, and never repeats any part of what it was given. May import: standard library, msgspec, by_source, events,
source_queue.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import GenericAlias
from typing import Final, Literal, NamedTuple, Self, Union, final

import msgspec

from streams.core.by_source import SourceNames, Told
from streams.core.events import (
    SCHEMA_MAJOR,
    TYPE_NAMES,
    WRITTEN,
    Event,
    LetterPlaced,
    is_in_seconds,
    occurred_ms,
)
from streams.core.source_queue import OTHER

MAX_BYTES: Final = 64 * 1024  # an event is some 300 bytes; anything near this is not one
MOST_BRACKETS: Final = 100  # an event has one; how deep a parser can go is left to no parser

RejectReason = Literal[
    "null_value",
    "too_large",
    "too_deep",
    "broken_json",
    "not_an_object",
    "unknown_version",
    "unknown_type",
    "missing_field",
    "bad_field",
    "bad_time",
    "time_in_seconds",
    "from_the_future",
]


@final
class Rejected(msgspec.Struct, frozen=True):
    """Why a record is no event. `field` is a name from the schema, `source` one from the configuration: never text from
    the record.
    """

    reason: RejectReason
    field: str | None = None
    source: str = OTHER


@final
class Newer(msgspec.Struct, frozen=True):
    """An event of a newer minor version, or with fields the schema does not know: used as it is, and counted."""

    event: Event


Decode = Callable[[bytes | None], Event | Newer | Rejected]
_TIME_FIELDS = frozenset({"occurred_at", "promised_by"})


class _Kind(NamedTuple):
    """A type of event, with a contact centre's channels and audiences in it."""

    filled_in: GenericAlias
    fields: tuple[msgspec.structs.FieldInfo, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, event: type[Event], channels: tuple[str, ...], audiences: tuple[str, ...]) -> Self:
        filled_in = GenericAlias(event, (Literal[channels], Literal[audiences]))
        fields = msgspec.structs.fields(filled_in)  # type: ignore[arg-type]  # as good as a struct's class
        return cls(filled_in, fields, tuple(field.encode_name for field in fields))


@lru_cache(maxsize=8)
def decoder(channels: tuple[str, ...], audiences: tuple[str, ...], sources: tuple[Told, ...] = ()) -> Decode:
    """What makes events of bytes, for a contact centre with these channels and audiences, and these sources told apart.

    It takes one record's value, and answers an event, or why it is none; of another channel or audience it is none. A
    newer minor version, and fields that the schema does not know, are let through as `Newer`. That the types have the
    names in them costs an event nothing; to look a name up afterwards would.
    """
    kinds = {name: _Kind.of(cls, channels, audiences) for cls, name in TYPE_NAMES.items()}
    names = SourceNames(sources)
    strictly = msgspec.json.Decoder(Union[tuple(kind.filled_in for kind in kinds.values())]).decode  # noqa: UP007

    def decode(value: bytes | None) -> Event | Newer | Rejected:
        if value is None:
            return Rejected("null_value")
        if len(value) > MAX_BYTES:
            return Rejected("too_large")
        try:
            event: Event = strictly(value)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return _decode_slowly(value, kinds, names)
        return event if event.contact_version is None or event.contact_id else _of_no_contact(event, names)

    return decode if WRITTEN in channels else _without_letters(decode, names)


def _without_letters(decode: Decode, names: SourceNames) -> Decode:
    """Of a centre that has no channel of that name, so that a letter has to say its own."""

    def decode_strictly(value: bytes | None) -> Event | Newer | Rejected:
        found = decode(value)
        event = found.event if isinstance(found, Newer) else found
        if isinstance(event, LetterPlaced) and event.channel == WRITTEN:
            return Rejected("missing_field", "channel", names.of(event.source))
        return found

    return decode_strictly


def _decode_slowly(value: bytes, kinds: Mapping[str, _Kind], names: SourceNames) -> Event | Newer | Rejected:
    """What the strict decoder refused: an event with unknown fields, or the first thing that is wrong with it."""
    if value.count(b"[") + value.count(b"{") > MOST_BRACKETS:
        return Rejected("too_deep")
    try:
        fields = msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Rejected("broken_json")
    if not isinstance(fields, dict):
        return Rejected("not_an_object")
    source = names.of(fields.get("source"))
    version = fields.get("schema_version", SCHEMA_MAJOR)
    if not _is_our_major(version):
        return Rejected("unknown_version", source=source)
    kind = kinds.get(fields["type"]) if isinstance(fields.get("type"), str) else None
    if kind is None:
        return Rejected("unknown_type" if "type" in fields else "missing_field", "type", source)
    known = {name: _whole(fields[name]) for name in kind.names if name in fields}
    if "schema_version" in known:
        known["schema_version"] = SCHEMA_MAJOR
    for field in kind.fields:
        if problem := _problem(field, known):
            return msgspec.structs.replace(problem, source=source)
    event = msgspec.convert({**known, "type": fields["type"]}, kind.filled_in)
    if event.contact_version is not None and not event.contact_id:
        return _of_no_contact(event, names)
    is_newer = len(known) + 1 < len(fields) or version != SCHEMA_MAJOR
    return Newer(event) if is_newer else event  # else only a field was repeated: the last one counts


def _of_no_contact(event: Event, names: SourceNames) -> Rejected:
    """A version is of a contact, which has to be named."""
    return Rejected("missing_field", "contact_id", names.of(event.source))


def _problem(field: msgspec.structs.FieldInfo, known: dict[str, object]) -> Rejected | None:
    name = field.encode_name
    if name not in known:
        return Rejected("missing_field", name) if field.required else None
    try:
        value = msgspec.convert(known[name], field.type)
    except msgspec.ValidationError:
        if name not in _TIME_FIELDS:
            return Rejected("bad_field", name)
        return Rejected("time_in_seconds" if is_in_seconds(known[name]) else "bad_time", name)
    if name in _TIME_FIELDS and value is not None and occurred_ms(value) is None:
        return Rejected("bad_time", name)
    return None


def _is_our_major(version: object) -> bool:
    """1, 1.0, "1" and "1.7" are ours; True, 1.7, 2 and "one" are not."""
    if isinstance(version, str):
        return version.partition(".")[0] == str(SCHEMA_MAJOR)
    return version == SCHEMA_MAJOR and not isinstance(version, bool)


def _whole(value: object) -> object:
    """A double that is a whole number as that number: to JSON they are the same, and some senders have doubles only."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
