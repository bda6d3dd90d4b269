"""Processes of one run find the same Kafka and Valkey, and whoever started them ends them last."""

import subprocess
import sys
from pathlib import Path

import pytest
import redis

from streams.local import LocalParts

pytestmark = pytest.mark.real

NEEDS = """
import sys
from pathlib import Path
from tests.shared_parts import SharedParts

shared = SharedParts()
parts = shared.need(Path(sys.argv[1]))
print(*sorted(parts.env().items()), parts.kafka.folder, parts.valkey.folder, sep="\\n")
shared.close()
"""


def test_another_process_has_the_same_and_leaves_them(local_parts: LocalParts, run_folder: Path) -> None:
    for _ in range(2):
        ran = subprocess.run([sys.executable, "-c", NEEDS, str(run_folder)], capture_output=True, text=True, check=True)
        parts = local_parts.parts
        found = [*map(str, sorted(local_parts.env().items())), *(str(part.folder) for part in parts)]
        assert ran.stdout.splitlines() == found
    with redis.Redis.from_url(local_parts.redis_url) as client:
        assert client.ping()
