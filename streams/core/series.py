"""What Prometheus is told: the name, type, help and labels of every series. May import: standard library.

Metrics are made of these, and boards, rules and tests name them by these: a misspelt one is an import error. The
series of a measure are declared with it (measures.py). Base units: seconds, and shares from 0 to 1.
"""

from typing import Literal, NamedTuple, Self

LINE = ("channel", "audience", "queue")
Kind = Literal["gauge", "counter", "histogram"]


class Series(str):
    """One family of series: a text, which is what a query names it by."""

    __slots__ = ("help", "kind", "labels", "name")
    name: str  # the family's
    kind: Kind
    help: str
    labels: tuple[str, ...]

    def __new__(cls, name: str, kind: Kind, help_: str, labels: tuple[str, ...] = ()) -> Self:
        """A counter's samples end in `_total`."""
        self = super().__new__(cls, f"{name}_total" if kind == "counter" else name)
        self.name, self.kind, self.help, self.labels = name, kind, help_, labels
        return self

    @property
    def bucket(self) -> str:
        """A histogram's cumulative buckets."""
        return f"{self.name}_bucket"

    @property
    def sum(self) -> str:
        """A histogram's sum."""
        return f"{self.name}_sum"

    @property
    def total(self) -> str:
        """A histogram's count."""
        return f"{self.name}_count"


def gauge(name: str, help_: str, *labels: str) -> Series:
    """Something that rises and falls."""
    return Series(name, "gauge", help_, labels)


def counter(name: str, help_: str, *labels: str) -> Series:
    """Something that only rises, but for corrections (streams/serve/counters.py)."""
    return Series(name, "counter", help_, labels)


# --- a line, what is expected

EXPECTED_WAIT = gauge("svartid_expected_wait_seconds", "How long who joins now is likely to wait.", *LINE)
EXPECTED_WAIT_LOW = gauge("svartid_expected_wait_low_seconds", "One in ten who join now waits for less.", *LINE)
EXPECTED_WAIT_HIGH = gauge("svartid_expected_wait_high_seconds", "One in ten who join now waits for longer.", *LINE)
EXPECTED_WAIT_SAID = gauge(
    "svartid_expected_wait_said_seconds", "From when on the band goes that callers are told; absent: nothing is.", *LINE
)
EXPECTED_WAIT_WITHHELD = gauge("svartid_expected_wait_withheld", "Why nothing is expected: 1 of one.", *LINE, "reason")
EXPECTED_WAIT_SCORED = gauge(
    "svartid_expected_wait_scored", "Answered today of whom a wait was foretold; the next ones are of these.", *LINE
)
EXPECTED_WAIT_MEAN_ERROR = gauge(
    "svartid_expected_wait_mean_error_seconds", "Mean of foretold less waited; below 0 it was too low.", *LINE
)
EXPECTED_WAIT_ABSOLUTE_ERROR = gauge(
    "svartid_expected_wait_mean_absolute_error_seconds", "How far off on average.", *LINE
)
EXPECTED_WAIT_RMSE = gauge("svartid_expected_wait_rmse_seconds", "Root mean square error.", *LINE)
EXPECTED_WAIT_RRMSE = gauge("svartid_expected_wait_rrmse", "Root mean square error in parts of the mean wait.", *LINE)
EXPECTED_WAIT_LONGER = gauge("svartid_expected_wait_longer_share", "Who waited for longer than the band.", *LINE)
EXPECTED_WAIT_TOO_LOW = gauge(
    "svartid_expected_wait_too_low_share", "Who waited for a minute more than foretold, or longer.", *LINE
)
EXPECTED_WAIT_PLAIN_RMSE = gauge(
    "svartid_expected_wait_plain_rmse_seconds", "Root mean square error of the plain mean of lately.", *LINE
)
EXPECTED_WAIT_WORSE = gauge(
    "svartid_expected_wait_worse_than_plain", "1 where the plain mean was nearer, of at least 100.", *LINE
)

# --- a line, now

