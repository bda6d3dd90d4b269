"""A citizen's number in every field of every kind of event goes nowhere: it stays in Kafka, where it came in."""

import asyncio
import base64
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from siphashc import siphash

from streams.core.decode import MAX_BYTES
from streams.core.events import EVENT_TYPES, TYPE_NAMES
from streams.ingest.checkpoints import unpack
from streams.local import LocalParts
from tests.ingest.generated import BEGIN_MS
from tests.ingest.installation import Installation
from tests.ingest.sending import MOST_BYTES, Record, everything
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

CANARY = "13097248022"
NUMBER = int(CANARY)
RAW = CANARY.encode()
NEEDLES = [
    RAW,
    RAW.hex().encode(),
    base64.b64encode(RAW)[:-4],
    NUMBER.to_bytes(8, "big").lstrip(b"\0"),
    NUMBER.to_bytes(8, "little").rstrip(b"\0"),
    # Hashes without a key can be guessed back: there are some ten million citizens.
    *(siphash(key, RAW).to_bytes(8, "big") for key in (bytes(16), blake2b(digest_size=16).digest())),
    blake2b(RAW).digest()[:8],
    sha256(RAW).digest(),
    sha256(RAW).hexdigest().encode(),
]
CONTROL = b"phone/personbruker/other"  # the line that a queue with the canary's name must end up in
SOUND: dict[str, Any] = {
    "schema_version": 1,
    "occurred_at": BEGIN_MS,
    "channel": "phone",
    "audience": "personbruker",
    "outcome": "solved",
    "question": "service",
    "score": 5,
    "waiting": 3,
    "contact_version": 2,
}


def accepted() -> Iterator[dict[str, Any]]:
    """Every type with the canary wherever a text is free, as documented, and with fields of the source's own."""
    for cls in EVENT_TYPES:
        names = [field.encode_name for field in msgspec.structs.fields(cls)]
        event = {name: SOUND.get(name, CANARY) for name in names if name != "promised_by"}
        event["type"] = TYPE_NAMES[cls]
        yield event
        yield event | {"fnr": CANARY, CANARY: NUMBER, "caller": {"number": NUMBER, "of": [CANARY]}}
        yield event | {"journey_id": f"j-{CANARY}", "visit_id": f"{CANARY}-v", "contact_id": f" {CANARY}"}
        yield event | {"schema_version": f"1.{CANARY}"}


