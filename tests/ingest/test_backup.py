"""All that was counted goes into one file, and from there into another Redis; a file that is not whole is refused."""

import os
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.ingest.backup import VERSION, Header, NoBackup, read, write
from streams.ingest.checkpoints import pack
from streams.local import Valkey
from streams.local.ports import free_ports
from tests.answers import answered
from tests.conftest import Installations
from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.test_configuration import texts, written
from tests.test_changes import later

HEADER = Header(VERSION, 1_741_000_000_000, "svartid", 2, ["old-0"], {"phone": 2})
VALUES = [
    pack(f"phone-{n}", "f" * 16, [{b"offset": b"7", b"pad": os.urandom(size)}, *[{} for _ in range(5)]])
    for n, size in enumerate((10, 3_000_000))
]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    size = write(file, HEADER, VALUES)
    assert (file.stat().st_size, file.stat().st_mode & 0o777) == (size, 0o600)
    header, checkpoints = read(file)
    assert header == HEADER
    assert [(one.partition, one.offset) for one in checkpoints] == [("phone-0", 7), ("phone-1", 7)]
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_a_file_that_is_not_whole_is_refused_before_anything_is_made_of_it(tmp_path: Path, data: st.DataObject) -> None:
    file = tmp_path / "backup"
    write(file, HEADER, VALUES[:1])
    whole = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    how = data.draw(st.sampled_from(["cut", "changed", "longer"]))
    if how == "changed":
        whole[at] ^= data.draw(st.integers(1, 255))
    spoilt = {"cut": whole[:at], "changed": whole, "longer": whole + b"\0" * (1 + at % 50)}[how]
    file.write_bytes(spoilt)
    with pytest.raises(NoBackup):
        read(file)


def test_what_cannot_be_written_to_its_end_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_bytes(b"the one before")

    def breaks() -> object:
        yield VALUES[0]
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write(file, HEADER, breaks())  # type: ignore[arg-type]
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"the one before", [file])


# --- the commands


def elsewhere(installation: Installation) -> dict[str, str]:
    """Another namespace and group, as in another Redis."""
    return {"SVARTID_NAMESPACE": f"{installation.name}-2", "SVARTID_CONSUMER_GROUP": f"{installation.name}-2"}


@pytest.mark.real
def test_a_year_is_carried_over_and_goes_on_counting(installations: Installations, tmp_path: Path) -> None:
    installation = installations({"phone": 2, "chat": 1, "written": 1})
    log, file = generate(401, 600), tmp_path / "backup"
    installation.send(log.records[:400])
    worker = installation.start()
    installation.wait_committed(400)
    done = installation.run("backup", str(file), "--json")
    assert done.returncode == 0, done.stderr
    told = answered("backup", done.stdout)
    assert (told["partitions"], told["bytes"]) == (4, file.stat().st_size)
    assert installation.run("backup", str(file)).returncode == 2, "it is there already"
    assert installation.run("backup", str(file), "--replace").returncode == 0
    assert worker.stop() == 0

    there = elsewhere(installation)
    ran = installation.run("restore", str(file), "--json", **there)
    assert (ran.returncode, answered("restore", ran.stdout)["partitions"]) == (0, 4), ran.stderr
    again = installation.run("restore", str(file), **there)
    assert again.returncode == 1 and "already: set SVARTID_NAMESPACE to a new one" in " ".join(again.stderr.split())
    query = ("history", "--json", "--step=1d", "--by=queue", "--from=2025-01-01", "--to=2025-12-31")
    before, after = installation.run(*query), installation.run(*query, **there)
    assert before.stdout == after.stdout != "", after.stderr

    installation.send(log.records[400:])
    drained = installation.start("--drain", **there)
    assert drained.wait(60) == 0, drained.said
    verified = installation.run("verify", "--json", **there)
    assert verified.returncode == 0 and answered("verify", verified.stdout)["records"] == len(log.records)
    installation.drain()  # and where it came from goes on, too
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())


@pytest.mark.real
def test_what_cannot_be_restored_is_told_and_nothing_is_written(installations: Installations, tmp_path: Path) -> None:
    installation = installations({"phone": 1, "chat": 1})
    file, there = tmp_path / "backup", elsewhere(installation)
    nothing = installation.run("backup", str(file))
    assert nothing.returncode == 1 and "nothing was counted under the namespace" in " ".join(nothing.stderr.split())
    installation.send(generate(402, 100).records)
    installation.drain()
    assert installation.run("backup", str(file)).returncode == 0

    wrong = installation.run("restore", str(file), SVARTID_PSEUDONYM_KEY="another", **there)
    assert wrong.returncode == 1 and "give the --config, SVARTID_PSEUDONYM_KEY" in " ".join(wrong.stderr.split())
    dated = later('from = 2020-01-01\npromise = "3h"')
    other = written(tmp_path / "other", {name: text.replace(*dated) for name, text in texts().items()})
    since = installation.run("restore", str(file), "--config", str(other), **there)
    assert since.returncode == 1 and "other definitions from 2019-12-31T23:00Z on" in " ".join(since.stderr.split())
    missing = installation.run("restore", str(tmp_path / "nowhere"), **there)
    assert missing.returncode == 2 and "cannot be read (No such file" in " ".join(missing.stderr.split())
    file.write_bytes(file.read_bytes()[:-1])
    cut = installation.run("restore", str(file), **there)
    assert cut.returncode == 1 and "it was cut short, or changed. Nothing was written" in " ".join(cut.stderr.split())
    cannot = installation.run("backup", str(tmp_path / "no" / "folder"))
    assert cannot.returncode == 2 and "cannot be written" in " ".join(cannot.stderr.split())
    name = there["SVARTID_NAMESPACE"].encode()
    assert not [key for key in installation.redis.scan_iter() if name in key and b":tried" not in key]


@pytest.mark.real
def test_what_finds_no_room_in_redis_leaves_nothing_there(installations: Installations, tmp_path: Path) -> None:
    installation, file = installations({"phone": 4, "chat": 1}), tmp_path / "backup"
    installation.send(generate(403, 2_000).records)
    installation.drain()
    assert installation.run("backup", str(file)).returncode == 0
    small = Valkey(tmp_path / "small", free_ports(1)[0], append_only=False)
    small.start()
    there = elsewhere(installation) | {"SVARTID_REDIS_URL": small.url}
    with redis.Redis.from_url(small.url) as client:
        empty = client.info("memory")["used_memory"]
        assert installation.run("restore", str(file), **there).returncode == 0
        room = client.info("memory")["used_memory"] - empty
        client.flushall()
        client.config_set("maxmemory", client.info("memory")["used_memory"] + room // 2)
        full = installation.run("restore", str(file), **there)
        assert full.returncode == 3 and "Redis" in full.stderr
        assert not client.keys("*{*-*}:totals"), "a half of it"
        client.config_set("maxmemory", 0)
        assert installation.run("restore", str(file), **there).returncode == 0, "nothing stands in its way"
    small.kill()
