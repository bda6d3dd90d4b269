"""What the snapshot says of the systems that send events."""

from typing import Any

import msgspec
import pytest

import config
from config.channels import ChannelTables
from config.sources import SourceTable
from streams.core.by_source import MINUTE_MS, counted_as
from streams.serve.documents import Agreement, SourceEntry
from streams.serve.merging import NONE_MISSING, Missing
from streams.serve.snapshot import snapshot
from streams.serve.view import LineView, View
from tests.serve.documents import FRESH_MS, HELSE, MINUTE, NOW, RULES, SECOND, view

THIS_MINUTE = NOW - NOW % MINUTE_MS
SHIPPED = config.load()
TABLES = ChannelTables(channels=SHIPPED.channels, audiences=SHIPPED.audiences)


def source(**given: object) -> SourceTable:
    return SourceTable.model_validate(given, context=TABLES)


CENTRE = SHIPPED.model_copy(
    update={
        "sources": {
            "puzzel": source(label="Puzzel", channels=["phone"], silent_after="10m"),
            "eske": source(label="Eske", report_max_age="30m", report_tolerance="0s"),
        }
    }
)
EVENING = NOW + 8 * 60 * MINUTE


def said(*views: View, now_ms: int = NOW, missing: Missing = NONE_MISSING) -> dict[str, SourceEntry]:
    made = snapshot(views, missing, CENTRE, RULES, now_ms, FRESH_MS)
    read: dict[str, SourceEntry] = msgspec.json.decode(msgspec.json.encode(made), type=type(made)).sources
    return read


def heard(*took_ms: int, minutes_ago: int = 0, **given: Any) -> View:
    """Of the newest minute first."""
    newest = THIS_MINUTE - minutes_ago * MINUTE
    return view({}, promptness={"puzzel": {newest - n * MINUTE: took for n, took in enumerate(took_ms)}}, **given)


def test_where_nothing_was_ever_heard_that_is_said_and_no_number_is_0_for_it() -> None:
    puzzel = said(view({}))["puzzel"]
    assert puzzel.status == "unheard"
    assert (puzzel.heard_ms, puzzel.silent_ms, puzzel.ahead_ms, puzzel.quickest_ms) == (None, None, None, None)
    assert said(view({}), now_ms=EVENING)["puzzel"].status == "closed"


@pytest.mark.parametrize(
    ("took_ms", "status", "ahead", "quickest"),
    [
        ([400, 900], "heard", 0, 400),
        ([-10 * SECOND, 900], "heard", 10 * SECOND, 0),
        ([-10 * SECOND - 1, 900], "ahead", 10 * SECOND + 1, 0),
        ([10 * MINUTE], "heard", 0, 10 * MINUTE),
        ([10 * MINUTE + 1, 11 * MINUTE], "behind", 0, 10 * MINUTE + 1),
    ],
)
def test_its_clock_is_judged_by_the_quickest_of_its_events(
    took_ms: list[int], status: str, ahead: int, quickest: int
) -> None:
    puzzel = said(heard(*took_ms))["puzzel"]
    assert (puzzel.status, puzzel.ahead_ms, puzzel.quickest_ms) == (status, ahead, quickest)


def test_a_clock_that_was_set_right_is_right_a_quarter_of_an_hour_later() -> None:
    wrong = [400] * 14 + [-MINUTE]
    assert said(heard(*wrong))["puzzel"].status == "ahead"
    assert said(heard(*wrong), now_ms=THIS_MINUTE + MINUTE)["puzzel"].status == "heard"


@pytest.mark.parametrize(("minutes", "status"), [(11, "heard"), (12, "silent")])
def test_a_source_that_is_silent_while_it_is_open_is_told_to_the_minute(minutes: int, status: str) -> None:
    puzzel = said(heard(400, minutes_ago=minutes))["puzzel"]
    assert puzzel.status == status
    assert puzzel.heard_ms == THIS_MINUTE - (minutes - 1) * MINUTE
    assert puzzel.silent_ms == NOW - puzzel.heard_ms


def test_a_clock_that_dates_its_records_too_is_held_against_ours() -> None:
    """So its events never seem to be ahead of them."""
    puzzel = said(heard(0, 0, minutes_ago=-11))["puzzel"]
    assert (puzzel.status, puzzel.ahead_ms) == ("ahead", THIS_MINUTE + 11 * MINUTE - NOW)


def test_an_earlier_build_says_nothing_of_sources() -> None:
    old = view({}, partition="phone-1")
    old.promptness = msgspec.UNSET
    assert said(heard(400), old)["puzzel"].status == "unknown"


def test_what_comes_late_while_it_is_closed_is_as_it_should_be() -> None:
    """As where all of a day is told anew in the evening."""
    evening = EVENING - EVENING % MINUTE_MS
    assert said(view({}, promptness={"puzzel": {evening: 40 * MINUTE}}), now_ms=EVENING)["puzzel"].status == "closed"


