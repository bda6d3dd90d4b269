"""What Redis holds is changed by hand: named, let go of by whoever claims it, noticed by its owner. On every server."""

from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any

import pytest
from structlog.testing import capture_logs

from streams.ingest.partitions import StoreLost
from streams.ingest.proving import Prover
from streams.ingest.store import Owned
from streams.redis_client import Client
from streams.sealed import MARK, Spoiled
from tests.ingest.conftest import Run
from tests.ingest.contract import KEYS, NAME, claimed, packed, store

pytestmark = pytest.mark.real

AT = KEYS.partition(NAME)
Hash = dict[bytes, bytes]
Spoil = Callable[[Hash, Hash], Hash]  # of what is in a hash now, and what was in it before: what is to be in it


def sealed(of: Hash) -> list[bytes]:
    """The fields that a commit has written, in order."""
    scripts = {b"epoch", b"owner", b"rules", b"offset", b"half_done", MARK, b"sizes"}
    return sorted(of.keys() - scripts)


def changed_value(of: Hash, value: bytes) -> Hash:
    return of | {sealed(of)[0]: value}


def renamed(of: Hash) -> Hash:
    first = sealed(of)[0]
    return {name: value for name, value in of.items() if name != first} | {b"x" + first: of[first]}


WAYS: dict[str, Spoil] = {
    "deleted": lambda now, before: {},
    "another value": lambda now, before: changed_value(now, b"garbage"),
    "no value": lambda now, before: changed_value(now, b""),
    "a value cut short": lambda now, before: changed_value(now, now[sealed(now)[0]][:-1]),
    "another field's value": lambda now, before: changed_value(now, now[sealed(now)[1]]),
    "a field removed": lambda now, before: {name: now[name] for name in now if name != sealed(now)[0]},
    "a field renamed": lambda now, before: renamed(now),
    "a field added": lambda now, before: now | {b"1/x": b"garbage"},
    "the mark removed": lambda now, before: {name: now[name] for name in now if name != MARK},
    "as it was before": lambda now, before: before,
}
FEW = ("deleted", "another value", "as it was before")
BARE = ("epoch", "owner", "rules", "offset", "half_done")


async def put(client: Client, key: str, fields: Hash) -> None:
    await client.delete(key)
    if fields:
        await client.hset(key, mapping=fields)  # type: ignore[arg-type]


async def counted(client: Client, before: dict[str, Hash] | None = None) -> Owned:
    """A partition of which 60 records are counted; `before` is what was there after 40."""
    await client.flushall()
    owned = await claimed(client)
    for first, last in ((0, 40), (40, 60)):
        if first and before is not None:
            before |= {key: await client.hgetall(key) for key in AT.committed()}  # type: ignore[misc]
        assert (await store(client).commit(NAME, packed(client, owned, first, last)))[0] == "ok"
    return owned


async def is_noticed(client: Client, owned: Owned) -> bool:
    """By whoever owns it, without a commit."""
    found = (await store(client).ownership([NAME]))[NAME]
    try:
        await Prover(store(client)).prove([NAME], values=10_000)
    except Spoiled:
        return True
    return found.damage is not None or found.torn or found.epoch != owned.epoch


async def is_mended(client: Client, key: str) -> None:
    """Whoever claims it names the key, begins anew, and comes to what it was."""
    with capture_logs() as said:
        owned = await store(client, "two").claim(NAME, None)
    assert (owned.committed_offset, owned.past.torn) == (None, True)
    assert [word["key"] for word in said] == [key]
    assert all(word["reason"].startswith(key) for word in said)
    assert await store(client, "two").begin(owned, 0) == "ok"
    assert await store(client, "two").commit(NAME, packed(client, owned, 0, 60)) == ("ok", 60)
    again = await store(client, "three").claim(NAME, None)
    assert (again.committed_offset, again.state.hash()) == (60, owned.state.hash())


async def each(client: Client, does: Callable[[str, Owned], Awaitable[Any]], key: str, spoil: Spoil) -> None:
    before: dict[str, Hash] = {}
    owned = await counted(client, before)
    now: Any = await client.hgetall(key)
    await put(client, key, spoil(now, before[key]))
    await does(key, owned)


@pytest.mark.fault(26)
def test_each_hash_is_noticed_named_and_made_anew(run: Run, request: pytest.FixtureRequest) -> None:
    """In every way on one server, in a few on each."""
    ways = WAYS if "valkey" in request.node.name else FEW

    async def does(client: Client) -> None:
        async def holds(key: str, owned: Owned) -> None:
            assert await is_noticed(client, owned), key
            await is_mended(client, key)

        for way in ways:
            for key in AT.committed():
                await each(client, holds, key, WAYS[way])

    run(does)


