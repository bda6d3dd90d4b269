"""The registry of measures: everything that is counted, once each, and what people and programs are shown of it.

What is stored, shown, exposed and written as history is derived from here. Definitions in full are in
streams/MEASURES.md, and a test holds the two against each other. A new measure is added at the end of its part, in
`_ALONE`, and as a field where it is shown. May import: standard library, msgspec, definitions, measure, reading,
series.
"""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from streams.core.definitions import WHOLE_CARD
from streams.core.measure import Family, Kind, Measure, Unit, added, by_window, count, family, visits
from streams.core.reading import Cell, Reading, WaitStats, ratio
from streams.core.series import Series
from streams.core.working_days import DAY_MS, PROMISED_DAYS

# --- visits

ENTERED = visits(
    "entered",
    "Visits that entered the queue.",
    is_windowed=True,
    series="svartid_entered",
    window=by_window("svartid_window_entered", "Visits that entered."),
)
ANSWERED = visits(
    "answered",
    "Visits answered by a person.",
    is_windowed=True,
    series="svartid_answered",
    window=by_window("svartid_window_answered", "Visits that were answered."),
)
ABANDONED = visits(
    "abandoned",
    "Visits abandoned while waiting, short ones among them.",
    is_windowed=True,
    series="svartid_abandoned",
    window=by_window("svartid_window_abandoned", "Visits that were abandoned."),
)
ABANDONED_SHORT = visits(
    "abandoned_short",
    "Visits abandoned so soon that nobody could have answered.",
    is_windowed=True,
    series="svartid_abandoned_short",
)
CALLED_BACK = visits(
    "called_back",
    "Visits that ended with a callback asked for.",
    is_windowed=True,
    series="svartid_callbacks_asked",
    series_help="Callbacks asked for.",
)
LEFT_BY_REASON: Final = {
    reason: visits(f"left_{reason}", f"Visits that {how}.", is_windowed=True)
    for reason, how in (
        ("transferred", "were passed on while they waited"),
        ("overflow", "were moved on, as too many waited"),
        ("timeout", "were ended after too long a wait"),
        ("closed", "were ended as it closed"),
        ("ended", "ended with their contact, and nobody knows how"),
        ("moved", "ended as the contact was elsewhere, and nothing else is told"),
        ("other", "ended for another reason"),
    )
}
LOST = visits("lost", "Visits whose end never came.")
CUT = visits(
    "cut",
    "Visits whose end was told before their entry: their wait counts as 0.",
    is_windowed=True,
    window=by_window("svartid_window_cut", "Visits whose end was told before their entry."),
)

# --- of waits that went over hours when their channel was closed, where that is counted

OVER_CLOSED = visits(
    "over_closed", "Of those answered: their wait went over closed hours.", is_windowed=True, is_later=True
)
WHILE_OPEN = visits(
    "while_open", "The same visits, by how long it was open while they waited.", is_windowed=True, is_later=True
)

# --- of conversations, where they are counted

CONVERSATIONS = added(
    "conversations",
    Unit.VISITS,
    "Conversations that are over, in the line where they were answered.",
    WHOLE_CARD,
    is_windowed=True,
    series="svartid_conversations",
)
CONVERSATIONS_LOST = added("conversations_lost", Unit.VISITS, "Conversations whose end never came.", WHOLE_CARD)

# --- offers to advisers

OFFERED = count("offered", Unit.OFFERS, "Offers to advisers.")
MISSED = count("missed", Unit.OFFERS, "Offers that an adviser did not take.", is_windowed=True, series="svartid_missed")

# --- promises to call back

