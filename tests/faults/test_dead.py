"""Row 22: Kafka, Redis or both die and do not come back for a while; the worker tells, waits, and is whole again after.

events    |----|      |--|            (while the dead are dead: to a Kafka that lives)
part      -----X~~~~~~~~~~|--------
worker    ready|  not ready   |ready
"""

import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from streams.local import Kafka, Valkey
from streams.local.kit import prepare
from streams.local.ports import free_ports
from streams.local.process import Part
from tests.faults.running import Around
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

pytestmark = [pytest.mark.real, pytest.mark.fault(22)]

TOLD_WITHIN_S = 10.0
WHOLE_WITHIN_S = 15.0
MOST_LINES = 20  # of log, for a whole outage


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One that the tests may kill."""
    kafka = Kafka(tmp_path_factory.mktemp("broker"), free_ports(1)[0], prepare(None, lambda _: None))
    kafka.start()
    try:
        yield kafka
    finally:
        kafka.kill()


@pytest.fixture
def mortal(broker: Kafka, own_redis: Valkey, tmp_path: Path) -> Iterator[Installation]:
    """An installation on parts that may die."""
    around = Around(broker.address, own_redis.url, broker.address, own_redis.url)
    made = around.installation(f"test-{uuid.uuid4().hex[:8]}", tmp_path)
    yield made
    made.close()


def within(look: Callable[[], bool], what: str, worker: Worker, seconds: float) -> None:
    """Fails where that is not so in time."""
    eventually(look, lambda: f"{what}; the worker said\n{worker.said}", seconds)


def is_told_stale(of: Installation) -> bool:
    """As a reader sees it: nobody answers, the document is old, or it says so itself."""
    try:
        found = of.snapshot()
    except redis.RedisError:
        return True
    return found is None or time.time() * 1000 > found["fresh_until_ms"] or found["status"] == "stale"


@pytest.mark.parametrize("who", ["kafka", "redis", "both"])
def test_the_dead_are_told_waited_for_and_made_up_for(
    mortal: Installation, broker: Kafka, own_redis: Valkey, who: str
) -> None:
    log = generate(221, 1_200)
    mortal.send(log.records[:600])
    worker = mortal.start(SVARTID_STALL_TIMEOUT_S="4")  # what is waited for is no stall
    mortal.wait_committed(600)
    mortal.wait_ready()
    lines = len(worker.said.splitlines())
    dead: dict[str, list[Part]] = {"kafka": [broker], "redis": [own_redis], "both": [broker, own_redis]}
    for part in dead[who]:
        part.kill()
    if who == "redis":
        mortal.send(log.records[600:])
    within(lambda: not worker.is_ready(), "it is not ready", worker, TOLD_WITHIN_S)
    within(lambda: is_told_stale(mortal), "the snapshot is stale", worker, TOLD_WITHIN_S)
    _, why = worker.get("/isready")
    assert ("Kafka" if who == "kafka" else "Redis") in why or who == "both"
    with pytest.raises(AssertionError, match="not within"):
        eventually(lambda: worker.process.poll() is not None, "it ends", 5)
    assert len(worker.said.splitlines()) - lines <= MOST_LINES, worker.said
    for part in dead[who]:
        part.start()
    within(worker.is_ready, "it is ready again", worker, WHOLE_WITHIN_S)
    within(lambda: not is_told_stale(mortal), "the snapshot is fresh again", worker, WHOLE_WITHIN_S)
    if who != "redis":
        mortal.send(log.records[600:])
    mortal.wait_committed(len(log.records))
    mortal.verify(len(log.records))
    assert_books_agree(log.books, mortal.totals())
    assert worker.stop() == 0, "the same one, all the while"


FOLDS_NOTHING = """
import asyncio
from streams.cli import main
from streams.ingest.app import IngestApp

async def waits(*_):
    await asyncio.Event().wait()

