"""All that is generated, and how it lies beside what is checked in. May import: config, the rest of generate."""

from dataclasses import dataclass
from pathlib import Path

from config import Centre
from streams.generate.alertmanager import alertmanager
from streams.generate.boards import dashboards
from streams.generate.provisioning import provisioning
from streams.generate.rules import rules
from streams.generate.runbooks import runbooks

# Nothing else lies in these: what is there and is not made is left over from what was.
OWNED = ("deploy/prometheus", "deploy/runbooks", "grafana/dashboards", "grafana/provisioning")


@dataclass(frozen=True, slots=True)
class Drift:
    """How a folder differs from what would be made: paths, relative to it."""

    differs: list[str]
    lacks: list[str]
    left_over: list[str]

    def __bool__(self) -> bool:
        return bool(self.differs or self.lacks or self.left_over)


def all_files(centre: Centre) -> dict[str, str]:
    """Every generated file: path, relative to the project's root, and text."""
    made: dict[str, str] = {}
    for make in (rules, alertmanager, runbooks, dashboards, provisioning):
        made |= make(centre)
    return dict(sorted(made.items()))


def drift(made: dict[str, str], root: Path) -> Drift:
    """How what lies under `root` differs from what was made."""
    there = {path: _read(root / path) for path in made}
    return Drift(
        differs=[path for path, text in there.items() if text is not None and text != made[path]],
        lacks=[path for path, text in there.items() if text is None],
        left_over=[path for path in _owned(root) if path not in made],
    )


def write(made: dict[str, str], root: Path) -> Drift:
    """Makes what lies under `root` equal to what was made. Returns what had to be done: `left_over` is removed."""
    found = drift(made, root)
    for path in (*found.differs, *found.lacks):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(made[path], encoding="utf-8", newline="\n")
    for path in found.left_over:
        (root / path).unlink()
    return found


def _read(file: Path) -> str | None:
    return file.read_bytes().decode(errors="replace") if file.is_file() else None


def _owned(root: Path) -> list[str]:
    files = (file for folder in OWNED for file in (root / folder).rglob("*") if file.is_file())
    return sorted(file.relative_to(root).as_posix() for file in files)
