"""Row 22: Kafka, Redis or both die and do not come back for a while; the worker tells, waits, and is whole again after.

events    |----|      |--|            (while the dead are dead: to a Kafka that lives)
part      -----X~~~~~~~~~~|--------
worker    ready|  not ready   |ready
"""

import asyncio
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from streams import kafka
from streams.local import Kafka, Valkey, create_topics
from streams.local.kit import prepare
from streams.local.ports import free_ports
from streams.local.process import Part
from streams.settings import load
from tests.faults.running import Around
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker
from tests.terminal import Terminal

SVARTID = Path(sys.executable).with_name("svartid")

pytestmark = [pytest.mark.real, pytest.mark.fault(22)]

TOLD_WITHIN_S = 10.0
WHOLE_WITHIN_S = 15.0
LEFT_OUT_S = 12.0  # the next look for topics, and what is fresh
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


COMMANDS = (
    *("snapshot", "history", "verify", "rebuild", "repartition", "retire", "doctor"),
    *("compare", "switch main"),
)
MUTE_S = 12.0  # redis-py alone is mute for longer; doctor asks Kafka, too


@pytest.mark.parametrize("command", COMMANDS)
def test_a_redis_that_hangs_is_told_by_every_command(mortal: Installation, own_redis: Valkey, command: str) -> None:
    own_redis.pause()
    began = time.monotonic()
    ran = mortal.run(*command.split(), COLUMNS="250")
    own_redis.resume()
    said = " ".join((ran.stdout + ran.stderr).split())
    assert ran.returncode == (1 if command == "doctor" else 3), said
    assert "it does not answer" in said
    assert time.monotonic() - began < MUTE_S


ASKING = ("verify", "rebuild", "repartition", "retire", "doctor", "produce", "simulate")
TOLD_S = 8.0  # what is waited for
GIVEN_UP_S = 30.0  # 12 s and what a start takes where others use the cores too; the clients alone would wait for 40


@pytest.fixture
def frozen(mortal: Installation, broker: Kafka) -> Iterator[Kafka]:
    """The broker of an installation that has counted something; it goes on at the end."""
    mortal.send(generate(223, 300).records)
    mortal.drain()
    try:
        yield broker
    finally:
        broker.resume()


SILENT = "takes connections and does not answer", "start it again, or set SVARTID_KAFKA_BROKERS"
ALONE = "answers, and knows of no broker in its cluster", "look at their logs and the broker's, or set"


def told_of_silence(worker: Worker, broker: Kafka, how: tuple[str, str] = SILENT) -> None:
    """What it waits for, which broker, and for how long: soon; then what helps, and 3. A doctor has found a problem."""
    silent, helps = f"cannot reach Kafka at {broker.address}: it {how[0]}", how[1]
    began = time.monotonic()
    within(lambda: f"svartid: {silent}. Waiting for 9 s more" in worker.said, "it says so", worker, TOLD_S)
    code = worker.wait(GIVEN_UP_S - (time.monotonic() - began))
    said = " ".join(worker.said.split())
    assert code == (1 if "what to do" in said else 3), said
    assert said.rpartition(silent)[0].count(silent), "as what it waited for, and as what ended it"
    assert helps in said
    assert "Traceback" not in said and "never retrieved" not in said, said


@pytest.mark.parametrize("command", ASKING)
def test_a_kafka_that_hangs_is_told_by_every_command(mortal: Installation, frozen: Kafka, command: str) -> None:
    events = mortal.folder / "events.ndjson"
    events.write_bytes(b"\n".join(record.value or b"" for record in generate(223, 20).records))
    arguments = {"produce": (str(events),), "rebuild": ("--yes", "--no-wait")}.get(command, ())
    frozen.pause()
    told_of_silence(mortal.start(*arguments, command=command, COLUMNS="400"), frozen)


@pytest.mark.parametrize("command", ["snapshot", "history", "switch"])
def test_who_asks_redis_alone_does_not_wait_for_kafka(mortal: Installation, frozen: Kafka, command: str) -> None:
    frozen.pause()
    began = time.monotonic()
    ran = mortal.run(command, *(["main"] if command == "switch" else []))
    assert ran.returncode in (0, 1), ran.stderr
    assert "Kafka" not in ran.stderr
    assert time.monotonic() - began < TOLD_S


