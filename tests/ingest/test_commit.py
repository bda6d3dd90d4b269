"""The commit's contract, on every server that we promise to run on: all or nothing, once, and by the owner alone."""

import dataclasses
from typing import Any

import pytest
from redis.exceptions import ResponseError

import config
from streams.core.account import account
from streams.core.fold import fold
from streams.ingest.log import tail_of
from streams.ingest.store import OtherRules, Owned, Store
from streams.keys import Keys
from streams.redis_client import Client
from tests.core.events import Record
from tests.ingest.conftest import Run
from tests.ingest.generated import generate

pytestmark = pytest.mark.real

RULES = config.load().rules(b"a key")
KEYS = Keys("contract")
NAME = "topic-0"
LOG = [Record(i, r.timestamp, r.value) for i, r in enumerate(generate(1, 200).records)]


def store(client: Client, owner: str = "one") -> Store:
    return Store(client, KEYS, RULES, owner)


async def claimed(client: Client, owner: str = "one", begin: int = 0) -> Owned:
    owned = await store(client, owner).claim(NAME, None)
    if owned.committed_offset is None:
        await store(client, owner).begin(owned, begin)
    return owned


def packed(client: Client, owned: Owned, first: int, last: int) -> list[bytes | str | int]:
    """The arguments of a commit of these records."""
    return store(client).pack(owned, fold(owned.state, LOG[first:last]), now_ms=1)


async def everything(client: Client) -> dict[bytes, Any]:
    return {bytes(key): await client.hgetall(key) for key in await client.keys("contract:*")}  # type: ignore[arg-type]


def test_a_batch_is_written_whole(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        assert await store(client).commit(NAME, packed(client, owned, 0, 120)) == ("ok", 120)
        state, _ = await store(client).load(NAME)
        assert (state.hash(), account(state)) == (owned.state.hash(), account(owned.state))
        assert await store(client).names() == [NAME]

    run(does)


def test_a_commit_sent_again_changes_nothing(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        arguments = packed(client, owned, 0, 50)
        assert await store(client).commit(NAME, arguments) == ("ok", 50)
        before = await everything(client)
        assert await store(client).commit(NAME, arguments) == ("duplicate", 50)
        assert await everything(client) == before

    run(does)


def test_a_commit_that_does_not_follow_on_is_a_gap(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 50))
        packed(client, owned, 50, 60)  # is never sent
        before = await everything(client)
        assert await store(client).commit(NAME, packed(client, owned, 60, 70)) == ("gap", 50)
        assert await everything(client) == before

    run(does)


def test_an_earlier_owner_is_fenced(run: Run) -> None:
    async def does(client: Client) -> None:
        old = await claimed(client)
        await store(client).commit(NAME, packed(client, old, 0, 50))
        new = await claimed(client, "two")
        assert int(new.epoch) == int(old.epoch) + 1
        assert new.state.hash() == old.state.hash()
        before = await everything(client)
        assert await store(client).commit(NAME, packed(client, old, 50, 60)) == ("fenced", int(new.epoch))
        assert await everything(client) == before
        assert await store(client, "two").commit(NAME, packed(client, new, 50, 60)) == ("ok", 60)

    run(does)


def test_after_flushall_nobody_writes(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 50))
        await client.flushall()
        answer, offset = await store(client).commit(NAME, packed(client, owned, 50, 60))
        assert (answer, offset) == ("fenced", None)
        assert await everything(client) == {}
        again = await store(client).claim(NAME, owned)
        assert again.committed_offset is None and again.state.hash() != owned.state.hash()

    run(does)


@pytest.mark.parametrize("wrong", ["one argument too few", "one too many", "a count too high", "a count that is none"])
def test_a_commit_whose_counts_are_wrong_writes_nothing(run: Run, wrong: str) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        arguments = packed(client, owned, 0, 50)
        before = await everything(client)
        match wrong:
            case "one argument too few":
                arguments.pop()
            case "one too many":
                arguments.append("field")
            case "a count too high":
                arguments[3] = int(arguments[3]) + 1
            case _:
                arguments[3] = "x"
        with pytest.raises(ResponseError):
            await store(client).commit(NAME, arguments)
        assert await everything(client) == before

    run(does)


