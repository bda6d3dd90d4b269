"""Courses of events for the alerts of letters."""

from collections.abc import Sequence

from tests.generate.timeline import CENTRE, Case, minutes

LINE = {"channel": "written", "audience": "personbruker", "queue": "sto"}
LIMIT = CENTRE.alerts.letters_overdue
OLDEST_S = CENTRE.alerts.letters_oldest // 1000
Values = list[float | None]
DAY = 24 * 60  # in minutes
STEP_S = 300


def _named(name: str, labels: dict[str, str]) -> str:
    told = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    return f"{name}{{{told}}}"


def feed(*course: tuple[str, float]) -> dict[str, Values]:
    """What is said of the letters' feed."""
    return {
        _named("svartid_feed_status", {"channel": "written", "status": status}): minutes(
            *((float(now == status), length) for now, length in course)
        )
        for status in ("open", "closed", "stale")
    }


def of(name: str, *course: tuple[float | None, float], instance: str = "a") -> dict[str, Values]:
    """A series of the queue."""
    return {_named(name, {**LINE, "instance": instance}): minutes(*course)}


OVERDUE, OPEN = "svartid_letters_overdue", "svartid_letters_open"
ANSWERED, AGE = "svartid_letters_answered_total", "svartid_letters_oldest_seconds"


def _backlog(
    course: str,
    answered: Sequence[tuple[float, float]],
    lie: Sequence[tuple[float, float]],
    silent_at: Sequence[float],
    fires_at: Sequence[float] = (),
) -> Case:
    """Days of it, while the feed is open."""
    named = {ANSWERED: answered, OPEN: lie, "svartid_feed_status": ((1, 9 * DAY),)}
    labels = {name: {**LINE, "instance": "a"} for name in (ANSWERED, OPEN)}
    labels["svartid_feed_status"] = {"channel": "written", "status": "open"}
    series = {_named(name, labels[name]): minutes(*course, step_s=STEP_S) for name, course in named.items()}
    return Case("LettersBacklog", course, series, fires_at, silent_at, LINE if fires_at else {}, step_s=STEP_S)


CASES = [
    Case(
        "LettersOverdue",
        "as many as the limit, for longer than the hold; taken back when they have had an answer",
        {**of(OVERDUE, (0, 5), (LIMIT, 40), (0, 60)), **feed(("open", 105))},
        fires_at=[22, 44, 60],
        silent_at=[4, 15, 80, 100],
        labels=LINE,
    ),
    Case("LettersOverdue", "one fewer", {**of(OVERDUE, (LIMIT - 1, 60)), **feed(("open", 60))}, silent_at=range(60)),
    Case("LettersOverdue", "at night", {**of(OVERDUE, (LIMIT, 60)), **feed(("closed", 60))}, silent_at=range(60)),
    Case(
        "LettersOverdue", "the feed is dead", {**of(OVERDUE, (LIMIT, 60)), **feed(("stale", 60))}, silent_at=range(60)
    ),
    Case(
        "LettersOverdue",
        "told at opening time of what was left over",
        {**of(OVERDUE, (LIMIT, 90)), **feed(("closed", 30), ("open", 60))},
        fires_at=[50, 89],
        silent_at=range(44),
        labels=LINE,
    ),
    _backlog(
        "a week's 500 answers are 100 a day: 250 that lie there are more than two days' worth",
        answered=((1000, 2 * DAY), (1500, 7 * DAY)),
        lie=((150, 8 * DAY), (250, DAY)),
        fires_at=[8 * DAY + 90, 9 * DAY - 10],
        silent_at=[3 * DAY, 8 * DAY - 10, 8 * DAY + 30],
    ),
    _backlog(
        "exactly two days' worth",
        answered=((1000, 2 * DAY), (1500, 7 * DAY)),
        lie=((200, 9 * DAY),),
        silent_at=[3 * DAY, 8 * DAY, 9 * DAY - 10],
    ),
    _backlog(
        "few letters, and nobody answers",
        answered=((1000, 9 * DAY),),
        lie=((19, 9 * DAY),),
        silent_at=[3 * DAY, 8 * DAY, 9 * DAY - 10],
    ),
    _backlog(
        "nobody answers; of the first week nobody knows what a week's answers are",
        answered=((1000, 9 * DAY),),
        lie=((20, 9 * DAY),),
        fires_at=[7 * DAY + 90, 9 * DAY - 10],
        silent_at=[DAY, 5 * DAY, 7 * DAY - 10],
    ),
    _backlog(
        "the books were begun anew, and the total is lower than a week ago: what a week's answers are is not known",
        answered=((1000, 4 * DAY), (100, 5 * DAY)),
        lie=((25, 9 * DAY),),
        silent_at=[7 * DAY + 90, 8 * DAY, 9 * DAY - 10],
    ),
    Case(
        "LettersOldest",
        "one letter is older than it may be",
        {**of(AGE, (OLDEST_S, 20), (OLDEST_S + 1, 40), (0, 60)), **feed(("open", 120))},
        fires_at=[38, 59, 80],
        silent_at=[*range(34), 95, 119],
        labels=LINE,
    ),
    Case("LettersOldest", "none is", {**of(AGE, (OLDEST_S, 60)), **feed(("open", 60))}, silent_at=range(60)),
    Case("LettersOldest", "at night", {**of(AGE, (2 * OLDEST_S, 60)), **feed(("closed", 60))}, silent_at=range(60)),
]