KEPT = count(
    "callback_kept",
    Unit.PROMISES,
    "The customer and a person talked.",
    is_windowed=True,
    series="svartid_callbacks_kept",
    series_help="Callbacks kept.",
)
TRIED = count("callback_tried", Unit.PROMISES, "Promises for which we rang at least once.")
CANCELLED = count("callback_cancelled", Unit.PROMISES, "The customer withdrew it.")
FAILED = count("callback_failed", Unit.PROMISES, "Given up.", is_windowed=True)
SETTLED = count("callback_settled", Unit.PROMISES, "The customer reached a person by himself.")
BROKEN = count("callback_broken", Unit.PROMISES, "Open for so long that it will not be kept.", is_windowed=True)
OVERDUE = count(
    "callback_overdue",
    Unit.PROMISES,
    "Not kept by the promised time, kept later or not.",
    series="svartid_callbacks_missed_due",
    series_help="Promises not kept by their time.",
)

# --- contacts passed on to here

PASSED_ON = count("passed_on", Unit.CONTACTS, "Contacts passed on to this destination.", series="svartid_passed_on")
PASSED_ON_ANSWERED = count(
    "passed_on_answered", Unit.CONTACTS, "Of those, answered there.", series="svartid_passed_on_answered"
)
PASSED_ON_GIVEN_UP = count(
    "passed_on_given_up", Unit.CONTACTS, "Of those, given up there.", series="svartid_passed_on_given_up"
)
PASSED_ON_ENDED_OTHERWISE = count("passed_on_ended_otherwise", Unit.CONTACTS, "Of those, ended there in another way.")

ANSWERED_PASSED_ON = added(
    "answered_passed_on",
    Unit.CONTACTS,
    "Answered visits that were passed on afterwards, in their own line.",
    WHOLE_CARD,
)

# --- journeys

JOURNEYS = count("journeys", Unit.JOURNEYS, "Journeys that began.", series="svartid_journeys")
REACHED = count(
    "reached",
    Unit.JOURNEYS,
    "Reached a person, by being called back too.",
    series="svartid_journeys_reached",
    series_help="Journeys that reached a person.",
    is_windowed=True,
)
REACHED_FIRST_VISIT = count("reached_first_visit", Unit.JOURNEYS, "In the first queue they entered.")

TIME_IN_QUEUES = Measure(
    "time_in_queues_sum_ms",
    Kind.SUM,
    Unit.MS,
    "The sum of the time that journeys were in any queue until they reached a person.",
    is_windowed=True,
    is_later=True,
)

# --- the chatbot

BOT_SOLVED = count("bot_solved", Unit.CONTACTS, "The chatbot solved the matter.")
BOT_PARTLY = count("bot_partly", Unit.CONTACTS, "It solved a part of it.")
BOT_TRANSFERRED = count("bot_transferred", Unit.CONTACTS, "Handed over to a queue for a person.")
BOT_TIMED = count("bot_timed", Unit.CONTACTS, "Contacts whose time with the bot is known.")
BOT_TIME_SUM = Measure("bot_time_sum_ms", Kind.SUM, Unit.MS, "The sum of their time with the bot; part of no wait.")


BOT_TRANSFERRED_ANSWERED = added(
    "bot_transferred_answered", Unit.CONTACTS, "Handed over by the chatbot, and answered by a person.", WHOLE_CARD
)
BOT_TRANSFERRED_GIVEN_UP = added(
    "bot_transferred_given_up", Unit.CONTACTS, "Handed over by it, and given up.", WHOLE_CARD
)
BOT_TRANSFERRED_ENDED_OTHERWISE = added(
    "bot_transferred_ended_otherwise", Unit.CONTACTS, "Handed over by it, and ended in another way.", WHOLE_CARD
)

# --- letters, a turn at a time

