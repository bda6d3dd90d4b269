"""Courses of events for the alerts of what was promised one by one."""

from tests.generate.timeline import CENTRE, GONE, Case, growing, minutes

LINE = {"channel": "phone", "audience": "personbruker", "queue": "helse"}
OFFICE = {**LINE, "queue": "nav-kontor"}
LIMIT = CENTRE.alerts.overdue
LEAST = CENTRE.alerts.transfer_least
Values = list[float | None]


def _named(name: str, labels: dict[str, str]) -> str:
    told = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    return f"{name}{{{told}}}"


def feed(*course: tuple[str | None, float]) -> dict[str, Values]:
    """What is said of the phone's feed."""
    return {
        _named("svartid_feed_status", {"channel": "phone", "status": status}): minutes(
            *((GONE if now is None else float(now == status), length) for now, length in course)
        )
        for status in ("open", "closed", "stale")
    }


def opened(labels: dict[str, str], *course: tuple[float | None, float]) -> dict[str, Values]:
    """Whether a queue is open by its own hours."""
    return {_named("svartid_queue_open", labels): minutes(*course)}


def overdue(*course: tuple[float | None, float], instance: str = "a") -> dict[str, Values]:
    return {_named("svartid_callbacks_overdue", {**LINE, "instance": instance}): minutes(*course)}


def transfers(passed_on: Values, answered: Values, instance: str = "a") -> dict[str, Values]:
    labels = {**OFFICE, "instance": instance}
    return {
        _named("svartid_passed_on_total", labels): passed_on,
        _named("svartid_passed_on_answered_total", labels): answered,
        _named("svartid_channel_missing", {"instance": instance, "channel": "phone"}): [
            None if n is None else 0.0 for n in passed_on
        ],
    }


CALLBACKS = [
    Case(
        "CallbacksOverdue",
        "as many as the limit, for longer than the hold; taken back when they have been called",
        {**overdue((0, 5), (LIMIT, 25), (0, 30)), **feed(("open", 60))},
        fires_at=[11, 29, 38],
        silent_at=[4, 9, 42, 59],
        labels=LINE,
    ),
    Case(
        "CallbacksOverdue",
        "told at opening time of what was left over from the day before",
        {**overdue((LIMIT, 60)), **feed(("closed", 30), ("open", 30))},
        fires_at=[36, 59],
        silent_at=range(35),
        labels=LINE,
    ),
    Case(
        "CallbacksOverdue",
        "going to and fro over the limit is one alert",
        {**overdue((LIMIT, 10), *[(LIMIT - 1, 2), (LIMIT, 2)] * 8), **feed(("open", 42))},
        fires_at=range(6, 42),
        labels=LINE,
    ),
    Case(
        "CallbacksOverdue",
        "one fewer than the limit",
        {**overdue((LIMIT - 1, 30)), **feed(("open", 30))},
        silent_at=range(30),
    ),
    Case("CallbacksOverdue", "none", {**overdue((0, 30)), **feed(("open", 30))}, silent_at=range(30)),
    Case("CallbacksOverdue", "closed", {**overdue((LIMIT, 30)), **feed(("closed", 30))}, silent_at=range(30)),
    Case(
        "CallbacksOverdue",
        "the queue is closed while another's hours keep the feed open, and opens",
        {**overdue((LIMIT, 60)), **feed(("open", 60)), **opened(LINE, (0, 30), (1, 30))},
        fires_at=[36, 59],
        silent_at=range(35),
        labels=LINE,
    ),
    Case(
        "CallbacksOverdue",
        "another queue is closed",
        {**overdue((LIMIT, 30)), **feed(("open", 30)), **opened({**LINE, "queue": "arbeid"}, (0, 30))},
        fires_at=[6, 29],
        labels=LINE,
    ),
    Case("CallbacksOverdue", "the feed is dead", {**overdue((LIMIT, 30)), **feed(("stale", 30))}, silent_at=range(30)),
    Case("CallbacksOverdue", "no data at all", feed(("open", 30)), silent_at=range(30)),
    Case(
        "CallbacksOverdue",
        "one spike shorter than the hold",
        {**overdue((0, 5), (LIMIT, 4), (0, 20)), **feed(("open", 29))},
        silent_at=range(29),
    ),
    Case(
        "CallbacksOverdue",
        "a restart does not end it, and another worker does not double it",
        {**overdue((LIMIT, 15), (GONE, 20)), **overdue((GONE, 17), (LIMIT, 18), instance="b"), **feed(("open", 35))},
        fires_at=[14, 16, 18, 34],
        labels=LINE,
    ),
]
TRANSFERS = [
    Case(
        "TransfersUnanswered",
        "the destination stops answering, and begins again",
        {**transfers(growing((1, 240)), growing((0.9, 60), (0, 90), (1, 90))), **feed(("open", 240))},
        fires_at=[130, 149],
        silent_at=[30, 60, 90, 210, 239],
        labels=OFFICE,
    ),
    Case(
        "TransfersUnanswered",
        "nobody ever answers there",
        {**transfers(growing((1, 60)), growing((0, 60))), **feed(("open", 60))},
        fires_at=[30, 59],
        labels=OFFICE,
    ),
    Case(
        "TransfersUnanswered",
        "enough get an answer",
        {**transfers(growing((1, 120)), growing((0.5, 120))), **feed(("open", 120))},
        silent_at=range(0, 120, 5),
    ),
    Case(
        "TransfersUnanswered",
        "too few are passed on to say",
        {**transfers(growing(((LEAST - 2) / 60, 120)), growing((0, 120))), **feed(("open", 120))},
        silent_at=range(0, 120, 5),
    ),
    Case(
        "TransfersUnanswered",
        "nobody is passed on",
        {**transfers(growing((0, 90), start=500), growing((0, 90), start=70)), **feed(("open", 90))},
        silent_at=range(0, 90, 5),
    ),
    Case(
        "TransfersUnanswered",
        "ten minutes without an answer",
        {**transfers(growing((1, 180)), growing((0.9, 90), (0, 10), (0.9, 80))), **feed(("open", 180))},
        silent_at=range(0, 180, 5),
    ),
    Case(
        "TransfersUnanswered",
        "closed",
        {**transfers(growing((1, 60)), growing((0, 60))), **feed(("closed", 60))},
        silent_at=range(0, 60, 5),
    ),
    Case(
        "TransfersUnanswered",
        "the office has closed by its own hours",
        {**transfers(growing((1, 60)), growing((0, 60))), **feed(("open", 60)), **opened(OFFICE, (0, 60))},
        silent_at=range(0, 60, 5),
    ),
    Case(
        "TransfersUnanswered",
        "the feed is dead: nothing is passed on, nothing answered",
        {**transfers(growing((1, 60)), growing((0, 60))), **feed(("open", 5), ("stale", 55))},
        silent_at=range(0, 60, 5),
    ),
    Case("TransfersUnanswered", "no data at all", feed(("open", 60)), silent_at=range(0, 60, 5)),
    Case(
        "TransfersUnanswered",
        "restarts, and a count corrected down by one: nothing is counted anew",
        {
            **transfers(growing((1, 60), (GONE, 2), (1, 58), start=5000), growing((0.5, 62), (0.5, 58), start=1000)),
            **transfers(
                [*[GONE] * 480, *growing((1, 60), start=5118)], [*[GONE] * 480, *growing((0.5, 60), start=1058)], "b"
            ),
            **feed(("open", 180)),
        },
        silent_at=range(0, 180, 5),
    ),
]
CASES = [*CALLBACKS, *TRANSFERS]
