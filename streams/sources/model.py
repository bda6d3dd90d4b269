"""What the simulator needs to know of a contact centre, as plain values; `nks` holds the numbers of one.

May import: standard library, the durations.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from streams.sources.durations import AT_ONCE, NEVER, Duration

Profile = tuple[tuple[float, float], ...]  # (hour of the local day, weight), joined by straight lines; 0 outside
ALL_DAY: Profile = ((0, 1.0), (24, 1.0))
EVERY_DAY = (1.0,) * 7


class QueueName(NamedTuple):
    """What an event says of the queue it is about."""

    channel: str
    audience: str
    queue: str


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Customers who hear of a long wait may ask to be called back, and keep their place in the queue."""

    from_wait_s: float  # offered when the expected wait is longer than this
    accepted: float  # the share that takes the offer
    asked_after: Duration  # how long they listen before they do
    promised_s: float  # the time promised
    forgotten: float  # the share that is never called; nobody is told
    cancelled: float  # the share that withdraws
    due_after: Duration  # until it is an adviser's turn to call (first try, and between tries)
    connected: float  # the chance that a try reaches the customer
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Pool:
    """Advisers who serve some queues, first come, first served, and what customers do meanwhile."""

    agents: float  # at the weight 1 of `shifts`, on an average working day; for chat: chats at a time
    handling: Duration
    patience: Duration = NEVER
    shifts: Profile = ALL_DAY
    ring: Duration = AT_ONCE  # from the offer to the answer
    missed: float = 0.0  # the share of offers that nobody takes
    missed_after: Duration = AT_ONCE
    overflow_s: float | None = None  # a wait this long is moved on to the line's `overflow`
    timeout_s: float | None = None  # a wait this long is ended by the system
    rerouted: float = 0.0  # the share that a host moves to another queue while it waits
    rerouted_after: Duration = AT_ONCE
    callbacks: Callbacks | None = None


@dataclass(frozen=True, slots=True)
class Bot:
    """A chatbot in front of queues; its name is where its own events are counted."""

    name: QueueName
    per_day: float
    demand: Profile
    talk: Duration
    solved: float
    partly: float  # the rest is handed over to a person, while there are any


@dataclass(frozen=True, slots=True)
class Line:
    """One queue: how many come on an average working day and when, who serves them, and where they go next.

    With a bot in front, `per_day` is only its share of what the bot hands over.
    """

    name: QueueName
    pool: str
    per_day: float
    demand: Profile
    bot: str | None = None
    menu: Duration = AT_ONCE  # from the first contact to the queue
    transfers: Mapping[str, float] = field(default_factory=dict)  # destination -> the share passed on to it
    overflow: str | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """Where contacts are passed on to, outside the centre: seen, but not staffed by us."""

    name: QueueName
    answered: float
    answered_after: Duration
    given_up_after: Duration


Fate = Literal["held", "withdrawn", "merged"]  # of a letter, but for an answer


@dataclass(frozen=True, slots=True)
class Written:
    """A queue of letters, answered in office hours."""

    name: QueueName
    per_day: float
    demand: Profile
    answered_after: Duration  # in office hours, which are 7.5 a day
    fates: Mapping[Fate, float] = field(default_factory=dict)  # the chance of each; all others are answered
    moved: float = 0.0  # the chance that it is passed on to another queue first
    moved_to: QueueName | None = None
    another: float = 0.0  # the chance that another message follows the answer


@dataclass(frozen=True, slots=True)
class Survey:
    """Asked of some after the contact, of whom some answer: the chance of being satisfied (5 or 6 of 6) by question."""

    asked: float  # of those who were helped
    answers: float  # of those who were asked
    after: Duration
    satisfied: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Centre:
    """All of it. Hours are local."""

    timezone: str
    hours: Mapping[str, tuple[float, float]]  # channel -> opens, closes
    lines: tuple[Line, ...]
    pools: Mapping[str, Pool]
    bots: tuple[Bot, ...] = ()
    outside: tuple[Outside, ...] = ()
    written: tuple[Written, ...] = ()
    surveys: Mapping[str, Survey] = field(default_factory=dict)  # by channel
    snapshot_every_s: float | None = None
    weekdays: tuple[float, ...] = EVERY_DAY  # demand, Monday first
    staffing: tuple[float, ...] = EVERY_DAY  # advisers at work, Monday first
    free_day: float = 1.0  # the share of a working day's bot and letters that comes on a weekend or holiday
    holidays: Container[date] = ()
    breaks: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # channel -> closed meanwhile, for lunch
    short_days: Mapping[date, float] = field(default_factory=dict)  # the day -> when all of it closes, if not before
    longest_journey: int = 3  # visits
