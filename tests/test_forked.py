"""svartid forked by the tests' servers and svartid started cold are the same in all that can be seen from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from streams.local.ports import HOST, free_ports
from tests import forked
from tests.forked import SVARTID, Forked, without_settings
from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker

Start = Callable[..., Worker]
WAITS = "waiting to begin"  # what a worker says that reaches neither Kafka nor Redis
ENDED_WITHIN_S = 15.0


@pytest.fixture
def env() -> dict[str, str]:
    """Of servers that are not there: a worker waits for them."""
    kafka, redis = free_ports(2)
    return {
        **without_settings(),
        "SVARTID_KAFKA_BROKERS": f"{HOST}:{kafka}",
        "SVARTID_REDIS_URL": f"redis://{HOST}:{redis}/0",
        "SVARTID_PSEUDONYM_KEY": "a key",
        "SVARTID_LOG_FORMAT": "json",
        "SVARTID_PORT": "0",
        "COLUMNS": "200",
    }


@pytest.fixture
def start(env: Mapping[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts a worker, cold or forked."""
    started: list[Worker] = []

    def worker(*arguments: str, cold: bool = False, **settings: str) -> Worker:
        log = tmp_path / f"{len(started)}.log"
        started.append(Worker(log, {**env, **settings}, *arguments, program=(SVARTID,) if cold else None))
        assert isinstance(started[-1].process, subprocess.Popen if cold else Forked)
        return started[-1]

    yield worker
    for each in started:
        each.kill()


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["worker"], {"SVARTID_KAFKA_BROKERS": "a:b"}),
        (["verify"], {}),  # it reaches nothing
        (["doctor", "--json"], {}),
    ],
)
def test_the_program_says_the_same(arguments: list[str], settings: dict[str, str], env: dict[str, str]) -> None:
    """And ends with the same exit code."""
    env |= settings
    cold = subprocess.run([SVARTID, *arguments], env=env, capture_output=True, text=True, check=False, timeout=60)
    warm = forked.run(*arguments, env=env, within_s=60)
    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)


def test_what_the_system_knows_of_it(start: Start) -> None:
    """Its signals, its group, its folder, its threads, and how many files of which kind it has open."""

    def seen(worker: Worker) -> dict[str, object]:
        pid = worker.process.pid
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        files = [str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()]
        return {
            **{name: status[name] for name in ("SigBlk", "SigIgn", "SigCgt", "Threads", "Umask")},
            "group": os.getpgid(pid),
            "session": os.getsid(pid),
            "folder": Path(f"/proc/{pid}/cwd").resolve(),
            "input": Path(f"/proc/{pid}/fd/0").readlink(),
            "files": sorted(file.partition(":")[0].replace(str(worker.log), "its log") for file in files),
        }

    cold, warm = start(cold=True), start()
    for worker in cold, warm:
        worker.wait_for(WAITS)
    eventually(lambda: seen(cold) == seen(warm), lambda: f"the same is seen of both: {seen(cold)}, {seen(warm)}", 5)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGKILL, -9),
        (signal.SIGUSR1, -10),
        (signal.SIGUSR2, -12),
        (signal.SIGTERM, 0),  # as it is told by its own handler
        (signal.SIGINT, 0),
    ],
)
def test_a_signal_ends_it(start: Start, number: signal.Signals, code: int) -> None:
    worker = start()
    worker.wait_for(WAITS)
    worker.process.send_signal(signal.SIGPIPE)  # which Python ignores
    worker.process.send_signal(number)
    assert worker.wait() == code, worker.said
    assert worker.process.poll() == worker.process.returncode == code
    worker.process.send_signal(number)  # nothing is there any more
    assert not psutil.pid_exists(worker.process.pid)


def test_one_that_is_stopped_is_there_and_does_nothing(start: Start) -> None:
    worker = start()
    worker.wait_for(WAITS)
    worker.pause()
    eventually(lambda: psutil.Process(worker.process.pid).status() == psutil.STATUS_STOPPED, "it is stopped")
    worker.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        worker.process.wait(0.2)
    assert worker.process.poll() is None
    worker.resume()
    assert worker.wait() == 0, worker.said


def test_its_environment_and_its_folder_are_those_of_this_start(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before had others."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)
    told = []
    for settings in {"SVARTID_KAFKA_BROKERS": "a:b"}, {"SVARTID_CONFIG": "there"}, {"SVARTID_CONFIG": "here"}:
        worker = start(**settings)
        assert worker.wait(ENDED_WITHIN_S) != 0
        told.append(worker.said)
    assert "SVARTID_KAFKA_BROKERS" in told[0]
    assert "SVARTID_CONFIG is there, which is no folder" in told[1]
    assert "here/queues.toml" in told[2]


def test_another_environment_that_may_be_read_at_the_import_makes_a_cold_start(env: dict[str, str]) -> None:
    assert forked.servers
    for name in "TZ", "PYTHONPATH", "NO_COLOR":
        assert forked.servers.of("worker", {**env, name: "x"}) is None, name
    assert forked.servers.of("worker", {**env, "SVARTID_PORT": "1"})
    env.pop("PATH")
    assert forked.servers.of("worker", env) is None


READS = """
import os, sys

class Told(type(os.environ)):
    def __getitem__(self, name):
        print(name)
        return super().__getitem__(name)

    def __iter__(self):
        print("all, asked by", sys._getframe(2).f_code.co_filename)
        return super().__iter__()

os.environ.__class__ = Told
from streams import cli
cli.load()
"""


def test_no_setting_is_read_while_modules_are_imported(env: dict[str, str]) -> None:
    """Else a forked process would have the server's. COLUMNS is, by `streams.cli`, which is imported anew."""
    ran = subprocess.run(
        [sys.executable, "-c", READS], env=without_settings(env), capture_output=True, text=True, check=True
    )
    read = ran.stdout.splitlines()
    assert "FAUST_DEBUG" in read, "others are read, and it is seen"
    assert [name for name in read if name.startswith("SVARTID_")] == []
    assert [place for place in read if "pydantic_settings" in place or "/streams/" in place] == []


def test_two_in_a_row_have_other_servers(env: dict[str, str]) -> None:
    """And so another order of what is in a set."""
    assert forked.servers
    first, second, third = (forked.servers.of("worker", env) for _ in range(3))
    assert first is third is not second


DIES = """
import os, signal, sys, time
from pathlib import Path
from tests import forked
from tests.ingest.workers import Worker

forked.begin(os.environ)
worker = Worker(Path(sys.argv[1]), os.environ)
worker.wait_for("waiting to begin")
print(os.getpid(), worker.process.pid, flush=True)
worker.pause()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_outlives_the_process_that_started_it(env: dict[str, str], tmp_path: Path) -> None:
    """However that ends, and be the worker stopped."""
    family: list[psutil.Process] = []
    with subprocess.Popen(
        [sys.executable, "-c", DIES, str(tmp_path / "log")], env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        while process.poll() is None:
            family = psutil.Process(process.pid).children(recursive=True) or family
            time.sleep(0.01)
        assert process.stdout.read().split()[1] in {str(child.pid) for child in family}
    assert len(family) >= 2
    assert psutil.wait_procs(family, ENDED_WITHIN_S)[1] == []
