"""What is made once per machine and then shared by every broker: checked jars, a formatted storage, a class archive.

A JVM spends most of a broker's start loading and verifying the same classes; with an archive of them the start
takes half the time. The archive is only ever a help: without one, or with one that does not fit, the broker
starts as usual. Imports this package.
"""

import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from streams.local.cache import cache_folder, sole_use
from streams.local.errors import LocalPartsError
from streams.local.jars import PINS, Progress, class_path, pinned
from streams.local.java import Choice, Java, find_java
from streams.local.kafka import JVM, Kafka, Kit, write_properties
from streams.local.ports import free_ports
from streams.local.process import LOG_TAIL_LINES
from streams.local.topics import create_topics

CLUSTER = "svartid-local-cluster0"  # 22 characters, as Kafka wants its ids
FIRST_JAVA_WITH_AOT_CACHE = 25
ARCHIVE_DEADLINE_S = 120.0
FORMAT_DEADLINE_S = 60.0


def prepare(java: Choice | None, on_progress: Progress) -> Kit:
    """Everything that `Kafka` needs; instant when it has been made before."""
    runtime = find_java(java)
    folder = cache_folder() / f"kafka-{_digest(PINS.read_text())}"
    jars = class_path(pinned(), folder / "jars", on_progress)
    kit = Kit(runtime, jars, folder / "formatted")
    with sole_use(folder, wait=True):
        if not kit.formatted.exists():
            on_progress("Preparing Kafka's storage, once")
            _format(kit, folder)
        archive = folder / f"classes-{_digest(runtime.version, str(runtime.program), *JVM)}"
        if not archive.exists():
            on_progress("Preparing Kafka's fast start, once")
            _train(kit, folder, archive)
    return replace(kit, fast_start=_use(runtime, archive)) if archive.stat().st_size else kit


def _format(kit: Kit, folder: Path) -> None:
    """The two files of an empty storage folder, by Kafka's own tool: they name no port and no path."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="format-") as name:
        aside = Path(name)
        properties = write_properties(aside, *free_ports(2))
        tool = kit.run(aside, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(properties))
        done = subprocess.run(
            tool, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=FORMAT_DEADLINE_S
        )
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).splitlines()[-LOG_TAIL_LINES:])
            raise LocalPartsError(f"Kafka's storage tool failed with {kit.java.program}; it said:\n{said}")
        (aside / "data").replace(kit.formatted)


def _train(kit: Kit, folder: Path, archive: Path) -> None:
    """One broker's life, of which the JVM keeps the classes; an empty file if that comes to nothing."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="train-") as name:
        aside = Path(name)
        made = aside / "archive"
        port, controller_port = free_ports(2)
        broker = Kafka(aside / "kafka", port, replace(kit, fast_start=_make(kit.java, made)), controller_port)
        try:
            broker.start()
            create_topics(broker.address, {"training": 1})
            broker.stop(ARCHIVE_DEADLINE_S)  # it writes the archive as it ends
        finally:
            broker.kill()
        made.touch()
        shutil.move(made, archive)


def _make(java: Java, archive: Path) -> tuple[str, ...]:
    option = "AOTCacheOutput" if java.major >= FIRST_JAVA_WITH_AOT_CACHE else "ArchiveClassesAtExit"
    return (f"-XX:{option}={archive}",)


def _use(java: Java, archive: Path) -> tuple[str, ...]:
    option = "AOTCache" if java.major >= FIRST_JAVA_WITH_AOT_CACHE else "SharedArchiveFile"
    return (f"-XX:{option}={archive}",)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
