"""The rights of `deploy/kafka/acls.txt` on a real Kafka with an authorizer: what svartid does, they allow; and nothing
else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
import uvloop
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest

import config
from streams import rights
from streams.cli.answers import Finding
from streams.cli.doctor import _examine
from streams.ingest.checkpoints import KafkaCheckpoints
from streams.kafka import connection
from streams.local import LocalParts, Valkey
from streams.local.ports import free_ports
from streams.local.valkey import embedded_server
from streams.settings import Settings
from streams.sources.sending import Outgoing, Sender, Unreachable
from tests.ingest.admin import forget_all
from tests.ingest.generated import BEGIN_MS, assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker
from tests.security.certificates import Authority
from tests.security.rights import ACLS, AUTHORIZER, GuardedKafka, Rule, give, rules, take
from tests.security.servers import broker_with_tls

WORKER, SENDER, STRANGER = "svartid-worker", "svartid-sender", "stranger"
SOON_S = 30.0  # a worker that lacks a right ends within a second, on a machine that has nothing else to do
READ_WITHIN_S = 3.0
CLOSED_WITHIN_S = 20.0  # it takes one second
PARTITIONS = {"phone": 2, "chat": 1, "written": 1}
PSEUDONYM_KEY = "a key that nobody may see"
BAD = Produced("phone", b"k", b"no event", BEGIN_MS)


@dataclass(frozen=True, slots=True)
class Parts:
    """A Kafka that asks its authorizer, and a Valkey."""

    kafka: GuardedKafka
    kafka_tls: str
    valkey: Valkey
    authority: Authority

    @property
    def kafka_brokers(self) -> str:
        """The address without TLS, for the test."""
        return self.kafka.address

    @property
    def redis_url(self) -> str:
        return self.valkey.url

    def env(self) -> dict[str, str]:
        """The worker's."""
        return {"SVARTID_REDIS_URL": self.valkey.url, **self.env_of(WORKER)}

    def env_of(self, user: str) -> dict[str, str]:
        """What Kafka knows a user by."""
        issued = self.authority.issue(user)
        return {
            "SVARTID_KAFKA_BROKERS": self.kafka_tls,
            "SVARTID_KAFKA_CA_PATH": str(self.authority.ca),
            "SVARTID_KAFKA_CERTIFICATE_PATH": str(issued.chain),
            "SVARTID_KAFKA_PRIVATE_KEY_PATH": str(issued.key),
        }


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    folder = tmp_path_factory.mktemp("rights")
    authority = Authority(folder / "authority")
    kafka, address = broker_with_tls(folder / "kafka", authority, kind=GuardedKafka, more=AUTHORIZER)
    valkey = Valkey(folder / "valkey", free_ports(1)[0], append_only=False, binary=embedded_server())
    try:
        for part in (kafka, valkey):
            part.launch()
        for part in (kafka, valkey):
            part.wait_ready()
        yield Parts(cast(GuardedKafka, kafka), address, valkey, authority)
    finally:
        for part in (kafka, valkey):
            part.kill()


class Guarded(Installation):
    """One whose users have exactly the rights of the file, on topics and a group of its own."""

    def __init__(self, parts: Parts, folder: Path) -> None:
        super().__init__(cast(LocalParts, parts), f"test-{uuid4().hex[:8]}", folder, PARTITIONS)
        self.env["SVARTID_PSEUDONYM_KEY"] = PSEUDONYM_KEY
        self.kafka, self._parts = parts.kafka, parts
        default, default_topics = Settings.model_construct(), config.load_channels().topics
        names = {default_topics[channel]: topic for channel, topic in self.topics.items()}
        names |= {default.rejected_topic: self.rejected_topic, default.checkpoint_topic: self.checkpoint_topic}
        self.rules = rules(names | {default.consumer_group: self.name})
        give(self.brokers, self.rules)

    def as_user(self, user: str) -> dict[str, str]:
        """Settings by which a command is another user."""
        return self._parts.env_of(user)

    def settings_of(self, user: str) -> Settings:
        """The same, for the test's own process."""
        mine, self.env = self.env, self.env | self.as_user(user)
        try:
            return self.settings()
        finally:
            self.env = mine

    def take(self, *unwanted: Rule) -> None:
        """Takes rights away, and returns when that is so."""
        take(self.brokers, unwanted)
        expected = {rights.Right(*rule[1:]) for rule in unwanted}  # type: ignore[arg-type]
        eventually(lambda: expected <= set(self.lacking()), "the rights are taken away")

    def give(self, wanted: Rule) -> None:
        """Gives a right back, and returns when it has it."""
        give(self.brokers, [wanted])
        eventually(lambda: self.lacking() == [], "the right is given")

    def lacking(self) -> list[rights.Right]:
        """What the worker's user lacks, as it finds out itself."""
        settings = self.settings()
        return asyncio.run(rights.lacking(settings, rights.of_worker(settings)))


