"""The longest wait as its limit counts it: for one as for a thousand, of opening time on, not where nobody knows."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.hours import OpeningHours, hours_of
from streams.serve.longest import counted_ms
from tests.cards import DAY
from tests.events import Event
from tests.examples import examples
from tests.serve.documents import CENTRE, HELSE, MINUTE, NOW, SECOND, Document, document, folded, said, view, visit

OSLO = ZoneInfo("Europe/Oslo")
HOURS = CENTRE.opening_hours
LIMIT = CENTRE.longest_waits_at(DAY)["phone/personbruker"]


def at(text: str) -> int:
    """A local time as epoch ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=OSLO).timestamp() * 1000)


@pytest.mark.fault(36)
@pytest.mark.parametrize(
    ("entered", "now", "minutes"),
    [
        pytest.param("2025-03-04T09:05", "2025-03-04T13:00", 235, id="open all the while"),
        pytest.param("2025-03-04T08:40", "2025-03-04T09:30", 30, id="came before it opened"),
        pytest.param("2025-03-04T08:40", "2025-03-04T08:59", None, id="it has not opened yet"),
        pytest.param("2025-03-04T09:00", "2025-03-04T09:01", 1, id="came as it opened"),
        pytest.param("2025-03-04T14:59", "2025-03-04T15:30", 31, id="came before it closed: counts on"),
        pytest.param("2025-03-04T15:00", "2025-03-04T23:00", None, id="came as it closed"),
        pytest.param("2025-03-04T15:00", "2025-03-05T09:10", 10, id="the next morning"),
        pytest.param("2025-03-07T16:00", "2025-03-10T09:10", 10, id="over a weekend"),
        pytest.param("2025-04-16T16:00", "2025-04-22T09:10", 10, id="over Easter"),
        pytest.param("2025-05-17T10:00", "2025-05-19T09:01", 1, id="came on a public holiday"),
        pytest.param("2025-03-29T12:00", "2025-03-31T09:05", 5, id="the night when an hour is left out"),
        pytest.param("2025-10-25T12:00", "2025-10-27T09:05", 5, id="the night with an hour twice"),
    ],
)
def test_a_wait_that_began_while_it_was_closed_counts_from_opening_time(
    entered: str, now: str, minutes: int | None
) -> None:
    expected = None if minutes is None else minutes * MINUTE
    assert counted_ms(at(entered), "phone", HOURS, at(now)) == expected


def test_what_never_closes_counts_from_its_beginning_and_never_below_0() -> None:
    assert counted_ms(NOW, "unheard-of", HOURS, NOW + 5) == 5
    assert counted_ms(NOW, "phone", HOURS, NOW - 1) is None  # it begins after the clock's now


ODD = {"early": "Mon-Sun 02:30-03:10", "late": "Fri-Sun 22:15-24:00", "all": "Mon-Sun 00:00-24:00"}


@cache
def odd(zone: str) -> OpeningHours:
    return OpeningHours({channel: hours_of(text) for channel, text in ODD.items()}, ZoneInfo(zone), None)


