"""Courses of events for the alerts of breach and drift: what is said of a target, minute by minute, and what is told of
it then, as svartid itself makes that of the verdicts (serve/since.py).
"""

from collections.abc import Sequence
from typing import NamedTuple

from streams.core.verdicts import VERDICTS, Verdict
from streams.generate.target_alerts import GRAVE_FOR_MS
from streams.serve.documents import Achieved, Limit, TargetEntry
from streams.serve.since import Since
from tests.generate.timeline import CENTRE, GONE, SCRAPE_S, Case, minutes

TARGET = CENTRE.all_targets[0]
HOLD = TARGET.hold / 60_000  # minutes
CLEARS = {"breach": TARGET.clear / 60_000, "drifting": TARGET.drift_clear / 60_000}
LABELS = {"target": TARGET.id, "channel": str(TARGET.channel), "audience": str(TARGET.audience)}
STEP = SCRAPE_S / 60
NOTHING = Achieved(value=None, answered=None, met=None)
Values = list[float | None]


class For(NamedTuple):
    """What is said for so many minutes, and by which worker."""

    verdict: Verdict | None  # None: svartid is down
    minutes: float
    by: str = "a"
    is_judged: bool = True  # whether the target is in force
    forgets: bool = False  # whether Redis was lost as it began, and what was told with it


def entry(verdict: Verdict) -> TargetEntry:
    """What a snapshot says of it."""
    return TargetEntry(
        id=TARGET.id,
        measure=TARGET.measure,
        channel=TARGET.channel,
        audience=TARGET.audience,
        within_ms=TARGET.within,
        limit=Limit(at_most_ms=1),
        verdict=verdict,
        rule=7,
        window_ms=TARGET.window,
        window=NOTHING,
        today=NOTHING,
        pressure=None,
        expected=None,
    )


def said(*course: For | tuple[Verdict | None, float]) -> dict[str, Values]:
    """The series of a course of verdicts, of each worker that wrote in it."""
    parts = [For(*part) for part in course]
    since = Since()
    made: dict[str, Values] = {}
    scrapes = [(part, n == 0) for part in parts for n in range(round(part.minutes * 60 / SCRAPE_S))]
    for at, (part, is_first) in enumerate(scrapes):
        if part.forgets and is_first:
            since = Since()
        for name, value in _scraped(part, since, at * SCRAPE_S * 1000).items():
            made.setdefault(name, [GONE] * len(scrapes))[at] = value
    return made


def _scraped(part: For, since: Since, now_ms: int) -> dict[str, float]:
    """What one scrape reads."""
    if part.verdict is None:
        return {}
    of = f'instance="{part.by}"'
    alive = {f"svartid_snapshot_timestamp_seconds{{{of}}}": now_ms / 1000}
    if not part.is_judged:
        return alive
    one = entry(part.verdict)
    since.note([one], [TARGET], now_ms)
    assert one.told is not None
    of = f'{of}, target="{TARGET.id}"'
    told = {"breach": one.told.breach.is_told, "drifting": one.told.drifting.is_told}
    verdicts = {f'svartid_target_verdict{{{of}, verdict="{v}"}}': float(v == part.verdict) for v in VERDICTS}
    known = {
        f'svartid_target_told{{{of}, verdict="{v}"}}': float(is_it) for v, is_it in told.items() if is_it is not None
    }
    return {**alive, **verdicts, **known}


