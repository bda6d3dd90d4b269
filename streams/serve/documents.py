"""The snapshot's document: every queue of a contact centre as it is now. Its JSON Schema is made of these types.

Times named `_ms` are milliseconds: instants since 1970-01-01T00:00Z, lengths otherwise. Shares are from 0 to 1. Null
means that nothing is known, which is never written as 0. May import: the core, msgspec.
"""

from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from streams.core import series
from streams.core.expected_wait import Reason
from streams.core.measures import Amount, Count, Day, LengthName, Share, Total, Window
from streams.core.promised import Name
from streams.core.series import Series
from streams.core.telling import Matter
from streams.core.verdicts import Verdict

SCHEMA_VERSION: Final = 1

Instant = Annotated[int, Meta(ge=0)]
Status = Literal["live", "catching_up", "rebuilding", "stale"]
FeedStatus = Literal["open", "closed", "stale", "rebuilding"]
SourceStatus = Literal["heard", "silent", "ahead", "behind", "closed", "unheard", "unknown"]
QueueStatus = Literal["open", "closed", "insufficient", "stale"]
CountOrNone = Count | None
LineName = Annotated[str, Meta(pattern="^[^/]+/[^/]+/.+$")]
GroupName = Annotated[str, Meta(pattern="^[^/]+/[^/]+$")]


def _told(of: Series, description: str) -> Meta:
    """Marks a field that Prometheus is told, too."""
    return Meta(description=description, extra={"series": of})


class PlannedStop(Struct, kw_only=True):
    """Why a channel's source is down on purpose, and for how long."""

    from_ms: Instant
    until_ms: Annotated[Instant, _told(series.PLANNED_STOP_UNTIL, "When it is to be back.")]
    reason: Annotated[str, Meta(description="As configured, for people.")]


class Feed(Struct, kw_only=True):
    """Whether a channel's events come."""

    status: Annotated[
        FeedStatus,
        Meta(
            description="closed: outside the opening hours of all of its queues. stale: open, but silent for too long, "
            "or its source is down as planned (planned_stop); or, at any hour, partitions are missing, may be unread "
            "(also while it is rebuilt) or go by a time yet to come. rebuilding: nothing is known yet."
        ),
    ]
    newest_event_ms: Annotated[int | None, Meta(description="When the newest event happened.")]
    silent_ms: Annotated[CountOrNone, Meta(description="How long ago that was.")]
    behind: Annotated[
        CountOrNone,
        Meta(description="Of the records that are not counted yet, the channel's. Null where nothing of it is shown."),
    ] = None  # so are these three where an earlier build has written it
    missing: Annotated[
        CountOrNone,
        Meta(description="How many partitions of it no worker shows, and topics of it Kafka does not have."),
    ] = None
    unread: Annotated[CountOrNone, Meta(description="How many of unread_partitions are the channel's.")] = None
    planned_stop: Annotated[
        PlannedStop | None,
        Meta(
            description="Where its source is down on purpose: what its lines and groups have of now is null, and their "
            "windows are empty. Null where it is not."
        ),
    ] = None


class Reported(Struct, kw_only=True):
    """What the source itself said last, to compare with."""

    at_ms: Instant
    waiting: Annotated[int, _told(series.REPORTED_WAITING, "How many wait.")]


class LongestWait(Struct, kw_only=True):
    """The longest wait as its limit counts it: of the queue's opening time on, where it began while that was closed."""

    ms: Annotated[
        CountOrNone,
        _told(
            series.LONGEST_WAIT,
            "Of those who wait; null where nobody does, or it has not opened since.",
        ),
    ]
    disputed_ms: Annotated[CountOrNone, Meta(description="The same of the disputed.")]
    limit_ms: Annotated[
        Annotated[int, Meta(ge=1)] | None, _told(series.LONGEST_WAIT_LIMIT, "Null where there is no limit.")
    ]
    is_beyond: Annotated[
        bool | None,
        _told(
            series.LONGEST_WAIT_BEYOND,
            "Null where there is no limit, or the figures are not of now: nobody knows.",
        ),
    ]
    is_disputed_beyond: Annotated[
        bool | None,
        _told(
            series.DISPUTED_WAIT_BEYOND,
            "Likewise, of the disputed who are not overtaken; and null where no report is in force.",
        ),
    ]


