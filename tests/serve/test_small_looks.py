"""Small documents between two snapshots, on a real Valkey: what an event changed is told at once, nothing is lost."""

import asyncio
import time
from typing import Any

import orjson
import pytest

from streams.core.fold import fold
from streams.fresh import FRESH_S
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve.serving import DONE, Switch
from tests.events import CREATE_TIME, START_MS, Record, visit
from tests.serve.publishing import Part, Reading, publisher, run
from tests.serve.smalls import (
    ARBEID,
    GROUP,
    HELSE,
    breaking,
    listening,
    one_part,
    said,
    waiting,
    wrong,
)

pytestmark = pytest.mark.real


def test_what_an_event_changed_is_written_before_the_next_snapshot(local_parts: LocalParts, keys: Keys) -> None:
    """
    snapshot   | of one who waits |                            | of all |
    small                         | of two who wait | of three |
    """

    async def does(client: Client) -> None:
        part, other = one_part(visit("a", START_MS)), Part("c-0", channel="chat")
        other.fold(visit("c", START_MS, line="chat/personbruker/helse"))
        shows = publisher(client, keys, [part, other], reader=Reading(channel_of={"t": "phone", "c": "chat"}))
        await shows.publish()
        before = await client.get(keys.snapshot), await said(client, keys)
        async with listening(client, keys) as heard:
            for n in (2, 3):
                part.fold(visit(f"b{n}", START_MS))
                await shows.look()
                assert (await waiting(client, keys), await waiting(client, keys, GROUP)) == (n, n)
                assert sorted(await heard.names()) == [GROUP, HELSE], "no other is made, or written"
            other.fold(visit("d", START_MS, line="chat/personbruker/helse"))
            await shows.look()
            assert sorted(await heard.names()) == ["chat/personbruker", "chat/personbruker/helse"]
            await shows.look()
            assert await heard.names() == [], "nothing has happened"
        assert await client.get(keys.snapshot) == before[0]
        after = await said(client, keys)
        assert (after["until_ms"], after["number"]) == (before[1]["until_ms"], before[1]["number"] + 3)
        assert 0 < await client.pttl(keys.now) <= FRESH_S * 1000, "none may be believed for longer by that"
        await shows.publish()
        assert await wrong(client, keys) == {} and await waiting(client, keys) == 3

    run(local_parts.redis_url, does)


