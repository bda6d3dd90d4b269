"""Prometheus' own tools, which read what is generated as the servers do."""

import subprocess
from pathlib import Path

from tests.programs import program


def run_tool(name: str, *arguments: str | Path) -> None:
    """Runs promtool or amtool; what it complains of fails the test. Without the tool the test is skipped by name."""
    done = subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
