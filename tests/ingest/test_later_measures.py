"""A build that adds a measure, on a real Valkey: what lies there is taken, says since when it is known, and is null
before that.

One at a time, as releases are: a build that does not know it; one that does; the first again; the other again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import config
from streams.cli.comparable import leave_out_unknown
from streams.cli.verify import definitions_for
from streams.core import later, state
from streams.core.account import account
from streams.core.fold import fold
from streams.core.measures import FAMILIES
from streams.ingest import layout
from streams.ingest.store import Owned, Store
from streams.oracle import differences, recount
from streams.past.history import Span, rows
from streams.past.history_cells import read
from streams.redis_client import Client
from streams.sealed import Seal
from tests.core.test_later_measures import ADDED
from tests.core.test_oracle_agrees import HASTY
from tests.ingest.conftest import Run
from tests.ingest.contract import KEYS, LOG, NAME

pytestmark = pytest.mark.real
CENTRE = config.load()


@contextmanager
def build_that_adds(measures: frozenset[str]) -> Iterator[None]:
    """These are new to it."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (state, layout):
            patch.setattr(module, "LATER", measures)
        yield


@contextmanager
def build_before_any_was_added() -> Iterator[None]:
    """It knows nothing of the field, and leaves it as it is."""
    with build_that_adds(frozenset()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "_take_measures", lambda state, meta: frozenset())
        yield


async def goes_on(client: Client, owner: str, first: int, last: int) -> Owned:
    """Another process takes the partition, and counts so many records more."""
    store = Store(client, KEYS, HASTY, owner)
    owned = await store.claim(NAME, None)
    if owned.committed_offset is None:
        await store.begin(owned, 0)
    assert await store.commit(NAME, store.pack(owned, fold(owned.state, LOG[first:last]), now_ms=1)) == ("ok", last)
    state, _ = await store.load(NAME)
    assert (state.hash(), state.counted_since) == (owned.state.hash(), owned.state.counted_since)
    return owned


async def listed(client: Client) -> object:
    """What says in Redis since when they are counted."""
    key = KEYS.partition(NAME).meta
    value = await client.hget(key, "measures")
    assert value is None or isinstance(value, bytes)
    offset = int(await client.hget(key, "offset") or 0)
    return None if value is None else later.unpacked(Seal(key).open(b"measures", value), offset)


def agrees(owned: Owned) -> bool:
    state = owned.state
    expected = recount([record.recounted for record in LOG[: state.offset]], definitions_for(state))
    found = account(state)
    for one in (expected, found):
        leave_out_unknown(one, state.counted_since)
    return not differences(expected, found)


def test_it_is_counted_from_what_is_remembered_on_and_not_known_before(run: Run) -> None:
    async def does(client: Client) -> None:
        with build_that_adds(frozenset()):
            await goes_on(client, "does not know it", 0, 120)
        assert await listed(client) is None, "there is nothing to say"
        with build_that_adds(ADDED):
            knows = await goes_on(client, "knows it", 120, 160)
            since = set(knows.state.counted_since.values())
            assert knows.state.counted_since.keys() == ADDED and len(since) == 1
            assert await listed(client) == knows.state.counted_since
            assert agrees(knows)
            again = await goes_on(client, "knows it, too", 160, 170)
            assert again.state.counted_since == knows.state.counted_since, "once is enough"
            assert agrees(again)
        with build_that_adds(frozenset()):
            older = await goes_on(client, "does not know it, either", 170, 180)
        assert (older.state.counted_since, await listed(client)) == ({}, {}), "nobody counts it from here on"
        with build_that_adds(ADDED):
            newest = await goes_on(client, "knows it again", 180, 190)
            assert min(newest.state.counted_since.values()) > max(since)
            assert agrees(newest)
        with build_before_any_was_added():
            await goes_on(client, "has never heard of such", 190, 195)
        assert await listed(client) == {}, "it is of another offset"
        with build_that_adds(ADDED):
            last = await goes_on(client, "knows it once more", 195, 200)
            assert min(last.state.counted_since.values()) > max(newest.state.counted_since.values())
            assert agrees(last)

    run(does)


def test_who_begins_by_it_knows_all_of_it(run: Run) -> None:
    async def does(client: Client) -> None:
        with build_that_adds(ADDED):
            owned = await goes_on(client, "begins", 0, 200)
            assert owned.state.counted_since == await listed(client) == dict.fromkeys(ADDED, 0)
            assert agrees(owned)

    run(does)


def test_history_has_null_where_it_is_not_known(run: Run) -> None:
    async def does(client: Client) -> None:
        await goes_on(client, "does not know it", 0, 180)
        span = Span.of(LOG[0].timestamp - 3_600_000, LOG[-1].timestamp + 3_600_000, "15m", HASTY.timezone)
        with build_that_adds(ADDED), pytest.MonkeyPatch.context() as patch:
            patch.setattr(later.since_when, "__defaults__", (ADDED,))
            before = await read(client, KEYS, HASTY, span)
            shown = rows(
                before.cells,
                span,
                "channel",
                CENTRE.external_at,
                CENTRE.shown_edges_ms,
                before.coarse_ms,
                before.counted_since,
            )
            assert shown and {row.abandoned for row in shown} == {None}, "no build that knows it has counted yet"
            owned = await goes_on(client, "knows it", 180, 200)
            since = max(owned.state.counted_since.values())
            found = await read(client, KEYS, HASTY, span)
            shown = rows(
                found.cells,
                span,
                "channel",
                CENTRE.external_at,
                CENTRE.shown_edges_ms,
                found.coarse_ms,
                found.counted_since,
            )
            known = [row.start >= span.text(since) for row in shown]
            assert any(known) and not all(known)
            assert [row.abandoned is not None for row in shown] == known
            assert all(row.entered is not None for row in shown)

    run(does)


def test_what_is_taken_for_new_here_is_all_of_a_familys_or_none() -> None:
    for family in FAMILIES:
        names = {measure.name for measure in family.measures}
        assert names <= ADDED or not names & ADDED


def test_who_takes_over_once_lost_events_were_passed_over_knows_it_still(run: Run) -> None:
    """Before anything is counted after them: the offset is another then, and nobody has gone on without it."""

    async def does(client: Client) -> None:
        first = await goes_on(client, "one", 0, 120)
        assert set(first.state.counted_since.values()) == {0}
        store = Store(client, KEYS, HASTY, "two")
        owned = await store.claim(NAME, None)
        assert await store.skip(owned, 150) == "ok"
        taken = await Store(client, KEYS, HASTY, "three").claim(NAME, None)
        assert taken.state.counted_since == first.state.counted_since

    run(does)
