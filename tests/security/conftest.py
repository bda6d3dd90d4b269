"""A Kafka and a Redis that speak TLS to those alone whom their authority gave a certificate."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest

from streams.local import Kafka, LocalParts
from streams.local.ports import HOST, free_ports
from tests.ingest.installation import Installation
from tests.programs import program
from tests.security.certificates import Authority, Certificate
from tests.security.servers import PASSWORDS, USERS, Guarded, broker_with_tls, tls_options


@dataclass(frozen=True, slots=True)
class Secured:
    """Both servers, and what a worker needs to reach them."""

    kafka: Kafka
    kafka_tls: str
    redis: Guarded
    redis_tls_port: int
    authority: Authority
    stranger: Authority  # gave nobody here anything
    worker: Certificate

    @property
    def kafka_brokers(self) -> str:
        """The address without TLS, for the test."""
        return self.kafka.address

    @property
    def redis_url(self) -> str:
        """The admin's, without TLS, for the test."""
        return self.redis.url

    def env(self) -> dict[str, str]:
        """What a worker is set up with."""
        return {
            "SVARTID_KAFKA_BROKERS": self.kafka_tls,
            "SVARTID_KAFKA_CA_PATH": str(self.authority.ca),
            "SVARTID_KAFKA_CERTIFICATE_PATH": str(self.worker.chain),
            "SVARTID_KAFKA_PRIVATE_KEY_PATH": str(self.worker.key),
            "SVARTID_REDIS_URL": self.login("svartid-worker", PASSWORDS["svartid-worker"]),
            "SVARTID_REDIS_CA_PATH": str(self.authority.ca),
            "SVARTID_REDIS_CERTIFICATE_PATH": str(self.worker.chain),
            "SVARTID_REDIS_PRIVATE_KEY_PATH": str(self.worker.key),
        }

    def login(self, user: str, password: str, host: str = HOST) -> str:
        """The URL of Redis with TLS."""
        return f"rediss://{user}:{quote(password, safe='')}@{host}:{self.redis_tls_port}/0"


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Debian's Redis, as the wheels' servers were built without TLS."""
    folder = tmp_path_factory.mktemp("secured")
    authority, stranger = Authority(folder / "authority"), Authority(folder / "stranger")
    (port,) = free_ports(1)
    options = tls_options(port, authority.issue(HOST), authority)
    server = Guarded(folder / "redis", program("redis-server"), USERS.read_text(), options)
    kafka, address = broker_with_tls(folder / "kafka", authority)
    try:
        for part in (server, kafka):
            part.launch()
        for part in (server, kafka):
            part.wait_ready()
        yield Secured(kafka, address, server, port, authority, stranger, authority.issue("worker"))
    finally:
        for part in (server, kafka):
            part.kill()


@pytest.fixture
def behind_tls(secured: Secured, tmp_path: Path) -> Iterator[Installation]:
    """One whose workers and commands go through TLS, as the worker's user; the test itself does not."""
    parts = cast(LocalParts, secured)
    made = Installation(parts, "svartid", tmp_path)
    made.env |= secured.env()
    yield made
    made.close()
