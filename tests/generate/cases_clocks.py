"""Courses of events for the alerts of clocks."""

from streams.generate.clock_alerts import LATE_LEAST
from tests.generate.timeline import GONE, Case, growing, minutes

Values = list[float | None]
BEYOND = 'svartid_records_beyond_clock{instance="a", channel="phone"}'
OFFSET = 'svartid_clock_offset_seconds{instance="a", than="redis"}'


def records(late: Values, accepted: Values) -> dict[str, Values]:
    return {
        'svartid_records_accepted_total{instance="a"}': accepted,
        'svartid_records_late_total{instance="a"}': late,
        'svartid_source_late_total{instance="a", source="puzzel"}': late,
        'svartid_source_late_total{instance="a", source="salesforce"}': [None if n is None else 0.0 for n in late],
        'svartid_missing_partitions{instance="a"}': [None if n is None else 0.0 for n in accepted],
    }


AHEAD = [
    Case(
        "ClockAhead",
        "one event is dated years ahead, and is deleted later",
        {BEYOND: minutes((0, 5), (1, 20), (0, 10))},
        fires_at=[7.5, 20, 24],
        silent_at=[4, 6, 28, 34],
        labels={"channel": "phone"},
    ),
    Case(
        "ClockAhead",
        "another worker takes over",
        {BEYOND: minutes((1, 5), (GONE, 1.5), (1, 5))},
        fires_at=[3, 5.5, 7, 11],
        labels={"channel": "phone"},
    ),
    Case(
        "ClockAhead",
        "a clock that is ahead for a minute",
        {BEYOND: minutes((0, 5), (2, 1), (0, 9))},
        silent_at=range(15),
    ),
    Case("ClockAhead", "all is well", {BEYOND: minutes((0, 15))}, silent_at=range(15)),
    Case("ClockAhead", "no data at all", {"up": minutes((1, 15))}, silent_at=range(15)),
]
FAINT = 0.5 * LATE_LEAST / 15  # a minute
LATE = [
    Case(
        "RecordsLate",
        "a tenth is late for half an hour",
        records(growing((0, 20), (10, 30), (0, 40)), growing((100, 90))),
        fires_at=[25, 49, 55],
        silent_at=[19, 75, 89],
        labels={"source": "puzzel"},
    ),
    Case(
        "RecordsLate",
        "nothing else arrives",
        records(growing((5, 30)), minutes((1000, 30))),
        fires_at=[10, 29],
        labels={"source": "puzzel"},
    ),
    Case("RecordsLate", "few of many", records(growing((5, 60)), growing((1000, 60))), silent_at=range(60)),
    Case("RecordsLate", "too few", records(growing((FAINT, 60)), growing((1, 60))), silent_at=range(60)),
    Case("RecordsLate", "no data at all", {"up": minutes((1, 30))}, silent_at=range(30)),
]
WRONG = [
    Case(
        "ClockWrong",
        "an hour behind, and set right",
        {OFFSET: minutes((0.1, 5), (-3600, 10), (-0.1, 10))},
        fires_at=[7.5, 14, 16],
        silent_at=[4, 6, 18, 24],
        labels={"instance": "a"},
    ),
    Case("ClockWrong", "off by a second", {OFFSET: minutes((1, 15))}, silent_at=range(15)),
    Case("ClockWrong", "not known", {"up": minutes((1, 15))}, silent_at=range(15)),
]
CUT = 'svartid_window_cut{instance="a", channel="phone", audience="personbruker", queue="helse", window="1h"}'
ENTERED = CUT.replace("_cut", "_entered")
DIFFER = [
    Case(
        "ClocksDiffer",
        "an answer's clock is behind for half an hour",
        {CUT: minutes((0, 10), (10, 30), (0, 20)), ENTERED: minutes((200, 60))},
        fires_at=[17, 30, 40],
        silent_at=[5, 14, 48, 59],
        labels={"channel": "phone"},
    ),
    Case(
        "ClocksDiffer",
        "just one in a hundred",
        {CUT: minutes((5, 30)), ENTERED: minutes((500, 30))},
        fires_at=[10, 29],
        labels={"channel": "phone"},
    ),
    Case("ClocksDiffer", "less", {CUT: minutes((5, 30)), ENTERED: minutes((501, 30))}, silent_at=range(30)),
    Case("ClocksDiffer", "too few", {CUT: minutes((4, 30)), ENTERED: minutes((10, 30))}, silent_at=range(30)),
    Case("ClocksDiffer", "nobody came", {CUT: minutes((0, 30)), ENTERED: minutes((0, 30))}, silent_at=range(30)),
    Case("ClocksDiffer", "no data at all", {"up": minutes((1, 30))}, silent_at=range(30)),
]


def status(is_it: str) -> str:
    return f'svartid_source_status{{instance="a", source="puzzel", status="{is_it}"}}'


BY_HOW_MUCH = {
    f'{of}{{instance="a", source="puzzel"}}': minutes((95, 30))
    for of in ("svartid_source_ahead_seconds", "svartid_source_quickest_seconds")
}


def of_source(name: str, is_it: str, fires_at: list[float], silent_at: list[float]) -> list[Case]:
    """It is so for a quarter of an hour; it is so for a moment; it is otherwise; nobody says."""
    return [
        Case(
            name,
            "for a quarter of an hour, from the fifth minute on",
            {status(is_it): minutes((0, 5), (1, 15), (0, 10)), **BY_HOW_MUCH},
            fires_at=fires_at,
            silent_at=silent_at,
            labels={"source": "puzzel"},
            by="1m 35s",
        ),
        Case(
            name,
            "for half a minute",
            {status(is_it): minutes((0, 5), (1, 0.5), (0, 9)), **BY_HOW_MUCH},
            silent_at=range(14),
        ),
        Case(name, "heard", {status("heard"): minutes((1, 15)), status(is_it): minutes((0, 15))}, silent_at=range(15)),
        Case(name, "no data at all", {"up": minutes((1, 15))}, silent_at=range(15)),
    ]


SOURCES = [
    *of_source("SourceSilent", "silent", [7.5, 12, 19], [4, 6, 23]),
    *of_source("SourceClockAhead", "ahead", [6.5, 12, 19], [4, 23]),
    *of_source("SourceBehind", "behind", [10.5, 14, 19], [4, 9, 23]),
]
CASES = [*AHEAD, *LATE, *WRONG, *DIFFER, *SOURCES]
