"""Redis lost for good: the figures come back from the checkpoints and the log, or it is told what is missing."""

import json
import time
from typing import Any

import msgspec
import pytest

from streams.ingest.checkpoints import unpack
from tests.conftest import Installations
from tests.ingest.admin import extents, forget_all, put
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.sending import everything
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

NOTE_OF_ITS_OWN = {b"epoch", b"owner", b"rebuild", b"committed_at", b"whole", b"sizes"}  # what a restart may change


def in_redis(installation: Installation) -> dict[str, Any]:
    """All that Redis holds of the partitions."""
    found: dict[str, Any] = {}
    for name in installation.partitions:
        hashes: list[Any] = [installation.redis.hgetall(key) for key in installation.keys.partition(name).committed()]
        found[name] = [{field: of[field] for field in of.keys() - NOTE_OF_ITS_OWN} for of in hashes]
        if b"watermark" not in hashes[0]:
            del found[name][0][b"books"]  # nothing was counted: it begins anew each time
    return found


def lose_redis(installation: Installation) -> None:
    """As when it comes back empty; the other tests' keys are left."""
    installation.redis.delete(*installation.redis.keys(f"*{installation.name}*"))


def newest(installation: Installation) -> dict[bytes, bytes]:
    """The checkpoint topic's records by key."""
    records = everything(installation.brokers, installation.checkpoint_topic, 0)
    return {key: value for key, value in records if key and value}


@pytest.mark.fault(4, 10)
def test_what_kafka_has_forgotten_comes_back_from_the_checkpoints(installation: Installation) -> None:
    """
    events    |-------------|   (Kafka forgets them)      |-------|
    worker    |--------------|                    |---------------|
    Redis                       emptied
    """
    log = generate(21, 6_000)
    half = len(log.records) // 2
    installation.send(log.records[:half])
    installation.drain()
    before = in_redis(installation)
    lose_redis(installation)
    forget_all(installation.brokers, installation.partitions)
    installation.drain()
    assert in_redis(installation) == before
    installation.send(log.records[half:])
    installation.drain()
    assert_books_agree(log.books, installation.totals())
    assert installation.counters() == {"accepted": len(log.records)}
    assert (installation.snapshot() or {})["records"]["lost"] == 0


@pytest.mark.fault(4)
def test_a_running_worker_writes_checkpoints(installation: Installation) -> None:
    log = generate(22, 3_000)
    with installation.sending(log.records, ahead=500):
        worker = installation.start(SVARTID_CHECKPOINT_EVERY_S="0.5")
        installation.wait_committed(len(log.records) // 3)
        eventually(lambda: len({key.rpartition(b"/")[0] for key in newest(installation)}) == 6, "all that has events")
        status, metrics = worker.get("/metrics")
        assert status == 200 and "svartid_worker_checkpoints_total" in metrics
        worker.kill()
        lose_redis(installation)
        installation.start()
    installation.wait_committed(len(log.records))
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())


@pytest.mark.fault(4)
def test_a_broken_checkpoint_is_named_and_the_one_before_it_used(installation: Installation) -> None:
    log = generate(23, 3_000)
    for part in (log.records[:1000], log.records[1000:2000]):
        installation.send(part)
        installation.drain()
    name = max(installation.partitions, key=lambda n: extents(installation.brokers, [n])[n][1])
    saved = {key: unpack(value) for key, value in newest(installation).items() if name.encode() in key}
    key = max(saved, key=lambda k: saved[k].offset)
    older = min(checkpoint.offset for checkpoint in saved.values())
    assert older < saved[key].offset, "two of them"
    value = bytearray(newest(installation)[key])
    value[len(value) // 2] ^= 1
    put(installation.brokers, installation.checkpoint_topic, key, bytes(value))
    lose_redis(installation)
    installation.send(log.records[2000:])
    worker = installation.start("--drain")
    assert worker.wait(60) == 0, worker.said
    assert [line["partition"] for line in worker.lines("a checkpoint is broken")] == [name]
    restored = {line["partition"]: line["offset"] for line in worker.lines("restored from a checkpoint")}
    assert restored[name] == older
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())


@pytest.mark.fault(4, 10)
def test_broken_checkpoints_of_events_that_are_gone_are_told_as_lost(installation: Installation) -> None:
    log = generate(24, 1_000)
    half = len(log.records) // 2
    installation.send(log.records[:half])
    installation.drain()
    for key in newest(installation):
        put(installation.brokers, installation.checkpoint_topic, key, b"no checkpoint")
    gone = {name: end for name, (_, end) in extents(installation.brokers, installation.partitions).items()}
    forget_all(installation.brokers, installation.partitions)
    lose_redis(installation)
    installation.send(log.records[half:])
    worker = installation.start()
    installation.wait_committed(len(log.records))
    lost = sum(gone.values())
    assert sum(line["lost"] for line in worker.lines("events are lost")) == lost == half
    eventually(lambda: ((installation.snapshot() or {}).get("records") or {}).get("lost") == lost, "it is shown")
    assert f"svartid_lost_records {float(lost)}" in worker.get("/metrics")[1]
    assert worker.stop() == 0
    assert installation.start("--drain").wait(60) == 0
    assert (installation.snapshot() or {})["records"]["lost"] == lost, "a restart does not forget it"

    verified = installation.run("verify", "--json")
    found = json.loads(verified.stdout)
    assert (verified.returncode, found["differences"]) == (4, {}), "all that can be compared is alike, and not all can"
    assert found["lost"] == {name: n for name, n in gone.items() if n}


