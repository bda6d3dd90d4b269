"""Courses of events for the alerts of what svartid has counted and keeps."""

from streams.generate.state_alerts import CHECKPOINT_OLD_MS, LOST_TOLD_MS, REVISIONS_HOLD_MS
from streams.serve.statuses import FEED_STATUSES
from tests.generate.timeline import CENTRE, GONE, SCRAPE_S, Case, minutes

Values = list[float | None]
Course = tuple[float | None, float]  # a value, and for how many minutes
PHONE = {"channel": "phone"}
WORKER = {"instance": "a"}


def phone(*course: tuple[str | None, float]) -> dict[str, Values]:
    """The other channels are open; the phone's status for how many minutes, None where nothing is said of it."""
    length = sum(part for _, part in course)
    courses = dict.fromkeys(CENTRE.hours, (("open", length),)) | {"phone": course}
    return {
        f'svartid_feed_status{{instance="a", channel="{channel}", status="{status}"}}': minutes(
            *((GONE if said is None else float(said == status), part) for said, part in of_channel)
        )
        for channel, of_channel in courses.items()
        for status in FEED_STATUSES
    }


REBUILDING = [
    Case(
        "Rebuilding",
        "the phone's figures are made anew for ten minutes, and the others' stay as they are",
        phone(("open", 5), ("rebuilding", 10), ("open", 10)),
        fires_at=[6.5, 10, 14.5, 16],
        silent_at=[4, 5.5, 18, 24],
        labels=PHONE,
    ),
    Case(
        "Rebuilding",
        "the worker that does it is started again: one alert",
        phone(("rebuilding", 5), (None, 1.5), ("rebuilding", 5)),
        fires_at=[2, 5.5, 6.5, 7, 11],
        labels=PHONE,
    ),
    Case(
        "Rebuilding",
        "it takes less than a minute",
        phone(("open", 5), ("rebuilding", 0.75), ("open", 5)),
        silent_at=range(11),
    ),
    Case(
        "Rebuilding",
        "nothing is said of the phone, and nothing rebuilt",
        phone(("open", 5), (None, 15)),
        silent_at=range(20),
    ),
    *(
        Case("Rebuilding", f"the phone is {status}", phone((status, 15)), silent_at=range(15), labels=PHONE)
        for status in FEED_STATUSES
        if status != "rebuilding"
    ),
    Case("Rebuilding", "no data at all: that is told as old figures", {"up": minutes((1, 20))}, silent_at=range(20)),
]

DAY = 24 * 60.0  # minutes
STEP_S = 1800
TOLD = LOST_TOLD_MS / 60_000


def lost(*course: Course, missing: tuple[float, float] | None = None, step_s: int = STEP_S) -> dict[str, Values]:
    """How many are lost in all; `missing` is from when to when (minutes) a partition is shown by nobody."""
    values = minutes(*course, step_s=step_s)
    since, until = missing or (0, 0)
    shown_by_nobody = [float(since <= n * step_s / 60 < until) for n in range(len(values))]
    return {
        'svartid_lost_records{instance="a"}': values,
        'svartid_missing_partitions{instance="a"}': [
            GONE if value is GONE else n for value, n in zip(values, shown_by_nobody, strict=True)
        ],
    }


EVENTS_LOST = [
    Case(
        "EventsLost",
        "some are lost, and that is told for a day",
        lost((0, 2 * DAY), (700, 3 * DAY)),
        fires_at=[2 * DAY + 30, 2.5 * DAY, 2 * DAY + TOLD - 30],
        silent_at=[DAY, 2 * DAY - 30, 2 * DAY + TOLD + 60, 4.5 * DAY],
        step_s=STEP_S,
    ),
    Case(
        "EventsLost",
        "more are lost the week after",
        lost((700, 7 * DAY), (701, 2 * DAY)),
        fires_at=[7 * DAY + 30],
        silent_at=[3 * DAY, 6.5 * DAY, 8.5 * DAY],
        step_s=STEP_S,
    ),
    Case(
        "EventsLost",
        "svartid was down for ten days, and Kafka kept them for three",
        lost((0, DAY), (GONE, 10 * DAY), (9000, 2 * DAY)),
        fires_at=[11 * DAY + 30, 11.5 * DAY],
        silent_at=[DAY, 10 * DAY, 12.5 * DAY],
        step_s=STEP_S,
    ),
    Case(
        "EventsLost",
        "svartid was down for ten days, and Kafka kept them all: what was lost before is not lost again",
        lost((700, 2 * DAY), (GONE, 10 * DAY), (700, 2 * DAY)),
        silent_at=[1.5 * DAY, *(11 * DAY + 60 * n for n in range(72))],
        step_s=STEP_S,
    ),
    Case(
        "EventsLost",
        "nobody looked before: what was lost is told for a day",
        lost((700, 3 * DAY)),
        fires_at=[30, 0.5 * DAY, TOLD - 30],
        silent_at=[TOLD + 60, 2.5 * DAY],
        step_s=STEP_S,
    ),
    Case(
        "EventsLost",
        "svartid is down for ten minutes while it is told: one alert",
        lost((0, 5), (700, 10), (GONE, 10), (700, 10), step_s=SCRAPE_S),
        fires_at=range(8, 35),
        silent_at=range(7),
    ),
    Case(
        "EventsLost",
        "what was lost long ago is not lost again when a partition is back that nobody showed",
        lost((700, 3 * DAY), (0, 60), (700, 2 * DAY), missing=(3 * DAY, 3 * DAY + 60)),
        silent_at=[1.5 * DAY + 30 * n for n in range(160)],
        step_s=STEP_S,
    ),
    Case(
        "EventsLost",
        "a rebuild of the whole log brings them back",
        lost((700, 3 * DAY), (0, 3 * DAY)),
        silent_at=[1.5 * DAY + 60 * n for n in range(100)],
        step_s=STEP_S,
    ),
    Case("EventsLost", "none ever", lost((0, 3 * DAY)), silent_at=[n * 240.0 for n in range(18)], step_s=STEP_S),
    Case("EventsLost", "no data at all", {"up": minutes((1, 30))}, silent_at=range(30)),
]

