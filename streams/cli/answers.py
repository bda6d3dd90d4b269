"""What the commands answer with `--json`: one document each. Their JSON Schema is made of these types.

Times named `_ms` are milliseconds, lengths or instants since 1970-01-01T00:00Z. A partition is named topic-number, such
as `nks.phone.events.v1-3`. `snapshot` and `demo` answer with the snapshot itself (streams/serve/documents.py),
`history` with a list of rows (streams/past/history_rows.py). May import: the core, serve's documents, msgspec, typer.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
import typer
from msgspec import UNSET, Meta, Struct, UnsetType

from streams.core.measures import Count
from streams.core.verdicts import Verdict
from streams.past.export import Manifest
from streams.past.history_rows import Row, Value
from streams.past.scorecard import Forecast, Kept
from streams.serve.told_wait import DayForetold


class Unlike(Struct, array_like=True, frozen=True):
    """One place where Redis and the recount disagree: a list of three."""

    path: Annotated[str, Meta(description="Where: names and starts (epoch ms), with a slash between them.")]
    expected: Annotated[object, Meta(description="What the recount has there; null where it has nothing.")]
    found: Annotated[object, Meta(description="What Redis has there; likewise.")]


class Verification(Struct, kw_only=True):
    """What `svartid verify` found."""

    partitions: Annotated[Count, Meta(description="Partitions that were looked at.")]
    records: Annotated[Count, Meta(description="Records that were recounted, over all of them.")]
    lost: Annotated[
        dict[str, Count],
        Meta(
            description="By partition: records, at most, that Kafka let go of before they were counted. Those without "
            "any are not there."
        ),
    ]
    hidden: Annotated[
        dict[str, Count],
        Meta(description="By partition: offsets, at most, that an open transaction hides. Likewise."),
    ]
    unreadable: Annotated[
        dict[str, str],
        Meta(description="By partition: the batch from which on nothing is counted, as nobody can read it. Likewise."),
    ]
    differences: Annotated[
        dict[str, list[Unlike]], Meta(description="By partition: what differs. Those that are alike are not there.")
    ]
    compared_since: Annotated[
        dict[str, str],
        Meta(
            description="By partition: since when it could be compared, RFC 3339, UTC. Those that were compared from "
            "their beginning are not there."
        ),
    ]


class Repartition(Struct, kw_only=True):
    """What `svartid repartition` found, and did."""

    counted: Annotated[dict[str, Count], Meta(description="By topic: partitions when it was first counted.")]
    now: Annotated[dict[str, Count], Meta(description="By topic: partitions that Kafka has.")]
    under_way: Annotated[Count, Meta(description="Contacts that may get more events, or count as two.")]
    obstacles: Annotated[list[str], Meta(description="What is in the way, in words; empty where nothing is.")]
    accepted: Annotated[
        dict[str, Count], Meta(description="By topic: the partitions that were accepted. Empty where none were added.")
    ]


class Rebuilt(Struct, kw_only=True):
    """What `svartid rebuild` did."""

    partitions: Annotated[list[str], Meta(description="Those whose state was let go of.")]
    from_log: Annotated[bool, Meta(description="Whether their checkpoints were, too.")]
    waited: Annotated[bool, Meta(description="Whether a worker has read all of it again since.")]


class BackedUp(Struct, kw_only=True):
    """What `svartid backup` wrote."""

    file: Annotated[str, Meta(description="Where.")]
    partitions: Annotated[Count, Meta(description="How many are in it.")]
    journeys: Annotated[Count, Meta(description="Journeys that are remembered in them.")]
    bytes: Annotated[Count, Meta(description="The file's size.")]


class Restored(Struct, kw_only=True):
    """What `svartid restore` did."""

    partitions: Annotated[Count, Meta(description="How many were put into Redis.")]
    made_at_ms: Annotated[Count, Meta(description="When the backup was made.")]


class ConfigProblem(Struct, array_like=True, frozen=True):
    """One thing that is wrong with a configuration: a list of three."""

    file: Annotated[str, Meta(description="Which file; empty where the reason names it.")]
    place: Annotated[str, Meta(description="Where in it; empty where the reason names it.")]
    reason: Annotated[str, Meta(description="Why, in a sentence.")]


class Checked(Struct, kw_only=True):
    """What `svartid config check` found."""

    revision: Annotated[int | None, Meta(description="The configuration's; null where something is wrong with it.")]
    problems: Annotated[list[ConfigProblem], Meta(description="Empty where nothing is wrong.")]
    warnings: Annotated[
        list[str],
        Meta(
            description="From when on within 60 days no card is in force, or a channel or queue has no hours; on which "
            "days a target's queue is not there; where nobody is told of a long wait; planned stops."
        ),
    ]


Takes = Literal["now", "from", "start", "rebuild"]


class ConfigChange(Struct, array_like=True, frozen=True):
    """One difference between two configurations: a list of four."""

    place: Annotated[str, Meta(description="What is changed, such as targets.2025/chat-mean.at_most.")]
    before: Annotated[str | None, Meta(description="Null where there was nothing.")]
    after: Annotated[str | None, Meta(description="Null where there is nothing.")]
    takes: Annotated[Takes, Meta(description="What it takes for it to hold.")]


class ConfigDifference(Struct, kw_only=True):
    """What `svartid config diff` found."""

    revisions: Annotated[tuple[Count, Count], Meta(description="Of the old one and of the new one.")]
    asks_for: Annotated[Takes, Meta(description="What it takes for all of it to hold.")]
    changes: Annotated[list[ConfigChange], Meta(description="In the order of the new one, what is gone last.")]
    generated: Annotated[
        list[str], Meta(description="The generated files that change by more than the revision that they name.")
    ]


class Simulated(Struct, kw_only=True):
    """What `svartid simulate` sent."""

    scenario: Annotated[str, Meta(description="Which day.")]
    seed: Annotated[int, Meta(description="Of its chance.")]
    start: Annotated[str, Meta(description="Its first instant, RFC 3339, Norwegian time.")]
    sent: Annotated[Count, Meta(description="Records.")]
    kinds: Annotated[dict[str, Count], Meta(description="By the type of their event; `broken: …` for what is none.")]


class Produced(Struct, kw_only=True):
    """What `svartid produce` sent."""

    sent: Annotated[Count, Meta(description="Events.")]
    bad: Annotated[Count, Meta(description="Lines that are no event.")]
    reasons: Annotated[dict[str, Count], Meta(description="Those, by what is wrong with them.")]
    late: Annotated[
        dict[str, Count],
        Meta(description="By source, events that would come too late to count. Where there are any nothing is sent."),
    ] = {}


class Finding(Struct, frozen=True):
    """One thing that `svartid doctor` looked at."""

    what: Annotated[str, Meta(description="What was looked at.")]
    state: Annotated[
        Literal["ok", "warning", "unknown", "problem"], Meta(description="unknown: it could not be asked.")
    ]
    found: Annotated[str, Meta(description="How it is, in words.")]
    todo: Annotated[str, Meta(description="What to do; empty where it is ok.")] = ""


class ExplainedQueue(Struct, kw_only=True):
    """One queue that a target speaks of, in the target's window and now; null where nothing is known."""

    queue: Annotated[str, Meta(description="channel/audience/queue")]
    answered: Annotated[Count | None, Meta(description="In the window.")]
    abandoned: Annotated[Count | None, Meta(description="In the window.")]
    wait_mean_ms: Annotated[float | None, Meta(description="Of the answered, in the window.")]
    waiting: Annotated[Count | None, Meta(description="Who waits now.")]
    oldest_wait_ms: Annotated[Count | None, Meta(description="Of who waits.")]


