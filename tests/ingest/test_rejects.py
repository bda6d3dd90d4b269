"""Row 13: what is rejected is named in a topic of its own, and whether that can be written to stops no figure."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import orjson
import pytest
from aiokafka.errors import KafkaConnectionError

from streams.core.decode import Rejected
from streams.ingest import rejects
from streams.ingest.rejects import Rejects
from streams.local import create_topics
from tests.conftest import Installations
from tests.ingest.admin import delete
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

WATCHED_S = 14.0  # longer than a send is tried for
OLD_MS = 4000


def phone(seed: int) -> list[Produced]:
    return [record for record in generate(seed, 800).records if record.channel == "phone"]


def stays_whole(one: Installation, worker: Worker, for_s: float) -> None:
    """Fails where the worker is not ready, or its snapshot is old or not live, at any moment of that time."""
    until = time.monotonic() + for_s
    while time.monotonic() < until:
        assert worker.get("/isready") == (200, "ready\n"), worker.said
        found = one.snapshot() or {}
        assert found["status"] == "live", found
        assert time.time() * 1000 - found["as_of_ms"] < OLD_MS
        time.sleep(0.1)


@pytest.mark.real
@pytest.mark.fault(13)
@pytest.mark.parametrize("when", ["from the beginning", "deleted"])
def test_a_rejected_topic_that_cannot_be_written_stops_neither_figures_nor_snapshot(
    installations: Installations, when: str
) -> None:
    one = installations({"phone": 2})
    log = phone(132)
    if when == "from the beginning":
        delete(one.brokers, one.rejected_topic)
    worker = one.start()
    eventually(lambda: worker.get("/isready")[0] == 200, lambda: worker.said)
    if when == "from the beginning":
        assert "--create --topic" in worker.wait_for("cannot write to the rejected topic", 20)["why"]
    else:
        delete(one.brokers, one.rejected_topic)
    bad = [Produced("phone", b"k%d" % n, b"no event", log[0].timestamp, n % 2) for n in range(6)]
    for n, each in enumerate(bad):
        one.send([each, *log[10 * n : 10 * n + 10]])
    one.wait_committed(66, within_s=10)
    stays_whole(one, worker, WATCHED_S)
    (told,) = worker.lines("cannot write to the rejected topic")
    assert f"--create --topic {one.rejected_topic} --partitions 1" in told["why"]
    create_topics(one.brokers, {one.rejected_topic: 1})
    eventually(lambda: len(one.rejected()) >= len(bad), lambda: f"they are named: {worker.said}")
    named = [orjson.loads(value or b"") for _, value in one.rejected()]
    for partition in (0, 1):
        offsets = [each["offset"] for each in named if each["partition"] == partition]
        assert offsets == sorted(offsets)
    eventually(lambda: worker.lines("over: cannot write to the rejected topic"), "it is told that this is over")
    assert one.counters() == {"accepted": 60, "rejected:broken_json": len(bad)}
    one.verify(66)


# --- the queue alone


WHY = Rejected("broken_json", None)


class Topic:
    """A topic of rejected records."""

    def __init__(self) -> None:
        self.is_there = True
        self.hangs = False
        self.named: list[bytes] = []

    async def send(self, spelt: Sequence[tuple[bytes, bytes]]) -> None:
        if self.hangs:
            await asyncio.sleep(3600)
        if not self.is_there:
            raise KafkaConnectionError
        self.named += [value for _, value in spelt]

    async def looked_for(self) -> bool:
        return self.is_there

    @property
    def offsets(self) -> list[int]:
        return [orjson.loads(value)["offset"] for value in self.named]


def running(does: Callable[[Topic, Rejects], Awaitable[None]], most: int = 10, *, is_there: bool = True) -> None:
    """With such a topic and a queue before it, which is being emptied."""

    async def run() -> None:
        topic = Topic()
        topic.is_there = is_there
        queue = Rejects("rejected", "localhost:9092", topic.send, topic.looked_for, most)
        emptying = asyncio.create_task(queue.run())
        try:
            await does(topic, queue)
        finally:
            emptying.cancel()

    asyncio.run(run())


def some(first: int, until: int) -> list[tuple[int, Rejected]]:
    return [(offset, WHY) for offset in range(first, until)]


def test_a_batch_goes_on_when_its_own_are_named() -> None:
    async def does(topic: Topic, queue: Rejects) -> None:
        for n in range(3):
            await queue.tell("t-0", some(5 * n, 5 * n + 5))
            assert topic.offsets == list(range(5 * n + 5))

    running(does)


def test_what_hangs_holds_a_batch_up_once_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects, "PATIENCE_S", 0.2)

    async def does(topic: Topic, queue: Rejects) -> None:
        topic.hangs = True
        began = time.monotonic()
        for n in range(5):
            await queue.tell("t-0", some(n, n + 1))
        assert time.monotonic() - began < 1

    running(does)


def test_what_finds_no_room_is_counted_and_the_rest_is_named_in_order_when_it_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rejects, "_AGAIN_S", 0.05)

    async def does(topic: Topic, queue: Rejects) -> None:
        await asyncio.sleep(0)  # it has looked
        assert queue.outage.is_on and "--create --topic rejected" in queue.outage.why
        for n in range(5):
            await queue.tell("t-0", some(5 * n, 5 * n + 5))
        assert (topic.offsets, queue.untold) == ([], 15)
        topic.is_there = True
        await asyncio.sleep(0.5)
        assert not queue.outage.is_on
        assert topic.offsets == list(range(10))

    running(does, is_there=False)


def test_what_is_left_at_the_end_is_named_where_it_can_be() -> None:
    async def does() -> None:
        topic = Topic()
        queue = Rejects("rejected", "localhost:9092", topic.send, topic.looked_for)
        telling = asyncio.create_task(queue.tell("t-0", some(0, 3)))
        await asyncio.sleep(0)
        await queue.close()
        await telling
        assert topic.offsets == [0, 1, 2]

    asyncio.run(does())
