"""Makes `kafka-jars.tsv` anew: `python -m streams.local.pin`, after changing VERSION here.

It trusts what it downloads this once, so read the difference before committing it. Imports jgo and this package.
"""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from streams.local.jars import PINS, maven_at, sha256_of

if TYPE_CHECKING:
    from jgo.maven import Artifact, MavenContext

VERSION = "4.3.1"
KAFKA = f"org.apache.kafka:kafka_2.13:{VERSION}"
LOGGING = (
    "org.apache.logging.log4j:log4j-slf4j-impl"  # Kafka leaves the choice to whoever runs it; at log4j-core's version
)
HEADER = """\
# Every jar of Kafka's class path, in order: Maven coordinates, SHA-256. Made by `python -m streams.local.pin`.
"""


def main() -> None:
    """Resolves, downloads, hashes, writes."""
    with tempfile.TemporaryDirectory() as repository:
        artifacts = resolve(maven_at(Path(repository)))
        PINS.write_text(HEADER + "".join(line_of(artifact) for artifact in artifacts))
    sys.stdout.write(f"{PINS}: {len(artifacts)} jars\n")


def resolve(maven: "MavenContext") -> list["Artifact"]:
    """Kafka and all that it needs at run time, and the one bridge that makes its log lines appear."""
    asked, others = maven.resolver.resolve([maven.create_dependency(KAFKA)])
    kafka = [d.artifact for d in [*asked, *others] if d.scope in (None, "compile", "runtime")]
    log4j = next(artifact.version for artifact in kafka if artifact.artifactId == "log4j-core")
    # Alone, without what it needs: resolved together, its parent's pins would override Kafka's.
    return [*kafka, maven.create_dependency(f"{LOGGING}:{log4j}").artifact]


def line_of(artifact: "Artifact") -> str:
    """One line of the lock file."""
    return f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}\t{sha256_of(artifact.resolve())}\n"


if __name__ == "__main__":
    main()
