"""Workers killed, joined and left while events stream in: every event counts once, in the books and in the recount."""

import random

import pytest

from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation

pytestmark = pytest.mark.real

RECORDS = 40_000


@pytest.mark.parametrize("seed", [20_250_304])
@pytest.mark.fault(1)
def test_every_event_counts_once_through_kill_9_and_joins(installation: Installation, seed: int) -> None:
    """
    events    |--------------------------------------------------------|
    worker 1  |------X  X---------X  X-----------------------------------
    worker 2                            |----------T
    drain                                                                |--|
    """
    log = generate(seed, RECORDS)
    chance = random.Random(seed)
    with installation.sending(log.records, ahead=4000):
        worker = installation.start()
        for share in (0.1, 0.3):
            installation.wait_committed(round(RECORDS * (share + 0.1 * chance.random())))
            worker.kill()
            worker = installation.start()
        second = installation.start()
        second.wait_until_reading()
        installation.wait_committed(round(RECORDS * 0.6))
        assert installation.committed() < RECORDS, "all this was to happen in mid-stream"
        assert second.stop() == 0, second.said
    installation.wait_committed(len(log.records))
    assert worker.stop() == 0, worker.said
    installation.drain()
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())
    assert installation.counters() == {"accepted": len(log.records)}
