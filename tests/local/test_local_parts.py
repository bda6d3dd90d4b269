"""The local parts, for real: started, used, hurt, ended. Nothing here is a stand-in."""

import asyncio
import functools
import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

import config
from streams.local import Kafka, LocalParts, LocalPartsError, Valkey, create_topics
from streams.local.jars import Jar, class_path, pinned, sha256_of
from streams.local.java import Choice, Java, find_java
from streams.local.kit import prepare
from streams.local.ports import HOST, free_ports, is_free
from streams.settings import load
from tests.answers import answered
from tests.loopback import Handler, serving

TOPICS = config.load_channels().topics

pytestmark = pytest.mark.real

SVARTID = Path(sys.executable).with_name("svartid")
ENDED_WITHIN_S = 15


def progress(_: str) -> None:
    return


@pytest.fixture(scope="module")
def parts() -> Iterator[LocalParts]:
    with LocalParts(partitions=4) as running:
        yield running


def send(brokers: str, topic: str, value: bytes) -> None:
    async def once() -> None:
        async with AIOKafkaProducer(bootstrap_servers=brokers) as producer:
            await producer.send_and_wait(topic, value, partition=0)

    asyncio.run(once())


def everything(brokers: str, topic: str) -> list[bytes]:
    async def read() -> list[bytes]:
        async with AIOKafkaConsumer(bootstrap_servers=brokers, auto_offset_reset="earliest") as consumer:
            partition = TopicPartition(topic, 0)
            consumer.assign([partition])
            end = (await consumer.end_offsets([partition]))[partition]
            return [(await consumer.getone()).value for _ in range(end)]

    return asyncio.run(read())


def partitions_of(brokers: str) -> dict[str, int]:
    async def ask() -> dict[str, int]:
        admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
        await admin.start()
        try:
            return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
        finally:
            await admin.close()

    return asyncio.run(ask())


# --- both together


def test_the_topics_are_there(parts: LocalParts) -> None:
    found = partitions_of(parts.kafka_brokers)
    assert {topic: found[topic] for topic in TOPICS.values()} == dict.fromkeys(TOPICS.values(), 4)
    assert found[load().rejected_topic] == 1


def test_a_record_and_a_key_survive_kill_9(parts: LocalParts) -> None:
    create_topics(parts.kafka_brokers, {"survives": 1})
    send(parts.kafka_brokers, "survives", b"a record")
    client = redis.Redis.from_url(parts.redis_url)
    client.set("key", "value")
    before = parts.env(), parts.kafka.pid, parts.valkey.pid

    for part in parts.parts:
        part.kill()
        assert not part.running and not part.answers()
        part.restart()

    assert (parts.env(), parts.kafka.pid, parts.valkey.pid) != before
    assert parts.env() == before[0]
    assert everything(parts.kafka_brokers, "survives") == [b"a record"]
    assert client.get("key") == b"value"


def test_a_paused_part_is_there_but_silent(parts: LocalParts) -> None:
    for part in parts.parts:
        part.pause()
        assert part.running and not part.answers()
        part.resume()
        part.wait_ready()


def test_making_the_topics_again_is_harmless_but_another_size_is_refused(parts: LocalParts) -> None:
    create_topics(parts.kafka_brokers, {TOPICS["phone"]: 4})
    with pytest.raises(LocalPartsError, match="has 4 partitions already, not 5"):
        create_topics(parts.kafka_brokers, {TOPICS["phone"]: 5})


def test_topics_can_be_made_inside_an_event_loop(parts: LocalParts) -> None:
    async def inside() -> None:
        create_topics(parts.kafka_brokers, {"inside": 2}, {"retention.ms": "60000"})

    asyncio.run(inside())
    assert partitions_of(parts.kafka_brokers)["inside"] == 2


def test_a_kept_folder_is_kept_and_used_by_one_at_a_time(tmp_path: Path) -> None:
    with LocalParts(tmp_path) as first:
        send(first.kafka_brokers, TOPICS["chat"], b"kept")
        redis.Redis.from_url(first.redis_url).set("key", "kept")
        with pytest.raises(LocalPartsError, match="in use"):
            LocalParts(tmp_path).start()
    with LocalParts(tmp_path) as second:
        assert second.env() != first.env()
        assert everything(second.kafka_brokers, TOPICS["chat"]) == [b"kept"]
        assert redis.Redis.from_url(second.redis_url).get("key") == b"kept"


# --- each alone


@pytest.mark.parametrize("choice", ["path", "wheel"])
def test_either_java_runs_a_broker(choice: Choice, tmp_path: Path) -> None:
    try:
        find_java(choice)
    except LocalPartsError:
        assert choice == "path"
        pytest.skip("no Java 17 on the PATH")
    kit = prepare(choice, progress)
    kafka = Kafka(tmp_path, free_ports(1)[0], kit)
    try:
        kafka.start()
        create_topics(kafka.address, {"topic": 1})
        send(kafka.address, "topic", choice.encode())
        assert everything(kafka.address, "topic") == [choice.encode()]
        assert kit.java.major >= 17
        assert kit.fast_start or choice == "path"  # not every Java can archive classes; the one we bring can
    finally:
        kafka.kill()


