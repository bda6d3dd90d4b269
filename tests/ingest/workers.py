"""`svartid worker` as a process: started, watched by its log, hurt, ended by its own id."""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests import forked
from tests.ingest.waiting import eventually

ENDS_WITHIN_S = 15.0


class Worker:
    """One process. Everything it says on standard error and output goes to `log`.

    It is forked where that can be (`tests/forked.py`); with a `program`, such as `(SVARTID,)`, it starts cold.
    """

    def __init__(
        self,
        log: Path,
        env: Mapping[str, str],
        *arguments: str,
        command: str = "worker",
        program: Sequence[str | Path] | None = None,
    ) -> None:
        self.log = log
        self.process: subprocess.Popen[bytes] | forked.Forked
        with log.open("wb") as file:
            if program is None:
                self.process = forked.start(command, *arguments, env=env, output=file, errors=file)
            else:
                self.process = subprocess.Popen([*program, command, *arguments], env=env, stdout=file, stderr=file)

    @property
    def said(self) -> str:
        """All of it, so far."""
        return self.log.read_text(errors="replace")

    def lines(self, event: str) -> list[dict[str, Any]]:
        """The log lines of one kind of event."""
        lines = [line for line in self.said.splitlines() if line.startswith("{") and line.endswith("}")]
        return [line for line in map(json.loads, lines) if str(line.get("event", "")).startswith(event)]

    def wait_for(self, event: str, within_s: float = 60.0) -> dict[str, Any]:
        """The newest log line that begins like this, once there is one."""

        def look() -> list[dict[str, Any]]:
            found = self.lines(event)
            assert found or self.process.poll() is None, f"ended with {self.process.returncode}: {self.said}"
            return found

        return eventually(look, lambda: f"the worker says {event!r}; it said\n{self.said}", within_s)[-1]

    def wait_until_reading(self) -> None:
        """Returns when it has taken its partitions."""
        self.wait_for("took partitions")

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of one of its endpoints."""
        port = self.wait_for("serving")["port"]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except urllib.error.URLError:
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.said}"
            raise

    def is_ready(self) -> bool:
        """Whether it says so."""
        return self.get("/isready")[0] == 200

    def kill(self) -> None:
        """As kill -9 does."""
        self.process.kill()
        self.process.wait(ENDS_WITHIN_S)

    def pause(self) -> None:
        """Stops it in its tracks."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on."""
        os.kill(self.process.pid, signal.SIGCONT)

    def terminate(self) -> None:
        """Asks it to end; `wait` tells when it has."""
        self.process.terminate()

    def wait(self, within_s: float = ENDS_WITHIN_S) -> int:
        """Its exit code. Fails where it does not end in time."""
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the worker did not end within {within_s:g} s; it said\n{self.said}") from None

    def stop(self) -> int:
        """Asks it to end, and its exit code when it has."""
        self.terminate()
        return self.wait()
