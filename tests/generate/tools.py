"""Prometheus' own tools, which read what is generated as the servers do."""

import os
import subprocess
from pathlib import Path

from tests.programs import program

_ENV = os.environ | {"GOGC": "400"}  # a fifth less CPU for some memory, where a week of rules is evaluated


def run_tool(name: str, *arguments: str | Path) -> None:
    """Runs promtool or amtool; what it complains of fails the test. Without the tool the test is skipped by name."""
    done = subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False, env=_ENV)
    assert done.returncode == 0, done.stdout + done.stderr
