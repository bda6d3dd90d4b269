"""Makes the lists of jars anew: `python -m tests.readers.pin`, after changing a version here. Read the difference."""

import sys
import tempfile
from pathlib import Path

from streams.local.jars import maven_at
from streams.local.pin import line_of

KOTLIN = "2.4.21"
HERE = Path(__file__).parent
COMPILER, LIBRARIES = HERE / "kotlin-compiler.tsv", HERE / "kotlin-libraries.tsv"
WANTED = {
    COMPILER: [
        f"org.jetbrains.kotlin:kotlin-compiler-embeddable:{KOTLIN}",
        f"org.jetbrains.kotlin:kotlin-serialization-compiler-plugin-embeddable:{KOTLIN}",
    ],
    LIBRARIES: [
        f"org.jetbrains.kotlin:kotlin-stdlib:{KOTLIN}",
        "io.lettuce:lettuce-core:7.7.0.RELEASE",
        "org.jetbrains.kotlinx:kotlinx-serialization-json-jvm:1.12.0",
    ],
}
HEADER = "# A class path, in order: Maven coordinates, SHA-256. Made by `python -m tests.readers.pin`.\n"


def main() -> None:
    for pins, wanted in WANTED.items():
        with tempfile.TemporaryDirectory() as repository:
            maven = maven_at(Path(repository))
            asked, others = maven.resolver.resolve([maven.create_dependency(one) for one in wanted])
            artifacts = [one.artifact for one in [*asked, *others] if one.scope in (None, "compile", "runtime")]
            pins.write_text(HEADER + "".join(line_of(artifact) for artifact in artifacts))
        sys.stdout.write(f"{pins}: {len(artifacts)} jars\n")


if __name__ == "__main__":
    main()
