"""The client of Redis on the loop that workers run on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import uvloop
from redis.exceptions import ConnectionError as RedisConnectionError

from streams.local import Valkey
from streams.local.ports import free_ports
from streams.redis_client import connect, trouble
from streams.settings import load
from streams.tls import BadConnectionSetting
from tests.ingest.installation import Installation

pytestmark = pytest.mark.real


def test_a_redis_on_a_file_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = tmp_path / "redis.sock"
    server = Valkey(tmp_path / "redis", *free_ports(1), options={"unixsocket": str(socket)})
    server.start()
    monkeypatch.setenv("SVARTID_REDIS_URL", f"unix://{socket}?db=0")

    async def does() -> bool:
        client = connect(load())
        try:
            return bool(await client.ping())
        finally:
            await client.aclose()

    try:
        assert asyncio.run(does())
    finally:
        server.kill()
    assert socket.exists()
    assert asyncio.run(trouble(load())) == f"cannot reach Redis at {socket}: nobody listens there"
    socket.unlink()
    assert asyncio.run(trouble(load())) == f"cannot reach Redis at {socket}: nobody listens there"


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    "url",
    [
        "redis://h/abc",  # where redis-py takes database 0
        "redis://h/1/2",  # 12
        "redis://h/-1",
        "redis://h:0/1",  # port 6379
        "redis://h:6379/0?decode_responses=1",  # text
        "redis://h:65536/0",
        "http://h:1",
        "redis://h?db=abc",
        "redis://h?no_such_thing=1",
        "redis://h?protocol=9",
        "redis://h?encoding=nope",
        "redis://h?encoding_errors=nope",
        "redis://h?max_connections=1",
        "redis://h?socket_timeout=-1",
        "redis://h?socket_timeout=0",
        "redis://h?client_name=a%20b",
        "redis://h?health_check_interval=x",
        "redis://h?retry=1",
        "redis://h?parser_class=x",
        "redis://h?db",
        "rediss://h?ssl_cert_reqs=bogus",
        "redis://a..b",
        "redis://h²/٣",
        f"redis://{'h' * 300}",
    ],
)
def test_a_url_that_would_be_read_as_another_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVARTID_REDIS_URL", url)
    with pytest.raises(BadConnectionSetting, match="SVARTID_REDIS_URL is no Redis URL"):
        connect(load())


@pytest.mark.fault(33)
def test_a_database_that_redis_does_not_have_is_a_wrong_setting(installation: Installation) -> None:
    url = installation.env["SVARTID_REDIS_URL"].rpartition("/")[0] + "/9999"
    for command, code in ((("snapshot",), 2), (("worker", "--drain"), 2), (("worker",), 2), (("doctor",), 1)):
        ran = installation.run(*command, SVARTID_REDIS_URL=url, COLUMNS="300")
        assert (ran.returncode, "Traceback" in ran.stderr) == (code, False), ran.stderr
        assert "SVARTID_REDIS_URL names a database that Redis at" in ran.stderr + ran.stdout


@pytest.mark.parametrize("url", ["redis://h", "redis://h/", "redis://h:1/2", "redis://h?db=3&socket_timeout=2"])
def test_a_url_that_can_be(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVARTID_REDIS_URL", url)
    connect(load())


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
