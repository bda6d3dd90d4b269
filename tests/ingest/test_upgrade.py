"""A new version that writes its state in another way: what is older than the version before is refused, and made anew;
beside a build of the version before it writes so that this can read it.
"""

import json
from base64 import b64decode
from pathlib import Path

import pytest

import config
from streams.core.rules import BY_LINE, STATE_VERSION
from tests.conftest import Installations
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.test_refusals import SOON_S, last_sentence
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

BEFORE = Path(__file__).parents[1] / "data" / "state-3.json"
LOG = generate(31, 60, whole_card=False)


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


def test_beside_an_earlier_build_all_is_written_as_before_and_upgraded_once_that_has_ended(
    installations: Installations,
) -> None:
    """
    an earlier build   owns a partition of a topic that is not read here, and shows it ----|
    worker             claims and counts as version 4                                      | 5, within seconds
    """
    installation = installations({"phone": 2, "chat": 1, "written": 1})
    client, beside = installation.redis, installation.keys.partition("another-topic-0")
    client.sadd(installation.keys.partitions, "another-topic-0")
    client.hset(beside.meta, "owner", "host-1/c0ffee00")
    client.set(beside.view, b"its view")
    rules = config.load().rules(installation.env["SVARTID_PSEUDONYM_KEY"].encode())

    def made_by(version: int) -> bool:
        found = [client.hget(installation.keys.partition(name).meta, "rules") for name in installation.partitions]
        return found == [rules.of_version(version).fingerprint().encode()] * len(found)

    installation.send(LOG.records[:30])
    installation.start()
    installation.wait_committed(30)
    assert made_by(BY_LINE)
    installation.verify(30)
    client.delete(beside.view)
    client.srem(installation.keys.partitions, "another-topic-0")
    eventually(lambda: made_by(STATE_VERSION), "all is upgraded", 15)
    installation.verify(30)
    installation.send(LOG.records[30:])
    installation.wait_committed(len(LOG.records))
    installation.verify(len(LOG.records))
    assert_books_agree(LOG.books, installation.totals())
