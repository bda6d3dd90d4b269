"""A Kotlin compiler, the example's libraries, and the example compiled: once, and kept beside Kafka's jars."""

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from streams.local.cache import cache_folder, sole_use
from streams.local.jars import class_path, pinned
from streams.local.java import find_java
from tests.readers.pin import COMPILER, LIBRARIES

PLUGIN = "kotlin-serialization-compiler-plugin-embeddable"


def kotlin_of(example: Path) -> list[str]:
    """What runs an example that has a `main`."""
    java = str(find_java().program)
    jars = cache_folder() / "kotlin-jars"
    libraries = class_path(pinned(LIBRARIES), jars, lambda _: None)
    digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in (COMPILER, LIBRARIES, example))).hexdigest()
    kept = cache_folder() / f"kotlin-{digest[:12]}"
    with sole_use(kept, wait=True):
        if not (kept / "classes").exists():
            compiler = class_path(pinned(COMPILER), jars, lambda _: None)
            with tempfile.TemporaryDirectory(dir=kept) as aside:
                _compile([java, "-cp", _joined(compiler)], compiler, libraries, example, Path(aside, "classes"))
                Path(aside, "classes").rename(kept / "classes")
    return [java, "-cp", _joined([kept / "classes", *libraries]), f"{example.stem}Kt"]


def _compile(java: list[str], compiler: list[Path], libraries: list[Path], source: Path, to: Path) -> None:
    (plugin,) = (jar for jar in compiler if jar.name.startswith(PLUGIN))
    given = ["-no-stdlib", "-no-reflect", "-Werror", f"-Xplugin={plugin}", "-cp", _joined(libraries), "-d", str(to)]
    asked = [*java, "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", *given, str(source)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _joined(paths: list[Path]) -> str:
    return os.pathsep.join(map(str, paths))
