"""The list in deploy/ALERTS.md of all ways to wait for long: each names an alert, or why none does, and is proven."""

import re
from pathlib import Path
from typing import Final

import pytest

from streams.generate.alerts import alerts
from tests.generate.timeline import CENTRE

ROOT = Path(__file__).parents[2]
NAMES = {alert.name for alert in alerts(CENTRE)}
_LIST = re.compile(r"## Who could wait long, and who is told\n(.*?)\n## ", re.DOTALL)
_TOLD_BY_NOBODY = re.compile(r"\bnobody\b")

UNSEEN: Final = (
    "serve/test_nobody_unseen.py: def test_who_waits_through_a_window_in_which_nobody_is_answered_is_told_of"
)
BEYOND: Final = "generate/cases_waits.py: one waits beyond the limit, and is answered"
# What each row begins with -> what is behind it: in a file of tests, a text that is there.
BEHIND: Final[dict[str, list[str]]] = {
    "is alone in a quiet queue": [
        *(BEYOND, UNSEEN, "serve/test_longest.py: def test_one_who_waits_alone_is_beyond"),
        "alerting/test_alerts.py: def test_one_who_waits_alone_is_told_of_until_she_is_answered",
    ],
    "many do, and nobody answers": [
        "core/test_verdicts.py: nobody answers, and they have waited too long",
        "alerting/test_alerts.py: def test_a_surge_is_told_of_soon_after_the_promise_is_broken",
    ],
    "many do, none of them for long yet": ["core/test_promised_of_now.py: def test_how_many_will_wait"],
    "a few do in each of several queues": [UNSEEN],
    "the group is well, but one queue": [
        "serve/test_targets_of_queues.py: def test_a_queue_is_broken_while_its_group_is_well",
        UNSEEN,
    ],
    "the mean is well, but one of them": [
        "serve/test_targets_of_queues.py: def test_who_has_waited_too_long_counts_until_that_has_left_the_window",
        "serve/test_nobody_unseen.py: def test_a_target_that_sees_who_waits_for_too_long_says_so",
    ],
    "it will be too long soon": ["alerting/test_alerts.py: def test_drift_is_told_before_the_breach_that_comes_of_it"],
    "came while it was closed": [
        "serve/test_longest.py: came before it closed: counts on",
        "generate/cases_waits.py: closed since: who came before that waits on, and is told of",
        "alerting/test_alerts.py: def test_who_came_before_the_half_day_ended_is_told_of_after_it",
    ],
    "comes while the hours say that it is closed": [
        "serve/test_longest.py: came as it closed",
        "serve/test_snapshot.py: closed, but one still waits",
    ],
    "gives up before the limit": ["core/test_promised.py: nobody is answered, and all give up"],
    "is timed out and put in again": [
        "serve/test_targets_of_queues.py: def test_who_was_timed_out_and_put_in_again_does_not_satisfy"
    ],
    "was passed on to an office": ["generate/cases_promises.py: nobody ever answers there"],
    "was promised a call": ["generate/cases_promises.py: as many as the limit, for longer than the hold"],
    "the queue is not configured": [UNSEEN],
    "the audience has no limit": [
        "test_cards.py: def test_where_one_may_wait_unseen_is_told",
        "test_cards.py: def test_a_channel_where_shares_alone_are_promised_is_watched_by_nobody",
    ],
    "the limit is longer": ["test_cards.py: def test_where_one_may_wait_through_a_window_untold_is_told"],
    "the queue is outside the centre": ["serve/test_longest.py: and_none_outside_the_centre"],
    "waits for longer than `ghost_after`": ["serve/test_snapshot.py: its visits are presumed lost by the clock"],
    "the end was never told": [
        "generate/cases_waits.py: they disagree for twenty minutes",
        "study/test_lone.py: lost",
        "alerting/test_alerts.py: def test_lost_hangups_that_the_source_denies_are_told_as_a_disagreement",
        "alerting/test_alerts.py: def test_lost_hangups_are_paged_once_had_they_waited_for_too_long",
    ],
    "the entry was never told": [
        "generate/cases_clocks.py: a tenth is late for half an hour",
        "alerting/test_alerts.py: def test_events_beyond_the_horizon_are_told_of_with_whose_they_are",
        "generate/cases_service.py: a tenth is rejected for half an hour",
        "generate/cases_clocks.py: one event is dated years ahead",
        "alerting/test_alerts.py: def test_a_feed_that_stops_is_told_of_and_no_breach",
        "serve/test_disputes.py: def test_a_source_that_says_more_is_told",
    ],
    "the source wrongly says": ["serve/test_longest.py: def test_a_disputed_wait_is_of_a_limit_of_its_own", UNSEEN],
    "clocks make the wait look shorter": [
        "generate/cases_clocks.py: an answer's clock is behind for half an hour",
        "generate/cases_clocks.py: an hour behind, and set right",
        "alerting/test_alerts.py: def test_a_source_whose_clock_is_ahead_is_named_before_anything_of_it_is_rejected",
    ],
    "one of a channel's sources": [
        *("generate/cases_clocks.py: SourceSilent", "generate/cases_clocks.py: SourceBehind"),
        "alerting/test_alerts.py: def test_a_feed_that_stops_as_its_half_day_ends_is_expected_to",
        "alerting/test_alerts.py: def test_a_source_whose_events_all_come_late_is_named",
    ],
    "its source is down as planned": [
        "serve/test_planned_stops.py: def test_a_source_that_is_not_back_is_silent_from_the_end_on"
    ],
    "the queue is closed by its own hours": [
        "serve/test_queue_hours.py: def test_a_wait_counts_from_when_its_queue_opened"
    ],
    "svartid is behind": [
        "generate/cases_service.py: LagHigh",
        "generate/cases_service.py: one channel stays a little behind",
        "generate/cases_service.py: KafkaSilent",
        "generate/cases_service.py: the snapshot stands still, and goes on",
        "generate/cases_state.py: the phone's figures are made anew for ten minutes",
        "alerting/test_watchers.py: def test_a_worker_prometheus_and_alertmanager_that_end_are_noticed",
    ],
    "it was told, and svartid or the feed dies": [
        "generate/cases_targets.py: svartid dies while it is told: that takes nothing back",
        "generate/cases_targets.py: the feed dies while it is told",
        "generate/cases_targets.py: Redis is lost, and with it what was told",
    ],
    "figures were lost": [
        "generate/cases_state.py: some are lost, and that is told for a day",
        "generate/cases_service.py: BooksDoNotBalance",
    ],
    "the alert is silenced": ["alerting/test_watchers.py: Watchdog's notices are the sign of life"],
}


