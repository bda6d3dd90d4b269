"""The examples of deploy/READING.md, run as whoever reads svartid runs them: with a reader's rights."""

import os
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from streams.local.ports import HOST
from streams.local.valkey import embedded_server
from tests.ingest.waiting import eventually
from tests.programs import program
from tests.readers.kotlin import kotlin_of
from tests.readers.node import node_with
from tests.security.servers import PASSWORDS, Guarded

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
USER = "svartid-reader"
ZONE = "Europe/Oslo"
ENDS_WITHIN_S = 10


@dataclass(frozen=True)
class Example:
    """One of them: what runs it, how it is told to go on, and where its Redis is."""

    name: str
    command: list[str]
    options: list[str]
    env: Mapping[str, str]

    def once(self, queue: str) -> tuple[str, int]:
        """What it says of a queue, and its exit code."""
        ran = subprocess.run(
            [*self.command, queue, *self.options], env=self.env, stdout=subprocess.PIPE, text=True, check=False
        )
        return ran.stdout.rstrip("\n"), ran.returncode


class Following:
    """One that follows a queue, with all that it has said."""

    def __init__(self, example: Example, queue: str, folder: Path) -> None:
        self.name, self._said = example.name, folder / f"{example.name}.txt"
        command = [*example.command, queue, "--follow", *example.options]
        with self._said.open("w") as said:
            self._process = subprocess.Popen(command, env=example.env, stdout=said)

    @property
    def said(self) -> list[str]:
        return self._said.read_text().splitlines()

    def end(self) -> None:
        """As who runs a service ends it."""
        self._process.terminate()
        try:
            self._process.wait(ENDS_WITHIN_S)
        finally:
            self._process.kill()


def all_say(followers: Iterable[Following], line: str, within_s: float = 30.0) -> float:
    """Waits until each has said this last; for how many seconds."""
    began = time.monotonic()
    eventually(
        lambda: all(of.said[-1:] == [line] for of in followers),
        lambda: f"{line!r}, but " + "; ".join(f"{of.name} said {of.said}" for of in followers),
        within_s,
    )
    return time.monotonic() - began


def all_examples(server: Guarded, folder: Path) -> dict[str, Example]:
    """By language."""
    password = PASSWORDS[USER]
    env = dict(os.environ) | {
        "TZ": ZONE,
        "REDIS_URL": f"redis://{USER}:{quote(password, safe='')}@{server.address}/0",
        "REDISCLI_AUTH": password,
        "PATH": os.pathsep.join([os.environ["PATH"], str(embedded_server().parent)]),  # there is a valkey-cli
    }
    program("jq")
    options = ["-h", HOST, "-p", str(server.port), "--user", USER]
    commands = {
        "shell": [str(EXAMPLES / "reader.sh")],
        "node": node_with(EXAMPLES / "reader.mjs", folder),
        "kotlin": kotlin_of(EXAMPLES / "Reader.kt"),
    }
    return {name: Example(name, command, options if name == "shell" else [], env) for name, command in commands.items()}