@pytest.mark.fault(10)
def test_events_gone_before_they_were_read_are_told_as_lost(installation: Installation) -> None:
    log = generate(25, 900)
    installation.send(log.records[:300])
    installation.drain()
    installation.send(log.records[300:600])
    forget_all(installation.brokers, installation.partitions)
    installation.send(log.records[600:])
    worker = installation.start("--drain")
    assert worker.wait(60) == 0, worker.said
    assert sum(line["lost"] for line in worker.lines("events are lost")) == 300
    assert (installation.snapshot() or {})["records"]["lost"] == 300
    counters = installation.counters()
    assert counters.pop("without_entry") > 0, "the entries of some are among the lost"
    assert counters == {"accepted": len(log.records) - 300}


@pytest.mark.fault(10)
def test_events_gone_under_a_worker_are_told_as_lost_though_no_event_follows(installations: Installations) -> None:
    """
    events    |--------|    |--| (Kafka forgets them)
    worker    |--------STOP         CONT--X|------
    """
    one = installations({"phone": 1})
    log = [record for record in generate(28, 600).records if record.channel == "phone"]
    one.send(log[:100])
    stall = {"SVARTID_STALL_TIMEOUT_S": "5", "SVARTID_SESSION_TIMEOUT_S": "30"}
    worker = one.start(**stall)
    one.wait_committed(100)
    worker.pause()
    time.sleep(2)  # so that the fetch that is on its way is answered before there is anything to read
    one.send(log[100:150])
    forget_all(one.brokers, one.partitions)
    worker.resume()
    assert worker.wait(60) == 3, worker.said
    again = one.start(**stall)
    assert again.wait_for("events are lost: Kafka no longer keeps them, and no checkpoint reaches them")["lost"] == 50
    eventually(lambda: ((one.snapshot() or {}).get("records") or {}).get("lost") == 50, "it is shown")
    assert again.stop() == 0


@pytest.mark.fault(3)
def test_a_checkpoint_that_reaches_further_replaces_a_redis_that_went_back(installation: Installation) -> None:
    """As when Redis is restored from a backup that is older than what Kafka keeps."""
    log = generate(26, 2_000)
    half = len(log.records) // 2
    installation.send(log.records[:half])
    installation.drain()
    backup = {
        key: installation.redis.dump(key)
        for name in installation.partitions
        for key in installation.keys.partition(name).committed()
    }
    installation.send(log.records[half:])
    installation.drain()
    after = in_redis(installation)
    for key, packed in backup.items():
        installation.redis.delete(key)
        if packed:
            installation.redis.restore(key, 0, packed)
    forget_all(installation.brokers, installation.partitions)
    installation.drain()
    assert in_redis(installation) == after
    assert_books_agree(log.books, installation.totals())


def test_without_the_topic_a_worker_says_so_and_goes_on(installation: Installation) -> None:
    log = generate(27, 300)
    installation.send(log.records)
    worker = installation.start("--drain", SVARTID_CHECKPOINT_TOPIC=f"{installation.name}-nowhere")
    assert worker.wait(60) == 0, worker.said
    assert len(worker.lines("NO CHECKPOINTS")) == 1
    installation.verify(len(log.records))


def test_the_state_of_a_build_without_tails_and_checkpoints_is_read_on(installation: Installation) -> None:
    log = generate(28, 600)
    installation.send(log.records[:300])
    installation.drain()
    for name in installation.partitions:
        installation.redis.hdel(installation.keys.partition(name).meta, "tail", "rebuild", "lost")
    installation.redis.delete(installation.keys.counts)
    installation.send(log.records[300:])
    installation.drain()
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())


def test_a_checkpoint_by_other_definitions_is_not_mixed_with_ours(installation: Installation) -> None:
    log = generate(29, 300)
    installation.send(log.records)
    installation.drain()
    lose_redis(installation)
    forget_all(installation.brokers, installation.partitions)
    worker = installation.start(SVARTID_PSEUDONYM_KEY="another key")
    assert worker.wait(30) == 1, worker.said
    assert "in its checkpoint were made by other definitions" in " ".join(worker.said.split())


def test_what_is_packed_can_be_told_from_what_was_changed() -> None:
    from streams.ingest.checkpoints import Broken, pack

    hashes: Any = [{b"offset": b"7", b"began": b"2"}, *[{} for _ in range(5)]]
    value = pack("t-0", "rules", hashes)
    found = unpack(value)
    assert (found.offset, found.began, found.tail, found.hashes()) == (7, 2, None, hashes)
    for wrong in (value[:-1], b"", value[:31], bytes([value[0] ^ 1]) + value[1:], msgspec.msgpack.encode("x")):
        with pytest.raises(Broken):
            unpack(wrong)
