"""A producer's clock is years ahead, on a topic that bounds it not: nothing else becomes late, and it is told."""

from typing import Any, Final

import orjson
import pytest

from tests.conftest import Installations
from tests.events import event
from tests.ingest.admin import configure
from tests.ingest.generated import BEGIN_MS, assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.fault(25)]

FAR_MS: Final = BEGIN_MS + 10 * 365 * 86_400_000  # in the future of whoever runs this for some years
UNBOUNDED: Final = {"message.timestamp.type": "CreateTime", "message.timestamp.after.max.ms": str(1 << 62)}


def far(journey: str, what: str, at_ms: int) -> Produced:
    """An event of a call that a producer dates years ahead, the record too."""
    return Produced("phone", journey.encode(), orjson.dumps(event(what, at_ms, journey)), at_ms)


def _records(installation: Installation) -> dict[str, Any]:
    shown = installation.snapshot()
    return shown["records"] if shown else {"accepted": None}


def test_two_calls_years_ahead_change_nothing_else_and_are_told(installations: Installations) -> None:
    """
    producers' dates   |-----| far |------------------|
    brokers' dates                                    |---------|
    worker                  |--------------|   |------------------|
    """
    installation = installations({"phone": 1, "chat": 1})
    topic = installation.topics["phone"]
    configure(installation.brokers, topic, UNBOUNDED)
    log, more = generate(41, 300), generate(42, 100)
    half = len(log.records) // 2
    wild = [far(journey, what, FAR_MS) for journey in ("one", "two") for what in ("queue.entered", "queue.abandoned")]
    installation.send([*log.records[:half], *wild, *log.records[half:]])
    sent = len(log.records) + len(wild)

    worker = installation.start()
    installation.wait_committed(sent)
    told = worker.wait_for("an event is dated later than the clock allows")["why"]
    offset = sum(one.channel == "phone" for one in log.records[:half])
    assert told.startswith(f"{topic}-0, offset {offset}: dated ")
    assert installation.counters().get("late", 0) == 0
    assert_books_agree(log.books, installation.totals())
    eventually(lambda: _records(installation)["accepted"] == sent, "the snapshot has all of it")
    shown = installation.snapshot()
    assert shown is not None
    assert shown["records"]["ahead"]["phone"] == {"held": len(wild), "beyond_clock": len(wild)}
    assert shown["feeds"]["phone"]["newest_event_ms"] < FAR_MS
    assert f'svartid_records_beyond_clock{{channel="phone"}} {len(wild):.1f}' in worker.get("/metrics")[1]
    worker.kill()

    configure(installation.brokers, topic, {"message.timestamp.type": "LogAppendTime"})
    installation.send(more.records)
    again = installation.start()
    installation.wait_committed(sent + len(more.records))
    assert again.stop() == 0, again.said
    assert installation.counters().get("late", 0) == 0
    installation.verify(sent + len(more.records))