LETTERS_RECEIVED = added(
    "letters_received",
    Unit.LETTERS,
    "Letters that came in: each message of a citizen's is one, and has a clock of its own.",
    WHOLE_CARD,
    series="svartid_letters_received",
)
LETTERS_ANSWERED = added(
    "letters_answered", Unit.LETTERS, "Answered, put on hold among them.", WHOLE_CARD, series="svartid_letters_answered"
)
LETTERS_HELD = added("letters_held", Unit.LETTERS, "Of those answered, put on hold.", WHOLE_CARD)
LETTERS_WITHIN = {
    days: added(
        f"letters_within_{days}",
        Unit.LETTERS,
        f"Answered by the end of the {nth} working day after the day of receipt.",
        WHOLE_CARD,
        series=f"svartid_letters_within_{days}_days",
    )
    for days, nth in zip(PROMISED_DAYS, ("second", "third"), strict=True)
}
LETTERS_MISSED = {
    days: added(
        f"letters_missed_{days}",
        Unit.LETTERS,
        f"Open when that day was over, answered later or not; counted then ({days} working days).",
        WHOLE_CARD,
        series=f"svartid_letters_missed_{days}_days",
    )
    for days in PROMISED_DAYS
}
LETTERS_MOVED = added("letters_moved", Unit.LETTERS, "Passed on to here from another theme.", WHOLE_CARD)
LETTERS_BEGUN_ANEW = added(
    "letters_begun_anew", Unit.LETTERS, "Began anew here, as they turned out to be of this kind.", WHOLE_CARD
)
LETTERS_RECLASSIFIED = added(
    "letters_reclassified",
    Unit.LETTERS,
    "Ended as they turned out to be of another kind, and began anew there.",
    WHOLE_CARD,
)
LETTERS_WITHDRAWN = added("letters_withdrawn", Unit.LETTERS, "Taken back, or in need of no answer.", WHOLE_CARD)
LETTERS_MERGED = added("letters_merged", Unit.LETTERS, "Dealt with as a part of another letter.", WHOLE_CARD)
LETTERS_LOST = added("letters_lost", Unit.LETTERS, "Open for so long that no answer is expected.", WHOLE_CARD)

# --- surveys, by the day and never finer

SCORES: Final = range(1, 7)
QUESTIONS: Final = ("solution", "service")
SURVEYS_INVITED = added("survey_invited", Unit.SURVEYS, "Customers asked to answer.", WHOLE_CARD, is_daily=True)
SURVEYS_ANSWERED = added(
    "survey_answered", Unit.SURVEYS, "Customers who answered any of it.", WHOLE_CARD, is_daily=True
)
SURVEY_SCORES: Final = {
    question: tuple(
        added(
            f"survey_{question}_{score}",
            Unit.SCORES,
            f"Answers that gave {score} of 6 for {meant}.",
            WHOLE_CARD,
            is_daily=True,
        )
        for score in SCORES
    )
    for question, meant in (("solution", "whether the matter was solved"), ("service", "the service"))
}

# --- all of them

ANSWERED_WAITS = family(ANSWERED, "wait", "of the answered")
ABANDONED_WAITS = family(ABANDONED, "abandoned_wait", "of the abandoned")
CALLBACK_WAITS = family(KEPT, "callback_wait", "of kept promises, from entering the queue")
JOURNEY_WAITS = family(REACHED, "journey_wait", "of journeys, from the first queue to the first person")
OVER_CLOSED_WAITS = family(OVER_CLOSED, "over_closed_wait", "that went over closed hours")
WHILE_OPEN_WAITS = family(WHILE_OPEN, "while_open_wait", "of the same visits, closed hours apart")
LETTER_DAYS = family(LETTERS_ANSWERED, "letter_days", "of letters, in working days of 24 hours each")
CONVERSATION_LENGTHS = family(CONVERSATIONS, "conversation", "from the answer to the end", "conversation")
DIRECT = Family("direct", "direct_sum_ms", "direct_max_ms", "direct_histogram")  # in cells alone, see below
FAMILIES: Final = (
    *(ANSWERED_WAITS, ABANDONED_WAITS, CALLBACK_WAITS, JOURNEY_WAITS),
    *(OVER_CLOSED_WAITS, WHILE_OPEN_WAITS, LETTER_DAYS, CONVERSATION_LENGTHS),
)

