"""What the documents name is there: files, commands, settings; and nothing is there that must not be."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

import config
from streams import cli
from streams.cli.app import app
from streams.generate.alerts import alerts
from streams.settings import Settings

cli.load()  # every command joins
ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    "README.md",
    "streams/ARCHITECTURE.md",
    "streams/MEASURES.md",
    "deploy/ALERTS.md",
    "deploy/GUARANTEES.md",
    "deploy/OPERATIONS.md",
    "deploy/PERFORMANCE.md",
    "deploy/READING.md",
    "deploy/SECURITY.md",
    "grafana/README.md",
    "tests/README.md",
]


def tracked() -> list[str]:
    """Every file that is, or could be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_linked_files_exist(document: str) -> None:
    page = ROOT / document
    links = [link for link in re.findall(r"\]\(([^)#]+)", page.read_text()) if "://" not in link]
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_folder_of_tests_has_a_row() -> None:
    rows = re.findall(r"^\| `(\w+)/` \|", (ROOT / "tests/README.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(
        {Path(name).parts[1] for name in tracked() if name.startswith("tests/") and name.count("/") > 1}
    )


def test_files_named_in_the_architecture_exist() -> None:
    text = (ROOT / "streams/ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`((?:core|ingest|serve|sources|oracle|local|cli)/[\w./]*|\w+\.(?:py|lua))`", text))
    assert len(named) > 15
    inside = [*ROOT.glob("streams/**/*")]
    assert not [name for name in named if not any(str(path).endswith("/" + name.rstrip("/")) for path in inside)]


def test_tests_named_in_the_guarantees_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`", (ROOT / "deploy/GUARANTEES.md").read_text())
    file = ""
    checked = 0
    for path, test in named:
        file = path or file  # "::name" alone is of the file that was named last
        if file and (path or test):
            checked += 1
            assert f"def {test}(" in (ROOT / file).read_text() if test else (ROOT / file).is_file(), (file, test)
    assert checked > 20


def test_commands_named_in_the_readme_exist() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    named = set(re.findall(r"^svartid (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert named and named <= set(commands)


def test_every_command_explains_itself() -> None:
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        assert command.help and len(command.help) > 80, name
        assert "Exit codes" in command.help or "exit" in command.help.lower(), name


def test_settings_named_in_the_documents_exist() -> None:
    ours = [document for document in DOCUMENTS if not document.startswith("grafana")]  # which has Grafana's own
    text = "".join((ROOT / document).read_text() for document in ours)
    named = {name.lower() for name in re.findall(r"SVARTID_([A-Z_]+)\b", text)} - {"name"}
    assert named and named <= set(Settings.model_fields)


def test_the_lock_has_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    assert "://" not in lock
    pinned = re.findall(r"^[\w.-]+==", lock, re.MULTILINE)
    assert len(pinned) > 50
    assert len(re.findall(r"--hash=sha256:", lock)) >= len(pinned)


@pytest.mark.parametrize(
    "lock", ["requirements.txt", "tests/mutants/requirements.txt", "deploy/image/requirements.txt"]
)
def test_each_lock_has_all_that_the_program_is_made_of(lock: str) -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[<>=~!; ]", one)[0].lower() for one in wanted}
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
    assert names and names - pinned == set()


def test_no_path_of_a_machine() -> None:
    here = re.compile(r"(?<![\w.-])/(?:home|root|work)/")
    texts = [name for name in tracked() if not name.endswith((".gz", ".svg", ".png"))]
    found = [name for name in texts if here.search((ROOT / name).read_text(errors="replace"))]
    assert found in ([], ["tests/test_documents.py"])


def test_who_could_wait_long_is_told_by_alerts_that_there_are() -> None:
    page = (ROOT / "deploy" / "ALERTS.md").read_text()
    table = page.partition("## Who could wait long")[2].partition("\n## ")[0]
    names = set(re.findall(r"\b(?:[A-Z][a-z]+){2,}\b|\bRebuilding\b|\bWatchdog\b", table))
    assert {"LongestWait", "TargetBreach"} <= names <= {alert.name for alert in alerts(config.load())}
    on_real_parts = re.findall(r"\*\*([A-Z]\w+)\*\*", table)
    played = (ROOT / "tests" / "alerting" / "test_alerts.py").read_text()
    assert on_real_parts and all(f'"{name}"' in played for name in on_real_parts)
