"""Row 23: a topic that is read no more, as one that got another name, is told, and let go of by a command."""

import json
from typing import Any

import pytest

from streams.local import create_topics
from streams.partition_names import strays
from tests.conftest import Installations
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

TOLD_WITHIN_S = 15.0


@pytest.mark.parametrize(
    ("name", "is_stray"),
    [
        ("a-0", False),
        ("a-2", False),
        ("a-3", True),
        ("a-03", True),
        ("a-²", True),
        ("a-", True),
        ("a", True),
        ("", True),
        ("a-" + "9" * 5000, True),
        ("b-99", False),  # nobody knows how many it has
        ("c-0", True),
    ],
)
def test_who_is_of_no_topic(name: str, *, is_stray: bool) -> None:
    assert strays([name], {"a": 3, "b": 0}) == [name] * is_stray


@pytest.fixture
def two(installations: Installations) -> Installation:
    return installations({"phone": 2, "chat": 1})


def status(installation: Installation) -> str:
    return str((installation.snapshot() or {}).get("status"))


def is_told(installation: Installation, worker: Worker, name: str) -> None:
    """Fails where readiness and snapshot do not say it in time."""

    def look() -> bool:
        code, text = worker.get("/isready")
        return code == 503 and name in text and "svartid retire" in text and status(installation) == "stale"

    eventually(look, lambda: f"{name} is told; {worker.get('/isready')}; {worker.said}", TOLD_WITHIN_S)


def history(installation: Installation) -> list[dict[str, Any]]:
    ran = installation.run("history", "--json", "--step=1d", "--from=2025-01-01", "--to=2025-12-31")
    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


@pytest.mark.real
@pytest.mark.fault(23)
def test_a_topic_that_got_another_name_is_told_and_retired_and_its_history_stays(two: Installation) -> None:
    log = generate(236, 600)
    two.send([record for record in log.records if record.channel in two.topics])
    two.drain()
    before, old = history(two), two.topics["chat"]
    renamed = f"{two.name}-chat.v2"
    create_topics(two.brokers, {renamed: 1})
    topics = json.dumps({**two.topics, "chat": renamed})
    worker = two.start(SVARTID_TOPICS=topics)
    is_told(two, worker, f"{old}-0")
    eventually(lambda: worker.said.count("Redis lists partitions that nobody reads") == 1, "its log says it once")
    found = json.loads(two.run("doctor", "--json", SVARTID_TOPICS=topics).stdout)
    (told,) = [one for one in found if one["what"] == "partitions of other topics"]
    assert (told["state"], "svartid retire" in told["todo"]) == ("problem", True)

    refused = two.run("retire", SVARTID_TOPICS=topics)  # nobody answers its question
    assert (refused.returncode, two.redis.sismember(two.keys.partitions, f"{old}-0")) == (1, 1)
    ran = two.run("retire", "--yes", "--json", SVARTID_TOPICS=topics)
    assert (ran.returncode, json.loads(ran.stdout)) == (0, {"retired": [f"{old}-0"], "forgotten": False}), ran.stderr
    eventually(worker.is_ready, lambda: f"it is ready: {worker.get('/isready')}", TOLD_WITHIN_S)
    eventually(lambda: status(two) == "live", "the snapshot is live", TOLD_WITHIN_S)
    assert history(two) == before
    assert two.run("verify", SVARTID_TOPICS=topics).returncode == 0
    assert two.run("retire", "--yes", SVARTID_TOPICS=topics).returncode == 0  # there are none

    assert worker.stop() == 0
    again = two.start()  # named again, it is read on from where it was left
    is_told(two, again, f"{renamed}-0")
    assert two.run("retire", "--yes", "--forget").returncode == 0
    eventually(again.is_ready, lambda: f"it is ready: {again.get('/isready')}", TOLD_WITHIN_S)
    assert history(two) == before
    two.verify()


@pytest.mark.real
@pytest.mark.fault(23, 26)
@pytest.mark.parametrize("stray", ["p8-0", "nonsense", "{phone}-99"])
def test_what_another_hand_put_on_the_list_is_told_and_taken_off(two: Installation, stray: str) -> None:
    name = stray.format_map(two.topics)
    worker = two.start()
    two.wait_ready()
    two.redis.sadd(two.keys.partitions, name)
    is_told(two, worker, name)
    assert two.run("retire", "--yes", "--forget").returncode == 0
    eventually(worker.is_ready, "it is ready", TOLD_WITHIN_S)
    assert two.redis.smembers(two.keys.partitions) == {one.encode() for one in two.partitions}
    assert two.redis.smembers(two.keys.retired) == set()


@pytest.mark.real
@pytest.mark.fault(23)
def test_what_a_worker_with_other_topics_shows_is_neither_missed_nor_retired(two: Installation) -> None:
    """A rolling change: the old worker still runs, and its figures are not let go of behind its back."""
    old = two.start()
    two.wait_ready()
    renamed = f"{two.name}-chat.v2"
    create_topics(two.brokers, {renamed: 1})
    topics = json.dumps({**two.topics, "chat": renamed})

    def refuses() -> None:
        ran = two.run("retire", "--yes", "--forget", SVARTID_TOPICS=topics, COLUMNS="300")
        assert (ran.returncode, f"a worker shows {two.topics['chat']}-0" in ran.stderr) == (1, True), ran.stderr

    refuses()
    new = two.start(SVARTID_TOPICS=topics)
    new.wait_until_reading()
    refuses()
    two.wait_ready()
    assert "Redis lists partitions" not in new.said + old.said