_ALONE: Final = (
    ENTERED,
    ABANDONED_SHORT,
    CALLED_BACK,
    *LEFT_BY_REASON.values(),
    LOST,
    CUT,
    OFFERED,
    MISSED,
    TRIED,
    CANCELLED,
    FAILED,
    SETTLED,
    BROKEN,
    OVERDUE,
    PASSED_ON,
    PASSED_ON_ANSWERED,
    PASSED_ON_GIVEN_UP,
    PASSED_ON_ENDED_OTHERWISE,
    JOURNEYS,
    REACHED_FIRST_VISIT,
    TIME_IN_QUEUES,
    BOT_SOLVED,
    BOT_PARTLY,
    BOT_TRANSFERRED,
    BOT_TIMED,
    BOT_TIME_SUM,
    ANSWERED_PASSED_ON,
    BOT_TRANSFERRED_ANSWERED,
    BOT_TRANSFERRED_GIVEN_UP,
    BOT_TRANSFERRED_ENDED_OTHERWISE,
    LETTERS_RECEIVED,
    LETTERS_BEGUN_ANEW,
    LETTERS_HELD,
    *LETTERS_WITHIN.values(),
    *LETTERS_MISSED.values(),
    LETTERS_MOVED,
    LETTERS_RECLASSIFIED,
    LETTERS_WITHDRAWN,
    LETTERS_MERGED,
    LETTERS_LOST,
    SURVEYS_INVITED,
    SURVEYS_ANSWERED,
    *(score for scores in SURVEY_SCORES.values() for score in scores),
    CONVERSATIONS_LOST,
)
MEASURES: Final = (*_ALONE, *(measure for family in FAMILIES for measure in family.measures))
OF_EDITION: Final = frozenset(measure.name for measure in MEASURES if measure.edition > 1)
DAILY: Final = frozenset(measure.name for measure in MEASURES if measure.is_daily)
LATER: Final = frozenset(measure.name for measure in MEASURES if measure.is_later)
WITHOUT_WAITS: Final = tuple(measure.name for measure in _ALONE)
MAXIMA: Final = frozenset((DIRECT.max_ms, *(m.name for m in MEASURES if m.kind is Kind.MAXIMUM)))
HISTOGRAMS: Final = frozenset((DIRECT.histogram, *(m.name for m in MEASURES if m.kind is Kind.HISTOGRAM)))
LEFT: Final = tuple(measure.name for measure in LEFT_BY_REASON.values())
EXITS: Final = ("answered", "called_back", "abandoned", *LEFT, "lost")
ENDED: Final = tuple(name for name in EXITS if name != "lost")  # how a visit ends where that is told

# What is written in short, and what it stands for: a journey of one plain visit began, and was answered. Most are so,
# and in short they take half the time and room. Whoever reads a cell has it in full (cells.py).
SPELT_OUT: Final = {"began": ("entered", "journeys")}
IN_FULL: Final = {DIRECT: (ANSWERED_WAITS, JOURNEY_WAITS)}
# And each of them is one `reached_first_visit`, and its wait the time in queues, too.
BESIDE: Final = {DIRECT.count: REACHED_FIRST_VISIT.name, DIRECT.sum_ms: TIME_IN_QUEUES.name}
KNOWN: Final = frozenset((*(measure.name for measure in MEASURES), *SPELT_OUT, *DIRECT.names))  # that a cell may have
WINDOWED: Final = frozenset((*(m.name for m in MEASURES if m.is_windowed), *SPELT_OUT, *DIRECT.names))

# --- what is shown of a cell. What is not one measure says how it is made of several.


def made(of: Callable[[Reading], object], description: str, window: Series | None = None) -> Meta:
    """Marks a field that is made of several measures, and says how."""
    return Meta(description=description, extra={"of": of, "series": window})


def _shares(reading: Reading) -> dict[str, "Shares"]:
    answered, abandoned = reading.waits(ANSWERED_WAITS), reading.waits(ABANDONED_WAITS)
    short, ended = reading.n(ABANDONED_SHORT), sum(reading.get(name, 0) for name in ENDED)
    return {
        name: Shares.of(answered.within(ms), abandoned.within(ms), answered.count, abandoned.count, short, ended)
        for name, ms in reading.thresholds.items()
    }


def while_open(waits: Callable[[Family], WaitStats]) -> WaitStats:
    """The waits of the answered, closed hours apart: those that went over some are in it by the rest of them."""
    return waits(ANSWERED_WAITS).with_others(waits(OVER_CLOSED_WAITS), waits(WHILE_OPEN_WAITS))


