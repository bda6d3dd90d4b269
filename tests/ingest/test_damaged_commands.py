"""What each command says of keys in Redis that were changed by hand: a sentence that names the key, and a fitting code.

As many partitions as there are hashes and ways to spoil one, so that each is spoiled in its own way at the same time.
"""

import asyncio
import json
from itertools import product
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

import config
from streams.cli import load
from streams.cli.app import app, run
from streams.core.fold import fold
from streams.ingest.store import Store
from streams.redis_client import connect
from streams.serve.follower import Follower
from tests.conftest import Installations
from tests.events import Record
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced
from tests.ingest.test_damaged import WAYS, Spoil

pytestmark = pytest.mark.real

BY_THE_LOOK = {"deleted", "a field removed", "a field added", "the mark removed", "another type"}
KINDS = ("meta", "journeys", "panes", "intervals", "days", "totals")
SPOILT: dict[str, Spoil | None] = {way: spoil for way, spoil in WAYS.items() if way != "as it was before"}
SPOILT["another type"] = None
ONE_SEGMENT = ("journeys", "another field's value")  # of one commit: there is no other field
CASES = [case for case in product(KINDS, SPOILT) if case != ONE_SEGMENT]
LOG = [Record(i, r.timestamp, r.value) for i, r in enumerate(generate(1, 60).records)]

Ran = tuple[int | str | None, str]  # exit code, and what was said


class Commands:
    """An installation that has counted something, and its commands, in this process: what they raise is raised."""

    def __init__(self, installation: Installation, patch: pytest.MonkeyPatch, said: pytest.CaptureFixture[str]) -> None:
        self.installation = installation
        self._said = said
        partitions = range(len(installation.partitions))
        installation.send([Produced("phone", None, r.value, r.timestamp, n) for n in partitions for r in LOG])
        asyncio.run(_count(installation))
        load()
        for name, value in installation.env.items():
            if name.startswith("SVARTID_"):
                patch.setenv(name, value)

    def run(self, *arguments: str) -> Ran:
        """One of them."""
        self._said.readouterr()
        with pytest.raises(SystemExit) as ended:
            run(lambda: app(list(arguments), prog_name="svartid"))
        said = self._said.readouterr()
        return ended.value.code, (said.out + said.err).replace("\n", "")


async def _count(installation: Installation) -> None:
    """The same records in each partition, as if Kafka had them."""
    settings = installation.settings()
    client = connect(settings)
    store = Store(client, installation.keys, config.load().rules(settings.key), "one")
    await store.counts({installation.topics["phone"]: len(installation.partitions)})
    for name in installation.partitions:
        owned = await store.claim(name, None)
        await store.begin(owned, 0)
        await store.commit(name, store.pack(owned, fold(owned.state, LOG), now_ms=0))
    await client.aclose()


def spoil(installation: Installation) -> dict[str, str]:
    """Each partition in its own way. Answers what was done to which key."""
    done = {}
    for name, (kind, way) in zip(installation.partitions, CASES, strict=True):
        key = getattr(installation.keys.partition(name), kind)
        before: Any = installation.redis.hgetall(key)
        installation.redis.delete(key)
        spoilt = SPOILT[way]
        if spoilt is None:
            installation.redis.set(key, "something else")
        elif after := spoilt(before, before):
            installation.redis.hset(key, mapping=dict[Any, Any](after))
        done[key] = way
    return done


