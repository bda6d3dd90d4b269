"""`svartid explain`: which rule speaks, of which figures, since when, and what would clear it."""

from zoneinfo import ZoneInfo

import pytest

from config import Centre
from streams.cli.answers import Explained
from streams.cli.explaining import explained, in_words
from streams.serve.documents import Snapshot
from tests.events import Event
from tests.promised import of_queue, promising
from tests.serve.documents import MINUTE, NOW, visit
from tests.serve.test_targets_of_queues import answered, given_up, made

OSLO = ZoneInfo("Europe/Oslo")


def of(centre: Centre, document: Snapshot, id_: str, *, stands_ms: int | None = None) -> Explained:
    (entry,) = (one for one in document.targets if one.id == id_)
    (target,) = (one for one in centre.targets_at(NOW) if one.id == id_)
    entry.since_ms = None if stands_ms is None else NOW - stands_ms
    return explained(entry, target, document, NOW, OSLO)


def waiting(n: int, ms: int) -> list[Event]:
    return [one for i in range(n) for one in visit(f"w{ms}-{i}", ms)]


MEAN = of_queue("mean", "helse", at_most="7m")
SHARE = of_queue("share", "helse", "share_within", within="5m", at_least=0.75)
GONE = of_queue("gone", "helse", "abandonment", at_most=0.2)
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


@pytest.mark.parametrize(
    ("stands_ms", "told"),
    [
        (None, "as critical, after it has stood for 2 min"),
        (30_000, "as critical, after it has stood for 2 min: in 1 min 30 s"),
        (3 * MINUTE, "as critical, after it has stood for 2 min: since "),
    ],
)
def test_when_somebody_is_told(stands_ms: int | None, told: str) -> None:
    centre = promising(MEAN)
    assert of(centre, made(centre, *EIGHT), "mean", stands_ms=stands_ms).told.startswith(told)


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


def test_in_words() -> None:
    centre = promising(MEAN)
    lines = in_words(of(centre, made(centre, *EIGHT), "mean", stands_ms=3 * MINUTE + 4000), OSLO)
    assert lines[0].startswith("mean: breach since ")
    assert lines[0].endswith(" (3 min 4 s)")
    assert lines[1] == "  promised  the mean wait is at most 7 min in the last 30 min"
    assert lines[2] == "  why       the mean wait is 8 min, of 5 answered (rule 3 of streams/MEASURES.md)"