class Now(Struct, kw_only=True):
    """What is so at this moment; all of it null where nobody knows it: events may be unread, or the source down."""

    waiting: Annotated[
        CountOrNone,
        _told(
            series.WAITING,
            "Visits that wait for a person now, the disputed left out.",
        ),
    ] = None
    oldest_wait_ms: Annotated[
        CountOrNone,
        _told(
            series.OLDEST_WAIT,
            "How long the one has waited who has waited longest.",
        ),
    ] = None
    mean_age_ms: Annotated[
        Amount | None,
        _told(
            series.MEAN_AGE,
            "How long those who wait have waited, on average.",
        ),
    ] = None
    pressure_ms: Annotated[
        Amount | None,
        _told(
            series.PRESSURE,
            "What the mean wait of the main window would be if all who wait were answered now.",
        ),
    ] = None
    presumed_lost: Annotated[
        CountOrNone,
        _told(
            series.PRESUMED_LOST,
            "Visits that have waited longer than a wait can last, since the beginning, by the clock: "
            "entered = answered + abandoned + left + callbacks asked + presumed_lost + waiting + disputed.",
        ),
    ] = None
    longest_wait: LongestWait | None = None
    reported: Annotated[Reported | None, Meta(description="Null where it is too old to compare with.")] = None
    reported_more: Annotated[
        CountOrNone,
        _told(
            series.REPORTED_MORE,
            "How many it counts that are not known here. Null where no report is in force, or too many "
            "wait to compare.",
        ),
    ] = None
    disputed: Annotated[
        CountOrNone,
        _told(
            series.DISPUTED_WAITING,
            "Visits that are open here, and that the source does not count: not in waiting, nor in any "
            "age or verdict. Null as reported_more.",
        ),
    ] = None
    disputed_oldest_ms: Annotated[CountOrNone, Meta(description="How long ago the oldest of those entered.")] = None
    callbacks_open: Annotated[
        CountOrNone,
        _told(
            series.CALLBACKS_OPEN,
            "Promises to call back, neither kept nor given up.",
        ),
    ] = None
    callbacks_overdue_now: Annotated[
        CountOrNone, _told(series.CALLBACKS_OVERDUE, "Of those, past the promised time.")
    ] = None
    callbacks_oldest_ms: Annotated[
        CountOrNone, _told(series.CALLBACKS_OLDEST, "How old the oldest open promise is.")
    ] = None
    transfers_waiting: Annotated[CountOrNone, _told(series.TRANSFERS_WAITING, "Passed on to here, and waiting.")] = None
    talking: Annotated[
        CountOrNone,
        _told(series.TALKING, "Answered, and talking. Null where conversations are not counted (`conversations`)."),
    ] = None
    letters_open: Annotated[
        CountOrNone,
        _told(
            series.LETTERS_OPEN,
            "Letters neither answered nor ended otherwise. Null, as the next two, where none was ever received.",
        ),
    ] = None
    letters_overdue_now: Annotated[
        CountOrNone, _told(series.LETTERS_OVERDUE, "Of those, past the end of their second working day.")
    ] = None
    letters_oldest_ms: Annotated[
        CountOrNone, _told(series.LETTERS_OLDEST, "How long ago the oldest of them was received.")
    ] = None


