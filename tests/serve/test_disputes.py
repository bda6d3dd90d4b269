"""Who waits here held against the source's own count: counted anew from a plain list of visits, and case by case."""

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.core.fold import fold
from streams.core.state import PartitionState
from streams.serve.merging import Missing, merged
from streams.serve.view import MOST_CARRIED, View, Viewer
from tests.events import Event, records
from tests.examples import examples
from tests.serve.documents import (
    CENTRE,
    HELSE,
    MINUTE,
    NOW,
    RULES,
    SECOND,
    Document,
    document,
    folded,
    said,
    view,
    visit,
)

MAX_AGE, TOLERANCE = CENTRE.definitions.report_max_age, CENTRE.definitions.report_tolerance
SKEW = CENTRE.definitions.skew  # more than the tolerance


class Stay(NamedTuple):
    """A visit, in ms before now."""

    entered: int
    left: int | None
    partition: int


class Report(NamedTuple):
    """What the source said, so many ms before now."""

    ago: int
    waiting: int
    partition: int


def recounted(stays: Sequence[Stay], reports: Sequence[Report]) -> dict[str, int | None]:
    """By the words of streams/MEASURES.md alone."""
    told = [*reports, *(Report(ago, 0, s.partition) for s in stays for ago in (s.entered, s.left) if ago is not None)]
    ends = {n: min([0, *(one.ago for one in told if one.partition == n)]) for n in range(PARTITIONS)}  # event time
    lost_after_ms = RULES.definitions.first.ghost_after_ms  # what is told as late as that is of another journey
    stays = [s if s.left is None or s.entered - s.left < lost_after_ms else s._replace(left=None) for s in stays]
    open_now = [s for s in stays if s.left is None and s.entered - ends[s.partition] < lost_after_ms]
    found: dict[str, int | None] = {"waiting": len(open_now), "disputed": None, "reported_more": None}
    if not reports:
        return found
    ago, count, _ = min(reports, key=lambda r: (r.ago, -r.waiting))
    if not -SKEW <= ago <= MAX_AGE:
        return found
    ago = max(ago, 0)  # one that is dated later than the clock is held against who waits as one of now
    there = [s for s in (*open_now, *(s for s in stays if s.left is not None)) if s.left is None or s.left < ago]
    there = sorted((s for s in there if s.entered >= ago + TOLERANCE), key=lambda s: (-s.entered, s.left is None))
    doubted = [s for s in there[: max(0, len(there) - count)] if s.left is None]
    perhaps = [s for s in open_now if s.entered >= ago - TOLERANCE]
    perhaps += [s for s in stays if s.left is not None and s.left < ago + TOLERANCE and s.entered >= ago - TOLERANCE]
    return {
        "waiting": len(open_now) - len(doubted),
        "disputed": len(doubted),
        "reported_more": max(0, count - len(perhaps)),
    }


PARTITIONS = 3
instants = st.one_of(
    st.sampled_from([0, 1, 29_999, 30_000, 30_001, 60_000, 90_000, MAX_AGE, MAX_AGE + 1, MAX_AGE + 30_000]),
    st.integers(0, 20 * MINUTE),
    st.integers(RULES.definitions.first.ghost_after_ms - 1, RULES.definitions.first.ghost_after_ms + 1),
)
partitions = st.integers(0, PARTITIONS - 1)
stays = st.builds(
    lambda a, b, leaves, partition: Stay(max(a, b), min(a, b) if leaves else None, partition),
    instants,
    instants,
    st.booleans(),
    partitions,
)
reports = st.builds(Report, st.one_of(instants, st.integers(-MINUTE, 2 * MINUTE)), st.integers(0, 4), partitions)


def events(stays: Sequence[Stay], reports: Sequence[Report]) -> list[tuple[int, Event]]:
    """By partition."""
    log: list[tuple[int, Event]] = []
    for n, stay in enumerate(stays):
        what = [] if stay.left is None else [(("queue.answered", "queue.abandoned")[n % 2], stay.left)]
        log += [(stay.partition, event) for event in visit(f"v{n}", stay.entered, *what)]
    return [*log, *((report.partition, said(report.waiting, report.ago)) for report in reports)]


def shown(partition: int, log: Sequence[Event], size: int, looks: int) -> View:
    """Of one partition that read a log in batches of a size, and was looked at after some of them."""
    state = PartitionState(RULES)
    viewer = Viewer(state, CENTRE.windows.lengths)
    for first in range(0, len(log), size):
        fold(state, records(log[first : first + size], NOW + MINUTE, first))
        if first // size % 3 < looks:
            viewer.lines(NOW, state.take_touched())
    return view(viewer.lines(NOW, state.take_touched()), partition=f"phone-{partition}")


@pytest.mark.fault(37)
@settings(max_examples=examples(150), deadline=None)
@example([Stay(0, None, 0), Stay(29_999, 29_999, 0)], [Report(-1, 2, 0)], Random(0), 1, 0)  # dated ahead, and who left
@given(st.lists(stays, max_size=9), st.lists(reports, max_size=3), st.randoms(), st.integers(1, 9), st.integers(0, 3))
def test_whatever_the_order_the_batches_and_the_partitions_it_is_what_a_recount_says(
    stays: list[Stay], reports: list[Report], chance: Any, size: int, looks: int
) -> None:
    log = events(stays, reports)
    chance.shuffle(log)
    parts = [[event for partition, event in log if partition == n] for n in range(PARTITIONS)]
    found = merged(
        [shown(n, part, size, looks) for n, part in enumerate(parts)], Missing(), CENTRE, RULES, NOW
    ).lines.get(HELSE)
    assert found is not None
    assert {name: getattr(found, name) for name in ("waiting", "disputed", "reported_more")} == recounted(
        stays, reports
    )


