"""A real day through the whole service: sent to Kafka, folded by a worker, kept in Redis, asked for by `history`."""

import gzip
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import config
from streams.local import LocalParts, create_topics

pytestmark = pytest.mark.real

SVARTID = Path(sys.executable).with_name("svartid")
DATA = Path(__file__).parent / "data"
BANK = Path(config.__file__).parent / "bank"
THE_DAY = ("--config", str(BANK), "--from", "1999-02-03", "--to", "1999-02-03", "--json")


class Installation:
    """A namespace, a group and topics of its own in parts that others use too."""

    def __init__(self, parts: LocalParts, name: str, partitions: int) -> None:
        topics = {channel: f"{name}.{channel}" for channel in ("phone", "chat", "written")}
        rejected = f"{name}.rejected"
        create_topics(parts.kafka_brokers, dict.fromkeys(topics.values(), partitions) | {rejected: 1})
        self.env = os.environ | parts.env()
        self.env |= {"SVARTID_TOPICS": json.dumps(topics), "SVARTID_REJECTED_TOPIC": rejected, "SVARTID_PORT": "0"}
        self.env |= {"SVARTID_NAMESPACE": name, "SVARTID_CONSUMER_GROUP": name}

    def svartid(self, *arguments: str) -> bytes:
        """What a command that must not fail says."""
        return subprocess.run([SVARTID, *arguments], env=self.env, check=True, stdout=subprocess.PIPE).stdout


def as_it_is(lines: list[bytes]) -> list[bytes]:
    return lines


def shuffled_and_twice(lines: list[bytes]) -> list[bytes]:
    twice = [*lines, *lines]
    random.Random(1999).shuffle(twice)
    return twice


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "bank-1999-02-03.truth.json").read_bytes())
    return found


@pytest.mark.parametrize("sent", [as_it_is, shuffled_and_twice])
def test_the_day(local_parts: LocalParts, truth: dict[str, Any], tmp_path: Path, sent: Any) -> None:
    bank = Installation(local_parts, f"bank-{sent.__name__}", partitions=3)
    events = tmp_path / "day.ndjson"
    with gzip.open(DATA / "bank-1999-02-03.ndjson.gz") as day_of_events:
        events.write_bytes(b"".join(sent(day_of_events.readlines())))
    bank.svartid("produce", str(events))
    bank.svartid("worker", "--drain", "--config", str(BANK))

    def history(*arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(bank.svartid("history", *THE_DAY, *arguments))
        return found

    def as_truth(row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in truth["total"]}

    (day,) = history("--step", "1d", "--by", "total")
    assert as_truth(day) == truth["total"]
    assert {row["queue"]: as_truth(row) for row in history("--step", "1d", "--by", "queue")} == truth["queues"]
    assert {row["start"]: as_truth(row) for row in history("--step", "15m")} == truth["quarters"]
