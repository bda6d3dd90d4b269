"""The fold, cut into batches at will, says what the naive recount of the same log says."""

import dataclasses
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import config
from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.calendar import next_day
from streams.core.fold import fold
from streams.core.open_hours import OpenHours, Stretch
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from streams.oracle import differences, recount
from tests.core.logs import letter_logs, logs
from tests.events import DAY_MS, START_MS, Record, event, records
from tests.examples import examples
from tests.terms import at_first, from_then_on

RULES = config.load().rules(b"a key")
# Everything happens sooner, so that ghosts, broken promises, forgetting and retention all come into play.
HASTY = dataclasses.replace(
    at_first(
        RULES,
        edition=5,
        letter_lost_ms=0,
        ghost_after_ms=900_000,
        promise_ms=300_000,
        promise_lost_ms=3_600_000,
        horizon_ms=1_800_000,
        memory_ms={"chat": 2_700_000},
        ghost_after_of_ms={"chat": 1_800_000},
        while_open=("chat", "phone"),
    ),
    interval_retention_ms=1_800_000 + 2 * DAY_MS,
    day_retention_ms=3 * DAY_MS,
)


@cache
def _at_times(_: str, day: int) -> list[Stretch]:
    """Open for all but ten minutes of each hour."""
    return [(opens, opens + 3_000_000) for opens in range(day, next_day(day, HASTY.timezone), 3_600_000)]


HASTY = dataclasses.replace(
    HASTY, definitions=dataclasses.replace(HASTY.definitions, open_hours=OpenHours(_at_times, HASTY.timezone))
)
FOURTH_EDITION = at_first(HASTY, edition=4, ghost_after_of_ms={}, while_open=())
FIRST_EDITION = at_first(FOURTH_EDITION, edition=1, one_place=(), memory_ms={})
SECOND_EDITION = at_first(FOURTH_EDITION, edition=2, memory_ms={})
THIRD_EDITION = at_first(FOURTH_EDITION, edition=3)
# The second holds from within what a log spans, and then the third, with one place at a time.
LATER_EDITION = from_then_on(
    from_then_on(FIRST_EDITION, START_MS + 3_600_000, edition=2),
    START_MS + 7_200_000,
    edition=3,
    one_place=("phone",),
    memory_ms={"phone": 1_800_000},
)
FOURTH_LATER = from_then_on(THIRD_EDITION, START_MS + 7_200_000, edition=4)
FIFTH_LATER = from_then_on(
    SECOND_EDITION,
    START_MS + 7_200_000,
    edition=5,
    memory_ms={"phone": 1_500_000, "chat": 2_700_000},
    ghost_after_of_ms={"phone": 1_200_000, "chat": 2_700_000},
    while_open=("chat",),
)

SIXTH_LATER = from_then_on(HASTY, START_MS + 7_200_000, edition=6, letter_lost_ms=3_600_000, conversations=("phone",))
HASTY = at_first(HASTY, edition=6, letter_lost_ms=5_400_000, conversations=("chat", "phone"))
HASTY_WITH_LETTERS = at_first(
    dataclasses.replace(RULES, interval_retention_ms=40 * DAY_MS, day_retention_ms=80 * DAY_MS),
    letter_lost_ms=4 * DAY_MS,
)

# Fewer queues than logs have: those of logs.py are "nobody-knows-it" of two channels, "elsewhere" and "frida" by phone.
FEW = dataclasses.replace(HASTY, most_unknown=1)


def folded(rules: Rules, log: list[Record], cuts: list[int]) -> PartitionState:
    """The state after a log that came in batches, cut at these places."""
    state = PartitionState(rules)
    edges = [0, *sorted(cut % (len(log) + 1) for cut in cuts), len(log)]
    for first, last in pairwise(edges):
        fold(state, log[first:last])
    return state


cuts = st.lists(st.integers(0, 1000), max_size=6)


