"""Row 23: what a worker refuses it refuses until a person has said how to go on, whatever else is wrong meanwhile.

A worker that took its own refusal for accepted would end with 3, refuse at the next start again, and so on for good.
"""

import asyncio
from typing import Any

import pytest

from tests.conftest import Installations
from tests.events import Record as Folded
from tests.ingest.admin import make_anew
from tests.ingest.installation import Installation
from tests.ingest.test_checkpointing import Parts, phone
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

pytestmark = [pytest.mark.real, pytest.mark.fault(23)]

LOOKS_S = 12.0  # in which the roll call asks twice
ENDS_WITHIN_S = 25.0


@pytest.fixture
def one(installations: Installations) -> Installation:
    """With one partition."""
    return installations({"phone": 1})


def counted_then_made_anew(one: Installation, *, reads_on: bool) -> None:
    """Twenty records are counted; the topic is made anew with forty, of which a worker counts the rest unaware.

    log       |--- 20 ---X--- 20 ---|--- 20 ---|
    counted   |----------|          |----------| (`reads_on`)
    """

    async def does(parts: Parts) -> None:
        sent, read = phone(231)
        await parts.send(sent)
        await parts.partitions.take({parts.name: (0, 20)})
        await parts.fold(read)
        await parts.checkpointer.write_all()
        await asyncio.to_thread(make_anew, one.brokers, one.topics["phone"], 1)
        other: list[Any] = phone(232)[0] + phone(233)[0]
        await parts.send(other)
        if reads_on:
            await parts.fold([Folded(20 + i, r.timestamp, r.value) for i, r in enumerate(other[20:])])

    parts = Parts(one)
    asyncio.run(parts.run(does))


def stays(worker: Worker) -> None:
    """Fails where it ends."""
    worker.wait_for("a topic is not counted any more")
    with pytest.raises(AssertionError, match="not within"):
        eventually(lambda: worker.process.poll() is not None, "it ends", LOOKS_S)
    assert worker.get("/isready")[0] == 503


def is_accepted(one: Installation, worker: Worker) -> None:
    """Fails where a person's word changes nothing."""
    ran = one.run("rebuild", "--from-log", "--yes", "--no-wait")
    assert ran.returncode == 0, ran.stderr
    assert worker.wait(ENDS_WITHIN_S) == 3, worker.said
    assert f"the topic {one.topics['phone']} may be counted again" in " ".join(worker.said.split())
    one.drain()
    one.verify(40)


def test_a_topic_refused_for_what_it_was_known_by_stays_so_until_that_is_accepted(one: Installation) -> None:
    """Its last counted record is the new topic's; what was counted before is not in it."""
    counted_then_made_anew(one, reads_on=True)
    worker = one.start()
    stays(worker)
    is_accepted(one, worker)


def test_a_topic_refused_for_its_checkpoint_stays_so_where_redis_is_empty(one: Installation) -> None:
    counted_then_made_anew(one, reads_on=False)
    one.redis.delete(*one.redis.keys(f"*{one.name}*"))
    worker = one.start()
    stays(worker)
    is_accepted(one, worker)


@pytest.mark.fault(26)
@pytest.mark.parametrize("spoiled", ["a field", "the key"])
def test_a_number_of_partitions_that_is_spoiled_is_mended_beside_a_refused_topic(
    one: Installation, spoiled: str
) -> None:
    counted_then_made_anew(one, reads_on=True)
    worker = one.start()
    worker.wait_for("a topic is not counted any more")
    if spoiled == "the key":
        one.redis.set(one.keys.counts, "garbage")
    else:
        one.redis.hset(one.keys.counts, one.topics["phone"], "garbage")
    stays(worker)
    assert one.redis.hgetall(one.keys.counts) == {one.topics["phone"].encode(): b"1"}
    is_accepted(one, worker)