OLD = CHECKPOINT_OLD_MS / 60_000
HOLD = 2.0  # minutes
EACH = 5.0  # minutes from one checkpoint to the next


def unsaved(*rises: float, instance: str = "a") -> dict[str, Values]:
    """A worker's age of what Redis alone has: it grows for so many minutes, is 0, and grows again."""
    values = [15.0 * n for length in rises for n in range(round(length * 4))]
    return {f'svartid_worker_checkpoint_age_seconds{{instance="{instance}"}}': list(values)}


CONFIGURATION = [
    Case(
        "ConfigurationRefused",
        "one that is wrong lies there for ten minutes, and is corrected",
        {'svartid_configuration_refused{instance="a"}': minutes((0, 2), (1, 10), (0, 10))},
        fires_at=[8, 11, 13],
        silent_at=[2, 6, 16, 20],
        labels=WORKER,
    ),
    Case(
        "ConfigurationRefused",
        "it is there for a moment now and then",
        {'svartid_configuration_refused{instance="a"}': minutes(*[(1, 4), (0, 3)] * 4)},
        silent_at=range(28),
    ),
]

REVISION = CENTRE.revision
BY = 'svartid_configuration_revision{{instance="{}"}}'
HELD = REVISIONS_HOLD_MS / 60_000

REVISIONS = [
    Case(
        "RevisionsDiffer",
        "workers take a higher one while they run, and nobody loads the rules for half an hour",
        {BY.format(one): minutes((REVISION, 5), (REVISION + 1, 30), (REVISION, 10)) for one in "ab"},
        fires_at=[5.5 + HELD, 30, 36],
        silent_at=[4, 4.5 + HELD, 38],
    ),
    Case(
        "RevisionsDiffer",
        "the rules are newer than what the workers have",
        {BY.format("a"): minutes((REVISION - 1, 30))},
        fires_at=[0.5 + HELD, 29],
        silent_at=[5, HELD - 0.5],
    ),
    Case(
        "RevisionsDiffer",
        "a rolling change and its rules, some minutes apart",
        {
            BY.format("a"): minutes((REVISION - 1, 10), (REVISION, 30)),
            BY.format("b"): minutes((REVISION - 1, 4), (GONE, 2), (REVISION, 34)),
        },
        silent_at=range(40),
    ),
    Case(
        "RevisionsDiffer",
        "one worker stays behind, which ConfigurationRefused tells, and one is away",
        {
            BY.format("a"): minutes((REVISION, 40)),
            BY.format("b"): minutes((REVISION - 1, 40)),
            BY.format("c"): minutes((REVISION, 10), (GONE, 30)),
        },
        silent_at=range(40),
    ),
    Case("RevisionsDiffer", "no worker is there: others tell that", {"up": minutes((1, 40))}, silent_at=range(40)),
]

CHECKPOINTS = [
    Case(
        "CheckpointOld",
        "none is written for forty minutes, and then they are again",
        unsaved(EACH, EACH, 40, *[EACH] * 5),
        fires_at=[2 * EACH + OLD + HOLD + 0.5, 30, 49.5, 51.5],
        silent_at=[*range(25), 2 * EACH + OLD + HOLD - 0.5, 52.5, 70],
        labels=WORKER,
    ),
    Case(
        "CheckpointOld",
        "of two workers one writes none",
        {**unsaved(60), **unsaved(*[EACH] * 12, instance="b")},
        fires_at=[OLD + HOLD + 0.5, 59],
        silent_at=[EACH + HOLD, OLD],
        labels=WORKER,
    ),
    Case("CheckpointOld", "one each five minutes", unsaved(*[EACH] * 12), silent_at=range(60)),
    Case("CheckpointOld", "two in turn cannot be written", unsaved(EACH, 3 * EACH, *[EACH] * 5), silent_at=range(45)),
    Case("CheckpointOld", "just too old, for a moment", unsaved(OLD + 1, *[EACH] * 5), silent_at=range(40)),
    Case("CheckpointOld", "there is nothing to save", unsaved(*[0.25] * 240), silent_at=range(60)),
    Case("CheckpointOld", "no data at all", {"up": minutes((1, 30))}, silent_at=range(30)),
]
CASES = [*REBUILDING, *EVENTS_LOST, *CONFIGURATION, *REVISIONS, *CHECKPOINTS]