WAITING = gauge("svartid_waiting", "Visits waiting for a person now.", *LINE)
OLDEST_WAIT = gauge("svartid_oldest_wait_seconds", "Age of the one who has waited longest.", *LINE)
MEAN_AGE = gauge("svartid_waiters_mean_age_seconds", "Mean age of those who wait.", *LINE)
PRESSURE = gauge("svartid_pressure_seconds", "Mean wait if all who wait were answered now, main window.", *LINE)
LONGEST_WAIT = gauge("svartid_longest_wait_seconds", "Longest wait as the limit counts it: of opening time on.", *LINE)
LONGEST_WAIT_BEYOND = gauge("svartid_longest_wait_beyond", "1 where it is beyond the limit, else 0.", *LINE)
LONGEST_WAIT_LIMIT = gauge(
    "svartid_longest_wait_limit_seconds",
    "How long one may wait, as configured; absent where there is no limit.",
    *LINE,
)
REPORTED_WAITING = gauge("svartid_reported_waiting", "Waiting according to the source itself.", *LINE)
REPORTED_MORE = gauge("svartid_reported_more_waiting", "Of those, how many are not known here.", *LINE)
DISPUTED_WAITING = gauge(
    "svartid_disputed_waiting", "Open here, but not counted by the source: in no other figure.", *LINE
)
DISPUTED_WAIT_BEYOND = gauge(
    "svartid_disputed_wait_beyond", "1 where a disputed wait is beyond the limit on the longest, else 0.", *LINE
)
CALLBACKS_OPEN = gauge("svartid_callbacks_open", "Promises to call back that are neither kept nor given up.", *LINE)
CALLBACKS_OVERDUE = gauge("svartid_callbacks_overdue", "Open promises past their time.", *LINE)
CALLBACKS_OLDEST = gauge("svartid_callbacks_oldest_seconds", "Age of the oldest open promise.", *LINE)
TRANSFERS_WAITING = gauge("svartid_transfers_waiting", "Passed on to here, and waiting.", *LINE)
TALKING = gauge("svartid_talking", "Answered, and talking: where conversations are counted.", *LINE)
LETTERS_OPEN = gauge("svartid_letters_open", "Letters that are neither answered nor ended otherwise.", *LINE)
LETTERS_OVERDUE = gauge("svartid_letters_overdue", "Open letters past their second working day.", *LINE)
LETTERS_OLDEST = gauge(
    "svartid_letters_oldest_seconds", "Age of the oldest open letter, by the clock of the wall.", *LINE
)
PRESUMED_LOST = gauge(
    "svartid_presumed_lost",
    "Visits whose end never came, since the beginning; a late end corrects it.",
    *LINE,
)
QUEUE_OPEN = gauge("svartid_queue_open", "1 where a queue is open by its hours, whoever waits, else 0.", *LINE)
QUEUE_STATUS = gauge("svartid_queue_status", "1 for the status a queue has, 0 for the others.", *LINE, "status")

# --- a source

SOURCE_STATUS = gauge("svartid_source_status", "1 for the status a source has, 0 for the others.", "source", "status")
SOURCE_SILENCE = gauge("svartid_source_silence_seconds", "How long nothing has come of it, to the minute.", "source")
SOURCE_AHEAD = gauge(
    "svartid_source_ahead_seconds",
    "How far ahead of its record an event of it was dated, of the last quarter of an hour.",
    "source",
)
SOURCE_QUICKEST = gauge(
    "svartid_source_quickest_seconds",
    "How long its quickest event took to its record's timestamp, of the last quarter of an hour.",
    "source",
)
SOURCE_QUEUES = gauge("svartid_source_counted_queues", "Queues of which it says how many wait.", "source")
SOURCE_FEWER = gauge("svartid_source_fewer_queues", "Of those, in which it knows fewer than wait here.", "source")
SOURCE_MORE = gauge("svartid_source_more_queues", "Of those, in which it knows more than are known here.", "source")
SOURCE_DIFFERENCE = gauge("svartid_source_difference", "How many people that is, of all of them together.", "source")
SOURCE_LATE = counter("svartid_source_late", "Its events that were too old to count.", "source")
SOURCE_REJECTED = counter("svartid_source_rejected", "Its records that were no events.", "source")
SOURCE_CLAMPED = counter("svartid_source_clamped", "Its events by which a visit ended before its entry.", "source")
SOURCE_UNMATCHED = counter(
    "svartid_source_unmatched", "Its events of a contact of which nothing was known when they came.", "source"
)

# --- a line, by window and since the beginning, beside those of each measure

SHARE_WITHIN = gauge(
    "svartid_window_share_within_ratio",
    "Share answered within a threshold: the service level, in each of the senses of MEASURES.md.",
    *LINE,
    "window",
    "within",
    "of",
)
LEFT = counter("svartid_left", "Visits that ended in another way.", *LINE, "reason")
WAIT = Series("svartid_wait_seconds", "histogram", "Waits of the answered; edges are inclusive.", LINE)

# --- a target

TARGET_VERDICT = gauge(
    "svartid_target_verdict", "1 for the verdict on a target, 0 for the others.", "target", "verdict"
)
TARGET_TOLD = gauge(
    "svartid_target_told",
    "1 where a verdict on a target is told, else 0; absent where nobody knows.",
    "target",
    "verdict",
)
TARGET_TOLD_SINCE = gauge(
    "svartid_target_told_since_timestamp_seconds", "Since when a verdict on a target is told.", "target", "verdict"
)
TARGET_ANSWERED = gauge("svartid_target_answered", "How many a target's value is made of.", "target", "stretch")


