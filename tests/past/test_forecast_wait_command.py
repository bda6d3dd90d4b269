"""`svartid forecast-wait`, as it is run, on a real day and on files that nothing can come of."""

import gzip
import json
import random
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import config
from streams.core.wait_estimators import ESTIMATORS
from tests.answers import answered
from tests.events import START_MS, visit
from tests.forked import run, without_settings
from tests.ingest.waiting import eventually
from tests.terminal import CTRL_C, Terminal

DAY = Path(__file__).parent.parent / "data" / "bank-1999-02-03.ndjson.gz"
TRUTH = Path(__file__).parent.parent / "data" / "bank-1999-02-03.truth.json"
BANK = ("--config", str(Path(config.__file__).parent / "bank"))
S = 1000


def forecast_wait(*arguments: str) -> "tuple[int, str, str]":
    ran = run("forecast-wait", *arguments, env=without_settings(), within_s=60)
    return ran.returncode, ran.stdout, " ".join(ran.stderr.split())


@pytest.fixture(scope="module")
def said() -> Any:
    code, out, err = forecast_wait(str(DAY), *BANK, "--json")
    assert code == 0, err
    return answered("forecast_wait", out)


def test_a_real_day(said: Any) -> None:
    total = json.loads(TRUTH.read_bytes())["total"]
    assert (said["stays"], said["answered"], said["no_events"]) == (total["entered"], total["answered"], 0)
    assert [of["method"] for of in said["all"]] == ["svartid", *ESTIMATORS]
    assert {of["forecasts"] for of in said["all"]} == {said["compared"]}
    assert 1000 < said["compared"] <= said["answered"]
    ours, *others = said["all"]
    assert all(ours["root_mean_square_ms"] < of["root_mean_square_ms"] for of in others)
    assert all(of["held"] is None for of in others)
    assert 0.7 < ours["held"] < 0.9
    assert said["waited"][0]["forecasts"] < said["compared"]
    assert sum(of["all"][0]["forecasts"] for of in said["queues"]) == said["compared"]
    assert {of["day"] for of in said["queues"]} == {"1999-02-03"}
    assert set(said["withheld"]) <= {"too few", "changing too fast", "closed"}


def test_the_order_of_the_file_does_not_matter_nor_what_is_there_twice(said: Any, tmp_path: Path) -> None:
    with gzip.open(DAY) as file:
        lines = file.readlines()
    twice = [*lines, *lines]
    random.Random(1999).shuffle(twice)
    shuffled = tmp_path / "day.ndjson"
    shuffled.write_bytes(b"".join([*twice, b"{}\n"]))
    code, out, _ = forecast_wait(str(shuffled), *BANK, "--json")
    again = answered("forecast_wait", out)
    assert (code, again["events"], again["no_events"]) == (0, 2 * said["events"], 1)
    assert again | {"events": said["events"], "no_events": 0} == said


def test_for_people() -> None:
    code, out, _ = forecast_wait(str(DAY), *BANK)
    assert code == 0
    assert "waits of those who waited for more than 20 s" in out
    assert "Of those who came nothing was foretold of" in out
    assert "`last week` is the mean of the day so far" in out
    rows = {line.split()[0] for line in out.splitlines() if line.strip()}
    assert {"svartid", "LES", "HOL", "QL", "QLr", "QLm", "Puzzel"} <= rows


def in_terminal(*arguments: str, columns: int = 80) -> Terminal:
    """The command in a terminal so wide."""
    command = [str(Path(sys.executable).with_name("svartid")), "forecast-wait", *arguments]
    return Terminal(command, without_settings(), columns, 40, Path.cwd())


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_no_figure_is_cut_in_a_terminal_of_any_width(columns: int) -> None:
    with in_terminal(str(DAY), *BANK, columns=columns) as terminal:
        assert terminal.process.wait(60) == 0
    assert "…" not in terminal.said and "81.7 %" in terminal.said


@pytest.mark.parametrize("when", ["read", "foretold"])
def test_ctrl_c_ends_it_at_once_whatever_it_does(when: str, tmp_path: Path) -> None:
    """Thirty days of the same calls: some seconds to be read, and as long to be gone through."""
    with gzip.open(DAY, "rt") as file:
        day = file.readlines()
    dates = [(date(1999, 2, 3) + timedelta(days=n)).isoformat() for n in range(30)]
    long = tmp_path / "long.ndjson"
    long.write_text(
        "".join(line.replace("1999-02-03T", f"{on}T").replace("990203", on) for on in dates for line in day)
    )
    with in_terminal(str(long), *BANK) as terminal:
        eventually(lambda: when in terminal.said, f"{when} is said", 60)
        terminal.press(CTRL_C)
        assert terminal.process.wait(5) == 130
    assert "waits of all" not in terminal.said


def as_file(events: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


WAITING = as_file([event for n in range(9) for event in visit(f"{n}", START_MS + n * S)])
FEW = as_file([event for n in range(9) for event in visit(f"{n}", START_MS + n * S, ("queue.answered", 60 * S))])
NEVER_ENTERED = as_file([visit(f"{n}", START_MS, ("queue.answered", S))[1] for n in range(9)])
UNKNOWN = as_file(
    [event for n in range(9) for event in visit(f"{n}", START_MS, ("queue.answered", S), line="phone/personbruker/x")]
)
ELSEWHERE = as_file(visit("1", START_MS, ("queue.answered", 60 * S), line="phone/personbruker/nav-kontor"))


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", 1, "there is no event in it"),
        (b"{}\nnothing\n", 1, "there is no event in it: its 2 lines are none; `svartid produce` says"),
        (WAITING, 1, "of 9 who entered a queue nobody was answered"),
        (ELSEWHERE, 1, "none of 2 events says that somebody entered a queue of this centre's own (`queue.entered`)"),
        (
            NEVER_ENTERED,
            1,
            "none of 9 events says that somebody entered a queue of this centre's own (`queue.entered`)",
        ),
        (UNKNOWN, 1, "none of the queues that 9 entered is in queues.toml; --config names another centre's folder"),
        (FEW, 1, "of 9 who were answered 0 could be foretold (9 too few), and it takes 30"),
    ],
)
def test_where_nothing_can_be_said_it_says_why(tmp_path: Path, content: bytes, code: int, said: str) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(content)
    ended, out, err = forecast_wait(str(file))
    assert (ended, said in err, str(file) in err.replace(" ", ""), out) == (code, True, True, ""), err


def test_a_file_that_is_not_there_and_one_that_is_cut(tmp_path: Path) -> None:
    missing = tmp_path / "missing.ndjson"
    code, _, err = forecast_wait(str(missing))
    assert (code, "cannot read" in err, "No such file" in err) == (2, True, True)
    cut = tmp_path / "cut.ndjson.gz"
    cut.write_bytes(DAY.read_bytes()[:5000])
    code, _, err = forecast_wait(str(cut), *BANK)
    assert (code, "is not a whole gzip file" in err) == (2, True), err
    code, _, err = forecast_wait(str(DAY), "--config", str(missing))
    assert (code, "which is no folder" in err) == (2, True), err
