"""A queue with hours of its own in the snapshot: its status, its longest wait, its targets, its feed, its series."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from config import Centre
from streams.serve.documents import Snapshot
from streams.serve.merging import NONE_MISSING
from streams.serve.metrics import SnapshotCollector
from streams.serve.snapshot import snapshot
from tests.events import Event
from tests.promised import of_queue, promising
from tests.serve.documents import FRESH_MS, HELSE, MINUTE, NOW, Document, ago, as_read
from tests.serve.test_targets_of_queues import viewed

HOUR = 60 * MINUTE
GROUP, ARBEID = "phone/personbruker", "phone/personbruker/arbeid"
LONG = '{ id = "helse", hours = "Mon-Fri 08:00-18:00" }'
SHORT = '{ id = "helse", hours = "Mon-Fri 11:00-12:00" }'
SAID = of_queue("helse-mean", "helse", at_most="7m", least_sample=1)


def centre_with(item: str, *tables: str) -> Centre:
    return promising(*tables, queues=lambda text: text.replace('"helse",', f"{item},", 1))


def made(centre: Centre, *log: Event, now_ms: int = NOW, **given: object) -> Snapshot:
    of = viewed(centre, *log)
    return snapshot([of], NONE_MISSING, centre, centre.rules(), now_ms, FRESH_MS)


def read(centre: Centre, *log: Event, now_ms: int = NOW) -> Document:
    return as_read(made(centre, *log, now_ms=now_ms))


def waits(queue: str, ms: int) -> Event:
    """Somebody who entered so many ms before NOW."""
    return ago("queue.entered", ms, f"w{queue}", queue)


AT_17, AT_1030, AT_8, AT_20 = NOW + 340 * MINUTE, NOW - 50 * MINUTE, NOW - 200 * MINUTE, NOW + 520 * MINUTE


def state(document: Document, name: str) -> tuple[str, bool]:
    entry = document["groups" if name.count("/") == 1 else "lines"][name]
    return entry["status"], entry["is_open"]


@pytest.mark.parametrize(
    ("now_ms", "feed", "helse", "arbeid", "group"),
    [
        (NOW, "open", ("insufficient", True), ("insufficient", True), ("insufficient", True)),
        (AT_17, "stale", ("stale", True), ("closed", False), ("stale", True)),
        (AT_20, "closed", ("closed", False), ("closed", False), ("closed", False)),
    ],
)
def test_a_queue_that_is_open_for_longer(
    now_ms: int, feed: str, helse: tuple[str, bool], arbeid: tuple[str, bool], group: tuple[str, bool]
) -> None:
    """The feed is open while any of its queues is, so that its silence is told; who is closed is not stale for that."""
    found = read(centre_with(LONG), *answered("helse"), *answered("arbeid"), now_ms=now_ms)
    assert found["feeds"]["phone"]["status"] == feed
    assert (state(found, HELSE), state(found, ARBEID), state(found, GROUP)) == (helse, arbeid, group)


def answered(queue: str) -> list[Event]:
    return [ago("queue.entered", 2 * MINUTE, queue, queue), ago("queue.answered", MINUTE // 2, queue, queue)]


def test_a_queue_that_is_closed_while_the_channel_is_open() -> None:
    centre = centre_with(SHORT.replace("11:00", "11:30"))
    found = read(centre, *answered("helse"), *answered("arbeid"))
    assert (state(found, HELSE), state(found, ARBEID)) == (("closed", False), ("insufficient", True))
    assert state(read(centre, *answered("arbeid"), waits("helse", MINUTE)), HELSE) == ("open", False), "one waits in it"


def test_a_closed_queue_of_an_open_feed_that_is_silent_is_closed_unless_somebody_waits() -> None:
    centre = centre_with(SHORT.replace("11:00", "11:30"))
    late = NOW + 5 * MINUTE
    assert state(read(centre, *answered("helse"), now_ms=late), HELSE) == ("closed", False)
    assert state(read(centre, waits("helse", MINUTE), now_ms=late), HELSE) == ("stale", False)


@pytest.mark.parametrize(
    ("item", "of_helse", "of_arbeid"),
    [
        ('"helse"', 140, 140),
        (LONG, 200, 140),
        (SHORT, 20, 140),
        ('{ id = "helse", hours = "24/7" }', 230, 140),
        ('{ id = "helse", hours = "Mon-Fri 20:00-22:00" }', None, 140),
    ],
)
def test_a_wait_counts_from_when_its_queue_opened(item: str, of_helse: int | None, of_arbeid: int) -> None:
    """Both came at 07:30, and it is 11:20. A group's is the longest of its queues'."""
    found = read(centre_with(item), waits("helse", 230 * MINUTE), waits("arbeid", 230 * MINUTE))
    longest = {name: entry["longest_wait"]["ms"] for name, entry in (found["lines"] | found["groups"]).items()}
    assert longest[HELSE] == (None if of_helse is None else of_helse * MINUTE)
    assert longest[ARBEID] == of_arbeid * MINUTE
    assert longest[GROUP] == max(of_helse or 0, of_arbeid) * MINUTE


def test_who_came_first_may_not_be_who_has_waited_longest() -> None:
    """At 07:30 to a queue that opened at 11:00; at 08:20 to one that opened at nine: 20 minutes and 2 h 20 min."""
    found = read(centre_with(SHORT), waits("helse", 230 * MINUTE), waits("arbeid", 180 * MINUTE))
    group = found["groups"][GROUP]
    assert (group["oldest_wait_ms"], group["longest_wait"]["ms"]) == (230 * MINUTE, 140 * MINUTE)
    assert group["longest_wait"]["is_beyond"]
    assert not found["lines"][HELSE]["longest_wait"]["is_beyond"]


def test_a_target_of_the_queue_is_judged_while_that_is_open() -> None:
    def verdict(item: str, now_ms: int) -> str:
        found = read(centre_with(item, SAID), *answered("helse"), waits("helse", MINUTE), now_ms=now_ms)
        return next(str(one["verdict"]) for one in found["targets"] if one["id"] == "helse-mean")

    assert (verdict(LONG, NOW), verdict(LONG, AT_17), verdict(LONG, AT_20)) == ("ok", "stale", "closed")
    assert (verdict('"helse"', AT_17), verdict(SHORT, NOW), verdict(SHORT, NOW + HOUR)) == ("closed", "ok", "closed")


def test_the_group_s_targets_go_by_the_channel() -> None:
    for item in ('"helse"', LONG, SHORT):
        found = read(centre_with(item), *answered("helse"), now_ms=AT_17)
        group = [one["verdict"] for one in found["targets"] if one["channel"] == "phone" and one.get("queue") is None]
        assert set(group) == {"closed"}


def test_prometheus_is_told_of_each_queue_whether_it_is_open() -> None:
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(lambda: made(centre_with(LONG), *answered("helse"), now_ms=AT_17)))
    said = [line for line in generate_latest(registry).decode().splitlines() if line.startswith("svartid_queue_open{")]
    told = {line.split('queue="')[1].split('"')[0]: line[-3:] for line in said if '"phone"' in line}
    assert (told["helse"], told["arbeid"], told["kommune"]) == ("1.0", "0.0", "0.0")
