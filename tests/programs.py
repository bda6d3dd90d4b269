"""Programs that tests run and Debian has."""

import os
import shutil
from pathlib import Path

import pytest

_PACKAGES = {
    "amtool": "prometheus-alertmanager",
    "bwrap": "bubblewrap",
    "chromium": "chromium",
    "jq": "jq",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "promtool": "prometheus",
    "redis-server": "redis-server",
}
_ELSEWHERE = {"prometheus-alertmanager": "alertmanager"}  # what others than Debian call it


def program(name: str) -> Path:
    """Where a program is. Without it the test is skipped by name, or fails where SVARTID_TEST_NO_SKIP is 1."""
    found = shutil.which(name) or shutil.which(_ELSEWHERE.get(name, name))
    if found is None:
        missing = f"there is no {name} on the PATH (Debian has it in the package {_PACKAGES[name]})"
        if os.environ.get("SVARTID_TEST_NO_SKIP") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return Path(found)
