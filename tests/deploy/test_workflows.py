"""The workflows and what releases: linted, pinned, and with no more rights than they use."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.manifests import ROOT, run, tool

FILES = sorted((ROOT / ".github/workflows").glob("*.yaml"))
NOTES = ROOT / ".ci/release-notes"


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


def test_actionlint_finds_nothing() -> None:
    run(tool("actionlint"), "-shellcheck=", "-pyflakes=", *FILES)


def test_zizmor_finds_nothing() -> None:
    run(tool("zizmor"), "--offline", "--no-progress", "--quiet", ".github")


def test_they_fit_their_schemas() -> None:
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *FILES)
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.dependabot", ROOT / ".github/dependabot.yml")


def test_a_lint_that_should_fail_does(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n    - run: echo ${{ github.nothing }}\n"
    )
    assert subprocess.run([tool("actionlint"), file], check=False, capture_output=True).returncode == 1


def test_every_action_is_a_commit_with_its_tag_beside_it() -> None:
    uses = [line for file in FILES for line in file.read_text().splitlines() if re.search(r"\buses: [^.]", line)]
    assert len(uses) > 10
    assert [line for line in uses if not re.search(r"uses: [\w./-]+@[0-9a-f]{40}  # v\d", line)] == []
    by_action: dict[str, set[str]] = {}
    for line in uses:
        action, _, commit = line.partition("uses: ")[2].partition("@")
        by_action.setdefault(action, set()).add(commit)
    assert [action for action, commits in by_action.items() if len(commits) > 1] == []


def test_nothing_has_rights_that_no_job_asked_for() -> None:
    for file in FILES:
        workflow = _read(file)
        assert workflow["permissions"] == {}, file
        for name, job in workflow["jobs"].items():
            assert "permissions" in job, (file, name)
            assert "uses" in job or "timeout-minutes" in job, (file, name)


def test_what_is_run_and_deployed_is_there() -> None:
    text = "".join(file.read_text() for file in FILES)
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {target for line in re.findall(r"run: make (.*)", text) for target in line.split()}
    assert asked and asked <= targets
    files = set(re.findall(r"deploy/nais/[\w/-]+\.yaml", text))
    assert files and [one for one in files if not (ROOT / one).is_file()] == []


def test_updates_wait_a_week() -> None:
    updates = _read(ROOT / ".github/dependabot.yml")["updates"]
    assert all(one["cooldown"]["default-days"] >= 7 for one in updates)
    folders = [each for one in updates for each in one.get("directories", [one.get("directory")])]
    assert [folder for folder in folders if not (ROOT / folder.strip("/")).is_dir()] == []


@pytest.mark.parametrize(
    ("tag", "changes", "said"),
    [
        (
            "v1.2.3",
            "## [Unreleased]\nlater\n## [1.2.3] - 2027-01-01\n### Added\n- it\n## [1.2.2]\nearlier\n",
            "### Added\n- it\n",
        ),
        ("v1.2.4", "## [1.2.4]\n- it\n", None),  # another version than the program's
        ("v1.2.3", "## [Unreleased]\n- it\n", None),
        ("v1.2.3", "## [1.2.3]\n\n## [1.2.2]\n- it\n", None),
    ],
)
def test_a_release_has_its_section_of_the_changelog(tag: str, changes: str, said: str | None, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(changes)
    ran = subprocess.run([NOTES, tag, tmp_path], check=False, capture_output=True, text=True)
    assert (ran.returncode == 0, ran.stdout) == (said is not None, said or "")
