"""One child process that serves on a port: started, waited for, paused, killed and ended by its own id.

Imports only the standard library and this package's errors.
"""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from streams.local.errors import LocalPartsError
from streams.local.ports import HOST

POLL_S = 0.02
START_DEADLINE_S = 90.0
STOP_DEADLINE_S = 20.0
LOG_TAIL_LINES = 15

# Waits on a pipe whose other end only we hold. A word on it means that all is well; its end without one means that
# we are gone, even by kill -9, and the part's process group follows us. (Linux' parent-death signal would do the
# same, but it fires when the starting *thread* ends, and starting a part from a worker thread is a fair thing to do.)
GUARD = 'read -r word || kill -s KILL -- "-$1"'


class Part(ABC):
    """A server in its own session, with its files in `folder` and its port kept over restarts."""

    name: str

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.start_deadline_s = START_DEADLINE_S
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._paused = False

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments; called before each start, so it may also write the configuration."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it serves requests now."""

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """All that it ever printed."""
        return self.folder / f"{self.name.lower()}.log"

    @property
    def running(self) -> bool:
        """Whether the process is there; a paused one is."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the last start."""
        if self._process is None:
            raise LocalPartsError(f"{self.name} is not started.")
        return self._process.pid

    def start(self) -> Self:
        """Starts it and returns when it answers."""
        self.launch()
        return self.wait_ready()

    def launch(self) -> None:
        """Starts it without waiting, so that several can start at the same time."""
        if self.running:
            raise LocalPartsError(f"{self.name} is running already, as process {self.pid}.")
        self.folder.mkdir(parents=True, exist_ok=True)
        command = self.command()
        with self.log.open("ab") as log:
            self._process = _spawn(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._guard = _spawn(["/bin/sh", "-c", GUARD, "guard", str(self.pid)], stdin=subprocess.PIPE)

    def wait_ready(self) -> Self:
        """Returns when it answers. Raises, with the end of its log, when it dies or takes too long."""
        deadline = time.monotonic() + self.start_deadline_s
        while not self.answers():
            self.check()
            if time.monotonic() > deadline:
                self.kill()
                raise LocalPartsError(
                    f"{self.name} did not answer on {self.address} within {self.start_deadline_s:.0f} s: "
                    f"{self._advice()}"
                )
            time.sleep(POLL_S)
        return self

    def check(self) -> None:
        """Raises, with the end of its log, if it has ended by itself."""
        if not self.running:
            self._reap()
            raise LocalPartsError(f"{self.name} has ended: {self._advice()}")

    def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """Asks it to end, and ends it if it does not. Harmless when it is not running."""
        if self.running:
            self._signal(signal.SIGTERM)
            self.resume()  # a paused process hears nothing
            self._wait(deadline_s)
        self.kill()

    def kill(self) -> None:
        """Ends it as kill -9 does: no goodbye, no flush."""
        if self.running:
            self._signal(signal.SIGKILL)
        self._reap()

    def restart(self) -> Self:
        """The same port and data again, after a kill too."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Stops it in its tracks: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        """Lets a paused one go on."""
        if self._paused:
            self._signal(signal.SIGCONT)
            self._paused = False

    def log_tail(self, lines: int = LOG_TAIL_LINES) -> str:
        """The end of its log, for an error text."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _advice(self) -> str:
        return f"the end of its log, which may say why, follows. Then try again.\n{self.log_tail()}"

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self.pid, number)

    def _wait(self, deadline_s: float) -> None:
        assert self._process is not None
        try:
            self._process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            return

    def _reap(self) -> None:
        """Collects the ended process, then tells its guard that there is nothing left to do."""
        if self._process is not None:
            self._process.wait()
        if self._guard is not None:
            self._guard.communicate(b"ended\n")
        self._guard, self._paused = None, False


def _spawn(command: list[str], **streams: object) -> subprocess.Popen[bytes]:
    # A session of its own: a Ctrl-C at the terminal is for us, and we end the parts in order.
    return subprocess.Popen(command, start_new_session=True, **streams)  # type: ignore[call-overload,no-any-return]
