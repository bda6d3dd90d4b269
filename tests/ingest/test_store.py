"""A worker that dies and loads at any place of any log goes on as if nothing had been."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.account import account
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest import segments
from streams.ingest.store import Owned, Store
from streams.keys import Keys
from streams.redis_client import Client
from tests.core.logs import logs
from tests.core.test_oracle_agrees import HASTY, folded
from tests.events import Record, event, records
from tests.ingest.conftest import Run

NAME = "topic-0"
Cut = tuple[int, bool]  # where a batch ends, and whether its worker dies after it


async def through_redis(client: Client, rules: Rules, log: list[Record], cuts: list[Cut]) -> PartitionState:
    """The state that is in Redis after a log that came in batches, to workers that died and were replaced."""
    store = Store(client, Keys("round"), rules, "one")
    owned = await _claim(store)
    first = 0
    for last, dies in [*sorted((cut % (len(log) + 1), dies) for cut, dies in cuts), (len(log), True)]:
        changes = fold(owned.state, log[first:last])
        if changes.from_offset != changes.to_offset:
            answer = await store.commit(NAME, store.pack(owned, changes, now_ms=0))
            assert answer == ("ok", changes.to_offset)
        if dies:
            owned = await _claim(store)
        first = last
    return owned.state


async def _claim(store: Store) -> Owned:
    owned = await store.claim(NAME, None)
    if owned.committed_offset is None:
        await store.begin(owned, 0)
    return owned


@pytest.mark.fault(1)
def test_nothing_is_lost_between_batches(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MOST_SEGMENTS", 2)  # so few that every other batch gathers them
    monkeypatch.setattr(segments, "_GATHERED", 1)

    @settings(max_examples=150, deadline=None)
    @given(logs(6 * 3_600_000), st.lists(st.tuples(st.integers(0, 1000), st.booleans()), max_size=6))
    def holds(events: list[dict[str, object]], cuts: list[Cut]) -> None:
        log = records(events)
        expected = folded(HASTY, log, [])

        async def does(client: Client) -> None:
            found = await through_redis(client, HASTY, log, cuts)
            assert account(found) == account(expected)
            assert found.hash() == expected.hash()

        run(does)

    holds()


def test_what_was_forgotten_is_not_gathered_after_a_restart(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    batch 1     two journeys, one of which is remembered for longer, as it was promised a callback
    batch 2     the other is forgotten, but lies on beside it, in the segment of batch 1
    restart
    batch 3     gathers that segment
    """
    monkeypatch.setattr(segments, "MOST_SEGMENTS", 2)
    monkeypatch.setattr(segments, "_GATHERED", 2)
    minute, start = 60_000, 1_741_077_000_000
    said = [
        ("queue.answered", 1, 0),
        ("callback.requested", 2, 0),
        ("queue.answered", 3, 50),
        ("queue.answered", 4, 51),
    ]
    log = records([event(kind, start + at * minute, f"j{n}") for kind, n, at in said])

    async def does(client: Client) -> None:
        found = await through_redis(client, HASTY, log, [(2, False), (3, True)])
        assert len(found.journeys) == 3
        assert found.hash() == folded(HASTY, log, []).hash()

    run(does)