def left(reading: Reading) -> int:
    """How many left in another way than answered, called back or abandoned."""
    return sum(map(reading.n, LEFT_BY_REASON.values()))


LEAST_SCORES: Final = 5  # of fewer answers to a question it is not shown which they were: it might be guessed whose


def too_few(cell: Cell) -> frozenset[str]:
    """The scores of questions that too few answered."""
    names = [[score.name for score in scores] for scores in SURVEY_SCORES.values()]
    return frozenset(name for of in names if 0 < sum(cell.get(n, 0) for n in of) < LEAST_SCORES for name in of)


def within_days(reading: Reading, days: int) -> float | None:
    """Of the letters that were due within so many working days, or answered by then, the share that was answered."""
    in_time = reading.n(LETTERS_WITHIN[days])
    return ratio(in_time, in_time + reading.n(LETTERS_MISSED[days]))


MOST_DAYS_TOLD: Final = 14  # beyond, the scale of waits has no day for a step


def bot_share(reading: Reading, outcome: Measure) -> float | None:
    """One of a chatbot's outcomes, of all conversations that it ended."""
    return ratio(reading.n(outcome), sum(map(reading.n, (BOT_SOLVED, BOT_PARTLY, BOT_TRANSFERRED))))


def in_days(ms: float | None) -> float | None:
    """Working days, of what they are counted as."""
    return None if ms is None else ms / DAY_MS


def whole_days(at_most_ms: int | None) -> int | None:
    """Likewise, of an edge of the scale: the first is of letters that took none. None beyond `MOST_DAYS_TOLD`."""
    return None if at_most_ms is None or at_most_ms > MOST_DAYS_TOLD * DAY_MS else at_most_ms // DAY_MS


def abandonment(reading: Reading, *without: Measure) -> float | None:
    """The abandoned of the answered and abandoned, without some in either."""
    abandoned = reading.n(ABANDONED) - sum(reading.n(measure) for measure in without)
    return ratio(abandoned, reading.n(ANSWERED) + abandoned)


MEAN = by_window("svartid_window_mean_wait_seconds", "Mean wait of the answered; absent where none was.")
MAX = by_window("svartid_window_max_wait_seconds", "Longest wait of the answered.")
ABANDONMENT = by_window("svartid_window_abandonment_ratio", "Abandoned of answered and abandoned.")

CONVERSATION_MEAN = by_window(
    "svartid_window_mean_conversation_seconds", "Mean conversation of those that are over; absent where none is."
)

_EDGE: Final = (
    "The least edge of the scale of waits that this share waited at most, in ms: an upper bound. Null over nothing, "
    "and where it is beyond the last edge of an earlier, shorter scale that it was counted on."
)
_RATIO: Final = (
    "Part / whole, each counted when it happened: above 1 where more of an earlier day came to an end. Null over "
    "nothing."
)
_MEAN: Final = "A mean in ms; null over nothing."
_LONGEST: Final = "The longest in ms; null over nothing."
Count = Annotated[int, Meta(ge=0)]
Amount = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Reason = Literal["transferred", "overflow", "timeout", "closed", "ended", "moved", "other"]
LengthName = Annotated[str, Meta(pattern="^[0-9]+(ms|s|m|h)$", description='A length of time such as "30m".')]