def cases(alert: str, verdict: Verdict) -> list[Case]:
    """The same courses for breach and for drift: what differs is the verdict."""
    told, clear = 5 + HOLD + STEP, CLEARS[verdict]  # the verdict begins at minute 5
    flapping = [part for _ in range(10) for part in (For("ok", 1.0), For(verdict, 1.0))]
    other: Verdict = "drifting" if verdict == "breach" else "breach"
    return [
        Case(
            alert,
            "it stands for the hold, is told, and is taken back when it has been well for the clear",
            said(("ok", 5), (verdict, 15), ("ok", 20)),
            fires_at=[told, 10, 19, 20 + clear - 0.5],
            silent_at=[4, 5 + HOLD - 1, 20 + clear + 1],
            labels=LABELS,
        ),
        Case(
            alert,
            "one spike shorter than the hold",
            said(("ok", 5), (verdict, HOLD - STEP), ("ok", 20)),
            silent_at=range(26),
        ),
        Case(alert, "it flaps, each time too short", said(*flapping), silent_at=range(20)),
        Case(
            alert,
            "once told, flapping at the threshold is one alert and not ten",
            said(("ok", 5), (verdict, HOLD + 1), *flapping, ("ok", 15)),
            fires_at=[*range(round(told + 1), round(26 + HOLD))],
            silent_at=[26 + HOLD + clear + 1],
            labels=LABELS,
        ),
        Case(alert, "too few were answered", said(("ok", 5), ("insufficient", 20)), silent_at=range(25)),
        Case(alert, "closed", said(("closed", 30)), silent_at=range(30)),
        Case(
            alert,
            "told until closing time, and then taken back",
            said((verdict, 20), ("closed", 30)),
            fires_at=[10, 19],
            silent_at=[20 + clear + 1, 40],
            labels=LABELS,
        ),
        Case(alert, "no data at all", {"up": minutes((1, 30))}, silent_at=range(30)),
        Case(alert, "the feed is dead", said(("ok", 5), ("stale", 30)), silent_at=range(35)),
        Case(alert, f"it is {other}", said(("ok", 5), (other, 20)), silent_at=range(25)),
        Case(
            alert,
            "a restart of svartid does not end it: one alert, from before to after",
            said((verdict, 10), (None, 2), (verdict, 10)),
            fires_at=[9, 11, 12, 13, 20],
            labels=LABELS,
        ),
        Case(
            alert,
            "another worker takes over: one alert, not two",
            said((verdict, 10), For(verdict, 10, "b")),
            fires_at=[9, 10, 11, 19],
            labels=LABELS,
        ),
        Case(
            alert,
            "another worker takes over before it is told: the hold goes on",
            said(("ok", 5), (verdict, 1), (None, 0.5), For(verdict, 19.5, "b")),
            fires_at=[told, 10, 20],
            silent_at=[5 + HOLD - 1],
            labels=LABELS,
        ),
        Case(
            alert,
            "nobody writes for longer than Prometheus looks back, before it is told: the hold goes on",
            said(("ok", 5), (verdict, 1), (None, 10), For(verdict, 10, "b")),
            fires_at=[16.5, 20],
            silent_at=[5 + HOLD - 1, 15],
            labels=LABELS,
        ),
        Case(
            alert,
            "svartid dies while it is told: that takes nothing back",
            said((verdict, 10), (None, 60)),
            fires_at=[9, 10, 11, 12, 20, 40, 69],
            labels=LABELS,
        ),
        Case(
            alert,
            "it is back, and all is well: that takes it back, after the clear",
            said((verdict, 10), (None, 60), For("ok", 20, "b")),
            fires_at=[9, 69, 70 + clear - 0.5],
            silent_at=[70 + clear + 1.5],
            labels=LABELS,
        ),
        Case(
            alert,
            "it dies before it is told, or after it was taken back",
            said(("ok", 6), (verdict, HOLD - STEP), (None, 20)),
            silent_at=range(27),
        ),
        Case(
            alert,
            "the feed dies while it is told: nobody knows, and that takes nothing back",
            said((verdict, 10), ("stale", 30), (verdict, 5), ("ok", 20)),
            fires_at=[9, 15, 39, 44, 45 + clear - 0.5],
            silent_at=[45 + clear + 1],
            labels=LABELS,
        ),
        Case(
            alert,
            "Redis is lost, and with it what was told: nobody knows, until it is settled",
            said((verdict, 10), For("stale", 10, forgets=True), (verdict, 10), ("ok", 20)),
            fires_at=[9, 11, 15, 19, 20.5, 29, 30 + clear - 0.5],
            silent_at=[30 + clear + 1],
            labels=LABELS,
        ),
        Case(
            alert,
            "Redis is lost, and all is well then",
            said((verdict, 10), For("stale", 10, forgets=True), ("ok", 20)),
            fires_at=[9, 15, 20 + clear - 0.5],
            silent_at=[20 + clear + 1],
            labels=LABELS,
        ),
        Case(
            alert,
            "it is in force no longer: what was told of it is let go of",
            said((verdict, 10), For(verdict, 20, is_judged=False)),
            fires_at=[9],
            silent_at=[11.5, 20],
            labels=LABELS,
        ),
        Case(alert, "a restart while all is well", said(("ok", 10), (None, 2), ("ok", 10)), silent_at=range(22)),
    ]