class ExpectedWait(Struct, kw_only=True):
    """How long who joins now waits for a person, or why nobody can say: of 100, 80 wait from low_ms to high_ms."""

    low_ms: Annotated[CountOrNone, _told(series.EXPECTED_WAIT_LOW, "One in ten waits for less.")] = None
    likely_ms: Annotated[CountOrNone, _told(series.EXPECTED_WAIT, "As many for less as for longer.")] = None
    high_ms: Annotated[CountOrNone, _told(series.EXPECTED_WAIT_HIGH, "One in ten waits for longer.")] = None
    said_from_ms: Annotated[
        CountOrNone,
        _told(series.EXPECTED_WAIT_SAID, "From when on the band goes that callers are told. Null: nothing is said."),
    ] = None
    withheld: Annotated[
        Reason | None,
        Meta(
            description="Why nothing is said: closed (by its hours), stale (its feed is silent, down, missing or "
            "behind), rebuilding, too few (were answered lately), too many (wait, to be told one by one), changing too "
            "fast. Null where something is."
        ),
    ] = None


class WaitOf(Struct, kw_only=True):
    """How long somebody waits in all who waits already, from the entry on."""

    entered_ms: Annotated[Instant, Meta(description="When that one entered.")]
    low_ms: Count
    likely_ms: Count
    high_ms: Count


class SaidWait(Struct, kw_only=True):
    """What may be said to a caller of an expected wait: in bands that people use, leaning upwards, and steady."""

    nb: Annotated[str, Meta(description='In bokmål, such as "5 til 10 minutter".')]
    nn: Annotated[str, Meta(description="In nynorsk.")]
    en: Annotated[str, Meta(description="In English.")]


class SmallWait(ExpectedWait, kw_only=True):
    """The same as a small document has it: with what may be said, and with what is likely of those who wait already."""

    said: Annotated[
        SaidWait | None, Meta(description="What may be said to a caller. Null where nothing may: then say nothing.")
    ] = None
    of_waiting: Annotated[
        list[WaitOf],
        Meta(
            description="Of some of those who wait in a queue, the first of them first; between two of them, between."
        ),
    ] = []


class WaitScore(Struct, kw_only=True):
    """How good what was foretold has been, of those answered who entered in the local day so far."""

    answered: Annotated[Count, _told(series.EXPECTED_WAIT_SCORED, "Of how many.")]
    mean_error_ms: Annotated[
        float | None, _told(series.EXPECTED_WAIT_MEAN_ERROR, "Below 0: what was foretold was too low.")
    ]
    mean_absolute_ms: Annotated[Amount | None, _told(series.EXPECTED_WAIT_ABSOLUTE_ERROR, "How far off on average.")]
    root_mean_square_ms: Annotated[
        Amount | None, _told(series.EXPECTED_WAIT_RMSE, "How far off, large errors weighing more.")
    ]
    relative: Annotated[Amount | None, _told(series.EXPECTED_WAIT_RRMSE, "That in parts of the mean wait (RRMSE).")]
    share_longer: Annotated[
        Share | None, _told(series.EXPECTED_WAIT_LONGER, "Who waited for longer than the band; one in ten should.")
    ]
    share_too_low: Annotated[Share | None, _told(series.EXPECTED_WAIT_TOO_LOW, "Foretold too low by a minute or more.")]
    plain_root_mean_square_ms: Annotated[
        Amount | None,
        _told(
            series.EXPECTED_WAIT_PLAIN_RMSE,
            "The same of the plain mean: how long those waited who were answered lately.",
        ),
    ]
    is_worse_than_plain: Annotated[
        bool, _told(series.EXPECTED_WAIT_WORSE, "Than that, over at least 100: what was foretold is not to be trusted.")
    ]


