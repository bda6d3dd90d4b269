"""Servers as an installation would have them: Redis with users and TLS, Kafka with TLS and client certificates."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import redis

from streams.local import Kafka, Valkey
from streams.local.kit import prepare
from streams.local.ports import HOST, free_ports
from tests.security.certificates import Authority, Certificate

USERS = Path(__file__).parents[2] / "deploy/redis/users.acl"
PASSWORDS = {
    "svartid-worker": "the-workers/own:password",
    "svartid-reader": "a reader's @password",
    "svartid-web": "the web's #password",
}
ADMIN = "user admin on nopass ~* &* +@all\n"  # the test's own, beside the installation's


class Guarded(Valkey):
    """A server with the users of an ACL file, to whom the passwords were given; `admin` may do everything."""

    def __init__(
        self, folder: Path, binary: Path, users: str, options: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        folder.mkdir(parents=True)
        file = folder / "users.acl"
        file.write_text(with_passwords(users) + ADMIN)
        super().__init__(folder, free_ports(1)[0], binary=binary, options={"aclfile": str(file), **options})

    @property
    def url(self) -> str:
        """The admin's."""
        return f"redis://admin:any@{self.address}/0"

    def admin(self) -> redis.Redis:
        """A client that may do everything."""
        return redis.Redis.from_url(self.url)

    def denied(self) -> list[str]:
        """What was denied since it started, by user, reason and command or key; the newest first."""
        with self.admin() as client:
            entries: list[dict[str, Any]] = client.acl_log()
        return [f"{entry['username']}: {entry['reason']} {entry['object']}" for entry in entries]


def with_passwords(users: str) -> str:
    """The file as an installation completes it: with the hash of each user's password."""
    for user, password in PASSWORDS.items():
        users, n = re.subn(
            rf"^user {user} on ", rf"\g<0>#{hashlib.sha256(password.encode()).hexdigest()} ", users, flags=re.M
        )
        assert n == 1, user
    return users


def broker_with_tls(
    folder: Path, authority: Authority, *, kind: type[Kafka] = Kafka, more: Mapping[str, object] = MappingProxyType({})
) -> tuple[Kafka, str]:
    """A broker, not started, and the address where it speaks TLS, to those alone whom `authority` gave a certificate.

    At its other address it is as ever, for the test itself. `more` adds to its settings.
    """
    port, controller, tls = free_ports(3)
    listeners = {"CLIENTS": port, "CONTROLLER": controller, "TLS": tls}
    settings = {
        "listeners": ",".join(f"{name}://{HOST}:{at}" for name, at in listeners.items()),
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL",
        "listener.name.tls.ssl.keystore.type": "PEM",
        "listener.name.tls.ssl.keystore.location": authority.issue(HOST).both,
        "listener.name.tls.ssl.truststore.type": "PEM",
        "listener.name.tls.ssl.truststore.location": authority.ca,
        "listener.name.tls.ssl.client.auth": "required",
        **more,
    }
    kafka = kind(folder, port, prepare(None, lambda _: None), controller, settings=settings)
    return kafka, f"{HOST}:{tls}"


def tls_options(port: int, certificate: Certificate, authority: Authority) -> dict[str, str]:
    """What makes Redis speak TLS on a port, to those alone whom `authority` gave a certificate."""
    return {
        "tls-port": str(port),
        "tls-cert-file": str(certificate.chain),
        "tls-key-file": str(certificate.key),
        "tls-ca-cert-file": str(authority.ca),
        "tls-auth-clients": "yes",
    }
