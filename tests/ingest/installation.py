"""One installation on the shared Kafka and Valkey: topics, group and namespace of its own, and its workers."""

import json
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest
import redis

import config
from streams.kafka import CHECKPOINT_TOPIC_CONFIG
from streams.keys import Keys
from streams.local import create_topics
from streams.oracle.definitions import stand_in
from streams.settings import Settings, load
from tests import forked
from tests.answers import answered
from tests.ingest.sending import Produced, Record, Sending, everything
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

PARTITIONS = {"phone": 4, "chat": 2, "written": 1}
SEAL = 8  # bytes before each value in Redis
IN_FULL = {  # what is written in short, and what it stands for
    "began": ("entered", "journeys"),
    "direct": ("answered", "reached", "reached_first_visit"),
    "direct_sum_ms": ("wait_sum_ms", "journey_wait_sum_ms"),
}
SESSION_S = 6  # the least that the broker allows
_ENVIRONMENT = threading.Lock()  # there is one of the process, whichever thread asks
COMMAND_WITHIN_S = 240  # of two minutes a machine with eight times its work had too few


class Parts(Protocol):
    """Where Kafka and Redis are."""

    @property
    def kafka_brokers(self) -> str: ...

    @property
    def redis_url(self) -> str: ...

    def env(self) -> Mapping[str, str]:
        """The settings by which workers and commands find them, which may be through a network that can be hurt."""
        ...


