"""Courses of events for the alerts of breach and drift: what is said of a target, minute by minute."""

from tests.generate.timeline import CENTRE, GONE, SCRAPE_S, Case, minutes

TARGET = CENTRE.all_targets[0]
HOLD = TARGET.hold / 60_000  # minutes
CLEARS = {"breach": TARGET.clear / 60_000, "drifting": min(TARGET.clear, TARGET.hold // 2) / 60_000}
LABELS = {"target": TARGET.id, "channel": str(TARGET.channel), "audience": str(TARGET.audience)}
VERDICTS = ("ok", "drifting", "breach", "insufficient", "closed", "stale")
STEP = SCRAPE_S / 60
Said = tuple[str | None, float]  # a verdict (None: svartid is down), and for how many minutes


def said(*course: Said, instance: str = "a") -> dict[str, list[float | None]]:
    """The series of a course of verdicts."""
    return {
        f'svartid_target_verdict{{instance="{instance}", target="{TARGET.id}", verdict="{verdict}"}}': minutes(
            *((GONE if now is None else float(now == verdict), length) for now, length in course)
        )
        for verdict in VERDICTS
    }


def cases(alert: str, verdict: str) -> list[Case]:
    """The same courses for breach and for drift: what differs is the verdict."""
    told, clear = 5 + HOLD + STEP, CLEARS[verdict]  # the verdict begins at minute 5
    flapping: list[Said] = [part for _ in range(10) for part in (("ok", 1.0), (verdict, 1.0))]
    other = "drifting" if verdict == "breach" else "breach"
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
            {**said((verdict, 10), (None, 10)), **said((None, 10), (verdict, 10), instance="b")},
            fires_at=[9, 10, 11, 19],
            labels=LABELS,
        ),
        Case(
            alert,
            "another worker takes over before it is told: the hold goes on",
            {
                **said(("ok", 5), (verdict, 1), (None, 20)),
                **said((None, 6.5), (verdict, 19.5), instance="b"),
            },
            fires_at=[told, 10, 20],
            silent_at=[5 + HOLD - 1],
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
CASES = [*cases("TargetBreach", "breach"), *cases("TargetDrifting", "drifting"), ENDS_IN_TIME]
