"""Row 23: topics that are not there, go, come, grow or are made anew under a worker. The others are not to suffer."""

import json
import time
from typing import Any

import pytest

from streams.local import create_topics
from tests.conftest import Installations
from tests.ingest.admin import add_partitions, delete, make_anew
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

pytestmark = [pytest.mark.real, pytest.mark.fault(23)]

PARTITIONS = {"phone": 2, "chat": 1}
TOLD_WITHIN_S = 15.0  # documented as ten; this machine may be busy
TAKEN_WITHIN_S = 20.0


@pytest.fixture
def two(installations: Installations) -> Installation:
    """Two channels."""
    return installations(PARTITIONS)


def of(channel: str, seed: int) -> list[Any]:
    return [record for record in generate(seed, 600).records if record.channel == channel]


def shown(installation: Installation) -> set[str]:
    """The channels that have figures in the snapshot."""
    return {name.partition("/")[0] for name in (installation.snapshot() or {}).get("lines", {})}


def told(installation: Installation, worker: Worker, why: str, field: str) -> None:
    """Fails where readiness and snapshot do not say it in time, or the other channel suffers."""

    def look() -> bool:
        found = installation.snapshot() or {}
        status, text = worker.get("/isready")
        return status == 503 and why in text and found.get("status") == "stale" and bool(found.get(field))

    eventually(look, lambda: f"{why!r} is told; {installation.snapshot()}; {worker.said}", TOLD_WITHIN_S)
    assert worker.process.poll() is None


@pytest.mark.parametrize("when", ["from the beginning", "deleted"])
def test_a_topic_that_is_not_there_is_told_and_taken_when_it_is(two: Installation, when: str) -> None:
    topic, phone, chat = two.topics["chat"], of("phone", 231), of("chat", 231)
    if when == "from the beginning":
        delete(two.brokers, topic)
    two.send(phone)
    worker = two.start()
    if when == "deleted":
        two.wait_committed(len(phone))
        two.wait_ready()
        delete(two.brokers, topic)
    told(two, worker, f"Kafka has no topic {topic}", "missing_topics")
    eventually(lambda: shown(two) == {"phone"}, lambda: f"what is not known has no figures: {two.snapshot()}")
    ran = two.run("snapshot", "--json")
    assert (ran.returncode, json.loads(ran.stdout)["missing_topics"]) == (1, [topic])
    assert topic in ran.stderr
    create_topics(two.brokers, {topic: 1})
    two.send(chat)
    eventually(lambda: two.committed() == len(phone) + len(chat), lambda: f"it is taken: {worker.said}", TAKEN_WITHIN_S)
    eventually(worker.is_ready, "it is ready")
    eventually(lambda: shown(two) == {"phone", "chat"}, "both are shown")
    two.verify(len(phone) + len(chat))


def test_added_partitions_are_told_while_events_come_and_taken_when_they_are_accepted(two: Installation) -> None:
    topic, phone, chat = two.topics["chat"], of("phone", 233), of("chat", 233)
    with two.sending(phone, chunk=5, ahead=20):
        worker = two.start()
        two.wait_committed(20)
        add_partitions(two.brokers, topic, 3)
        told(two, worker, f"the topic {topic} has 3 partitions, but 1 when it was first counted", "missing_partitions")
    two.wait_committed(len(phone))
    eventually(lambda: shown(two) == {"phone"}, "phone goes on")
    assert len(worker.lines("a topic is not counted any more")) == 1
    ran = two.run("repartition", "--json")
    assert (ran.returncode, json.loads(ran.stdout)["accepted"]) == (0, {topic: 3}), (
        "phone's contacts are not in its way"
    )
    assert worker.wait(TAKEN_WITHIN_S) == 3, worker.said
    assert f"the topic {topic} may be counted again" in " ".join(worker.said.split())
    two.partitions += [f"{topic}-{n}" for n in (1, 2)]
    again = two.start()
    two.send(chat)
    two.wait_committed(len(phone) + len(chat))
    eventually(again.is_ready, "it is whole")
    two.verify(len(phone) + len(chat))


def test_a_topic_that_is_made_anew_under_a_worker_is_told_and_the_others_go_on(two: Installation) -> None:
    topic, phone, chat = two.topics["chat"], of("phone", 235), of("chat", 235)
    two.send(chat)
    worker = two.start()
    two.wait_committed(len(chat))
    make_anew(two.brokers, topic, 1)
    other = of("chat", 236)[: len(chat) + 5]
    two.send(other)
    told(two, worker, f"{topic}-0 ", "missing_partitions")
    two.send(phone)
    eventually(lambda: shown(two) == {"phone"}, lambda: f"phone goes on: {two.snapshot()}", TAKEN_WITHIN_S)
    ran = two.run("rebuild", "--from-log", "--yes", "--no-wait", f"{topic}-0")
    assert ran.returncode == 0, ran.stderr
    assert worker.wait(TAKEN_WITHIN_S) == 3, worker.said
    two.drain()
    two.verify(len(phone) + len(other))


