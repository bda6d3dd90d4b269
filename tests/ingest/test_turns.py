"""What is of now goes before what is of the past, and a replay that nobody is beside goes as fast as it can."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from streams.clock import Clock
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest.partitions import Partitions
from streams.ingest.store import Store
from streams.ingest.turns import Batch, Inbox, Sizes, Turns
from streams.keys import Keys
from streams.redis_client import Client
from tests.events import Record
from tests.ingest.conftest import Run
from tests.ingest.generated import generate
from tests.ingest.test_partitions import no_reject

RULES: Rules = config.load().rules(b"a key")
OLD, LIVE = "t-0", "t-1"
SIZES = Sizes(much=200, little=10, in_all=400)
LOG = [Record(n, record.timestamp, record.value) for n, record in enumerate(generate(7, 300).records[:300])]


# --- the inbox


@given(st.lists(st.integers(1, 9), max_size=8), st.lists(st.integers(1, 12), max_size=12))
def test_an_inbox_gives_back_what_came_in_its_order(arrive: list[int], takes: list[int]) -> None:
    log, inbox, at = LOG[: sum(arrive)], Inbox(), 0
    for n in arrive:
        inbox.add(log[at : at + n])
        at += n
    taken = [list(inbox.take(most)) for most in takes]
    assert all(len(batch) <= most for batch, most in zip(taken, takes, strict=True))
    assert sum(map(len, taken)) == min(sum(takes), len(log))
    rest = list(inbox.take(len(log)))
    assert [record for batch in [*taken, rest] for record in batch] == log
    assert len(inbox) == 0


# --- turns


def inbox_of(n: int) -> Inbox:
    inbox = Inbox()
    inbox.add(LOG[:n])
    return inbox


async def side_by_side(turns: Turns, waiting: list[int]) -> int:
    """How many of them held their turn at once."""
    at_once, most = 0, 0

    async def hold(n: int) -> None:
        nonlocal at_once, most
        async with turns.of(inbox_of(n)):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

    await asyncio.gather(*map(hold, waiting))
    return most


def test_a_replay_alone_goes_side_by_side_in_large_batches() -> None:
    for unread in ([], [11], [5000, 300]):
        turns = Turns(lambda unread=unread: unread, SIZES)  # type: ignore[misc]
        assert turns.most(inbox_of(11)) == 200
        assert asyncio.run(side_by_side(turns, [100, 100, 100])) == 3


def test_beside_live_events_it_goes_one_after_the_other_in_small_ones() -> None:
    for unread in ([10, 5000], [5000, 0]):
        turns = Turns(lambda unread=unread: unread, SIZES)  # type: ignore[misc]
        assert turns.most(inbox_of(11)) == 10
        assert asyncio.run(side_by_side(turns, [100, 11, 100])) == 1
        assert asyncio.run(side_by_side(turns, [100, 10, 1])) == 3, "those who are live wait for nobody"


def test_who_has_enough_waiting_is_full() -> None:
    alone, beside = Turns(lambda: [5000], SIZES), Turns(lambda: [0, 5000], SIZES)
    assert [alone.is_full(inbox_of(n), 1) for n in (299, 300)] == [False, False]
    assert [alone.is_full(inbox_of(n), 2) for n in (199, 200)] == [False, True]
    assert [alone.is_full(inbox_of(n), 1000) for n in (10, 11)] == [False, True]
    assert [beside.is_full(inbox_of(n), 1) for n in (19, 20)] == [False, True]


# --- on a real server


def partitions(client: Client, later_ms: int = 0, sizes: Sizes = SIZES, **told: Any) -> Partitions:
    store = Store(client, Keys("turns"), RULES, "one")
    clock = Clock.starting_at(LOG[0].timestamp + later_ms, speed=1.0)
    return Partitions(store, clock, no_reject, {"t": "phone"}, sizes=sizes, **told)


async def replayed(client: Client, *, live_end: int, later_ms: int = 0) -> list[tuple[str, int]]:
    """The commits when all of the log comes to one partition, and then one record to the other, which had one."""
    commits: list[tuple[str, int]] = []
    known = {OLD: 0, LIVE: 0}

    def note() -> None:
        for name, held in ours.held.items():
            if held.committed_offset != known[name]:
                known[name] = held.committed_offset
                commits.append((name, held.committed_offset))

    end_of = {OLD: 100_000, LIVE: live_end}.__getitem__
    ours = partitions(client, later_ms, end_of=end_of, on_commit=note)
    await ours.take({OLD: (0, len(LOG)), LIVE: (0, 2)})
    await ours.process(LIVE, Batch.of(LOG[:1]))
    commits.clear()
    await asyncio.gather(ours.process(OLD, Batch.of(LOG)), ours.process(LIVE, Batch.of(LOG[1:2])))
    expected = PartitionState(RULES)
    fold(expected, LOG)
    found, _ = await Store(client, Keys("turns"), RULES, "another").load(OLD)
    assert (found.offset, found.hash()) == (len(LOG), expected.hash())
    return commits


def test_a_live_event_is_committed_before_the_replay_beside_it(run: Run) -> None:
    async def does(client: Client) -> None:
        commits = await replayed(client, live_end=2)
        assert (LIVE, 2) in commits[:2]
        assert [offset for name, offset in commits if name == OLD] == list(range(10, len(LOG) + 1, 10))

    run(does)


@pytest.mark.parametrize(("live_end", "later_ms"), [(0, 0), (1000, 0), (2, 3_600_000)], ids=["?", "behind", "over"])
def test_with_nobody_beside_it_a_replay_takes_all_it_may(run: Run, live_end: int, later_ms: int) -> None:
    """The other's end is not known, or far; or its newest event is an hour old."""

    async def does(client: Client) -> None:
        commits = await replayed(client, live_end=live_end, later_ms=later_ms)
        assert [offset for name, offset in commits if name == OLD] == [200, 300]

    run(does)


