"""What is told from a generated file: that it is one, and of which revision of the configuration.

May import: standard library, so that `svartid doctor` reads it where nothing can be generated.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MARK: Final = "# Made by `svartid generate` of config/. Change it there, not here.\n"
# What is marked as made in these, and is not made, is left over from what was. What is not marked is somebody else's.
FOLDERS: Final = ("deploy/prometheus", "deploy/runbooks", "grafana/dashboards", "grafana/provisioning")
_ALONE: Final = ("deploy/alertmanager/alertmanager.yaml", "deploy/nais/alerts.yaml")  # in folders that others fill, too
_WORDS: Final = MARK[2:].strip()
_STAMP: Final = re.compile(re.escape(_WORDS) + r" Revision (\d+)\.")
_TAG: Final = re.compile(r"revisjon (\d+)")


def stamped(text: str, revision: int) -> str:
    """With the revision beside the mark; as it is where there is none, and of a board, which has it in its tags."""
    head, end, rest = text.partition("\n")
    return head.replace(_WORDS, f"{_WORDS} Revision {revision}.") + end + rest if revision else text


def tags_of(revision: int) -> list[str]:
    """What a board says of it, where a person sees it: nothing of none."""
    return [f"revisjon {revision}"] if revision else []


def revisions(root: Path) -> dict[str, int]:
    """The generated files under `root`: path, and the revision that each names; 0 where it names none."""
    alone = [path for path in _ALONE if (root / path).is_file() and _is_marked(root / path)]
    return {path: _revision_of(root / path) for path in (*alone, *marked(root))}


def marked(root: Path) -> list[str]:
    """The paths of those that would be left over if they were not made."""
    files = (file for folder in FOLDERS for file in (root / folder).rglob("*"))
    return sorted(file.relative_to(root).as_posix() for file in files if file.is_file() and _is_marked(file))


def read(file: Path) -> str:
    """What it says, whatever bytes it has."""
    return file.read_bytes().decode(errors="replace")


def _is_marked(file: Path) -> bool:
    """Whether its first line says that it is made. A board has no place for that: there its uid does."""
    text = read(file)
    return bool(_board(text)) if file.suffix == ".json" else _WORDS in text.partition("\n")[0]


def _revision_of(file: Path) -> int:
    text = read(file)
    return next(_numbers(text), 0)


def _numbers(text: str) -> Iterator[int]:
    tags = _board(text).get("tags")
    found = [_STAMP.search(text.partition("\n")[0])]
    found += [_TAG.fullmatch(str(tag)) for tag in (tags if isinstance(tags, list) else [])]
    return (int(one[1]) for one in found if one)


def _board(text: str) -> dict[str, object]:
    """What it says as a board of svartid's; nothing of any other file."""
    try:
        board = json.loads(text)
    except ValueError:
        return {}
    return board if isinstance(board, dict) and str(board.get("uid")).startswith("svartid-") else {}
