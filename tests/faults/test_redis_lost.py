"""Rows 3 and 4: Redis is killed and loses the end of its file, is emptied in mid-run, or comes back with nothing."""

import random
import shutil
from typing import Any

import pytest
import redis

from streams.local import Valkey
from tests.faults.chain import Chain
from tests.faults.parts import append_only_file, cut_append_only_file, wait_written
from tests.faults.running import Note, Supervised
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

CUTS = 4
MOST_CUT_BYTES = 20_000  # some commits
OF_A_COMMIT = b"half_done"


@pytest.mark.fault(3)
@pytest.mark.parametrize("seed", [103])
def test_state_and_offset_go_back_together(
    behind: Installation, own_redis: Valkey, seed: int, record_property: Note
) -> None:
    """
    events    |----------|      |----------|
    Redis     |-----X cut |-------X cut |------
    worker    |------(ends, again)--------------
    """
    log, chance = generate(seed, 4_000), random.Random(seed)
    share, went_back = -(-len(log.records) // CUTS), 0
    supervised = Supervised(behind)
    with Chain(own_redis.url) as chain:
        for sent in range(0, len(log.records), share):
            with behind.sending(log.records[sent : sent + share], chunk=20):
                supervised.committed(sent + share // 2)
            own_redis.kill()
            went_back += OF_A_COMMIT in cut_append_only_file(own_redis, chance.randrange(1, MOST_CUT_BYTES))
            own_redis.start()
            behind.verify()
            supervised.committed(min(sent + share, len(log.records)))
    assert went_back, "something was lost at least once"
    chain.check()
    record_property("tries", CUTS)
    behind.verify(len(log.records))
    assert_books_agree(log.books, behind.totals())


HALF = """
redis.call('HSET', 'first', 'at', ARGV[1])
redis.call('HSET', 'second', 'at ' .. ARGV[1], 'x')
redis.call('HSET', 'third', 'at', ARGV[1])
"""
IN_ITS_MIDDLE = 45  # bytes: the third write's end, and the transaction's


@pytest.mark.fault(3)
def test_what_was_cut_off_does_not_come_back_at_a_later_start(own_redis: Valkey) -> None:
    """The server keeps the head of a transaction that was cut in its file, and would run it with the next one."""
    with redis.Redis.from_url(own_redis.url) as client:
        for script in (1, 2):
            client.eval(HALF, 0, script)
        wait_written(own_redis)
        own_redis.kill()
        cut_append_only_file(own_redis, IN_ITS_MIDDLE)
        own_redis.start()
        assert client.hgetall("second") == {b"at 1": b"x"}
        client.eval(HALF, 0, 3)
        own_redis.stop()
        own_redis.start()
        assert client.hgetall("second") == {b"at 1": b"x", b"at 3": b"x"}


@pytest.mark.fault(4)
@pytest.mark.parametrize("how", ["emptied in mid-run", "comes back with nothing"])
def test_what_is_rebuilt_is_said_and_nothing_unknown_is_shown(
    behind: Installation, own_redis: Valkey, how: str
) -> None:
    """
    events    |------------|    |-----------|
    Redis                    emptied
    shown     live           | rebuilding | live
    """
    log = generate(104, 40_000)
    half = len(log.records) // 2
    behind.send(log.records[:half])
    supervised = Supervised(behind)
    supervised.committed(half)
    before = entered(eventually(lambda: live(behind), "the half of it is shown"))
    if how == "emptied in mid-run":
        behind.redis.flushall()
    else:
        own_redis.kill()
        shutil.rmtree(append_only_file(own_redis).parent)
        own_redis.start()
    behind.send(log.records[half:])
    shown: list[dict[str, Any]] = []

    def looked() -> bool:
        if supervised.ends:  # or the new worker, which is quick, is done before the old one's turn to write is over
            behind.redis.delete(behind.keys.publisher)
        shown.extend(filter(None, [behind.snapshot()]))
        return bool(supervised.ends and behind.committed() == len(log.records) and live(behind))

    supervised.until(looked, "all of it is shown")
    assert "rebuilding" in {document["status"] for document in shown}
    for document in shown:
        for name, figure in entered(document).items():
            assert figure >= before.get(name, 0), f"{name} is shown with a part of it, {document['status']}"
    behind.verify(len(log.records))
    assert_books_agree(log.books, behind.totals())


def live(installation: Installation) -> dict[str, Any] | None:
    """The document, once it is whole."""
    found = installation.snapshot()
    return found if found and found["status"] == "live" and found["behind"] == 0 else None


def entered(document: dict[str, Any] | None) -> dict[str, int]:
    """By line, how many entered since the beginning, as shown."""
    return {name: line["total"]["entered"] for name, line in (document or {"lines": {}})["lines"].items()}