@settings(max_examples=examples(60), deadline=None)
@given(
    st.sampled_from(["Europe/Oslo", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.sampled_from(list(ODD)),
    st.sampled_from(
        ["2025-03-29T20:00", "2025-10-25T20:00", "2025-04-05T12:00", "2025-10-04T10:00", "2025-06-06T12:00"]
    ),
    st.integers(0, 16 * 3_600_000),
    st.integers(-1, 9 * 3_600_000),
)
def test_the_first_opening_is_the_first_minute_that_is_open(
    zone: str, name: str, day: str, after_ms: int, for_ms: int
) -> None:
    hours, from_ms = odd(zone), at(day) + after_ms
    edges = [from_ms, *range(-(-from_ms // MINUTE) * MINUTE, from_ms + for_ms + 1, MINUTE)]
    expected = next((edge for edge in edges if edge <= from_ms + for_ms and hours.is_open(name, edge)), None)
    assert hours.first_open(name, from_ms, from_ms + for_ms) == expected


# --- the document


def longest(made: Document, name: str = HELSE) -> Document:
    found: Document = made["lines"][name]["longest_wait"]
    return found


@pytest.mark.fault(36)
@pytest.mark.parametrize(("ago", "is_beyond"), [(LIMIT, False), (LIMIT + 1, True), (235 * MINUTE, True)])
def test_one_who_waits_alone_is_beyond_after_three_times_the_promised_mean(ago: int, is_beyond: bool) -> None:
    others = [e for n in range(9) for e in visit(f"a{n}", MINUTE, ("queue.answered", SECOND), queue="arbeid")]
    made = document(folded(*visit("w", ago), *others))
    assert LIMIT == 21 * MINUTE
    assert longest(made)["is_beyond"] is is_beyond
    assert made["groups"]["phone/personbruker"]["longest_wait"]["is_beyond"] is is_beyond
    assert not longest(made, "phone/personbruker/arbeid")["is_beyond"]


def test_nobody_waits_and_nobody_knows_are_not_the_same() -> None:
    nobody = longest(document(folded(*visit("a", MINUTE, ("queue.answered", 0)))))
    assert nobody == {
        "ms": None,
        "disputed_ms": None,
        "limit_ms": LIMIT,
        "is_beyond": False,
        "is_disputed_beyond": None,
    }
    waits = folded(*visit("w", 30 * MINUTE))
    assert longest(document(view(waits.lines, behind=CENTRE.alerts.lag_records + 1)))["is_beyond"] is None
    assert longest(document(view(waits.lines, is_fresh=False))) is None


def test_one_caller_of_an_evening_on_which_nobody_else_calls_is_known_to_wait() -> None:
    """No other event comes, so the feed is silent: what is known of the one is known all the same."""
    alone = document(view(folded(*visit("w", 4 * MINUTE)).lines), now_ms=NOW + LIMIT)
    assert alone["feeds"]["phone"]["status"] == "stale"
    assert (longest(alone)["ms"], longest(alone)["is_beyond"]) == (LIMIT + 4 * MINUTE, True)


def test_there_is_no_limit_where_nothing_is_promised_and_none_outside_the_centre() -> None:
    outside = visit("w", 60 * MINUTE, queue="nav-kontor")
    made = document(folded(*outside), folded(*visit("s", MINUTE, queue="sto"), channel="written"))
    office = longest(made, "phone/personbruker/nav-kontor")
    assert (office["ms"], office["limit_ms"], office["is_beyond"]) == (60 * MINUTE, None, None)
    assert made["groups"]["written/personbruker"]["longest_wait"]["limit_ms"] is None


@pytest.mark.fault(37)
@pytest.mark.parametrize(
    ("others", "is_beyond"),
    [
        pytest.param([], True, id="nobody else"),
        pytest.param(visit("l", 10 * MINUTE, ("queue.answered", 9 * MINUTE)), False, id="who came later was answered"),
        pytest.param(
            visit("l", LIMIT, ("queue.answered", MINUTE)), False, id="who came a little later was answered late"
        ),
        pytest.param(visit("l", LIMIT + MINUTE, ("queue.answered", MINUTE)), True, id="who came before was answered"),
        pytest.param(visit("l", 10 * MINUTE, ("queue.abandoned", 9 * MINUTE)), True, id="who came later gave up"),
        pytest.param(
            [*visit("l", 9 * MINUTE, ("queue.answered", MINUTE)), *visit("m", 50 * MINUTE, ("queue.answered", MINUTE))],
            True,
            id="in one pane with who had come before: nobody knows which",
        ),
        pytest.param(
            visit("l", 10 * MINUTE, ("queue.answered", 9 * MINUTE), queue="arbeid"), True, id="in another queue"
        ),
    ],
)
def test_who_is_overtaken_and_disputed_wakes_nobody(others: list[Event], is_beyond: bool) -> None:
    found = longest(document(folded(*visit("w", LIMIT + 15 * SECOND), *others, said(0, SECOND))))
    assert (found["disputed_ms"], found["is_disputed_beyond"]) == (LIMIT + 15 * SECOND, is_beyond)


def test_of_several_who_are_disputed_those_count_who_are_not_overtaken() -> None:
    log = [*visit("w", 3 * LIMIT), *visit("v", LIMIT + MINUTE), *visit("l", 2 * LIMIT, ("queue.answered", 2 * LIMIT))]
    found = longest(document(folded(*log, said(0, SECOND))))
    assert (found["disputed_ms"], found["is_disputed_beyond"]) == (3 * LIMIT, True)
    log += visit("k", LIMIT, ("queue.answered", LIMIT))
    assert longest(document(folded(*log, said(0, SECOND))))["is_disputed_beyond"] is False


@pytest.mark.fault(37)
def test_a_disputed_wait_is_of_a_limit_of_its_own() -> None:
    """A false 0 must hide nobody."""
    found = longest(document(folded(*visit("w", LIMIT + 1), *visit("v", 20 * SECOND), said(0, SECOND))))
    assert found == {
        "ms": 20 * SECOND,
        "disputed_ms": LIMIT + 1,
        "limit_ms": LIMIT,
        "is_beyond": False,
        "is_disputed_beyond": True,
    }
