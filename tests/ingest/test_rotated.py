"""Another pseudonym key on real servers: a claim brings a partition under it in one commit, and nothing is lost."""

from dataclasses import replace

import pytest

from streams.core.account import Account, account
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest.checkpoints import pack, unpack
from streams.ingest.other_rules import OtherKey, OtherRules
from streams.ingest.store import Owned, Store
from streams.redis_client import Client
from tests.events import DAY_MS, Record, event, records
from tests.ingest.conftest import Run
from tests.ingest.contract import KEYS, LOG, NAME, RULES, everything

OLD = replace(RULES, pseudonym_key=b"the key before", queue_key=b"the queues' own", other_key=b"the next key")
NEW = OLD.under_other
ALONE = replace(NEW, other_key=b"")
META = b"contract:{topic-0}:meta"


def of(client: Client, rules: Rules, owner: str = "one") -> Store:
    return Store(client, KEYS, rules, owner)


async def taken(store: Store) -> Owned:
    """A partition as a worker goes on with it."""
    owned = await store.claim(NAME, None)
    if owned.committed_offset is None:
        await store.begin(owned, 0)
    if not store.is_todays(owned.state):
        assert await store.upgrade(owned) == "ok"
    return owned


async def commit(store: Store, owned: Owned, log: list[Record]) -> None:
    changes = fold(owned.state, log)
    packed = store.pack(owned, changes, now_ms=1)
    assert await store.commit(NAME, packed) == ("ok", log[-1].offset + 1)


async def count(client: Client, rules: Rules, until: int, log: list[Record] = LOG) -> None:
    """As a worker of these keys that starts now."""
    store = of(client, rules)
    await commit(store, await taken(store), log[:until])


def of_one_key(until: int, log: list[Record] = LOG) -> Account:
    state = PartitionState(OLD)
    fold(state, log[:until])
    return account(state)


async def read(client: Client, rules: Rules) -> PartitionState:
    return (await of(client, rules).load(NAME))[0]


def test_a_claim_brings_all_under_the_other_key_at_once_and_its_offset_stays(run: Run) -> None:
    async def does(client: Client) -> None:
        await count(client, OLD, 50)
        await count(client, OLD, 100)  # two segments
        before, store = await read(client, OLD), of(client, NEW)
        owned = await store.claim(NAME, None)
        assert (owned.state.rules, owned.state.hash()) == (OLD, before.hash()), "as it was made"
        then = owned.committed_offset, owned.past
        assert await store.upgrade(owned) == "ok"
        assert (owned.committed_offset, owned.past) == then
        meta = (await everything(client))[META]
        assert meta[b"rules"].decode() == NEW.fingerprint(is_of_two_keys=True)
        state = await read(client, NEW)
        assert state.under_other == len(state.journeys) > 0
        assert (state.hash(), account(state)) == (owned.state.hash(), of_one_key(100))
        assert (await read(client, OLD)).hash() == state.hash(), "who has the other key reads it, too"
        await commit(store, owned, LOG)
        assert account(await read(client, NEW)) == of_one_key(len(LOG))

    run(does)


def test_two_workers_of_different_keys_take_turns_and_nothing_is_counted_twice(run: Run) -> None:
    async def does(client: Client) -> None:
        for turn, until in enumerate(range(20, len(LOG) + 1, 20)):
            await count(client, (OLD, NEW, NEW)[turn % 3], until)
            for rules in (OLD, NEW):
                assert account(await read(client, rules)) == of_one_key(until)
        store = of(client, OLD)
        where = await store.places([NAME])
        assert (await store.ownership([NAME]))[NAME].damage is None and where[NAME] is not None

    run(does)


def test_who_was_fenced_meanwhile_brings_nothing_under_its_key(run: Run) -> None:
    async def does(client: Client) -> None:
        await count(client, OLD, 100)
        store = of(client, NEW)
        owned = await store.claim(NAME, None)
        await of(client, OLD, "another").claim(NAME, None)
        before = await everything(client)
        assert await store.upgrade(owned) == "fenced"
        assert await everything(client) == before
        assert owned.state.rules == OLD and not owned.state.under_other

    run(does)


