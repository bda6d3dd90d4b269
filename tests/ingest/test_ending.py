"""Asked to end in the middle of anything, a worker ends soon, and what it had begun is whole."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Installations
from tests.forked import SVARTID
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

GRACE_S = 10.0


@pytest.mark.fault(16)
def test_sigterm_in_mid_batch(installation: Installation) -> None:
    log = generate(3, 40_000)
    half = len(log.records) // 2
    for signals, records in ((1, log.records[:half]), (2, log.records[half:])):
        before = installation.committed()
        installation.send(records)
        worker = installation.start()
        installation.wait_committed(before + 1)  # the first batch is done: the others are being folded
        for _ in range(signals):
            worker.terminate()
        assert worker.wait(GRACE_S) == 0, worker.said
    installation.drain()
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())


@pytest.mark.fault(33)
@pytest.mark.parametrize("after_s", [0, 0.3, 0.6, 1.2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_it_has_begun(installation: Installation, number: signal.Signals, after_s: float) -> None:
    """While it imports, connects, or joins its group: the same code as later."""
    worker = installation.start(program=(SVARTID,))  # with the imports, which are most of what is tried here
    eventually(lambda: catches_sigterm(worker.process.pid), "it has handlers of its own")
    assert worker.said == "", "it hears it before it has begun anything"
    with pytest.raises(subprocess.TimeoutExpired):
        worker.process.wait(after_s)
    worker.process.send_signal(number)
    assert worker.wait(GRACE_S) == 0, worker.said
    assert "Traceback" not in worker.said


@pytest.mark.fault(16)
def test_it_ends_soon_while_the_group_waits_for_another(installation: Installation) -> None:
    """The broker lets nobody in before all members have said that they go on, or their sessions have run out."""
    patient = {"SVARTID_SESSION_TIMEOUT_S": "30"}
    other = installation.start(**patient)
    eventually(other.is_ready, lambda: f"it reads; it said\n{other.said}", 60)
    other.pause()
    try:
        worker = installation.start(**patient)
        eventually(lambda: "ConsumerThread]: Starting" in worker.said, lambda: f"it joins; it said\n{worker.said}", 60)
        with pytest.raises(subprocess.TimeoutExpired):
            worker.process.wait(1)  # by then it waits for the broker's answer
        worker.terminate()
        assert worker.wait(GRACE_S / 2) == 0, worker.said
    finally:
        other.resume()
    eventually(other.is_ready, lambda: f"it reads on; it said\n{other.said}", 60)


def catches_sigterm(pid: int) -> bool:
    """Whether a process has a handler for it, as Linux tells."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt:"))
    return bool(int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def test_two_installations_share_one_redis_and_one_cluster(installations: Installations) -> None:
    both = [(installations(), generate(seed, 4_000)) for seed in (4, 5)]
    for installation, log in both:
        installation.send(log.records)
        installation.start("--drain")
    for installation, log in both:
        assert installation.workers[0].wait(60) == 0, installation.workers[0].said
        installation.verify(len(log.records))
        assert_books_agree(log.books, installation.totals())
        assert installation.counters() == {"accepted": len(log.records)}