def test_in_the_evening_it_is_closed_but_a_clock_that_is_wrong_is_told() -> None:
    assert said(heard(400), now_ms=EVENING)["puzzel"].status == "closed"
    evening = EVENING - EVENING % MINUTE_MS
    assert said(view({}, promptness={"puzzel": {evening: -MINUTE}}), now_ms=EVENING)["puzzel"].status == "ahead"


def test_where_something_of_its_channels_may_be_unread_nobody_knows() -> None:
    for lacking in (heard(400, is_fresh=False), heard(400, rebuilding=(1, 2)), heard(400, behind=100_000)):
        puzzel = said(lacking)["puzzel"]
        assert (puzzel.status, puzzel.silent_ms, puzzel.quickest_ms) == ("unknown", None, None)
    missing = Missing({"phone-1": "phone"})
    assert said(heard(400), missing=missing)["puzzel"].status == "unknown"


def test_what_was_wrong_is_summed_of_all_partitions_and_what_is_of_no_source_of_ours_is_let_be() -> None:
    """Else the others would have more than they ever had, the moment that one is configured no more."""
    one = {counted_as("puzzel", "late"): 2, counted_as("nobody", "late"): 5, "late": 9}
    two = {counted_as("puzzel", "late"): 1, counted_as("puzzel", "clamped"): 4, counted_as("other", "late"): 1}
    found = said(view({}, counters=one), view({}, partition="phone-1", counters=two))
    puzzel = found["puzzel"]
    assert (puzzel.late, puzzel.clamped, puzzel.rejected, puzzel.unmatched) == (3, 4, 0, 0)
    assert found["other"].late == 1
    assert list(found) == ["puzzel", "eske", "other"]


def waits(n: int, reported: int, by: str, at_ms: int = NOW) -> LineView:
    since = [NOW - 5 * MINUTE] * n
    line = LineView(waiting=n, waiting_since_sum_ms=sum(since), waiting_oldest_ms=NOW - 5 * MINUTE)
    line.waiting_since_ms, line.reported, line.reported_by = since, (at_ms, reported), by
    return line


def test_where_a_source_counts_another_number_is_told_of_it_by_how_many() -> None:
    lines = {
        RULES.counted_as(HELSE): waits(3, 1, "puzzel"),
        RULES.line("phone", "personbruker", "arbeid"): waits(2, 6, "puzzel"),
        RULES.line("phone", "personbruker", "familie"): waits(2, 2, "puzzel"),
        RULES.line("phone", "personbruker", "pensjon"): waits(1, 1, "nobody"),
    }
    found = said(view(lines))
    assert found["puzzel"].counts == Agreement(queues=3, fewer=1, more=1, difference=6)
    assert found["other"].counts is None  # of no source of ours
    assert found["eske"].counts is None
    unread = said(view(lines, is_fresh=False))
    assert unread["puzzel"].counts is None


@pytest.mark.parametrize(("by", "is_in_force"), [("puzzel", False), ("eske", True)])
def test_how_old_a_count_may_be_is_its_sources_own(by: str, is_in_force: bool) -> None:
    lines = {RULES.counted_as(HELSE): waits(1, 0, by, NOW - 6 * MINUTE)}
    assert (said(view(lines))[by].counts is not None) == is_in_force


def test_how_close_to_it_is_too_close_is_its_sources_own() -> None:
    """Of who came 20 s before it spoke."""
    line = waits(1, 0, "eske")
    line.waiting_since_ms = [NOW - 20 * SECOND]
    assert said(view({RULES.counted_as(HELSE): line}))["eske"].counts == Agreement(
        queues=1, fewer=1, more=0, difference=1
    )
    line.reported_by = "puzzel"
    assert said(view({RULES.counted_as(HELSE): line}))["puzzel"].counts == Agreement(
        queues=1, fewer=0, more=0, difference=0
    )


def test_a_configuration_says_what_is_wrong_with_a_source() -> None:
    for given, why in (
        ({"silent_after": "10m"}, "silent_after needs channels"),
        ({"channels": ["phone"], "silent_after": "30s"}, "at least 1m"),
        ({"channels": ["phone"], "silent_after": "5h"}, "at most 4h"),
        ({"label": ""}, "what it is called"),
    ):
        with pytest.raises(ValueError, match=why):
            source(**{"label": "Puzzel", **given})


def test_where_a_source_says_nothing_of_its_counts_the_definitions_hold() -> None:
    usual = CENTRE.definitions
    assert CENTRE.report_terms("eske") == (30 * MINUTE, 0)
    assert CENTRE.report_terms("puzzel") == CENTRE.report_terms("other")
    assert CENTRE.report_terms("other") == (usual.report_max_age, usual.report_tolerance)