class Shares(Struct, kw_only=True):
    """Service levels of a stretch by one threshold, from 0 to 1, in each of the six senses that are in use."""

    of_answered: Annotated[Share | None, Meta(description="answered within / answered: what `share_within` means")]
    of_offered: Annotated[Share | None, Meta(description="answered within / (answered + abandoned)")]
    without_short: Annotated[
        Share | None, Meta(description="answered within / (answered + abandoned - abandoned so soon that it is short)")
    ]
    without_early_abandons: Annotated[
        Share | None, Meta(description="answered within / (answered + abandoned - abandoned within)")
    ]
    with_abandons_met: Annotated[
        Share | None, Meta(description="(answered within + abandoned within) / (answered + abandoned)")
    ]
    of_ended: Annotated[
        Share | None, Meta(description="answered within / (answered + abandoned + called back + left in another way)")
    ]

    @classmethod
    def of(
        cls, in_time: int | None, gave_up_in_time: int | None, answered: int, abandoned: int, short: int, ended: int
    ) -> "Shares":
        """Of how many; None where it is not known how many were in time."""
        offered, early = answered + abandoned, gave_up_in_time
        met = None if in_time is None or early is None else in_time + early
        return cls(
            of_answered=ratio(in_time, answered),
            of_offered=ratio(in_time, offered),
            without_short=ratio(in_time, offered - short),
            without_early_abandons=None if early is None else ratio(in_time, offered - early),
            with_abandons_met=ratio(met, offered),
            of_ended=ratio(in_time, ended),
        )


class Counted(Struct, kw_only=True):
    """What can be said of any stretch of time: arrivals in which they arrived, outcomes in which they happened."""

    entered: Annotated[int, ENTERED.shown]
    answered: Annotated[int, ANSWERED.shown]
    wait_sum_ms: Annotated[int, ANSWERED_WAITS.measures[1].shown]
    wait_mean_ms: Annotated[Amount | None, made(lambda r: r.mean_ms(ANSWERED_WAITS), _MEAN, MEAN)]
    wait_median_at_most_ms: Annotated[Count | None, made(lambda r: r.waits(ANSWERED_WAITS).quantile_ms(0.5), _EDGE)]
    wait_p90_at_most_ms: Annotated[Count | None, made(lambda r: r.waits(ANSWERED_WAITS).quantile_ms(0.9), _EDGE)]
    abandoned: Annotated[int, ABANDONED.shown]
    abandoned_short: Annotated[int, ABANDONED_SHORT.shown]
    abandonment_rate: Annotated[Share | None, made(abandonment, "abandoned / (answered + abandoned)", ABANDONMENT)]
    abandonment_rate_without_short: Annotated[
        Share | None, made(lambda r: abandonment(r, ABANDONED_SHORT), "The same, short ones in neither.")
    ]
    left: Annotated[Count, made(left, "Visits that ended in another way.")]
    left_by_reason: Annotated[
        dict[Reason, Count],
        made(
            lambda r: {reason: n for reason, measure in LEFT_BY_REASON.items() if (n := r.n(measure))},
            "Those, by reason; a reason with none is not there.",
        ),
    ]
    cut: Annotated[int, CUT.shown]
    callbacks_asked: Annotated[int, CALLED_BACK.shown]
    missed: Annotated[int, MISSED.shown]


class Window(Counted, kw_only=True):
    """A sliding window up to now. Who came and who was reached in half an hour are other people: no shares of those."""

    wait_max_ms: Annotated[Count | None, made(lambda r: r.waits(ANSWERED_WAITS).max_ms, _LONGEST, MAX)]
    share_within: Annotated[dict[LengthName, Shares], made(_shares, "By threshold.")]
    conversation_mean_ms: Annotated[
        Amount | None,
        made(
            lambda r: r.mean_ms(CONVERSATION_LENGTHS),
            "Of the conversations that are over; null over nothing, and where they are not counted.",
            CONVERSATION_MEAN,
        ),
    ]


class Callbacks(Struct, kw_only=True):
    """Promises to call back."""

    asked: Annotated[int, CALLED_BACK.shown]
    tried: Annotated[int, TRIED.shown]
    kept: Annotated[int, KEPT.shown]
    cancelled: Annotated[int, CANCELLED.shown]
    failed: Annotated[int, FAILED.shown]
    settled: Annotated[int, SETTLED.shown]
    broken: Annotated[int, BROKEN.shown]
    overdue: Annotated[int, OVERDUE.shown]
    kept_share: Annotated[Amount | None, made(lambda r: r.ratio(KEPT, CALLED_BACK), f"kept / asked. {_RATIO}")]
    wait_mean_ms: Annotated[
        Amount | None, made(lambda r: r.mean_ms(CALLBACK_WAITS), "From entering the queue, of those kept.")
    ]


