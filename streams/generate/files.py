"""All that is generated, and how it lies beside what is checked in. May import: config, the rest of generate."""

from dataclasses import dataclass
from pathlib import Path

from config import Centre
from streams.generate.alertmanager import alertmanager
from streams.generate.boards import dashboards
from streams.generate.marks import marked, read, stamped
from streams.generate.provisioning import provisioning
from streams.generate.rules import rules
from streams.generate.runbooks import runbooks
from streams.generate.years import from_year, years_until


@dataclass(frozen=True, slots=True)
class Drift:
    """How a folder differs from what would be made: paths, relative to it."""

    differs: list[str]
    lacks: list[str]
    left_over: list[str]

    def __bool__(self) -> bool:
        return bool(self.differs or self.lacks or self.left_over)


def all_files(centre: Centre, year: int) -> dict[str, str]:
    """Every generated file, of what is in force in a year or later: path, relative to the project's root, and text."""
    made: dict[str, str] = {}
    of = from_year(centre, year)
    for make in (rules, alertmanager, runbooks, dashboards, provisioning):
        made |= make(of)
    return {path: stamped(made[path], centre.revision) for path in sorted(made)}


def drift(made: dict[str, str], root: Path) -> Drift:
    """How what lies under `root` differs from what was made."""
    there = {path: read(root / path) if (root / path).is_file() else None for path in made}
    return Drift(
        differs=[path for path, text in there.items() if text is not None and text != made[path]],
        lacks=[path for path, text in there.items() if text is None],
        left_over=[path for path in marked(root) if path not in made],
    )


def checked(centre: Centre, year: int, root: Path) -> tuple[dict[str, str], Drift]:
    """What would be made in a year, and how it differs from what lies under `root`.

    What was made in a year before is as right as what would be made now: it has more, of cards that are over.
    """
    for at in years_until(centre, year):
        made = all_files(centre, at)
        if not (found := drift(made, root)):
            return made, found
    made = all_files(centre, year)
    return made, drift(made, root)


def write(made: dict[str, str], root: Path) -> Drift:
    """Makes what lies under `root` equal to what was made. Returns what had to be done: `left_over` is removed."""
    found = drift(made, root)
    for path in (*found.differs, *found.lacks):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(made[path], encoding="utf-8", newline="\n")
    for path in found.left_over:
        (root / path).unlink()
    return found