class Explained(Struct, kw_only=True):
    """Why a target's verdict is what it is."""

    target: Annotated[str, Meta(description="Its id.")]
    verdict: Annotated[Verdict, Meta(description="As in the snapshot.")]
    rule: Annotated[int, Meta(description="Which rule gave it, by its number in streams/MEASURES.md.")]
    why: Annotated[str, Meta(description="What it says, with the figures.")]
    since: Annotated[str | None, Meta(description="Since when it stands; null where nobody says so.")]
    stands_ms: Annotated[Count | None, Meta(description="For how long.")]
    promised: Annotated[str, Meta(description="What, in words.")]
    value: Annotated[float | None, Meta(description="What was achieved in the window: ms, or a share.")]
    sample: Annotated[Count | None, Meta(description="How many that is made of.")]
    least_sample: Annotated[Count, Meta(description="Fewer are too few to judge by.")]
    pressure: Annotated[float | None, Meta(description="The value if all who wait were answered now.")]
    expected: Annotated[float | None, Meta(description="The value when the lead has passed.")]
    told: Annotated[str, Meta(description="When somebody is told.")]
    clears: Annotated[str, Meta(description="What would change it.")]
    queues: Annotated[list[ExplainedQueue], Meta(description="Those that it speaks of, the longest wait first.")]