IngestApp.process = waits
main()
"""


def test_kafka_dies_in_a_rebuild(mortal: Installation, broker: Kafka) -> None:
    """
    part      X ~~~~~~~~~~~~~~~~
    rebuilt   |--- (it takes long)
    shown     rebuilding |stale
    """
    mortal.send(generate(222, 300).records)
    worker = mortal.start(program=(sys.executable, "-c", FOLDS_NOTHING))

    def shown(status: str) -> bool:
        return (mortal.snapshot() or {}).get("status") == status

    within(lambda: shown("rebuilding"), "it is rebuilding", worker, 60)
    broker.kill()
    within(lambda: shown("stale"), "the snapshot is stale", worker, TOLD_WITHIN_S)
    found = mortal.snapshot()
    assert found is not None
    assert found["unread_partitions"]
    assert "phone" in found["rebuilding"]["channels"], "and how far it is"
    within(
        lambda: {feed["status"] for feed in (mortal.snapshot() or found)["feeds"].values()} == {"stale"},
        "each feed is stale",
        worker,
        TOLD_WITHIN_S,
    )
    worker.kill()
    broker.start()


COMMANDS = ("snapshot", "history", "verify", "rebuild", "repartition", "doctor")
MUTE_S = 30.0  # redis-py alone is mute for longer; doctor asks Kafka, too


@pytest.mark.parametrize("command", COMMANDS)
def test_a_redis_that_hangs_is_told_by_every_command(mortal: Installation, own_redis: Valkey, command: str) -> None:
    own_redis.pause()
    began = time.monotonic()
    ran = mortal.run(command, COLUMNS="250")
    own_redis.resume()
    said = " ".join((ran.stdout + ran.stderr).split())
    assert ran.returncode == (1 if command == "doctor" else 3), said
    assert "it does not answer" in said
    assert time.monotonic() - began < MUTE_S


def test_a_rebalance_while_redis_is_dead_is_waited_out(mortal: Installation, own_redis: Valkey) -> None:
    """
    redis     ---X~~~~~~~~~~~~~~~~~~~~~~~~~~~|-----
    second    -----X
    third     ------------X
    first     ready|    gets their partitions, and waits|ready
    """
    log = generate(222, 1_200)
    mortal.send(log.records[:600])
    first, second, third = mortal.start(), mortal.start(), mortal.start()
    mortal.wait_committed(600)
    mortal.wait_ready()
    own_redis.kill()
    second.kill()
    mortal.workers.remove(second)
    first.wait_for("partitions are not taken")
    third.kill()
    mortal.workers.remove(third)
    within(lambda: "and 4 more: Redis" in first.get("/isready")[1], "the group gives it all seven", first, 30)
    within(lambda: "Redis cannot be asked" in first.get("/isready")[1], "it says what it waits for", first, 10)
    mortal.send(log.records[600:])
    with pytest.raises(AssertionError, match="not within"):
        eventually(lambda: first.process.poll() is not None, "it ends", 5)
    assert len(first.lines("partitions are not taken")) == 1
    assert not first.lines("over: partitions are not taken")
    own_redis.start()
    within(first.is_ready, "it is ready again", first, WHOLE_WITHIN_S)
    mortal.wait_committed(len(log.records))
    mortal.verify(len(log.records))
    assert first.stop() == 0, "the same one, all the while"


def test_a_worker_that_begins_before_its_parts_waits_for_them(mortal: Installation, own_redis: Valkey) -> None:
    own_redis.kill()
    worker = mortal.start()
    within(lambda: "cannot reach Redis at" in worker.get("/isready")[1], "it says what it waits for", worker, 20)
    assert worker.get("/isalive")[0] == 200
    assert len(worker.lines("waiting to begin")) == 1
    own_redis.start()
    within(worker.is_ready, "it is ready", worker, 30)
    own_redis.kill()
    assert mortal.start("--drain").wait(45) == 3, "who is asked for one thing is told that it cannot be done"
