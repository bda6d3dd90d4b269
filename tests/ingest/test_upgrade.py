"""A new version that writes its state in another way: it refuses what the version before left, and makes it anew."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from tests.conftest import Installations
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.test_refusals import SOON_S, last_sentence

pytestmark = pytest.mark.real

BEFORE = Path(__file__).parents[1] / "data" / "state-3.json"
LOG = generate(31, 60)


def put_back(installation: Installation) -> None:
    """Fills Redis with what the version before left there."""
    for channel, hashes in json.loads(BEFORE.read_text())["partitions"].items():
        name = f"{installation.topics[channel]}-0"
        at = installation.keys.partition(name)
        for key, fields in hashes.items():
            values = {field: b64decode(value) for field, value in fields.items()}
            installation.redis.hset(getattr(at, key), mapping=values)
        installation.redis.sadd(installation.keys.partitions, name)


def test_the_state_of_the_version_before_is_refused_and_made_anew(installations: Installations) -> None:
    installation = installations({"phone": 1, "chat": 1, "written": 1})
    installation.send(LOG.records)
    put_back(installation)
    before = installation.committed()
    assert before == len(LOG.records)

    worker = installation.start()
    assert worker.wait(SOON_S) == 1, worker.said
    assert "made by other definitions" in last_sentence(worker)
    assert "or another version" in last_sentence(worker)
    assert "`svartid rebuild --from-log`" in last_sentence(worker)
    assert installation.committed() == before, "it is left as it was"

    rebuilt = installation.run("rebuild", "--from-log", "--yes", "--no-wait")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert installation.committed() == 0
    installation.drain()
    installation.verify(len(LOG.records))