def test_a_batch_may_be_large(run: Run) -> None:
    """More fields in one hash than Lua takes arguments at once."""

    async def does(client: Client) -> None:
        owned = await claimed(client)
        panes: list[bytes | str | int] = [part for n in range(20_000) for part in (f"{n}/line", b"\x80")]
        none = [0, 0]
        await store(client).commit(NAME, [owned.epoch, 0, 1, *none, *none, 20_000, 0, *panes, *none, *none, *none])
        key = KEYS.partition(NAME).panes
        assert await client.hlen(key) == 20_000
        gone = [f"{n}/line" for n in range(19_999)]
        await store(client).commit(NAME, [owned.epoch, 1, 2, *none, *none, 0, 19_999, *gone, *none, *none, *none])
        assert await client.hkeys(key) == [b"19999/line"]
        assert await client.hget(KEYS.partition(NAME).meta, "offset") == b"2"

    run(does)


def test_what_is_held_is_kept_while_nobody_else_had_it(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 50))
        assert await store(client).claim(NAME, owned) is owned
        other = await store(client, "two").claim(NAME, None)
        again = await store(client).claim(NAME, owned)
        assert again is not owned
        assert int(again.epoch) == int(other.epoch) + 1
        assert again.state.hash() == owned.state.hash()

    run(does)


def test_what_is_held_but_was_not_committed_is_not_kept(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 50))
        packed(client, owned, 50, 60)  # folded, but the commit was never sent
        again = await store(client).claim(NAME, owned)
        assert again is not owned
        assert (again.state.offset, again.committed_offset) == (50, 50)

    run(does)


def test_the_log_may_begin_late_but_only_once(run: Run) -> None:
    async def does(client: Client) -> None:
        first, second = await store(client).claim(NAME, None), await store(client, "two").claim(NAME, None)
        await store(client, "two").begin(second, 7)
        await store(client).begin(first, 0)
        assert await store(client).began(NAME) == 7
        assert (await store(client).load(NAME))[0].offset == 7

    run(does)


@pytest.mark.parametrize("change", ["short_abandon_ms", "edges_ms", "pseudonym_key", "horizon_ms"])
def test_other_rules_are_refused(run: Run, change: str) -> None:
    values = {"short_abandon_ms": {}, "edges_ms": (1,), "pseudonym_key": b"another", "horizon_ms": 1}
    other = dataclasses.replace(RULES, **{change: values[change]})  # type: ignore[arg-type]

    async def does(client: Client) -> None:
        owned = await claimed(client)
        before = await everything(client)
        with pytest.raises(OtherRules, match=f"the figures of {NAME} in Redis were made by other definitions"):
            await Store(client, KEYS, other, "two").claim(NAME, None)
        assert await everything(client) == before
        assert await store(client).commit(NAME, packed(client, owned, 0, 10)) == ("ok", 10)

    run(does)


def test_keeping_figures_for_longer_is_no_other_rule(run: Run) -> None:
    async def does(client: Client) -> None:
        await claimed(client)
        longer = dataclasses.replace(RULES, pane_retention_ms=2 * RULES.pane_retention_ms, day_retention_ms=1 << 50)
        await Store(client, KEYS, longer, "two").claim(NAME, None)

    run(does)


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


def test_an_epoch_that_was_given_out_twice_is_its_latest_owners_alone(run: Run) -> None:
    """Redis lost its writes and began to count anew: the number says the same of both, the owner does not."""

    async def does(client: Client) -> None:
        old = await claimed(client)
        await client.flushall()
        new = await claimed(client, "two")
        assert old.epoch == new.epoch
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