class Transfers(Struct, kw_only=True):
    """Contacts passed on to here, and from here."""

    answered_passed_on: Annotated[Count | None, ANSWERED_PASSED_ON.shown]
    resolved_share: Annotated[
        Share | None,
        made(
            lambda r: ratio(r.n(ANSWERED) - r.n(ANSWERED_PASSED_ON), r.n(ANSWERED)),
            "(answered - answered_passed_on) / answered",
        ),
    ]

    passed_on: Annotated[int, PASSED_ON.shown]
    answered: Annotated[int, PASSED_ON_ANSWERED.shown]
    given_up: Annotated[int, PASSED_ON_GIVEN_UP.shown]
    ended_otherwise: Annotated[int, PASSED_ON_ENDED_OTHERWISE.shown]


class JourneysOfAll(Struct, kw_only=True):
    """Customers with a matter, over all queues and calls, counted in the line where they began."""

    began: Annotated[int, JOURNEYS.shown]
    reached: Annotated[int, REACHED.shown]
    reached_share: Annotated[Amount | None, made(lambda r: r.ratio(REACHED, JOURNEYS), _RATIO)]
    reached_first_visit: Annotated[int, REACHED_FIRST_VISIT.shown]
    reached_first_visit_share: Annotated[Amount | None, made(lambda r: r.ratio(REACHED_FIRST_VISIT, JOURNEYS), _RATIO)]
    wait_sum_ms: Annotated[int, JOURNEY_WAITS.measures[1].shown]
    wait_mean_ms: Annotated[Amount | None, made(lambda r: r.mean_ms(JOURNEY_WAITS), _MEAN)]
    time_in_queues_sum_ms: Annotated[Count | None, TIME_IN_QUEUES.shown]
    time_in_queues_mean_ms: Annotated[Amount | None, made(lambda r: r.ratio(TIME_IN_QUEUES, REACHED), _MEAN)]


class Journeys(JourneysOfAll, kw_only=True):
    """The same of a day, with its longest wait."""

    wait_max_ms: Annotated[Count | None, made(lambda r: r.waits(JOURNEY_WAITS).max_ms, _LONGEST)]


class Bot(Struct, kw_only=True):
    """A chatbot's outcomes; only in its own line, on a day with any."""

    solved: Annotated[int, BOT_SOLVED.shown]
    partly: Annotated[int, BOT_PARTLY.shown]
    transferred: Annotated[int, BOT_TRANSFERRED.shown]
    transferred_share: Annotated[Share | None, made(lambda r: bot_share(r, BOT_TRANSFERRED), "transferred / all three")]
    solved_share: Annotated[Share | None, made(lambda r: bot_share(r, BOT_SOLVED), "solved / all three")]
    partly_share: Annotated[Share | None, made(lambda r: bot_share(r, BOT_PARTLY), "partly / all three")]
    transferred_answered: Annotated[Count | None, BOT_TRANSFERRED_ANSWERED.shown]
    transferred_given_up: Annotated[Count | None, BOT_TRANSFERRED_GIVEN_UP.shown]
    transferred_ended_otherwise: Annotated[Count | None, BOT_TRANSFERRED_ENDED_OTHERWISE.shown]
    time_mean_ms: Annotated[
        Amount | None, made(lambda r: r.ratio(BOT_TIME_SUM, BOT_TIMED), "With the bot; part of no wait.")
    ]


