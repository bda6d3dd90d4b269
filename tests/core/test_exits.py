"""Which way out of a visit counts, fact by fact: the earliest, and at the same instant the first of the list."""

import pytest

from streams.core.rules import Rules
from tests.core.named import total as total_of
from tests.core.test_oracle_agrees import RULES, folded
from tests.events import HELSE, START_MS, event, records, visit
from tests.terms import at_first

SECOND = 1000


def total(*then: tuple[str, int], rules: Rules = RULES, **fields: str) -> dict[str, int]:
    """What a visit comes to after which this happened; without waits and buckets."""
    cell = total_of(folded(rules, records(visit("a", START_MS, *then, **fields)), []), HELSE)
    return {name: n for name, n in cell.items() if not name.endswith(("_ms", "_histogram"))}


ANSWERED = {"entered": 1, "journeys": 1, "answered": 1, "reached": 1, "reached_first_visit": 1}


@pytest.mark.parametrize(
    ("other", "counted"),
    [
        ("queue.abandoned", {"abandoned": 1}),
        ("queue.left", {"left_closed": 1}),
        ("callback.requested", {"called_back": 1}),
    ],
)
def test_the_earlier_of_two_ends_counts(other: str, counted: dict[str, int]) -> None:
    """
    0 s       60 s      61 s
    entered   one end   the other
    """
    before = total((other, 60 * SECOND), ("queue.answered", 61 * SECOND), reason="closed")
    assert before == {"entered": 1, "journeys": 1, **counted}
    after = total(("queue.answered", 60 * SECOND), (other, 61 * SECOND), reason="closed")
    assert after == ANSWERED


def test_an_end_of_the_contact_beats_nothing_that_is_told() -> None:
    ended = ("contact.ended", 60 * SECOND), ("queue.answered", 61 * SECOND)
    assert total(*ended) == ANSWERED
    first = at_first(RULES, edition=1, one_place=(), memory_ms={})
    assert total(*ended, rules=first) == {"entered": 1, "journeys": 1, "left_ended": 1}, "as edition 1 has it"


@pytest.mark.parametrize("other", ["queue.abandoned", "queue.left", "callback.requested", "contact.ended"])
def test_at_the_same_instant_the_answer_counts(other: str) -> None:
    assert total((other, 60 * SECOND), ("queue.answered", 60 * SECOND)) == ANSWERED


@pytest.mark.parametrize(("fact", "name"), [("agent.offered", "offered"), ("agent.missed", "missed")])
def test_an_offer_counts_beside_the_answer(fact: str, name: str) -> None:
    assert total((fact, 30 * SECOND), ("queue.answered", 60 * SECOND)) == {**ANSWERED, name: 1}
    assert total((fact, 30 * SECOND), (fact, 30 * SECOND), (fact, 31 * SECOND)) == {
        "entered": 1,
        "journeys": 1,
        name: 2,
    }


def test_the_rest_of_the_list_at_the_same_instant() -> None:
    ends = ("callback.requested", "queue.abandoned", "queue.left", "contact.ended")
    names = ("called_back", "abandoned", "left_overflow", "left_ended")
    for place, name in enumerate(names):
        found = total(*((end, 60 * SECOND) for end in ends[place:]), reason="overflow")
        assert found == {"entered": 1, "journeys": 1, name: 1}


def test_who_left_before_asking_to_be_called_back_was_promised_nothing() -> None:
    then = (("queue.left", 60 * SECOND), ("callback.requested", 61 * SECOND), ("callback.connected", 70 * SECOND))
    assert total(*then, reason="closed") == {"entered": 1, "journeys": 1, "left_closed": 1}


def test_an_end_before_the_entry_counts_at_the_entry() -> None:
    log = [event("queue.answered", START_MS - 5 * SECOND, "a"), *visit("a", START_MS)]
    cell = total_of(folded(RULES, records(log), []), HELSE)
    assert (cell["answered"], cell.get("wait_sum_ms", 0)) == (1, 0)
    ended = [event("contact.ended", START_MS - 5 * SECOND, "a"), *visit("a", START_MS)]
    assert total_of(folded(RULES, records(ended), []), HELSE) == {"entered": 1, "journeys": 1}