@pytest.mark.parametrize(
    ("rules", "span_ms"),
    [
        (RULES, 8 * 3_600_000),
        (HASTY, 6 * 3_600_000),
        (HASTY.of_version(BY_LINE), 6 * 3_600_000),
        (FEW, 6 * 3_600_000),
        (FIRST_EDITION, 6 * 3_600_000),
        (SECOND_EDITION, 6 * 3_600_000),
        (THIRD_EDITION, 6 * 3_600_000),
        (LATER_EDITION, 6 * 3_600_000),
        (FOURTH_EDITION, 6 * 3_600_000),
        (FOURTH_LATER, 6 * 3_600_000),
        (FIFTH_LATER, 6 * 3_600_000),
        (SIXTH_LATER, 6 * 3_600_000),
    ],
    ids=[
        "ours",
        "hasty",
        "of the version before",
        "of few queues",
        "of the first edition",
        "of the second",
        "of the third",
        "of others later",
        "of the fourth",
        "of the fourth later",
        "of the fifth later",
        "of the sixth later",
    ],
)
@pytest.mark.fault(12, 14, 18)
def test_fold_equals_recount(rules: Rules, span_ms: int) -> None:
    @settings(max_examples=examples(400), deadline=None)
    @given(logs(span_ms), cuts)
    def holds(log: list[dict[str, object]], cuts: list[int]) -> None:
        written = records(log)
        expected = recount([r.recounted for r in written], definitions_of(rules))
        found = account(folded(rules, written, cuts))
        assert not [str(d) for d in differences(expected, found)]

    holds()


@settings(max_examples=examples(800), deadline=None)
@given(letter_logs(days=9), cuts)
@pytest.mark.fault(12, 14)
def test_letters_and_surveys_are_counted_as_they_are_recounted(log: list[dict[str, object]], cuts: list[int]) -> None:
    written = records(log)
    expected = recount([r.recounted for r in written], definitions_of(HASTY_WITH_LETTERS))
    found = account(folded(HASTY_WITH_LETTERS, written, cuts))
    assert not [str(d) for d in differences(expected, found)]


@pytest.mark.fault(18)
def test_how_long_an_id_is_remembered_of_which_nothing_is_a_fact_goes_by_what_was_heard_last() -> None:
    """By the fifth edition no channel's own `ghost_after` has a say, by the second the longest would."""
    began, later, ended = START_MS, START_MS + 7_200_000, START_MS + 9_900_000
    log = [event("bot.started", began), event("contact.started", later), event("contact.held", ended)]
    written = records(log)
    expected = recount([r.recounted for r in written], definitions_of(FIFTH_LATER))
    found = account(folded(FIFTH_LATER, written, []))
    assert expected["journeys"] == found["journeys"] == 0


@pytest.mark.fault(18)
@pytest.mark.parametrize("cuts", [[], [1], [1, 2], [2, 3]])
@pytest.mark.parametrize("answered", [True, False])
def test_that_a_contact_began_as_a_callback_long_before_its_visit_is_of_another_journey(
    cuts: list[int], answered: bool
) -> None:
    minutes = 60_000
    log = [
        event("contact.started", START_MS, initiation="callback"),
        event("queue.entered", START_MS + 40 * minutes),
        *([event("queue.answered", START_MS + 41 * minutes)] if answered else []),
        event("queue.snapshot", START_MS + 50 * minutes, waiting=0),
        event("queue.snapshot", START_MS + 75 * minutes, waiting=0),
    ]
    written = records(log)
    expected = recount([r.recounted for r in written], definitions_of(HASTY))
    found = folded(HASTY, written, cuts)
    assert not [str(d) for d in differences(expected, account(found))]
    assert found.hash() == folded(HASTY, written, []).hash()


@pytest.mark.fault(18)
def test_a_version_that_nothing_but_a_contacts_beginning_has_restates_nothing() -> None:
    """What comes in late among what waits is told anew by nobody, and counts."""
    first = START_MS
    log = [
        event("callback.failed", first, "other", reason="no_answer", contact_version=0),
        event("queue.abandoned", first + 1_419_378),
        event("contact.started", first + 5_933_917, contact_id="c", contact_version=3),
        event("contact.started", first + 8_309_646, contact_id="c"),
        event("queue.entered", first + 8_827_058, "another"),
        event("queue.left", first + 4_242_479, reason="because"),
    ]
    written = [dataclasses.replace(record, timestamp_type=0) for record in records(log)]  # producers date them
    expected = recount([r.recounted for r in written], definitions_of(HASTY))
    found = account(folded(HASTY, written, []))
    assert not [str(d) for d in differences(expected, found)]
    assert (found["restated_late"], found["without_entry"]) == (0, 2)