@pytest.fixture
def guarded(parts: Parts, tmp_path: Path) -> Iterator[Guarded]:
    made = Guarded(parts, tmp_path)
    eventually(lambda: made.lacking() == [], "the rights are given")
    yield made
    made.close()


# --- the list


def test_the_list_is_what_svartid_looks_for() -> None:
    settings = Settings.model_construct(topics=config.load_channels().topics)
    listed = {user: {rule[1:] for rule in rules() if rule.user == user} for user in (WORKER, SENDER)}
    assert listed == {WORKER: set(rights.of_worker(settings)), SENDER: set(rights.of_sender(settings))}
    assert len(rules()) == sum(map(len, listed.values())), "nothing twice, and nobody else"


def test_nais_gives_the_same() -> None:
    """`readwrite` is both; groups are not listed there, as who may read may be a member."""
    operations = {"read": ["Read"], "write": ["Write"], "readwrite": ["Read", "Write"]}
    users = {"svartid": WORKER, "svartid-sender": SENDER}
    given = {
        Rule(users[acl["application"]], operation, "topic", topic["metadata"]["name"])
        for topic in yaml.safe_load_all((ACLS.parents[1] / "nais/topics.yaml").read_text())
        for acl in topic["spec"]["acl"]
        for operation in operations[acl["access"]]
    }
    assert given == {rule for rule in rules() if rule.kind == "topic"}


# --- what is allowed


def sent(guarded: Guarded, records: list[Produced]) -> None:
    """As the sender's user."""

    async def send() -> None:
        async with Sender(guarded.settings_of(SENDER)) as sender:
            await sender.send(Outgoing(one.channel, one.key or b"", one.value, one.timestamp) for one in records)

    asyncio.run(send())


def lived(guarded: Guarded) -> None:
    """All that a worker and the commands do.

    events   |--------|  (Kafka forgets them)   |------|
    worker      |-------|                     |----------|
    Redis                  emptied
    """
    log = generate(71, 400)
    half = len(log.records) // 2
    sent(guarded, [*log.records[:half], Produced("written", b"k", b"no event", BEGIN_MS)])
    worker = guarded.start()
    guarded.wait_committed(half + 1)
    eventually(lambda: len(guarded.rejected()) == 1, "it is told that a record was rejected")
    assert worker.stop() == 0, worker.said
    guarded.redis.flushall()
    forget_all(guarded.brokers, guarded.partitions)
    sent(guarded, log.records[half:])
    worker = guarded.start("--drain")
    assert worker.wait(SOON_S) == 0, worker.said
    assert worker.lines("restored from a checkpoint")
    assert_books_agree(log.books, guarded.totals())
    guarded.verify()
    ran = guarded.run("rebuild", "--from-log", "--yes", "--no-wait")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.real
def test_a_workers_whole_life_is_allowed_and_nothing_that_it_does_not_need(guarded: Guarded) -> None:
    before = len(guarded.kafka.log.read_text())
    lived(guarded)
    decisions = guarded.kafka.decisions(before)
    assert [one for one in decisions if one.answer == "Denied"] == [], "svartid does what the file does not allow"
    # To be asked for rights is no use of them: of that the authorizer's log has only that the topic may be described.
    used = {Rule(one.user, one.operation.title(), one.kind.lower(), one.name) for one in decisions}
    assert set(guarded.rules) - used == set(), "the file allows what nobody does"


# --- what is denied

Attempt = Callable[[Mapping[str, Any], Guarded], Awaitable[Any]]