class Entry(Now, kw_only=True):
    """What is known of one queue, or of several together."""

    channel: str
    audience: str
    external: Annotated[bool, Meta(description="Outside the centre: in no group and no target.")]
    status: Annotated[
        QueueStatus,
        Meta(
            description="closed: outside its opening hours, and nobody waits. insufficient: open, but too few were "
            "answered in the main window to judge a mean by; never where letters alone come. stale: the channel is "
            "silent, stopped as planned or may be unread, so that the figures are old."
        ),
    ]
    is_open: Annotated[
        bool | None,
        Meta(
            description="Whether it is open by its hours, whoever waits; of a group, whether any of its queues is. "
            "Null: an earlier build's."
        ),
    ] = None
    expected_wait: Annotated[ExpectedWait | None, Meta(description="Null: an earlier build's.")] = None
    expected_wait_score: Annotated[
        WaitScore | None,
        Meta(description="How good that was today; null where nobody was answered of whom it was told."),
    ] = None
    windows: Annotated[
        dict[LengthName, Window],
        Meta(
            description="Sliding windows up to now, by length. One that is not known is not there: events may be "
            "unread, the source is down as planned, or retention.panes was raised and it reaches back to before."
        ),
    ]
    today: Day
    total: Total


class Line(Entry, kw_only=True):
    """One queue; "other" is all that are in no configured one."""

    queue: str


class Group(Entry, kw_only=True):
    """One channel's and audience's own queues together."""

    queue: None = None


class Limit(Struct, kw_only=True, omit_defaults=True):
    """What was promised, one of these: met where the value is at most (ms, a share, or so many visits), less than, at
    least, more than, or about this.
    """

    at_most_ms: Annotated[Count | UnsetType, Meta(description="At most so long, in ms.")] = UNSET
    at_most_visits: Annotated[Count | UnsetType, Meta(description="At most so many.")] = UNSET
    at_most: Annotated[Share | UnsetType, Meta(description="At most this share.")] = UNSET
    less_than: Annotated[Share | UnsetType, Meta(description="Less than this share.")] = UNSET
    at_least: Annotated[Share | UnsetType, Meta(description="At least this share.")] = UNSET
    more_than: Annotated[Share | UnsetType, Meta(description="More than this share.")] = UNSET
    about: Annotated[Share | UnsetType, Meta(description="About this share, give or take the next.")] = UNSET
    give_or_take: Annotated[Share | UnsetType, Meta(description="Beside `about` alone.")] = UNSET

    @property
    def sense(self) -> str:
        """Which one there is."""
        return next(name for name in self.__struct_fields__ if getattr(self, name) is not UNSET)

    @property
    def value(self) -> float:
        """The one that there is."""
        value: float = getattr(self, self.sense)
        return value

    def is_kept_by(self, value: float) -> bool:
        """Whether a value (ms, a share, or how many) of a target keeps it."""
        if self.at_least is not UNSET:
            return value >= self.at_least
        return value > self.value if self.more_than is not UNSET else value <= self.value


Value = Annotated[
    Amount | None,
    Meta(description="ms where the limit is in ms, visits where it is in those, else a share; null over nothing."),
]


class Achieved(Struct, kw_only=True):
    """What a stretch of time came to."""

    value: Value
    answered: Annotated[
        CountOrNone,
        Meta(
            description="How many that is made of: who was answered, and who gave up where the measure has them "
            "(but for the short or early ones where it leaves them out); visits that ended (share_within_of_ended); "
            "journeys that reached a person (journey_wait, "
            "time_in_queues); promises that came to an end (callbacks_kept); who was answered, gave up or waits now "
            "(longest_wait); who waits now (waiting). Null while the channel is rebuilt."
        ),
    ]
    met: Annotated[bool | None, Meta(description="Null where that is too few to judge.")]


class ToldOf(Struct, kw_only=True):
    """Whether one verdict on a target is told: it has stood for its hold, and is not gone for its clear."""

    is_told: Annotated[
        bool | None, Meta(description="Null where nobody knows what was told before, and it is not settled yet.")
    ]
    since_ms: Annotated[CountOrNone, Meta(description="Since when (epoch ms) it is; null where it is not.")]


class Told(Struct, kw_only=True):
    """What somebody is told of a target: each verdict by itself. A breach that is told comes before a drift."""

    breach: ToldOf
    drifting: ToldOf


