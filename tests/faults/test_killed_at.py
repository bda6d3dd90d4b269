"""Row 1: kill -9 at the three moments of a commit: before it is sent, before its answer comes, and after it."""

import os
import signal
import threading

import pytest

from streams.local import Valkey
from tests.faults.chain import Chain
from tests.faults.parts import COMMIT
from tests.faults.proxy import Proxy
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation

pytestmark = pytest.mark.real


class Trigger:
    """Kills a process once, at a moment of its next commit."""

    def __init__(self, network: Proxy, moment: str) -> None:
        self._network, self._moment = network, moment
        self._pid, self._commit_is_out = 0, False
        network.on_request, network.on_answer = self._asked, self._answered
        self.killed = threading.Event()

    def arm(self, pid: int) -> None:
        """From now on."""
        self._commit_is_out, self._pid = False, pid
        self.killed.clear()

    def _asked(self, data: bytes) -> None:
        if not self._pid or COMMIT not in data:
            return
        self._commit_is_out = True
        if self._moment != "after its answer":
            self._kill()
        if self._moment == "before it is sent":
            raise ConnectionResetError("it was killed before it sent this")

    def _answered(self, _: bytes) -> None:
        if self._pid and self._commit_is_out:
            threading.Timer(0.001, self._kill).start()  # when this has been passed on

    def _kill(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
        self._pid = 0
        self.killed.set()


@pytest.mark.fault(1)
@pytest.mark.parametrize("moment", ["before it is sent", "before its answer", "after its answer"])
def test_every_event_counts_once(behind: Installation, network: Proxy, own_redis: Valkey, moment: str) -> None:
    log = generate(101, 3_000)
    trigger = Trigger(network, moment)
    with Chain(own_redis.url) as chain, behind.sending(log.records, chunk=50, ahead=500):
        worker = behind.start()
        behind.wait_committed(len(log.records) // 3)
        trigger.arm(worker.process.pid)
        assert trigger.killed.wait(30), worker.said
        assert worker.wait() == -signal.SIGKILL
        assert behind.committed() < len(log.records), "this was to happen in mid-stream"
        behind.start()
        behind.wait_committed(len(log.records))
    chain.check(least=10)
    behind.verify(len(log.records))
    assert_books_agree(log.books, behind.totals())
