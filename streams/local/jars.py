"""Kafka's own jars: which ones, checked by SHA-256, fetched when they are not there.

`kafka-jars.tsv` pins every jar of the class path by version and content; `python -m streams.local.pin` makes
it anew. With all jars in the cache nothing here touches the network. Imports jgo, lazily, and this package.
"""

import hashlib
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from streams.local.cache import sole_use
from streams.local.errors import LocalPartsError

if TYPE_CHECKING:
    from jgo.maven import MavenContext

PINS = Path(__file__).with_name("kafka-jars.tsv")
DOWNLOADS_AT_ONCE = 8
DOWNLOAD_TIMEOUT_S = 30

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Jar:
    """One jar: where Maven knows it, and what is in it."""

    coordinates: str  # group:artifact:version
    sha256: str

    @property
    def file_name(self) -> str:
        """As Maven names it."""
        _, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"

    def is_in(self, path: Path) -> bool:
        """Whether the file at `path` is this jar, to the byte."""
        return path.exists() and sha256_of(path) == self.sha256


def sha256_of(path: Path) -> str:
    """The hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pinned(pins: Path = PINS) -> list[Jar]:
    """What the lock file says, in class path order."""
    lines = (line for line in pins.read_text().splitlines() if line and not line.startswith("#"))
    return [Jar(*line.split("\t")) for line in lines]


def class_path(jars: list[Jar], folder: Path, on_progress: Progress) -> list[Path]:
    """The jars' paths in `folder`, after fetching what is missing there or differs."""
    with sole_use(folder, wait=True):
        missing = [jar for jar in jars if not jar.is_in(folder / jar.file_name)]
        if missing:
            fetch(missing, folder, on_progress)
    return [folder / jar.file_name for jar in jars]


def fetch(jars: list[Jar], folder: Path, on_progress: Progress) -> None:
    """Downloads into a folder aside and moves over only what has the right hash: never half a jar."""
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as aside,
        ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool,
    ):
        maven = maven_at(Path(aside))
        try:
            for done, arrived in enumerate(
                as_completed([pool.submit(_fetch_one, jar, folder, maven) for jar in jars]), 1
            ):
                arrived.result()
                on_progress(f"Fetching Kafka, once: {done} of {len(jars)} jars")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(jar: Jar, folder: Path, maven: "MavenContext") -> None:
    import requests

    group, artifact, version = jar.coordinates.split(":")
    try:
        path = maven.project(group, artifact).at_version(version).artifact().resolve()
    except (requests.RequestException, RuntimeError) as error:
        raise LocalPartsError(
            f"Cannot fetch {jar.coordinates}, and it is not in the cache ({folder}). "
            "Once with a network is enough; behind a mirror, name that `central` in jgo's settings. "
            f"({type(error).__name__})"
        ) from error
    if not jar.is_in(path):
        raise LocalPartsError(
            f"{jar.coordinates} is not the jar that {PINS.name} pins, and was not used: its SHA-256 is "
            f"{sha256_of(path)}, not {jar.sha256}. Try again; if it stays so, find out who changed the jar "
            "before you change the pin."
        )
    path.replace(folder / jar.file_name)


def maven_at(repository: Path) -> "MavenContext":
    """jgo's view of Maven: downloads to `repository`, from the mirrors of the user's jgo settings if any."""
    try:
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext
    except ImportError:
        raise LocalPartsError(
            "jgo, which fetches Kafka, is not installed: install the package's extra `local`."
        ) from None
    repositories = {"central": MAVEN_CENTRAL_URL} | GlobalSettings.load().repositories
    return MavenContext(repo_cache=repository, remote_repos=repositories, timeout=DOWNLOAD_TIMEOUT_S)