class TargetEntry(Struct, kw_only=True):
    """One promise of the scorecard: of all own queues of its channel and audience, of one, or of all of its channel."""

    id: str
    measure: Name
    channel: str
    audience: Annotated[str | None, Meta(description="Null where it is of all of the channel's.")]
    queue: Annotated[str | UnsetType, Meta(description="Of which queue it is alone; not there where it is of all.")] = (
        UNSET
    )
    within_ms: Annotated[int | None, Meta(description="The threshold of a share within one.")]
    limit: Annotated[Limit, Meta(extra_json_schema={"minProperties": 1, "maxProperties": 1})]
    verdict: Annotated[
        Verdict,
        Meta(
            description="drifting: kept, but expected not to be soon. insufficient: too few were answered (or gave "
            "up, where the measure has them) to judge by; of an abandonment also where nobody answers and nobody gives "
            "up yet. stale: the channel is silent, nobody knows. Each is defined in streams/MEASURES.md."
        ),
    ]
    rule: Annotated[int, Meta(ge=1, le=7, description="Which rule gave it, by its number in streams/MEASURES.md.")]
    since_ms: Annotated[
        CountOrNone,
        Meta(
            description="Since when (epoch ms) the verdict stands, whoever wrote the snapshot; that nothing was known "
            "(stale) in between, and that nobody wrote, interrupts nothing. Null where no worker says so."
        ),
    ] = None
    told: Annotated[
        Told | None,
        Meta(
            description="What is told of it, as streams/MEASURES.md defines that; while it is stale nothing is told, "
            "or taken back. Null where no worker says so."
        ),
    ] = None
    window_ms: Annotated[Count, Meta(description="How long the window is that is judged.")]
    window: Annotated[Achieved, Meta(description="In the target's window; of waiting, now.")]
    today: Annotated[Achieved, Meta(description="In the local day so far; of waiting nothing is.")]
    pressure: Annotated[Value, Meta(description="The value if all who wait were answered now.")]
    expected: Annotated[
        Value,
        Meta(description="The value in the window when the lead has passed, if the queues go on as they do now."),
    ]

    @property
    def told_of(self) -> tuple[tuple[Matter, ToldOf], ...]:
        """Each verdict that may be told, and whether it is; none where no worker says so."""
        return () if self.told is None else (("breach", self.told.breach), ("drifting", self.told.drifting))


class Ahead(Struct, kw_only=True):
    """What of a channel is dated so far ahead of all else that it waits to be counted, now."""

    held: Annotated[Count, Meta(description="Facts that wait.")]
    beyond_clock: Annotated[
        Count,
        Meta(
            description="Dated later than the clock allows, of these, of those who wait, or of the source's own "
            "counts; event time itself, too: a source's clock is wrong, or this one."
        ),
    ]


class Records(Struct, kw_only=True):
    """Records since the beginning."""

    accepted: Annotated[Count, Meta(description="Counted.")]
    late: Annotated[Count, Meta(description="Too old to count.")]
    restated_late: Annotated[
        Count,
        Meta(
            description="Told of a contact with a version, and too old to count, or so late that what was told before "
            "is too old to be replaced: that stays."
        ),
    ] = 0  # so where an earlier build has written it
    without_entry: Annotated[
        Count,
        Meta(
            description="Visits of which an end was told, and no entry in their journey: it was lost, is still to "
            "come, or was told so long before that it is of another journey. They are in no figure."
        ),
    ] = 0  # likewise
    newer: Annotated[Count, Meta(description="Of a newer minor version, or with unknown fields.")]
    rejected: Annotated[dict[str, Count], Meta(description="No event, by reason.")]
    lost: Annotated[
        Count,
        Meta(
            description="Let go of by Kafka before they were counted, at most: so much is missing in the figures "
            "since the beginning."
        ),
    ]
    let_go: Annotated[
        Count,
        Meta(description="Let go of because they were dated far ahead, and too many of the kind waited already."),
    ]
    crowded: Annotated[
        Count,
        Meta(description="Accepted, but in no figure: their journey had as many visits or contacts as one may have."),
    ]
    ahead: Annotated[dict[str, Ahead], Meta(description="By channel.")]