class TargetSeries(NamedTuple):
    """The series of targets of one kind."""

    achieved: Series
    limit: Series
    pressure: Series
    predicted: Series


def _of_targets(achieved: str, predicted: str, unit: str) -> TargetSeries:
    return TargetSeries(
        gauge(
            f"svartid_target_{achieved}_{unit}",
            "What was achieved, in the target's window and today; absent over nothing.",
            "target",
            "stretch",
        ),
        gauge(f"svartid_target_limit_{unit}", "What was promised.", "target"),
        gauge(f"svartid_target_pressure_{unit}", "The value if all who wait were answered now.", "target"),
        gauge(f"svartid_target_predicted_{predicted}_{unit}", "The value expected when the lead has passed.", "target"),
    )


MEAN_WAIT_TARGETS = _of_targets("mean_wait", "wait", "seconds")
LONGEST_WAIT_TARGETS = _of_targets("longest_wait", "longest_wait", "seconds")
SHARE_TARGETS = _of_targets("share", "share", "ratio")
WAITING_TARGETS = _of_targets("waiting", "waiting", "visits")

# --- a promise, by the stretch of days that svartid itself adds up (streams/MEASURES.md, *The scorecard*)


class PromiseSeries(NamedTuple):
    """Those of promises of one unit."""

    value: Series
    limit: Series
    rest: Series
    forecast: Series


def _of_promises(unit: str) -> PromiseSeries:
    return PromiseSeries(
        gauge(
            f"svartid_promise_{unit}",
            "What a promise has come to in a stretch up to today; absent over nothing.",
            "target",
            "stretch",
        ),
        gauge(f"svartid_promise_limit_{unit}", "What was promised.", "target"),
        gauge(f"svartid_promise_rest_{unit}", "What the rest of the year must come to.", "target"),
        gauge(f"svartid_promise_forecast_{unit}", "What the year will come to.", "target", "bound"),
    )


PROMISES_OF_WAITS = _of_promises("seconds")
PROMISES_OF_DAYS = _of_promises("working_days")
PROMISES_OF_SHARES = _of_promises("ratio")
PROMISES_OF_NUMBERS = _of_promises("visits")
PROMISE_OF = gauge("svartid_promise_counted", "How many a promise's value is made of.", "target", "stretch")
PROMISE_MET = gauge("svartid_promise_met", "1 where it is met, 0 where not; absent of too few.", "target", "stretch")
PROMISE_BUDGET = gauge("svartid_promise_budget_used_ratio", "How much of the year's room is used.", "target")
PROMISE_CHANCE = gauge("svartid_promise_chance_ratio", "How likely it is that the year keeps the promise.", "target")
PROMISE_BURN = gauge(
    "svartid_promise_burn_ratio",
    "How fast the year's room was used lately: 1 is just what the promise allows; absent of too few.",
    "target",
    "stretch",
)
PROMISE_TOO_FAST = gauge(
    "svartid_promise_burn_too_fast",
    "1 where the year's room is used too fast now, 0 where not; absent where nobody knows.",
    "target",
)
PROMISE_VERDICT = gauge("svartid_promise_verdict", "1 for the verdict on the year so far.", "target", "verdict")
SCORECARD_AS_OF = gauge("svartid_scorecard_as_of_timestamp_seconds", "When the promises' stretches were added up.")

# --- what the figures rest on

