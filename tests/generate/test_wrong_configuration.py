"""A wrong configuration, given to the command as people give it: one error with its place, and nothing is generated."""

import subprocess
from pathlib import Path

import pytest

from tests.forked import SVARTID, without_settings
from tests.test_config import SOURCE, TARGETS, Edit

pytestmark = pytest.mark.slow

WITHIN_S = 60
EDITS: dict[str, Edit] = {name: edit for name, edit, _ in TARGETS}
PLACES = {
    "an unknown channel": "targets.0 (phone-personbruker-mean).channel: ",
    "a share over 1": "targets.1 (phone-personbruker-share).more_than: ",
    "a negative window": "alerting.window: ",
    "two targets of one id": "targets.2 (phone-personbruker-mean): the id phone-personbruker-mean is there twice",
    "an unknown field": "targets.0 (phone-personbruker-mean).at_best: ",
}


def generate(config: Path, into: Path) -> "subprocess.CompletedProcess[str]":
    """`svartid generate` with SVARTID_CONFIG; what it says is not folded."""
    return subprocess.run(
        [SVARTID, "generate", "--into", str(into)],
        env=without_settings() | {"SVARTID_CONFIG": str(config), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


def written(folder: Path, edit: Edit) -> Path:
    """A folder with the project's own configuration, but for the edit of the targets."""
    folder.mkdir()
    (folder / "queues.toml").write_text((SOURCE / "queues.toml").read_text())
    (folder / "targets.toml").write_text(edit((SOURCE / "targets.toml").read_text()))
    return folder


@pytest.mark.parametrize("wrong", PLACES)
def test_one_error_with_its_place_and_no_file(wrong: str, tmp_path: Path) -> None:
    config, into = written(tmp_path / "config", EDITS[wrong]), tmp_path / "into"
    done = generate(config, into)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"svartid: {config}: {PLACES[wrong]}")
    assert not into.exists()


def test_what_was_generated_before_is_left_as_it_was(tmp_path: Path) -> None:
    into = tmp_path / "into"
    assert generate(SOURCE, into).returncode == 0
    before = {file: file.stat().st_mtime_ns for file in into.rglob("*") if file.is_file()}
    config = written(tmp_path / "config", EDITS["a share over 1"])
    assert generate(config, into).returncode == 2
    assert before == {file: file.stat().st_mtime_ns for file in into.rglob("*") if file.is_file()}