def rejected() -> Iterator[bytes]:
    """The canary as what is wrong: in every field of every type, as a value, as a name, as the whole record."""
    for sound in [event for event in accepted() if event.keys().isdisjoint({"fnr"})]:
        for name in sorted(sound):
            yield orjson.dumps(sound | {name: [CANARY]})
            yield orjson.dumps(sound | {name: {CANARY: NUMBER}})
    sound = next(event for event in accepted() if event["type"] == "queue.entered")
    for name in ("schema_version", "occurred_at", "channel", "audience", "type"):
        yield orjson.dumps(sound | {name: CANARY})
    yield orjson.dumps({**sound, "type": "callback.requested", "promised_by": CANARY})
    yield from (RAW, b"[%d]" % NUMBER, b'"%d"' % NUMBER, b"{%d" % NUMBER, b"\xff%d" % NUMBER)
    yield orjson.dumps({CANARY: CANARY})
    text = orjson.dumps(sound)
    yield text[:-1]
    yield text.replace(RAW, b"\xff" + RAW, 1)
    yield text.replace(RAW, b"\\ud800" + RAW, 1)
    yield orjson.dumps(sound | {"source": CANARY * (MAX_BYTES // len(CANARY))})
    yield orjson.dumps([CANARY] * 500_000)
    yield b'{"%d":' % NUMBER * 8_000
    yield b"[" * 30_000 + RAW
    yield orjson.dumps(sound | {"occurred_at": BEGIN_MS + 7 * 86_400_000})


def send(installation: Installation, values: Sequence[bytes | None]) -> None:
    """With the canary as each record's key and in its headers."""

    async def send_all() -> None:
        async with AIOKafkaProducer(bootstrap_servers=installation.brokers, max_request_size=MOST_BYTES) as producer:
            for value in values:
                headers = [(CANARY, b"1"), ("fnr", RAW)]
                await producer.send(installation.topics["phone"], value, RAW, timestamp_ms=BEGIN_MS, headers=headers)
            await producer.flush()

    asyncio.run(send_all())


def hits(where: dict[str, bytes]) -> list[str]:
    """The places that hold the canary, in any form."""
    return [place for place, content in where.items() if any(needle in content for needle in NEEDLES)]


def in_redis(installation: Installation) -> dict[str, bytes]:
    """Names and values of every key of the installation."""
    found: dict[str, bytes] = {}
    client: Any = installation.redis
    for key in client.scan_iter(f"*{installation.name}*"):
        kind = client.type(key)
        if kind == b"hash":
            value = b"\n".join(part for pair in client.hgetall(key).items() for part in pair)
        elif kind == b"set":
            value = b"\n".join(client.smembers(key))
        else:
            assert kind == b"string", f"{key}: a {kind}, which this test cannot read"
            value = client.get(key) or b""
        found[key.decode()] = key + b"\n" + value + b"\n" + (client.dump(key) or b"")
    return found


def keeps_all_that_is_written(installation: Installation) -> None:
    """From now on Redis only appends to its file: it would make it anew, packed and without what was deleted."""
    client: Any = installation.redis
    client.config_set("auto-aof-rewrite-percentage", 0)
    eventually(lambda: not client.info("persistence")["aof_rewrite_in_progress"], "no file is made anew")


def in_topics(installation: Installation) -> dict[str, bytes]:
    """Every record of every topic that svartid writes."""

    async def topics() -> set[str]:
        admin = AIOKafkaAdminClient(bootstrap_servers=installation.brokers)
        await admin.start()
        try:
            return {topic for topic in await admin.list_topics() if topic.startswith(installation.name)}
        finally:
            await admin.close()

    def content(topic: str, record: Record) -> bytes:
        key, value = record[0] or b"", record[1] or b""
        is_packed = topic == installation.checkpoint_topic
        return key + b"\n" + value + (zlib.decompress(unpack(value).packed) if is_packed else b"")

    written = asyncio.run(topics()) - set(installation.topics.values())
    assert written == {installation.rejected_topic, installation.checkpoint_topic}
    found = {topic: everything(installation.brokers, topic, 0) for topic in written}
    assert all(found.values()), "nothing was written there, so nothing is shown"
    return {f"{topic} {n}": content(topic, record) for topic in written for n, record in enumerate(found[topic])}


def in_commands(installation: Installation, folder: Path) -> dict[str, bytes]:
    """What the commands say, of good and of bad."""
    lines = folder / "lines.ndjson"
    lines.write_bytes(b"\n".join([orjson.dumps(event) for event in accepted()] + list(rejected())))
    commands = [
        "verify",
        "verify --json",
        "doctor",
        "snapshot",
        "snapshot --json",
        "history --step 1d --by queue --csv",
    ]
    ran = {command: installation.run(*command.split()) for command in commands}
    ran["produce"] = installation.run("produce", str(lines))
    for name in installation.partitions:
        installation.redis.delete(installation.keys.partition(name).journeys, installation.keys.partition(name).totals)
    ran["verify of what is broken"] = installation.run("verify")
    assert ran["verify of what is broken"].returncode == 1
    return {command: (one.stdout + one.stderr).encode() for command, one in ran.items()}


EVERY_LOGGER_SAYS_EVERYTHING = """
import logging
logging.root.setLevel(logging.DEBUG)
logging.Logger.setLevel = lambda logger, level: None
from streams.cli import main
main()
"""


def in_a_debug_log(installation: Installation) -> bytes:
    """What a worker says that reads all of it with every logger at its most talkative."""
    env = {"SVARTID_NAMESPACE": f"{installation.name}-debug", "SVARTID_CONSUMER_GROUP": f"{installation.name}-debug"}
    ran = subprocess.run(
        [sys.executable, "-c", EVERY_LOGGER_SAYS_EVERYTHING, "worker", "--drain"],
        env=installation.env | env,
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert b"took partitions" in ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.fault(19)
def test_a_citizens_number_goes_nowhere(installation: Installation, local_parts: LocalParts, tmp_path: Path) -> None:
    keeps_all_that_is_written(installation)
    good = [orjson.dumps(event) for event in accepted()]
    bad = [*rejected(), None]
    worker = installation.start()
    send(installation, good + bad)
    installation.wait_committed(len(good) + len(bad))
    eventually(lambda: (installation.snapshot() or {"behind": 1})["behind"] == 0, "a snapshot of all of it")
    pages = {path: worker.get(path)[1].encode() for path in ("/metrics", "/isready", "/isalive")}
    everywhere = in_redis(installation) | pages
    assert worker.stop() == 0, worker.said
    sent = [(key or b"") + (value or b"") for records in installation.log().values() for key, value in records]

    assert installation.counters()["accepted"] == len(good)
    assert len(installation.rejected()) == len(bad)
    everywhere |= {"the worker's log": worker.log.read_bytes(), "its log at debug": in_a_debug_log(installation)}
    everywhere |= in_topics(installation) | in_commands(installation, tmp_path)
    # All that was written to Redis, what was deleted since included.
    everywhere["Redis' file"] = b"".join(file.read_bytes() for file in local_parts.valkey.folder.rglob("*.aof"))

    assert hits(everywhere) == []
    # The same search finds what is there.
    assert len(hits({str(n): value for n, value in enumerate(sent)})) == len(sent) == len(good) + len(bad)
    found = {place for place, content in everywhere.items() if CONTROL in content}
    assert found >= {installation.keys.snapshot, "snapshot --json", "Redis' file"}
