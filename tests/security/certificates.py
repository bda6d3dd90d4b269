"""Certificates for one test: an authority, and the PEM files that servers and clients get from it."""

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its chain, its private key, and both in one file."""

    chain: Path
    key: Path
    both: Path


class Authority:
    """A certificate authority of its own; `ca` is the file to trust it by."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._authority = trustme.CA()
        self.ca = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(self.ca)

    def issue(self, name: str) -> Certificate:
        """For a host name, an address or a user."""
        issued = self._authority.issue_cert(name, common_name=name)
        # Kafka reads keys as PKCS 8 alone.
        key = load_pem_private_key(issued.private_key_pem.bytes(), password=None)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
        made = Certificate(*(self._folder / f"{name}-{part}.pem" for part in ("chain", "key", "both")))
        made.chain.write_bytes(chain)
        made.key.write_bytes(pem)
        made.both.write_bytes(pem + chain)
        return made
