"""Small documents on a real Valkey: each is written when it changes, by one writer, and is never believed when old."""

import asyncio
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from streams.fresh import FRESH_S
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve.configuration import Configured
from streams.serve.serving import DONE, Switch
from tests.events import START_MS, visit
from tests.serve.publishing import Part, announce, clock_at, publisher, run
from tests.serve.smalls import (
    ARBEID,
    GROUP,
    HELSE,
    all_in_redis,
    breaking,
    listening,
    members,
    one_part,
    read_small,
    said,
    waiting,
    wrong,
)
from tests.serve.test_queue_dates import centre_with

pytestmark = pytest.mark.real

LATER_MS = round(FRESH_S * 1000) + 1000


def test_they_say_what_the_whole_says_in_the_same_step(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS - 60_000))
        shows = publisher(client, keys, [part])
        for n in range(5):
            part.fold(visit(f"b{n}", START_MS - 1000 * n, line=ARBEID))
            await shows.publish()
            assert await wrong(client, keys) == {}
        assert (await waiting(client, keys), await waiting(client, keys, ARBEID)) == (1, 5)
        small = await read_small(client, keys, GROUP, START_MS)
        assert small is not None and small["oldest_entered_ms"] == START_MS - 60_000

    run(local_parts.redis_url, does)


def test_only_what_changed_is_written_and_announced(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS - 60_000))
        shows = publisher(client, keys, [part])
        async with listening(client, keys) as heard:
            await shows.publish()
            first = await heard.names()
            assert len(first) == len(set(first)) > 10
            before = await said(client, keys)
            await client.set(keys.now_of(ARBEID), b"nobody writes it anew")
            await shows.publish()
            assert await heard.names() == [], "ages grow, and nothing is written"
            believed = await said(client, keys)
            assert (believed["number"], believed["by"]) == (before["number"], before["by"])
            part.fold(visit("b", START_MS))
            await shows.publish()
            told = await heard.messages()
        assert sorted(name for name, _ in told) == [GROUP, HELSE]
        assert dict(told)[HELSE] == await client.get(keys.now_of(HELSE)), "the announcement is the document"
        assert (await said(client, keys))["number"] == before["number"] + 1
        assert await client.get(keys.now_of(ARBEID)) == b"nobody writes it anew"

    run(local_parts.redis_url, does)


def test_until_when_they_may_be_believed_is_renewed_by_each_publish_and_goes_by_itself(
    local_parts: LocalParts, keys: Keys
) -> None:
    async def does(client: Client) -> None:
        shows = publisher(client, keys, [one_part(visit("a", START_MS))])
        for later in (0, 1000):
            shows._clock = clock_at(START_MS + later)
            await shows.publish()
            until_ms = (await said(client, keys))["until_ms"]
            assert 0 <= until_ms - (START_MS + later) - FRESH_S * 1000 < 500
            assert 0 < await client.pttl(keys.now) <= FRESH_S * 1000
        assert await waiting(client, keys, now_ms=until_ms) == 1
        assert await waiting(client, keys, now_ms=until_ms + 1) is None, "the writer died"
        await client.pexpire(keys.now, 0)  # by Redis' clock, whatever the reader's says
        assert await waiting(client, keys) is None

    run(local_parts.redis_url, does)


def test_who_takes_over_writes_all_as_it_does_not_know_what_is_there(local_parts: LocalParts, keys: Keys) -> None:
    """
    first    | writes |             | (was away) writes nothing |
    second            | writes all                              |
    """

    async def does(client: Client) -> None:
        mine = one_part(visit("a", START_MS))
        await announce(client, keys, [mine])
        first = publisher(client, keys, [mine], instance="first")
        second = publisher(client, keys, [mine], instance="second")
        await first.publish()
        by = (await said(client, keys))["by"]
        await second.publish()
        assert (await said(client, keys))["by"] == by, "another is the writer"

        await client.delete(keys.publisher)  # as if the first had written nothing for long
        await client.set(keys.now_of(ARBEID), b"spoiled")
        mine.fold(visit("b", START_MS))
        async with listening(client, keys) as heard:
            await second.publish()
            assert set(await heard.names()) == (await all_in_redis(client, keys)).keys()
        assert await wrong(client, keys) == {} and await waiting(client, keys) == 2
        assert (await said(client, keys))["by"] != by

        mine.fold(visit("c", START_MS))
        written = await client.mget(keys.now, keys.now_of(HELSE))
        await first.publish()
        assert await client.mget(keys.now, keys.now_of(HELSE)) == written, "it is no longer the writer"
        await client.delete(keys.publisher)
        await first.publish()
        assert await wrong(client, keys) == {} and await waiting(client, keys) == 3

    run(local_parts.redis_url, does)


def configured(*ids: str) -> Configured:
    listed = ", ".join(f'"{id_}"' for id_ in ids)
    return centre_with(f'[[queues]]\nchannel = "phone"\naudience = "personbruker"\nids = [{listed}]\n')


@pytest.mark.parametrize("by_another", [False, True], ids=["in a worker that runs", "by one who takes over"])
def test_a_queue_that_is_gone_has_no_document_any_more(local_parts: LocalParts, keys: Keys, by_another: bool) -> None:
    async def does(client: Client) -> None:
        before, after = configured("helse", "gammel"), configured("helse", "ny")
        part = one_part(visit("a", START_MS))
        shows = publisher(client, keys, [part], by=before)
        await shows.publish()
        assert f"{GROUP}/gammel" in await all_in_redis(client, keys)
        async with listening(client, keys) as heard:
            if by_another:
                await client.delete(keys.publisher)
                shows = publisher(client, keys, [part], instance="another", by=after)
            shows._configured = lambda: after
            await shows.publish()
            told = dict(await heard.messages())
        assert told[f"{GROUP}/gammel"] == b"", "and who waits for it is told"
        there = await all_in_redis(client, keys)
        assert f"{GROUP}/gammel" not in there and f"{GROUP}/ny" in there
        assert await members(client, keys) == {keys.now_of(name) for name in there}

    run(local_parts.redis_url, does)


