"""Courses of events for the alerts of what the others rest on: feeds, figures, workers."""

from streams.generate.service_alerts import OWN_LAG_RECORDS, REJECTED_LEAST
from tests.generate.cases_promises import feed
from tests.generate.cases_waits import behind
from tests.generate.timeline import CENTRE, GONE, SCRAPE_S, Case, growing, minutes

SILENCE = CENTRE.alerts.silence / 60_000
LAG = CENTRE.alerts.lag_records
PHONE = {"channel": "phone"}
Values = list[float | None]


def stop(length: float, until: float, channel: str = "phone") -> dict[str, Values]:
    """A source that is down as planned until so many minutes, said for so many."""
    return {
        f'svartid_planned_stop_until_timestamp_seconds{{instance="a", channel="{channel}"}}': minutes(
            (until * 60, length), (GONE, 1)
        )
    }


FEED_SILENT = [
    Case(
        "FeedSilent",
        "down as planned, and silent for longer than that: told once it should be back",
        {**feed(("open", 5), ("stale", 55)), **stop(30, until=30)},
        fires_at=[30.5 + SILENCE, 40, 59],
        silent_at=[*range(30), 29.5 + SILENCE],
        labels=PHONE,
    ),
    Case(
        "FeedSilent",
        "down as planned, and back in time",
        {**feed(("open", 5), ("stale", 25), ("open", 20)), **stop(30, until=30)},
        silent_at=range(50),
    ),
    Case(
        "FeedSilent",
        "a worker that says for longer than it lasts that it is down as planned",
        {**feed(("stale", 60)), **stop(60, until=20)},
        fires_at=[20.5 + SILENCE, 40, 59],
        silent_at=[*range(20), 19.5 + SILENCE],
        labels=PHONE,
    ),
    Case(
        "FeedSilent",
        "another channel is down as planned, and this one is silent in truth",
        {**feed(("stale", 40)), **stop(40, until=100, channel="chat")},
        fires_at=[0.5 + SILENCE, 20, 39],
        labels=PHONE,
    ),
    Case(
        "FeedSilent",
        "an open channel falls silent, and speaks again",
        feed(("open", 5), ("stale", 15), ("open", 20)),
        fires_at=[5.5 + SILENCE, 10, 19, 21],
        silent_at=[4, 4.5 + SILENCE, 23, 39],
        labels=PHONE,
    ),
    Case(
        "FeedSilent",
        "it comes and goes: one alert",
        feed(("stale", 10), *[("open", 1), ("stale", 1)] * 10, ("open", 10)),
        fires_at=range(5, 31),
        silent_at=[35],
        labels=PHONE,
    ),
    Case(
        "FeedSilent",
        "a restart of svartid while a channel is silent",
        feed(("stale", 10), (None, 1.5), ("stale", 10)),
        fires_at=[9, 10.5, 12, 20],
        labels=PHONE,
    ),
    Case(
        "FeedSilent",
        "svartid itself is behind, and what is read late looks like silence; then the channel is silent in truth",
        {**feed(("stale", 40)), **behind((OWN_LAG_RECORDS + 1, 20), (OWN_LAG_RECORDS, 20))},
        fires_at=[20.5 + SILENCE, 30, 39],
        silent_at=[*range(20), 19.5 + SILENCE],
        labels=PHONE,
    ),
    Case(
        "FeedSilent",
        "svartid is behind by ten minutes of a usual day, too little for LagHigh to be told",
        {**feed(("stale", 40)), **behind((3000, 40))},
        silent_at=range(40),
    ),
    Case(
        "FeedSilent",
        "svartid is behind with another channel: this one is silent in truth",
        {**feed(("stale", 40)), **behind((LAG + 1, 40), channel="chat")},
        fires_at=[0.5 + SILENCE, 20, 39],
        labels=PHONE,
    ),
    *(
        Case(
            "FeedSilent",
            f"nobody can read what it sends: {series}",
            {**feed(("stale", 40)), f'{series}{{instance="a", channel="phone"}}': minutes((1, 20), (0, 20))},
            fires_at=[20.5 + SILENCE, 30, 39],
            silent_at=[*range(20), 19.5 + SILENCE],
            labels=PHONE,
        )
        for series in ("svartid_channel_unread_partitions", "svartid_channel_missing")
    ),
    *(
        Case(
            "FeedSilent",
            f"nobody can read another channel, and this one is silent in truth: {series}",
            {
                **feed(("stale", 40)),
                f'svartid_{series}{{instance="a"}}': minutes((1, 40)),
                f'svartid_channel_{by_channel}{{instance="a", channel="chat"}}': minutes((1, 40)),
            },
            fires_at=[0.5 + SILENCE, 20, 39],
            labels=PHONE,
        )
        for series, by_channel in (
            ("unread_partitions", "unread_partitions"),
            ("missing_topics", "missing"),
            ("missing_partitions", "missing"),
        )
    ),
    Case("FeedSilent", "silent at night", feed(("open", 5), ("closed", 60)), silent_at=range(65)),
    Case(
        "FeedSilent",
        "the first minute after opening, before anybody calls",
        feed(("closed", 10), ("stale", SILENCE - 0.5), ("open", 20)),
        silent_at=range(30),
    ),
    Case("FeedSilent", "all is well", feed(("open", 30)), silent_at=range(30)),
    Case("FeedSilent", "no data at all: that is told as old figures", {"up": minutes((1, 30))}, silent_at=range(30)),
]


