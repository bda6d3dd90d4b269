"""What `verify` compares where the log's beginning is gone: all of it is equal, and no fault is passed over."""

from typing import Any

import orjson
import pytest

import config
from streams.cli.comparable import VISITS, comparable, comparable_since_ms
from streams.cli.verify import definitions_of
from streams.core.account import account
from streams.core.fold import PartitionState, fold
from streams.oracle import differences, recount
from tests.events import Record
from tests.ingest.generated import generate

RULES = config.load().rules(b"a key")
DAY_MS = 86_400_000
DAYS = 12


def days() -> list[Record]:
    """Some hundred records on each of twelve days."""
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
