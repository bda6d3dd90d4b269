"""A value in Redis is changed by hand under an idle worker: it ends and says why, and the next one mends it."""

import pytest

from tests.conftest import Installations
from tests.ingest.admin import forget_all
from tests.ingest.generated import generate
from tests.ingest.test_restored import in_redis

pytestmark = pytest.mark.real

WITHIN_S = 60.0


@pytest.mark.fault(26)
def test_a_worker_notices_what_was_changed_and_the_next_restores_it(installations: Installations) -> None:
    """
    Kafka    |------|  forgets them
    Redis                             a value is changed   a hash is deleted
    worker     |----|           |-----------X                                  |-----|
    """
    installation = installations({"phone": 1, "chat": 1})
    installation.send(record for record in generate(71, 600).records if record.channel in ("phone", "chat"))
    installation.drain()
    before = in_redis(installation)
    forget_all(installation.brokers, installation.partitions)
    (phone, chat), redis = (installation.keys.partition(name) for name in installation.partitions), installation.redis

    worker = installation.start()
    worker.wait_until_reading()
    line = min(field for field in redis.hkeys(phone.totals) if b"/" in field)
    redis.hset(phone.totals, line, b"garbage")
    assert worker.wait(WITHIN_S) == 3, worker.said
    said = " ".join(worker.said.split())
    assert f"svartid: {phone.totals} has a value that is not what was written" in said
    assert "Start again: the worker restores the partition from its checkpoint" in said

    redis.delete(chat.intervals)
    installation.drain()
    told = {line["key"]: line for line in installation.workers[-1].lines("Redis does not hold what was committed")}
    assert told.keys() == {phone.totals, chat.intervals}
    assert in_redis(installation) == before