@pytest.mark.parametrize(
    ("said", "major"), [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_432"', 1), ("", 0)]
)
def test_the_version_of_java(said: str, major: int) -> None:
    assert Java(Path("java"), said).major == major


def test_java_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LocalPartsError, match=r"no Java 17 or later: put one on the PATH"):
        find_java("path")


def test_a_part_that_dies_while_it_starts_says_why(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        valkey = Valkey(tmp_path, taken.getsockname()[1])
        with pytest.raises(LocalPartsError, match=r"Valkey has ended(.|\n)*already in use"):
            valkey.start()
    assert not valkey.running


def test_free_ports_are_free_and_differ() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(map(is_free, ports))


# --- the jars


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository on loopback, and jgo told to use no other."""
    folder = tmp_path / "repository"
    folder.mkdir()

    class Files(Handler, http.server.SimpleHTTPRequestHandler):
        """Those in a folder."""

    with serving(functools.partial(Files, directory=folder)) as address:
        settings = tmp_path / "jgo.conf"
        settings.write_text(f"[repositories]\ncentral = http://{address}\n")
        monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
        yield folder


def publish(repository: Path, content: bytes) -> Jar:
    path = repository / "no/example/thing/1.0/thing-1.0.jar"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return Jar("no.example:thing:1.0", sha256_of(path))


def test_a_jar_is_fetched_once_and_a_broken_copy_again(repository: Path, tmp_path: Path) -> None:
    jar = publish(repository, b"the jar")
    (path,) = class_path([jar], tmp_path / "jars", progress)
    assert path.read_bytes() == b"the jar"
    path.write_bytes(b"half the j")
    assert class_path([jar], tmp_path / "jars", progress)[0].read_bytes() == b"the jar"
    shutil.rmtree(repository)
    assert class_path([jar], tmp_path / "jars", progress) == [path]


def test_a_jar_with_another_hash_is_refused(repository: Path, tmp_path: Path) -> None:
    jar = publish(repository, b"the jar")
    publish(repository, b"another jar")
    with pytest.raises(LocalPartsError, match=r"no\.example:thing:1\.0 is not the jar that kafka-jars\.tsv pins"):
        class_path([jar], tmp_path / "jars", progress)
    assert not list((tmp_path / "jars").glob("*.jar"))


def test_a_jar_that_cannot_be_fetched_is_named(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(LocalPartsError, match=r"Cannot fetch no\.example:other:2\.0, and it is not in the cache"):
        class_path([Jar("no.example:other:2.0", "0" * 64)], tmp_path / "jars", progress)


def test_once_prepared_no_network_is_needed(parts: LocalParts, repository: Path) -> None:
    """The repository here is empty: any download would fail."""
    assert prepare(None, progress).jars
    assert [jar.coordinates for jar in pinned() if "log4j-slf4j-impl" in jar.coordinates]


# --- the command


def test_a_command_gets_the_addresses_and_gives_its_exit_code() -> None:
    script = 'test -n "$SVARTID_KAFKA_BROKERS" && test -n "$SVARTID_REDIS_URL" && exit 7'
    assert subprocess.run([SVARTID, "local", "--", "sh", "-c", script], check=False).returncode == 7


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGKILL, -9)])
def test_nothing_is_left_running(number: signal.Signals, code: int) -> None:
    with subprocess.Popen([SVARTID, "local", "--json"], stdout=subprocess.PIPE) as command:
        assert command.stdout
        where = answered("local", command.stdout.readline())
        family = psutil.Process(command.pid).children(recursive=True)
        command.send_signal(number)
        assert command.wait(ENDED_WITHIN_S) == code
    assert len(family) == 4  # each part and its guard
    assert psutil.wait_procs(family, ENDED_WITHIN_S)[1] == []
    if number == signal.SIGKILL:  # then nobody was left to tidy up
        shutil.rmtree(where["data"])
    assert not Path(where["data"]).exists()


def test_a_signal_to_svartid_reaches_the_command() -> None:
    script = 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'
    with subprocess.Popen([SVARTID, "local", "--", "sh", "-c", script], stdout=subprocess.PIPE) as command:
        assert command.stdout and command.stdout.readline() == b"ready\n"
        os.kill(command.pid, signal.SIGTERM)
        assert command.wait(ENDED_WITHIN_S) == 9


EARLY = """
import os, signal, sys
from streams.cli.local import _run

def at_its_start(event, arguments):
    if event == "subprocess.Popen":
        os.kill(os.getpid(), signal.SIGTERM)

sys.addaudithook(at_its_start)
sys.exit(_run(["sleep", "60"], {}))
"""


def test_a_signal_that_comes_before_the_command_exists_reaches_it() -> None:
    ended = subprocess.run([sys.executable, "-c", EARLY], timeout=ENDED_WITHIN_S, check=False)
    assert ended.returncode == 128 + signal.SIGTERM
