"""A real day through the whole service: sent to Kafka, folded by a worker, kept in Redis, asked for by `history`."""

import csv
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

import config
from tests.answers import answered
from tests.conftest import Installations
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

    starts = {"1w": "1999-02-01", "1mo": "1999-02-01", "1q": "1999-01-01", "1y": "1999-01-01"}
    for step, start in starts.items():
        (row,) = history("--step", step, "--from", start)
        assert row == day | {"start": f"{start}T00:00:00+01:00"}

    for name in ("day.csv", "day.ndjson", "day.parquet"):
        made = answered("export", svartid("export", *BANK, *THE_DAY, str(tmp_path / name), "--json"))
        assert made == json.loads((tmp_path / f"{name}.json").read_bytes())
        assert [(one["start"], one["rows"], one["closed"]) for one in made["stretches"]] == [
            ("1999-02-03T00:00:00+01:00", len(truth["queues"]), False)
        ]
    exported = [json.loads(line) for line in (tmp_path / "day.ndjson").read_text().splitlines()]
    assert exported == history("--step", "1d", "--by", "queue")
    assert parquet.read_table(tmp_path / "day.parquet")["wait_sum_ms"].to_pylist() == [
        row["wait_sum_ms"] for row in exported
    ]
    text = svartid("export", *BANK, *THE_DAY, "-", "--format", "csv")
    assert (
        text
        == (tmp_path / "day.csv").read_text()
        == svartid("history", *BANK, *THE_DAY, "--step=1d", "--by=queue", "--csv")
    )

    said = answered("scorecard", svartid("scorecard", *BANK, "--at", "1999-02-03", "--json"))
    total, (mean, share) = truth["total"], said
    for name in ("day", "week", "month", "quarter", "year"):
        assert mean[name]["value"] == total["wait_sum_ms"] / total["answered"]
        assert share[name]["value"] == day["answered_le_20s"] / total["answered"]
        assert mean[name]["of"] == share[name]["of"] == total["answered"]
    assert (mean["now"], mean["forecast"]) == (None, None)
    columns = next(csv.DictReader(io.StringIO(svartid("scorecard", *BANK, "--at", "1999-02-03", "--csv"))))
    assert float(columns["year_value"]) == mean["year"]["value"]
    picture = tmp_path / "card.svg"
    svartid("scorecard", *BANK, "--at", "1999-02-03", "--svg", str(picture))
    assert "Telefon" in picture.read_text()
    before = answered("scorecard", svartid("scorecard", *BANK, "--at", "1999-02-02", "--json"))
    assert [(one["year"], one["verdict"]) for one in before] == [(None, "unknown")] * 2, "nothing was counted by then"
    assert mean["year"]["since"] == "1999-02-03"


def test_where_nothing_was_ever_counted_nothing_is_exported(installations: Installations, tmp_path: Path) -> None:
    ran = installations({"phone": 1}).run("export", *BANK, str(tmp_path / "days.csv"))
    assert (ran.returncode, "no worker has counted anything" in ran.stderr) == (1, True), ran.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("days.txt", "--format is one of csv, ndjson, parquet"),
        ("- --format parquet", "Parquet, and --json, need a file"),
        ("days.csv --from 2025-03-05 --to 2025-03-04", "--to is not after --from"),
    ],
)
def test_an_export_that_cannot_be_made_says_why(installation: Installation, arguments: str, said: str) -> None:
    ran = installation.run("export", *BANK, *arguments.split())
    assert (ran.returncode, said in ran.stderr) == (2, True), ran.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("--at 3.2.1999", 2, "--at is not a date such as 2025-03-04"),
        ("--at 2099-12-31", 2, "--at is a day from 1975 up to today"),
        ("--at 0001-01-01", 2, "--at is a day from 1975 up to today"),
        ("--at 1999-02-03 --svg /nonexistent/card.svg", 1, "/nonexistent/card.svg cannot be written"),
        ("--card 2001", 2, 'there is no card "2001"; there are 1999'),
        ("--json --csv", 2, "one of --json, --csv and --svg"),
        ("", 1, "made by other definitions"),
    ],
)
def test_a_scorecard_that_cannot_be_shown_says_why(
    installation: Installation, arguments: str, code: int, said: str
) -> None:
    if said == "made by other definitions":
        installation.drain()
    ran = installation.run("scorecard", *BANK, *arguments.split())
    assert (ran.returncode, said in ran.stderr) == (code, True), ran.stderr


def test_other_definitions_are_refused(installation: Installation, tmp_path: Path) -> None:
    """Read by other edges, the figures would be wrong, and nothing about them would look it."""
    installation.drain()
    ran = installation.run("history", *BANK)
    assert ran.returncode == 1
    assert "made by other definitions" in ran.stderr
