"""What the second edition of the definitions must not bring with it: an order that matters, maxima that stay, and a
change of edition that is not noticed.
"""

import itertools

import pytest

from streams.core.account import account
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState
from tests.core.named import total
from tests.core.test_oracle_agrees import RULES, folded
from tests.events import DAY_MS, HELSE, START_MS, Event, event, records
from tests.recounted import unlike
from tests.terms import at_first, from_then_on

SECOND, MINUTE = 1000, 60_000
LATER: Rules = from_then_on(at_first(RULES, edition=1, one_place=(), memory_ms={}), START_MS, edition=2)
TO_ARBEID = {"channel": "phone", "audience": "personbruker", "destination": "arbeid"}


def in_batches(rules: Rules, *batches: list[Event]) -> PartitionState:
    state, offset = PartitionState(rules), 0
    for batch in batches:
        fold(state, records(batch, first=offset))
        offset += len(batch)
    return state


def test_an_end_of_a_contact_may_decide_the_edition_of_a_journey_without_visits() -> None:
    transfers = [event("contact.transferred", START_MS + n * SECOND, "a", None, **TO_ARBEID) for n in (1, 2)]
    ended = [event("contact.ended", START_MS - SECOND, "a", None)]
    state = in_batches(LATER, transfers, ended)
    assert unlike(state, [*transfers, *ended]) == []
    assert total(state, "phone/personbruker/arbeid")["passed_on"] == 1


def test_a_promise_that_was_kept_long_ago_is_kept_then() -> None:
    """What is older than the horizon takes out no wait: nobody could say which was the longest without it."""

    def promised(who: str, kept_after_ms: int) -> list[Event]:
        asked = START_MS + MINUTE
        callback = {"contact_id": f"{who}-back", "visit_id": f"{who}-back"}
        return [
            event("queue.entered", START_MS, who),
            event("callback.requested", asked, who),
            event("queue.entered", asked + kept_after_ms - SECOND, who, initiation="callback", **callback),
            event("queue.answered", asked + kept_after_ms, who, None, **callback),
        ]

    log = [*promised("j", 60 * MINUTE), *promised("k", 30 * MINUTE)]
    days = [event("contact.started", START_MS + day * DAY_MS // 2, "j", None) for day in range(1, 20)]
    late = [event("callback.connected", START_MS + 10 * DAY_MS, "j", None)]
    state = in_batches(RULES, log, *([day] for day in days), late)
    assert unlike(state, [*log, *days, *late]) == []
    (day,) = (
        row for row in state.aggregates.days.rows.values() if any("callback_kept" in cell for cell in row.values())
    )
    assert {cell["callback_wait_max_ms"] for cell in day.values() if "callback_kept" in cell} == {61 * MINUTE}


@pytest.mark.parametrize("of", [("a", "b"), ("b", "a")])
def test_stays_that_nothing_tells_apart_are_told_in_any_order(of: tuple[str, str]) -> None:
    twins = {
        who: [event(type_, START_MS, "j", visit_id=who) for type_ in ("queue.entered", "queue.answered")] for who in of
    }
    back = {**TO_ARBEID, "destination": "helse"}
    transfers = [
        event("contact.transferred", START_MS - SECOND, "j", None, visit_id="w", **back),
        event("contact.transferred", START_MS + MINUTE, "j", None, visit_id="a", **back),
    ]
    log = [*twins[of[0]], *twins[of[1]], *transfers]
    state = folded(RULES, records(log), [])
    assert unlike(state, log) == []
    assert total(state, HELSE)["passed_on_answered"] == 1


def test_all_that_a_journey_may_have_several_of_is_bounded() -> None:
    """Twenty visits have several entries; of any other the first counts, and the rest is crowded, as a recount says."""
    log = [
        event("queue.entered", START_MS + n * MINUTE, "j", HELSE, visit_id=f"v{visit}", contact_id=f"c{visit}")
        for visit, n in itertools.product(range(22), range(3))
    ]
    log += [event("contact.ended", START_MS + n, "j", None, contact_id=f"c{c}") for c in range(22) for n in (0, 1)]
    log += [
        event("contact.transferred", START_MS + n, "j", None, visit_id=f"v{visit}", **TO_ARBEID)
        for visit, n in itertools.product(range(22), range(2))
    ]
    state = folded(RULES, records(log), [])
    assert unlike(state, log) == []
    assert state.counters["crowded"] == 2 * 2 + 2 + 2
    assert account(state)["crowded"] == 8
