"""The commit's contract, on every server that we promise to run on: all or nothing, once, and by the owner alone."""

import dataclasses

import pytest
from redis.exceptions import ResponseError

from streams.core.account import account
from streams.ingest.other_rules import OtherRules
from streams.ingest.store import Store
from streams.redis_client import Client
from tests.ingest.conftest import Run
from tests.ingest.contract import KEYS, NAME, RULES, claimed, everything, packed, store
from tests.terms import at_first

pytestmark = pytest.mark.real


def test_a_batch_is_written_whole(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        assert await store(client).commit(NAME, packed(client, owned, 0, 120)) == ("ok", 120)
        state, _ = await store(client).load(NAME)
        assert (state.hash(), account(state)) == (owned.state.hash(), account(owned.state))
        assert await store(client).names() == [NAME]

    run(does)


@pytest.mark.fault(5)
def test_a_commit_sent_again_changes_nothing(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        arguments = packed(client, owned, 0, 50)
        assert await store(client).commit(NAME, arguments) == ("ok", 50)
        before = await everything(client)
        assert await store(client).commit(NAME, arguments) == ("duplicate", 50)
        assert await everything(client) == before

    run(does)


@pytest.mark.fault(3)
def test_a_commit_that_does_not_follow_on_is_a_gap(run: Run) -> None:
    async def does(client: Client) -> None:
        owned = await claimed(client)
        await store(client).commit(NAME, packed(client, owned, 0, 50))
        packed(client, owned, 50, 60)  # is never sent
        before = await everything(client)
        assert await store(client).commit(NAME, packed(client, owned, 60, 70)) == ("gap", 50)
        assert await everything(client) == before

    run(does)


@pytest.mark.fault(2)
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


@pytest.mark.fault(4)
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
        arguments = list(packed(client, owned, 0, 50))
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
        assert await client.hlen(key) == 20_000 + 1  # and its mark
        gone = [f"{n}/line" for n in range(19_999)]
        await store(client).commit(NAME, [owned.epoch, 1, 2, *none, *none, 0, 19_999, *gone, *none, *none, *none])
        assert set(await client.hkeys(key)) == {b"19999/line", b"whole"}
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
        place = (await store(client).places([NAME]))[NAME]
        assert place is not None and place.past.began == 7
        assert (await store(client).load(NAME))[0].offset == 7

    run(does)


@pytest.mark.parametrize("change", ["short_abandon_ms", "queue_key", "pseudonym_key", "horizon_ms"])
def test_other_rules_are_refused(run: Run, change: str) -> None:
    others = {
        "short_abandon_ms": at_first(RULES, short_abandon_ms={}),
        "horizon_ms": at_first(RULES, horizon_ms=1),
        "queue_key": dataclasses.replace(RULES, queue_key=b"another"),
        "pseudonym_key": dataclasses.replace(RULES, pseudonym_key=b"another"),
    }

    async def does(client: Client) -> None:
        owned = await claimed(client)
        before = await everything(client)
        with pytest.raises(OtherRules, match=f"the figures of {NAME} in Redis were made by other definitions"):
            await Store(client, KEYS, others[change], "two").claim(NAME, None)
        assert await everything(client) == before
        assert await store(client).commit(NAME, packed(client, owned, 0, 10)) == ("ok", 10)

    run(does)


def test_what_is_kept_for_longer_and_what_is_applied_when_read_is_no_other_rule(run: Run) -> None:
    """How long figures are kept, which queues there are and what they are called, and the targets' thresholds."""

    async def does(client: Client) -> None:
        await claimed(client)
        longer = dataclasses.replace(RULES, pane_retention_ms=2 * RULES.pane_retention_ms, day_retention_ms=1 << 50)
        other = dataclasses.replace(longer, lines={("chat", "samhandler", "new"): "chat/samhandler/new"})
        await Store(client, KEYS, dataclasses.replace(other, coarse_edges_ms=(1,)), "two").claim(NAME, None)

    run(does)
