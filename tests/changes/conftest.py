"""A Valkey that only these tests have, as each empties it."""

from collections.abc import Iterator

import pytest

from streams.local import Valkey
from streams.local.ports import free_ports


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is."""
    server = Valkey(tmp_path_factory.mktemp("changes"), free_ports(1)[0], append_only=False)
    server.start()
    try:
        yield server.url
    finally:
        server.kill()
