"""The image without Docker: the tree that its Dockerfile copies, run by bubblewrap as its Dockerfile says.

Nothing of this machine is in the box: its root is the tree and cannot be written, /tmp is fresh. The network is this
machine's, as Kafka and Redis are here. May import: psutil, the tests' workers.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from tests.ingest.waiting import eventually
from tests.ingest.workers import Worker
from tests.programs import program

ROOT: Final = Path(__file__).parents[2]
IMAGE: Final = ROOT / "deploy/image"
REVISION: Final = "0123456789abcdef0123456789abcdef01234567"
# As root: another user for good, before anything of svartid runs. Docker does so where USER is set.
_BECOME: Final = (
    "import os, sys; os.setgroups([]); os.setgid({0}); os.setuid({0}); os.execvp(sys.argv[1], sys.argv[1:])"
)


def making(folder: Path, umask: int = -1, **env: str) -> "subprocess.Popen[str]":
    """Begins to make the tree."""
    command: list[str | Path] = [sys.executable, IMAGE / "tree.py", folder, "--revision", REVISION]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, umask=umask, env=os.environ | env)


def made(begun: "subprocess.Popen[str]") -> str:
    """Its digest, once it is made."""
    told, complaints = begun.communicate(timeout=240)
    assert begun.returncode == 0, complaints
    return told.split()[0]


def said(instruction: str) -> list[str]:
    """What the Dockerfile's last stage says with an instruction, each as it stands there."""
    last_stage = (IMAGE / "Dockerfile").read_text().replace("\\\n", " ").rpartition("\nFROM ")[2]
    return re.findall(rf"^{instruction} (.*)$", last_stage, re.MULTILINE)


def environment() -> dict[str, str]:
    """What ENV says."""
    return dict(one.split("=", 1) for line in said("ENV") for one in shlex.split(line))


def user() -> int:
    """What USER says."""
    (of_user,) = said("USER")
    number, group = map(int, of_user.split(":"))
    assert number == group
    return number


def boxing(tree: Path, *more: str) -> list[str]:
    """The command before a command that runs it in the box, as process 1 of its own, as the image's user.

    `more` is for bubblewrap, such as what else is laid into the box.
    """
    box = [str(program("bwrap")), "--ro-bind", str(tree), "/", "--proc", "/proc", "--dev", "/dev", "--chdir", "/tmp"]
    box += ["--perms", "1777", "--tmpfs", "/tmp", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--as-pid-1"]
    box += ["--die-with-parent", "--new-session", *more]
    if os.geteuid() != 0:  # the user is another in the box alone
        return [*box, "--unshare-user", "--uid", str(user()), "--gid", str(user())]
    become = [f"/usr/local/bin/python3.{sys.version_info.minor}", "-c", _BECOME.format(user())]
    return [*box, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", *become]


def boxed(tree: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command in the box, to its end."""
    ran = [*boxing(tree), *command]
    return subprocess.run(ran, env=environment(), capture_output=True, text=True, timeout=60, check=False)


class Boxed(Worker):
    """`svartid worker`, or another command, in the box: what Worker can, and signals to svartid itself."""

    def __init__(self, tree: Path, log: Path, env: Mapping[str, str], *more: str, command: str = "worker") -> None:
        settings = {name: value for name, value in env.items() if name.startswith("SVARTID_")}
        (entry,) = said("ENTRYPOINT")
        starts: Sequence[str] = [*boxing(tree, *more), *re.findall(r'"([^"]+)"', entry)]
        super().__init__(log, environment() | settings, command=command, program=starts)

    @property
    def inside(self) -> psutil.Process:
        """svartid, as this machine sees it."""

        def look() -> list[psutil.Process]:
            return [one for one in psutil.Process(self.process.pid).children() if "svartid" in " ".join(one.cmdline())]

        return eventually(look, lambda: f"svartid is started; it said\n{self.said}")[0]

    def kill(self) -> None:
        """With all that it runs: who has become another user does not die with its parent."""
        with suppress(psutil.NoSuchProcess):
            for one in psutil.Process(self.process.pid).children(recursive=True):
                one.kill()
        super().kill()

    def terminate(self) -> None:
        """As an orchestrator does."""
        self.inside.send_signal(signal.SIGTERM)