class Agreement(Struct, kw_only=True):
    """What a source's own counts of who waits come to, held against who waits here: those in force now."""

    queues: Annotated[Count, _told(series.SOURCE_QUEUES, "Of how many of its queues it says how many wait.")]
    fewer: Annotated[Count, _told(series.SOURCE_FEWER, "Of these, in how many it knows fewer: some are disputed.")]
    more: Annotated[Count, _told(series.SOURCE_MORE, "In how many it knows more than are known here.")]
    difference: Annotated[Count, _told(series.SOURCE_DIFFERENCE, "How many people that is in all, either way.")]


class SourceEntry(Struct, kw_only=True):
    """A system that sends events, and what is wrong with what it sends."""

    label: Annotated[str, Meta(description="What boards call it.")]
    status: Annotated[
        SourceStatus,
        Meta(
            description="unknown: nobody knows, as some of what its channels have may be unread. ahead: its clock is, "
            "by more than it may be. closed: no channel of its is open, but for what is down as planned. unheard: "
            "nothing has ever come by its name. behind: even the quickest of its events takes too long to come: its "
            "clock is behind, or what carries them is slow. silent: nothing has come for too long. heard: none of "
            "these. The first that is so."
        ),
    ]
    heard_ms: Annotated[
        Instant | None, Meta(description="When its newest event came at the latest, to the minute (epoch ms).")
    ]
    silent_ms: Annotated[CountOrNone, _told(series.SOURCE_SILENCE, "How long ago that was.")]
    ahead_ms: Annotated[
        CountOrNone,
        _told(
            series.SOURCE_AHEAD,
            "How far ahead of its record's timestamp the most hasty of its events was dated, of the last quarter of an "
            "hour; or of the clock here, where that is more.",
        ),
    ]
    quickest_ms: Annotated[
        CountOrNone,
        _told(
            series.SOURCE_QUICKEST,
            "How long the quickest of its events took to its record's timestamp, of the last quarter of an hour.",
        ),
    ]
    late: Annotated[Count, Meta(description="Its events that were too old to count, since the beginning.")]
    rejected: Annotated[Count, Meta(description="Its records that were no events.")]
    clamped: Annotated[
        Count,
        Meta(
            description="Its events by which a visit ended before it was entered, when they came: a wait was cut at 0."
        ),
    ]
    unmatched: Annotated[
        Count, Meta(description="Its events that go on with a contact of which nothing was known when they came.")
    ]
    counts: Annotated[
        Agreement | None,
        Meta(description="Null where it does not say of any queue how many wait, or nobody knows what does."),
    ]


class Rebuilding(Struct, kw_only=True):
    """What Redis lost is being read again. Until it is whole, the channels named have no entry in groups and lines."""

    done: Annotated[Count, Meta(description="Records read again.")]
    of: Annotated[int, Meta(ge=1, description="Records there are to read.")]
    channels: Annotated[list[str], Meta(min_length=1)]


class ShownBy(Struct, kw_only=True):
    """The configuration that a snapshot was made by."""

    revision: Annotated[Count, Meta(description="Its number, the higher of two holds; 0: it has none.")]
    digest: Annotated[str, Meta(description="Another one for another text of its files.")]
    definitions_since_ms: Annotated[
        CountOrNone,
        _told(
            series.DEFINITIONS_SINCE,
            "Since when the definitions hold by which events are counted now: what was counted before is by others. "
            "Null: they always did, or an earlier build's.",
        ),
    ] = None