@pytest.mark.parametrize("channels", [["chat"], ["chat", "phone"]], ids=["one", "all"])
def test_a_drain_with_a_topic_that_is_not_there_counts_the_others_and_names_it(
    two: Installation, channels: list[str]
) -> None:
    phone = of("phone", 237)
    two.send(phone)
    misspelt = {channel: f"{two.topics[channel]}x" for channel in channels}
    worker = two.start("--drain", SVARTID_TOPICS=json.dumps(two.topics | misspelt))
    assert worker.wait(60) == 3, worker.said
    said = " ".join(worker.said.split())
    told = f"Kafka has no topic {', '.join(sorted(misspelt.values()))}: create it, or correct SVARTID_TOPICS"
    assert told in said
    assert two.committed() == (0 if "phone" in channels else len(phone))


def test_a_topic_made_anew_with_more_partitions_is_told_as_that_and_never_accepted(two: Installation) -> None:
    """Else what is accepted would change nothing: the log is not the one that was counted."""
    topic, phone, chat = two.topics["chat"], of("phone", 238), of("chat", 238)
    two.send(phone + chat)
    worker = two.start()
    two.wait_committed(len(phone) + len(chat))
    make_anew(two.brokers, topic, 3)
    other = of("chat", 239)[:4]
    two.send(other)
    told(two, worker, "the topic was made anew", "missing_partitions")
    for split in ((), ("--split", "1")):
        ran = two.run("repartition", *split)
        assert (ran.returncode, ran.stdout) == (1, ""), ran.stderr
        said = " ".join(ran.stderr.split())
        assert f"{topic}-0 " in said and "made anew" in said and "svartid rebuild --from-log" in said
    ran = two.run("doctor", "--json")
    (found,) = [one for one in json.loads(ran.stdout) if one["what"] == f"log of {topic}"]
    assert (ran.returncode, found["state"]) == (1, "problem")
    assert "made anew" in found["found"] and "svartid rebuild --from-log" in found["todo"]
    assert two.redis.hget(two.keys.counts, topic) == b"1", "nothing was accepted"
    assert two.run("rebuild", "--from-log", "--yes", "--no-wait", *(f"{topic}-{n}" for n in range(3))).returncode == 0
    assert worker.wait(TAKEN_WITHIN_S) == 3, worker.said
    two.partitions += [f"{topic}-{n}" for n in (1, 2)]
    two.drain()
    two.verify(len(phone) + len(other))


def test_a_grown_topic_that_is_made_anew_before_it_is_accepted_is_told_as_that(two: Installation) -> None:
    topic, chat = two.topics["chat"], of("chat", 240)
    two.send(chat)
    worker = two.start()
    two.wait_committed(len(chat))
    add_partitions(two.brokers, topic, 3)
    told(two, worker, f"the topic {topic} has 3 partitions, but 1 when it was first counted", "missing_partitions")
    make_anew(two.brokers, topic, 3)
    told(two, worker, "the topic was made anew", "missing_partitions")
    assert len(worker.lines("a topic is not counted any more")) == 2


def test_only_the_contacts_of_a_topic_that_has_grown_are_in_its_way(two: Installation) -> None:
    topic, sent = two.topics["chat"], (of("phone", 241) + of("chat", 241))
    newest = sorted(record.timestamp for record in sent)[len(sent) // 2]
    two.send(record for record in sent if record.timestamp <= newest)  # in the middle of some contacts
    two.drain()
    as_of_then = {"SVARTID_CLOCK": f"{round(time.time() * 1000)},{newest},1"}

    def under_way() -> int:
        ran = two.run("repartition", "--json", **as_of_then)
        assert ran.returncode == 1, "something is in the way"
        return int(json.loads(ran.stdout)["under_way"])

    all_of_them = under_way()
    add_partitions(two.brokers, topic, 2)
    assert 0 < under_way() < all_of_them
    ran = two.run("doctor", "--json")
    (found,) = [one for one in json.loads(ran.stdout) if one["what"].startswith("log of ")]
    assert (found["what"], found["state"]) == (f"log of {topic}", "problem")
    assert "svartid repartition" in found["todo"]


@pytest.mark.parametrize("left", [0, 1])
def test_what_was_counted_and_is_not_there_is_named_at_once_by_who_verifies(two: Installation, left: int) -> None:
    """A topic that was deleted, or was made anew with fewer partitions: Kafka's client would ask for it on and on."""
    topic, phone, chat = two.topics["phone"], of("phone", 237), of("chat", 237)
    two.send([*phone, *chat])
    two.drain()
    if left:
        make_anew(two.brokers, topic, left)
    else:
        delete(two.brokers, topic)
    anew = f"the topic {topic} has 1 partitions, but 2 when it was first counted"
    none = f"Kafka has no topic {topic}, and figures were made of it: `svartid doctor` says what is missing"
    ran = two.run("verify")
    assert ran.returncode == 1
    assert (anew if left else none) in " ".join(ran.stderr.split())
    assert len(ran.stderr.splitlines()) < 10
