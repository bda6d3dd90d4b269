"""A real day through the whole service: sent to Kafka, folded by a worker, kept in Redis, asked for by `history`."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

import config
from tests.ingest.installation import Installation

pytestmark = pytest.mark.real

DATA = Path(__file__).parent / "data"
BANK = ("--config", str(Path(config.__file__).parent / "bank"))
THE_DAY = ("--from", "1999-02-03", "--to", "1999-02-03")


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
def test_the_day(installation: Installation, truth: dict[str, Any], tmp_path: Path, sent: Any) -> None:
    def svartid(*arguments: str) -> str:
        ran = installation.run(*arguments)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def history(*arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(svartid("history", *BANK, *THE_DAY, "--json", *arguments))
        return found

    def as_truth(row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in truth["total"]}

    events = tmp_path / "day.ndjson"
    with gzip.open(DATA / "bank-1999-02-03.ndjson.gz") as lines:
        events.write_bytes(b"".join(sent(lines.readlines())))
    svartid("produce", str(events))
    svartid("worker", "--drain", *BANK)

    (day,) = history("--step", "1d", "--by", "total")
    assert as_truth(day) == truth["total"]
    assert {row["queue"]: as_truth(row) for row in history("--step", "1d", "--by", "queue")} == truth["queues"]
    assert {row["start"]: as_truth(row) for row in history("--step", "15m")} == truth["quarters"]


def test_other_definitions_are_refused(installation: Installation, tmp_path: Path) -> None:
    """Read by other edges, the figures would be wrong, and nothing about them would look it."""
    installation.drain()
    ran = installation.run("history", *BANK)
    assert ran.returncode == 1
    assert "made by other definitions" in ran.stderr
