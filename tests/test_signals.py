"""Who is asked to end, and how its end comes out."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import termios
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.forked import SVARTID, without_settings
from tests.ingest.waiting import eventually

# Whoever runs the tests may have these ignored, as a background or nohup has; and what is ignored stays so.
AS_IN_A_TERMINAL = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
IN_A_TERMINAL = (sys.executable, "-c", AS_IN_A_TERMINAL)

WAITS = """
import asyncio, os, signal, sys
import uvloop
from streams.cli.signals import asked_to_end

async def main():
    asked = asked_to_end()
    print("hears", flush=True)
    await asked.wait()

with asyncio.Runner(loop_factory=LOOP) as runner:
    runner.run(main())
print("its loop has ended", flush=True)
os.kill(os.getpid(), signal.NUMBER)
sys.exit(3)
"""


@pytest.mark.parametrize("loop", ["uvloop.new_event_loop", "asyncio.new_event_loop"])
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT", "SIGHUP"])
@pytest.mark.fault(16)
def test_a_process_that_ends_keeps_its_exit_code_whatever_comes(number: str, loop: str) -> None:
    program = [*IN_A_TERMINAL, sys.executable, "-c", WAITS.replace("LOOP", loop).replace("NUMBER", number)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hears\n"
        process.send_signal(signal.Signals[number])
        assert process.stdout.readline() == "its loop has ended\n"
        assert process.wait(20) == 3


BY_ITSELF = """
import asyncio, os, signal, sys
from streams.cli.signals import asked_to_end

class Last:
    def __del__(self, kill=os.kill, this=os.getpid(), number=signal.NUMBER):
        kill(this, number)

async def main():
    asked_to_end()

asyncio.run(main())
sys.last = Last()  # let go of when CPython has taken back all handlers
sys.exit(3)
"""


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT", "SIGHUP"])
@pytest.mark.fault(16)
def test_a_signal_when_the_interpreter_is_being_put_away_changes_no_exit_code(number: str) -> None:
    program = [*IN_A_TERMINAL, sys.executable, "-c", BY_ITSELF.replace("NUMBER", number)]
    assert subprocess.run(program, timeout=20, check=False).returncode == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.fault(16)
def test_a_worker_that_is_told_again_and_again_ends_with_0(number: signal.Signals, tmp_path: Path) -> None:
    env = without_settings() | NOWHERE | {"SVARTID_PORT": "0"}
    log = tmp_path / "log"
    command = [*IN_A_TERMINAL, str(SVARTID), "worker"]
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said, env=env) as process:
        eventually(lambda: "waiting to begin" in log.read_text(), "it waits for its parts")
        for _ in range(1000):
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                break
        assert process.wait(20) == 0, log.read_text()
    assert "Traceback" not in log.read_text()


class Waiting:
    """A worker that waits for its parts, begun in a way."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, ours: int) -> None:
        self.process = process
        self.log = log
        self._ours = ours

    def close_terminal(self) -> None:
        os.close(self._ours)
        self._ours = -1

    def outlives_a_hangup(self) -> bool:
        """Whether it goes on. One that is to end says so on /isready from the moment it is told."""
        self.process.send_signal(signal.SIGHUP)
        (port,) = re.findall(r'"port": (\d+)', self.log.read_text())
        until = time.monotonic() + 1
        while time.monotonic() < until:
            with suppress(urllib.error.HTTPError), urllib.request.urlopen(f"http://127.0.0.1:{port}/isalive") as alive:
                assert alive.status == 200
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/isready")
            except urllib.error.HTTPError as said:
                if b"stopping" in said.read():
                    return False
        return self.process.poll() is None

    def put_away(self) -> None:
        self.process.kill()
        self.process.wait()
        if self._ours >= 0:
            os.close(self._ours)


@contextmanager
def waiting(log: Path, *, begun_by: Sequence[str] = IN_A_TERMINAL, has_terminal: bool) -> Iterator[Waiting]:
    """In a session of its own, which has a terminal or none."""
    ours, theirs = os.openpty()
    env = without_settings() | NOWHERE | {"SVARTID_PORT": "0", "SVARTID_LOG_FORMAT": "json"}
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*begun_by, str(SVARTID), "worker"],
            stdin=theirs,
            stdout=said,
            stderr=said,
            env=env,
            start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if has_terminal else None,  # noqa: PLW1509
        )
    os.close(theirs)
    worker = Waiting(process, log, ours)
    try:
        eventually(lambda: "waiting to begin" in log.read_text(), "it waits for its parts")
        yield worker
    finally:
        worker.put_away()


