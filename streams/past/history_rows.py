"""A row of history: what was counted in one stretch of time. `svartid history` writes it as JSON, CSV or a table.

Waits are milliseconds, shares from 0 to 1; null over nothing, and where it is not known. Where a column is one measure
it says so. May import: the core, msgspec.
"""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from streams.core import measures
from streams.core.measures import (
    ABANDONED_WAITS,
    ANSWERED_WAITS,
    CALLBACK_WAITS,
    JOURNEY_WAITS,
    Amount,
    Count,
    Share,
    abandonment,
    in_days,
    left,
    made,
)

Value = str | int | float | None  # of one column

WITHIN: Final = "answered_within"  # the field that is a column for each edge
_MEAN: Final = "The mean of those waits; null over nothing."
_LONGEST: Final = "The longest of those waits; null over nothing."


def within_name(edge_ms: int) -> str:
    """The name of how many were answered after at most this long, e.g. `answered_le_600s`."""
    return f"answered_le_{edge_ms // 1000 if edge_ms % 1000 == 0 else edge_ms / 1000}s"


class Row(Struct, kw_only=True, omit_defaults=True):
    """What was counted in one stretch of time, for one of what rows are told apart by."""

    start: Annotated[str, Meta(description="When it began, RFC 3339: UTC, but a day's with its local offset.")]
    channel: Annotated[str | UnsetType, Meta(description="The channel, where rows are told apart by it.")] = UNSET
    audience: Annotated[str | UnsetType, Meta(description="Likewise.")] = UNSET
    queue: Annotated[str | UnsetType, Meta(description="Likewise.")] = UNSET
    entered: Annotated[int, measures.ENTERED.shown]
    answered: Annotated[int, measures.ANSWERED.shown]
    wait_sum_ms: Annotated[int, ANSWERED_WAITS.measures[1].shown]
    wait_max_ms: Annotated[Count | None, made(lambda r: r.waits(ANSWERED_WAITS).max_ms, _LONGEST)]
    wait_mean_ms: Annotated[Amount | None, made(lambda r: r.mean_ms(ANSWERED_WAITS), _MEAN)]
    wait_coarse: Annotated[int, ANSWERED_WAITS.measures[4].shown]
    answered_within: Annotated[
        dict[
            str,
            Annotated[
                Count | None,
                Meta(
                    description="How many were answered after at most so many seconds. Null where some of them are "
                    "known between coarser edges alone."
                ),
            ],
        ],
        made(
            lambda r: {within_name(ms): r.waits(ANSWERED_WAITS).within(ms) for ms in r.shown_ms},
            "In JSON and CSV a column for each edge of `histogram` in queues.toml.",
        ),
    ]
    abandoned: Annotated[int, measures.ABANDONED.shown]
    abandoned_wait_sum_ms: Annotated[int, ABANDONED_WAITS.measures[1].shown]
    abandoned_wait_max_ms: Annotated[Count | None, made(lambda r: r.waits(ABANDONED_WAITS).max_ms, _LONGEST)]
    abandoned_wait_mean_ms: Annotated[Amount | None, made(lambda r: r.mean_ms(ABANDONED_WAITS), _MEAN)]
    abandoned_wait_coarse: Annotated[int, ABANDONED_WAITS.measures[4].shown]
    abandonment_rate: Annotated[Share | None, made(abandonment, "abandoned / (answered + abandoned)")]
    abandonment_rate_without_short: Annotated[
        Share | None, made(lambda r: abandonment(r, measures.ABANDONED_SHORT), "The same, short ones in neither.")
    ]
    left: Annotated[Count, made(left, "Visits that ended in another way.")]
    callback_kept: Annotated[int, measures.KEPT.shown]
    callback_wait_sum_ms: Annotated[int, CALLBACK_WAITS.measures[1].shown]
    callback_wait_max_ms: Annotated[Count | None, made(lambda r: r.waits(CALLBACK_WAITS).max_ms, _LONGEST)]
    callback_wait_mean_ms: Annotated[Amount | None, made(lambda r: r.mean_ms(CALLBACK_WAITS), _MEAN)]
    callback_wait_coarse: Annotated[int, CALLBACK_WAITS.measures[4].shown]
    reached: Annotated[int, measures.REACHED.shown]
    journey_wait_sum_ms: Annotated[int, JOURNEY_WAITS.measures[1].shown]
    journey_wait_max_ms: Annotated[Count | None, made(lambda r: r.waits(JOURNEY_WAITS).max_ms, _LONGEST)]
    journey_wait_mean_ms: Annotated[Amount | None, made(lambda r: r.mean_ms(JOURNEY_WAITS), _MEAN)]
    journey_wait_coarse: Annotated[int, JOURNEY_WAITS.measures[4].shown]
    over_closed: Annotated[Count | None, measures.OVER_CLOSED.shown]
    over_closed_wait_sum_ms: Annotated[Count | None, measures.OVER_CLOSED_WAITS.measures[1].shown]
    over_closed_wait_max_ms: Annotated[
        Count | None, made(lambda r: r.waits(measures.OVER_CLOSED_WAITS).max_ms, _LONGEST)
    ]
    over_closed_wait_coarse: Annotated[Count | None, measures.OVER_CLOSED_WAITS.measures[4].shown]
    while_open: Annotated[Count | None, measures.WHILE_OPEN.shown]
    while_open_wait_sum_ms: Annotated[Count | None, measures.WHILE_OPEN_WAITS.measures[1].shown]
    while_open_wait_max_ms: Annotated[Count | None, made(lambda r: r.waits(measures.WHILE_OPEN_WAITS).max_ms, _LONGEST)]
    while_open_wait_coarse: Annotated[Count | None, measures.WHILE_OPEN_WAITS.measures[4].shown]
    time_in_queues_sum_ms: Annotated[Count | None, measures.TIME_IN_QUEUES.shown]
    time_in_queues_mean_ms: Annotated[
        Amount | None, made(lambda r: r.ratio(measures.TIME_IN_QUEUES, measures.REACHED), _MEAN)
    ]
    abandoned_short: Annotated[int, measures.ABANDONED_SHORT.shown]
    called_back: Annotated[int, measures.CALLED_BACK.shown]
    left_transferred: Annotated[int, measures.LEFT_BY_REASON["transferred"].shown]
    left_overflow: Annotated[int, measures.LEFT_BY_REASON["overflow"].shown]
    left_timeout: Annotated[int, measures.LEFT_BY_REASON["timeout"].shown]
    left_closed: Annotated[int, measures.LEFT_BY_REASON["closed"].shown]
    left_ended: Annotated[int, measures.LEFT_BY_REASON["ended"].shown]
    left_moved: Annotated[int, measures.LEFT_BY_REASON["moved"].shown]
    left_other: Annotated[int, measures.LEFT_BY_REASON["other"].shown]
    lost: Annotated[int, measures.LOST.shown]
    cut: Annotated[int, measures.CUT.shown]
    offered: Annotated[int, measures.OFFERED.shown]
    missed: Annotated[int, measures.MISSED.shown]
    callback_tried: Annotated[int, measures.TRIED.shown]
    callback_cancelled: Annotated[int, measures.CANCELLED.shown]
    callback_failed: Annotated[int, measures.FAILED.shown]
    callback_settled: Annotated[int, measures.SETTLED.shown]
    callback_broken: Annotated[int, measures.BROKEN.shown]
    callback_overdue: Annotated[int, measures.OVERDUE.shown]
    passed_on: Annotated[int, measures.PASSED_ON.shown]
    passed_on_answered: Annotated[int, measures.PASSED_ON_ANSWERED.shown]
    passed_on_given_up: Annotated[int, measures.PASSED_ON_GIVEN_UP.shown]
    passed_on_ended_otherwise: Annotated[int, measures.PASSED_ON_ENDED_OTHERWISE.shown]
    journeys: Annotated[int, measures.JOURNEYS.shown]
    reached_first_visit: Annotated[int, measures.REACHED_FIRST_VISIT.shown]
    bot_solved: Annotated[int, measures.BOT_SOLVED.shown]
    bot_partly: Annotated[int, measures.BOT_PARTLY.shown]
    bot_transferred: Annotated[int, measures.BOT_TRANSFERRED.shown]
    bot_timed: Annotated[int, measures.BOT_TIMED.shown]
    bot_time_sum_ms: Annotated[int, measures.BOT_TIME_SUM.shown]
    answered_passed_on: Annotated[Count | None, measures.ANSWERED_PASSED_ON.shown]
    bot_transferred_answered: Annotated[Count | None, measures.BOT_TRANSFERRED_ANSWERED.shown]
    bot_transferred_given_up: Annotated[Count | None, measures.BOT_TRANSFERRED_GIVEN_UP.shown]
    bot_transferred_ended_otherwise: Annotated[Count | None, measures.BOT_TRANSFERRED_ENDED_OTHERWISE.shown]
    conversations: Annotated[Count | None, measures.CONVERSATIONS.shown]
    conversation_sum_ms: Annotated[Count | None, measures.CONVERSATION_LENGTHS.measures[1].shown]
    conversation_max_ms: Annotated[
        Count | None, made(lambda r: r.waits(measures.CONVERSATION_LENGTHS).max_ms, _LONGEST)
    ]
    conversation_mean_ms: Annotated[Amount | None, made(lambda r: r.mean_ms(measures.CONVERSATION_LENGTHS), _MEAN)]
    conversation_coarse: Annotated[Count | None, measures.CONVERSATION_LENGTHS.measures[4].shown]
    conversations_lost: Annotated[Count | None, measures.CONVERSATIONS_LOST.shown]
    letters_received: Annotated[Count | None, measures.LETTERS_RECEIVED.shown]
    letters_begun_anew: Annotated[Count | None, measures.LETTERS_BEGUN_ANEW.shown]
    letters_answered: Annotated[Count | None, measures.LETTERS_ANSWERED.shown]
    letter_days_sum_ms: Annotated[Count | None, measures.LETTER_DAYS.measures[1].shown]
    letter_days_max_ms: Annotated[Count | None, made(lambda r: r.waits(measures.LETTER_DAYS).max_ms, _LONGEST)]
    letter_days_mean: Annotated[
        Amount | None,
        made(lambda r: in_days(r.mean_ms(measures.LETTER_DAYS)), "In working days; null over nothing."),
    ]
    letter_days_coarse: Annotated[Count | None, measures.LETTER_DAYS.measures[4].shown]
    letters_held: Annotated[Count | None, measures.LETTERS_HELD.shown]
    letters_within_2: Annotated[Count | None, measures.LETTERS_WITHIN[2].shown]
    letters_within_3: Annotated[Count | None, measures.LETTERS_WITHIN[3].shown]
    letters_missed_2: Annotated[Count | None, measures.LETTERS_MISSED[2].shown]
    letters_missed_3: Annotated[Count | None, measures.LETTERS_MISSED[3].shown]
    letters_moved: Annotated[Count | None, measures.LETTERS_MOVED.shown]
    letters_reclassified: Annotated[Count | None, measures.LETTERS_RECLASSIFIED.shown]
    letters_withdrawn: Annotated[Count | None, measures.LETTERS_WITHDRAWN.shown]
    letters_merged: Annotated[Count | None, measures.LETTERS_MERGED.shown]
    letters_lost: Annotated[Count | None, measures.LETTERS_LOST.shown]
    survey_invited: Annotated[Count | None, measures.SURVEYS_INVITED.shown]
    survey_answered: Annotated[Count | None, measures.SURVEYS_ANSWERED.shown]
    survey_solution_1: Annotated[Count | None, measures.SURVEY_SCORES["solution"][0].shown]
    survey_solution_2: Annotated[Count | None, measures.SURVEY_SCORES["solution"][1].shown]
    survey_solution_3: Annotated[Count | None, measures.SURVEY_SCORES["solution"][2].shown]
    survey_solution_4: Annotated[Count | None, measures.SURVEY_SCORES["solution"][3].shown]
    survey_solution_5: Annotated[Count | None, measures.SURVEY_SCORES["solution"][4].shown]
    survey_solution_6: Annotated[Count | None, measures.SURVEY_SCORES["solution"][5].shown]
    survey_service_1: Annotated[Count | None, measures.SURVEY_SCORES["service"][0].shown]
    survey_service_2: Annotated[Count | None, measures.SURVEY_SCORES["service"][1].shown]
    survey_service_3: Annotated[Count | None, measures.SURVEY_SCORES["service"][2].shown]
    survey_service_4: Annotated[Count | None, measures.SURVEY_SCORES["service"][3].shown]
    survey_service_5: Annotated[Count | None, measures.SURVEY_SCORES["service"][4].shown]
    survey_service_6: Annotated[Count | None, measures.SURVEY_SCORES["service"][5].shown]
    definitions_since: Annotated[
        str | None,
        Meta(
            description="Since when the definitions held by which it was counted, RFC 3339: rows with another value "
            "were counted by others. Null: they always did."
        ),
    ] = None
    carried_from: Annotated[
        str | None,
        Meta(
            description="The name of the state that counted it, where that is another one: its days were carried over "
            "when this one was served. Null: this one's own. Of a row of several days: of the first of them."
        ),
    ] = None

    @property
    def group(self) -> tuple[str, ...]:
        """The names that tell it apart from others of its time."""
        return tuple(name for name in (self.channel, self.audience, self.queue) if name is not UNSET)

    @property
    def flat(self) -> dict[str, Value]:
        """All of it under one name each, in the order of the columns, as JSON and CSV have it."""
        flat: dict[str, Value] = {}
        for name, value in msgspec.structs.asdict(self).items():
            if name == WITHIN:
                flat |= self.answered_within
            elif value is not UNSET:
                flat[name] = value
        return flat
