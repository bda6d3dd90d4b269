"""What an earlier build left in Redis is brought to today's version in one step, once no earlier build needs it."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from streams.core.rules import BY_LINE, STATE_VERSION
from streams.ingest.checkpoints import unpack
from streams.ingest.register import READS_TODAYS
from streams.ingest.store import Owned, Store
from streams.keys import Keys
from streams.partition_names import topic_of
from streams.redis_client import Client
from tests import forked
from tests.fixtures.saved import Saved, folder_of, load
from tests.ingest.conftest import Run, with_client_of
from tests.ingest.test_partitions import partitions
from tests.ingest.test_upgrading import KINDS, rules_of, unlike

TORN = load(folder_of(BY_LINE) / "torn_at_its_end.msgpack.z")
OPEN = next(saved for saved in KINDS if saved.name == "open")


def by_kind(kinds: list[Saved]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("saved", kinds, ids=[saved.name for saved in kinds])


async def left_behind(client: Client, saved: Saved) -> None:
    """Puts into Redis what the earlier build left there."""
    keys = Keys(saved.namespace)
    for key, fields in zip(keys.partition(saved.partition).committed(), saved.hashes, strict=True):
        if fields:
            await client.hset(key, mapping=dict(fields))  # type: ignore[arg-type]
    await client.sadd(keys.partitions, saved.partition)


def store_of(client: Client, saved: Saved, owner: str = f"one{READS_TODAYS}") -> Store:
    return Store(client, Keys(saved.namespace), rules_of(saved), owner)


async def claimed(client: Client, saved: Saved) -> tuple[Store, Owned]:
    store = store_of(client, saved)
    return store, await store.claim(saved.partition, None)


@by_kind(KINDS)
def test_all_of_it_is_upgraded_at_once_and_its_offset_stays(run: Run, saved: Saved) -> None:
    async def does(client: Client) -> None:
        await left_behind(client, saved)
        store, owned = await claimed(client, saved)
        assert owned.state.rules.version == BY_LINE
        before = owned.committed_offset, owned.past
        assert await store.upgrade(owned) == "ok"
        assert (owned.committed_offset, owned.past) == before
        state, _ = await store.load(saved.partition)
        assert (state.rules.version, state.hash()) == (STATE_VERSION, owned.state.hash())
        assert not unlike(state, saved.log)
        again = await store_of(client, saved, "two").claim(saved.partition, None)
        assert (again.committed_offset, again.past, again.state.hash()) == (*before, state.hash())

    run(does)


def test_who_was_fenced_meanwhile_upgrades_nothing(run: Run) -> None:
    async def does(client: Client) -> None:
        await left_behind(client, OPEN)
        store, owned = await claimed(client, OPEN)
        await store_of(client, OPEN, "another").claim(OPEN.partition, None)
        assert await store.upgrade(owned) == "fenced"
        state, _ = await store.load(OPEN.partition)
        assert (state.rules.version, owned.state.rules.version) == (BY_LINE, BY_LINE)
        assert not unlike(state, OPEN.log)

    run(does)


def test_what_is_torn_is_let_go_of_and_not_upgraded(run: Run) -> None:
    async def does(client: Client) -> None:
        await left_behind(client, TORN)
        _, owned = await claimed(client, TORN)
        assert (owned.committed_offset, owned.past.torn, owned.state.rules.version) == (None, True, STATE_VERSION)

    run(does)


@by_kind([saved for saved in KINDS if saved.checkpoint])
def test_a_checkpoint_of_the_version_before_is_restored_as_todays(run: Run, saved: Saved) -> None:
    async def does(client: Client) -> None:
        store, owned = await claimed(client, saved)
        checkpoint = unpack(saved.checkpoint or b"")
        assert store.reads(checkpoint.rules)
        assert await store.restore(owned, checkpoint.hashes(), 0) == "ok"
        state, _ = await store.load(saved.partition)
        assert (state.rules.version, state.offset) == (STATE_VERSION, checkpoint.offset)
        assert not unlike(state, saved.log)

    run(does)


def test_while_an_earlier_build_lives_it_is_written_so_that_this_can_read_it(run: Run) -> None:
    """The other owns a partition, and shows its view; then it ends, and the view is gone."""

    async def does(client: Client) -> None:
        await left_behind(client, OPEN)
        keys, name, rules = Keys(OPEN.namespace), "t-0", rules_of(OPEN)
        await client.hset(keys.partition(OPEN.partition).meta, "owner", "host-1/c0ffee00")
        await client.set(keys.partition(OPEN.partition).view, b"its view")
        ours = partitions(Store(client, keys, rules, f"one{READS_TODAYS}"), topic=topic_of(OPEN.partition))
        await ours.take({name: (0, 0)})
        await ours.upgrade()
        assert ours.held[name].state.rules.version == BY_LINE
        meta = keys.partition(name).meta
        assert await client.hget(meta, "rules") == rules.of_version(BY_LINE).fingerprint().encode()

        await client.delete(keys.partition(OPEN.partition).view)
        await client.set(keys.publisher, "host-1")
        await ours.upgrade()
        assert ours.held[name].state.rules.version == BY_LINE, "it writes the snapshot"

        await client.delete(keys.publisher)
        await ours.upgrade()
        assert ours.held[name].state.rules.version == STATE_VERSION
        assert await client.hget(meta, "rules") == rules.fingerprint().encode()
        await ours.take({name: (0, 0), OPEN.partition: (0, OPEN.log[-1].offset + 1)})
        assert ours.held[OPEN.partition].state.rules.version == STATE_VERSION, "at its claim"

    run(does)


# --- killed on the way


CHILD = """
import asyncio, sys
from streams.redis_client import connect
from streams.settings import Settings
from tests.ingest.test_upgraded_in_place import claimed, load, Path

async def main():
    saved, client = load(Path(sys.argv[1])), connect(Settings(redis_url=sys.argv[2]))
    store, owned = await claimed(client, saved)
    print("claimed", flush=True)
    sys.stdin.readline()
    await store.upgrade(owned)
    print("upgraded", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["days", "open"])
def test_killed_on_the_way_it_is_the_one_or_the_other(redis_url: str, kind: str) -> None:
    file, chance = folder_of(BY_LINE) / f"{kind}.msgpack.z", Random(kind)
    saved = load(file)
    for _ in range(4):
        _survives_a_kill(redis_url, file, saved, chance.uniform(0, 0.2))


def _survives_a_kill(redis_url: str, file: Path, saved: Saved, after_s: float) -> None:
    async def begins(client: Client) -> None:
        await client.flushall()
        await left_behind(client, saved)

    async def looks(client: Client) -> None:
        store, owned = await claimed(client, saved)
        assert owned.committed_offset == saved.log[-1].offset + 1, "nothing is let go of"
        assert not unlike(owned.state, saved.log)
        if owned.state.rules.version == BY_LINE:
            assert await store.upgrade(owned) == "ok"
        assert not unlike(owned.state, saved.log)

    with_client_of(redis_url, begins)
    command = [sys.executable, "-c", CHILD, str(file), redis_url]
    with subprocess.Popen(
        command, env=forked.without_settings(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin and child.stdout
        assert child.stdout.readline() == "claimed\n"
        child.stdin.write("\n")
        child.stdin.flush()
        with suppress(subprocess.TimeoutExpired):
            child.wait(after_s)
        child.kill()
    with_client_of(redis_url, looks)