class Whereabouts(Struct, kw_only=True):
    """Where `svartid local` has started Kafka and Valkey."""

    kafka_brokers: Annotated[str, Meta(description="host:port of the broker.")]
    redis_url: Annotated[str, Meta(description="Of Valkey.")]
    data: Annotated[str, Meta(description="The folder that they keep their data in.")]
    env: Annotated[dict[str, str], Meta(description="The settings by which svartid finds them.")]


class Retired(Struct, kw_only=True):
    """What `svartid retire` did."""

    retired: Annotated[list[str], Meta(description="Partitions that are on the list no more.")]
    forgotten: Annotated[bool, Meta(description="Whether their figures were let go of, too.")]


class Generated(Struct, kw_only=True):
    """What `svartid generate` did; with `--check`, what it would do. Files are paths, relative to the folder."""

    files: Annotated[Count, Meta(description="Files that are made of the configuration.")]
    differs: Annotated[list[str], Meta(description="Those that were otherwise.")]
    lacks: Annotated[list[str], Meta(description="Those that were not there.")]
    left_over: Annotated[list[str], Meta(description="Files of an earlier configuration.")]


class StateSeen(Struct, kw_only=True):
    """One state of an installation, as it stands."""

    name: Annotated[str, Meta(description="main, or what SVARTID_SHADOW calls it.")]
    served: Annotated[bool, Meta(description="Whether its snapshot is the one that other services read.")]
    revision: Annotated[Count, Meta(description="Of the configuration that it is shown by; 0: it has none.")]
    whole: Annotated[bool, Meta(description="Whether it is live: nothing of it is rebuilt, missing or unread.")]
    why_not: Annotated[str, Meta(description="What it lacks, in a sentence; empty where it is whole.")]
    only: Annotated[list[str], Meta(description="Days (dates) that it has, and the other has not.")]
    in_part: Annotated[
        list[str], Meta(description="Days that it has in part alone, as its log begins in them or shortly before.")
    ]


class FigureUnlike(Struct, array_like=True, frozen=True):
    """One figure of one day that differs: a list of six."""

    day: Annotated[str, Meta(description="Its date.")]
    of: Annotated[str, Meta(description="What rows are told apart by, such as phone/personbruker; empty: all.")]
    figure: Annotated[str, Meta(description="A column of `history`.")]
    one: Annotated[Value, Meta(description="In the first state. Null: nothing was counted, or it is not known.")]
    other: Annotated[Value, Meta(description="In the second one; likewise.")]
    by: Annotated[int | float | None, Meta(description="How much more the second has; null: it is no number in one.")]


class Comparison(Struct, kw_only=True):
    """What `svartid compare` found."""

    states: Annotated[tuple[StateSeen, StateSeen], Meta(description="The two, the first one first.")]
    days: Annotated[list[str], Meta(description="Days (dates) that were compared: both have them wholly.")]
    going_on: Annotated[
        list[str], Meta(description="Days that both have, and that were still being counted while it was looked.")
    ]
    differences: Annotated[list[FigureUnlike], Meta(description="In the order of days.")]


class Switched(Struct, kw_only=True):
    """What `svartid switch` did."""

    served: Annotated[str, Meta(description="The state that is served now.")]
    before: Annotated[str, Meta(description="The one before.")]
    shown: Annotated[bool, Meta(description="Whether a snapshot of it was seen since.")]
    carried: Annotated[
        list[str], Meta(description="What was carried over from the one before now: partitions, by their names there.")
    ] = []


class ScoreOf(Struct, kw_only=True):
    """How good the forecast was at the end of one month, or of all."""

    month: Annotated[Count | None, Meta(description="1 to 11; null: all of them together.")]
    forecasts: Annotated[Count, Meta(description="How many were made.")]
    too_early: Annotated[Count, Meta(description="How often it was too early to say.")]
    coverage: Annotated[float | None, Meta(description="The share of them whose interval held what the year came to.")]
    width: Annotated[float | None, Meta(description="Of the intervals on average, in parts of what the year came to.")]
    width_as_last_year: Annotated[
        float | None, Meta(description="Of the guess that it will be as the last year, to hold the truth as often.")
    ]
    width_as_so_far: Annotated[float | None, Meta(description="Likewise of the guess that it goes on as so far.")]


class GoesOn(Struct, kw_only=True):
    """A year that goes on."""

    at: Annotated[str, Meta(description="The last day that is known (a date).")]
    forecast: Annotated[Forecast, Meta(description="Of its mean, in the file's own unit, or of its share in time.")]


