"""The documented events, one class a type.

How they are made of bytes, and which channels and audiences there are to a contact centre: decode.py. May import:
standard library, msgspec, typing_extensions.
"""

from datetime import UTC, datetime, timedelta
from math import floor
from typing import Annotated, Final, Generic, Literal

import msgspec
from typing_extensions import TypeVar

SCHEMA_MAJOR: Final = 1
MOST_WAITING: Final = 1_000_000  # a source that says more is mistaken
CALLBACK: Final = "callback"  # the `initiation` of a contact that is begun to keep a promise
WRITTEN: Final = "written"  # the channel of letters, where an event of theirs does not say it
OF_SURVEY: Final = "survey of "  # what the id begins with by which a journey's survey is kept
OF_LETTER: Final = "letter of "  # likewise, its letters

Channel = TypeVar("Channel", bound=str, default=str)  # those of a contact centre, where events are decoded
Audience = TypeVar("Audience", bound=str, default=str)
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
BEGINNING_MS: Final = 157_766_400_000  # 1975-01-01T00:00Z: earlier than any event of ours
END_OF_TIME_MS: Final = 4_102_444_800_000  # 2100-01-01T00:00Z: later than any event of ours
GREATEST_VERSION: Final = (1 << 53) - 1  # a double holds it exactly: some senders have no other numbers
Version = Annotated[int, msgspec.Meta(ge=0, le=GREATEST_VERSION)]
EpochMs = Annotated[int, msgspec.Meta(ge=BEGINNING_MS, lt=END_OF_TIME_MS)]
EpochDouble = Annotated[float, msgspec.Meta(ge=BEGINNING_MS, lt=END_OF_TIME_MS)]  # ms too: some have no other numbers
Time = EpochMs | EpochDouble | Annotated[datetime, msgspec.Meta(tz=True)]  # epoch ms, or RFC 3339 with an offset

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
FIRST_YEAR: Final = (_EPOCH + BEGINNING_MS * _MS).year  # of events
LAST_YEAR: Final = (_EPOCH + (END_OF_TIME_MS - 1) * _MS).year


class Event(
    msgspec.Struct, Generic[Channel, Audience], tag_field="type", kw_only=True, forbid_unknown_fields=True, gc=False
):
    """What every event carries. Times are epoch ms, also doubles, or RFC 3339; ids are opaque and never stored so.

    `contact_version`: a source that tells a contact anew tells all of it again under a higher number, such as when its
    record was last changed; of several versions the highest holds (edition 4 of the definitions). An event that has one
    names `contact_id`, whatever its type. None is 0, the lowest.
    """

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
    contact_version: Version | None = None


class ContactStarted(Event[Channel, Audience], tag="contact.started"):
    """A customer made contact (before any queue: the phone menu, the web page)."""

    journey_id: Id
    contact_id: Id


class BotStarted(Event[Channel, Audience], tag="bot.started"):
    """The chatbot took the contact; `queue` names the bot. Its time is kept apart from any wait."""

    journey_id: Id
    contact_id: Id
    channel: Channel
    audience: Audience


class BotEnded(Event[Channel, Audience], tag="bot.ended"):
    """The chatbot let go: it solved the matter, solved it partly, or handed over to a queue for a person."""

    journey_id: Id
    contact_id: Id
    channel: Channel
    audience: Audience
    outcome: Literal["solved", "partly", "transferred"]


class QueueEntered(Event[Channel, Audience], tag="queue.entered"):
    """A visit begins: the contact stands in one queue, and its wait clock starts."""

    journey_id: Id
    contact_id: Id
    visit_id: Id
    channel: Channel
    audience: Audience
    queue: Id


class VisitEvent(Event[Channel, Audience]):
    """Something that happened to a visit; which queue that was is known from its entry."""

    journey_id: Id
    visit_id: Id


class AgentOffered(VisitEvent[Channel, Audience], tag="agent.offered"):
    """The visit was offered to an adviser."""


class AgentMissed(VisitEvent[Channel, Audience], tag="agent.missed"):
    """The adviser did not take it. The customer waits on: the wait clock is not reset."""


class QueueAnswered(VisitEvent[Channel, Audience], tag="queue.answered"):
    """A person answered."""


class QueueAbandoned(VisitEvent[Channel, Audience], tag="queue.abandoned"):
    """The customer left while waiting."""


class QueueLeft(VisitEvent[Channel, Audience], tag="queue.left"):
    """The visit ended in another way: `reason` is transferred, overflow, timeout or closed."""


class CallbackRequested(VisitEvent[Channel, Audience], tag="callback.requested"):
    """The customer asked to be called back and left the queue; `promised_by` is the latest time promised."""

    promised_by: Time | None = None

    def __post_init__(self) -> None:
        """Raises ValueError (a ValidationError while decoding) where the promise is for no time of ours."""
        if self.promised_by is not None and occurred_ms(self.promised_by) is None:
            raise ValueError("promised_by")


