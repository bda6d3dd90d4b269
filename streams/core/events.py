"""The documented events, one class a type, and their decoding from bytes.

Nothing here raises on bad input: `decode` answers an `Event` or a `Rejected` that says why in words from a closed
list, and never repeats any part of what it was given. May import: standard library, msgspec.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, Union, final

import msgspec

SCHEMA_MAJOR: Final = 1
MAX_BYTES: Final = 64 * 1024  # an event is some 300 bytes; anything near this is not one
MOST_WAITING: Final = 1_000_000  # a source that says more is mistaken
MOST_BRACKETS: Final = 100  # an event has one; how deep a parser can go is left to no parser

Channel = Literal["phone", "chat", "written"]
Audience = Literal["personbruker", "samhandler"]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_END_OF_TIME_MS: Final = 4_102_444_800_000  # 2100-01-01T00:00Z: later than any event of ours
EpochMs = Annotated[int, msgspec.Meta(ge=0, lt=_END_OF_TIME_MS)]
Time = EpochMs | Annotated[datetime, msgspec.Meta(tz=True)]  # epoch ms, or RFC 3339 with an offset

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Event(msgspec.Struct, tag_field="type", kw_only=True, forbid_unknown_fields=True, gc=False):
    """What every event carries. Times are epoch ms or RFC 3339; ids are opaque and never stored as they are."""

    schema_version: Literal[1]
    occurred_at: Time
    event_id: str | None = None
    source: str | None = None
    journey_id: str | None = None
    contact_id: str | None = None
    visit_id: str | None = None
    channel: Channel | None = None
    audience: Audience | None = None
    queue: str | None = None
    reason: str | None = None
    initiation: str | None = None
    agent_ref: str | None = None


class ContactStarted(Event, tag="contact.started"):
    """A customer made contact (before any queue: the phone menu, the web page)."""

    journey_id: Id
    contact_id: Id


class BotStarted(Event, tag="bot.started"):
    """The chatbot took the contact; `queue` names the bot. Its time is kept apart from any wait."""

    journey_id: Id
    contact_id: Id
    channel: Channel
    audience: Audience


class BotEnded(Event, tag="bot.ended"):
    """The chatbot let go: it solved the matter, solved it partly, or handed over to a queue for a person."""

    journey_id: Id
    contact_id: Id
    channel: Channel
    audience: Audience
    outcome: Literal["solved", "partly", "transferred"]


class QueueEntered(Event, tag="queue.entered"):
    """A visit begins: the contact stands in one queue, and its wait clock starts."""

    journey_id: Id
    contact_id: Id
    visit_id: Id
    channel: Channel
    audience: Audience
    queue: Id


class VisitEvent(Event):
    """Something that happened to a visit; which queue that was is known from its entry."""

    journey_id: Id
    visit_id: Id


class AgentOffered(VisitEvent, tag="agent.offered"):
    """The visit was offered to an adviser."""


class AgentMissed(VisitEvent, tag="agent.missed"):
    """The adviser did not take it. The customer waits on: the wait clock is not reset."""


class QueueAnswered(VisitEvent, tag="queue.answered"):
    """A person answered."""


class QueueAbandoned(VisitEvent, tag="queue.abandoned"):
    """The customer left while waiting."""


class QueueLeft(VisitEvent, tag="queue.left"):
    """The visit ended in another way: `reason` is transferred, overflow, timeout or closed."""


class CallbackRequested(VisitEvent, tag="callback.requested"):
    """The customer asked to be called back and left the queue; `promised_by` is the latest time promised."""

    promised_by: Time | None = None

    def __post_init__(self) -> None:
        """Raises ValueError (a ValidationError while decoding) where the promise is for no time of ours."""
        if self.promised_by is not None and occurred_ms(self.promised_by) is None:
            raise ValueError("promised_by")


class CallbackAttempted(VisitEvent, tag="callback.attempted"):
    """We rang the customer."""


class CallbackConnected(VisitEvent, tag="callback.connected"):
    """The customer and a person talk: the promise is kept, and the journey's wait ends."""


class CallbackFailed(VisitEvent, tag="callback.failed"):
    """The promise was given up; `reason` "cancelled" means that the customer withdrew it."""


class ContactTransferred(VisitEvent, tag="contact.transferred"):
    """An answered visit was passed on to `destination`: a queue here, or an office outside."""

    channel: Channel
    audience: Audience
    destination: Id


class ContactEnded(Event, tag="contact.ended"):
    """The contact is over."""

    journey_id: Id
    contact_id: Id


class WrittenReceived(Event, tag="written.received"):
    """A written enquiry came in."""

    journey_id: Id
    audience: Audience
    queue: Id


class WrittenAnswered(Event, tag="written.answered"):
    """A written enquiry was answered."""

    journey_id: Id


