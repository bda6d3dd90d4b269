"""`svartid simulate` and `svartid produce` against a real Kafka: what was sent is what is there."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from streams import cli
from streams.cli.app import CommandError, app
from streams.local import LocalParts, create_topics
from streams.sources.records import records
from tests.answers import answered
from tests.events import START_MS, visit
from tests.ingest.waiting import eventually
from tests.terminal import CTRL_C, Terminal

from .days import TUESDAY, at_ms

pytestmark = pytest.mark.real

cli.load()
SVARTID = Path(sys.executable).with_name("svartid")
BANK = Path(__file__).parents[1] / "data" / "bank-1999-02-03.ndjson.gz"
PARTITIONS = 3


@pytest.fixture
def env(local_parts: LocalParts) -> Iterator[dict[str, str]]:
    """An environment with topics of its own."""
    topics = {channel: f"{channel}-{uuid.uuid4().hex[:8]}" for channel in ("phone", "chat", "written")}
    create_topics(local_parts.kafka_brokers, dict.fromkeys(topics.values(), PARTITIONS))
    yield os.environ | local_parts.env() | {"SVARTID_TOPICS": json.dumps(topics)}


def svartid(env: dict[str, str], *arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([SVARTID, *arguments], env=env, input=given, capture_output=True, timeout=120, check=False)


def everything(env: dict[str, str]) -> "dict[str, list[ConsumerRecord[bytes, bytes]]]":
    """By channel, partition after partition."""

    async def read(topic: str) -> "list[ConsumerRecord[bytes, bytes]]":
        async with AIOKafkaConsumer(bootstrap_servers=env["SVARTID_KAFKA_BROKERS"]) as consumer:
            partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning()
            ends = await consumer.end_offsets(partitions)
            found = []
            while any([await consumer.position(where) < end for where, end in ends.items()]):
                batches = await consumer.getmany(timeout_ms=1000)
                found += [record for batch in batches.values() for record in batch]
            return sorted(found, key=lambda record: (record.partition, record.offset))

    return {channel: asyncio.run(read(topic)) for channel, topic in json.loads(env["SVARTID_TOPICS"]).items()}


def test_a_simulated_day_arrives_as_it_was_made(env: dict[str, str]) -> None:
    ran = svartid(env, "simulate", "--speed", "max", "--scenario", "messy", "--hours", "0.5", "--json")
    assert ran.returncode == 0, ran.stderr
    made = list(records("messy", 42, at_ms(TUESDAY), 0.5))
    summary = answered("simulate", ran.stdout)
    assert summary["sent"] == len(made) == sum(summary["kinds"].values())
    partitioner = DefaultPartitioner()
    for channel, found in everything(env).items():
        expected = sorted(
            (partitioner(record.key, list(range(PARTITIONS)), []), n, record)
            for n, record in enumerate(made)
            if record.channel == channel
        )
        assert [(r.partition, r.key, r.value, r.timestamp) for r in found] == [
            (partition, record.key, record.value, record.timestamp_ms) for partition, _, record in expected
        ]


def test_it_keeps_to_the_clock_and_ends_well_when_told(env: dict[str, str]) -> None:
    process = subprocess.Popen(
        [SVARTID, "simulate", "--speed", "60", "--json"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while not everything(env)["phone"]:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    found = everything(env)
    assert answered("simulate", output)["sent"] == sum(map(len, found.values()))
    assert min(record.timestamp for record in found["phone"]) >= at_ms("2025-03-04T09:00")


def test_a_real_day_is_produced_unchanged(env: dict[str, str]) -> None:
    ran = svartid(env, "produce", str(BANK), "--json")
    assert (ran.returncode, answered("produce", ran.stdout)) == (0, {"sent": 4408, "bad": 0, "reasons": {}, "late": {}})
    sent = gzip.decompress(BANK.read_bytes()).splitlines()
    assert sorted(record.value for found in everything(env).values() for record in found) == sorted(sent)


def test_bad_lines_are_named_and_the_rest_is_sent(env: dict[str, str]) -> None:
    good = b'{"schema_version":1,"type":"survey.answered","occurred_at":1741082400000,"journey_id":"j"}'
    good = good.replace(b"}", b',"channel":"chat","question":"service","score":6}')
    given = b"{01017012345\n" + good + b"\n\n" + b"x" * 10_000_000 + b"\n" + good
    ran = svartid(env, "produce", "-", "--json", given=given)
    assert ran.returncode == 1
    assert answered("produce", ran.stdout) == {
        "sent": 2,
        "bad": 2,
        "reasons": {"broken_json": 1, "too_large": 1},
        "late": {},
    }
    assert ran.stderr.decode().split("\n") == ["line 1: broken_json", "line 4: too_large", ""]
    assert [record.value for record in everything(env)["chat"]] == [good, good]


def test_a_pipe_is_sent_as_it_comes(env: dict[str, str]) -> None:
    good = b'{"schema_version":1,"type":"written.answered","occurred_at":1741082400000,"journey_id":"j"}\n'
    process = subprocess.Popen([SVARTID, "produce", "-"], env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin
    process.stdin.write(good)
    process.stdin.flush()
    while not everything(env)["written"]:
        assert process.poll() is None  # still listening
    process.stdin.close()
    assert process.wait(timeout=60) == 0


NOWHERE = {"SVARTID_KAFKA_BROKERS": "localhost:1"}
NO_TOPIC = {
    "SVARTID_TOPICS": json.dumps({channel: f"no-such-topic-{channel}" for channel in ("phone", "chat", "written")})
}


@pytest.mark.parametrize(
    ("environment", "arguments", "code", "sentence"),
    [
        ({}, ["produce", "nofile.ndjson"], 2, "cannot read nofile.ndjson"),
        ({}, ["produce", "."], 2, "cannot read"),
        ({}, ["produce", "cut.gz"], 1, "not a whole gzip file"),
        ({}, ["simulate", "--scenario", "sunny"], 2, "no scenario sunny; there are normal, surge"),
        (NOWHERE, ["produce", str(BANK)], 3, "Kafka cannot be reached at localhost:1"),
        (NOWHERE, ["simulate", "--speed", "max"], 3, "Kafka cannot be reached at localhost:1"),
        (NO_TOPIC, ["simulate", "--speed", "max"], 3, "no-such-topic"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    local_parts: LocalParts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: list[str],
    code: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cut.gz").write_bytes(BANK.read_bytes()[:20_000])
    for name, value in (local_parts.env() | environment).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CommandError, match=sentence) as caught:
        app(arguments, standalone_mode=False)
    assert caught.value.code == code


@pytest.fixture
def many_bad(tmp_path: Path) -> Path:
    """A file of nothing but bad lines, of two kinds."""
    file = tmp_path / "bad.ndjson"
    file.write_bytes(b'{"nope":1}\n' * 100_000 + b"{\n")
    return file


def test_of_many_bad_lines_the_first_are_named_and_all_are_counted(env: dict[str, str], many_bad: Path) -> None:
    ran = svartid(env, "produce", str(many_bad))
    named = ran.stderr.decode().splitlines()
    assert named[:2] == ["line 1: missing_field: type", "line 2: missing_field: type"]
    assert named[20:] == [
        "line 100001: broken_json",
        "… and 99,980 more bad lines. Of all: 100,000 missing_field: type, 1 broken_json",
    ]
    assert (ran.returncode, ran.stdout) == (1, b"0 sent, 100,001 bad\n")


@pytest.mark.parametrize(("given", "shows"), [([], "looked at"), (["--late-too"], "line 20: ")])
def test_ctrl_c_among_bad_lines_is_heard(
    env: dict[str, str], many_bad: Path, tmp_path: Path, given: list[str], shows: str
) -> None:
    """While they are read, not when all have been; the first time and the second."""
    many_bad.write_bytes(many_bad.read_bytes() * 30)
    with Terminal([SVARTID, "produce", str(many_bad), *given], env, 100, 30, tmp_path) as terminal:
        eventually(lambda: shows in terminal.said, lambda: f"it says so: {terminal.said}")
        terminal.press(CTRL_C)
        assert terminal.process.wait(10) == 130
    assert "bad" not in terminal.afterwards(), "it was not through"


HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def newest_first(folder: Path) -> Path:
    """Five days of calls, an answered one an hour, as an export may have them: the newest first."""
    calls = [call for n in range(5 * 24) for call in visit(f"{n}", START_MS + n * HOUR_MS, ("queue.answered", 60_000))]
    file = folder / "calls.ndjson"
    file.write_bytes(b"".join(orjson.dumps(one | {"source": "puzzel"}) + b"\n" for one in reversed(calls)))
    return file


def test_what_would_be_late_is_told_before_anything_is_sent(env: dict[str, str], tmp_path: Path) -> None:
    file = newest_first(tmp_path)
    ran = svartid(env, "produce", str(file))
    assert ran.returncode == 1
    told = " ".join(ran.stderr.decode().split())
    assert "of 240 events would come too late to count" in told
    assert "of puzzel" in told
    assert "--in-order" in told
    assert everything(env)["phone"] == []
    ran = svartid(env, "produce", str(file), "--late-too", "--json")
    assert answered("produce", ran.stdout)["sent"] == 240


def test_in_order_of_time_it_is_sent_whole(env: dict[str, str], tmp_path: Path) -> None:
    """A line that is no event is told of by its own number."""
    file = newest_first(tmp_path)
    file.write_bytes(file.read_bytes() + b"{\n")
    ran = svartid(env, "produce", "--in-order", str(file))
    assert (ran.returncode, ran.stderr) == (1, b"line 241: broken_json\n")
    assert ran.stdout == b"240 sent, 1 bad\n"
    for partition in range(PARTITIONS):
        there = [record for record in everything(env)["phone"] if record.partition == partition]
        times = [orjson.loads(record.value)["occurred_at"] for record in there if record.value]
        assert times == sorted(times)
    assert len(everything(env)["phone"]) == 240


def test_a_pipe_has_no_order(env: dict[str, str]) -> None:
    ran = svartid(env, "produce", "--in-order", "-")
    assert ran.returncode == 2
    assert b"nobody knows where a pipe ends" in ran.stderr


def test_a_pipe_that_has_a_name_is_read_once(env: dict[str, str], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = subprocess.Popen([SVARTID, "produce", str(pipe)], env=env, stdout=subprocess.PIPE)
    pipe.write_bytes(orjson.dumps(visit("a", START_MS)[0]) + b"\n")
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"1 sent, 0 bad\n")


def test_a_refusal_can_be_read_by_machines(env: dict[str, str], tmp_path: Path) -> None:
    ran = svartid(env, "produce", str(newest_first(tmp_path)), "--json")
    assert ran.returncode == 1
    found = answered("produce", ran.stdout)
    assert (found["sent"], list(found["late"])) == (0, ["puzzel"])


def test_a_file_that_is_cut_short_is_looked_at_before_any_of_it_is_sent(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "cut.gz"
    file.write_bytes(BANK.read_bytes()[:20_000])
    for more, what in (([], b"nothing was sent"), (["--in-order"], b"nothing was sent"), (["--late-too"], b"was sent")):
        ran = svartid(env, "produce", str(file), *more)
        assert ran.returncode == 1
        assert what in b" ".join(ran.stderr.split())
        assert bool(sum(map(len, everything(env).values()))) == (more == ["--late-too"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_whoever_ends_it_leaves_none_of_the_file_behind(
    env: dict[str, str], many_bad: Path, tmp_path: Path, number: signal.Signals
) -> None:
    many_bad.write_bytes(many_bad.read_bytes() * 30)
    kept = tmp_path / "tmp"
    kept.mkdir()
    process = subprocess.Popen([SVARTID, "produce", "--in-order", str(many_bad)], env=env | {"TMPDIR": str(kept)})
    eventually(lambda: any(kept.iterdir()), lambda: "a folder is made")
    process.send_signal(number)
    assert process.wait(20) == 130
    assert list(kept.iterdir()) == []
