"""A citizen's number in every field of every kind of event goes nowhere: it stays in Kafka, where it came in."""

from collections.abc import Iterator
from typing import Any

import msgspec
import orjson
import pytest

from streams.core.events import EVENT_TYPES, TYPE_NAMES
from streams.local import LocalParts
from tests.ingest.generated import BEGIN_MS
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

CANARY = "13097248022"
NUMBER = int(CANARY)
NEEDLES = [CANARY.encode(), NUMBER.to_bytes(8, "big").lstrip(b"\0"), NUMBER.to_bytes(8, "little").rstrip(b"\0")]
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
    """The canary as what is wrong: as a value, as a name, as the whole record."""
    sound = next(event for event in accepted() if event["type"] == "queue.entered")
    for name in sound.keys() - {"source"}:
        yield orjson.dumps(sound | {name: [CANARY]})
        yield orjson.dumps(sound | {name: {CANARY: NUMBER}})
    for name in ("schema_version", "occurred_at", "channel", "audience", "type"):
        yield orjson.dumps(sound | {name: CANARY})
    yield orjson.dumps({**sound, "type": "callback.requested", "promised_by": CANARY})
    yield from (CANARY.encode(), b"[%d]" % NUMBER, b'"%d"' % NUMBER, b"{%d" % NUMBER, b"\xff%d" % NUMBER)
    yield orjson.dumps({CANARY: CANARY})


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


def test_a_citizens_number_goes_nowhere(installation: Installation, local_parts: LocalParts) -> None:
    key = CANARY.encode()
    good = [Produced("phone", key, orjson.dumps(event), BEGIN_MS) for event in accepted()]
    bad = [Produced("phone", key, value, BEGIN_MS) for value in rejected()]
    worker = installation.start()
    installation.send(good + bad)
    installation.wait_committed(len(good) + len(bad))
    eventually(lambda: (installation.snapshot() or {"behind": 1})["behind"] == 0, "a snapshot of all of it")
    _, metrics = worker.get("/metrics")
    _, open_metrics = worker.get("/isready")
    in_store = in_redis(installation)
    assert worker.stop() == 0, worker.said

    assert installation.counters()["accepted"] == len(good)
    named = installation.rejected()
    assert len(named) == len(bad)
    everywhere = in_store | {"metrics": metrics.encode(), "isready": open_metrics.encode()}
    everywhere |= {"the worker's log": worker.log.read_bytes()}
    everywhere |= {f"rejected record {n}": (key or b"") + (value or b"") for n, (key, value) in enumerate(named)}
    # All that was ever written to Redis, what was deleted since included.
    for file in local_parts.valkey.folder.rglob("*.aof"):
        everywhere[file.name] = file.read_bytes()

    assert hits(everywhere) == []
    # The same search finds what is there.
    sent = [value or b"" for records in installation.log().values() for _, value in records]
    assert len(hits({str(n): value for n, value in enumerate(sent)})) == len(sent) == len(good) + len(bad)
    assert sum(CONTROL in content for content in everywhere.values()) >= 3