@pytest.mark.fault(26)
def test_each_key_spoiled_in_each_way(
    installations: Installations, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installation = installations({"phone": len(CASES)})
    commands = Commands(installation, monkeypatch, capsys)
    done = spoil(installation)

    code, said = commands.run("verify", "--json")
    found = json.loads(said)["differences"]
    assert code == 1
    assert sorted(path for unlike in found.values() for path, _, _ in unlike) == sorted(done)
    assert all(why.startswith("damage (") and "svartid rebuild" in why for [[_, _, why]] in found.values())

    code, said = commands.run("doctor", "--json")
    assert code == 1
    problems = [finding for finding in json.loads(said) if finding["what"].startswith("figures of")]
    told = {finding["found"].partition(" ")[0] for finding in problems}
    assert told == {key for key, way in done.items() if way in BY_THE_LOOK}
    assert all("svartid rebuild" in finding["todo"] for finding in problems)

    for arguments in (("history",), ("history", "--step=1d", "--from=2020-01-01"), ("repartition",)):
        code, said = commands.run(*arguments)
        assert (code, any(key in said for key in done), "svartid rebuild" in said) == (1, True, True), said
    assert commands.run("snapshot")[0] == 1, "no worker shows anything"

    code, said = commands.run("rebuild", "--yes", "--no-wait")
    assert code == 0, said
    metas = [installation.redis.hkeys(installation.keys.partition(name).meta) for name in installation.partitions]
    assert metas == [[b"epoch"]] * len(CASES)


OF_TYPES = {"list": ("snapshot", "history", "verify", "doctor", "repartition"), "string": ("snapshot", "history")}
GARBAGE = (
    b"\xff\x00",
    b'{"centre":"\xff"}',
    b'{"centre":' + b"[" * 99_999,
    b"{",
    b"[]",
    b"{}",
    b"null",
    b'{"schema_version":1}',
)


def put(installation: Installation, key: str, kind: str, value: bytes) -> None:
    installation.redis.delete(key)
    (installation.redis.set if kind == "string" else installation.redis.rpush)(key, value)


@pytest.mark.fault(26)
def test_what_all_share_is_garbage(
    installations: Installations, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the topic of checkpoints has garbage for records."""
    installation = installations({"phone": 2})
    commands = Commands(installation, monkeypatch, capsys)
    asyncio.run(_send_garbage(installation, installation.partitions[0]))
    client, keys = installation.redis, installation.keys
    whole: dict[str, Any] = {key: client.dump(key) for key in (keys.partitions, keys.counts)}
    names_it = {
        keys.partitions: {"history", "verify", "doctor"},
        keys.counts: {"verify", "doctor", "repartition"},
        keys.snapshot: {"snapshot"},
        keys.publisher: {"doctor"},
        keys.partition(installation.partitions[0]).view: set[str](),
    }
    of_garbage = [(keys.snapshot, "string", value, ("snapshot",)) for value in GARBAGE]
    of_types = [(key, kind, b"x", asked) for key in names_it for kind, asked in OF_TYPES.items()]
    for key, kind, value, asked in of_garbage + of_types:
        put(installation, key, kind, value)
        for command in asked:
            code, said = commands.run(command, *["--json"] * (command == "doctor"))
            assert code in (0, 1), (key, kind, command, said)
            assert command not in names_it[key] or (code == 1 and key in said), (key, kind, command, said)
        asyncio.run(_follow(installation))
        client.delete(key)
        if key in whole:
            client.restore(key, 0, whole[key])

    client.delete(keys.partitions)
    code, said = commands.run("verify", "--json")
    unlisted = {name: [[keys.partitions, name, None]] for name in installation.partitions}
    assert (code, json.loads(said)["differences"]) == (1, unlisted), "it is not silently nothing"
    client.delete(*client.keys(f"*{installation.name}*"))
    for command, expected in (("verify", 1), ("history", 0), ("snapshot", 1), ("doctor", 0)):
        code, said = commands.run(command)
        assert code == expected, said


async def _send_garbage(installation: Installation, name: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=installation.brokers) as producer:
        for value in (b"", b"\x00" * 40, b"garbage"):
            key = f"{installation.name}/{name}/0".encode()
            await producer.send_and_wait(installation.checkpoint_topic, value, key, partition=0)


async def _follow(installation: Installation) -> None:
    client = connect(installation.settings())
    follower = Follower(client, installation.keys)
    await follower.read()
    assert follower.document is None
    await client.aclose()
