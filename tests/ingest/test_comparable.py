"""What `verify` compares where the log's beginning is gone: all of it is equal, and no fault is passed over."""

from typing import Any

import orjson
import pytest

import config
from streams.cli.comparable import VISITS, comparable, comparable_since_ms
from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.oracle import differences, recount
from tests.events import START_MS, Event, Record, event, records, visit
from tests.ingest.generated import generate
from tests.terms import at_first, from_then_on

RULES = config.load().rules(b"a key")
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
DAYS = 16


def days() -> list[Record]:
    """Some hundred records on each of sixteen days."""
    log: list[Record] = []
    for day in range(DAYS):
        for sent in generate(60 + day, 150).records:
            event: dict[str, Any] = orjson.loads(sent.value or b"")
            later = orjson.dumps(event | {"occurred_at": event["occurred_at"] + day * DAY_MS})
            log.append(Record(len(log), sent.timestamp + day * DAY_MS, later))
    return log


LOG = days()


@pytest.mark.parametrize("kept_from", [1, len(LOG) // 3, len(LOG) // 2])
def test_what_rests_on_the_kept_events_alone_is_the_same(kept_from: int) -> None:
    state = PartitionState(RULES)
    fold(state, LOG)
    since = comparable_since_ms(LOG[kept_from].timestamp, RULES)
    expected = recount([r.recounted for r in LOG[kept_from:]], definitions_of(RULES))
    found = account(state)
    assert differences(expected, found), "as a whole they cannot be the same"
    assert not differences(comparable(expected, since), comparable(found, since))
    compared = [cell for row in comparable(found, since)["days"].values() for cell in row.values()]
    assert compared and {"entered", "answered", "wait_sum_ms"} <= {name for cell in compared for name in cell}
    assert any(cell.get("abandoned") for cell in compared) and VISITS


def test_a_fault_in_them_is_found() -> None:
    state = PartitionState(RULES)
    fold(state, LOG)
    since = comparable_since_ms(LOG[0].timestamp, RULES)
    before = comparable(account(state), since)
    last = max(state.aggregates.days.rows)
    line, cell = next((line, cell) for line, cell in state.aggregates.days.rows[last].items() if cell.get("direct"))
    cell["direct"] += 1
    found = differences(before, comparable(account(state), since))
    assert [one.path for one in found] == [f"days/{last}/{line}/answered"]


def of_another_edition(since_ms: int) -> Rules:
    first = at_first(RULES, edition=1, one_place=(), memory_ms={})
    return from_then_on(first, since_ms, edition=2)


def test_for_a_while_after_another_edition_a_visit_may_be_of_a_journey_from_before_it() -> None:
    """
    entered, asked to be called back | edition 2 |           in again, four miss in one millisecond | in again, likewise
    is gone from the log             |             is kept
    """
    changed = START_MS + HOUR_MS
    rules = of_another_edition(changed)

    def missed(who: str, at_ms: int) -> list[Event]:
        four = [event("agent.missed", at_ms, "j", None, visit_id=who, agent_ref=f"{n}") for n in range(4)]
        return [event("queue.entered", at_ms - 1000, "j", visit_id=who), *four]

    gone = visit("j", START_MS, ("callback.requested", MINUTE_MS))
    others = [one for day in range(1, 20) for one in visit(f"{day}", START_MS + day * DAY_MS, ("queue.answered", 9000))]
    log = [*gone, *others[:10], *missed("b", START_MS + 5 * DAY_MS + HOUR_MS), *others[10:]]
    state = PartitionState(rules)
    fold(state, records(log))
    kept = [one.recounted for one in records(log)][len(gone) :]
    expected, found = recount(kept, definitions_of(rules)), account(state)
    since = comparable_since_ms(log[len(gone)]["occurred_at"], rules)
    assert since == changed + rules.definitions.first.promise_lost_ms
    too_early = since - DAY_MS - 3 * DAY_MS
    assert differences(comparable(expected, too_early), comparable(found, too_early)), "it counts by edition 1"
    assert not differences(comparable(expected, since), comparable(found, since))
    assert comparable(found, since)["days"], "something is compared"


@pytest.mark.parametrize("days", [-400, 400])
def test_an_edition_of_long_ago_or_of_a_time_to_come_changes_nothing(days: int) -> None:
    kept_ms = LOG[0].timestamp
    by_one = at_first(RULES, edition=1, one_place=(), memory_ms={})
    by_another = of_another_edition(kept_ms + days * DAY_MS)
    assert comparable_since_ms(kept_ms, by_another) == comparable_since_ms(kept_ms, by_one)
