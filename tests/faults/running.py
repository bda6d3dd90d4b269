"""Parts of a test's own beside those that all share, and a worker that is started again as an orchestrator does."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.ingest.installation import PARTITIONS, Installation
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

RECOVERED_WITHIN_S = 90.0  # the T of I3
AGAIN = 3  # the exit code with which starting again helps

Note = Callable[[str, object], None]  # what `record_property` is


@dataclass(frozen=True, slots=True)
class Around:
    """Where an installation's test finds Kafka and Redis, and where its workers do."""

    kafka_brokers: str
    redis_url: str
    workers_kafka: str
    workers_redis: str

    def env(self) -> dict[str, str]:
        """The workers'."""
        return {"SVARTID_KAFKA_BROKERS": self.workers_kafka, "SVARTID_REDIS_URL": self.workers_redis}

    def installation(self, name: str, folder: Path, partitions: dict[str, int] | None = None) -> Installation:
        """One on these parts."""
        return Installation(self, name, folder, partitions or PARTITIONS)


class Supervised:
    """A worker that goes on, or ends with 3 and is started again. Any other end fails the test."""

    def __init__(self, installation: Installation, **settings: str) -> None:
        self.installation = installation
        self.ends = 0
        self._settings = settings
        self.worker: Worker = installation.start(**settings)

    def until(self, look: Callable[[], bool], what: str, within_s: float = RECOVERED_WITHIN_S) -> None:
        """Returns when that is so; starts the worker again meanwhile, as often as it ends."""
        eventually(lambda: self._looked(look), lambda: f"{what}; the worker said\n{self.worker.said[-3000:]}", within_s)

    def committed(self, records: int, within_s: float = RECOVERED_WITHIN_S) -> None:
        """I3: returns when so many records are committed."""
        self.until(lambda: self.installation.committed() >= records, f"{records} records are committed", within_s)

    def _looked(self, look: Callable[[], bool]) -> bool:
        code = self.worker.process.poll()
        if code is not None:
            assert code == AGAIN, f"ended with {code}; it said\n{self.worker.said}"
            self.ends += 1
            self.worker = self.installation.start(**self._settings)
        try:
            return look()
        except redis.RedisError:
            return False