class CallbackAttempted(VisitEvent[Channel, Audience], tag="callback.attempted"):
    """We rang the customer."""


class CallbackConnected(VisitEvent[Channel, Audience], tag="callback.connected"):
    """The customer and a person talk: the promise is kept, and the journey's wait ends."""


class CallbackFailed(VisitEvent[Channel, Audience], tag="callback.failed"):
    """The promise was given up; `reason` "cancelled" means that the customer withdrew it."""


class ContactTransferred(VisitEvent[Channel, Audience], tag="contact.transferred"):
    """An answered visit was passed on to `destination`: a queue here, or an office outside."""

    channel: Channel
    audience: Audience
    destination: Id


class ContactHeld(Event[Channel, Audience], tag="contact.held"):
    """The adviser put the customer on hold in mid-talk: no wait in a queue, and no measure yet."""

    journey_id: Id
    contact_id: Id


class ContactEnded(Event[Channel, Audience], tag="contact.ended"):
    """The contact is over."""

    journey_id: Id
    contact_id: Id


class LetterPlaced(Event[Channel, Audience]):
    """Something by which a letter came to be in a queue: a theme of questions (STO) or of messages (BTO)."""

    journey_id: Id
    audience: Audience
    queue: Id

    def __post_init__(self) -> None:
        """Letters are of one channel, which need not be said; and are kept by themselves, as who writes may call, too,
        and what is remembered of the one is not of the other.
        """
        self.journey_id = OF_LETTER + self.journey_id
        if self.channel is None:
            self.channel = WRITTEN  # type: ignore[assignment]  # of a centre that has none it is rejected: decode.py


class WrittenReceived(LetterPlaced[Channel, Audience], tag="written.received"):
    """A letter came in; or another message of the citizen's in a letter that is known: that has a clock of its own."""


class WrittenMoved(LetterPlaced[Channel, Audience], tag="written.moved"):
    """It was passed on to the queue of another theme. Its clock goes on."""


class WrittenReclassified(LetterPlaced[Channel, Audience], tag="written.reclassified"):
    """It is another kind of letter, as a message that turned out to be a question: its clock begins anew."""


class LetterEvent(Event[Channel, Audience]):
    """Something that happened to a letter; which queue it is in is known from the events above."""

    journey_id: Id

    def __post_init__(self) -> None:
        """It is kept by itself."""
        self.journey_id = OF_LETTER + self.journey_id


class WrittenHeld(LetterEvent[Channel, Audience], tag="written.held"):
    """It was put on hold, as somebody else has to say something first: that counts as an answer."""


class WrittenAnswered(LetterEvent[Channel, Audience], tag="written.answered"):
    """It was answered."""


class WrittenWithdrawn(LetterEvent[Channel, Audience], tag="written.withdrawn"):
    """The citizen took it back, or it needs no answer."""


class WrittenMerged(LetterEvent[Channel, Audience], tag="written.merged"):
    """It is dealt with as a part of another letter."""


class SurveyEvent(Event[Channel, Audience]):
    """Something of a survey. Which channel, audience and queue it is about it says itself: where it does not say the
    channel or the audience, it is counted nowhere.
    """

    journey_id: Id

    def __post_init__(self) -> None:
        """It is kept by itself: days after a call nothing is remembered of that, and what is said of it then neither
        makes it another journey, nor lets it be remembered for longer.
        """
        self.journey_id = OF_SURVEY + self.journey_id


class SurveyInvited(SurveyEvent[Channel, Audience], tag="survey.invited"):
    """A customer was asked to answer."""


class SurveyAnswered(SurveyEvent[Channel, Audience], tag="survey.answered"):
    """A customer's verdict: `score` from 1 to 6 on one `question`."""

    question: Literal["solution", "service"]
    score: Annotated[int, msgspec.Meta(ge=1, le=6)]


class QueueSnapshot(Event[Channel, Audience], tag="queue.snapshot"):
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
    ContactHeld,
    ContactEnded,
    WrittenReceived,
    WrittenMoved,
    WrittenReclassified,
    WrittenHeld,
    WrittenAnswered,
    WrittenWithdrawn,
    WrittenMerged,
    SurveyInvited,
    SurveyAnswered,
    QueueSnapshot,
)
TYPE_NAMES: Final = {cls: str(cls.__struct_config__.tag) for cls in EVENT_TYPES}


def occurred_ms(at: Time) -> int | None:
    """A time as epoch ms, rounded down; None where it is no time of ours (1975 to 2100)."""
    ms = (at - _EPOCH) // _MS if isinstance(at, datetime) else floor(at)
    return ms if BEGINNING_MS <= ms < END_OF_TIME_MS else None


def is_in_seconds(value: object) -> bool:
    """Whether a value is a time of ours in epoch seconds: as ms it would be in the first weeks of 1970.

    Taken for one in ms, a wait of nine minutes would be one of half a second.
    """
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and BEGINNING_MS <= value * 1000 < END_OF_TIME_MS
    )