def rows() -> dict[str, str]:
    """How one waits -> what tells."""
    found = _LIST.search((ROOT / "deploy" / "ALERTS.md").read_text(encoding="utf-8"))
    assert found is not None
    cells = [row.strip("| ").split(" | ", 1) for row in found[1].splitlines() if row.startswith("| ")]
    return {row[0]: row[1] for row in cells[1:]}


ROWS = rows()


@pytest.mark.parametrize("how", ROWS)
def test_a_row_names_an_alert_or_says_that_nobody_is_told(how: str) -> None:
    named = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", ROWS[how]))
    assert named <= NAMES
    assert named or _TOLD_BY_NOBODY.search(ROWS[how]) or "a target of" in ROWS[how]


@pytest.mark.parametrize("how", ROWS)
def test_something_is_behind_a_row(how: str) -> None:
    (behind,) = [places for begins, places in BEHIND.items() if how.startswith(begins)]
    for place in behind:
        file, _, text = place.partition(": ")
        assert text in (ROOT / "tests" / file).read_text(encoding="utf-8"), place


def test_nothing_is_behind_what_is_no_row() -> None:
    assert [begins for begins in BEHIND if not any(how.startswith(begins) for how in ROWS)] == []


def test_each_alert_of_waits_is_in_a_row() -> None:
    of_itself = {"CheckpointOld", "ConfigurationRefused", "RevisionsDiffer", "TargetBudgetBurn"}
    of_letters = {"LettersBacklog", "LettersOldest", "LettersOverdue"}  # where nobody stands and waits
    assert {name for name in NAMES if not any(name in told for told in ROWS.values())} == of_itself | of_letters
