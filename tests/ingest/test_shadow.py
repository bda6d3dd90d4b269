"""A second state beside the one that is served: filled, compared, switched to and back. On a real Kafka and Valkey."""

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

import config
from streams.keys import Keys
from tests.answers import answered
from tests.conftest import Installations
from tests.events import HELSE, START_MS, Event, event, visit
from tests.ingest.admin import forget_before
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker
from tests.test_changes import FILES

pytestmark = pytest.mark.real

HOUR_MS = 3_600_000
LOST = 3  # whose end never came
GREEN = {"SVARTID_SHADOW": "green"}
SWITCHES, AHEAD_BY = 2, 60  # contacts that a state may be ahead of the other by, where hundreds come in a second
OURS = config.load().revision
NOT_OLDER_THAN_S = 2.5  # a document is made each second where nothing happens


class Seen(NamedTuple):
    """One reading of the public snapshot."""

    at: float  # epoch s
    as_of_ms: int
    lost: int
    answered: int


class Reader:
    """Another service: reads the snapshot again and again, and when it is announced."""

    def __init__(self, installation: Installation) -> None:
        self.seen: list[Seen] = []
        self.announced: list[int] = []
        self._installation = installation
        self._ends = threading.Event()

    def read(self) -> None:
        """Until it is to end."""
        listens = self._installation.redis.pubsub()  # type: ignore[no-untyped-call]
        listens.subscribe(self._installation.keys.snapshot)
        while not self._ends.is_set():
            while (heard := listens.get_message(ignore_subscribe_messages=True)) is not None:
                self.announced.append(json.loads(heard["data"])["as_of_ms"])
            document = self._installation.snapshot()
            if document and HELSE in document["lines"]:
                total = document["lines"][HELSE]["total"]
                self.seen.append(Seen(time.time(), document["as_of_ms"], total["lost"], total["answered"]))
            time.sleep(0.002)
        listens.close()

    @contextmanager
    def reading(self) -> Iterator["Reader"]:
        """Beside the block."""
        thread = threading.Thread(target=self.read)
        thread.start()
        try:
            yield self
        finally:
            self._ends.set()
            thread.join()

    def assert_nothing_was_noticed(self) -> None:
        """No document is older than one before, none was gone, and nobody's answer went back: but for those that one
        state was ahead of the other by, at the moment of a switch.
        """
        for of in ([one.as_of_ms for one in self.seen], self.announced):
            assert len(of) > 10 and of == sorted(of)
        assert max(one.at - one.as_of_ms / 1000 for one in self.seen) < NOT_OLDER_THAN_S
        falls = [one.answered - other.answered for one, other in pairwise(self.seen) if one.answered > other.answered]
        assert len(falls) <= SWITCHES and sum(falls) <= AHEAD_BY, falls


def produced(log: list[Event]) -> list[Produced]:
    return [Produced("phone", str(one["journey_id"]).encode(), orjson.dumps(one), one["occurred_at"]) for one in log]


def answers(first: int, n: int, at_ms: int = START_MS + 2 * HOUR_MS) -> list[Event]:
    """So many callers, each answered after a minute."""
    callers = range(first, first + n)
    return [one for i in callers for one in visit(f"a{i}", at_ms + i * 20, ("queue.answered", 60_000))]


def folder(path: Path, ghost_after: str, revision: int) -> Path:
    path.mkdir()
    queues = FILES["queues.toml"].replace('ghost_after = "4h"', f'ghost_after = "{ghost_after}"')
    queues = re.sub(r"(?m)^revision = \d+", f"revision = {revision}", queues)
    for name, text in {**FILES, "queues.toml": queues}.items():
        (path / name).write_text(text)
    return path


@pytest.fixture
def live(installations: Installations) -> Installation:
    """Some callers of whom some are never heard of again, a record that is none, and a worker that has counted it."""
    installation = installations({"phone": 1, "chat": 1, "written": 1})
    installation.env["SVARTID_SNAPSHOT_EVERY_S"] = "0.03"  # many snapshots about each switch
    installation.send([Produced("phone", b"x", b"no event", START_MS)])
    installation.send(produced([event("queue.entered", START_MS, f"gone{i}") for i in range(LOST)]))
    installation.send(produced(answers(0, 20)))
    installation.start()
    installation.wait_ready()
    eventually(lambda: shown(installation) == 0, "the snapshot shows it")
    return installation


