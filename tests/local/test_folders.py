"""Folders that cannot be made or written to are named, with what to set."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.forked import SVARTID


@pytest.mark.parametrize("below", ["", "below/it"])
@pytest.mark.parametrize("setting", ["cache", "data"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, setting: str, below: str) -> None:
    there = tmp_path / "a-file"
    there.touch()
    env = os.environ | ({"SVARTID_CACHE": str(there / below)} if setting == "cache" else {})
    data = ["--data", str(there / below)] if setting == "data" else []
    done = subprocess.run([SVARTID, "local", *data, "true"], env=env, capture_output=True, text=True, check=False)
    said = " ".join(done.stderr.split())
    assert done.returncode == 3
    assert "Traceback" not in said
    assert "Set SVARTID_CACHE to another folder, or give `svartid local` another --data" in said
    assert "a-file" in said.replace(" ", "")
