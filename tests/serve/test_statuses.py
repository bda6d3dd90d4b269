"""How a feed and a queue stand, each edge with its neighbour; what a feed lacks is passed on as it is."""

from typing import Any

import pytest

from streams.serve.documents import Feed, PlannedStop
from streams.serve.statuses import Lacking, feed, queue_status
from streams.serve.view import LineView, View
from tests.serve.documents import CENTRE, MINUTE, NOW, view

HOUR = 60 * MINUTE
AT_NIGHT, OPENED = NOW + 8 * HOUR, NOW - 140 * MINUTE  # 19:20 and 09:00 in Oslo
NOTHING = Lacking(behind=None, missing=0, unread=0)


def of(newest_ms: int, **given: Any) -> View:
    return view({}, watermark_ms=newest_ms, **given)


REBUILT = of(NOW, rebuilding=(1, 3))

FEEDS: dict[str, tuple[list[View], int, str, int | None, int | None]] = {
    "an event of now": ([of(NOW)], NOW, "open", NOW, 0),
    "of a millisecond ago": ([of(NOW - 1)], NOW, "open", NOW - 1, 1),
    "of a clock that is ahead": ([of(NOW + 7)], NOW, "open", NOW + 7, 0),
    "silent for as long as it may": ([of(NOW - 2 * MINUTE)], NOW, "open", NOW - 2 * MINUTE, 2 * MINUTE),
    "and for longer": ([of(NOW - 2 * MINUTE - 1)], NOW, "stale", NOW - 2 * MINUTE - 1, 2 * MINUTE + 1),
    "the newest of all": ([of(NOW - HOUR), of(NOW - MINUTE), of(NOW - 9 * HOUR)], NOW, "open", NOW - MINUTE, MINUTE),
    "of another channel": ([of(NOW, channel="chat")], NOW, "stale", None, None),
    "nobody shows any": ([], NOW, "stale", None, None),
    "it never sent any": ([of(0)], NOW, "stale", None, None),
    "nor has it to at night": ([of(0)], AT_NIGHT, "closed", None, None),
    "silent at night": ([of(NOW)], AT_NIGHT, "closed", NOW, 8 * HOUR),
    "it opened two minutes ago": (
        [of(NOW - 24 * HOUR)],
        OPENED + 2 * MINUTE - 1,
        "open",
        NOW - 24 * HOUR,
        1302 * MINUTE - 1,
    ),
    "and no longer": ([of(NOW - 24 * HOUR)], OPENED + 2 * MINUTE, "stale", NOW - 24 * HOUR, 1302 * MINUTE),
    "what is rebuilt is of the past": ([of(NOW), REBUILT], NOW, "rebuilding", None, None),
    "at any hour": ([REBUILT], AT_NIGHT, "rebuilding", None, None),
}


@pytest.mark.parametrize(
    ("views", "now_ms", "status", "newest_ms", "silent_ms"),
    [pytest.param(*case, id=name) for name, case in FEEDS.items()],
)
def test_a_feed(views: list[View], now_ms: int, status: str, newest_ms: int | None, silent_ms: int | None) -> None:
    found = feed("phone", views, CENTRE, now_ms, NOTHING)
    assert (found.status, found.newest_event_ms, found.silent_ms) == (status, newest_ms, silent_ms)


@pytest.mark.parametrize(("views", "now_ms"), [([of(NOW)], NOW), ([of(NOW)], AT_NIGHT), ([REBUILT], NOW)])
def test_where_it_is_not_known_whether_all_is_read_it_is_stale(views: list[View], now_ms: int) -> None:
    assert feed("phone", views, CENTRE, now_ms, NOTHING, is_known=False).status == "stale"


def test_what_it_lacks_is_passed_on() -> None:
    found = feed("phone", [of(NOW)], CENTRE, NOW, Lacking(behind=7, missing=2, unread=1))
    assert (found.behind, found.missing, found.unread) == (7, 2, 1)


STOP = PlannedStop(from_ms=NOW - HOUR, until_ms=NOW + HOUR, reason="a new release")


def a_feed(status: Any, planned_stop: PlannedStop | None = None) -> Feed:
    return Feed(
        status=status, newest_event_ms=NOW, silent_ms=0, behind=0, missing=0, unread=0, planned_stop=planned_stop
    )


@pytest.mark.parametrize(
    ("said", "is_open", "waiting", "answered", "status"),
    [
        ("open", True, 0, 5, "open"),
        ("open", True, 9, 4, "insufficient"),
        ("open", False, 0, 5, "closed"),
        ("open", False, 1, 5, "open"),
        ("rebuilding", True, 0, 5, "open"),
        ("closed", False, 0, 5, "closed"),
        ("closed", False, 1, 0, "open"),
        ("stale", True, 1, 5, "stale"),
        ("stale", True, 0, 5, "stale"),
        ("stale", False, 1, 5, "stale"),
        ("stale", False, 0, 5, "closed"),
        (None, True, 0, 5, "open"),
        (None, True, 0, 4, "insufficient"),
        (None, False, 0, 5, "closed"),
    ],
)
def test_a_queue(said: str | None, is_open: bool, waiting: int, answered: int, status: str) -> None:
    """Five answered are enough to judge by; none is of a channel without hours."""
    channel = None if said is None else a_feed(said)
    view = LineView(waiting=waiting)
    assert queue_status(channel, view, {"answered": answered}, 5, is_open=is_open) == status


@pytest.mark.parametrize(
    ("said", "is_open", "status"), [("stale", True, "stale"), ("stale", False, "closed"), ("closed", False, "closed")]
)
def test_while_its_source_is_down_nobody_knows_who_waits_in_a_queue(said: str, is_open: bool, status: str) -> None:
    assert queue_status(a_feed(said, STOP), LineView(waiting=1), {"answered": 5}, 5, is_open=is_open) == status


def test_where_not_all_may_be_read_a_queue_is_stale_at_any_hour() -> None:
    assert queue_status(a_feed("stale"), LineView(), {}, 5, is_open=False, is_read=False) == "stale"


def test_a_queue_of_which_nothing_is_known_has_too_few_answers() -> None:
    assert queue_status(a_feed("open"), LineView(), {}, 1, is_open=True) == "insufficient"