@pytest.mark.fault(26)
def test_what_the_scripts_keep_is_noticed_too(run: Run) -> None:
    async def does(client: Client) -> None:
        for field in BARE:
            owned = await counted(client)
            await client.hset(AT.meta, field, "garbage")
            assert await is_noticed(client, owned) or field == "rules", field
            if field == "owner":  # which is another's word: the figures are not touched
                again = await store(client, "two").claim(NAME, None)
                assert (again.committed_offset, again.state.hash()) == (60, owned.state.hash())
            else:
                await is_mended(client, AT.meta)

    run(does)


@pytest.mark.fault(26)
def test_another_hash_or_another_type_in_its_place(run: Run) -> None:
    async def does(client: Client) -> None:
        for key in AT.committed():
            owned = await counted(client)
            await client.delete(key)
            await client.set(key, "something else")
            assert await is_noticed(client, owned), key
            await is_mended(client, key)
        owned = await counted(client)
        panes: Any = await client.hgetall(AT.panes)
        await put(client, AT.intervals, panes)
        assert await is_noticed(client, owned)

    run(does)


@pytest.mark.fault(26)
def test_what_is_written_beside_what_is_damaged_does_not_hide_it(run: Run) -> None:
    async def does(client: Client) -> None:
        for way, key in product(("deleted", "a field removed", "as it was before"), AT.committed()[1:]):
            before: dict[str, Hash] = {}
            owned = await counted(client, before)
            now: Any = await client.hgetall(key)
            await put(client, key, WAYS[way](now, before[key]))
            try:
                assert await store(client).commit(NAME, packed(client, owned, 60, 70)) == ("ok", 70)
                assert way == "a field removed"
            except Spoiled as spoiled:
                assert spoiled.key == key
                assert "Start again" in str(StoreLost.by_damage(spoiled))
            assert (await store(client).ownership([NAME]))[NAME].damage, (way, key)
            await is_mended(client, key)

    run(does)


@pytest.mark.fault(26)
def test_who_was_fenced_meanwhile_lets_go_of_nothing(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await counted(client)
        await client.hset(AT.totals, sealed(await client.hgetall(AT.totals))[0], "garbage")  # type: ignore[arg-type]
        slow = store(client, "slow")
        real_read = slow.read

        async def read_when_another_has_mended(name: str) -> Any:
            found = await slow._sealed(name)
            await is_mended(client, AT.totals)
            slow._sealed = lambda _: give(found)  # type: ignore[method-assign,assignment]
            return await real_read(name)

        async def give(found: Any) -> Any:
            return found

        slow.read = read_when_another_has_mended  # type: ignore[method-assign]
        late = await slow.claim(NAME, None)
        assert await slow.begin(late, 0) == "fenced"
        assert (await store(client).load(NAME))[0].offset == owned.state.offset

    run(does)


@pytest.mark.fault(26)
@pytest.mark.parametrize("redis_url", ["redis-6.2", "redis", "valkey"], indirect=True)  # in the model nothing expires
def test_an_expiry_is_taken_off_before_it_strikes(run: Run) -> None:
    async def does(client: Client) -> None:
        await counted(client)
        for key in AT.committed():
            await client.expire(key, 1000)
        with capture_logs() as said:
            assert (await store(client).ownership([NAME]))[NAME].damage is None
        assert [word["hashes"] for word in said] == [len(AT.committed())]
        assert [await client.ttl(key) for key in AT.committed()] == [-1] * len(AT.committed())

    run(does)


@pytest.mark.fault(26)
def test_what_all_workers_share_is_written_anew(run: Run) -> None:
    async def does(client: Client) -> None:
        one, counts = store(client), {"topic": 2, "other": 1}
        whole = {"topic-0", "topic-1", "other-0"}
        for spoil in ("delete", "another type", "garbage", "nothing"):
            await one.keep(counts)
            if spoil in ("delete", "another type"):
                await client.delete(KEYS.partitions, KEYS.counts)
            if spoil == "another type":
                await client.set(KEYS.partitions, "x")
                await client.set(KEYS.counts, "x")
            if spoil == "garbage":
                await client.hset(KEYS.counts, "topic", "many")
            with capture_logs() as said:
                await one.keep(counts)
            assert {word["key"] for word in said} == {
                "delete": {KEYS.partitions, KEYS.counts},
                "another type": {KEYS.partitions, KEYS.counts},
                "garbage": {KEYS.counts},
                "nothing": set(),
            }[spoil]
            assert (await one.known_counts(), set(await one.names())) == (counts, whole)

    run(does)
