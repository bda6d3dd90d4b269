"""What history says of the golden day, reckoned by hand from day.txt: quarters, an hour, two days.

Arrivals are in the row in which they arrived, outcomes in the one in which they happened. What lies outside (the
office, the chatbot) is in no sum.
"""

from typing import Any, Final

Row = dict[str, Any]

# Every name, in the order of the columns, with what stands where nothing happened.
NOTHING: Final[Row] = {
    "entered": 0,
    "answered": 0,
    "wait_sum_ms": 0,
    "wait_max_ms": None,
    "wait_mean_ms": None,
    "wait_coarse": 0,
    "answered_le_30s": 0,
    "answered_le_60s": 0,
    "answered_le_70s": 0,
    "answered_le_120s": 0,
    "answered_le_300s": 0,
    "abandoned": 0,
    "abandoned_wait_sum_ms": 0,
    "abandoned_wait_max_ms": None,
    "abandoned_wait_mean_ms": None,
    "abandoned_wait_coarse": 0,
    "abandonment_rate": None,
    "abandonment_rate_without_short": None,
    "left": 0,
    "callback_kept": 0,
    "callback_wait_sum_ms": 0,
    "callback_wait_max_ms": None,
    "callback_wait_mean_ms": None,
    "callback_wait_coarse": 0,
    "reached": 0,
    "journey_wait_sum_ms": 0,
    "journey_wait_max_ms": None,
    "journey_wait_mean_ms": None,
    "journey_wait_coarse": 0,
    "over_closed": 0,
    "over_closed_wait_sum_ms": 0,
    "over_closed_wait_max_ms": None,
    "over_closed_wait_coarse": 0,
    "while_open": 0,
    "while_open_wait_sum_ms": 0,
    "while_open_wait_max_ms": None,
    "while_open_wait_coarse": 0,
    "time_in_queues_sum_ms": 0,
    "time_in_queues_mean_ms": None,
    "abandoned_short": 0,
    "called_back": 0,
    "left_transferred": 0,
    "left_overflow": 0,
    "left_timeout": 0,
    "left_closed": 0,
    "left_ended": 0,
    "left_moved": 0,
    "left_other": 0,
    "lost": 0,
    "cut": 0,
    "offered": 0,
    "missed": 0,
    "callback_tried": 0,
    "callback_cancelled": 0,
    "callback_failed": 0,
    "callback_settled": 0,
    "callback_broken": 0,
    "callback_overdue": 0,
    "passed_on": 0,
    "passed_on_answered": 0,
    "passed_on_given_up": 0,
    "passed_on_ended_otherwise": 0,
    "journeys": 0,
    "reached_first_visit": 0,
    "bot_solved": 0,
    "bot_partly": 0,
    "bot_transferred": 0,
    "bot_timed": 0,
    "bot_time_sum_ms": 0,
    # Of edition 6: here nobody counts them.
    "answered_passed_on": None,
    "bot_transferred_answered": None,
    "bot_transferred_given_up": None,
    "bot_transferred_ended_otherwise": None,
    "conversations": None,
    "conversation_sum_ms": None,
    "conversation_max_ms": None,
    "conversation_mean_ms": None,
    "conversation_coarse": None,
    "conversations_lost": None,
    "letters_received": None,
    "letters_begun_anew": None,
    "letters_answered": None,
    "letter_days_sum_ms": None,
    "letter_days_max_ms": None,
    "letter_days_mean": None,
    "letter_days_coarse": None,
    "letters_held": None,
    "letters_within_2": None,
    "letters_within_3": None,
    "letters_missed_2": None,
    "letters_missed_3": None,
    "letters_moved": None,
    "letters_reclassified": None,
    "letters_withdrawn": None,
    "letters_merged": None,
    "letters_lost": None,
    "survey_invited": None,
    "survey_answered": None,
    "survey_solution_1": None,
    "survey_solution_2": None,
    "survey_solution_3": None,
    "survey_solution_4": None,
    "survey_solution_5": None,
    "survey_solution_6": None,
    "survey_service_1": None,
    "survey_service_2": None,
    "survey_service_3": None,
    "survey_service_4": None,
    "survey_service_5": None,
    "survey_service_6": None,
    "definitions_since": None,
    "carried_from": None,
}


