"""Days that Kafka no longer has are carried over to the state that is served next. On a real Kafka and Valkey."""

import json
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from streams.keys import Keys
from tests.answers import answered
from tests.conftest import Installations
from tests.events import DAY_MS, START_MS, Event, event, visit
from tests.ingest.admin import forget_before
from tests.ingest.installation import Installation
from tests.ingest.test_shadow import GREEN, folder, produced, switched
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

DAYS: Final = 40  # hours are kept for as long
FORGOTTEN: Final = 5  # days that Kafka has let go of when the second state begins
# The first day that is there is there in part; from the end of it on: future, twice the horizon, and letter_lost.
SEAM: Final = FORGOTTEN + 1 + 32
HOUR_MS: Final = 3_600_000
ANSWERED, LOST = 2, 1  # a day
MAIN: Final = {"SVARTID_SHADOW": "main"}


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


def carried(installation: Installation, name: str) -> list[str]:
    """What was carried over when it was served."""
    found: list[str] = answered("switch", switched(installation, name).stdout)["carried"]
    return found


def _rules(installation: Installation, key: str) -> object:
    return installation.redis.hget(key, "rules")


def _is_old(installation: Installation) -> bool:
    document = installation.snapshot()
    return document is None or document["fresh_until_ms"] < time.time() * 1000


