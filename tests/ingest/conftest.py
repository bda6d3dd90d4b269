"""The servers on which the commit's contract is tested: the wheel's Valkey, and the machine's own Redis."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.local import Valkey
from streams.local.ports import free_ports
from streams.local.valkey import embedded_server
from streams.redis_client import Client, connect
from streams.settings import Settings

Run = Callable[[Callable[[Client], Awaitable[Any]]], None]


def _binary(kind: str) -> Path:
    if kind == "valkey":
        return embedded_server()
    found = shutil.which("redis-server")
    if found is None:
        missing = "there is no redis-server on the PATH (Debian has it as redis-server)"
        if os.environ.get("SVARTID_TEST_NO_SKIP") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return Path(found)


@pytest.fixture(scope="session", params=["valkey", "redis"])
def redis_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty server."""
    folder = tmp_path_factory.mktemp(request.param)
    server = Valkey(folder, free_ports(1)[0], append_only=False, binary=_binary(request.param))
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