class SurveyAnswered(Event, tag="survey.answered"):
    """A customer's verdict: `score` from 1 to 6 on one `question`."""

    journey_id: Id
    question: Literal["solution", "service"]
    score: Annotated[int, msgspec.Meta(ge=1, le=6)]


class QueueSnapshot(Event, tag="queue.snapshot"):
    """What the source itself says is waiting in a queue now, to reconcile with."""

    channel: Channel
    audience: Audience
    queue: Id
    waiting: Annotated[int, msgspec.Meta(ge=0, le=MOST_WAITING)]


EVENT_TYPES: Final[tuple[type[Event], ...]] = (
    ContactStarted,
    BotStarted,
    BotEnded,
    QueueEntered,
    AgentOffered,
    AgentMissed,
    QueueAnswered,
    QueueAbandoned,
    QueueLeft,
    CallbackRequested,
    CallbackAttempted,
    CallbackConnected,
    CallbackFailed,
    ContactTransferred,
    ContactEnded,
    WrittenReceived,
    WrittenAnswered,
    SurveyAnswered,
    QueueSnapshot,
)
TYPE_NAMES: Final = {cls: str(cls.__struct_config__.tag) for cls in EVENT_TYPES}

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
    "from_the_future",
]


@final
class Rejected(msgspec.Struct, frozen=True):
    """Why a record is no event. `field` is a name from the schema, never text from the record."""

    reason: RejectReason
    field: str | None = None


@final
class Newer(msgspec.Struct, frozen=True):
    """An event of a newer minor version, or with fields the schema does not know: used as it is, and counted."""

    event: Event


_decode = msgspec.json.Decoder(Union[EVENT_TYPES]).decode  # noqa: UP007  # a union made of a tuple
_BY_NAME = {name: cls for cls, name in TYPE_NAMES.items()}
_FIELDS = {cls: [f.encode_name for f in msgspec.structs.fields(cls)] for cls in EVENT_TYPES}
_TIME_FIELDS = frozenset({"occurred_at", "promised_by"})


def occurred_ms(at: Time) -> int | None:
    """A time as epoch ms, rounded down; None where it is no time of ours (1970 to 2100)."""
    ms = (at - _EPOCH) // _MS if isinstance(at, datetime) else at
    return ms if 0 <= ms < _END_OF_TIME_MS else None


def decode(value: bytes | None) -> Event | Newer | Rejected:
    """One record's value as an event, or why it is none.

    A newer minor version, and fields that the schema does not know, are let through as `Newer`.
    """
    if value is None:
        return Rejected("null_value")
    if len(value) > MAX_BYTES:
        return Rejected("too_large")
    try:
        return _decode(value)  # type: ignore[no-any-return]  # of the union that was made from a tuple
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _decode_slowly(value)


def _decode_slowly(value: bytes) -> Event | Newer | Rejected:
    """What the strict decoder refused: an event with unknown fields, or the first thing that is wrong with it."""
    if value.count(b"[") + value.count(b"{") > MOST_BRACKETS:
        return Rejected("too_deep")
    try:
        fields = msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Rejected("broken_json")
    if not isinstance(fields, dict):
        return Rejected("not_an_object")
    version = fields.get("schema_version", SCHEMA_MAJOR)
    if not _is_our_major(version):
        return Rejected("unknown_version")
    cls = _BY_NAME.get(fields["type"]) if isinstance(fields.get("type"), str) else None
    if cls is None:
        return Rejected("unknown_type" if "type" in fields else "missing_field", "type")
    known = {name: fields[name] for name in _FIELDS[cls] if name in fields}
    if "schema_version" in known:
        known["schema_version"] = SCHEMA_MAJOR
    for field in msgspec.structs.fields(cls):
        if problem := _problem(field, known):
            return problem
    event = msgspec.convert({**known, "type": fields["type"]}, cls)
    is_newer = len(known) + 1 < len(fields) or version != SCHEMA_MAJOR
    return Newer(event) if is_newer else event  # else only a field was repeated: the last one counts


def _problem(field: msgspec.structs.FieldInfo, known: dict[str, Any]) -> Rejected | None:
    name = field.encode_name
    if name not in known:
        return Rejected("missing_field", name) if field.required else None
    try:
        value = msgspec.convert(known[name], field.type)
    except msgspec.ValidationError:
        return Rejected("bad_time" if name in _TIME_FIELDS else "bad_field", name)
    if name in _TIME_FIELDS and value is not None and occurred_ms(value) is None:
        return Rejected("bad_time", name)
    return None


def _is_our_major(version: object) -> bool:
    """1, "1" and "1.7" are ours; True, 2 and "one" are not."""
    if isinstance(version, str):
        return version.partition(".")[0] == str(SCHEMA_MAJOR)
    return version == SCHEMA_MAJOR and not isinstance(version, bool | float)