def row(start: str, queue: str | None = None, **figures: Any) -> Row:
    """A row with what happened in it."""
    of = {} if queue is None else dict(zip(("channel", "audience", "queue"), queue.split("/"), strict=True))
    assert figures.keys() <= NOTHING.keys()
    return {"start": start, **of, **NOTHING, **figures}


# From 11:45 to 12:00, by queue. In the chat nothing was counted: k07 is ahead.
QUARTER: Final[list[Row]] = [
    row(
        "2025-03-04T10:45:00Z",
        "phone/personbruker/arbeid",
        entered=1,  # a02
        answered=1,  # h20, 60 s, at 11:45:00
        wait_sum_ms=60_000,
        wait_max_ms=60_000,
        wait_mean_ms=60_000,
        answered_le_60s=1,
        answered_le_70s=1,
        answered_le_120s=1,
        answered_le_300s=1,
        abandonment_rate=0,
        abandonment_rate_without_short=0,
        journeys=1,  # a02's; that of h20 began in helse, and was reached there
    ),
    row(
        "2025-03-04T10:45:00Z",
        "phone/personbruker/helse",
        entered=6,  # h21 to h26
        answered=2,  # h21, h24
        wait_sum_ms=260_000,  # 20 + 240 s
        wait_max_ms=240_000,
        wait_mean_ms=130_000,
        answered_le_30s=1,
        answered_le_60s=1,
        answered_le_70s=1,
        answered_le_120s=1,
        answered_le_300s=2,
        abandoned=1,  # h23
        abandoned_wait_sum_ms=60_000,
        abandoned_wait_max_ms=60_000,
        abandoned_wait_mean_ms=60_000,
        abandonment_rate=1 / 3,
        abandonment_rate_without_short=1 / 3,
        reached=3,  # h20 after 180 s, h21, h24
        journey_wait_sum_ms=440_000,
        journey_wait_max_ms=240_000,
        journey_wait_mean_ms=440_000 / 3,
        time_in_queues_sum_ms=440_000,
        time_in_queues_mean_ms=440_000 / 3,
        called_back=1,  # h22
        offered=2,
        missed=1,  # h21
        callback_broken=1,  # h07, at 11:45:00
        journeys=6,
        reached_first_visit=2,
    ),
    row("2025-03-04T10:45:00Z", "phone/personbruker/nav-kontor", entered=1, passed_on=1),  # h21
    row(
        "2025-03-04T10:45:00Z",
        "phone/samhandler/lege",
        entered=3,
        answered=1,  # l01, 40 s
        wait_sum_ms=40_000,
        wait_max_ms=40_000,
        wait_mean_ms=40_000,
        answered_le_60s=1,
        answered_le_70s=1,
        answered_le_120s=1,
        answered_le_300s=1,
        abandonment_rate=0,
        abandonment_rate_without_short=0,
        left=1,
        left_timeout=1,  # l02
        reached=1,
        journey_wait_sum_ms=40_000,
        journey_wait_max_ms=40_000,
        journey_wait_mean_ms=40_000,
        time_in_queues_sum_ms=40_000,
        time_in_queues_mean_ms=40_000,
        journeys=3,
        reached_first_visit=1,
    ),
    row(
        "2025-03-04T10:45:00Z",
        "phone/samhandler/other",
        entered=1,
        answered=1,  # x01, 15 s
        wait_sum_ms=15_000,
        wait_max_ms=15_000,
        wait_mean_ms=15_000,
        answered_le_30s=1,
        answered_le_60s=1,
        answered_le_70s=1,
        answered_le_120s=1,
        answered_le_300s=1,
        abandonment_rate=0,
        abandonment_rate_without_short=0,
        reached=1,
        journey_wait_sum_ms=15_000,
        journey_wait_max_ms=15_000,
        journey_wait_mean_ms=15_000,
        time_in_queues_sum_ms=15_000,
        time_in_queues_mean_ms=15_000,
        journeys=1,
        reached_first_visit=1,
    ),
]

