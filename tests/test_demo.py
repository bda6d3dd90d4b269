"""`svartid demo`, the whole of it: figures on the screen, and nothing left when it has ended, however it ended."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from jsonschema import Draft202012Validator

import streams.serve

pytestmark = pytest.mark.real

SVARTID = Path(sys.executable).with_name("svartid")
SCHEMA = Path(streams.serve.__file__).with_name("snapshot.schema.json")
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
    assert len(family) == 8  # Kafka, Valkey, the worker, the simulator, and a guard of each
    assert psutil.wait_procs(family, ENDED_WITHIN_S)[1] == []
    return Ended(process.returncode, stdout, "".join(told) + stderr)


def test_it_shows_a_live_centre() -> None:
    ended = demo("--scenario", "surge", "--seconds", "5", "--json")
    assert ended.code == 0, ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout)
    assert list(Draft202012Validator(json.loads(SCHEMA.read_bytes())).iter_errors(document)) == []
    assert (document["status"], document["residual"], document["missing_partitions"]) == ("live", 0, [])
    phone = document["groups"]["phone/personbruker"]
    assert phone["windows"]["30m"]["answered"] > 100
    assert phone["status"] == "open"


def test_somebody_who_has_seen_enough() -> None:
    ended = demo(once_alive=lambda this: this.send_signal(signal.SIGINT))
    assert ended.code == 0, ended.stderr
    assert "NAV Kontaktsenter" in ended.stdout and "LIVE" in ended.stdout


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