RESIDUAL = gauge("svartid_residual", "What the books of all visits miss: 0, or there is a fault.")
BEHIND = gauge("svartid_behind_records", "Records in the log that are not counted yet.")
CHANNEL_BEHIND = gauge(
    "svartid_channel_behind_records", "Records of a channel in the log that are not counted yet.", "channel"
)
DEFINITIONS_SINCE = gauge(
    "svartid_definitions_since_timestamp_seconds",
    "Since when the definitions hold by which events are counted; what was counted before is by others.",
)
AS_OF = gauge("svartid_snapshot_timestamp_seconds", "As of when these figures are.")
MISSING_PARTITIONS = gauge("svartid_missing_partitions", "Partitions that no worker shows.")
MISSING_TOPICS = gauge("svartid_missing_topics", "Topics that Kafka does not have.")
UNREAD_PARTITIONS = gauge(
    "svartid_unread_partitions",
    "Partitions of which Kafka has not said lately where they end: nobody knows what is unread.",
)
CHANNEL_MISSING = gauge(
    "svartid_channel_missing",
    "Partitions of a channel that no worker shows, and topics of it that Kafka does not have.",
    "channel",
)
CHANNEL_UNREAD = gauge(
    "svartid_channel_unread_partitions",
    "Partitions of a channel of which nobody knows what is unread.",
    "channel",
)
REBUILDING = gauge("svartid_rebuilding_ratio", "How much of a rebuild is done; absent where nothing is rebuilt.")
FEED_SILENCE = gauge("svartid_feed_silence_seconds", "Since the newest event of a channel.", "channel")
FEED_STATUS = gauge(
    "svartid_feed_status", "1 for the status a channel's feed has, 0 for the others.", "channel", "status"
)
PLANNED_STOP_UNTIL = gauge(
    "svartid_planned_stop_until_timestamp_seconds",
    "Until when a channel's source is down on purpose; absent where it is not.",
    "channel",
)
ACCEPTED = counter("svartid_records_accepted", "Records that were counted.")
LATE = counter("svartid_records_late", "Records too late to count.")
RESTATED_LATE = counter(
    "svartid_records_restated_late", "Records of a contact's version, too late to replace what was told before."
)
WITHOUT_ENTRY = counter(
    "svartid_visits_without_entry", "Visits of which an end was told, and no entry in their journey: in no figure."
)
NEWER = counter("svartid_records_newer", "Records of a newer minor version, or with unknown fields.")
LET_GO = counter("svartid_records_let_go", "Records dated far ahead that were let go of: too many waited already.")
CROWDED = counter(
    "svartid_records_crowded",
    "Records that joined no figure: their journey had as many visits or contacts as one may have.",
)
REJECTED = counter("svartid_records_rejected", "Records that are no event.", "reason")
AHEAD = gauge(
    "svartid_records_ahead", "Records dated so far ahead of all else that they wait to be counted.", "channel"
)
BEYOND_CLOCK = gauge(
    "svartid_records_beyond_clock", "Dated later than the clock allows: of these, or of those who wait.", "channel"
)
LOST = gauge("svartid_lost_records", "Records that Kafka let go of before they were counted, at most.")

# --- one worker

WORKER_PARTITIONS = gauge("svartid_worker_partitions", "Partitions that this worker owns.")
WORKER_JOURNEYS = gauge("svartid_worker_journeys", "Journeys in memory.")
WORKER_JOURNEYS_OTHER_KEY = gauge(
    "svartid_worker_journeys_under_other_key",
    "Of those, and of what waits dated ahead, how many are under another pseudonym key.",
)
WORKER_COMMITS = counter("svartid_worker_commits", "Batches committed.")
WORKER_COMMIT_SECONDS = counter("svartid_worker_commit_seconds", "Time spent committing.")
WORKER_FENCED = counter("svartid_worker_fenced", "Partitions lost to another worker in mid-batch.")
WORKER_HOLES = gauge(
    "svartid_worker_offsets_without_record",
    "Offsets passed over in what it owns: markers of transactions, compaction.",
)
WORKER_LOOP_LAG = gauge("svartid_worker_loop_lag_seconds", "How late the event loop was last.")
WORKER_CHECKPOINTS = counter("svartid_worker_checkpoints", "Checkpoints written.")
WORKER_CHECKPOINTS_FAILED = counter("svartid_worker_checkpoints_failed", "Checkpoints that could not be written.")
WORKER_CHECKPOINT_BYTES = counter("svartid_worker_checkpoint_bytes", "Size of those written.")
WORKER_CHECKPOINT_SECONDS = counter("svartid_worker_checkpoint_seconds", "Time spent on them.")
WORKER_CHECKPOINT_AGE = gauge(
    "svartid_worker_checkpoint_age_seconds",
    "For how long a partition has had something that Redis alone has, at most.",
)
CLOCK_OFFSET = gauge(
    "svartid_clock_offset_seconds",
    "This machine's clock less another's; of brokers' only what a record that is read already tells.",
    "than",
)
CONFIG_REVISION = gauge(
    "svartid_configuration_revision", "The number of the configuration that this worker shows by; 0: it has none."
)
CONFIG_REFUSED = gauge(
    "svartid_configuration_refused", "1 while there is another configuration that this worker cannot take; else 0."
)

# --- one `svartid web`

WEB_REQUESTS = counter("svartid_web_requests", "Requests that were answered.", "path", "status")
WEB_SECONDS = Series("svartid_web_request_seconds", "histogram", "How long an answer took to begin.", ())
WEB_WATCHERS = gauge("svartid_web_watchers", "Connections that watch changes.")
WEB_TOLD = counter("svartid_web_told", "What watchers were told: several changes at once count once.")
