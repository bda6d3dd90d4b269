"""A build of svartid: this one, or a clone of another with an environment of its own."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.ingest.workers import Worker
from tests.soak.rig import Rig

HERE = Path(__file__).parents[2]
_RUNS = "from streams.cli import main; main()"
_WHERE = "import streams; print(streams.__file__)"


class NoBuild(Exception):
    """There is none in that folder; the text says why."""


@dataclass(frozen=True)
class Build:
    """Where it lies, and what it is called here."""

    name: str
    folder: Path

    def __post_init__(self) -> None:
        """Raises NoBuild where something else would be run."""
        if not self._python.exists():
            raise NoBuild(f"{self.folder} has no .venv: `make setup` there makes it")
        ran = subprocess.run([self._python, "-c", _WHERE], env=self.env, capture_output=True, text=True, check=False)
        if not ran.stdout.startswith(f"{self.folder}/"):
            raise NoBuild(f"{self.folder} is no clone of svartid: {ran.stdout or ran.stderr}".strip())

    @property
    def _python(self) -> Path:
        return self.folder / ".venv/bin/python"

    @property
    def env(self) -> dict[str, str]:
        """By which its own modules are found, whatever is installed, and from whichever folder it is started."""
        return {"PYTHONPATH": str(self.folder), "PYTHONSAFEPATH": "1"}

    @property
    def program(self) -> Sequence[str | Path]:
        """`svartid`."""
        return (self._python, "-c", _RUNS)

    def start(self, rig: Rig) -> Worker:
        """A worker of it."""
        return rig.installation.start(program=self.program, **self.env)

    def verify(self, rig: Rig) -> int:
        """How many differences its recount finds."""
        rig.say(f"{self.name} recounts")
        return rig.verify(self.program, self.env)
