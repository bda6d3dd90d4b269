"""Row 5: a network to Redis that loses answers, is slow, falls silent and breaks connections, in mid-run."""

import pytest

from streams.local import Valkey
from tests.faults.chain import Chain
from tests.faults.parts import COMMIT
from tests.faults.proxy import Proxy
from tests.faults.running import Note, Supervised
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation

pytestmark = pytest.mark.real

LOST, RESETS = 10, 6
SLOW_S = 0.3


@pytest.mark.fault(5)
def test_every_batch_is_applied_once_whatever_the_network_does(
    behind: Installation, network: Proxy, own_redis: Valkey, record_property: Note
) -> None:
    """
    events    |------------------------------------------------------------------|
    network        answers to commits lost | resets | slow | silent |
    """
    log = generate(105, 8_000)
    share = len(log.records) // 8
    with Chain(own_redis.url) as chain, behind.sending(log.records, chunk=50, ahead=300):
        supervised = Supervised(behind)
        supervised.committed(share)
        network.cut_after(COMMIT, LOST)
        supervised.until(lambda: not network.cuts_left, "all of the answers that were to be lost are")
        for n in range(RESETS):
            supervised.committed(behind.committed() + 1 + n)
            network.cut()
        network.delay_s = SLOW_S
        supervised.committed(behind.committed() + share // 8)
        network.delay_s = 0.0
        lost = network.lost
        network.loses_answers = True
        supervised.until(lambda: network.lost >= lost + 2, "answers are lost, and nobody hears of it")
        network.loses_answers = False
        assert behind.committed() < len(log.records), "all this was to happen in mid-stream"
        supervised.committed(len(log.records))
    chain.check(least=LOST + RESETS)
    record_property("tries", network.lost + network.resets)
    behind.verify(len(log.records))
    assert_books_agree(log.books, behind.totals())
    assert behind.counters() == {"accepted": len(log.records)}
