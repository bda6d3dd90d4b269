"""The commits that no batch made: begun, restored, skipped to, forgotten. On every server, as the others are."""

import dataclasses

import pytest

from streams.core.fold import fold
from streams.ingest.log import tail_of
from streams.redis_client import Client
from tests.ingest.conftest import Run
from tests.ingest.contract import KEYS, LOG, NAME, claimed, everything, packed, store

pytestmark = pytest.mark.real


def test_what_was_saved_takes_the_place_of_all_that_there_is(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 120))
        saved, hash_then = await store(client).read(NAME), owned.state.hash()
        owned = await claimed(client, "two")
        assert await store(client, "two").commit(NAME, packed(client, owned, 120, 200)) == ("ok", 200)
        owned = await claimed(client, "three")
        assert await store(client, "three").restore(owned, saved, 0) == "ok"
        assert (owned.state.hash(), owned.state.offset, owned.epoch) == (hash_then, 120, "3")
        now, meta = await store(client).read(NAME), KEYS.partition(NAME).meta
        assert now[1:] == saved[1:]
        assert await client.hmget(meta, "epoch", "owner", "offset") == [b"3", b"three", b"120"]
        assert await store(client, "three").commit(NAME, packed(client, owned, 120, 200)) == ("ok", 200)

    run(does)


@pytest.mark.fault(4)
def test_what_was_saved_is_restored_into_an_empty_store(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 120))
        saved, hash_then = await store(client).read(NAME), owned.state.hash()
        await client.flushall()
        owned = await store(client, "two").claim(NAME, None)
        assert owned.committed_offset is None
        assert await store(client, "two").restore(owned, saved, 150) == "ok"
        assert (owned.state.hash(), owned.past.rebuild) == (hash_then, (120, 150))
        again = await store(client, "three").claim(NAME, None)
        assert (again.state.hash(), again.past) == (hash_then, owned.past)

    run(does)


def test_one_that_lost_the_partition_neither_begins_nor_restores(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 120))
        saved = await store(client).read(NAME)
        await client.flushall()
        old = await store(client).claim(NAME, None)
        await store(client, "two").claim(NAME, None)
        before = await everything(client)
        assert await store(client).begin(old, 0) == "fenced"
        assert await store(client).restore(old, saved, 0) == "fenced"
        assert await everything(client) == before

    run(does)


@pytest.mark.fault(4)
def test_an_epoch_that_was_given_out_twice_is_its_latest_owners_alone(run: Run) -> None:
    """Redis lost its writes and began to count anew: the number says the same of both, the owner does not."""

    async def does(client: Client) -> None:
        old = await claimed(client)
        await client.flushall()
        new = await claimed(client, "two")
        assert old.epoch == new.epoch
        epochs = [(await store(client, who).ownership([NAME]))[NAME].epoch for who in ("one", "two")]
        assert epochs == ["", new.epoch], "the watchdog of the first will see that it is not its own"
        before = await everything(client)
        assert await store(client).commit(NAME, packed(client, old, 0, 50)) == ("fenced", 1)
        assert await everything(client) == before
        again = await store(client).claim(NAME, old)
        assert (again is old, again.epoch) == (False, "2")

    run(does)


def test_a_beginning_sent_again_changes_nothing_and_none_goes_over_figures(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await store(client).claim(NAME, None)
        twin = dataclasses.replace(owned)
        assert await store(client).begin(owned, 5) == "ok"
        before = await everything(client)
        assert await store(client).begin(twin, 5) == "duplicate"
        assert await everything(client) == before
        twin.committed_offset = None
        assert await store(client).begin(twin, 9) == "gap"
        assert await everything(client) == before

    run(does)


def test_what_kafka_let_go_of_is_remembered(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 20))
        owned = await claimed(client, "two")
        assert await store(client, "two").skip(owned, 50) == "ok"
        again = await claimed(client, "three")
        assert (again.state.offset, again.past.lost, again.past.began) == (50, 30, 0)
        assert await store(client, "three").skip(again, 60) == "ok"
        assert (await claimed(client, "four")).past.lost == 40

    run(does)


def test_what_is_let_go_of_leaves_the_epoch_alone(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 50))
        arguments = packed(client, owned, 50, 60)
        await store(client).forget(NAME)
        assert await store(client).read(NAME) == [{b"epoch": b"2"}, {}, {}, {}, {}, {}]
        assert await store(client).commit(NAME, arguments) == ("fenced", 2)
        assert (await store(client).places([NAME, "t-9"])) == {NAME: None, "t-9": None}

    run(does)


def test_a_tail_is_kept_with_its_commit(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        tail = tail_of(LOG[49], b"key")
        changes = fold(owned.state, LOG[:50])
        assert await store(client).commit(NAME, store(client).pack(owned, changes, 1, tail)) == ("ok", 50)
        assert (await claimed(client, "two")).past.tail == tail
        assert tail_of(LOG[48], b"key") != tail
        assert tail_of(LOG[49], b"another") != tail

    run(does)


def test_the_first_count_of_a_topic_stands(run: Run) -> None:
    async def does(client: Client) -> None:
        assert await store(client).counts({"a": 4, "b": 1}) == {"a": 4, "b": 1}
        assert await store(client).counts({"a": 6, "b": 1}) == {"a": 4, "b": 1}
        await store(client).set_counts({"a": 6})
        assert await store(client).known_counts() == {"a": 6, "b": 1}
        await store(client).drop("a", [])
        assert await store(client).known_counts() == {"b": 1}

    run(does)


@pytest.mark.fault(34)
def test_books_that_begin_anew_or_lost_something_have_another_name_and_no_others(run: Run) -> None:
    async def does(client: Client) -> None:
        one = await claimed(client)
        await store(client).commit(NAME, packed(client, one, 0, 120))
        first, saved = one.past.books, await store(client).read(NAME)
        assert first
        two = await store(client, "two").claim(NAME, None)
        assert two.past.books == first, "taken over"
        await store(client, "two").restore(two, saved, 150)
        assert two.past.books == first, "restored, and read on from there"
        await store(client, "two").skip(two, 200)
        lost = (await store(client, "three").claim(NAME, None)).past.books
        assert lost not in ("", first)
        await store(client).forget(NAME)
        anew = await store(client, "three").claim(NAME, None)
        await store(client, "three").begin(anew, 0)
        assert (await store(client).claim(NAME, None)).past.books not in ("", first, lost)

    run(does)
