"""A worker that meets a batch which it must not make: what all such have in common."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from tests.conftest import Installations
from tests.ingest.admin import forget_before
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.too_far import send_at_once
from tests.ingest.workers import Worker


@dataclass(frozen=True)
class Met:
    """A worker that has counted 40 records of phone and 50 of chat, and then meets a batch that it must not make."""

    installation: Installation
    worker: Worker
    phone: list[Produced]
    chat: list[Produced]

    @classmethod
    def by(cls, installations: Installations) -> Self:
        """Begun, of one partition each."""
        installation = installations({"phone": 1, "chat": 1})
        log = generate(24, 1200).records
        phone, chat = ([r for r in log if r.channel == channel] for channel in ("phone", "chat"))
        installation.send([*phone[:40], *chat[:50]])
        worker = installation.start()
        installation.wait_committed(90)
        installation.wait_ready()
        return cls(installation, worker, phone, chat)

    @property
    def partition(self) -> str:
        """Phone's."""
        return f"{self.installation.topics['phone']}-0"

    def send(self, batch: bytes) -> None:
        """To that one."""
        send_at_once(self.installation.brokers, self.installation.topics["phone"], batch)

    def goes_on_counting_chat(self, why: str) -> None:
        """Phone is refused, and who asks is told why: a worker, and whoever verifies."""
        told = f"{self.partition}: the batch from offset 40 up to 41 cannot be read ({why})"
        assert told in self.worker.wait_for("a topic is not counted any more")["reason"]
        self.installation.send([*self.phone[40:80], *self.chat[50:100]])
        self.installation.wait_committed(140)
        status, said = self.worker.get("/isready")
        assert status == 503 and told in said and "kafka-delete-records.sh" in said
        ran = self.installation.run("verify", "--json")
        found = json.loads(ran.stdout)
        assert (ran.returncode, found["records"], found["differences"]) == (0, 140, {}), ran.stderr
        assert list(found["unreadable"]) == [self.partition] and told in found["unreadable"][self.partition]

    def counts_all_once_it_is_deleted(self) -> None:
        """By an operator."""
        forget_before(self.installation.brokers, {self.partition: 41})
        assert self.worker.wait(30) == 3, "it may be counted again"
        assert len(self.worker.lines("a topic is not counted")) == 1
        self.installation.drain()
        assert self.installation.counters()["accepted"] == 180


def memory(process: psutil.Process, field: str) -> int:
    """What Linux says of it, in bytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{field}:"))