@pytest.mark.fault(8)
@pytest.mark.parametrize("forgets", ["a step", "all"])
def test_a_redis_that_went_back_in_time_is_told_again(local_parts: LocalParts, keys: Keys, forgets: str) -> None:
    """A replica that lagged is the primary now, or a file was cut: what the writer knows is not what is there."""

    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS))
        shows = publisher(client, keys, [part])
        await shows.publish()
        was: dict[str, Any] = {
            key: await client.dump(key) for key in [keys.now, keys.now_of(HELSE), keys.now_of(GROUP)]
        }
        part.fold(visit("b", START_MS))
        await shows.publish()
        assert await waiting(client, keys) == 2
        if forgets == "all":
            await client.delete(*await client.keys(f"{{{keys.namespace}}}*"))
        else:
            for key, packed in was.items():
                await client.restore(key, 5000 if key == keys.now else 0, packed, replace=True)
            assert await waiting(client, keys) == 1
        await shows.publish()
        assert await waiting(client, keys) == 2 and await wrong(client, keys) == {}

    run(local_parts.redis_url, does)


@pytest.mark.fault(5)
@pytest.mark.parametrize("arrives", [False, True], ids=["not done", "done, and the answer lost"])
def test_a_step_of_which_nobody_knows_whether_it_was_done_loses_nothing(
    local_parts: LocalParts, keys: Keys, arrives: bool
) -> None:
    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS))
        shows = publisher(client, keys, [part])
        await shows.publish()
        part.fold(visit("b", START_MS))
        with breaking(shows, arrives=arrives), pytest.raises(RedisConnectionError):
            await shows.publish()
        broken = await said(client, keys)
        part.fold(visit("b", START_MS, ("queue.answered", 1000))[1:])  # as it was before the step
        await shows.publish()
        assert await waiting(client, keys) == 1 and await wrong(client, keys) == {}
        assert (await said(client, keys))["number"] > broken["number"], "a number is of what was written, once"

    run(local_parts.redis_url, does)


@pytest.mark.parametrize("wrong_ms", [60_000, -60_000])
def test_where_the_writer_s_clock_is_wrong_none_is_believed(local_parts: LocalParts, keys: Keys, wrong_ms: int) -> None:
    async def does(client: Client) -> None:
        part, is_wrong = one_part(visit("a", START_MS)), [0]
        shows = publisher(client, keys, [part], wrong_ms=lambda: is_wrong[0])
        await shows.publish()
        assert await waiting(client, keys) == 1
        is_wrong[0] = wrong_ms
        part.fold(visit("b", START_MS))
        await shows.publish()
        assert await client.get(keys.now) is None and await waiting(client, keys) is None
        is_wrong[0] = 0
        await shows.publish()
        assert await waiting(client, keys) == 2 and await wrong(client, keys) == {}

    run(local_parts.redis_url, does)


def test_of_a_state_that_is_not_served_there_are_none(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        green_keys = Keys(keys.namespace, "green")
        main = publisher(client, keys, [one_part(visit("a", START_MS))], instance="main")
        green = publisher(client, green_keys, [one_part(visit("a", START_MS), visit("b", START_MS))], instance="green")
        await green.publish()
        assert await all_in_redis(client, keys) == {}
        await main.publish()
        await green.publish()
        assert await waiting(client, keys) == 1
        assert await Switch(client, keys).to("green", 1) == DONE
        await main.publish()
        assert await waiting(client, keys) == 1, "till the other writes"
        while green.latest is None:
            await green.publish()
            await asyncio.sleep(0.02)
        assert await waiting(client, keys) == 2 and await wrong(client, keys) == {}
        await main.publish()
        assert await waiting(client, keys) == 2

    run(local_parts.redis_url, does)


def test_keys_that_hold_something_else_are_written_over(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        for key in (keys.now, keys.now_of(HELSE)):
            await client.rpush(key, "x")
        await client.set(keys.now_keys, "x")
        shows = publisher(client, keys, [one_part(visit("a", START_MS))])
        await shows.publish()
        assert await waiting(client, keys) == 1 and await wrong(client, keys) == {}
        assert len(await client.smembers(keys.now_keys)) == len(await all_in_redis(client, keys))

    run(local_parts.redis_url, does)


@pytest.mark.fault(20)
def test_a_partition_whose_owner_is_dead_makes_those_of_its_channel_stale(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        mine, others = one_part(visit("a", START_MS)), Part("t-1")
        await announce(client, keys, [mine, others])
        first = publisher(client, keys, [mine], instance="first")
        second = publisher(client, keys, [others], instance="second")
        await first.publish()
        await second.publish()
        await first.publish()
        assert await waiting(client, keys) == 1
        await client.pexpire(keys.partition("t-1").view, 0)  # its owner wrote none for so long
        await first.publish()
        small = await read_small(client, keys, HELSE, START_MS)
        assert small is not None and (small["state"], small["waiting"]) == ("stale", None)
        assert await wrong(client, keys) == {}

    run(local_parts.redis_url, does)
