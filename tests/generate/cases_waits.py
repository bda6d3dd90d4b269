"""Courses of events for the alerts of who waits."""

from streams.generate.alerts import alerts
from streams.generate.service_alerts import OWN_LAG_RECORDS
from streams.generate.wait_alerts import BEYOND_FOR_MS, FEW, PASSED_LEAST
from tests.generate.timeline import CENTRE, GONE, Case, minutes

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


def of_window(most_s: float, answered: int, course_min: float) -> dict[str, Values]:
    """Who was answered in a quarter of an hour: how many, and after how long at most."""
    labels = ", ".join(f'{key}="{value}"' for key, value in {**LINE, "instance": "a", "window": "15m"}.items())
    return {
        f"svartid_window_max_wait_seconds{{{labels}}}": minutes((most_s, course_min)),
        f"svartid_window_answered{{{labels}}}": minutes((answered, course_min)),
    }


def beyond(alert: str, name: str) -> list[Case]:
    """The same courses for who waits and for who is disputed."""
    rule = next(one for one in alerts(CENTRE) if one.name == alert)
    hold, clear = rule.hold_ms / 60_000, rule.clear_ms / 60_000
    return [
        Case(
            alert,
            "one waits beyond the limit, and is answered",
            of_line(name, (0, 5), (1, 10), (0, 10)),
            fires_at=[5.5 + hold, 10, 14.75, 14.5 + clear],
            silent_at=[4, 4.5 + hold, 16.5 + clear],
            labels=LINE,
        ),
        Case(
            alert,
            "another worker takes over before it is told: the hold goes on",
            {**of_line(name, (0, 5), (1, 0.5), (GONE, 10)), **of_line(name, (GONE, 6), (1, 9), instance="b")},
            fires_at=[5.5 + hold, 10, 14],
            silent_at=[4.5 + hold],
            labels=LINE,
        ),
        Case(
            alert,
            "closed since: who came before that waits on, and is told of",
            {**of_line(name, (0, 5), (1, 20)), **feed(("open", 4), ("closed", 21))},
            fires_at=[5.5 + hold, 24],
            silent_at=[4.5 + hold],
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
            fires_at=[hold + 1, 19],
            labels=LINE,
        ),
        Case(
            alert,
            "much of another channel is still to be read",
            {**of_line(name, (1, 20)), **behind((OWN_LAG_RECORDS + 101, 20), channel="chat")},
            fires_at=[hold + 1, 19],
            labels=LINE,
        ),
    ]


HELD = BEYOND_FOR_MS / 60_000
BEYOND, LONGEST = "svartid_longest_wait_beyond", "svartid_longest_wait_seconds"
PASSED = [
    Case(
        "LongestWait",
        "ten came later and were answered, after less than half as long: operations are told of who is passed",
        {**of_line(BEYOND, (1, 20)), **of_line(LONGEST, (1300, 20)), **of_window(600, PASSED_LEAST, 20)},
        silent_at=range(20),
    ),
    Case(
        "LongestWait",
        "nine were: too few to say that he is passed",
        {**of_line(BEYOND, (1, 20)), **of_line(LONGEST, (1300, 20)), **of_window(600, PASSED_LEAST - 1, 20)},
        fires_at=[HELD + 1, 19],
        labels=LINE,
    ),
    Case(
        "LongestWait",
        "who is answered has waited for long as well: it is his turn soon, or nobody's",
        {**of_line(BEYOND, (1, 20)), **of_line(LONGEST, (1300, 20)), **of_window(660, 200, 20)},
        fires_at=[HELD + 1, 19],
        labels=LINE,
    ),
    Case(
        "WaitBeyondLimit",
        "ten came later and were answered",
        {**of_line(BEYOND, (1, 20)), **of_line(LONGEST, (1300, 20)), **of_window(600, PASSED_LEAST, 20)},
        fires_at=[2, 19],
        labels=LINE,
    ),
]
DISPUTED, MORE = "svartid_disputed_waiting", "svartid_reported_more_waiting"
BEYOND_DISPUTED, REPORTED = "svartid_disputed_wait_beyond", "svartid_reported_waiting"
OPEN = "svartid_queue_open"
BELIEVED = [
    Case(
        "LongestWaitDisputed",
        "the source counted others a while ago: who is disputed has left",
        {**of_line(BEYOND_DISPUTED, (0, 5), (1, 20)), **of_line(REPORTED, (2, 5), (0, 20)), **of_line(OPEN, (1, 25))},
        silent_at=range(25),
    ),
    Case(
        "LongestWaitDisputed",
        "it has said 0 for half an hour: a false one would look the same",
        {**of_line(BEYOND_DISPUTED, (1, 50)), **of_line(REPORTED, (2, 5), (0, 45)), **of_line(OPEN, (1, 50))},
        fires_at=[42, 49],
        silent_at=[4, 20, 34],
        labels=LINE,
    ),
    Case(
        "LongestWaitDisputed",
        "it has said 0 since it closed, and counted before that",
        {
            **of_line(BEYOND_DISPUTED, (1, 90)),
            **of_line(REPORTED, (2, 5), (0, 85)),
            **of_line(OPEN, (1, 10), (0, 80)),
        },
        silent_at=range(0, 90, 5),
    ),
    Case(
        "LongestWaitDisputed",
        "it passes over more than get lost",
        {
            **of_line(BEYOND_DISPUTED, (1, 20)),
            **of_line(REPORTED, (2, 20)),
            **of_line(DISPUTED, (FEW + 1, 20)),
            **of_line(OPEN, (1, 20)),
        },
        fires_at=[HELD + 1, 19],
        labels=LINE,
    ),
]
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
    *beyond("LongestWait", BEYOND),
    *beyond("WaitBeyondLimit", BEYOND),
    *beyond("LongestWaitDisputed", BEYOND_DISPUTED),
    *PASSED,
    *BELIEVED,
    *DISAGREE,
]
