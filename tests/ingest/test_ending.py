"""Asked to end in the middle of anything, a worker ends soon, and what it had begun is whole."""

import pytest

from tests.conftest import Installations
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation

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
