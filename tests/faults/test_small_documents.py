"""Rows 1 and 22: the small documents while their writer is killed, another takes over, and Redis dies and comes back.

Somebody enters a queue twenty times a second, and nobody leaves it: so whoever is told fewer than had come some seconds
before has believed what was old, and at the end nobody may be missing.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import orjson
import pytest
import redis

from streams.local import Valkey
from tests.events import visit
from tests.faults.running import Supervised
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

NAME = "phone/personbruker/helse"
EVERY_S, LOOK_EVERY_S = 0.05, 0.02
OLDEST_S = 8.0  # what a dead owner showed last is believed for 5 s, and said at most a second later; and a slow machine


class Reader(threading.Thread):
    """Sends, and reads as any other service would; `wrong` is what it was told and should not have been."""

    def __init__(self, installation: Installation) -> None:
        super().__init__(daemon=True)
        self._of = installation
        self._client = redis.Redis.from_url(installation.env["SVARTID_REDIS_URL"])
        self.sent: list[float] = []
        self.is_sending, self.is_over = True, False
        self.wrong: list[tuple[float, int, int]] = []
        self.believed = 0

    def run(self) -> None:
        while not self.is_over:
            if self.is_sending and (not self.sent or time.time() - self.sent[-1] > EVERY_S):
                self._send()
            self._note()
            time.sleep(LOOK_EVERY_S)

    def _send(self) -> None:
        now_ms = time.time_ns() // 1_000_000
        (entry,) = visit(f"who-{len(self.sent)}", now_ms, line=NAME)
        key = f"{len(self.sent)}".encode()
        self.sent.append(time.time())
        self._of.send([Produced("phone", key, orjson.dumps(entry), now_ms)])

    def waiting(self) -> int | None:
        """As it is told; None where it may believe nothing, or nobody knows."""
        keys = self._of.keys
        try:
            packed, believed = self._client.mget(keys.now_of(NAME), keys.now)
        except redis.RedisError:
            return None
        if not packed or not believed or time.time() * 1000 > orjson.loads(believed)["until_ms"]:
            return None
        waiting: int | None = orjson.loads(packed)["waiting"]
        return waiting

    def _note(self) -> None:
        least = sum(at < time.time() - OLDEST_S for at in self.sent)
        told = self.waiting()
        if told is not None:
            self.believed += 1
            if not least <= told <= len(self.sent):
                self.wrong.append((time.time(), told, least))


@contextmanager
def reading(installation: Installation) -> Iterator[Reader]:
    """Until the block ends."""
    reader = Reader(installation)
    reader.start()
    try:
        yield reader
    finally:
        reader.is_over = True
        reader.join()


def ends_right(reader: Reader, installation: Installation) -> None:
    """All who came are told of, and nobody was told of what was old."""
    reader.is_sending = False
    eventually(
        lambda: reader.waiting() == len(reader.sent),
        lambda: f"{len(reader.sent)} wait, and {reader.waiting()} are told of; the workers said\n{installation.said}",
        60,
    )
    assert reader.wrong == []
    assert reader.believed > 20


@pytest.mark.fault(1)
def test_a_writer_that_is_killed_leaves_nothing_old_and_whoever_takes_over_misses_nothing(
    behind: Installation,
) -> None:
    """
    one     |--------X
    other      |-----------------X
    third            |----------------X   (then nobody is there)
    """
    with reading(behind) as reader:
        behind.start()
        eventually(reader.waiting, lambda: f"it is told\n{behind.said}", 60)
        behind.start()
        for _ in range(2):
            behind.wait_ready()
            kill_writer(behind)
            behind.start()
            time.sleep(2)
        behind.wait_ready()
        ends_right(reader, behind)
        for worker in behind.workers:
            worker.kill()
        eventually(lambda: reader.waiting() is None, "none is believed any more", OLDEST_S)
        assert behind.redis.exists(behind.keys.now_of(NAME)), "it lies there still"


def kill_writer(installation: Installation) -> None:
    """At once, whatever it is about to do."""
    holder = eventually(lambda: installation.redis.get(installation.keys.publisher), "somebody writes")
    assert isinstance(holder, bytes)
    pid = int(holder.rpartition(b"-")[2])
    os.kill(pid, signal.SIGKILL)
    (killed,) = (worker for worker in installation.workers if worker.process.pid == pid)
    killed.wait()
    installation.workers.remove(killed)


@pytest.mark.fault(22)
def test_a_redis_that_dies_and_comes_back_is_told_all_again(behind: Installation, own_redis: Valkey) -> None:
    with reading(behind) as reader:
        supervised = Supervised(behind)
        supervised.until(lambda: bool(reader.waiting()), "it is told")
        time.sleep(1)
        own_redis.kill()
        time.sleep(3)
        own_redis.start()
        supervised.until(lambda: bool(reader.waiting()), "it is told again")
        with suppress(redis.RedisError):
            behind.redis.delete(*behind.redis.keys(f"{behind.keys.now}*"))  # and forgets
        time.sleep(1)
        reader.is_sending = False
        supervised.until(lambda: reader.waiting() == len(reader.sent), "all who came are told of")
        ends_right(reader, behind)
