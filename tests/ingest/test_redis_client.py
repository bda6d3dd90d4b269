"""The client of Redis on the loop that workers run on."""

import asyncio
from typing import Any

import pytest
import uvloop
from redis.exceptions import ConnectionError as RedisConnectionError

from streams.redis_client import connect
from streams.settings import load

pytestmark = pytest.mark.real


@pytest.mark.parametrize("new_loop", [uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
def test_a_connection_that_broke_unnoticed_is_made_again(
    new_loop: type[asyncio.AbstractEventLoop], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SVARTID_REDIS_URL", redis_url)

    async def does() -> None:
        client = connect(load())
        try:
            connection: Any = await client.connection_pool.get_connection()  # type: ignore[no-untyped-call]
            await connection.send_command("PING")
            assert await connection.read_response() == b"PONG"
            connection._writer.transport.abort()
            await asyncio.sleep(0)  # the loop has closed it; redis-py does not know
            with pytest.raises(RedisConnectionError):
                await connection.send_command("PING")
                await connection.read_response()
            await client.connection_pool.release(connection)
            assert await client.ping()
        finally:
            await client.aclose()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(does())
