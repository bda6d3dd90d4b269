"""`svartid explain`: which rule speaks, of which figures, since when, and what would clear it."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from config import Centre
from streams.cli.answers import Explained
from streams.cli.explaining import explained, in_words
from streams.serve.documents import Snapshot, Told, ToldOf
from streams.serve.merging import NONE_MISSING
from streams.serve.snapshot import snapshot
from tests.events import Event
from tests.promised import of_queue, promising
from tests.serve.documents import FRESH_MS, MINUTE, NOW, visit
from tests.serve.test_targets_of_queues import answered, given_up, made, viewed

OSLO = ZoneInfo("Europe/Oslo")


def of(
    centre: Centre, document: Snapshot, id_: str, *, stands_ms: int | None = None, told: Told | None = None
) -> Explained:
    (entry,) = (one for one in document.targets if one.id == id_)
    (target,) = (one for one in centre.targets_at(NOW) if one.id == id_)
    entry.since_ms = None if stands_ms is None else NOW - stands_ms
    entry.told = told
    return explained(entry, target, document, NOW, OSLO)


def waiting(n: int, ms: int) -> list[Event]:
    return [one for i in range(n) for one in visit(f"w{ms}-{i}", ms)]


MEAN = of_queue("mean", "helse", at_most="7m")
SHARE = of_queue("share", "helse", "share_within", within="5m", at_least=0.75)
GONE = of_queue("gone", "helse", "abandonment", at_most=0.2)
IN_QUEUES = of_queue("queues", "helse", "time_in_queues", at_most="9m")
EIGHT = answered("helse", 5, 8 * MINUTE)


def test_a_breach_says_of_what_it_is_made_and_what_would_clear_it() -> None:
    """5 x 8 min are kept at 7 min with one more who does not wait: 40 / 6. Of shares: (0 + x) / (5 + x) >= 3/4: 15."""
    centre = promising(MEAN, SHARE)
    document = made(centre, *EIGHT, *answered("arbeid", 9, MINUTE))
    found = of(centre, document, "mean", stands_ms=3 * MINUTE)
    assert (found.verdict, found.rule, found.value, found.sample) == ("breach", 3, 8 * MINUTE, 5)
    assert found.why == "the mean wait is 8 min, of 5 answered"
    assert found.clears.startswith("with 1 more answered without a wait, or as the bad ones leave the window of 30 min")
    assert found.clears.endswith("; told as over after 5 min of that")
    assert [(one.queue, one.answered, one.wait_mean_ms) for one in found.queues] == [
        ("phone/personbruker/helse", 5, 8 * MINUTE)
    ]
    assert "with 15 more answered within 5 min" in of(centre, document, "share").clears
    group = of(centre, document, "phone-personbruker-mean")
    assert (group.verdict, group.rule) == ("ok", 7)
    assert len(group.queues) > 1
    assert not [one for one in group.queues if "nav-kontor" in one.queue], "that is outside the centre"


NOBODY, UNKNOWN = ToldOf(is_told=False, since_ms=None), ToldOf(is_told=None, since_ms=None)
SINCE = ToldOf(is_told=True, since_ms=NOW - MINUTE)


@pytest.mark.parametrize(
    ("stands_ms", "breach", "drifting", "told"),
    [
        (None, None, NOBODY, "a breach, as warning, after it has stood for 2 min"),  # by a worker of an earlier build
        (30_000, NOBODY, NOBODY, "a breach, as warning, after it has stood for 2 min: in 1 min 30 s"),
        (30_000, UNKNOWN, NOBODY, "a breach, as warning, after it has stood for 2 min: in 1 min 30 s"),
        (3 * MINUTE, SINCE, NOBODY, "a breach, as warning: since 11:19:00"),
        (
            30_000,
            NOBODY,
            SINCE,
            "a drift, as warning: since 11:19:00; a breach, as warning, after it has stood for 2 min: in 1 min 30 s",
        ),
    ],
)
def test_when_somebody_is_told(stands_ms: int | None, breach: ToldOf | None, drifting: ToldOf, told: str) -> None:
    centre = promising(MEAN)
    document = made(centre, *EIGHT)
    said = None if breach is None else Told(breach=breach, drifting=drifting)
    assert of(centre, document, "mean", stands_ms=stands_ms, told=said).told == told


@pytest.mark.parametrize(
    ("breach", "drifting", "told"),
    [
        (NOBODY, NOBODY, "nobody is told of it"),
        (UNKNOWN, NOBODY, "nobody knows what was told before"),
        (SINCE, NOBODY, "a breach, as warning: since 11:19:00; taken back when it has been gone for 5 min"),
        (NOBODY, SINCE, "a drift, as warning: since 11:19:00; taken back when it has been gone for 1 min"),
    ],
)
def test_what_was_told_and_is_not_taken_back(breach: ToldOf, drifting: ToldOf, told: str) -> None:
    centre = promising(MEAN)
    document = made(centre, *answered("helse", 5, MINUTE))
    assert of(centre, document, "mean", told=Told(breach=breach, drifting=drifting)).told == told


def test_while_nobody_knows_nothing_is_taken_back() -> None:
    centre = promising(MEAN)
    seen = msgspec.structs.replace(viewed(centre, *EIGHT), is_fresh=False)
    document = snapshot([seen], NONE_MISSING, centre, centre.rules(), NOW, FRESH_MS)
    found = of(centre, document, "mean", told=Told(breach=SINCE, drifting=NOBODY))
    assert found.told == "a breach, as warning: since 11:19:00; while nobody knows, nothing is taken back"


def test_who_gave_up_is_outweighed_by_who_is_answered() -> None:
    """2 of 7 gave up: with 3 more answered 2 of 10."""
    centre = promising(GONE)
    found = of(centre, made(centre, *EIGHT, *given_up(2, MINUTE)), "gone")
    assert found.clears.startswith("with 3 more answered, or as")


def test_a_queue_that_nobody_answers() -> None:
    centre = promising(MEAN)
    found = of(centre, made(centre, *waiting(7, 20 * MINUTE), *waiting(1, MINUTE)), "mean")
    assert (found.verdict, found.rule) == ("breach", 4)
    assert found.why.startswith(
        "too few to judge by (0 answered, 5 are needed), but with those who wait they are enough"
    )
    assert found.why.endswith("nobody answers")
    assert found.queues[0].waiting == 8


def test_too_few_and_nobody_told() -> None:
    centre = promising(MEAN)
    found = of(centre, made(centre, *answered("helse", 2, MINUTE)), "mean")
    assert (found.rule, found.told) == (5, "nobody is told of it")
    assert found.clears == "with 3 more answered"


def test_while_its_source_is_down_as_planned_it_says_until_when_and_why() -> None:
    stop = """