def stamps(*course: tuple[bool | None, float], instance: str = "a") -> dict[str, Values]:
    """The snapshot's time: whether it goes on, for how many minutes. GONE: nobody shows one."""
    values: Values = []
    for goes_on, length in course:
        for _ in range(round(length * 60 / SCRAPE_S)):
            last = next((v for v in reversed(values) if v is not None), 0.0)
            values.append(GONE if goes_on is None else float(len(values) * SCRAPE_S) if goes_on else last)
    return {f'svartid_snapshot_timestamp_seconds{{instance="{instance}"}}': values}


FIGURES_STALE = [
    Case(
        "FiguresStale",
        "the snapshot stands still, and goes on",
        stamps((True, 5), (False, 10), (True, 10)),
        fires_at=[7, 10, 14.5, 15.5],
        silent_at=[4, 6, 17, 24],
    ),
    Case(
        "FiguresStale",
        "nobody shows one",
        stamps((True, 5), (None, 10), (True, 10)),
        fires_at=[6.5, 10, 14],
        silent_at=[4, 5.5, 17],
    ),
    Case("FiguresStale", "there never was one", {"up": minutes((0, 10))}, fires_at=[2, 9]),
    Case(
        "FiguresStale",
        "another worker takes over in half a minute",
        {**stamps((True, 5), (None, 15)), **stamps((None, 5.5), (True, 14.5), instance="b")},
        silent_at=range(20),
    ),
    Case("FiguresStale", "one snapshot is late", stamps((True, 5), (False, 0.75), (True, 10)), silent_at=range(15)),
    Case("FiguresStale", "all is well", stamps((True, 20)), silent_at=range(20)),
]
ALL_UP = {'up{job="svartid", instance="a"}': minutes((1, 30))}
WORKER_DOWN = [
    Case(
        "WorkerDown",
        "one of two is down, and comes back",
        {**ALL_UP, 'up{job="svartid", instance="b"}': minutes((1, 5), (0, 10), (1, 15))},
        fires_at=[8, 14, 16],
        silent_at=[4, 6.5, 18, 29],
        labels={"instance": "b"},
    ),
    Case(
        "WorkerDown",
        "there are none",
        {'up{job="other"}': minutes((1, 30))},
        fires_at=[3, 29],
        labels={"job": "svartid"},
    ),
    Case(
        "WorkerDown",
        "a restart of one minute",
        {**ALL_UP, 'up{job="svartid", instance="b"}': minutes((1, 5), (0, 1), (1, 15))},
        silent_at=range(20),
    ),
    Case(
        "WorkerDown",
        "it is taken down with intent, and no longer scraped",
        {**ALL_UP, 'up{job="svartid", instance="b"}': minutes((1, 5), (GONE, 25))},
        silent_at=range(30),
    ),
    Case("WorkerDown", "all are up", ALL_UP, silent_at=range(30)),
]


def gauge_cases(alert: str, series: str, well: float, ill: float) -> list[Case]:
    """The courses that all gauges of svartid itself share."""
    return [
        Case(
            alert,
            "it stands for two minutes, is told, and is taken back",
            {series: minutes((well, 5), (ill, 10), (well, 10))},
            fires_at=[8, 14, 16],
            silent_at=[4, 6.5, 18, 24],
        ),
        Case(
            alert,
            "once told, going to and fro is one alert",
            {series: minutes((ill, 5), *[(well, 1), (ill, 1)] * 8)},
            fires_at=range(3, 21),
        ),
        Case(
            alert,
            "a restart does not end it",
            {series: minutes((ill, 5), (GONE, 1.5), (ill, 10))},
            fires_at=[4, 6, 7, 15],
        ),
        Case(alert, "a spike of a minute", {series: minutes((well, 5), (ill, 1), (well, 10))}, silent_at=range(16)),
        Case(alert, "all is well", {series: minutes((well, 20))}, silent_at=range(20)),
        Case(alert, "no data at all", {"up": minutes((1, 20))}, silent_at=range(20)),
    ]