# From 11:00 to 12:00, all of the centre's own together: helse, arbeid, lege, other; the chat.
HOUR: Final[list[Row]] = [
    row(
        "2025-03-04T10:00:00Z",
        entered=24,  # 14 (h13 to h26) + 3 (a01, a02, h20) + 3 + 1; 3 (k04, k05, k06)
        answered=12,  # 7 (h14 to h17, h19, h21, h24) + 2 + 1 + 1; 1 (k04)
        wait_sum_ms=664_000,  # 60 + 9 + 30 + 10 + 90 + 20 + 240 = 459, + 60 + 60, + 40, + 15; + 30 s
        wait_max_ms=240_000,
        wait_mean_ms=664_000 / 12,
        answered_le_30s=6,  # 9, 30, 10, 20; 15; 30 s
        answered_le_60s=10,  # and 60; 60, 60; 40 s
        answered_le_70s=10,
        answered_le_120s=11,  # and 90 s
        answered_le_300s=12,  # and 240 s
        abandoned=2,  # h23 60 s, k05 10 s
        abandoned_wait_sum_ms=70_000,
        abandoned_wait_max_ms=60_000,
        abandoned_wait_mean_ms=35_000,
        abandonment_rate=2 / 14,
        abandonment_rate_without_short=1 / 13,
        left=3,
        reached=12,  # the twelve answered: h20 too, though not at the first visit
        journey_wait_sum_ms=784_000,  # 664 - 60 + 180 s: of h20 the whole way
        journey_wait_max_ms=240_000,
        journey_wait_mean_ms=784_000 / 12,
        time_in_queues_sum_ms=784_000,
        time_in_queues_mean_ms=784_000 / 12,
        abandoned_short=1,  # k05
        called_back=2,  # h13, h22
        left_overflow=1,  # h20
        left_timeout=1,  # l02
        left_closed=1,  # k06
        offered=2,
        missed=1,  # h21
        callback_broken=1,  # h07
        callback_overdue=1,  # h13, at 11:35
        journeys=23,  # all who entered but for h20's second visit
        reached_first_visit=11,
    )
]
HOUR_AS_CSV: Final = """\
start,entered,answered,wait_sum_ms,wait_max_ms,wait_mean_ms,wait_coarse,answered_le_30s,answered_le_60s,answered_le_70s,\
answered_le_120s,answered_le_300s,abandoned,abandoned_wait_sum_ms,abandoned_wait_max_ms,abandoned_wait_mean_ms,\
abandoned_wait_coarse,abandonment_rate,abandonment_rate_without_short,left,callback_kept,callback_wait_sum_ms,\
callback_wait_max_ms,callback_wait_mean_ms,callback_wait_coarse,reached,journey_wait_sum_ms,journey_wait_max_ms,\
journey_wait_mean_ms,journey_wait_coarse,over_closed,over_closed_wait_sum_ms,over_closed_wait_max_ms,\
over_closed_wait_coarse,while_open,while_open_wait_sum_ms,while_open_wait_max_ms,while_open_wait_coarse,\
time_in_queues_sum_ms,time_in_queues_mean_ms,abandoned_short,called_back,\
left_transferred,left_overflow,left_timeout,left_closed,left_ended,left_moved,left_other,lost,cut,offered,missed,callback_tried,\
callback_cancelled,callback_failed,callback_settled,callback_broken,callback_overdue,passed_on,passed_on_answered,passed_on_given_up,\
passed_on_ended_otherwise,journeys,reached_first_visit,bot_solved,bot_partly,bot_transferred,bot_timed,bot_time_sum_ms,\
answered_passed_on,bot_transferred_answered,bot_transferred_given_up,bot_transferred_ended_otherwise,\
conversations,conversation_sum_ms,conversation_max_ms,conversation_mean_ms,conversation_coarse,conversations_lost,\
letters_received,letters_begun_anew,letters_answered,letter_days_sum_ms,letter_days_max_ms,letter_days_mean,letter_days_coarse,\
letters_held,letters_within_2,letters_within_3,letters_missed_2,letters_missed_3,letters_moved,\
letters_reclassified,letters_withdrawn,letters_merged,letters_lost,survey_invited,survey_answered,\
survey_solution_1,survey_solution_2,survey_solution_3,survey_solution_4,survey_solution_5,survey_solution_6,\
survey_service_1,survey_service_2,survey_service_3,survey_service_4,survey_service_5,survey_service_6,\
definitions_since,carried_from
2025-03-04T10:00:00Z,24,12,664000,240000,55333.333333333336,0,6,10,10,11,12,2,70000,60000,35000.0,0,\
0.14285714285714285,0.07692307692307693,3,0,0,,,0,12,784000,240000,65333.333333333336,0,0,0,,0,0,0,,0,784000,65333.333333333336,\
1,2,0,1,1,1,0,0,0,0,0,2,1,0,0,0,0,1,1,\
0,0,0,0,23,11,0,0,0,0,0,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,
"""

