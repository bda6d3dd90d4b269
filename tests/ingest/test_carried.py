"""Days that Kafka no longer has are carried over to the state that is served next. On a real Kafka and Valkey."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.answers import answered
from tests.conftest import Installations
from tests.events import DAY_MS, HELSE, START_MS, Event, event, visit
from tests.ingest.admin import forget_before
from tests.ingest.installation import Installation
from tests.ingest.test_shadow import GREEN, folder, produced
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

DAYS: Final = 22
FORGOTTEN: Final = 5  # days that Kafka has let go of when the second state begins
# The first day that is there is there in part; from the end of it on: future, twice the horizon, and promise_lost.
SEAM: Final = FORGOTTEN + 1 + 11
HOUR_MS: Final = 3_600_000
ANSWERED, LOST = 2, 1  # a day


def day(n: int) -> list[Event]:
    """Two callers who are answered, and one who is not heard of again: lost after one hour, or after four."""
    at = START_MS + n * DAY_MS
    answers = [one for i in range(ANSWERED) for one in visit(f"a{n}-{i}", at + i * 1000, ("queue.answered", 60_000))]
    return [*answers, event("queue.entered", at + 10_000, f"gone{n}")]


def rows(installation: Installation, *options: str, **settings: str) -> list[dict[str, Any]]:
    ran = installation.run("history", "--from", "2025-03-01", "--to", "2025-04-30", "--json", *options, **settings)
    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def date_of(n: int) -> str:
    return f"2025-03-{4 + n:02}"


@pytest.fixture
def two(installations: Installations, tmp_path: Path) -> Installation:
    """A state that has counted all days, and another beside it of what Kafka still has, by other definitions."""
    installation = installations({"phone": 1, "chat": 1, "written": 1})
    installation.start()
    per_day = 2 * ANSWERED + LOST
    installation.send(produced([one for n in range(DAYS) for one in day(n)]))
    installation.wait_ready()
    installation.wait_committed(DAYS * per_day)
    forget_before(installation.brokers, {f"{installation.topics['phone']}-0": FORGOTTEN * per_day})
    installation.start("--config", str(folder(tmp_path / "green", "1h", 2)), **GREEN)
    installation.wait_ready()
    eventually(lambda: bool(installation.run("compare").stdout), "both are there", within_s=60)
    return installation


def test_days_that_kafka_has_no_more_are_carried_over(two: Installation, tmp_path: Path) -> None:
    """
    main      |== days 0 … 21 ==================|
    Kafka           |== from day 5 on ==========|
    green           |- in part --|== from SEAM =|
    """
    green = str(tmp_path / "green")
    before = rows(two, "--step", "1d")
    assert [row["start"][:10] for row in before] == [date_of(n) for n in range(DAYS)]
    assert {(row["definitions_since"], row["carried_from"]) for row in before} == {(None, None)}

    ran = two.run("switch", "green", "--yes", "--json")
    done = answered("switch", ran.stdout)
    assert ran.returncode == 0 and done["shown"], ran.stderr
    assert done["carried"] == [f"main-1:{two.topics['phone']}-0"]
    assert f"in part, before {date_of(SEAM)}: they are carried over" in " ".join(ran.stderr.split())
    after = rows(two, "--step", "1d", "--config", green)
    own = {row["start"]: row for row in rows(two, "--step", "1d", "--config", green, **GREEN)}
    for was, is_now in zip(before, after, strict=True):
        if was["start"][:10] < date_of(SEAM):
            assert is_now == was | {"carried_from": "main"}
        else:
            assert is_now["definitions_since"][:10] == date_of(SEAM) and is_now["carried_from"] is None
            assert is_now == own[is_now["start"]]
    # Both hours of the loss are on the same day, so that by hour they are told apart.
    hours = rows(two, "--step", "1h", "--config", green)
    lost_at = {(row["start"][:10], int(row["start"][11:13])) for row in hours if row["lost"]}
    hour = START_MS // HOUR_MS % 24
    assert lost_at >= {(date_of(n), hour + 4) for n in range(SEAM)}
    assert lost_at >= {(date_of(n), hour + 1) for n in range(SEAM, DAYS - 1)}
    assert {row["lost"] for row in hours} == {0, LOST}, "nothing is counted twice where both meet"
    assert sum(row["answered"] for row in hours) == DAYS * ANSWERED

    told = two.run("history", "--from", date_of(SEAM - 2), "--to", date_of(SEAM), "--step", "1d", "--config", green)
    assert "before that they are as the state main counted them" in told.stdout, told.stdout
    ran = two.run("verify", "--config", green, "--json")
    assert ran.returncode == 0 and answered("verify", ran.stdout)["differences"] == {}, ran.stderr
    ran = two.run("compare", "main", "green", "--json")
    assert not [day for day in answered("compare", ran.stdout)["days"] if day < date_of(FORGOTTEN + 4)], "its own alone"

    for name in ("main", "green"):  # there and back: what is carried over stays, and is not there twice
        again = two.run("switch", name, "--yes", "--json")
        assert again.returncode == 0 and not answered("switch", again.stdout)["carried"], again.stderr
    assert rows(two, "--step", "1d", "--config", green) == after
    csv = two.run(
        "history", "--from", date_of(0), "--to", date_of(0), "--step", "1d", "--csv", "--config", green
    ).stdout
    assert csv.rstrip().endswith(",,main") and "carried_from" in csv.splitlines()[0]


def test_what_is_carried_over_survives_a_lost_redis_and_goes_along_in_a_backup(
    two: Installation, tmp_path: Path
) -> None:
    green = str(tmp_path / "green")
    assert two.run("switch", "green", "--yes").returncode == 0
    after = rows(two, "--step", "1d", "--config", green)
    file = str(tmp_path / "year.backup")
    ran = two.run("backup", file, "--config", green, "--json")
    assert ran.returncode == 0 and answered("backup", ran.stdout)["partitions"] == 4, ran.stderr
    elsewhere = {"SVARTID_NAMESPACE": f"{two.name}-2", **GREEN}
    assert two.run("restore", file, "--config", green, **elsewhere).returncode == 0
    assert rows(two, "--step", "1d", "--config", green, **elsewhere) == after

    for worker in two.workers:
        worker.stop()
    two.redis.delete(*two.redis.keys(f"*{two.name}*"))
    again = two.start("--config", green, **GREEN)
    eventually(again.is_ready, "it has all again")
    assert rows(two, "--step", "1d", "--config", green, **GREEN) == after
    assert "restored from a checkpoint what another state had counted" in again.said

    assert two.run("rebuild", "--from-log", "--yes", "--no-wait", "--config", green, **GREEN).returncode == 0
    assert not [row for row in rows(two, "--config", green, **GREEN) if row["carried_from"]], "let go of with its state"


def test_it_is_served_without_them_where_that_is_asked_for(two: Installation, tmp_path: Path) -> None:
    ran = two.run("switch", "green", "--yes", "--no-carry", "--json")
    assert ran.returncode == 0 and not answered("switch", ran.stdout)["carried"]
    assert "`SVARTID_SHADOW=main svartid history` shows them" in " ".join(ran.stderr.split())
    found = rows(two, "--step", "1d", "--config", str(tmp_path / "green"))
    assert next(row["start"][:10] for row in found) == date_of(FORGOTTEN)


def test_callers_are_of_one_queue() -> None:
    """So that each day is one row."""
    assert {one["queue"] for n in range(3) for one in day(n)} == {HELSE.rpartition("/")[2]}
