"""Prometheus' own tools, which read what is generated as the servers do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_PACKAGES = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}


def run_tool(name: str, *arguments: str | Path) -> None:
    """Runs promtool or amtool; what it complains of fails the test. Without the tool the test is skipped by name."""
    found = shutil.which(name)
    if found is None:
        missing = f"there is no {name} on the PATH (Debian has it in {_PACKAGES[name]})"
        if os.environ.get("SVARTID_TEST_NO_SKIP") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