class Forecasts(Struct, kw_only=True):
    """What `svartid forecast` found."""

    years: Annotated[list[int], Meta(description="The whole years that it was tried on.")]
    months: Annotated[list[ScoreOf], Meta(description="By month.")]
    all: Annotated[ScoreOf, Meta(description="All months together.")]
    goes_on: Annotated[GoesOn | None, Meta(description="The year that goes on; null: none does, or it is too early.")]


class MethodScore(Struct, kw_only=True):
    """How good one way to foretell waits was, of those who were answered and of whom every way said something."""

    method: Annotated[
        str, Meta(description="`svartid`, or the name of an estimator in streams/core/wait_estimators.py.")
    ]
    forecasts: Annotated[Count, Meta(description="How many.")]
    mean_wait_ms: Annotated[float | None, Meta(description="What they waited, on average. Null: there is none.")]
    mean_error_ms: Annotated[float | None, Meta(description="Foretold less what came: below 0 it was too low.")]
    mean_absolute_ms: Annotated[float | None, Meta(description="How far off on average.")]
    root_mean_square_ms: Annotated[float | None, Meta(description="Likewise, large errors weighing more.")]
    relative: Annotated[float | None, Meta(description="That in parts of the mean wait (RRMSE).")]
    too_low: Annotated[float | None, Meta(description="The share that was foretold too low by a minute or more.")]
    held: Annotated[float | None, Meta(description="The share of waits in the band. Null: it has none.")]
    longer: Annotated[float | None, Meta(description="The share that waited for longer than the band; likewise.")]


class WaitsOfQueue(Struct, kw_only=True):
    """One queue's day."""

    day: Annotated[str, Meta(description="Local date.")]
    queue: Annotated[str, Meta(description="Such as phone/personbruker/helse.")]
    all: Annotated[list[MethodScore], Meta(description="By method.")]
    waited: Annotated[list[MethodScore], Meta(description="Of those who had to wait.")]
    is_worse_than_mean: Annotated[
        bool, Meta(description="Whether, of 100 or more, svartid was further off than the mean of the day so far.")
    ]


class WaitsForetold(Struct, kw_only=True):
    """What `svartid forecast-wait` found."""

    events: Annotated[Count, Meta(description="Events that were read.")]
    no_events: Annotated[Count, Meta(description="Lines that are none.")]
    stays: Annotated[Count, Meta(description="Stays in the centre's own queues.")]
    answered: Annotated[Count, Meta(description="Of those, answered.")]
    compared: Annotated[Count, Meta(description="Of those, foretold by every method: these are scored.")]
    withheld: Annotated[dict[str, Count], Meta(description="Of how many stays nothing was foretold, by reason.")]
    all: Annotated[list[MethodScore], Meta(description="By method.")]
    waited: Annotated[list[MethodScore], Meta(description="Of those who had to wait: for more than 20 seconds.")]
    queues: Annotated[list[WaitsOfQueue], Meta(description="By day and queue.")]


class Answers(Struct, kw_only=True):
    """What each command answers with, by its name."""

    verify: Verification | UnsetType = UNSET
    history: list[Row] | UnsetType = UNSET
    doctor: list[Finding] | UnsetType = UNSET
    repartition: Repartition | UnsetType = UNSET
    rebuild: Rebuilt | UnsetType = UNSET
    retire: Retired | UnsetType = UNSET
    simulate: Simulated | UnsetType = UNSET
    produce: Produced | UnsetType = UNSET
    local: Whereabouts | UnsetType = UNSET
    generate: Generated | UnsetType = UNSET
    compare: Comparison | UnsetType = UNSET
    switch: Switched | UnsetType = UNSET
    backup: BackedUp | UnsetType = UNSET
    restore: Restored | UnsetType = UNSET
    explain: list[Explained] | UnsetType = UNSET
    scorecard: list[Kept] | UnsetType = UNSET
    forecast: Forecasts | UnsetType = UNSET
    forecast_wait: WaitsForetold | list[DayForetold] | UnsetType = UNSET
    export: Manifest | UnsetType = UNSET
    config_check: Checked | UnsetType = msgspec.field(default=UNSET, name="config check")
    config_diff: ConfigDifference | UnsetType = msgspec.field(default=UNSET, name="config diff")


def answer(document: Struct | Sequence[Struct | Mapping[str, Value]], *, indent: int | None = None) -> None:
    """Writes it to standard output: as one line, or indented."""
    text = msgspec.json.encode(document, enc_hook=_plain)
    typer.echo(text if indent is None else msgspec.json.format(text, indent=indent))


def _plain(value: object) -> str:
    """A text that is of a type of its own, as a refusal of Redis' is."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(f"no answer has a {type(value).__name__} in it")
