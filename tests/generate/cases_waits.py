"""Courses of events for the alerts of who waits."""

from streams.generate.service_alerts import OWN_LAG_RECORDS
from tests.generate.timeline import GONE, Case, minutes

LINE = {"channel": "phone", "audience": "samhandler", "queue": "kommune"}
Course = tuple[float | None, float]  # a value, and for how many minutes
Values = list[float | None]


def of_line(name: str, *course: Course, instance: str = "a") -> dict[str, Values]:
    labels = ", ".join(f'{key}="{value}"' for key, value in {**LINE, "instance": instance}.items())
    return {f"{name}{{{labels}}}": minutes(*course)}


def behind(*course: Course, channel: str = "phone") -> dict[str, Values]:
    """How many records of a channel are still to be counted; of the other there are none."""
    other = "chat" if channel == "phone" else "phone"
    return {
        'svartid_behind_records{instance="a"}': minutes(*course),
        f'svartid_channel_behind_records{{instance="a", channel="{channel}"}}': minutes(*course),
        f'svartid_channel_behind_records{{instance="a", channel="{other}"}}': minutes(
            *((0, length) for _, length in course)
        ),
    }


def feed(*course: tuple[str, float]) -> dict[str, Values]:
    return {
        f'svartid_feed_status{{instance="a", channel="phone", status="{status}"}}': minutes(
            *((float(now == status), length) for now, length in course)
        )
        for status in ("open", "closed", "stale")
    }


def beyond(alert: str, name: str) -> list[Case]:
    """The same courses for who waits and for who is disputed."""
    return [
        Case(
            alert,
            "one waits beyond the limit, and is answered",
            of_line(name, (0, 5), (1, 10), (0, 10)),
            fires_at=[6.5, 10, 14.75, 16],
            silent_at=[4, 5.5, 18.5, 24],
            labels=LINE,
        ),
        Case(
            alert,
            "another worker takes over before it is told: the hold goes on",
            {**of_line(name, (0, 5), (1, 0.5), (GONE, 10)), **of_line(name, (GONE, 6), (1, 9), instance="b")},
            fires_at=[6.5, 10, 14],
            silent_at=[5.5],
            labels=LINE,
        ),
        Case(
            alert,
            "closed since: who came before that waits on, and is told of",
            {**of_line(name, (0, 5), (1, 20)), **feed(("open", 4), ("closed", 21))},
            fires_at=[6.5, 24],
            silent_at=[5.5],
            labels=LINE,
        ),
        Case(alert, "all are within the limit", of_line(name, (0, 20)), silent_at=range(20)),
        Case(
            alert,
            "answered within a quarter of a minute",
            of_line(name, (0, 5), (1, 0.25), (0, 9)),
            silent_at=range(14),
        ),
        Case(alert, "there is no limit, or nobody knows", {"up": minutes((1, 20))}, silent_at=range(20)),
        Case(
            alert,
            "much is still to be read: their ends may be in it",
            {**of_line(name, (1, 20)), **behind((OWN_LAG_RECORDS + 1, 20))},
            silent_at=range(20),
        ),
        Case(
            alert,
            "a little is still to be read",
            {**of_line(name, (1, 20)), **behind((OWN_LAG_RECORDS, 20))},
            fires_at=[2, 19],
            labels=LINE,
        ),
        Case(
            alert,
            "much of another channel is still to be read",
            {**of_line(name, (1, 20)), **behind((OWN_LAG_RECORDS + 101, 20), channel="chat")},
            fires_at=[2, 19],
            labels=LINE,
        ),
    ]


DISPUTED, MORE = "svartid_disputed_waiting", "svartid_reported_more_waiting"
DISAGREE = [
    *(
        Case(
            "WaitingDisputed",
            f"they disagree for twenty minutes: {name}",
            {**of_line(name, (0, 5), (2, 20), (0, 15)), **feed(("open", 40))},
            fires_at=[10.5, 24, 29],
            silent_at=[4, 9.5, 31, 39],
            labels=LINE,
        )
        for name in (DISPUTED, MORE)
    ),
    Case(
        "WaitingDisputed",
        "first the one way and then the other is one alert",
        {**of_line(DISPUTED, (2, 8), (0, 8)), **of_line(MORE, (0, 8), (1, 8)), **feed(("open", 16))},
        fires_at=[5.5, 8, 12, 15],
        labels=LINE,
    ),
    Case(
        "WaitingDisputed",
        "each time only until the next report",
        {**of_line(DISPUTED, *[(1, 1), (0, 1)] * 12), **feed(("open", 24))},
        silent_at=range(24),
    ),
    Case(
        "WaitingDisputed",
        "they agree",
        {**of_line(DISPUTED, (0, 20)), **of_line(MORE, (0, 20)), **feed(("open", 20))},
        silent_at=range(20),
    ),
    Case("WaitingDisputed", "closed", {**of_line(DISPUTED, (2, 20)), **feed(("closed", 20))}, silent_at=range(20)),
    Case(
        "WaitingDisputed",
        "the queue is closed while another's hours keep the feed open",
        {**of_line(DISPUTED, (2, 20)), **of_line("svartid_queue_open", (0, 20)), **feed(("open", 20))},
        silent_at=range(20),
    ),
    Case("WaitingDisputed", "the feed is dead", {**of_line(MORE, (2, 20)), **feed(("stale", 20))}, silent_at=range(20)),
    Case("WaitingDisputed", "the source never says", feed(("open", 20)), silent_at=range(20)),
]
CASES = [
    *beyond("LongestWait", "svartid_longest_wait_beyond"),
    *beyond("LongestWaitDisputed", "svartid_disputed_wait_beyond"),
    *DISAGREE,
]
