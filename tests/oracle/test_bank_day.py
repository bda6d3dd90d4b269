"""A real day of a bank's call centre, recounted: the answer was known before this code was written."""

import gzip
import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from streams.oracle import Definitions, LogRecord, recount, stays

DATA = Path(__file__).parent.parent / "data"
EDGES_S = (10, 20, 60, 120, 180, 300, 420, 600)
BANK = Definitions(
    edges_ms=[edge * 1000 for edge in EDGES_S],
    channels=("phone", "chat", "written"),
    audiences=("personbruker", "samhandler"),
    lines={("phone", "personbruker", queue) for queue in ("ne", "nw", "ps", "tt", "in", "pe")},
    short_abandon_ms={"phone": 5000},
    ghost_after_ms=4 * 3_600_000,
    promise_ms=2 * 3_600_000,
    promise_lost_ms=7 * 86_400_000,
    horizon_ms=36 * 3_600_000,
    skew_ms=60_000,
    future_ms=3_600_000,
    witnesses=3,
    pane_retention_ms=75 * 60_000,
    interval_retention_ms=40 * 86_400_000,
    day_retention_ms=800 * 86_400_000,
    timezone="Europe/Oslo",
)
MIDNIGHT_AFTER = 918_082_800_000  # 1999-02-03T23:00Z: the broker got the whole log at the end of the day


@pytest.fixture(scope="module")
def records() -> list[LogRecord]:
    with gzip.open(DATA / "bank-1999-02-03.ndjson.gz") as lines:
        return [LogRecord(offset, MIDNIGHT_AFTER, line, True) for offset, line in enumerate(lines)]


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "bank-1999-02-03.truth.json").read_bytes())
    return found


def as_truth(cells: list[dict[str, int]]) -> dict[str, int]:
    """Cells in the truth's words: cumulative shares, and zeros written out."""
    total = {
        name: sum(cell.get(name, 0) for cell in cells)
        for name in ("entered", "answered", "wait_sum_ms", "abandoned", "abandoned_wait_sum_ms")
    }
    total["wait_max_ms"] = max(cell.get("wait_max_ms", 0) for cell in cells)
    within = 0
    for edge in EDGES_S:
        within += sum(cell.get(f"answered_in_{edge}000ms", 0) for cell in cells)
        total[f"answered_le_{edge}s"] = within
    return total


def test_the_day(records: list[LogRecord], truth: dict[str, Any]) -> None:
    said = recount(records, BANK)
    (day,) = said["days"].values()
    assert as_truth(list(day.values())) == truth["total"]
    assert {line.split("/")[2]: as_truth([cell]) for line, cell in day.items()} == truth["queues"]
    assert (said["accepted"], said["late"], said["rejected"]) == (truth["events"], 0, {})
    assert said["totals"] == {line: {n: v for n, v in c.items() if "_max_" not in n} for line, c in day.items()}


def test_the_quarters(records: list[LogRecord], truth: dict[str, Any]) -> None:
    intervals = recount(records, BANK)["intervals"]
    quarters = {_time(start): as_truth(list(lines.values())) for start, lines in intervals.items()}
    assert quarters == truth["quarters"]


def test_who_waits_each_minute(records: list[LogRecord], truth: dict[str, Any]) -> None:
    visits = stays(records, BANK)
    for minute, waiting in truth["waiting_each_minute"]:
        now = _ms(minute)
        assert sum(entered <= now and (left is None or left > now) for _, entered, left, _ in visits) == waiting


@pytest.mark.slow
def test_a_prefix_in_the_order_of_time_says_who_waits(records: list[LogRecord], truth: dict[str, Any]) -> None:
    in_time = sorted((_ms(json.loads(value or b"")["occurred_at"]), value) for _, _, value, _ in records)
    for minute, waiting in truth["waiting_each_minute"][::120]:
        prefix = [LogRecord(offset, at, value, True) for offset, (at, value) in enumerate(in_time) if at <= _ms(minute)]
        assert sum(map(len, recount(prefix, BANK)["waiting"].values())) == waiting


@pytest.mark.fault(12)
def test_every_order_of_the_log_says_the_same(records: list[LogRecord]) -> None:
    backwards = [LogRecord(offset, at, value, True) for offset, (_, at, value, _) in enumerate(reversed(records))]
    assert recount(backwards, BANK) == recount(records, BANK)


def test_a_day_is_recounted_in_a_blink(records: list[LogRecord]) -> None:
    began = time.perf_counter()
    recount(records, BANK)
    assert time.perf_counter() - began < 5


def _time(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at // 1000))


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)
