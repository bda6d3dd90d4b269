"""Starts svartid: forked from a process that has imported it, else cold, as its users start it.

More than half of what a short-lived command costs is its imports, and a run of all tests starts hundreds. So each
process of pytest has servers (`tests/fork_server.py`) that have them done. From there on all is as in a cold start,
and `tests/test_forked.py` holds the two against each other. What a server cannot give starts cold: another
environment than pytest's in a variable that may be read while modules are imported, and any system but Linux.

Each server has a hash seed of its own. Workers are forked from two in turn: so two workers of a test order their sets
differently, as cold ones do.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

SVARTID = Path(sys.executable).with_name("svartid")
SCRIPT = Path(__file__).with_name("fork_server.py")
ENDS_WITHIN_S = 30.0
LATER = ("SVARTID_", "COLUMNS", "PYTEST_CURRENT_TEST")  # beginnings of what is read once svartid runs, if at all


def without_settings(env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """An environment in which nothing is set of svartid."""
    return {name: value for name, value in env.items() if not name.startswith("SVARTID_")}


class Forked:
    """One child of a server's, with what tests use of `subprocess.Popen`."""

    def __init__(self, args: Sequence[str], answer: socket.socket) -> None:
        self.args = args
        self.returncode: int | None = None
        self._answer = answer
        self._lock = threading.Lock()
        told, passed, _, _ = socket.recv_fds(answer, 16, 1)
        assert passed, "the fork server has ended: what it said on standard error may say why"
        self.pid = int(told)
        (self._descriptor,) = passed  # of the process: a signal sent through it never finds another of the same id

    def poll(self) -> int | None:
        """Its exit code, once it has ended; of a signal that ended it, the negative number."""
        self._look(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """As Popen's. Raises subprocess.TimeoutExpired."""
        self._look(timeout)
        if self.returncode is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """To it alone; nothing where it has ended."""
        with self._lock, suppress(ProcessLookupError):
            if self.returncode is None:
                signal.pidfd_send_signal(self._descriptor, number)

    def terminate(self) -> None:
        """As Popen's."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """As Popen's."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout_s: float | None) -> None:
        if self.returncode is not None:
            return
        ended = select.poll()
        ended.register(self._answer, select.POLLIN)
        if not ended.poll(None if timeout_s is None else max(0.0, timeout_s) * 1000):
            return
        with self._lock:
            if self.returncode is None:
                told = self._answer.recv(16)
                assert told, "the fork server has ended: what it said on standard error may say why"
                self.returncode = int(told)
                os.close(self._descriptor)
                self._answer.close()


class Server:
    """The process that forks, with the modules of one command."""

    def __init__(self, command: str, env: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, SCRIPT, SVARTID, command, str(theirs.fileno())],
                env=env,
                stdout=subprocess.DEVNULL,  # like a log no terminal
                pass_fds=[theirs.fileno()],
            )

    def fork(self, args: Sequence[str], env: Mapping[str, str], output: IO[bytes], errors: IO[bytes]) -> Forked:
        """Starts one process."""
        answer, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"!"], [output.fileno(), errors.fileno(), theirs.fileno()])
        answer.sendall(json.dumps({"argv": args, "env": dict(env), "cwd": os.getcwd()}).encode())  # noqa: PTH109
        answer.shutdown(socket.SHUT_WR)
        return Forked(args, answer)

    def close(self) -> None:
        """Ends it, and its children with it."""
        self._control.close()
        self._process.wait(ENDS_WITHIN_S)


class Servers:
    """Those of one process of pytest, each begun when it is first needed."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self._turn = cycle(("worker", "worker again"))
        self._begun: dict[str, Server] = {}
        self._lock = threading.Lock()

    def of(self, command: str, env: Mapping[str, str]) -> Server | None:
        """The next that may fork this command; none where it has to start cold."""
        if not hasattr(os, "pidfd_open") or _at_import(env) != _at_import(self.env):
            return None
        with self._lock:
            # All that the others import, but a few small modules of their own, `verify` does.
            name = next(self._turn) if command == "worker" else "verify"
            if name not in self._begun:
                self._begun[name] = Server(name.partition(" ")[0], self.env)
            return self._begun[name]

    def close(self) -> None:
        """Ends all."""
        for server in self._begun.values():
            server.close()


def _at_import(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.startswith(LATER)}


servers: Servers | None = None  # the tests have some; what else uses this module starts all cold


def begin(env: Mapping[str, str]) -> None:
    """From here on all is forked that can be: in this environment, but for the settings."""
    global servers  # noqa: PLW0603  # of the process, as its children are
    servers = Servers(env)


def end() -> None:
    """Of the servers, and of what was forked."""
    if servers:
        servers.close()


def start(
    *arguments: str, env: Mapping[str, str], output: IO[bytes], errors: IO[bytes]
) -> "subprocess.Popen[bytes] | Forked":
    """`svartid` with these arguments."""
    args = [str(SVARTID), *arguments]
    if servers and (server := servers.of(arguments[0], env)):
        return server.fork(args, env, output, errors)
    return subprocess.Popen(args, env=env, stdout=output, stderr=errors)


def run(*arguments: str, env: Mapping[str, str], within_s: float) -> "subprocess.CompletedProcess[str]":
    """`svartid` with these arguments, to its end. Raises subprocess.TimeoutExpired, and has ended it then."""
    with TemporaryFile() as output, TemporaryFile() as errors:
        process = start(*arguments, env=env, output=output, errors=errors)
        try:
            code = process.wait(within_s)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return subprocess.CompletedProcess(process.args, code, _said(output), _said(errors))


def _said(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