def test_where_many_lines_have_changed_the_look_leaves_them_to_the_snapshot(
    local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nothing is held up by it; and what is left is lost by nobody."""
    monkeypatch.setattr("streams.serve.publisher.MOST_LOOKED_AT", 1)

    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS - 3000), visit("b", START_MS - 2000, line=ARBEID))
        shows = publisher(client, keys, [part])
        await shows.publish()
        part.fold(visit("c", START_MS - 1000))
        await shows.look()
        assert await waiting(client, keys) == 2, "of one line it tells"
        part.fold([*visit("d", START_MS), *visit("e", START_MS, line=ARBEID)])
        await shows.look()
        assert (await waiting(client, keys), await waiting(client, keys, ARBEID)) == (2, 1)
        await shows.publish()
        assert (await waiting(client, keys), await waiting(client, keys, ARBEID)) == (3, 2)
        assert await wrong(client, keys) == {}

    run(local_parts.redis_url, does)


def test_who_comes_first_in_the_morning_is_written_at_once_too(local_parts: LocalParts, keys: Keys) -> None:
    """Dated far ahead of all else in the partition: it waits to be counted, touches no line, and is shown."""

    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS - 3 * 3_600_000))
        shows = publisher(client, keys, [part])
        await shows.publish()
        (entry,) = visit("b", START_MS)
        fold(part.state, [Record(part.state.offset, START_MS, orjson.dumps(entry), CREATE_TIME)])
        part.touched.add(part.state.take_touched())
        assert len(part.state.ahead) == 1 and not part.touched.lines
        await shows.look()
        assert await waiting(client, keys) == 2

    run(local_parts.redis_url, does)


@pytest.mark.fault(2)
@pytest.mark.parametrize("why", ["another writes", "nobody does", "another state is served", "its clock is wrong"])
def test_who_is_not_the_writer_any_more_writes_nothing_in_between(
    local_parts: LocalParts, keys: Keys, why: str
) -> None:
    async def does(client: Client) -> None:
        part, is_wrong = one_part(visit("a", START_MS)), [0]
        shows = publisher(client, keys, [part], wrong_ms=lambda: is_wrong[0])
        await shows.publish()
        if why == "another writes":
            await client.set(keys.publisher, "another", px=3000)
        elif why == "nobody does":
            await client.delete(keys.publisher)
        elif why == "another state is served":
            await client.set(Keys(keys.namespace, "green").publisher, "its writer", px=3000)
            assert await Switch(client, keys).to("green", 1) == DONE
        else:
            is_wrong[0] = 60_000
        written = await client.mget(keys.now, keys.now_of(HELSE), keys.publisher)
        part.fold(visit("b", START_MS))
        await shows.look()
        assert await client.mget(keys.now, keys.now_of(HELSE), keys.publisher) == written

    run(local_parts.redis_url, does)


@pytest.mark.fault(5)
@pytest.mark.parametrize("what", ["forgot it", "went back", "was not reached", "gave no answer"])
def test_what_a_step_in_between_could_not_tell_is_in_the_next_snapshot_s(
    local_parts: LocalParts, keys: Keys, what: str
) -> None:
    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS))
        shows = publisher(client, keys, [part])
        await shows.publish()
        part.fold(visit("b", START_MS))
        if what in ("was not reached", "gave no answer"):
            with breaking(shows, arrives=what == "gave no answer"):
                await shows._tried(shows.look)
            assert shows.outage.is_on and shows.latest is None
            await shows._tried(shows.look)  # has nothing to write, and says nothing of Redis
            assert shows.outage.is_on
        else:
            if what == "forgot it":
                await client.delete(keys.now)
            else:
                await client.set(keys.now, b"said before", px=5000)
            await shows.look()
            assert await client.get(keys.now_of(HELSE)) is not None
            small: Any = await client.get(keys.now_of(HELSE))
            assert orjson.loads(small)["waiting"] == 1, "it is not known what is there"
        await shows.publish()
        assert await wrong(client, keys) == {} and await waiting(client, keys) == 2

    run(local_parts.redis_url, does)


@pytest.mark.parametrize("snapshots", [2, 10])
def test_the_snapshot_has_a_pace_of_its_own_and_the_small_are_written_in_between(
    local_parts: LocalParts, keys: Keys, snapshots: int
) -> None:
    """An event each hundredth of a second: so many snapshots are made of them in a second, and at least half."""

    async def does(client: Client) -> None:
        part = Part("t-0")
        shows = publisher(client, keys, [part], whole_every_s=1 / snapshots)
        async with client.pubsub(ignore_subscribe_messages=True) as listens:
            await listens.subscribe(keys.snapshot, keys.now_of(HELSE))
            for _ in range(2):
                await listens.get_message(timeout=5)  # that it listens now
            began, running = time.monotonic(), asyncio.create_task(shows.run())
            for n in range(100):
                async with part.busy:
                    part.fold(visit(f"{n}", START_MS))
                shows.notify()
                await asyncio.sleep(0.01)
            async with asyncio.timeout(10):
                while await waiting(client, keys) != 100:  # noqa: ASYNC110  # as a reader would
                    await asyncio.sleep(0)
            running.cancel()
            took_s, heard = time.monotonic() - began, []
            while (message := await listens.get_message(timeout=0.2)) is not None:
                heard.append(message["channel"].decode())
        assert snapshots / 2 <= heard.count(keys.snapshot) <= took_s * snapshots + 2
        if snapshots == 2:
            assert heard.count(keys.now_of(HELSE)) > 2 * heard.count(keys.snapshot)

    run(local_parts.redis_url, does)
