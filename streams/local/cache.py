"""Where once-per-machine work is kept, and locks on folders. Imports platformdirs and this package's errors."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from streams.local.errors import LocalPartsError


def cache_folder() -> Path:
    """`SVARTID_CACHE`, else the user's cache folder for svartid."""
    folder = Path(os.environ.get("SVARTID_CACHE") or platformdirs.user_cache_path("svartid"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def sole_use(folder: Path, *, wait: bool) -> Iterator[None]:
    """Keeps other processes out of a folder, for as long as this one lives at most. Raises LocalPartsError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise LocalPartsError(
                f"{folder} is in use by another svartid: end that one, or choose another folder."
            ) from None
        yield
