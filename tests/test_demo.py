"""`svartid demo`, the whole of it: figures on the screen, and nothing left when it has ended, however it ended."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from streams.web.pages.boards import BOARDS
from tests.answers import answered
from tests.ingest.waiting import eventually
from tests.terminal import CTRL_C, Terminal

pytestmark = pytest.mark.real

SVARTID = Path(sys.executable).with_name("svartid")
ENDED_WITHIN_S = 30


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Ended(NamedTuple):
    code: int
    stdout: str
    stderr: str


def demo(*arguments: str, once_alive: Callable[[psutil.Process], None] | None = None) -> Ended:
    """Runs a demo to its end, and fails if anything it started is still there then."""
    programs = 4 if "--json" in arguments else 5  # Kafka, Valkey, the worker, the simulator, and the web to be seen
    command = [str(SVARTID), "demo", "--speed", "60", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        told: list[str] = []
        while not told or ("live" not in told[-1] and told[-1]):
            told.append(process.stderr.readline())
        this = psutil.Process(process.pid)
        family = this.children(recursive=True)
        if once_alive is not None:
            once_alive(this)
        stdout, stderr = process.communicate(timeout=ENDED_WITHIN_S)
    assert len(family) == 2 * programs  # with a guard of each
    assert psutil.wait_procs(family, ENDED_WITHIN_S)[1] == []
    return Ended(process.returncode, stdout, "".join(told) + stderr)


@contextmanager
def in_a_terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    """A demo that draws live figures in 120 columns and 40 lines."""
    with Terminal([SVARTID, "demo", "--speed", "60", *arguments], os.environ, 120, 40, folder) as terminal:
        eventually(
            lambda: any("LIVE" in line for line in terminal.drawn()), lambda: f"it is live: {terminal.said}", 120
        )
        assert terminal.is_drawn_to_fit()
        yield terminal


def ended_with_all_its_parts(terminal: Terminal) -> int:
    """Its exit code. Fails where it, or anything that it started, does not end."""
    family = psutil.Process(terminal.process.pid).children(recursive=True)
    code = terminal.process.wait(ENDED_WITHIN_S)
    assert psutil.wait_procs(family, ENDED_WITHIN_S)[1] == []
    return code


def test_it_shows_a_live_centre() -> None:
    ended = demo("--scenario", "surge", "--seconds", "5", "--json")
    assert ended.code == 0, ended.stderr
    document = answered("demo", ended.stdout)
    assert (document["status"], document["residual"], document["missing_partitions"]) == ("live", 0, [])
    phone = document["groups"]["phone/personbruker"]
    assert phone["windows"]["30m"]["answered"] > 100
    assert phone["status"] == "open"


@pytest.mark.fault(31)
def test_in_a_terminal_of_any_size_it_ends_when_its_time_is_up(tmp_path: Path) -> None:
    with in_a_terminal(tmp_path, "--seconds", "3") as terminal:
        for columns, lines in [(80, 24), (200, 50)]:
            terminal.resize(columns, lines)
            eventually(terminal.is_drawn_to_fit, f"the board is drawn in {columns} × {lines}")
        assert ended_with_all_its_parts(terminal) == 0
        assert "NAV Kontaktsenter" in terminal.afterwards() and "LIVE" in terminal.afterwards()


def test_its_boards_for_browsers_are_where_it_says() -> None:
    told: list[str] = []

    def look(this: psutil.Process) -> None:
        (web,) = [child for child in this.children() if child.cmdline()[-1:] == ["web"]]
        eventually(lambda: bool(listening(web)), "it listens")
        told.extend(listening(web))
        for path in ("", *(board.name for board in BOARDS)):
            with urllib.request.urlopen(f"{told[0]}{path}", timeout=10) as answer:
                assert b"<h1" in answer.read()
        with urllib.request.urlopen(f"{told[0]}api/v1/now", timeout=10) as answer:
            assert json.loads(answer.read())["status"] == "live"

    ended = demo("--seconds", "8", once_alive=look)
    assert ended.code == 0 and f"The boards for browsers: {told[0]}" in ended.stderr.splitlines(), ended.stderr


def listening(process: psutil.Process) -> list[str]:
    return [f"http://{of.laddr.ip}:{of.laddr.port}/" for of in process.net_connections("tcp") if of.status == "LISTEN"]


def test_somebody_who_has_seen_enough(tmp_path: Path) -> None:
    with in_a_terminal(tmp_path) as terminal:
        eventually(lambda: any("i nettleser: http://127.0.0.1:" in line for line in terminal.drawn()), "it says where")
        terminal.press(CTRL_C)
        assert ended_with_all_its_parts(terminal) == 0
        assert "NAV Kontaktsenter" in terminal.afterwards() and "LIVE" in terminal.afterwards()


@pytest.mark.fault(16)
def test_who_is_in_a_hurry_and_says_it_twice() -> None:
    def end_it_twice(this: psutil.Process) -> None:
        for _ in range(2):
            this.terminate()
            time.sleep(0.1)

    ended = demo("--json", once_alive=end_it_twice)
    assert (ended.code, answered("demo", ended.stdout)["status"]) == (0, "live"), ended.stderr


@pytest.mark.parametrize("key", [CTRL_C, ""])
@pytest.mark.fault(16)
def test_who_has_seen_enough_before_there_is_anything(tmp_path: Path, key: str) -> None:
    """By Ctrl-C or SIGTERM: to be told to end is no failure, however early."""
    with Terminal([SVARTID, "demo"], os.environ, 120, 40, tmp_path) as terminal:
        # "Looking for Kafka" where that takes time, else at once "Starting Kafka"
        eventually(lambda: "Kafka" in terminal.said, lambda: f"it begins: {terminal.said}", 120)
        if key:
            terminal.press(key)
        else:
            terminal.process.terminate()
        assert ended_with_all_its_parts(terminal) == 0
        assert "Ended before there were any figures." in terminal.afterwards()


def test_a_worker_that_dies_is_no_demo() -> None:
    def kill_the_worker(this: psutil.Process) -> None:
        (worker,) = [child for child in this.children() if child.cmdline()[-1:] == ["worker"]]
        worker.kill()

    ended = demo(once_alive=kill_the_worker)
    assert ended.code == 1
    assert "worker has ended: the end of its log" in ended.stderr
    assert "took partitions" in ended.stderr


def test_wrong_arguments() -> None:
    ran = subprocess.run([SVARTID, "demo", "--scenario", "sunny"], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "there are normal, surge" in ran.stderr
