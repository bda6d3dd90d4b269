"""The Kafka and the Valkey that all processes of one run of pytest share.

Each test takes topics, a namespace and a group of its own, so that one of each serves all: a broker for each process
would cost a start and the rest that a broker never has. Whoever needs them first starts them, and ends them when
nobody needs them any more: after its last test, as pytest gives a test and its fixtures only so long.
"""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from streams.local import Kafka, LocalParts, Valkey
from streams.local.kit import prepare

POLL_S = 0.1


class SharedParts:
    """What this process has of them."""

    def __init__(self) -> None:
        self._undo = ExitStack()

    def need(self, folder: Path) -> LocalParts:
        """Started, if they are not; `folder` is the same for all processes of the run."""
        users = self._undo.enter_context((folder / "users").open("w"))
        where = folder / "parts.json"
        with _alone(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            if where.exists():
                return _of_another(json.loads(where.read_text()))
            parts = self._undo.enter_context(LocalParts())
            where.write_text(json.dumps([str(parts.folder), parts.kafka.port, parts.valkey.port]))
        self._undo.callback(_wait_for_the_others, users, folder, where)
        return parts

    def close(self) -> None:
        """Who started them waits for the others, and ends them."""
        self._undo.close()


def _of_another(told: tuple[str, int, int]) -> LocalParts:
    """Parts that another process started, and ends."""
    folder, of_kafka, of_valkey = told
    parts = LocalParts()
    parts.folder = Path(folder)
    parts.kafka = Kafka(parts.folder / "kafka", of_kafka, prepare(parts.java, parts.on_progress))
    parts.valkey = Valkey(parts.folder / "valkey", of_valkey)
    return parts


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "alone").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _wait_for_the_others(users: IO[str], folder: Path, where: Path) -> None:
    """Whoever comes afterwards starts others."""
    while True:
        with _alone(folder):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                where.unlink()
                return
        time.sleep(POLL_S)