def test_a_full_inbox_holds_the_fetches_back_until_there_is_room(run: Run) -> None:
    async def does(client: Client) -> None:
        told = list[tuple[str, bool]]()
        ours = partitions(client, on_room=lambda name, is_full: told.append((name, is_full)))
        await ours.take({OLD: (0, len(LOG)), LIVE: (0, 1)})
        async with ours.held[OLD].busy:
            tasks = [asyncio.create_task(ours.process(OLD, Batch.of(LOG[n : n + 100]))) for n in range(0, 300, 100)]
            await asyncio.sleep(0)
            assert told == [(OLD, True)]
        await asyncio.gather(*tasks)
        assert told == [(OLD, True), (OLD, False)]
        assert ours.held[OLD].committed_offset == len(LOG)

    run(does)


def test_of_a_partition_that_is_given_up_nothing_stays_waiting(run: Run) -> None:
    async def does(client: Client) -> None:
        committed = asyncio.Event()
        end_of = {OLD: 100_000, LIVE: 2}.__getitem__  # so that it goes in small batches
        ours = partitions(client, end_of=end_of, on_commit=committed.set)
        await ours.take({OLD: (0, len(LOG)), LIVE: (0, 2)})
        await ours.process(LIVE, Batch.of(LOG[:1]))
        committed.clear()
        held = ours.held[OLD]
        reading = asyncio.create_task(ours.process(OLD, Batch.of(LOG)))
        await committed.wait()
        await ours.give_up([OLD])
        await reading
        assert 0 < held.committed_offset < len(LOG)
        assert len(held.inbox) == 0

    run(does)


def test_who_looks_at_a_partition_is_not_behind_all_that_has_ever_come_of_it(run: Run) -> None:
    """A replay whose inbox is never empty, as each commit makes room for the next fetch."""

    async def does(client: Client) -> None:
        reading, looking = list[asyncio.Task[None]](), list[asyncio.Task[int]]()

        async def look() -> int:
            since = ours.commits
            async with held.busy:
                return ours.commits - since

        def fetch() -> None:
            at = 10 * len(reading)
            if at < len(LOG):
                reading.append(asyncio.create_task(ours.process(OLD, Batch.of(LOG[at : at + 10]))))
            if ours.commits == 20:
                looking.append(asyncio.create_task(look()))

        ours = partitions(client, sizes=Sizes(much=10, little=2, in_all=400), on_commit=fetch)
        await ours.take({OLD: (0, len(LOG))})
        held = ours.held[OLD]
        fetch()
        fetch()
        while held.committed_offset < len(LOG):
            await asyncio.gather(*reading)
        assert await looking[0] <= 3

    run(does)
