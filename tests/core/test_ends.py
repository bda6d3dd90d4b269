"""The end of a contact that changes nothing is known to change nothing: else what stands is not what is taken out."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.contribution import contribution, end_changes_nothing
from streams.core.events import ContactEnded
from streams.core.fold import fold
from streams.core.joins import JOINS
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.oracle import differences, recount
from tests.core.logs import logs
from tests.core.test_oracle_agrees import HASTY, LATER_EDITION, SECOND_EDITION, folded
from tests.events import START_MS, event, records
from tests.examples import examples

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
ENDS = [
    event("agent.missed", START_MS + 2500, "anna"),
    event("queue.answered", START_MS + 5000, "anna"),
    event("queue.entered", START_MS + 15 * MINUTE_MS, "anna"),  # so its wait is cut
    event("contact.ended", START_MS + 15 * MINUTE_MS + 43_000, "anna"),  # as long after the first as ids are remembered
    event("queue.entered", START_MS, "anna"),
]


@pytest.mark.parametrize("size", range(1, len(ENDS) + 1))
def test_an_end_far_from_the_first_of_what_was_told_is_looked_at(size: int) -> None:
    """What came before it is another journey then, though it is close to the entry, and is written otherwise."""
    state, log = PartitionState(HASTY), records(ENDS)
    for first in range(0, len(log), size):
        fold(state, log[first : first + size])
    assert differences(recount([one.recounted for one in log], definitions_of(HASTY)), account(state)) == []


TWICE = [
    event("contact.ended", START_MS + 1, "j", contact_id="c"),
    event("queue.entered", START_MS, "j", contact_id="c"),
]


@pytest.mark.parametrize("rules", [HASTY, SECOND_EDITION, LATER_EDITION], ids=["ours", "second", "later"])
def test_where_it_is_said_to_change_nothing_it_changes_nothing(rules: Rules) -> None:
    @settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(st.integers(0, HOUR_MS // 3), logs(HOUR_MS // 2, max_size=6), st.integers(0, HOUR_MS))
    @example(0, TWICE, 0)
    def holds(answered_ms: int, log: list[dict[str, Any]], after_ms: int) -> None:
        told = [event("queue.answered", START_MS + answered_ms, "j"), *log]  # else hardly any end changes nothing
        told = [one | {"journey_id": "j", "contact_id": "c", "visit_id": "v"} for one in told]
        for one in told:
            one.pop("contact_version", None)
        state = folded(rules, records(told), [])
        journey = state.journeys[state.ids("j")]
        t = START_MS + after_ms
        assume(end_changes_nothing(journey, t, rules.definitions))
        before = contribution(journey, state.watermark, rules)
        journey.newest = max(journey.newest, t)
        end = state.decode(records([event("contact.ended", t, "j", contact_id="c")])[0].value)
        JOINS[ContactEnded](journey, end, t, state.ids, state.queues)
        assert contribution(journey, state.watermark, rules) == before

    holds()
