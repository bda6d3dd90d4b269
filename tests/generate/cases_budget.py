"""Courses of days for the alert on the year's budget: how many were answered, and how long they had waited."""

from collections.abc import Callable, Collection, Sequence

from config.targets import Target
from streams.generate.recording_rules import least_sample, stretches
from streams.generate.words import seconds
from tests.generate.timeline import CENTRE, GONE, Case, minutes

STEP_S = 1800
STEPS_A_DAY = 86_400 // STEP_S
OPENS, CLOSES = 9, 15
MEAN = next(target for target in CENTRE.all_targets if target.at_most is not None)
SHARE = next(target for target in CENTRE.all_targets if target.within is not None)
LIMIT_S = (MEAN.at_most or 0) / 1000
ALLOWED = 1 - (SHARE.at_least or SHARE.more_than or 0)
GOOD, TIGHT, BAD, AWFUL = 0.6, 0.95, 1.2, 2.0  # times what the target allows
WEEKEND, MONDAY = (5, 6), 7  # days, from 0
Spent = Callable[[int, float], float]  # day (from 0) and hour of the day -> times what the target allows
Counts = list[float | None]


def days(
    n: int,
    spent: Spent,
    target: Target,
    *,
    answered: float = 40,
    start: float = 1e6,
    shut: Collection[int] = (),
) -> dict[str, Counts]:
    """Cumulative series of one queue over n days, answering so many each step while it is open: not on days `shut`."""
    count = start
    waited, late = start * LIMIT_S * GOOD, start * ALLOWED * GOOD
    sums: Counts = []
    counts: Counts = []
    within: Counts = []
    for step in range(n * STEPS_A_DAY):
        day, hour = step // STEPS_A_DAY, step % STEPS_A_DAY * 24 / STEPS_A_DAY
        if OPENS <= hour < CLOSES and day not in shut:
            count += answered
            waited += answered * LIMIT_S * spent(day, hour)
            late += answered * ALLOWED * spent(day, hour)
        sums, counts, within = [*sums, waited], [*counts, count], [*within, count - late]
    return _series(target, sums, counts, within)


def _series(target: Target, sums: Counts, counts: Counts, within: Counts, instance: str = "a") -> dict[str, Counts]:
    of = f'instance="{instance}", channel="{target.channel}", audience="{target.audience}", queue="one"'
    missing = f'svartid_channel_missing{{instance="{instance}", channel="{target.channel}"}}'
    made: dict[str, Counts] = {missing: [None if n is None else 0.0 for n in counts]}
    made[f"svartid_wait_seconds_count{{{of}}}"] = counts
    if target.at_most is not None:
        made[f"svartid_wait_seconds_sum{{{of}}}"] = sums
    else:
        made[f'svartid_wait_seconds_bucket{{{of}, le="{seconds(target.within or 0)}"}}'] = within
    return made


