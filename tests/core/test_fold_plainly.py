"""The fast loop of the fold, held against the plain one: after each batch all is the same."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.account import account
from streams.core.fold import Changes, fold
from streams.core.fold_plainly import fold_plainly
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from tests.core.logs import logs
from tests.core.test_oracle_agrees import FEW, HASTY, RULES
from tests.events import CREATE_TIME, DAY_MS, START_MS, Record, records
from tests.examples import examples

BROKEN = (None, b"{", b"[]", b'{"type": "queue.entered", "schema_version": 1, "occurred_at": "yesterday"}')
HOUR_MS = 3_600_000


def changed(changes: Changes) -> dict[str, Any]:
    names = ("from_offset", "to_offset", "records", "last", "rejected", "ahead", "unknown")
    keys = {"journeys": changes.journeys.keys(), "forgotten": sorted(changes.forgotten)}
    return {name: getattr(changes, name) for name in names} | keys


def written(log: list[dict[str, object]], chance: Random) -> list[Record]:
    """Some of them broken, from the future, told twice, or with a clock that is far ahead."""
    found = [replace(record, offset=0) for record in records(log)]
    for _ in range(chance.randrange(4)):
        found.insert(chance.randint(0, len(found)), Record(0, START_MS + DAY_MS, chance.choice(BROKEN)))
    for n, record in enumerate(found):
        if chance.random() < 0.15:
            found[n] = replace(record, timestamp=START_MS + chance.choice((-DAY_MS, 0, 40 * DAY_MS)))
        if chance.random() < 0.3:
            found[n] = replace(found[n], timestamp_type=CREATE_TIME)
    return [replace(record, offset=3 * n) for n, record in enumerate(found)]


@pytest.mark.parametrize(
    "rules", [RULES, HASTY, FEW, HASTY.of_version(BY_LINE)], ids=["ours", "hasty", "few", "the version before"]
)
def test_both_are_the_same_after_each_batch(rules: Rules) -> None:
    @settings(max_examples=examples(100), deadline=None)
    @given(logs(8 * HOUR_MS), st.lists(st.integers(0, 40), max_size=4), st.randoms(use_true_random=False))
    def holds(log: list[dict[str, object]], cuts: list[int], chance: Random) -> None:
        every, fast, plain = written(log, chance), PartitionState(rules), PartitionState(rules)
        for until in (*sorted(cuts), len(every)):  # what was folded before comes again
            assert changed(fold(fast, every[:until])) == changed(fold_plainly(plain, every[:until]))
            assert (fast.hash(), account(fast)) == (plain.hash(), account(plain))
            assert fast.counters == plain.counters
            assert fast.take_touched() == plain.take_touched()

    holds()