[[planned_stops]]
channel = "phone"
from = 2025-03-04T11:00:00
until = 2025-03-04T14:00:00
reason = "Ny versjon"
"""
    centre = promising(MEAN, queues=lambda text: text + stop)
    found = of(centre, made(centre, *EIGHT), "mean", stands_ms=3 * MINUTE)
    assert (found.verdict, found.rule) == ("stale", 2)
    assert found.why == "nobody knows: the source of phone is down as planned until 2025-03-04 14:00 (Ny versjon)"
    assert found.clears.startswith("when the stop is over, the channel speaks again, and nothing")


@pytest.mark.parametrize(
    ("ago_ms", "since", "known"),
    [(10 * MINUTE, "11:10:00", "11:40:00"), (29 * MINUTE, "10:51:00", "11:21:00"), (31 * MINUTE, None, None)],
)
def test_a_measure_that_was_not_counted_for_all_of_the_window(
    ago_ms: int, since: str | None, known: str | None
) -> None:
    """`doctor` cannot help with that: it passes by itself."""
    centre = promising(IN_QUEUES, MEAN)
    seen = msgspec.structs.replace(viewed(centre, *EIGHT), counted_since={"time_in_queues_sum_ms": NOW - ago_ms})
    document = snapshot([seen], NONE_MISSING, centre, centre.rules(), NOW, FRESH_MS)
    found = of(centre, document, "queues")
    assert of(centre, document, "mean").verdict == "breach", "the others are known"
    if since is None:
        assert found.verdict != "stale"
        return
    assert (found.verdict, found.rule) == ("stale", 2)
    assert f"has been counted since {since} alone, and its window of 30 min begins before that" in found.why
    assert "doctor" not in found.why
    assert found.clears == f"at {known}, when all of its window has been counted"


def test_a_measure_that_was_counted_from_another_day_on_says_which() -> None:
    centre = promising(of_queue("queues", "helse", "time_in_queues", at_most="9m", window="30m"))
    midnight = NOW - 11 * 60 * MINUTE - 20 * MINUTE
    seen = msgspec.structs.replace(
        viewed(centre), as_of_ms=midnight + MINUTE, counted_since={"time_in_queues_sum_ms": midnight - MINUTE}
    )
    document = snapshot([seen], NONE_MISSING, centre, centre.rules(), midnight + MINUTE, FRESH_MS)
    (entry,) = (one for one in document.targets if one.id == "queues")
    (target,) = (one for one in centre.targets_at(NOW) if one.id == "queues")
    entry.rule, entry.verdict = 2, "stale"  # at night it is closed
    why = explained(entry, target, msgspec.structs.replace(document, feeds={}), midnight + MINUTE, OSLO).why
    assert "counted since 2025-03-03 23:59:00 alone" in why


def test_a_channel_that_is_silent_is_for_doctor() -> None:
    centre = promising(MEAN)
    seen = msgspec.structs.replace(viewed(centre, *EIGHT), is_fresh=False)
    found = of(centre, snapshot([seen], NONE_MISSING, centre, centre.rules(), NOW, FRESH_MS), "mean")
    assert found.why == "nobody knows: phone is stale; `svartid doctor` says what is missing"


def test_the_longest_wait_and_how_many_wait() -> None:
    longest = of_queue("longest", "helse", "longest_wait", at_most="20m")
    centre = promising(longest, of_queue("many", "helse", "waiting", at_most=2))
    document = made(centre, *waiting(1, 21 * MINUTE), *waiting(2, MINUTE))
    one, many = of(centre, document, "longest"), of(centre, document, "many")
    assert one.promised == "the longest wait is at most 20 min in the last 30 min"
    assert one.why == "the longest wait is 21 min, of 3 who were answered, gave up or wait"
    assert one.clears.startswith("when nobody waits beyond it, and the bad ones have left the window of 30 min; told")
    assert many.promised == "the number who wait is at most 2 now"
    assert many.why == "the number who wait is 3"
    assert many.clears.startswith("when at most 2 wait; told as over")


def test_in_words() -> None:
    centre = promising(MEAN)
    lines = in_words(of(centre, made(centre, *EIGHT), "mean", stands_ms=3 * MINUTE + 4000), OSLO)
    assert lines[0].startswith("mean: breach since ")
    assert lines[0].endswith(" (3 min 4 s)")
    assert lines[1] == "  promised  the mean wait is at most 7 min in the last 30 min"
    assert lines[2] == "  why       the mean wait is 8 min, of 5 answered (rule 3 of streams/MEASURES.md)"