class Snapshot(Struct, kw_only=True):
    """Every queue of a contact centre as it is now.

    Times named _ms are milliseconds: instants since 1970-01-01T00:00Z, lengths otherwise. Shares are from 0 to 1. Null
    means that nothing is known, which is never written as 0. Definitions: streams/MEASURES.md. A reader ignores fields
    it does not know; schema_version changes where a field changes its meaning or goes away.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    centre: Annotated[str, Meta(description="The contact centre's name.")]
    configuration: Annotated[
        ShownBy | None, Meta(description="What it was made by: queues, targets, hours. Null: an earlier build's.")
    ] = None
    as_of: Annotated[
        str,
        Meta(description="When this was made, RFC 3339, UTC.", extra_json_schema={"format": "date-time"}),
    ]
    as_of_ms: Annotated[Instant, Meta(description="The same instant as as_of.")]
    fresh_until_ms: Annotated[
        Instant,
        Meta(description="After this instant the document is stale, whatever status says: nobody writes it any more."),
    ]
    status: Annotated[
        Status,
        Meta(
            description="live: of now. catching_up: true of the past; many records are not counted yet, of all "
            "channels together: how many of each, feeds say, and its targets go by that. rebuilding: see rebuilding. "
            "stale: partitions or topics are missing, nobody knows what of them is unread (also while something is "
            "rebuilt), or events were dated so far ahead that what is of now is late: the channels concerned have no "
            "entry in groups and lines, or none of their figures of now."
        ),
    ]
    clock_wrong_ms: Annotated[
        int | None,
        Meta(
            description="By how much the clock that says all this is ahead of Redis' (behind it: less than 0), where "
            "that is too much; then status is stale, and nothing may be believed to be of now. Null where it is right, "
            "or not known to be wrong."
        ),
    ]
    missing_partitions: Annotated[
        list[str],
        Meta(
            description="Partitions (topic-number) that no worker shows. Their channels have no entry in groups and "
            "lines."
        ),
    ]
    missing_topics: Annotated[
        list[str],
        Meta(description="Topics that Kafka does not have. Their channels have no entry in groups and lines."),
    ]
    unread_partitions: Annotated[
        list[str],
        Meta(
            description="Partitions of which Kafka has not said for 5 s where they end, as when it is down; or whose "
            "end an open transaction has hidden for 5 s. What their channels have of now is null, and their windows "
            "are empty."
        ),
    ]
    behind: Annotated[
        Count,
        Meta(description="Records in the log that are not counted yet, also where an open transaction hides them."),
    ]
    rebuilding: Annotated[Rebuilding | None, Meta(description="Null where nothing is rebuilt.")]
    main_window: Annotated[LengthName, Meta(description="The key in windows that people look at first.")]
    feeds: Annotated[dict[str, Feed], Meta(description="By channel: whether its events come.")]
    groups: Annotated[
        dict[GroupName, Group], Meta(description='The centre\'s own queues together, by "channel/audience".')
    ]
    lines: Annotated[
        dict[LineName, Line],
        Meta(
            description='By "channel/audience/queue": every queue that is configured for the day, and "other" where '
            "something is in none of them. Of a channel that never sent an event, that is rebuilt or of which "
            "something is missing there is none."
        ),
    ]
    card: Annotated[
        str | None,
        Meta(
            description="The card that the targets are of: the one in force now. Null: none is, or an earlier build's."
        ),
    ] = None
    targets: Annotated[list[TargetEntry], Meta(description="Those in force now.")]
    records: Records
    sources: Annotated[
        dict[str, SourceEntry],
        Meta(
            description='By name the systems that send events: those that are configured, and "other": all '
            "others together. Empty in an earlier build's."
        ),
    ] = {}
    residual: Annotated[int, Meta(description="What the books of all visits miss: 0, or there is a fault.")]
    counted_since: Annotated[
        dict[str, Instant],
        Meta(
            description="By its name in history, since when (ms) a measure is counted that a release added: it is null "
            "in a stretch that began before, and in total it is all since then. Those that always were are not there."
        ),
    ] = {}
