"""Courses of the alert on the year's budget: what the scorecards said, minute by minute, and who showed them.

When it is spent too fast is held by tests/past/test_burn.py.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tests.generate.timeline import CENTRE, GONE, SCRAPE_S, Case, minutes

TARGET = next(target for target in CENTRE.all_targets if target.at_most is not None)
LABELS = {"target": TARGET.id, "channel": str(TARGET.channel), "audience": str(TARGET.audience)}
MADE_EVERY_S = 60
Counts = list[float | None]


class For(NamedTuple):
    """What the scorecards say for so many minutes, and which worker shows them."""

    too_fast: bool | None  # None: it is not known, as while a partition is rebuilt
    minutes: float
    by: str | None = "a"  # None: nobody shows one
    is_made: bool = True  # anew each minute; else what is shown is that of before
    of: str = TARGET.id


def shown(*parts: For | tuple[bool | None, float]) -> dict[str, Counts]:
    """The series of these, of each worker that showed a scorecard."""
    told = [part for one in parts for part in [For(*one)] for _ in range(round(part.minutes * 60 / SCRAPE_S))]
    made: dict[str, Counts] = {}
    as_of = 0.0
    for scrape, part in enumerate(told):
        if part.is_made:
            as_of = float(scrape * SCRAPE_S // MADE_EVERY_S * MADE_EVERY_S)
        if part.by is not None:
            one = f'instance="{part.by}"'
            _put(made, f"svartid_scorecard_as_of_timestamp_seconds{{{one}}}", scrape, as_of)
            if part.too_fast is not None:
                name = f'svartid_promise_burn_too_fast{{{one}, target="{part.of}"}}'
                _put(made, name, scrape, float(part.too_fast))
    return {name: [*values, *[GONE] * (len(told) - len(values))] for name, values in made.items()}


def _put(made: dict[str, Counts], name: str, at: int, value: float) -> None:
    values = made.setdefault(name, [])
    values += [GONE] * (at - len(values))
    values.append(value)


def closed(*parts: tuple[bool, float]) -> dict[str, Counts]:
    """Whether its verdict is that it is closed, for so many minutes."""
    of = f'instance="a", target="{TARGET.id}", verdict="closed"'
    return {f"svartid_target_verdict{{{of}}}": minutes(*((float(is_closed), n) for is_closed, n in parts))}


def stopped(before: float, until: float) -> dict[str, Counts]:
    """The source of its channel is down as planned between these minutes."""
    said = minutes((GONE, before), (60 * until, until - before), (GONE, 10))
    return {f'svartid_planned_stop_until_timestamp_seconds{{instance="a", channel="{TARGET.channel}"}}': said}


def case(
    course: str, series: dict[str, Counts], fires_at: Sequence[float] = (), silent_at: Sequence[float] = ()
) -> Case:
    return Case("TargetBudgetBurn", course, series, fires_at, silent_at, LABELS)


CASES = [
    case(
        "it is told after ten minutes, and taken back after thirty",
        shown((False, 5), (True, 30), (False, 60)),
        fires_at=[15.5, 34, 40, 64],
        silent_at=[4, 10, 14.5, 66, 90],
    ),
    case("nine minutes of it are not told", shown((False, 5), (True, 9), (False, 30)), silent_at=[10, 14, 16, 30]),
    case(
        "a pause of ten minutes in what is told does not end it",
        shown((True, 20), (False, 10), (True, 20)),
        fires_at=[15, 25, 35, 45],
        silent_at=[9],
    ),
    case(
        "so it is now, and was ten minutes ago, and not between",
        shown((True, 8), (False, 3), (True, 20)),
        fires_at=[22],
        silent_at=[7, 10, 17.5, 18.5, 20.5],
    ),
    case("it is another target's", shown(For(True, 60, of="another")), silent_at=[5, 20, 59]),
    case(
        "closed, when nobody can act: a bad day is told no more, and no more in the morning than it is known",
        shown((True, 120)) | closed((False, 40), (True, 60), (False, 20)),
        fires_at=[30, 60, 111],
        silent_at=[9, 71, 90, 108],
    ),
    case(
        "its source is down as planned",
        shown((True, 120)) | stopped(40, 100),
        fires_at=[30, 60, 111],
        silent_at=[9, 71, 90, 108],
    ),
    case(
        "another worker takes over after four minutes, while it waits to be told",
        shown(For(True, 7), For(None, 4, by=None), For(True, 20, by="b")),
        fires_at=[11.5, 12, 30],
        silent_at=[9, 10.5],
    ),
    case(
        "another worker takes over after four minutes, as it was told",
        shown(For(True, 20), For(None, 4, by=None), For(True, 20, by="b"), For(False, 40, by="b")),
        fires_at=[15, 22, 30, 50, 73],
        silent_at=[9, 76],
    ),
    case(
        "another worker takes over after an hour: it waits anew",
        shown(For(True, 7), For(None, 60, by=None), For(True, 20, by="b")),
        fires_at=[77.5],
        silent_at=[9, 12.5, 66, 68, 76],
    ),
    case(
        "of two workers the one that shows a scorecard now is believed, whatever the other said last",
        shown(For(True, 8), For(False, 30, by="b")),
        silent_at=[7, 10.5, 11, 12, 20],
    ),
    case(
        "it goes to and fro between two workers each minute",
        shown(*(For(True, 1, by="ab"[n % 2]) for n in range(30))),
        fires_at=[11, 20, 29],
        silent_at=[9],
    ),
    case("nobody shows one any more", shown(For(True, 7), For(None, 60, by=None)), silent_at=[10.5, 11, 12, 20, 40]),
    case(
        "one is shown that is not made anew",
        shown(For(True, 6), For(True, 30, is_made=False)),
        silent_at=[9.5, 11, 15, 30],
    ),
    case(
        "what is rebuilt is not known: a scorecard without promises is believed at once",
        shown(For(True, 9), For(None, 20), For(True, 5)),
        silent_at=[8, 10.5, 11, 13, 20, 33],
    ),
    case(
        "a rebuild does not hide what is so after it",
        shown(For(True, 20), For(None, 60), For(True, 20)),
        fires_at=[15, 45, 91],
        silent_at=[52, 70, 89],
    ),
    case("nothing was ever counted", shown((None, 60)), silent_at=[5, 20, 59]),
    case("no data at all", {"up": minutes((1, 60))}, silent_at=[5, 20, 59]),
]
