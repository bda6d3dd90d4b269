"""What is lost under a worker's feet, or was never there: it says so, and never goes on as if nothing were."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaProducer

from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real


@pytest.mark.fault(4)
def test_a_store_that_is_emptied_is_filled_again_from_the_log(installation: Installation) -> None:
    """
    worker    |-------X (it notices)
    Redis           emptied
    worker                |--------------
    """
    log = generate(7, 12_000)
    with installation.sending(log.records, ahead=2000):
        worker = installation.start()
        installation.wait_committed(4000)
        installation.redis.delete(*installation.redis.keys(f"*{installation.name}*"))
        assert worker.wait(30) == 3, worker.said
        assert "it lost writes or was emptied. Start again" in " ".join(worker.said.split())
        installation.start().wait_until_reading()
    installation.wait_committed(len(log.records))
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())


@pytest.mark.fault(3, 8)
def test_a_worker_with_nothing_to_read_notices_that_redis_went_back(installation: Installation) -> None:
    """As after a failover to a replica that was behind: no commit comes that would be refused."""
    log = generate(17, 2000)
    worker = installation.start()
    installation.send(log.records[:800])
    installation.wait_committed(800)
    keys = [key for name in installation.partitions for key in installation.keys.partition(name).committed()]
    earlier = {key: installation.redis.dump(key) for key in keys}
    installation.send(log.records[800:])
    installation.wait_committed(len(log.records))
    installation.redis.delete(*keys)
    for key, packed in earlier.items():
        if packed:
            installation.redis.restore(key, 0, packed)
    assert worker.wait(30) == 3, worker.said
    assert "it lost writes or was emptied. Start again" in " ".join(worker.said.split())
    installation.drain()
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())


def test_a_rejected_topic_that_is_not_there_does_not_stop_the_figures(installation: Installation) -> None:
    log = generate(8, 500)
    bad = Produced("phone", b"k", b"no event", log.records[0].timestamp)
    installation.send([*log.records, bad])
    worker = installation.start("--drain", SVARTID_REJECTED_TOPIC=f"{installation.name}-nowhere")
    assert worker.wait(60) == 0, worker.said
    assert worker.lines("cannot write to the rejected topic")
    assert installation.counters() == {"accepted": len(log.records), "rejected:broken_json": 1}
    assert_books_agree(log.books, installation.totals())


@pytest.mark.fault(10)
def test_a_log_shorter_than_what_was_counted_of_it_is_told(installation: Installation) -> None:
    """As after a topic was deleted and made anew: what comes now would be passed over as counted already."""
    log = generate(9, 400)
    installation.send(log.records[:200])
    installation.drain()
    for name in installation.partitions:
        installation.redis.hincrby(installation.keys.partition(name).meta, "offset", 10_000)
    installation.send(log.records[200:])
    worker = installation.start()
    eventually(lambda: "the topic was made anew. Set SVARTID_NAMESPACE" in worker.get("/isready")[1], worker.said)
    with pytest.raises(AssertionError, match="not within"):
        eventually(lambda: worker.process.poll() is not None, "it ends", 8)
    assert installation.counters() == {"accepted": 200}
    assert installation.start("--drain").wait(30) == 1


def test_what_a_transaction_took_back_is_not_counted_and_its_markers_are_no_obstacle(
    installation: Installation,
) -> None:
    log, taken_back = generate(10, 300), generate(12, 300)

    async def send(records: Sequence[Produced], *, commit: bool) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=installation.brokers, transactional_id=installation.name)
        async with producer:
            await producer.begin_transaction()
            for r in records:
                await producer.send(installation.topics[r.channel], r.value, r.key, timestamp_ms=r.timestamp)
            await (producer.commit_transaction() if commit else producer.abort_transaction())

    asyncio.run(send(taken_back.records, commit=False))
    asyncio.run(send(log.records, commit=True))
    installation.drain()
    assert installation.counters() == {"accepted": len(log.records)}
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())


@pytest.mark.fault(10)
def test_verify_tells_a_log_shorter_than_what_was_counted_of_it(installation: Installation) -> None:
    installation.send(generate(13, 50).records)
    installation.drain()
    installation.redis.hincrby(installation.keys.partition(installation.partitions[0]).meta, "offset", 10_000)
    ran = installation.run("verify")
    assert (ran.returncode, "the topic was made anew" in " ".join(ran.stderr.split())) == (1, True), ran.stderr


@pytest.mark.fault(2)
def test_a_worker_that_is_fenced_but_still_the_groups_choice_does_not_stay_idle(installation: Installation) -> None:
    """As when another claimed the partitions late, after a pause, and was killed before it could join the group."""
    log = generate(11, 400)
    installation.send(log.records[:200])
    worker = installation.start(SVARTID_STALL_TIMEOUT_S="4")
    installation.wait_committed(200)
    for name in installation.partitions:
        installation.redis.hincrby(installation.keys.partition(name).meta, "epoch", 1)
    installation.send(log.records[200:])
    eventually(
        lambda: worker.process.poll() == 3 or installation.committed() == len(log.records),
        lambda: f"it takes them again, or ends and says so with 3; it said\n{worker.said}",
        within_s=12,
    )
