"""The log changed under the figures: each case is named, nothing is guessed, and there is a way on."""

import json
import time
from collections.abc import Callable

import orjson
import pytest

from tests.answers import answered
from tests.conftest import Installations
from tests.events import START_MS, Event, event, visit
from tests.ingest.admin import add_partitions, extents, forget_all, make_anew
from tests.ingest.generated import Generated, assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

pytestmark = pytest.mark.real

AT_NIGHT = "0,1741150000000,1"  # a clock that has stopped being real: hours after the last generated event


@pytest.fixture
def one(installations: Installations) -> Installation:
    """With one partition, so that the length of its log is known."""
    return installations({"phone": 1})


def phone(seed: int, records: int) -> Generated:
    """Of one channel alone."""
    log = generate(seed, 2 * records)
    phone = [record for record in log.records if record.channel == "phone"]
    return Generated(phone, {line: book for line, book in log.books.items() if line.startswith("phone/")})


def sentence(worker: Worker) -> str:
    return " ".join(worker.said[worker.said.rindex("svartid: ") :].split())


LENGTHS: dict[str, Callable[[int], int]] = {
    "shorter": lambda n: n // 2,
    "as long": lambda n: n,
    "longer": lambda n: n + n // 2,
}


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.fault(10)
def test_a_topic_that_was_made_anew_is_told_whatever_its_length(one: Installation, length: str) -> None:
    log, other = phone(31, 300).records, phone(32, 900).records
    one.send(log)
    one.drain()
    before = one.totals()
    make_anew(one.brokers, one.topics["phone"], 1)
    one.send(other[: LENGTHS[length](len(log))])
    worker = one.start("--drain")
    assert worker.wait(30) == 1, worker.said
    assert f"{one.topics['phone']}-0 " in sentence(worker)
    assert "the topic was made anew. Set SVARTID_NAMESPACE" in sentence(worker)
    assert (one.totals(), one.committed()) == (before, len(log))


@pytest.mark.fault(10)
def test_the_way_on_after_a_topic_was_made_anew(one: Installation) -> None:
    log, other = phone(33, 300), phone(34, 300)
    one.send(log.records)
    one.drain()
    make_anew(one.brokers, one.topics["phone"], 1)
    one.send(other.records)
    one.redis.delete(*one.redis.keys(f"*{one.name}*"))
    worker = one.start("--drain")
    assert worker.wait(30) == 1, f"a checkpoint of the old log is not mixed with the new one: {worker.said}"
    assert "svartid rebuild --from-log" in sentence(worker)
    ran = one.run("rebuild", "--from-log", "--yes", "--no-wait")
    assert ran.returncode == 0, ran.stderr
    one.drain()
    one.verify(len(other.records))
    assert_books_agree(other.books, one.totals())


@pytest.mark.fault(10)
def test_partitions_are_added_without_splitting_a_contact(installation: Installation) -> None:
    """
    events    |------| stopped                        |------|
    topic              4 partitions -> 7
    worker    |--------X (it names both counts)   |-----------
    """
    first, then = generate(37, 3_000), generate(38, 3_000)
    topic = installation.topics["phone"]
    installation.send(first.records)
    installation.drain()
    night = {"SVARTID_CLOCK": AT_NIGHT}
    ran = installation.run("repartition", "--json", **night)
    of_all = json.loads(ran.stdout)["under_way"]
    add_partitions(installation.brokers, topic, 7)
    worker = installation.start("--drain")
    assert worker.wait(30) == 1, worker.said
    assert f"the topic {topic} has 7 partitions, but 4 when it was first counted" in sentence(worker)
    under_way = json.loads(installation.run("repartition", "--json", **night).stdout)["under_way"]
    assert 0 < under_way <= of_all, "promises are open"
    ran = installation.run("repartition", **night)
    assert (ran.returncode, f"{under_way} contacts are under way" in " ".join(ran.stderr.split())) == (1, True)
    ran = installation.run("repartition", "--split", str(under_way + 1), **night)
    assert ran.returncode == 2, "not another number than there are"
    ran = installation.run("repartition", "--split", str(under_way), **night)
    assert (ran.returncode, ran.stdout) == (0, f"accepted: {topic} has 7 partitions, 4 before\n"), ran.stderr
    installation.partitions += [f"{topic}-{n}" for n in range(4, 7)]
    installation.send(then.records)
    installation.drain()
    assert all(end > 0 for _, end in extents(installation.brokers, installation.partitions[-3:]).values())
    installation.verify(len(first.records) + len(then.records))
    books = {
        line: first.books.get(line, type(then.books[line])()) + then.books[line]
        for line in first.books.keys() | then.books.keys()
    }
    assert_books_agree({line: +book for line, book in books.items()}, installation.totals())