# --- case by case


def ghosts(n: int, queue: str = "helse", ms: int = 20 * MINUTE) -> list[Event]:
    return [event for i in range(n) for event in visit(f"ghost-{queue}-{i}", ms + i * SECOND, queue=queue)]


def verdict(made: Document) -> str:
    found: str = next(target["verdict"] for target in made["targets"] if target["id"] == "phone-personbruker-mean")
    return found


def line(made: Document, name: str = HELSE) -> Document:
    found: Document = made["lines"][name]
    return found


@pytest.mark.fault(37)
def test_lost_hangups_that_the_source_does_not_count_are_shown_apart_and_judge_nothing() -> None:
    """Two in each of three queues, the source says 0, four others were answered in 40 s: a breach, by their ages."""
    queues = ("arbeid", "helse", "familie")
    log = [event for queue in queues for event in ghosts(2, queue)]
    for n in range(4):
        log += visit(f"a{n}", MINUTE + n * SECOND, ("queue.answered", 20 * SECOND + n * SECOND))
    without = document(folded(*log))
    made = document(folded(*log, *(said(0, 30 * SECOND, queue) for queue in queues)))
    group = made["groups"]["phone/personbruker"]
    assert without["groups"]["phone/personbruker"]["waiting"] == 6
    assert (group["waiting"], group["disputed"], group["oldest_wait_ms"], group["pressure_ms"]) == (0, 6, None, 40_000)
    assert group["disputed_oldest_ms"] == 20 * MINUTE + SECOND
    assert [verdict(document) for document in (without, made)] == ["breach", "insufficient"]
    assert made["residual"] == 0


def test_a_report_that_agrees_disputes_nobody() -> None:
    found = line(document(folded(*ghosts(2), said(2))))
    assert (found["waiting"], found["disputed"], found["reported_more"]) == (2, 0, 0)


def test_the_oldest_are_disputed_and_who_came_just_before_the_report_is_not() -> None:
    log = [*ghosts(1), *visit("b", 5 * MINUTE), *visit("c", MINUTE), *visit("d", 29 * SECOND), said(1)]
    found = line(document(folded(*log)))
    assert (found["waiting"], found["disputed"]) == (2, 2)
    assert (found["oldest_wait_ms"], found["disputed_oldest_ms"]) == (MINUTE, 20 * MINUTE)


def test_who_has_left_since_the_report_was_there_when_it_was_made() -> None:
    """Three were here, and the source counted two: the oldest is disputed, though but one still waits."""
    left = [event for who in "bc" for event in visit(who, 5 * MINUTE, ("queue.answered", 10 * SECOND))]
    found = line(document(folded(*ghosts(1), *left, said(2, 20 * SECOND))))
    assert (found["waiting"], found["disputed"]) == (0, 1)


@pytest.mark.parametrize(
    ("ago", "disputed"), [(MAX_AGE, 1), (MAX_AGE + 1, None), (-TOLERANCE - 1, 1), (-SKEW, 1), (-SKEW - 1, 1)]
)
def test_a_report_is_in_force_for_so_long(ago: int, disputed: int | None) -> None:
    shown = folded(*ghosts(1), said(0, ago))
    found = line(document(shown))
    assert found["disputed"] == disputed
    assert (found["reported"] is None) is (disputed is None)
    assert found["waiting"] == (0 if disputed else 1)


@pytest.mark.fault(37)
def test_a_source_that_says_more_is_told() -> None:
    log = [*visit("a", MINUTE), *visit("b", 2 * MINUTE, ("queue.answered", 50 * SECOND)), said(5, 40 * SECOND)]
    found = line(document(folded(*log)))
    assert (found["waiting"], found["disputed"], found["reported_more"]) == (1, 0, 3)  # b may still have been counted


def test_a_queue_that_is_not_configured_is_held_against_its_own_source_alone() -> None:
    """All of them together are shown as one; a report of each has to be there for one of all."""
    found = line(document(folded(*ghosts(2, "unheard-of"), said(0, queue="another"))), "phone/personbruker/other")
    assert (found["waiting"], found["disputed"], found["reported"]) == (2, 0, None)
    log = folded(*ghosts(2, "unheard-of"), said(0, queue="unheard-of"), said(0, queue="another"))
    found = line(document(log), "phone/personbruker/other")
    assert (found["waiting"], found["disputed"], found["reported"]) == (0, 2, {"at_ms": NOW, "waiting": 0})


@pytest.mark.parametrize("n", [MOST_CARRIED, MOST_CARRIED + 1])
def test_of_more_than_a_view_carries_nobody_is_disputed_and_that_is_no_0(n: int) -> None:
    found = line(document(folded(*ghosts(n, ms=5 * MINUTE), said(0))))
    assert found["reported"] == {"at_ms": NOW, "waiting": 0}
    expected = (0, n, 0) if n == MOST_CARRIED else (n, None, None)
    assert (found["waiting"], found["disputed"], found["reported_more"]) == expected