class Installation:
    """Everything that one set of workers shares."""

    def __init__(self, parts: Parts, name: str, folder: Path, partitions: Mapping[str, int] = PARTITIONS) -> None:
        self.name = name
        self.folder = folder
        self.topics = {channel: f"{name}-{channel}" for channel in partitions}
        self.rejected_topic = f"{name}-rejected"
        self.checkpoint_topic = f"{name}-checkpoints"
        self.brokers = parts.kafka_brokers
        self.redis = redis.Redis.from_url(parts.redis_url)
        self.keys = Keys(name)
        self.workers: list[Worker] = []
        self.env = {
            **forked.without_settings(),
            **parts.env(),
            "SVARTID_NAMESPACE": name,
            "SVARTID_CONSUMER_GROUP": name,
            "SVARTID_TOPICS": json.dumps(self.topics),
            "SVARTID_REJECTED_TOPIC": self.rejected_topic,
            "SVARTID_CHECKPOINT_TOPIC": self.checkpoint_topic,
            "SVARTID_PSEUDONYM_KEY": "a test's key",
            "SVARTID_SESSION_TIMEOUT_S": str(SESSION_S),
            "SVARTID_LOG_FORMAT": "json",
            "SVARTID_PORT": "0",
        }
        made = {self.topics[channel]: n for channel, n in partitions.items()} | {self.rejected_topic: 1}
        create_topics(
            self.brokers,
            made | {self.checkpoint_topic: 1},
            {"max.message.bytes": str(16 << 20)},
            configs={self.checkpoint_topic: CHECKPOINT_TOPIC_CONFIG | {"max.message.bytes": str(2**20)}},
        )
        self.partitions = [f"{self.topics[c]}-{i}" for c, n in partitions.items() for i in range(n)]

    # --- workers and commands

    def start(
        self, *arguments: str, command: str = "worker", program: Sequence[str | Path] | None = None, **settings: str
    ) -> Worker:
        """A worker (or another command), at once; `settings` are added to its environment.

        With a `program`, such as `(SVARTID,)`, it starts cold.
        """
        log = self.folder / f"{self.name}-{command}-{len(self.workers)}.log"
        worker = Worker(log, self.env | settings, *arguments, command=command, program=program)
        self.workers.append(worker)
        return worker

    def wait_ready(self, within_s: float = 60.0) -> None:
        """Returns when all workers say that they are."""
        eventually(
            lambda: all(worker.is_ready() for worker in self.workers),
            lambda: f"all workers are ready; they said\n{self.said}",
            within_s,
        )

    @property
    def said(self) -> str:
        """What the workers said last."""
        return "\n".join(worker.said[-2000:] for worker in self.workers)

    def drain(self) -> None:
        """A worker that reads to the end of the log."""
        worker = self.start("--drain")
        assert worker.wait(COMMAND_WITHIN_S) == 0, worker.said

    def run(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """One command of svartid's, to its end. Fails where it answers in JSON otherwise than its schema says."""
        ran = forked.run(*arguments, env=self.env | settings, within_s=COMMAND_WITHIN_S)
        if "--json" in arguments and ran.stdout:
            answered(" ".join(arguments[: 2 if arguments[0] == "config" else 1]), ran.stdout)
        return ran

    def verify(self, expected_records: int | None = None) -> None:
        """Fails where `svartid verify` finds a difference, or another number of records than there should be."""
        ran = self.run("verify", "--json")
        assert ran.stdout, ran.stderr
        found = json.loads(ran.stdout)
        assert (ran.returncode, found["differences"]) == (0, {}), ran.stderr
        assert expected_records in (None, found["records"]), found

    def close(self) -> None:
        """Ends the workers that are left."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()
        self.redis.close()

    # --- what is in Redis

    def committed(self) -> int:
        """How many records are committed, over all partitions."""
        pipe = self.redis.pipeline(transaction=False)
        for name in self.partitions:
            pipe.hget(self.keys.partition(name).meta, "offset")
        return sum(int(offset or 0) for offset in pipe.execute())

    def wait_committed(self, records: int, within_s: float = 60.0) -> int:
        """Returns when so many are. Fails where a worker that should be running has ended."""
        return eventually(lambda: (n := self.committed()) >= records and n, lambda: self._told(records), within_s)

    def _told(self, records: int) -> str:
        return f"{records} records committed; there are {self.committed()}, and the workers said\n{self.said}"

    def epochs(self) -> list[int]:
        """How often each partition was claimed."""
        return [int(_hash(self.redis, self.keys.partition(name).meta).get(b"epoch", 0)) for name in self.partitions]

    def totals(self) -> dict[str, dict[str, int]]:
        """Every line's totals since the beginning, added up over the partitions; read past our own code."""
        totals: dict[str, dict[str, int]] = {}
        for name in self.partitions:
            for line, cell in _hash(self.redis, self.keys.partition(name).totals).items():
                if line == b"whole":
                    continue
                merged = totals.setdefault(
                    self._names.get(line.decode(), f"{line.decode().rpartition('/')[0]}/other"), {}
                )
                for measure, n in msgspec.msgpack.decode(cell[SEAL:], type=dict[str, int | bytes]).items():
                    for full in IN_FULL.get(measure, (measure,)):
                        merged[full] = merged.get(full, 0) + (0 if isinstance(n, bytes) else n)  # not the histograms
        return totals

    @property
    def _names(self) -> dict[str, str]:
        """What the queues of the configuration are called in Redis -> their lines."""
        key = self.env.get("SVARTID_PSEUDONYM_KEY", "").encode()
        lines = config.load().rules().lines
        return {f"{line.rpartition('/')[0]}/{stand_in(queue, key)}": line for (_, _, queue), line in lines.items()}

    def counters(self) -> dict[str, int]:
        """Accepted, late, newer and rejected, added up over the partitions; not by source."""
        counters: dict[str, int] = {}
        for name in self.partitions:
            packed = _hash(self.redis, self.keys.partition(name).meta).get(b"counters")
            for counter, n in msgspec.msgpack.decode(packed[SEAL:], type=dict[str, int]).items() if packed else ():
                counters[counter] = counters.get(counter, 0) + n
        return {counter: n for counter, n in counters.items() if not counter.startswith("of ")}

    def snapshot(self) -> dict[str, Any] | None:
        """The document that others read."""
        packed = self.redis.get(self.keys.snapshot)
        return json.loads(packed) if isinstance(packed, bytes) else None

    def settings(self) -> Settings:
        """As a worker of this installation has them."""
        return settings_of(self.env)

    # --- what is in Kafka

    def sending(self, records: Iterable[Produced], chunk: int = 500, ahead: int | None = None) -> Sending:
        """Sends records in the background, `chunk` at a time; a context manager that waits for the end.

        With `ahead`, never further than that ahead of what is committed: so the stream lasts as long as the test needs.
        """
        chunks = [[r for _, r in group] for _, group in groupby(enumerate(records), lambda i: i[0] // chunk)]
        may_send = (lambda sent: sent < self.committed() + ahead) if ahead is not None else (lambda _: True)
        return Sending(self.brokers, self.topics, chunks, may_send)

    def send(self, records: Iterable[Produced]) -> None:
        """Sends records and returns when Kafka has them."""
        with self.sending(records, chunk=5000):
            pass

    def rejected(self) -> list[Record]:
        """What is in the topic of rejected records."""
        return everything(self.brokers, self.rejected_topic, 0)

    def log(self) -> dict[str, list[Record]]:
        """Every record of every partition, by the partition's name: its index is its offset."""
        split = {name: name.rpartition("-") for name in self.partitions}
        return {name: everything(self.brokers, topic, int(number)) for name, (topic, _, number) in split.items()}


def settings_of(env: Mapping[str, str]) -> Settings:
    """As a process with this environment has them. The test's own has another for that long: one thread at a time."""
    with _ENVIRONMENT, pytest.MonkeyPatch.context() as patch:
        for name in env:
            if name.startswith("SVARTID_"):
                patch.setenv(name, env[name])
        return load()


def _hash(client: redis.Redis, key: str) -> dict[bytes, bytes]:
    found: Any = client.hgetall(key)
    return dict(found)