def test_a_kafka_that_hangs_under_who_sends_is_waited_for(mortal: Installation, frozen: Kafka) -> None:
    """
    kafka     ------~~~~~~~~|--------~~~~~~~~~~~~~~~~~~
    simulate  sends | told  | sends | told            | 3
    """
    sends = mortal.start("--speed=60", "--hours=12", "--start=2025-03-04T10:00", command="simulate", COLUMNS="400")

    def written() -> int:
        return sum(len(records) for records in mortal.log().values())

    eventually(lambda: written() > 400, lambda: f"it sends; it said {sends.said}", 30)
    frozen.pause()
    within(lambda: "it takes connections and does not answer. Waiting for 27 s more" in sends.said, "told", sends, 9)
    frozen.resume()
    within(lambda: "Kafka answers again" in sends.said, "told", sends, 9)
    before = written()
    eventually(lambda: written() > before, lambda: f"it sends; it said {sends.said}", 30)
    frozen.pause()
    assert sends.wait(45) == 3, sends.said
    assert "does not answer, for 30 s now" in " ".join(sends.said.split())


def test_what_it_waits_for_is_told_in_a_terminal_too(mortal: Installation, frozen: Kafka) -> None:
    frozen.pause()
    began = time.monotonic()
    with Terminal([SVARTID, "verify"], mortal.env, 200, 40, mortal.folder) as terminal:
        told = "it takes connections and does not answer. Waiting for 9 s more"
        eventually(lambda: told in terminal.said, lambda: f"it says so: {terminal.said}", TOLD_S)
        assert terminal.process.wait(GIVEN_UP_S - (time.monotonic() - began)) == 3


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


def is_alone(broker: Kafka) -> bool:
    trouble = asyncio.run(kafka.trouble(load().model_copy(update={"kafka_brokers": broker.address})))
    return isinstance(trouble, kafka.Alone)


def fenced(folder: Path, beat_ms: int, session_ms: int) -> Kafka:
    """A broker that tells its controller seldom that it lives: once the session is over it is left out of its cluster,
    and says so to who asks, itself included."""
    port, kit = free_ports(1)[0], prepare(None, lambda _: None)
    settings = {"broker.heartbeat.interval.ms": beat_ms, "broker.session.timeout.ms": session_ms}
    return Kafka(folder / "fenced", port, kit, settings=settings)


def test_a_kafka_that_knows_of_no_broker_is_told_by_all(own_redis: Valkey, tmp_path: Path) -> None:
    """aiokafka takes it for a new cluster, and waits for as long as one lets it."""
    broker = fenced(tmp_path, 900_000, 12_000)
    broker.start()
    try:
        around = Around(broker.address, own_redis.url, broker.address, own_redis.url)
        installation = around.installation(f"test-{uuid.uuid4().hex[:8]}", tmp_path)
        events = tmp_path / "events.ndjson"
        log = generate(223, 20).records
        events.write_bytes(b"\n".join(record.value or b"" for record in log))
        installation.send(log)
        worker = installation.start()
        within(worker.is_ready, "it is ready", worker, 30)
        eventually(lambda: is_alone(broker), "it is left out of its cluster", 30)
        within(lambda: is_told_stale(installation) and not worker.is_ready(), "it is told", worker, LEFT_OUT_S)

        asked = [
            installation.start(*of, command=command, COLUMNS="400")
            for command, *of in (("verify",), ("produce", str(events)), ("worker",))
        ]
        for command in asked[:2]:
            told_of_silence(command, broker, ALONE)
        assert ALONE[0] in " ".join(installation.run("doctor", COLUMNS="400").stdout.split())
        code, said = asked[2].get("/isready")
        assert code == 503 and ALONE[0] in said, "as it began so"

        broker.restart()
        within(worker.is_ready, "it is ready again", worker, WHOLE_WITHIN_S)
    finally:
        broker.kill()


def test_topics_are_made_once_there_is_a_broker_to_make_them(tmp_path: Path) -> None:
    """As after a freeze: for a moment Kafka answers, and knows of nobody who could."""
    broker = fenced(tmp_path, 5_000, 2_000)
    broker.start()
    try:
        eventually(lambda: is_alone(broker), "it is left out of its cluster", 30)
        create_topics(broker.address, {"late": 1})
        assert not is_alone(broker)
    finally:
        broker.kill()
