"""Row 8: a replica that lags becomes the primary; the former one is read-only until nobody asks it any more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from streams.local import Valkey
from tests.faults.chain import Chain
from tests.faults.parts import valkey
from tests.faults.proxy import Proxy
from tests.faults.running import Supervised
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Valkey]:
    """Another server, alone as yet."""
    with valkey(tmp_path / "replica") as server:
        yield server


@pytest.mark.fault(8)
def test_one_line_of_commits_that_of_the_new_primary(
    behind: Installation, network: Proxy, own_redis: Valkey, replica: Valkey
) -> None:
    """
    primary   |--------------------| demoted: READONLY
    replica   |------- (lags)      | promoted, what it lacks is lost |---------
    workers   |--------------------------(refused) | led here |----------------
    """
    log = generate(108, 4_000)
    third = len(log.records) // 3
    old, new = redis.Redis.from_url(own_redis.url), redis.Redis.from_url(replica.url)
    with Proxy(own_redis.address) as between, Chain(own_redis.url) as first, Chain(replica.url) as second:
        new.replicaof("127.0.0.1", between.port)
        eventually(lambda: new.info("replication")["master_link_status"] == "up", "it follows")
        supervised = Supervised(behind)
        with behind.sending(log.records[:third], chunk=50):
            supervised.committed(third // 2)
        between.stall()
        with behind.sending(log.records[third : 2 * third], chunk=50):
            supervised.committed(2 * third)

        new.replicaof("NO", "ONE")
        before, behind.redis = behind.committed(), new
        assert 0 < behind.committed() < before, "it lags"
        old.replicaof("127.0.0.1", replica.port)
        behind.send(log.records[2 * third :])
        supervised.worker.wait_for("cannot commit to Redis")
        network.target = replica.address
        network.cut()
        supervised.committed(len(log.records))
        assert supervised.ends, "that it went back was noticed"
        eventually(lambda: old.info("replication")["master_link_status"] == "up", "the former primary follows")
        behind.verify(len(log.records))
        assert_books_agree(log.books, behind.totals())
        eventually(lambda: lineage(old, behind) == lineage(new, behind), "both have the same")
    first.check()
    second.check()
    old.close()


def lineage(client: redis.Redis, installation: Installation) -> list[object]:
    """Epoch, owner and offset of each partition."""
    metas = [installation.keys.partition(name).meta for name in installation.partitions]
    return [client.hmget(meta, "epoch", "owner", "offset") for meta in metas]
