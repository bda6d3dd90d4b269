"""Which svartid this is: its version, the build it is of, and the states that it reads. May import: core.

An image has the revision of the sources that it was made of in `revision.txt` (deploy/image/tree.py); a working copy
has no such file, and says so.
"""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from streams.core.rules import BY_LINE, STATE_VERSION

UNKNOWN = "unknown"  # of a working copy: what is in it may be no revision at all


def release() -> str:
    """As pyproject.toml has it."""
    try:
        return version("svartid")
    except PackageNotFoundError:  # run from a folder, and never installed
        return UNKNOWN


def revision() -> str:
    """Of the sources that this build was made of."""
    try:
        return Path(__file__).with_name("revision.txt").read_text().strip() or UNKNOWN
    except FileNotFoundError:
        return UNKNOWN


def in_words() -> str:
    """What `svartid --version` says."""
    reads = f"state version {STATE_VERSION}, and upgrades {BY_LINE}"
    return f"svartid {release()}, build {revision()}, {reads}, Python {platform.python_version()}"


def as_fields() -> dict[str, str | int]:
    """The same for the log's first line."""
    return {"release": release(), "build": revision(), "state_version": STATE_VERSION}
