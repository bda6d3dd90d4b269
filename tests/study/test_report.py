"""The study's tables, as they come into a page."""

import json
from collections import Counter
from dataclasses import dataclass, field

from tests.study.heeded import Heeded
from tests.study.judge import Drift, Tally
from tests.study.others import Count
from tests.study.report import figures, markdown


@dataclass
class Found:
    """Of one scenario."""

    days: int
    ways: dict[str, Tally]
    drift: Drift = field(default_factory=Drift)
    others: Count = field(default_factory=Count)
    heeded: dict[str, Heeded] = field(default_factory=dict)
    silences_s: list[float] = field(default_factory=list)


def table_of(**scenarios: Found) -> str:
    """By way of JSON, as it comes from a run."""
    return markdown(json.loads(json.dumps({name: figures(found) for name, found in scenarios.items()})))


def test_what_is_reported_of_two_scenarios() -> None:
    others = Count()
    others.came["FeedSilent"], others.looked_at["FeedSilent"], others.for_nothing["FeedSilent"] = 4, 3, 1
    surge = Found(
        10,
        {"svartid": Tally(20, 1, [140.0, 150.0, 160.0], pages=30, for_nothing=5, short=2), "half-hour": Tally(20, 20)},
        Drift([0.0, 300.0, 600.0, 900.0], warnings=8, wrong=2),
        others,
        {
            "now": Heeded(
                [0, 0, 1, 4, 0, 0, 0, 0, 0, 0], 1, 2, 30, Counter(), Counter(operations=9), Counter(nobody=1), [140.0]
            )
        },
        [250.0, 254.0],
    )
    assert table_of(surge=surge, quiet=Found(2, {"svartid": Tally()})).splitlines() == [
        "12 days: surge 10, quiet 2.",
        "",
        "| to on-call | pages a day | days with 0, 1, 2, more | for nothing a day | repeats a day | warnings a day | "
        "breaches of 30 min: on-call, operations, nobody | delay p50, p95 (s) | "
        "waits 5 min beyond: on-call, operations, nobody | delay p50, p95 (s) |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        "| surge: now | 0.5 | 8, 1, 0, 1 | 0.1 | 0.2 | 3 | 0, 9, 0 | 140, 140 | 0, 0, 1 | –, – |",
        "",
        "| | broken | missed | delay p50, p95 (s) | told a day | for nothing a day |",
        "|---|--:|--:|--:|--:|--:|",
        "| surge: svartid | 20 | 1 | 150, 160 | 3 | 0.5 |",
        "| surge: half-hour | 20 | 20 | –, – | 0 | 0 |",
        "| quiet: svartid | 0 | 0 | –, – | 0 | 0 |",
        "",
        "| drift | ahead p50 (s) | 5 minutes ahead or more | warnings a day | came to nothing |",
        "|---|--:|--:|--:|--:|",
        "| surge | 600 | 75% | 0.8 | 25% |",
        "| quiet | – | – | 0 | – |",
        "",
        "| all other alerts | came | held against a recount | for nothing |",
        "|---|--:|--:|--:|",
        "| surge: FeedSilent | 4 | 3 | 1 |",
        "",
        "FeedSilent after the last event, in seconds: surge: p50 254, most 254.",
    ]


def test_a_study_without_a_silent_feed_says_so() -> None:
    assert table_of(quiet=Found(1, {"svartid": Tally()})).endswith(", in seconds: no feed was silent.")