def records(rejected: Values | None, accepted: Values, instance: str = "a") -> dict[str, Values]:
    of = f'instance="{instance}"'
    made = {
        f"svartid_records_accepted_total{{{of}}}": accepted,
        f"svartid_missing_partitions{{{of}}}": [None if n is None else 0.0 for n in accepted],
    }
    return made if rejected is None else {**made, f'svartid_records_rejected_total{{{of}, reason="json"}}': rejected}


FAINT = 0.5 * REJECTED_LEAST / 15  # a minute: half of the least in a quarter of an hour
REJECTED = [
    Case(
        "RecordsRejected",
        "a tenth is rejected for half an hour",
        records(growing((0, 20), (10, 30), (0, 40)), growing((100, 90))),
        fires_at=[25, 49, 55],
        silent_at=[19, 75, 89],
    ),
    Case(
        "RecordsRejected",
        "the first rejects there ever were, all at once",
        records([*[GONE] * 80, *minutes((500, 10))], growing((100, 30))),
        fires_at=[25, 29],
        silent_at=[19],
    ),
    Case("RecordsRejected", "nothing else arrives", records(growing((5, 30)), minutes((1000, 30))), fires_at=[10, 29]),
    Case(
        "RecordsRejected", "fewer than a hundredth", records(growing((5, 60)), growing((1000, 60))), silent_at=range(60)
    ),
    Case(
        "RecordsRejected",
        "too few to be a pattern",
        records(growing((FAINT, 60)), growing((1, 60))),
        silent_at=range(60),
    ),
    Case("RecordsRejected", "none ever", records(None, growing((100, 30))), silent_at=range(30)),
    Case(
        "RecordsRejected", "nothing arrives at all", records(minutes((70, 30)), minutes((9e6, 30))), silent_at=range(30)
    ),
    Case("RecordsRejected", "no data at all", {"up": minutes((1, 30))}, silent_at=range(30)),
    Case(
        "RecordsRejected",
        "another worker takes over, and old rejects are not counted anew",
        {
            **records(growing((0, 20), (GONE, 40), start=90_000), growing((100, 20), (GONE, 40), start=1e6)),
            **records(
                [*[GONE] * 84, *minutes((89_999, 39))], [*[GONE] * 84, *growing((100, 39), start=1_002_000)], "b"
            ),
        },
        silent_at=range(60),
    ),
    Case(
        "RecordsRejected",
        "Redis is emptied: old rejects are read again, and are as few as they were",
        records([*minutes((900, 20)), *growing((0.5, 30))], [*growing((100, 20), start=1e6), *growing((1000, 30))]),
        silent_at=range(50),
    ),
]
CASES = [
    *FEED_SILENT,
    *FIGURES_STALE,
    *WORKER_DOWN,
    *REJECTED,
    *gauge_cases("KafkaSilent", 'svartid_unread_partitions{instance="a"}', 0, 6),
    *gauge_cases("TopicsMissing", 'svartid_missing_topics{instance="a"}', 0, 1),
    *gauge_cases("PartitionsMissing", 'svartid_missing_partitions{instance="a"}', 0, 3),
    *gauge_cases("LagHigh", 'svartid_behind_records{instance="a"}', LAG, LAG + 1),
    Case(
        "LagLasting",
        "one channel stays a little behind, so that nobody would be told of who waits there; then it has caught up",
        behind((OWN_LAG_RECORDS + 1, 30), (0, 10)),
        fires_at=[16, 29, 31],
        silent_at=[14, 33],
        labels=PHONE,
    ),
    Case(
        "LagLasting",
        "it has caught up now and then, or is that far behind and no more",
        behind(*[(OWN_LAG_RECORDS + 1, 10), (OWN_LAG_RECORDS, 1)] * 4),
        silent_at=range(44),
    ),
    *gauge_cases("BooksDoNotBalance", 'svartid_residual{instance="a"}', 0, 1),
    Case("Watchdog", "always", {"up": minutes((0, 5))}, fires_at=range(5)),
]
