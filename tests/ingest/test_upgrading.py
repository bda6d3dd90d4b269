"""From state version 4 to 5: what an earlier build left, and any log cut anywhere, against the recount."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cli.comparable import leave_out_unknown, on_the_coarser_scale
from streams.cli.verify import definitions_for
from streams.core.account import account
from streams.core.fold import fold
from streams.core.measures import LATER
from streams.core.rules import BY_LINE, Rules
from streams.core.state import PartitionState
from streams.ingest.layout import opened, restored
from streams.ingest.upgrading import upgraded
from streams.keys import Keys
from streams.oracle import Difference, differences, recount
from streams.sealed import Seal
from tests.core.logs import logs
from tests.core.test_maxima import loaded
from tests.core.test_oracle_agrees import HASTY, RULES, folded
from tests.events import Record, records
from tests.examples import examples
from tests.fixtures.saved import Saved, all_of, load

KINDS = [load(file) for file in all_of(BY_LINE) if "torn" not in file.name]
HOUR_MS = 3_600_000


def rules_of(saved: Saved) -> Rules:
    return saved.centre.rules(saved.pseudonym_key)


def state_of(saved: Saved) -> PartitionState:
    keys = Keys(saved.namespace).partition(saved.partition)
    hashes = opened([Seal(key) for key in keys.committed()], saved.hashes)
    return restored(rules_of(saved).of_version(BY_LINE), hashes)[0]


def unlike(state: PartitionState, log: list[Record]) -> list[Difference]:
    """What a recount of the whole log says otherwise, but for what the state says that it does not know."""
    expected = recount([record.recounted for record in log], definitions_for(state))
    found = account(state)
    for one in (expected, found):
        leave_out_unknown(one, state.counted_since)
    on_the_coarser_scale(expected, found, state.upgrade.edges_ms)
    return differences(expected, found)


@pytest.mark.parametrize("saved", KINDS, ids=[saved.name for saved in KINDS])
def test_what_an_earlier_build_left_is_recounted_as_it_is_and_upgraded(saved: Saved) -> None:
    assert saved.rules == rules_of(saved).of_version(BY_LINE).fingerprint()
    before = state_of(saved)
    assert not unlike(before, saved.log)
    after = upgraded(before, rules_of(saved))
    assert not unlike(after, saved.log)
    assert after.counted_since.keys() == before.counted_since.keys() == LATER, "the build before counted none of these"
    assert all(since > 0 for since in after.counted_since.values()), "nor are they known since the beginning"
    assert (after.rules.version, after.offset, len(after.journeys)) == (5, before.offset, len(before.journeys))
    assert upgraded(state_of(saved), rules_of(saved)).hash() == after.hash(), "it is the same each time"


@pytest.mark.parametrize(("rules", "span_ms"), [(RULES, 8 * HOUR_MS), (HASTY, 6 * HOUR_MS)], ids=["ours", "hasty"])
def test_any_log_is_counted_as_a_recount_does_wherever_the_upgrade_falls(rules: Rules, span_ms: int) -> None:
    @settings(max_examples=examples(300), deadline=None)
    @given(logs(span_ms), st.integers(0, 1000), st.booleans(), st.randoms(use_true_random=False))
    def holds(log: list[dict[str, object]], cut: int, is_loaded: bool, chance: Random) -> None:
        if rules is RULES:  # nothing is late: in any order
            chance.shuffle(log)
        written = records(log)
        state = upgraded(folded(rules.of_version(BY_LINE), written[: cut % (len(written) + 1)], []), rules)
        if is_loaded:
            state = loaded(state)
        fold(state, written)
        assert not unlike(state, written)

    holds()