@pytest.fixture
def green(live: Installation, tmp_path: Path) -> Worker:
    """Another state beside it, by which who is not heard of for an hour is lost."""
    worker = live.start("--config", str(folder(tmp_path / "green", "1h", 2)), **GREEN)
    live.wait_ready()
    aside = Keys(live.name, "green").aside
    eventually(lambda: _lost(live.redis.get(aside)) == LOST, "it shows its figures beside")
    return worker


def shown(installation: Installation) -> int:
    """How many are lost, to whoever reads the snapshot."""
    return _lost(installation.redis.get(installation.keys.snapshot))


def _lost(packed: object) -> int:
    lines = json.loads(packed)["lines"] if isinstance(packed, bytes) else {}
    return int(lines[HELSE]["total"]["lost"]) if HELSE in lines else -1


def counters(worker: Worker) -> dict[str, float]:
    """What Prometheus is told of the queue."""
    body = worker.get("/metrics")[1]
    found = re.findall(
        r'^(svartid_(?:answered|lost|wait_seconds_count)_?\w*)\{[^}]*queue="helse"[^}]*\} (\S+)$', body, re.M
    )
    return {name: float(value) for name, value in found}


def switched(installation: Installation, name: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """As soon as it may be: in a rebalance, and on a busy machine, a state is not live at each moment."""
    ran = []

    def is_served() -> bool:
        ran.append(installation.run("switch", name, "--yes", "--json", *options))
        return ran[-1].returncode == 0

    eventually(is_served, f"{name} is served", within_s=60)
    assert answered("switch", ran[-1].stdout)["shown"]
    return ran[-1]


def test_it_is_filled_beside_and_told_apart(live: Installation, green: Worker, tmp_path: Path) -> None:
    main = live.workers[0]
    assert shown(live) == 0 and live.snapshot()
    assert green.get("/isready") == (200, "ready: it counts and is not served: main is\n")
    assert main.get("/isready") == (200, "ready\n")
    assert counters(main) and not counters(green), "no figure is told twice"
    assert len(live.rejected()) == 1
    live.verify()

    ran = live.run("compare", "--json")
    found = answered("compare", ran.stdout)
    assert ran.returncode == 1, ran.stderr
    one, other = found["states"]
    assert (one["name"], one["served"], one["whole"], one["revision"]) == ("main", True, True, OURS)
    assert (other["name"], other["served"], other["whole"], other["revision"]) == ("green", False, True, 2)
    assert found["days"] == ["2025-03-04"] and not found["going_on"]
    assert found["differences"] == [["2025-03-04", "phone/personbruker", "lost", 0, LOST, LOST]]
    told = live.run("compare", "main", "green", "--by", "queue").stdout
    assert HELSE in told and "1 figures differ" in told
    assert live.run("compare", "main", "main").returncode == 0
    assert live.run("compare", "main", "blue").returncode == 1
    assert live.run("compare", "main", "No state").returncode == 2


@pytest.mark.alone
def test_readers_notice_nothing_of_a_switch_under_load(live: Installation, green: Worker, tmp_path: Path) -> None:
    """
    events    |----------------------------------------|
    served    main     |  green       |  main
    """
    main, log = live.workers[0], produced(answers(20, 1500))
    before = counters(main)
    with Reader(live).reading() as reader, live.sending(log, chunk=10, ahead=60):
        live.wait_committed(400)
        switched(live, "green")
        eventually(lambda: shown(live) == LOST, "the other's figures")
        live.wait_committed(1600)
        switched(live, "main")
        eventually(lambda: shown(live) == 0, "the first one's figures")
        eventually(lambda: reader.seen[-1].answered == 1520, "all is counted")
    reader.assert_nothing_was_noticed()
    main.wait_for("counts, and is not served")
    green.wait_for("is served")

    # Neither is the other's like to the record at every moment; what one was ahead by is told once more, or not at all.
    settled = counters(main)
    assert all(abs(settled[name] - before[name] - 1500) < 750 for name in before if "lost" not in name)
    switched(live, "green")
    eventually(lambda: counters(green) and not counters(main), "the one that is served tells Prometheus, alone")
    assert counters(green) == settled, "no counter jumps"
    live.send(produced(answers(1520, 5)))
    eventually(lambda: sum(counters(green).values()) - sum(settled.values()) == 10, "and each goes on from there")

    config = str(tmp_path / "green")
    (row,) = json.loads(
        live.run(
            "history", "--config", config, "--from", "2025-03-04", "--to", "2025-03-04", "--step", "1d", "--json"
        ).stdout
    )
    assert (row["lost"], row["answered"]) == (LOST, 1525)
    ran = live.run("verify", "--config", config, "--json")
    assert ran.returncode == 0 and answered("verify", ran.stdout)["differences"] == {}, ran.stderr
    looked = answered("doctor", live.run("doctor", "--config", config, "--json").stdout)
    found = {finding["what"]: (finding["state"], finding["found"]) for finding in looked}
    assert found["state that is served"] == ("ok", "green")
    assert found["configuration in use"] == ("ok", "revision 2, as here")
    assert found["snapshot"] == ("ok", "is being written, and live")
    ran = live.run("backup", "--config", config, str(tmp_path / "of.backup"), "--json")
    assert ran.returncode == 0, ran.stderr


def test_a_writer_that_was_away_in_the_switch_overwrites_nothing(live: Installation, green: Worker) -> None:
    main = live.workers[0]
    main.pause()
    switched(live, "green")
    eventually(lambda: shown(live) == LOST, "the other's figures")
    with Reader(live).reading() as reader:
        main.resume()
        main.wait_for("counts, and is not served")
        eventually(lambda: _lost(live.redis.get(live.keys.aside)) == 0, "it writes beside")
    assert {one.lost for one in reader.seen} == {LOST}
    assert main.is_ready()


def test_who_is_killed_after_the_switch_is_followed_by_one_of_its_own(
    live: Installation, green: Worker, tmp_path: Path
) -> None:
    second = live.start("--config", str(tmp_path / "green"), **GREEN)
    live.wait_ready()
    switched(live, "green")
    live.redis.delete(live.keys.serving)  # a Redis that forgot is told again
    eventually(lambda: live.redis.hget(live.keys.serving, "state") == b"green", "it is told")
    green.kill()
    eventually(lambda: (live.snapshot() or {"status": ""})["status"] == "live" and counters(second), "it goes on")
    assert shown(live) == LOST


def test_what_is_not_whole_is_not_switched_to(live: Installation, green: Worker) -> None:
    green.stop()
    aside = Keys(live.name, "green").aside
    live.redis.delete(aside)
    for name in ("green", "blue"):
        ran = live.run("switch", name, "--yes")
        assert ran.returncode == 1
        assert f"no worker shows the state {name}: start `SVARTID_SHADOW={name} svartid worker`" in " ".join(
            ran.stderr.split()
        )
    assert live.run("switch", "main").returncode == 0, "it is served already"
    assert live.redis.hget(live.keys.serving, "state") is None


def test_days_that_kafka_has_no_longer_are_told_apart(installations: Installations, tmp_path: Path) -> None:
    """
    events   |day 1 |day 2 | ... |day 12     one caller each hour; who never ends on the last
    live     |----------------------------
    Kafka    . . . . .|-------------------   lets go of what is earlier
    green             |-------------------   day 3 in part, those after it rest on it for the horizon
    """
    installation = installations({"phone": 1, "chat": 1, "written": 1})
    hours = range(12 * 24)
    log = [one for hour in hours for one in answers(hour, 1, START_MS + hour * HOUR_MS)]
    log.insert(-30, event("queue.entered", int(log[-30]["occurred_at"]), "gone"))
    installation.send(produced(log))
    installation.start()
    installation.wait_ready()
    installation.wait_committed(len(log))
    forget_before(installation.brokers, {f"{installation.topics['phone']}-0": 2 * 24 * 2 + 10})
    installation.start("--config", str(folder(tmp_path / "green", "1h", 2)), **GREEN)
    installation.wait_ready()
    eventually(lambda: _lost(installation.redis.get(Keys(installation.name, "green").aside)) == 1, "it has counted all")

    found = answered("compare", installation.run("compare", "--json").stdout)
    main, green = found["states"]
    assert main["only"] == ["2025-03-04", "2025-03-05"] and main["in_part"] == []
    assert green["only"] == [] and green["in_part"][0] == "2025-03-06"
    assert found["days"] == [f"2025-03-{day:02}" for day in range(int(green["in_part"][-1][-2:]) + 1, 17)]
    assert {unlike[0] for unlike in found["differences"]} == set() and not found["going_on"]

    ran = installation.run("switch", "green")
    assert ran.returncode == 1, "nobody has said yes"
    told = "main has days from 2025-03-04 on, and green has them wholly from 2025-04-08 on"  # as letters are remembered
    assert told in " ".join(ran.stderr.split())
    assert installation.redis.hget(installation.keys.serving, "state") is None