def date_of(n: int) -> str:
    return (date(2025, 3, 4) + timedelta(days=n)).isoformat()


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
    main      |== days 0 … 39 ==================|
    Kafka           |== from day 5 on ==========|
    green           |- in part --|== from SEAM =|
    """
    green = str(tmp_path / "green")
    before = rows(two, "--step", "1d")
    assert [row["start"][:10] for row in before] == [date_of(n) for n in range(DAYS)]
    assert {(row["definitions_since"], row["carried_from"]) for row in before} == {(None, None)}

    ran = switched(two, "green")
    assert answered("switch", ran.stdout)["carried"] == [f"main-1:{two.topics['phone']}-0"]
    told = f"main has days from {date_of(0)} on, and green has them wholly from {date_of(SEAM)} on"
    assert told in " ".join(ran.stderr.split()) and "carried over first" in ran.stderr
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

    shown = two.run("history", "--from", date_of(SEAM - 2), "--to", date_of(SEAM), "--step", "1d", "--config", green)
    assert "before that they are as the state main counted them" in shown.stdout, shown.stdout
    ran = two.run("verify", "--config", green, "--json")
    assert ran.returncode == 0 and answered("verify", ran.stdout)["differences"] == {}, ran.stderr
    ran = two.run("compare", "main", "green", "--json")
    assert not [day for day in answered("compare", ran.stdout)["days"] if day < date_of(FORGOTTEN + 4)], "its own alone"

    for name in ("main", "green"):  # there and back: what is carried over stays, and is not there twice
        assert not carried(two, name)
    assert rows(two, "--step", "1d", "--config", green) == after
    csv = two.run(
        "history", "--from", date_of(0), "--to", date_of(0), "--step", "1d", "--csv", "--config", green
    ).stdout
    assert csv.rstrip().endswith(",,main") and "carried_from" in csv.splitlines()[0]


def test_what_is_carried_over_survives_a_lost_redis_and_goes_along_in_a_backup(
    two: Installation, tmp_path: Path
) -> None:
    green = str(tmp_path / "green")
    switched(two, "green")
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
    again.wait_for("restored what nobody reads on from its checkpoint")
    assert rows(two, "--step", "1d", "--config", green, **GREEN) == after
    main = two.start()
    eventually(main.is_ready, "so has the other")
    assert not carried(two, "green")  # as an operator would, where Redis forgot which is served
    assert rows(two, "--step", "1d", "--config", green) == after, "what was carried over stays"

    switched(two, "main")
    assert two.run("rebuild", "--from-log", "--yes", "--no-wait", "--config", green, **GREEN).returncode == 0
    assert not [row for row in rows(two, "--config", green, **GREEN) if row["carried_from"]], "let go of with its state"


def test_what_somebody_takes_away_of_it_comes_back_from_its_checkpoint(two: Installation, tmp_path: Path) -> None:
    """Its hash of days, or its name in the list; a worker that starts finds both."""
    green, keys = str(tmp_path / "green"), Keys(two.name, "green")
    switched(two, "green")
    after = rows(two, "--step", "1d", "--config", green)
    name = f"main-1:{two.topics['phone']}-0"
    two.redis.delete(keys.partition(name).days)
    ran = two.run("history", "--from", date_of(0), "--to", date_of(1), "--step", "1d", "--config", green)
    assert ran.returncode == 1 and "restores it by itself from its checkpoint" in " ".join(ran.stderr.split())
    eventually(lambda: two.redis.exists(keys.partition(name).days) == 1, "the hash is back", within_s=60)
    assert rows(two, "--step", "1d", "--config", green) == after
    two.redis.srem(keys.retired, name)
    two.redis.hset(keys.partition(name).days, f"{START_MS}/phone", b"spoiled")
    two.workers[-1].stop()
    again = two.start("--config", green, **GREEN)
    again.wait_for("restored what nobody reads on from its checkpoint")
    assert rows(two, "--step", "1d", "--config", green) == after


def test_the_pseudonym_key_is_changed_and_what_was_carried_over_goes_along(two: Installation, tmp_path: Path) -> None:
    """In two rolling restarts; then the other key is needed no more."""
    green = str(tmp_path / "green")
    switched(two, "green")
    after = rows(two, "--step", "1d", "--config", green)
    for worker in two.workers:
        worker.stop()
    keys = {"SVARTID_PSEUDONYM_KEY": "another key", "SVARTID_QUEUE_KEY": two.env["SVARTID_PSEUDONYM_KEY"]}
    both = {**keys, "SVARTID_PSEUDONYM_KEY_OTHER": two.env["SVARTID_PSEUDONYM_KEY"], **GREEN}
    turned = two.start("--config", green, **both)
    eventually(turned.is_ready, "it reads on")
    store = Keys(two.name, "green").partition(f"main-1:{two.topics['phone']}-0").meta
    owned = Keys(two.name, "green").partition(f"{two.topics['chat']}-0").meta
    eventually(lambda: _rules(two, store) == _rules(two, owned), "it is under the same key", within_s=60)
    assert rows(two, "--step", "1d", "--config", green, **keys) == after


def test_a_state_that_counts_no_more_is_carried_over_as_far_as_it_came(
    installations: Installations, tmp_path: Path
) -> None:
    """Its worker died on day 13: what the next one has since is not hidden by what it never counted."""
    installation = installations({"phone": 1, "chat": 1, "written": 1})
    worker, per_day, died = installation.start(), 2 * ANSWERED + LOST, 13
    installation.send(produced([one for n in range(died) for one in day(n)]))
    installation.wait_ready()
    installation.wait_committed(died * per_day)
    worker.kill()
    installation.send(produced([one for n in range(died, DAYS) for one in day(n)]))
    forget_before(installation.brokers, {f"{installation.topics['phone']}-0": FORGOTTEN * per_day})
    green = str(folder(tmp_path / "green", "1h", 2))
    again = installation.start("--config", green, **GREEN)
    eventually(again.is_ready, "it has counted all that there is")
    eventually(lambda: _is_old(installation), "nobody shows the other")
    ran = switched(installation, "green")
    assert f"green has them wholly from {date_of(died - 1)} on" in " ".join(ran.stderr.split())
    found = rows(installation, "--step", "1d", "--config", green)
    assert [row["start"][:10] for row in found] == [date_of(n) for n in range(DAYS)]
    assert {row["answered"] for row in found} == {ANSWERED}


def test_a_state_that_began_in_the_middle_of_a_log_is_not_given_back_its_own_days(
    installations: Installations, tmp_path: Path
) -> None:
    installation = installations({"phone": 1, "chat": 1, "written": 1})
    per_day, green = 2 * ANSWERED + LOST, str(folder(tmp_path / "green", "1h", 2))
    installation.send(produced([one for n in range(DAYS) for one in day(n)]))
    for gone, settings in ((1, ()), (FORGOTTEN, ("--config", green))):
        forget_before(installation.brokers, {f"{installation.topics['phone']}-0": gone * per_day})
        worker = installation.start(*settings, **(GREEN if settings else {}))
        eventually(worker.is_ready, "it has counted all that there is")
    before = rows(installation, "--step", "1d")
    assert [row["start"][:10] for row in before] == [date_of(n) for n in range(1, DAYS)]
    assert len(carried(installation, "green")) == 1
    assert not carried(installation, "main")
    assert rows(installation, "--step", "1d") == before


def test_a_state_that_was_counted_anew_gets_the_days_back_that_it_had_given(two: Installation, tmp_path: Path) -> None:
    """
    main      |== days 0 … 39 ==|x           |== from day 5 on ==|
    green     |- carries those of main, and counts its own ------|
    """
    before = rows(two, "--step", "1d")
    assert len(carried(two, "green")) == 1
    assert two.run("rebuild", "--from-log", "--yes", "--no-wait", **MAIN).returncode == 0
    eventually(lambda: two.workers[0].process.poll() is not None, "who had it is fenced, and ends", within_s=60)
    again = two.start()
    eventually(again.is_ready, "it has counted all that Kafka has")
    assert rows(two, "--step", "1d", **MAIN)[0]["start"][:10] == date_of(FORGOTTEN)
    assert carried(two, "main") == [f"main-1:{two.topics['phone']}-0"], "both are whole from the same day on"
    found = rows(two, "--step", "1d")
    assert [row["answered"] for row in found] == [row["answered"] for row in before]
    assert found[0]["carried_from"] == "main" and found[-1]["carried_from"] is None


def test_it_is_served_without_them_where_that_is_asked_for(two: Installation, tmp_path: Path) -> None:
    ran = switched(two, "green", "--no-carry")
    assert not answered("switch", ran.stdout)["carried"]
    assert "`SVARTID_SHADOW=main svartid history` shows them" in " ".join(ran.stderr.split())
    found = rows(two, "--step", "1d", "--config", str(tmp_path / "green"))
    assert next(row["start"][:10] for row in found) == date_of(FORGOTTEN)
