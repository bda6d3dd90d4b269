"""A Redis of the test's own, with a network in front of it that can be hurt."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.local import LocalParts, Valkey
from tests.faults.parts import valkey
from tests.faults.proxy import Proxy
from tests.faults.running import Around
from tests.ingest.installation import Installation


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Valkey]:
    """One server that a test may hurt."""
    with valkey(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def network(own_redis: Valkey) -> Iterator[Proxy]:
    """In front of it."""
    with Proxy(own_redis.address) as proxy:
        yield proxy


@pytest.fixture
def behind(local_parts: LocalParts, own_redis: Valkey, network: Proxy, tmp_path: Path) -> Iterator[Installation]:
    """An installation on that server; its workers reach it through that network, the test itself does not."""
    brokers = local_parts.kafka_brokers
    around = Around(brokers, own_redis.url, brokers, f"redis://{network.address}/0")
    made = around.installation(f"test-{uuid.uuid4().hex[:8]}", tmp_path)
    yield made
    made.close()
