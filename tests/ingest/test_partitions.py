"""Partitions on real servers, asked as Faust asks them when it is under pressure."""

import asyncio
from typing import Any

import pytest

import config
from streams.clock import Clock
from streams.core.rules import Rules
from streams.ingest import partitions as taking
from streams.ingest.in_force import FOR_EVER, RulesInForce
from streams.ingest.partitions import Missed, Partitions, StoreLost
from streams.ingest.store import Store
from streams.ingest.turns import Batch
from streams.keys import Keys
from streams.local.ports import HOST, free_ports
from streams.redis_client import Client
from tests.events import START_MS, records
from tests.ingest.conftest import Run
from tests.serve.publishing import visit
from tests.terms import from_then_on

RULES: Rules = config.load().rules(b"a key")
NAME = "t-0"
LOG = records(visit(1, 0, 10_000) + visit(2, 5_000))


async def no_reject(*_: Any) -> None:
    raise AssertionError("nothing here is bad")


def partitions(
    store: Store, name_in_group: str | None = None, topic: str = "t", rules: RulesInForce = FOR_EVER
) -> Partitions:
    clock = Clock.starting_at(START_MS, speed=1.0)
    channels = {"t": "phone", topic: "phone"}
    return Partitions(store, clock, no_reject, channels, name_in_group=name_in_group, rules=rules)


def test_what_got_lost_on_the_way_is_told_and_nothing_after_it_is_folded(run: Run) -> None:
    async def does(client: Client) -> None:
        ours = partitions(Store(client, Keys("missed"), RULES, "one"))
        await ours.take({NAME: (0, len(LOG))})
        await ours.process(NAME, Batch.of(LOG[:1], since=0))
        with pytest.raises(Missed, match="from offset 1 up to 2"):
            await ours.process(NAME, Batch.of(LOG[2:]))
        with pytest.raises(Missed):
            await ours.process(NAME, Batch.of(LOG[2:], since=2))
        assert ours.held[NAME].committed_offset == 1
        await ours.process(NAME, Batch.of(LOG[2:], since=1))  # the transport knows that there is no record between
        assert (ours.held[NAME].committed_offset, ours.held[NAME].offsets_without_record) == (len(LOG), 1)

    run(does)


def test_two_takes_at_once_claim_once(run: Run) -> None:
    """Faust asks again while the first answer is waited for; to claim twice would be to fence oneself."""

    async def does(client: Client) -> None:
        keys = Keys("round")
        ours = partitions(Store(client, keys, RULES, "one"))
        await asyncio.gather(*(ours.take({NAME: (0, len(LOG))}) for _ in range(3)))
        await ours.process(NAME, Batch.of(LOG))
        meta = await client.hgetall(keys.partition(NAME).meta)
        assert (ours.fenced, meta[b"epoch"], int(meta[b"offset"])) == (0, b"1", len(LOG))

    run(does)


@pytest.mark.fault(38)
def test_who_stood_still_takes_what_holds_by_now_before_it_counts_on(run: Run) -> None:
    async def does(client: Client) -> None:
        keys, is_current, is_asked = Keys("still"), asyncio.Event(), asyncio.Event()

        async def until_current() -> None:
            is_asked.set()
            await is_current.wait()

        is_current.set()
        ours = partitions(Store(client, keys, RULES, "one"), rules=RulesInForce(is_current.is_set, until_current))
        await ours.take({NAME: (0, len(LOG))})
        is_current.clear()
        is_asked.clear()
        counting = asyncio.create_task(ours.process(NAME, Batch.of(LOG)))
        await is_asked.wait()
        assert ours.held[NAME].state.offset == 0, "it waits"
        other = from_then_on(RULES, RULES.future_ms + 1, ghost_after_ms=3_600_000)
        await ours.configure(other)
        is_current.set()
        await counting
        state, _ = await Store(client, keys, other, "two").load(NAME)
        assert (state.offset, state.rules.definitions) == (len(LOG), other.definitions)

    run(does)


@pytest.mark.fault(9)
def test_who_cannot_learn_what_holds_by_now_takes_nothing_and_says_so_in_time(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust's loop ends quietly where an assignment takes 90 s."""
    assert taking.RULES_DEADLINE_S + taking.LOAD_DEADLINE_S < 90
    monkeypatch.setattr(taking, "RULES_DEADLINE_S", 0.2)

    async def does(client: Client) -> None:
        keys, is_known = Keys("unknown"), asyncio.Event()

        async def until_current() -> None:
            await is_known.wait()

        ours = partitions(Store(client, keys, RULES, "one"), rules=RulesInForce(is_known.is_set, until_current))
        for take in (ours.take, ours.take_too):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5) as patience:
                    await take({NAME: (0, len(LOG))})
            assert not patience.expired(), "it ended by itself"
        assert (ours.held, await client.hgetall(keys.partition(NAME).meta)) == ({}, {})
        is_known.set()
        assert await ours.take({NAME: (0, len(LOG))}) == {NAME: 0}

    run(does)


@pytest.mark.fault(9)
def test_who_is_given_nothing_asks_nothing_of_a_redis_that_is_away() -> None:
    """Faust ends a worker whose answer to an assignment is an error: one that stands by would end with Redis."""

    async def never() -> None:
        raise AssertionError("what holds by now is known of Redis")

    async def does() -> None:
        client = Client(host=HOST, port=free_ports(1)[0])
        ours = partitions(Store(client, Keys("away"), RULES, "one"), rules=RulesInForce(lambda: False, never))
        assert (await ours.take({}), await ours.take_too({}), ours.taken) == ({}, {}, True)

    asyncio.run(does())


@pytest.mark.parametrize("named", ["one", None])
@pytest.mark.fault(2)
def test_who_is_put_out_of_the_group_by_its_own_like_ends_and_says_why(run: Run, named: str | None) -> None:
    """With a name that stays; without one it goes on, with what the group gives it then."""

    async def does(client: Client) -> None:
        keys = Keys(f"named {named}")
        old = partitions(Store(client, keys, RULES, "old"), named)
        await old.take({NAME: (0, len(LOG))})
        new = partitions(Store(client, keys, RULES, "new"), named)
        await new.take({NAME: (0, len(LOG))})
        if named is None:
            await old.process(NAME, Batch.of(LOG))
        else:
            with pytest.raises(StoreLost, match=r"t-0: another worker .* knows as 'one'. Start again; .* of its own"):
                await old.process(NAME, Batch.of(LOG))
        assert (old.fenced, old.owned) == (1, {})
        await new.process(NAME, Batch.of(LOG))
        assert (new.fenced, new.held[NAME].committed_offset) == (0, len(LOG))

    run(does)