# Monday, of which only m01 is told, and Tuesday, all of the centre's own together.
DAYS: Final[list[Row]] = [
    row(
        "2025-03-03T00:00:00+01:00",
        entered=1,
        answered=1,
        wait_sum_ms=45_000,
        wait_max_ms=45_000,
        wait_mean_ms=45_000,
        answered_le_60s=1,
        answered_le_70s=1,
        answered_le_120s=1,
        answered_le_300s=1,
        abandonment_rate=0,
        abandonment_rate_without_short=0,
        reached=1,
        journey_wait_sum_ms=45_000,
        journey_wait_max_ms=45_000,
        journey_wait_mean_ms=45_000,
        time_in_queues_sum_ms=45_000,
        time_in_queues_mean_ms=45_000,
        journeys=1,
        reached_first_visit=1,
    ),
    row(
        "2025-03-04T00:00:00+01:00",
        entered=38,  # 26 + 4 + 3 + 1; 4
        answered=16,  # 10 + 2 + 1 + 1; 2
        wait_sum_ms=1_179_000,  # 854 + 120 + 40 + 15; 150 s
        wait_max_ms=300_000,
        wait_mean_ms=1_179_000 / 16,
        answered_le_30s=7,  # 5 + 0 + 0 + 1; 1
        answered_le_60s=11,  # 6 + 2 + 1 + 1; 1
        answered_le_70s=12,  # and h12's 65 s
        answered_le_120s=14,  # and h19's 90, k01's 120 s
        answered_le_300s=16,  # and h24's 240, h02's 300 s
        abandoned=5,  # 3 + 1; 1
        abandoned_wait_sum_ms=84_000,  # 5 + 6 + 60 + 3; 10 s
        abandoned_wait_max_ms=60_000,
        abandoned_wait_mean_ms=16_800,
        abandonment_rate=5 / 21,
        abandonment_rate_without_short=2 / 18,
        left=5,  # 3 + 0 + 1; 1
        callback_kept=1,  # h06, 25 min
        callback_wait_sum_ms=1_500_000,
        callback_wait_max_ms=1_500_000,
        callback_wait_mean_ms=1_500_000,
        reached=17,  # 12 + 1 + 1 + 1; 2
        journey_wait_sum_ms=2_799_000,  # 2534 + 60 + 40 + 15; 150 s
        journey_wait_max_ms=1_500_000,
        journey_wait_mean_ms=2_799_000 / 17,
        time_in_queues_sum_ms=2_799_000,
        time_in_queues_mean_ms=2_799_000 / 17,
        abandoned_short=3,  # h03, a03; k05
        called_back=6,
        left_overflow=1,
        left_timeout=1,
        left_closed=1,
        left_ended=1,
        left_other=1,
        lost=1,
        offered=4,
        missed=2,
        callback_tried=2,
        callback_cancelled=1,
        callback_failed=1,
        callback_broken=1,
        callback_overdue=3,
        journeys=37,  # 26 + 3 + 3 + 1; 4
        reached_first_visit=15,  # 10 + 1 + 1 + 1; 2
    ),
]
# The chatbot's and the office's day, by queue: they are in no sum, but can be looked at by themselves.
OUTSIDE: Final[list[Row]] = [
    row(
        "2025-03-04T00:00:00+01:00",
        "chat/personbruker/frida",
        bot_solved=1,
        bot_partly=1,
        bot_transferred=1,
        bot_timed=2,
        bot_time_sum_ms=180_000,
    ),
    row(
        "2025-03-04T00:00:00+01:00",
        "phone/personbruker/nav-kontor",
        entered=4,
        answered=1,
        wait_sum_ms=180_000,
        wait_max_ms=180_000,
        wait_mean_ms=180_000,
        answered_le_300s=1,
        abandoned=1,
        abandoned_wait_sum_ms=300_000,
        abandoned_wait_max_ms=300_000,
        abandoned_wait_mean_ms=300_000,
        abandonment_rate=1 / 2,
        abandonment_rate_without_short=1 / 2,
        left=1,
        left_closed=1,
        passed_on=5,
        passed_on_answered=1,
        passed_on_given_up=1,
        passed_on_ended_otherwise=1,
    ),
]
