"""A commit of which Redis has the beginning and not the rest: found out, told, and begun anew. On every server."""

from pathlib import Path

import pytest
import redis
from redis.exceptions import ResponseError

from streams.local import Valkey
from streams.redis_client import Client
from tests.faults.parts import cut_append_only_file, valkey, wait_written
from tests.ingest.conftest import Run, with_client_of
from tests.ingest.contract import KEYS, NAME, claimed, packed, store

pytestmark = pytest.mark.real

IN_A_COMMIT = 200  # bytes: its last writes and the transaction's end


async def tear(client: Client) -> None:
    """A commit of offsets 0 to 50, whole, and the first writes of one to 60."""
    owned, at = await claimed(client), KEYS.partition(NAME)
    assert await store(client).commit(NAME, packed(client, owned, 0, 50)) == ("ok", 50)
    await client.hincrby(at.meta, "half_done", 1)
    await client.hset(at.journeys, "60", b"some")
    assert await store(client).commit(NAME, packed(client, owned, 50, 60)) == ("torn", 50)
    assert (await store(client).ownership([NAME]))[NAME].torn


@pytest.mark.fault(3)
def test_what_is_torn_is_let_go_of_by_whoever_claims_it(run: Run) -> None:
    async def does(client: Client) -> None:
        await tear(client)
        again = await store(client, "two").claim(NAME, None)
        assert (again.epoch, again.committed_offset, again.past.torn) == ("2", None, True)
        assert await client.keys("contract:*") == [KEYS.partition(NAME).meta.encode()]
        assert (await store(client, "three").claim(NAME, None)).past.torn, "it is not forgotten before it has begun"

    run(does)


@pytest.mark.fault(3)
def test_a_full_redis_lets_go_of_what_is_torn_in_whole_and_takes_no_claim(run: Run) -> None:
    """Redis refuses what would grow unless its script has written before: no claim is done in part."""

    async def does(client: Client) -> None:
        await tear(client)
        await client.config_set("maxmemory", 1)
        try:
            for name in ("two", "three"):
                with pytest.raises(ResponseError, match="maxmemory"):
                    await store(client, name).claim(NAME, None)
                found = await client.hmget(KEYS.partition(NAME).meta, "epoch", "owner", "torn", "offset")
                assert found == [b"2", b"two", b"1", None]
        finally:
            await client.config_set("maxmemory", 0)
        assert (await store(client, "four").claim(NAME, None)).past.torn

    run(does)


@pytest.mark.fault(3)
def test_what_is_torn_begins_anew_or_comes_back_from_what_was_saved(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 20))
        saved = await store(client).read(NAME)
        await client.flushall()
        for way in ("begins", "comes back"):
            await tear(client)
            owned = await store(client, way).claim(NAME, None)
            if way == "begins":
                assert await store(client, way).begin(owned, 0) == "ok"
            else:
                assert await store(client, way).restore(owned, saved, 60) == "ok"
            assert not owned.past.torn
            first = owned.state.offset
            assert await store(client, way).commit(NAME, packed(client, owned, first, 60)) == ("ok", 60)
            last = await store(client).claim(NAME, None)
            assert (last.committed_offset, last.past.torn) == (60, False)
            await client.flushall()

    run(does)


def test_what_its_owner_holds_is_worth_nothing_either(run: Run) -> None:
    """Redis has not what is in memory, and nothing that is written to it from now on makes that good."""

    async def does(client: Client) -> None:
        held = await claimed(client)
        assert await store(client).claim(NAME, held) is held
        await client.hincrby(KEYS.partition(NAME).meta, "half_done", 1)
        assert await store(client).claim(NAME, held) is not held

    run(does)


@pytest.mark.fault(3)
def test_what_comes_back_of_a_commit_that_was_cut_off_is_found_out(tmp_path: Path) -> None:
    """The server keeps the head of the transaction that was cut in its file, and runs it with the next one's."""
    with valkey(tmp_path / "redis") as server:
        server.mends_file = False  # as nobody does for another server

        async def commits(client: Client, first: int, last: int) -> None:
            owned = await claimed(client, f"from {first}")
            assert owned.committed_offset == first
            answer = await store(client, f"from {first}").commit(NAME, packed(client, owned, first, last))
            assert answer == ("ok", last)

        with_client_of(server.url, lambda client: commits(client, 0, 50))
        with_client_of(server.url, lambda client: commits(client, 50, 150))
        wait_written(server)
        server.kill()
        cut_append_only_file(server, IN_A_COMMIT)
        server.start()
        with_client_of(server.url, lambda client: commits(client, 50, 60))
        wait_written(server)
        assert not _torn(server)
        server.stop()
        server.start()
        assert _torn(server)

        async def is_let_go(client: Client) -> None:
            owned = await store(client, "last").claim(NAME, None)
            assert (owned.committed_offset, owned.past.torn) == (None, True)

        with_client_of(server.url, is_let_go)


def _torn(server: Valkey) -> bool:
    with redis.Redis.from_url(server.url) as client:
        return bool(client.hget(KEYS.partition(NAME).meta, "half_done") != b"0")