@pytest.mark.parametrize("has_terminal", [True, False])
@pytest.mark.fault(16)
def test_no_hangup_but_that_of_a_closed_terminal_ends_a_worker(has_terminal: bool, tmp_path: Path) -> None:
    with waiting(tmp_path / "log", has_terminal=has_terminal) as worker:
        assert worker.outlives_a_hangup(), "it has it look at its configuration"
        worker.close_terminal()
        if has_terminal:
            assert worker.process.wait(20) == 0, worker.log.read_text()
        else:
            assert worker.outlives_a_hangup(), "this one was never its own"


@pytest.mark.fault(16)
def test_under_nohup_a_worker_outlives_its_terminal(tmp_path: Path) -> None:
    with waiting(tmp_path / "log", begun_by=(*IN_A_TERMINAL, "/usr/bin/nohup"), has_terminal=True) as worker:
        worker.close_terminal()
        assert worker.outlives_a_hangup()
        worker.process.terminate()
        assert worker.process.wait(20) == 0, worker.log.read_text()


@pytest.mark.parametrize("module", ["streams.cli.worker", "asyncio", "streams.settings"])
@pytest.mark.fault(16)
def test_a_worker_that_is_told_to_look_while_it_imports_goes_on(module: str) -> None:
    """It has nothing to look at yet, and begins: here it finds that a setting is wrong."""
    program = filled(STARTS, MODULE=repr(module), NUMBER="SIGHUP", COMMAND=repr("worker"))
    ran = ran_in_a_terminal(program, SVARTID_PORT="none")
    assert ran.returncode == 2 and "SVARTID_PORT" in ran.stderr, ran.stderr


INTERRUPTED = """
import os, signal
from streams.cli.signals import interrupting

try:
    with interrupting():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            print("put away", flush=True)
except KeyboardInterrupt:
    os.kill(os.getpid(), signal.SIGTERM)
    raise SystemExit(3)
"""


@pytest.mark.fault(16)
def test_no_second_signal_breaks_into_what_is_being_put_away() -> None:
    program = [*IN_A_TERMINAL, sys.executable, "-c", INTERRUPTED]
    ran = subprocess.run(program, capture_output=True, text=True, timeout=20, check=False)
    assert (ran.returncode, ran.stdout) == (3, "put away\n"), ran.stderr


NOWHERE = {"SVARTID_KAFKA_BROKERS": "127.0.0.1:1", "SVARTID_REDIS_URL": "redis://127.0.0.1:1"}

STARTS = """
import os, signal, sys
from importlib.abc import MetaPathFinder

class Interrupts(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == MODULE:
            os.kill(os.getpid(), signal.NUMBER)

sys.meta_path.insert(0, Interrupts())
sys.argv = ["svartid", COMMAND]
from streams.cli import main
main()
"""


def filled(program: str, **told: str) -> str:
    """It, with what stands for these."""
    for name, value in told.items():
        program = program.replace(name, value)
    return program


def ran_in_a_terminal(program: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What came of a program of Python that is a terminal's foreground process, and finds no Kafka and no Redis."""
    return subprocess.run(
        [*IN_A_TERMINAL, sys.executable, "-c", program],
        env=without_settings() | NOWHERE | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("module", ["streams.cli.COMMAND", "asyncio", "streams.settings"])
@pytest.mark.parametrize(
    ("command", "number", "code"),
    [
        *((command, "SIGINT", 130) for command in ("doctor", "verify", "history", "produce", "snapshot", "rebuild")),
        *(("demo", number, 0) for number in ("SIGINT", "SIGTERM", "SIGHUP")),
    ],
)
@pytest.mark.fault(33)
def test_a_command_that_is_ended_while_it_imports_says_nothing(
    command: str, number: str, code: int, module: str
) -> None:
    module = repr(module.replace("COMMAND", command))
    ran = ran_in_a_terminal(filled(STARTS, MODULE=module, NUMBER=number, COMMAND=repr(command)))
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, "", "")


@pytest.mark.fault(33)
def test_ctrl_c_while_a_command_asks_what_is_in_the_way() -> None:
    """Which it does once the application has given up."""
    program = """
import os, signal
from streams.cli import app

async def interrupted(settings):
    os.kill(os.getpid(), signal.SIGINT)
    return []

def fails():
    raise ConnectionError

app._troubles = interrupted
app.run(fails)
"""
    ran = ran_in_a_terminal(program)
    assert (ran.returncode, ran.stderr) == (130, "")
