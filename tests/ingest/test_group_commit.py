"""Commits that go together: each has its own answer, errors stay apart, a server that lost the script is told it."""

import asyncio

import pytest
from redis.exceptions import RedisError, ResponseError

from streams.ingest.group_commit import GroupCommit
from streams.redis_client import Client
from tests.ingest.conftest import Run

pytestmark = pytest.mark.real

# Counts how often it ran for a key; fails where it is told to.
SCRIPT = """
if ARGV[1] == 'fail' then return redis.error_reply('as asked') end
return {ARGV[1], redis.call('INCR', KEYS[1])}
"""


def test_each_of_many_has_its_own_answer(run: Run) -> None:
    async def does(client: Client) -> None:
        commit = GroupCommit[list[bytes | int]](client, SCRIPT)
        asked = [commit([f"group:{n % 7}"], [n if n % 10 else "fail"]) for n in range(100)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for n, answer in enumerate(answers):
            if n % 10:
                assert isinstance(answer, list)
                assert answer[0] == str(n).encode()
            else:
                assert isinstance(answer, ResponseError)
        counts = await client.mget([f"group:{n}" for n in range(7)])
        assert sum(int(count or 0) for count in counts) == 90

    run(does)


def test_they_go_together_while_one_is_on_its_way(run: Run) -> None:
    async def does(client: Client) -> None:
        commit = GroupCommit[list[bytes | int]](client, SCRIPT)
        await commit(["group:a"], [0])
        before = (await client.info("stats"))["total_reads_processed"]
        await asyncio.gather(*(commit(["group:a"], [n]) for n in range(200)))
        reads = (await client.info("stats"))["total_reads_processed"] - before
        assert reads < 20, "two hundred commits came in as many reads as that"

    run(does)


@pytest.mark.fault(3)
def test_a_server_that_forgot_the_script_is_told_it_again(run: Run) -> None:
    async def does(client: Client) -> None:
        commit = GroupCommit[list[bytes | int]](client, SCRIPT)
        assert await commit(["group:a"], ["x"]) == [b"x", 1]
        await client.script_flush()
        assert await asyncio.gather(*(commit(["group:a"], ["y"]) for _ in range(3))) == [[b"y", n] for n in (2, 3, 4)]

    run(does)


def test_whoever_waits_learns_that_the_server_is_gone(run: Run) -> None:
    async def does(client: Client) -> None:
        gone = Client.from_url("redis://127.0.0.1:1")  # nothing listens there
        commit = GroupCommit[list[bytes]](gone, SCRIPT)
        answers = await asyncio.gather(*(commit(["group:a"], [n]) for n in range(3)), return_exceptions=True)
        assert [isinstance(answer, RedisError) for answer in answers] == [True, True, True]
        await gone.aclose()

    run(does)


def test_whatever_goes_wrong_is_told_to_all_who_wait(run: Run) -> None:
    async def does(client: Client) -> None:
        commit = GroupCommit[list[bytes | int]](client, SCRIPT)
        unsendable: list[bytes | str | int] = [object()]  # type: ignore[list-item]
        asked = [commit(["group:a"], [1]), commit(["group:a"], unsendable)]
        async with asyncio.timeout(5):
            answers = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(answer, Exception) for answer in answers)
        assert await commit(["group:a"], [2])

    run(does)
