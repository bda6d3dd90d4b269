"""Days that are older than the horizon are brought in before live events, as OPERATIONS.md says."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.conftest import Installations
from tests.events import DAY_MS, START_MS, visit
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

DAYS = 5
CALLS = LIVE = 60  # a day: enough in each partition to be believed that it is a day later
MINUTE_MS = 60_000


def calls(day: int) -> list[dict[str, Any]]:
    """Of one day: each is answered after as many minutes as the day is old, and one."""
    waits = (day + 1) * MINUTE_MS
    begin = START_MS - (day + 1) * DAY_MS
    return [
        one | {"source": "puzzel"}
        for n in range(CALLS)
        for one in visit(f"d{day}-{n}", begin + n * 15_000, ("queue.answered", waits))
    ]


def written(file: Path, told: list[dict[str, Any]]) -> str:
    file.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in told))
    return str(file)


def answered_by_day(installation: Installation) -> list[tuple[int, int]]:
    """The newest last: how many, and how long they waited in all, in minutes."""
    ran = installation.run("history", "--from", "2025-02-26", "--to", "2025-03-04", "--by", "total", "--json")
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(ran.stdout)
    return [(row["answered"], row["wait_sum_ms"] // MINUTE_MS) for row in rows if row["answered"]]


def test_before_live_events_and_late_among_them(installation: Installation, tmp_path: Path) -> None:
    """Newest first, in one file; then a live day; then more of the past, which is told before it is sent."""
    past = [one for day in range(DAYS) for one in reversed(calls(day))]
    ran = installation.run("produce", written(tmp_path / "past.ndjson", past))
    assert ran.returncode == 1
    assert "too late to count" in " ".join(ran.stderr.split())
    ran = installation.run("produce", "--in-order", str(tmp_path / "past.ndjson"))
    assert ran.returncode == 0, ran.stderr
    live = [one for n in range(LIVE) for one in visit(f"live-{n}", START_MS + n * 1000, ("queue.answered", 30_000))]
    ran = installation.run("produce", written(tmp_path / "live.ndjson", live))
    assert ran.returncode == 0, ran.stderr
    assert f"{len(past)} records in Kafka are not counted yet" in " ".join(ran.stderr.split())
    installation.drain()
    expected = [(CALLS, CALLS * (day + 1)) for day in reversed(range(DAYS))]
    assert answered_by_day(installation) == [*expected, (LIVE, LIVE // 2)]
    ran = installation.run("verify")
    assert ran.returncode == 0, ran.stdout + ran.stderr

    ran = installation.run("produce", written(tmp_path / "next.ndjson", visit("next", START_MS + 61_000)))
    assert ran.returncode == 0, ran.stderr
    assert "not counted yet" not in ran.stderr
    ran = installation.run("produce", str(tmp_path / "next.ndjson"))
    assert "1 records in Kafka are not counted yet" in " ".join(ran.stderr.split())

    more = written(tmp_path / "more.ndjson", [one | {"visit_id": "x", "journey_id": "x"} for one in calls(4)])
    ran = installation.run("produce", "--in-order", more)
    assert ran.returncode == 1
    told = " ".join(ran.stderr.split())
    assert f"{2 * CALLS} of {2 * CALLS} events would come too late to count ({2 * CALLS} of puzzel)" in told
    assert answered_by_day(installation) == [*expected, (LIVE, LIVE // 2)]


def test_beside_live_events_that_have_gone_on(installations: Installations, tmp_path: Path) -> None:
    """In topics, a namespace and a group of its own: it is counted there, and no live figure changes."""
    live, beside = installations(), installations()
    told = [one for n in range(LIVE) for one in visit(f"live-{n}", START_MS + n * 1000, ("queue.answered", 30_000))]
    live.start()
    live.wait_ready()
    assert live.run("produce", written(tmp_path / "live.ndjson", told)).returncode == 0
    eventually(lambda: answered_by_day(live) == [(LIVE, LIVE // 2)], "the live day is counted")
    past = written(tmp_path / "past.ndjson", [one for day in range(DAYS) for one in reversed(calls(day))])
    assert live.run("produce", "--in-order", past).returncode == 1  # all of it would be late there
    ran = beside.run("produce", "--in-order", past)
    assert ran.returncode == 0, ran.stderr
    beside.drain()
    beside.verify(DAYS * 2 * CALLS)
    assert answered_by_day(beside) == [(CALLS, CALLS * (day + 1)) for day in reversed(range(DAYS))]
    assert answered_by_day(live) == [(LIVE, LIVE // 2)]
    live.wait_ready()
    live.verify(len(told))