def test_where_redis_loses_it_alone_nothing_is_written_on_top_of_what_was_before(run: Run) -> None:
    """The offset is the same before and after it, so the epoch tells."""

    async def does(client: Client) -> None:
        await count(client, OLD, 100)
        store = of(client, NEW)
        owned = await store.claim(NAME, None)
        before = await everything(client)
        assert await store.upgrade(owned) == "ok"
        await client.flushall()
        for key, fields in before.items():
            await client.hset(key.decode(), mapping=fields)
        packed = store.pack(owned, fold(owned.state, LOG[:120]), now_ms=1)
        assert (await store.commit(NAME, packed))[0] == "fenced"
        assert await everything(client) == before
        await count(client, NEW, len(LOG))
        assert account(await read(client, NEW)) == of_one_key(len(LOG))

    run(does)


def test_a_crash_before_it_leaves_the_one_and_after_it_the_other(run: Run) -> None:
    async def does(client: Client) -> None:
        await count(client, OLD, 60)
        await of(client, NEW).claim(NAME, None)  # and no more
        await count(client, OLD, 100)
        owned = await of(client, NEW).claim(NAME, None)
        assert await of(client, NEW).upgrade(owned) == "ok"  # and no more
        await count(client, NEW, 140)
        await count(client, OLD, len(LOG))
        assert account(await read(client, OLD)) == of_one_key(len(LOG))

    run(does)


def test_without_the_other_key_nothing_is_gone_on_with_until_it_is_needed_no_more(run: Run) -> None:
    """Each is refused with a sentence, whoever reads is not, and what there is stays."""
    other = replace(NEW, other_key=b"a third key")
    late = [
        event("contact.started", 0, str(n), line=None, occurred_at=LOG[-1].timestamp + n * DAY_MS) for n in range(31)
    ]
    log = [*LOG, *records(late, first=LOG[-1].offset + 1)]

    async def does(client: Client) -> None:
        await count(client, OLD, 100)
        with pytest.raises(OtherRules, match="both are needed: SVARTID_PSEUDONYM_KEY_OTHER"):
            await taken(of(client, ALONE))
        await count(client, NEW, 120)
        for rules in (ALONE, other):
            with pytest.raises(OtherKey, match="set it to that one, until `svartid doctor` says that no journey under"):
                await taken(of(client, rules))
            assert await of(client, rules).under_other_keys() == [NAME]
            assert account(await read(client, rules)) == of_one_key(120)
        assert await of(client, NEW).under_other_keys() == [NAME]
        await count(client, NEW, len(log), log)
        assert await of(client, NEW).under_other_keys() == []
        meta = (await everything(client))[META]
        assert meta[b"rules"].decode() == ALONE.fingerprint()
        owned = await taken(of(client, ALONE))
        assert account(owned.state) == of_one_key(len(log), log)

    run(does)


def test_a_checkpoint_under_either_key_is_restored_and_gone_on_with(run: Run) -> None:
    async def does(client: Client) -> None:
        saved = []
        for rules, until in ((OLD, 60), (NEW, 100)):
            await count(client, rules, until)
            hashes = await of(client, rules).read(NAME)
            saved.append(unpack(pack(NAME, hashes[0][b"rules"].decode(), hashes)))
        for checkpoint in saved:
            await client.flushall()
            store = of(client, NEW)
            assert store.reads(checkpoint.rules)
            owned = await store.claim(NAME, None)
            assert await store.restore(owned, checkpoint.hashes(), 0) == "ok"
            await count(client, NEW, len(LOG))
            assert account(await read(client, NEW)) == of_one_key(len(LOG))
        await client.flushall()
        alone = of(client, ALONE)
        with pytest.raises(OtherKey):
            await alone.restore(await alone.claim(NAME, None), saved[1].hashes(), 0)

    run(does)