@pytest.mark.fault(10)
def test_a_contact_that_was_opened_again_is_under_way(one: Installation) -> None:
    """Its first end was told, and it talks: what is told of it next would lie in another partition."""
    again = event("queue.entered", START_MS + 9000, "a", visit_id="b")
    log = [*visit("a", START_MS, ("queue.answered", 1000), ("contact.ended", 2000)), again]
    log.append(event("queue.answered", START_MS + 10_000, "a", None, visit_id="b"))
    talking = {"SVARTID_CLOCK": f"{int(time.time() * 1000)},{START_MS + 60_000},1"}

    def under_way() -> int:
        one.drain()
        return int(json.loads(one.run("repartition", "--json", **talking).stdout)["under_way"])

    one.send([_sent(told) for told in log])
    assert under_way() == 1
    one.send([_sent(event("contact.ended", START_MS + 20_000, "a", None))])
    assert under_way() == 0


def _sent(told: Event) -> Produced:
    return Produced("phone", b"a", orjson.dumps(told), told["occurred_at"])


@pytest.mark.fault(10)
def test_partitions_are_not_accepted_while_events_are_unread(one: Installation) -> None:
    """Unless it is said: no worker reads them before that, so to insist would be a dead end."""
    log = phone(39, 200).records
    one.send(log[:100])
    one.drain()
    one.send(log[100:])
    told = f"events that are not counted in {one.topics['phone']}-0"
    ran = one.run("repartition", "--json", SVARTID_CLOCK=AT_NIGHT)
    found = json.loads(ran.stdout)
    assert (
        ran.returncode == 1 and f"there are {told}: stop what sends, and let a worker read them" in found["obstacles"]
    )
    add_partitions(one.brokers, one.topics["phone"], 3)
    assert one.start("--drain").wait(30) == 1, "it is not accepted"
    ran = one.run("repartition", "--json", SVARTID_CLOCK=AT_NIGHT)
    (obstacle,) = [each for each in json.loads(ran.stdout)["obstacles"] if told in each]
    assert (ran.returncode, obstacle.endswith(f"--split {found['under_way']}")) == (1, True)
    assert one.run("repartition", "--split", str(found["under_way"]), SVARTID_CLOCK=AT_NIGHT).returncode == 0
    one.partitions += [f"{one.topics['phone']}-{n}" for n in (1, 2)]
    one.drain()
    one.verify(len(log))


def test_verify_compares_what_can_be_where_the_beginning_is_gone(one: Installation) -> None:
    log = phone(40, 400)
    one.send(log.records)
    one.drain()
    forget_all(one.brokers, one.partitions)
    ran = one.run("verify", "--json")
    found = json.loads(ran.stdout)
    assert (ran.returncode, found["differences"], list(found["compared_since"])) == (0, {}, one.partitions)
    one.redis.hincrby(one.keys.partition(one.partitions[0]).meta, "offset", 10_000)
    assert one.run("verify").returncode == 1


def test_a_rebuild_gives_the_same_figures_while_a_worker_runs(installation: Installation) -> None:
    log = generate(41, 3_000)
    installation.send(log.records)
    worker = installation.start()
    installation.wait_committed(len(log.records))
    name = installation.partitions[0]
    command = installation.start("--yes", "--json", name, command="rebuild")
    assert worker.wait(60) == 3, worker.said
    assert f"{name} was claimed by another, or let go of for a rebuild" in sentence(worker)
    again = installation.start()
    assert command.wait(60) == 0, command.said
    assert answered("rebuild", command.said.splitlines()[-1]) == {
        "partitions": [name],
        "from_log": False,
        "waited": True,
    }
    eventually(again.is_ready, "it is whole")
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())
    assert installation.run("rebuild", f"{name}9", "--yes").returncode == 2
    ran = installation.run("rebuild", name)
    assert (ran.returncode, installation.committed()) == (1, len(log.records)), "nobody agreed"