class Letters(Struct, kw_only=True):
    """Letters, a turn at a time; only where there were any. Days are working days after the day of receipt."""

    received: Annotated[Count | None, LETTERS_RECEIVED.shown]
    begun_anew: Annotated[Count | None, LETTERS_BEGUN_ANEW.shown]
    answered: Annotated[Count | None, LETTERS_ANSWERED.shown]
    held: Annotated[Count | None, LETTERS_HELD.shown]
    within_2_days: Annotated[Count | None, LETTERS_WITHIN[2].shown]
    missed_2_days: Annotated[Count | None, LETTERS_MISSED[2].shown]
    share_within_2_days: Annotated[
        Share | None, made(lambda r: within_days(r, 2), "within_2_days / (within_2_days + missed_2_days)")
    ]
    within_3_days: Annotated[Count | None, LETTERS_WITHIN[3].shown]
    missed_3_days: Annotated[Count | None, LETTERS_MISSED[3].shown]
    share_within_3_days: Annotated[Share | None, made(lambda r: within_days(r, 3), "Likewise.")]
    days_mean: Annotated[
        Amount | None, made(lambda r: in_days(r.mean_ms(LETTER_DAYS)), "Of the answered; null over nothing.")
    ]
    days_median: Annotated[
        Count | None,
        made(lambda r: whole_days(r.waits(LETTER_DAYS).quantile_ms(0.5)), "Half took at most so many; null beyond 14."),
    ]
    days_p90: Annotated[
        Count | None,
        made(
            lambda r: whole_days(r.waits(LETTER_DAYS).quantile_ms(0.9)),
            "Nine of ten took at most so many; null beyond 14.",
        ),
    ]
    moved: Annotated[Count | None, LETTERS_MOVED.shown]
    reclassified: Annotated[Count | None, LETTERS_RECLASSIFIED.shown]
    withdrawn: Annotated[Count | None, LETTERS_WITHDRAWN.shown]
    merged: Annotated[Count | None, LETTERS_MERGED.shown]
    lost: Annotated[Count | None, LETTERS_LOST.shown]


class Conversations(Struct, kw_only=True):
    """How long people talk, from the answer; only where that is counted, and there was any."""

    ended: Annotated[Count | None, CONVERSATIONS.shown]
    sum_ms: Annotated[Count | None, CONVERSATION_LENGTHS.measures[1].shown]
    mean_ms: Annotated[Amount | None, made(lambda r: r.mean_ms(CONVERSATION_LENGTHS), _MEAN)]
    median_at_most_ms: Annotated[Count | None, made(lambda r: r.waits(CONVERSATION_LENGTHS).quantile_ms(0.5), _EDGE)]
    p90_at_most_ms: Annotated[Count | None, made(lambda r: r.waits(CONVERSATION_LENGTHS).quantile_ms(0.9), _EDGE)]
    lost: Annotated[Count | None, CONVERSATIONS_LOST.shown]


class Outcomes(Counted, kw_only=True):
    """What can be said of a stretch that is long enough for matters to come to an end."""

    wait_while_open_mean_ms: Annotated[
        Amount | None,
        made(
            lambda r: while_open(r.waits).mean_ms,
            "A mean in ms, closed hours apart where the channel's waits are counted so, too; null over nothing, and "
            "where that is not known.",
        ),
    ]
    lost: Annotated[int, LOST.shown]
    offered: Annotated[int, OFFERED.shown]
    callbacks: Callbacks
    transfers: Transfers


class Day(Outcomes, kw_only=True):
    """The local day so far."""

    wait_max_ms: Annotated[Count | None, made(lambda r: r.waits(ANSWERED_WAITS).max_ms, _LONGEST)]
    share_within: Annotated[dict[LengthName, Shares], made(_shares, "By threshold.")]
    journeys: Journeys
    bot: Bot | UnsetType = UNSET
    conversations: Conversations | UnsetType = UNSET
    letters: Letters | UnsetType = UNSET


class Total(Outcomes, kw_only=True):
    """Since the beginning; no maximum is kept for so long."""

    journeys: JourneysOfAll
    conversations: Conversations | UnsetType = UNSET
    letters: Letters | UnsetType = UNSET
    wait_histogram: Annotated[
        list[tuple[Count, Count]],
        made(
            lambda r: [(ms, n) for ms in r.shown_ms if (n := r.waits(ANSWERED_WAITS).within(ms)) is not None],
            "Pairs of an edge (ms, inclusive) and how many were answered after at most that long. An edge by which "
            "some are not known, as they were counted by coarser ones, is not there.",
        ),
    ]