# What comes of a drift silences it; that it is over must be told before, or nobody hears of it.
ENDS_IN_TIME = Case(
    "TargetDrifting",
    "it becomes a breach, and is taken back before that is told",
    said(("ok", 5), ("drifting", 10), ("breach", 20)),
    fires_at=[10, 14.5],
    silent_at=[15 + HOLD - STEP, 15 + HOLD, 25],
    labels=LABELS,
)
GRAVE_S = (TARGET.grave_ms or 0) / 1000
_MEAN, _PRESSURE = "svartid_target_mean_wait_seconds", "svartid_target_pressure_seconds"
_WINDOW = f'instance="a", target="{TARGET.id}", stretch="window"'


def how_badly(mean_s: Sequence[tuple[float | None, float]], answered: int, pressure_s: float = 0) -> dict[str, Values]:
    """A breach that stands, and what was achieved meanwhile, by how many answers."""
    length = sum(of for _, of in mean_s)
    return {
        **said(("breach", length)),
        f"{_MEAN}{{{_WINDOW}}}": minutes(*mean_s),
        f"svartid_target_answered{{{_WINDOW}}}": minutes((answered, length)),
        f'{_PRESSURE}{{instance="a", target="{TARGET.id}"}}': minutes((pressure_s, length)),
    }


def unseen(series: dict[str, Values], since: float, until: float) -> dict[str, Values]:
    """The same, but nothing is scraped from one minute to the other."""
    first, last = (round(at * 60 / SCRAPE_S) for at in (since, until))
    return {name: [*values[:first], *[GONE] * (last - first), *values[last:]] for name, values in series.items()}


GRAVE = [
    Case(
        "GraveBreach",
        "the mean is beyond so many times what is promised, and comes back",
        how_badly([(GRAVE_S - 1, 10), (GRAVE_S + 1, 10), (GRAVE_S - 1, 20)], 100),
        fires_at=[10 + GRAVE_FOR_MS / 60_000 + 0.5, 19, 25],
        silent_at=[9, 12, 33],
        labels=LABELS,
    ),
    Case("GraveBreach", "broken, and no more", how_badly([(GRAVE_S, 20)], 100), silent_at=range(20)),
    Case(
        "GraveBreach",
        "too few are answered to judge by, but who waits has waited for so long",
        how_badly([(None, 20)], TARGET.least_sample - 1, GRAVE_S + 1),
        fires_at=[HOLD + 0.5, 19],  # and not held a second time
        silent_at=[HOLD - 0.5],
        labels=LABELS,
    ),
    Case(
        "GraveBreach",
        "who waits has waited for so long, but many are answered sooner",
        how_badly([(GRAVE_S - 1, 20)], TARGET.least_sample, GRAVE_S + 1),
        silent_at=range(20),
    ),
    Case(
        "GraveBreach",
        "the same, and nothing is scraped for two minutes",
        unseen(how_badly([(GRAVE_S - 1, 20)], TARGET.least_sample, GRAVE_S + 1), 10, 12),
        silent_at=range(20),
    ),
    Case(
        "GraveBreach",
        "nothing is scraped for a minute and a half while it is asked for: that begins nothing anew",
        unseen(how_badly([(GRAVE_S - 1, 5), (GRAVE_S + 1, 15)], 100), 6, 7.5),
        fires_at=[8.5, 12, 19],
        silent_at=[5, 7.25],
        labels=LABELS,
    ),
    Case(
        "GraveBreach",
        "after four minutes of which nothing is known the mean is beyond for half a minute",
        how_badly([(GRAVE_S - 1, 8), (None, 4), (GRAVE_S + 1, 0.5), (GRAVE_S - 1, 7.5)], 100),
        silent_at=[*range(20), 12.25, 12.5, 12.75],
    ),
    Case(
        "GraveBreach",
        "the mean is far beyond, and no breach is told",
        {**how_badly([(GRAVE_S + 1, 20)], 100), **said(("closed", 20))},
        silent_at=range(20),
    ),
]
CASES = [*cases("TargetBreach", "breach"), *cases("TargetDrifting", "drifting"), *GRAVE, ENDS_IN_TIME]