def down_as_planned(n: int, target: Target, on: int) -> dict[str, Counts]:
    """The source of the target's channel is, for all of one of n days."""
    until = float((on + 1) * STEPS_A_DAY * STEP_S)
    said = [until if step // STEPS_A_DAY == on else None for step in range(n * STEPS_A_DAY)]
    return {f'svartid_planned_stop_until_timestamp_seconds{{instance="a", channel="{target.channel}"}}': said}


def closed_at_night(n: int, target: Target, and_on: int | None = None) -> dict[str, Counts]:
    """The target's verdict over n days; all of one of them may be closed too."""
    hours = [(step // STEPS_A_DAY, step % STEPS_A_DAY * 24 / STEPS_A_DAY) for step in range(n * STEPS_A_DAY)]
    is_closed = [day == and_on or not OPENS <= hour < CLOSES for day, hour in hours]
    of = f'instance="a", target="{target.id}"'
    return {f'svartid_target_verdict{{{of}, verdict="closed"}}': [float(closed) for closed in is_closed]}


def _at(day: int, hour: float) -> int:
    return round(minute(day, hour) * 60 / STEP_S)


def minute(day: int, hour: float) -> float:
    """When it is, in minutes since the beginning."""
    return (day * 24 + hour) * 60


def changed(series: dict[str, Counts], change: Callable[[str, int, float], float | None]) -> dict[str, Counts]:
    """The same course with some samples other than they were."""
    return {
        name: [None if v is None else change(name, step, v) for step, v in enumerate(values)]
        for name, values in series.items()
    }


def _steady(spent: float) -> Spent:
    return lambda day, hour: spent


def _from(first: int, before: float, after: float) -> Spent:
    return lambda day, hour: after if day >= first else before


HOURS = tuple(minute(day, hour) for day in range(8) for hour in (9.5, 12, 14.5, 17, 23))
NIGHT = (1, 3, 6, 8.5, 16, 18, 20, 23.5)  # from half an hour after closing time on: it is kept firing for so long
LAST_DAY = tuple(minute(7, hour) for hour in (0, 9.5, 10, 11, 12, 13, 14, 15, 18, 23))


def case(
    course: str,
    series: dict[str, Counts],
    target: Target = MEAN,
    fires_at: Sequence[float] = (),
    silent_at: Sequence[float] = (),
) -> Case:
    labels = {"target": target.id, "channel": str(target.channel), "audience": str(target.audience)}
    return Case("TargetBudgetBurn", course, series, fires_at, silent_at, labels, step_s=STEP_S)


def of(target: Target, called: str) -> list[Case]:
    """The same courses for a mean and for a share."""
    return [*_weeks(target, called), *_upsets(target, called)]


def _weeks(target: Target, called: str) -> list[Case]:
    """Good and bad ones, as they are answered."""
    few = (least_sample(target, min(stretches())) - 1) / (min(stretches()) / 1000 / STEP_S)
    return [
        case(
            f"{called}: a bad week is told, and not in the night, when nobody can act",
            {**days(8, _from(3, GOOD, 1.6), target), **closed_at_night(8, target)},
            target,
            fires_at=[minute(day, hour) for day in (6, 7) for hour in (11, 14)],
            silent_at=[minute(1, 12), minute(2, 14), *(minute(day, hour) for day in (6, 7) for hour in NIGHT)],
        ),
        case(
            f"{called}: closed for a day in a bad week, which was told the day before",
            {**days(8, _from(3, GOOD, 1.6), target), **closed_at_night(8, target, and_on=7)},
            target,
            fires_at=[minute(6, 14)],
            silent_at=LAST_DAY,
        ),
        case(
            f"{called}: its source is down as planned for a day of a bad week, which was told the day before",
            {**days(8, _from(3, GOOD, 1.6), target), **down_as_planned(8, target, on=7)},
            target,
            fires_at=[minute(6, 14)],
            silent_at=[at for at in LAST_DAY if at >= minute(7, 9.5)],
        ),
        case(
            f"{called}: a week just over the target is told",
            days(8, _steady(BAD), target),
            target,
            fires_at=[minute(7, 12), minute(7, 14.5)],
        ),
        case(
            f"{called}: one awful day is told on that day, and is over with the next",
            days(4, lambda day, hour: AWFUL if day == 2 else 0.5, target),
            target,
            fires_at=[minute(2, 14), minute(2, 15)],
            silent_at=[minute(1, 14), minute(2, 9.5), minute(3, 14)],
        ),
        case(
            f"{called}: one awful hour is a peak, and no pattern",
            days(4, lambda day, hour: AWFUL if day == 2 and 11 <= hour < 12 else GOOD, target),
            target,
            silent_at=HOURS[:20],
        ),
        case(
            f"{called}: the first hour of a Monday is awful; a day back holds the same minutes as two hours back",
            days(8, lambda day, hour: AWFUL if day == MONDAY and hour < 10 else GOOD, target, shut=WEEKEND),
            target,
            silent_at=[minute(MONDAY, 9 + half / 2) for half in range(14)],
        ),
        case(
            f"{called}: all of a Monday is awful, which is told when it has lasted",
            days(8, lambda day, hour: AWFUL if day == MONDAY else GOOD, target, shut=WEEKEND),
            target,
            fires_at=[minute(MONDAY, 14), minute(MONDAY, 14.5)],
            silent_at=[minute(MONDAY, hour) for hour in (9.5, 10, 10.5)],
        ),
        case(f"{called}: just within the target, week out", days(8, _steady(TIGHT), target), target, silent_at=HOURS),
        case(
            f"{called}: too few answered to say",
            days(8, _steady(AWFUL), target, answered=few),
            target,
            silent_at=HOURS,
        ),
    ]


def _upsets(target: Target, called: str) -> list[Case]:
    """What happens to svartid itself."""
    return [
        case(
            f"{called}: counters fall by one answer when another worker takes over",
            changed(
                days(8, _steady(GOOD), target),
                lambda name, step, v: v - (300 if "sum" in name else 0) * (step > _at(7, 12)),
            ),
            target,
            silent_at=HOURS,
        ),
        case(
            f"{called}: Redis is emptied, and all is counted anew",
            changed(
                days(8, _steady(GOOD), target),
                lambda name, step, v: v if step < _at(7, 12) or "miss" in name else v - 1e6 * _base(name),
            ),
            target,
            silent_at=LAST_DAY,
        ),
        case(
            f"{called}: half of the partitions are missing for an hour",
            changed(days(8, _steady(GOOD), target), _half_missing),
            target,
            silent_at=LAST_DAY,
        ),
        case(
            f"{called}: another channel's partitions are missing, which does not hide a bad week",
            {
                **days(8, _steady(BAD), target),
                'svartid_missing_partitions{instance="a"}': minutes((4, 8 * 1440), step_s=STEP_S),
            },
            target,
            fires_at=[minute(7, 12), minute(7, 14.5)],
        ),
        case(
            f"{called}: svartid is down for two hours of a good day",
            changed(
                days(8, _steady(GOOD), target), lambda name, step, v: GONE if _at(7, 10) <= step < _at(7, 12) else v
            ),
            target,
            silent_at=LAST_DAY,
        ),
        case(
            f"{called}: a restart in a bad week does not hide it",
            changed(
                days(8, _steady(BAD), target), lambda name, step, v: GONE if _at(7, 12) <= step < _at(7, 12.4) else v
            ),
            target,
            fires_at=[minute(7, 14)],
        ),
        case(
            f"{called}: Redis is emptied and the log read anew, which does not hide a bad week",
            _read_anew(days(8, _steady(BAD), target), target.channel, _at(6, 12), _at(6, 13)),
            target,
            fires_at=[minute(7, 14)],
        ),
        case(
            f"{called}: svartid is behind with another channel, which does not hide a bad week",
            {**days(8, _steady(BAD), target), **_behind("another", minutes((1e6, 8 * 1440), step_s=STEP_S))},
            target,
            fires_at=[minute(7, 12), minute(7, 14.5)],
        ),
        case(
            f"{called}: work goes to another worker and back, in a good week",
            _to_and_fro(days(8, _steady(GOOD), target)),
            target,
            silent_at=HOURS,
        ),
    ]


def _behind(channel: str, records: Counts) -> dict[str, Counts]:
    """How many records of a channel are still to be counted, and of all."""
    return {
        'svartid_behind_records{instance="a"}': records,
        f'svartid_channel_behind_records{{instance="a", channel="{channel}"}}': records,
    }


def _read_anew(series: dict[str, Counts], channel: str, begin: int, end: int) -> dict[str, Counts]:
    """A channel's counters begin at 0 at one step, and are where they were at another; svartid is behind with it."""

    def again(name: str, step: int, value: float) -> float:
        return value * (step - begin) / (end - begin) if begin <= step < end and "miss" not in name else value

    steps = range(len(next(iter(series.values()))))
    behind: Counts = [1e6 if begin <= step < end else 0.0 for step in steps]
    return {**changed(series, again), **_behind(channel, behind)}


def _base(name: str) -> float:
    """What each answered counted for before the first day."""
    if "_sum" in name:
        return LIMIT_S * GOOD
    return 1 - ALLOWED * GOOD if "_bucket" in name else 1


def _half_missing(name: str, step: int, value: float) -> float:
    """The sum of waits loses more than the count does, so that its return would look like a wait of hours."""
    if not _at(7, 10) <= step < _at(7, 11):
        return value
    if "missing" in name:
        return 4
    return value * (0.3 if "_sum" in name else 0.5 if "_count" in name else 0.9)


def _to_and_fro(series: dict[str, Counts]) -> dict[str, Counts]:
    """Worker b shows the figures of every other day; to Prometheus those are other series."""
    both: dict[str, Counts] = {}
    for name, values in series.items():
        is_a = [step // STEPS_A_DAY % 2 == 0 for step in range(len(values))]
        both[name] = [v if a else GONE for v, a in zip(values, is_a, strict=True)]
        both[name.replace('"a"', '"b"')] = [GONE if a else v for v, a in zip(values, is_a, strict=True)]
    return both


CASES = [
    *of(MEAN, "mean"),
    *of(SHARE, "share"),
    case("nothing was ever answered", days(1, _steady(GOOD), MEAN, answered=0), silent_at=range(0, 1430, 100)),
    case("no data at all", {"up": [1.0] * STEPS_A_DAY}, silent_at=range(0, 1430, 100)),
]
