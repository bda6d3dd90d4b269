"""`svartid forecast`, as it is run."""

import csv
import io
from datetime import date
from pathlib import Path

import orjson
import pytest

from streams.past.forecast import OfDay
from tests.answers import answered
from tests.forked import run, without_settings
from tests.past.years import simulated


def forecast(*arguments: str) -> "tuple[int, str, str]":
    """The exit code, what it said, and what it complained of, however that was folded."""
    ran = run("forecast", *arguments, env=without_settings(), within_s=60)
    return ran.returncode, ran.stdout, " ".join(ran.stderr.split())


def as_csv(days: dict[date, OfDay], last: date) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("day", "answered", "wait_sum"))
    writer.writerows((day.isoformat(), round(of.whole), of.bad) for day, of in days.items() if day <= last)
    return file.getvalue()


@pytest.fixture(scope="module")
def days() -> dict[date, OfDay]:
    return simulated("seasonal", 7, years_before=2)


def test_past_years_and_the_one_that_goes_on(days: dict[date, OfDay], tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text(as_csv(days, date(2026, 8, 31)))
    code, out, _ = forecast("--days", str(file), "--limit", "60", "--json")
    assert code == 0
    said = answered("forecast", out)
    assert said["years"] == [2024, 2025]
    assert said["all"]["forecasts"] + said["all"]["too_early"] == 22
    assert [of["month"] for of in said["months"]] == [*range(1, 12)]
    of = said["goes_on"]["forecast"]
    assert of["low"] < of["likely"] < of["high"]
    assert of["chance"] > 0.5
    _, out, _ = forecast("--days", str(file), "--limit", "1", "--json")
    assert answered("forecast", out)["goes_on"]["forecast"]["chance"] < 0.01
    _, out, _ = forecast("--days", str(file), "--json")
    assert answered("forecast", out)["goes_on"]["forecast"]["chance"] is None, "nothing was promised"
    assert said["goes_on"]["at"] == "2026-08-31"
    code, out, _ = forecast("--days", str(file), "--limit", "60")
    assert (code, "2026 as of 2026-08-31" in out, "of 100 such years" in out) == (0, True, True)


def test_shares_of_ndjson_and_several_rows_of_a_day(days: dict[date, OfDay], tmp_path: Path) -> None:
    """Each day in two rows; of a share as many were not in time as were bad."""
    file = tmp_path / "days.ndjson"
    rows = [
        orjson.dumps({"day": day.isoformat(), "answered": of.whole / 2, "met": of.whole / 2 - of.bad / 200})
        for day, of in days.items()
        for _ in range(2)
        if of.whole
    ]
    file.write_bytes(b"\n".join(rows))
    code, out, _ = forecast("--days", str(file), "--json")
    said = answered("forecast", out)
    assert (code, said["years"]) == (0, [2024, 2025, 2026])
    assert said["goes_on"] is None, "the last day is the year's last but for a holiday"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("day,answered,wait_sum\n2025-01-01,ten,3\n", 2, "line 2: could not convert string to float"),
        ("day,answered,wait_sum\n1.1.2025,1,3\n", 2, "line 2: Invalid isoformat string"),
        ("day,answered\n2025-01-01,1\n", 2, "line 2: 'no bad or wait_sum"),
        ("day,answered,met\n2025-01-01,1,3\n", 2, "line 2: a number below 0 (or none), or more met than answered"),
        ("day,answered,wait_sum\n2025-01-01,0,0\n", 1, "nobody was answered on any day"),
        ("day,answered,wait_sum\n2025-01-01,nan,0\n", 2, "line 2: a number below 0"),
        ('{"day": "2025-01-01"\n', 2, "line 1: it is no JSON object"),
        ('{"day": "2025-01-01", "answered": 1, "met": 1}\n[1]\n', 2, "line 2: it is no JSON object"),
        ("", 1, "nobody was answered on any day"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: str, code: int, said: str) -> None:
    file = tmp_path / "days"
    file.write_text(text)
    ended, _, err = forecast("--days", str(file))
    assert (ended, said in err) == (code, True), err


def test_a_file_of_another_encoding_says_so(tmp_path: Path) -> None:
    file = tmp_path / "days"
    file.write_bytes("day,answered,met,kø\n".encode("latin-1"))
    ended, _, err = forecast("--days", str(file))
    assert (ended, "not UTF-8" in err) == (2, True), err


@pytest.mark.parametrize("limit", ["90", "0", "nan", "-1"])
def test_a_limit_that_is_none_is_refused(tmp_path: Path, limit: str) -> None:
    file = tmp_path / "days"
    file.write_text("day,answered,met\n2025-01-01,10,9\n")
    ended, _, err = forecast("--days", str(file), "--limit", limit)
    assert (ended, "--limit is a mean above 0" in err) == (2, True), err
