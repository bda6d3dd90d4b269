"""The pseudonym key is changed while real workers run, one after the other: nothing is lost or counted twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.conftest import Installations
from tests.events import DAY_MS, Event, event, visit
from tests.ingest.generated import BEGIN_MS, generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.test_backup import elsewhere
from tests.ingest.test_refusals import SOON_S, last_sentence

pytestmark = pytest.mark.real

OLD, NEXT = "a test's key", "the next key"
LOG = generate(47, 240)
MINUTE = 60_000
ASKED = visit("j", BEGIN_MS, ("callback.requested", MINUTE))
KEPT = event("callback.connected", BEGIN_MS + 100 * MINUTE, "j")
# The only event of its partition, and no journey's: its log is known again by it, under whichever key.
ALONE = Produced("written", None, orjson.dumps(event("queue.snapshot", BEGIN_MS, None, waiting=1)), BEGIN_MS)
BOTH = {"SVARTID_PSEUDONYM_KEY_OTHER": NEXT, "SVARTID_QUEUE_KEY": OLD}
TURNED = {"SVARTID_PSEUDONYM_KEY": NEXT, "SVARTID_PSEUDONYM_KEY_OTHER": OLD, "SVARTID_QUEUE_KEY": OLD}
DONE = {"SVARTID_PSEUDONYM_KEY": NEXT, "SVARTID_QUEUE_KEY": OLD}


def sent(*log: Event, partition: int | None = None) -> list[Produced]:
    return [Produced("phone", b"j", orjson.dumps(one), int(one["occurred_at"]), partition) for one in log]


class Rollout:
    """Workers of which one after the other gets other settings, while events come."""

    def __init__(self, installation: Installation, parts: list[list[Produced]]) -> None:
        self.installation, self.parts, self.sent = installation, parts, 0
        self.running = [installation.start() for _ in "ab"]

    def count(self) -> None:
        """Some more of the log, by whoever runs now."""
        part = self.parts.pop(0)
        self.installation.send(part)
        self.sent += len(part)
        self.installation.wait_committed(self.sent)

    def restart(self, **settings: str) -> None:
        """Each after the other, and between the two the one runs beside the other."""
        for n, worker in enumerate(self.running):
            assert worker.stop() == 0, worker.said
            self.running[n] = self.installation.start(**settings)
            self.running[n].wait_until_reading()
            self.count()

    def stop(self) -> None:
        for worker in self.running:
            assert worker.stop() == 0, worker.said

    def start(self, **settings: str) -> None:
        self.running = [self.installation.start(**settings) for _ in "ab"]


def doctor(installation: Installation, **settings: str) -> dict[str, Any]:
    """What it says of the other key."""
    found = json.loads(installation.run("doctor", "--json", **settings).stdout)
    return next((dict(one) for one in found if one["what"] == "other pseudonym key"), {"found": found})


def verified(installation: Installation, records: int, **settings: str) -> None:
    ran = installation.run("verify", "--json", **settings)
    found = json.loads(ran.stdout)
    assert (ran.returncode, found["differences"], found["records"]) == (0, {}, records), ran.stderr


def refused(installation: Installation, code: int, **settings: str) -> str:
    worker = installation.start("--drain", **settings)
    assert worker.wait(SOON_S) == code, worker.said
    return last_sentence(worker)


def test_a_key_is_changed_in_two_rolling_restarts_and_forgotten_in_a_third(
    installations: Installations, tmp_path: Path
) -> None:
    """
    own / other     old / -   old / next   next / old             | next / -
    a callback      asked                            rung up       |
    event time                                               40 days later: all that was under the old is forgotten
    """
    installation = installations({"phone": 2, "chat": 1, "written": 1})
    fifth = len(LOG.records) // 5
    parts = [LOG.records[n * fifth : (n + 1) * fifth] for n in range(4)] + [LOG.records[4 * fifth :]]
    parts[0] += [*sent(*ASKED), ALONE]
    parts[4] += sent(KEPT)
    rollout = Rollout(installation, parts)
    rollout.count()
    rollout.restart(**BOTH)
    assert doctor(installation, **BOTH)["found"] == "no journey under another key is remembered"
    rollout.restart(**TURNED)
    verified(installation, rollout.sent, **TURNED)
    verified(installation, rollout.sent, **BOTH)
    assert "journeys under another key are remembered" in doctor(installation, **TURNED)["found"]
    assert kept(installation) == 1 + sum(book["callback_kept"] for book in LOG.books.values())
    rollout.stop()

    file, there = tmp_path / "backup", elsewhere(installation)
    assert installation.run("backup", str(file), **TURNED).returncode == 0
    put_back = installation.run("restore", str(file), **DONE, **there)
    assert put_back.returncode == 1 and "set it to that one" in " ".join(put_back.stderr.split())
    assert installation.run("restore", str(file), **BOTH, **there).returncode == 0
    assert "set it to that one, until `svartid doctor` says" in refused(installation, 1, **DONE)
    assert doctor(installation, **DONE)["state"] == "problem"
    told = refused(installation, 2, **{**BOTH, "SVARTID_QUEUE_KEY": ""})
    assert "SVARTID_PSEUDONYM_KEY_OTHER" in told and "it needs SVARTID_QUEUE_KEY, too" in told

    rollout.start(**TURNED)
    rollout.parts.append(list(later(installation)))
    rollout.count()
    rollout.stop()
    assert doctor(installation, **TURNED)["found"] == "no journey under another key is remembered"
    worker = installation.start("--drain", **DONE)
    assert worker.wait(60) == 0, worker.said
    verified(installation, rollout.sent, **DONE)
    assert not any(
        key in said for key in (OLD, NEXT) for said in [worker.log.read_text() for worker in installation.workers]
    )


def later(installation: Installation) -> Iterator[Produced]:
    """In every partition so many contacts that event time comes there, forty days later: letters are kept for 28."""
    at = BEGIN_MS + 40 * DAY_MS
    for channel, n in (("phone", 2), ("chat", 1)):
        for partition in range(n):
            for who in "abcd":
                made = event("contact.started", at, f"{who}{partition}", f"{channel}/personbruker/helse")
                yield Produced(channel, None, orjson.dumps(made), at, partition)


def kept(installation: Installation) -> int:
    return sum(total.get("callback_kept", 0) for total in installation.totals().values())