async def _write(to: Mapping[str, Any], topic: str) -> None:
    async with AIOKafkaProducer(**to, request_timeout_ms=5000) as producer:
        await producer.send_and_wait(topic, b"x", b"k", partition=0)


async def _read(to: Mapping[str, Any], topic: str) -> None:
    async with AIOKafkaConsumer(**to, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        async with asyncio.timeout(READ_WITHIN_S):
            await consumer.getone()


async def _find(to: Mapping[str, Any], group: str) -> None:
    """What every member of a group asks first: who coordinates it?"""
    client = AIOKafkaClient(**to)
    await client.bootstrap()
    try:
        await client.coordinator_lookup(CoordinationType.GROUP, group)
    finally:
        await client.close()


async def _ask(to: Mapping[str, Any], question: Callable[[AIOKafkaAdminClient], Awaitable[Any]]) -> None:
    """Raises what the answer names as an error."""
    admin = AIOKafkaAdminClient(**to)
    await admin.start()
    try:
        answer = (await question(admin)).to_object()
    finally:
        await admin.close()
    (results,) = (value for value in answer.values() if isinstance(value, list))
    for result in results:
        if result["error_code"]:
            raise for_code(result["error_code"])


def _acl(topic: str) -> CreateAclsRequest:
    return CreateAclsRequest(2, topic, 3, f"User:{WORKER}", "*", 2, 3)  # everything, on this topic


CLUSTER = "kafka-cluster"  # the resource's name, in every cluster
TRIES: dict[str, tuple[Callable[[Guarded], str], Attempt]] = {  # what is tried with which resource
    "write events": (lambda g: g.topics["phone"], lambda to, g: _write(to, g.topics["phone"])),
    "write checkpoints": (lambda g: g.checkpoint_topic, lambda to, g: _write(to, g.checkpoint_topic)),
    "write what is rejected": (lambda g: g.rejected_topic, lambda to, g: _write(to, g.rejected_topic)),
    "read events": (lambda g: g.topics["phone"], lambda to, g: _read(to, g.topics["phone"])),
    "read checkpoints": (lambda g: g.checkpoint_topic, lambda to, g: _read(to, g.checkpoint_topic)),
    "read what was rejected": (lambda g: g.rejected_topic, lambda to, g: _read(to, g.rejected_topic)),
    "be of another group": (
        lambda g: f"{g.name}-another",
        lambda to, g: _find(to, f"{g.name}-another"),
    ),
    "delete a topic": (
        lambda g: g.topics["phone"],
        lambda to, g: _ask(to, lambda admin: admin.delete_topics([g.topics["phone"]])),
    ),
    "make a topic": (
        lambda g: CLUSTER,
        lambda to, g: _ask(to, lambda admin: admin.create_topics([NewTopic(f"{g.name}-new", 1, 1)])),
    ),
    "give itself rights": (
        lambda g: CLUSTER,
        lambda to, g: _ask(to, lambda admin: admin._send_to_controller(_acl(g.topics["phone"]))),
    ),
}
ALLOWED = {
    WORKER: {"write checkpoints", "write what is rejected", "read events", "read checkpoints"},
    SENDER: {"write events"},
    STRANGER: set[str](),
}


@pytest.mark.real
def test_a_reader_is_closed_soon_though_the_broker_holds_its_fetch(guarded: Guarded) -> None:
    """uvloop alone would wait 30 s for the broker's goodbye, now and then."""

    settings = guarded.settings()

    async def several() -> None:
        async with asyncio.timeout(CLOSED_WITHIN_S):
            await asyncio.gather(*(KafkaCheckpoints(settings).read(guarded.partitions) for _ in range(12)))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(several())


@pytest.mark.real
@pytest.mark.parametrize("user", ALLOWED)
def test_all_else_is_denied(guarded: Guarded, user: str) -> None:
    guarded.send([BAD])
    for topic in (guarded.checkpoint_topic, guarded.rejected_topic):
        asyncio.run(_write({"bootstrap_servers": guarded.brokers}, topic))
    to = connection(guarded.settings_of(user))
    before = len(guarded.kafka.log.read_text())

    async def outcomes() -> list[BaseException | None]:
        tries = (attempt(to, guarded) for _, attempt in TRIES.values())
        return await asyncio.gather(*tries, return_exceptions=True)

    failures = dict(zip(TRIES, asyncio.run(outcomes()), strict=True))
    assert {what for what, failure in failures.items() if failure is None} == ALLOWED[user], failures
    # A client that may not even know of a topic waits for it: that it was denied, the authorizer knows.
    denied = {one.name for one in guarded.kafka.decisions(before) if (one.user, one.answer) == (user, "Denied")}
    assert {TRIES[what][0](guarded) for what in TRIES.keys() - ALLOWED[user]} <= denied


@pytest.mark.real
def test_who_may_not_send_is_told(guarded: Guarded) -> None:
    async def send() -> None:
        async with Sender(guarded.settings()):  # the worker's
            pass

    told = f"Kafka does not give this user the right to Write on the topic {guarded.topics['phone']}"
    with pytest.raises(Unreachable, match=told):
        asyncio.run(send())


# --- what is lacking


def last_sentence(worker: Worker) -> str:
    """What it said last; the console may have broken it into several lines."""
    return " ".join(worker.said[worker.said.rindex("svartid: ") :].split())


def shows_nothing(said: str) -> None:
    assert "Traceback" not in said
    assert [secret for secret in (PSEUDONYM_KEY, "PRIVATE KEY") if secret in said] == []


def problems(guarded: Guarded) -> list[Finding]:
    """What `svartid doctor` finds wrong."""
    return [one for one in asyncio.run(_examine(guarded.settings(), None)) if one.state == "problem"]


def told_of(lacking: Rule) -> str:
    return f"Kafka does not give this user the right to {lacking.operation} on the {lacking.kind} {lacking.name}"


@pytest.mark.real
def test_each_right_that_is_lacking_is_found(guarded: Guarded) -> None:
    todo = "Give it what deploy/kafka/acls.txt has for it"
    assert problems(guarded) == []
    for rule in (rule for rule in guarded.rules if rule.user == WORKER):
        guarded.take(rule)
        found = [(one.what, one.found, one.todo) for one in problems(guarded)]
        assert found == [(f"{rule.kind} {rule.name}", told_of(rule), todo)]
        guarded.give(rule)


@pytest.mark.real
def test_a_stranger_is_told_all_that_it_lacks(guarded: Guarded) -> None:
    settings = guarded.settings_of(STRANGER)
    with pytest.raises(rights.NoRight) as told:
        asyncio.run(rights.check(settings, rights.of_worker(settings)))
    assert told.value.lacking == rights.of_worker(settings)
    assert f"Read and Write on the topic {guarded.checkpoint_topic}" in str(told.value)


@pytest.mark.real
@pytest.mark.parametrize("n", [3, 6], ids=["group", "checkpoints"])
def test_a_worker_that_lacks_a_right_ends_before_it_reads_anything(guarded: Guarded, n: int) -> None:
    rule = [rule for rule in guarded.rules if rule.user == WORKER][n]
    guarded.take(rule)
    worker = guarded.start()
    assert worker.wait(SOON_S) == 3, worker.said
    assert last_sentence(worker) == f"svartid: {told_of(rule)}. Give it what deploy/kafka/acls.txt has for it"
    shows_nothing(worker.said)
    assert worker.lines("took partitions") == []


@pytest.mark.real
@pytest.mark.parametrize("kind", ["topic", "group"])
def test_a_worker_from_whom_a_right_is_taken_ends(guarded: Guarded, kind: str) -> None:
    """But not where it is the one to tell what was rejected: that does not stop the figures."""
    worker = guarded.start()
    guarded.send([BAD])
    guarded.wait_committed(1)
    guarded.take(next(rule for rule in guarded.rules if rule.name == guarded.rejected_topic))
    guarded.send([BAD, *generate(72, 50).records])
    guarded.wait_committed(52)
    why = worker.wait_for("cannot write to the rejected topic")["why"]
    assert why.startswith(f"{guarded.rejected_topic}: ") and "(TopicAuthorizationFailedError)" in why
    rule = next(rule for rule in guarded.rules if (rule.user, rule.kind) == (WORKER, kind))
    guarded.take(rule)
    assert worker.wait(SOON_S) == 3, worker.said
    assert last_sentence(worker).startswith(f"svartid: {told_of(rule)}")
    shows_nothing(worker.said)
