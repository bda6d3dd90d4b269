"""Row 7: Redis refuses writes, as memory or disk is full or it cannot save; the worker waits and goes on, or ends."""

import json
import resource
from collections.abc import Callable
from contextlib import closing

import pytest
import redis

from streams.local import Valkey
from tests.faults.parts import append_only_file
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

ROOM_BYTES = 20_000  # for some commits


def memory_is_full(server: Valkey) -> Callable[[], None]:
    """Until what is answered is called."""
    client = redis.Redis.from_url(server.url)
    client.config_set("maxmemory", "1mb")  # less than an empty server takes

    def over() -> None:
        client.config_set("maxmemory", "0")
        client.close()

    return over


def it_cannot_save(server: Valkey) -> Callable[[], None]:
    """Where the snapshot is to be written, a folder lies in the way: as on a full disk, every save fails."""
    client, in_the_way = redis.Redis.from_url(server.url), server.folder / "dump.rdb"
    in_the_way.mkdir()

    def save() -> None:
        client.bgsave()
        eventually(lambda: not client.info("persistence")["rdb_bgsave_in_progress"], "it has tried to save")

    client.config_set("save", "3600 100000")
    save()
    assert client.info("persistence")["rdb_last_bgsave_status"] == "err"

    def over() -> None:
        in_the_way.rmdir()
        save()
        client.close()

    return over


def its_log_cannot_grow(server: Valkey) -> Callable[[], None]:
    """It can write nothing more to its append-only file, as on a full disk."""
    client, unlimited = redis.Redis.from_url(server.url), resource.RLIM_INFINITY
    most = append_only_file(server).stat().st_size + ROOM_BYTES
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, unlimited))

    def over() -> None:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
        eventually(lambda: client.info("persistence")["aof_last_write_status"] == "ok", "it writes again")
        client.close()

    return over


REFUSED_S = 3.0
REFUSALS = {"memory": memory_is_full, "saving": it_cannot_save, "the log": its_log_cannot_grow}


@pytest.mark.fault(7)
@pytest.mark.parametrize("what", REFUSALS)
def test_nothing_is_done_by_half_and_it_goes_on_when_there_is_room(
    behind: Installation, own_redis: Valkey, what: str
) -> None:
    """
    events    |-----------------------------|
    Redis         refuses all writes | takes them
    worker    |---(waits, tries again) STOP looked at CONT -----
    """
    log = generate(107, 5_000)
    with behind.sending(log.records, chunk=100, ahead=1000):
        worker = behind.start()
        behind.wait_committed(len(log.records) // 4)
        over = REFUSALS[what](own_redis)
        worker.wait_for("cannot commit to Redis")
        before = behind.committed()
        eventually(lambda: "Redis takes no commit" in worker.get("/isready")[1], "it says so")
        with pytest.raises(AssertionError, match="not within"):
            eventually(lambda: behind.committed() > before, "a commit", REFUSED_S)
        assert len(worker.lines("cannot commit to Redis")) == 1, "and is told once"
        worker.pause()
        over()
        behind.verify(before)
        worker.resume()
        behind.wait_committed(len(log.records))
    assert worker.stop() == 0, worker.said
    behind.verify(len(log.records))
    assert_books_agree(log.books, behind.totals())


def test_a_redis_that_cannot_save_is_told_in_its_own_words(behind: Installation, own_redis: Valkey) -> None:
    over = it_cannot_save(own_redis)
    ran = behind.run("verify")
    over()
    assert (ran.returncode, "it says MISCONF" in " ".join(ran.stderr.split())) == (3, True), ran.stderr


@pytest.mark.fault(7)
def test_where_there_is_no_room_for_long_it_waits_and_can_be_ended(behind: Installation, own_redis: Valkey) -> None:
    """A fresh start would find no more room."""
    log = generate(117, 2_000)
    behind.send(log.records[:1000])
    worker = behind.start(SVARTID_STALL_TIMEOUT_S="1")
    behind.wait_committed(1000)
    over = memory_is_full(own_redis)
    behind.send(log.records[1000:])
    worker.wait_for("cannot commit to Redis")
    with pytest.raises(AssertionError, match="not within"):
        eventually(lambda: worker.process.poll() is not None, "it ends", REFUSED_S)
    assert worker.stop() in (0, 3), worker.said
    over()
    behind.verify(1000)
    behind.drain()
    behind.verify(len(log.records))
    assert_books_agree(log.books, behind.totals())


def replicas_are_missing(client: redis.Redis) -> None:
    client.config_set("min-replicas-to-write", "1")


def it_is_a_replica(client: redis.Redis) -> None:
    client.replicaof("127.0.0.1", "1")


def it_is_full(client: redis.Redis) -> None:
    client.config_set("maxmemory", "1mb")


@pytest.mark.fault(7)
@pytest.mark.parametrize(
    ("refuses", "says", "helps"),
    [
        (it_is_full, "command not allowed when used memory > 'maxmemory'", "give Redis more memory"),
        (replicas_are_missing, "NOREPLICAS", "min-replicas-to-write"),
        (it_is_a_replica, "read only replica", "SVARTID_REDIS_URL to the primary"),
    ],
)
def test_doctor_says_in_redis_words_that_it_takes_no_write(
    behind: Installation, own_redis: Valkey, refuses: Callable[[redis.Redis], None], says: str, helps: str
) -> None:
    behind.drain()
    with closing(redis.Redis.from_url(own_redis.url)) as client:
        refuses(client)
        ran = behind.run("doctor", "--json")
        (found,) = [one for one in json.loads(ran.stdout) if one["what"] == "writing to Redis"]
        assert (ran.returncode, found["state"]) == (1, "problem")
        assert says in found["found"] and helps in found["todo"]
        if refuses is it_is_full:
            ran = behind.run("verify")
            said = " ".join(ran.stderr.split())
            assert ran.returncode == 3 and "Command #" not in said and "HGETALL" not in said
            assert f"Redis refuses: it says {says}" in said and helps in said
