"""What is saved, and when: on a real Kafka and Valkey, with the parts of a worker but without its consumer."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

import config
from streams.clock import Clock
from streams.ingest import checkpoints
from streams.ingest.checkpoint_parts import cut
from streams.ingest.checkpointing import Checkpointer
from streams.ingest.checkpoints import KafkaCheckpoints, pack
from streams.ingest.log import KafkaLog, LogReplaced
from streams.ingest.partitions import Partitions, StoreLost
from streams.ingest.store import Store
from streams.ingest.turns import Batch
from streams.kafka import CHECKPOINT_TOPIC_CONFIG
from streams.keys import Keys
from streams.local import create_topics
from streams.redis_client import connect
from tests.conftest import Installations
from tests.events import START_MS
from tests.events import Record as Folded
from tests.ingest.admin import delete, make_anew
from tests.ingest.generated import generate
from tests.ingest.installation import Installation
from tests.ingest.sending import Produced

pytestmark = pytest.mark.real


@dataclass
class Parts:
    """A worker's, over one partition that a test feeds by hand."""

    installation: Installation
    every_s: float = 60
    other_log: list[LogReplaced | StoreLost] = field(default_factory=list)

    async def run(self, does: Callable[["Parts"], Awaitable[Any]]) -> None:
        settings = self.installation.settings()
        client = connect(settings)
        rules = self.rules = config.load().rules(settings.key)
        self.store, other = (Store(client, Keys(settings.namespace), rules, owner) for owner in ("one", "two"))
        self.checkpoints, self.log = KafkaCheckpoints(settings), KafkaLog(settings)
        self.name = self.installation.partitions[0]
        self.partitions, self.partitions_of_another = self._partitions(self.store), self._partitions(other)
        self.checkpointer = Checkpointer(
            self.store, self.checkpoints, self.log, self.partitions.held, self.other_log.append, every_s=self.every_s
        )
        try:
            await does(self)
        finally:
            await self.checkpoints.close()
            await client.aclose()

    def _partitions(self, store: Store) -> Partitions:
        return Partitions(
            store,
            Clock.starting_at(START_MS, speed=1.0),
            _no_reject,
            {self.installation.topics["phone"]: "phone"},
            event_log=self.log,
            checkpoints=self.checkpoints,
        )

    async def saved(self) -> list[int]:
        """The offsets of the checkpoints that there are, the furthest first."""
        return [checkpoint.offset for checkpoint in (await self.checkpoints.read([self.name]))[self.name].sound]

    async def send(self, records: list[Produced]) -> None:
        """To Kafka; off this loop, as sending has one of its own."""
        await asyncio.to_thread(self.installation.send, records)

    async def fold(self, records: list[Folded]) -> None:
        await self.partitions.process(self.name, Batch.of(records))


async def _no_reject(*_: Any) -> None:
    raise AssertionError("nothing here is bad")


def phone(seed: int, first: int = 0) -> tuple[list[Produced], list[Folded]]:
    """Twenty records as they are sent, and as they are read again."""
    sent = [r for r in generate(seed, 200).records if r.channel == "phone"][:20]
    return sent, [Folded(first + i, r.timestamp, r.value) for i, r in enumerate(sent)]


@pytest.fixture
def parts(installations: Installations) -> Parts:
    return Parts(installations({"phone": 1}))


def test_what_moved_is_saved_once_and_the_one_before_is_kept(parts: Parts) -> None:
    async def does(p: Parts) -> None:
        sent, read = phone(51)
        await p.send(sent)
        await p.partitions.take({p.name: (0, 10)})
        await p.checkpointer.write_all()
        assert await p.saved() == [], "nothing was counted yet"
        await p.fold(read[:5])
        await p.checkpointer.write_all()
        assert await p.saved() == [], "it is being rebuilt, and may have less than what is saved"
        for until in (10, 15, 20):
            await p.fold(read[:until])
            await p.checkpointer.write_all()
            await p.checkpointer.write_all()
        assert await p.saved() == [20, 15]
        assert p.checkpointer.written == 3

    asyncio.run(parts.run(does))


def test_its_age_grows_for_as_long_as_nothing_can_be_saved(installations: Installations) -> None:
    installation = installations({"phone": 1})
    installation.env["SVARTID_CHECKPOINT_TOPIC"] = f"{installation.name}-nowhere"

    async def does(p: Parts) -> None:
        sent, read = phone(55)
        await p.send(sent)
        await p.partitions.take({p.name: (0, 5)})
        await p.fold(read[:10])
        running = asyncio.create_task(p.checkpointer.run())
        async with asyncio.timeout(30):
            while p.checkpointer.unsaved_s < 4 * p.every_s:
                assert not running.done()
                await asyncio.sleep(0.02)
        running.cancel()
        assert p.checkpointer.written == 0

    asyncio.run(Parts(installation, every_s=0.4).run(does))


@pytest.mark.fault(23)
def test_that_its_topic_is_gone_is_told_with_what_helps(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """To its producer that is a time-out like others."""
    monkeypatch.setattr(checkpoints, "SEND_S", 2.0)

    async def does(p: Parts) -> None:
        topic, brokers = p.installation.checkpoint_topic, p.installation.brokers
        sent, read = phone(56)
        await p.send(sent)
        await p.partitions.take({p.name: (0, 10)})
        await p.fold(read[:10])
        await p.checkpointer.write_all()
        await asyncio.to_thread(delete, brokers, topic)
        with capture_logs() as said:
            await p.fold(read[:15])
            await p.checkpointer.write_all()
            (told,) = [line["why"] for line in said if line["event"] == "no checkpoint was written"]
            assert f"Kafka has no topic {topic} any more: create it, kafka-topics.sh" in told
            assert "cleanup.policy=compact" in told and "SVARTID_CHECKPOINT_TOPIC" in told
            await p.checkpointer.write_all()
            assert not [line for line in said if line["event"].startswith("over")], "nothing was written"
            await asyncio.to_thread(create_topics, brokers, {topic: 1}, configs={topic: CHECKPOINT_TOPIC_CONFIG})
            async with asyncio.timeout(60):
                while "over: no checkpoint was written" not in [line["event"] for line in said]:
                    await p.checkpointer.write_all()
        assert await p.saved() == [15]

    asyncio.run(parts.run(does))


def test_an_owner_that_lost_the_partition_saves_nothing(parts: Parts) -> None:
    async def does(p: Parts) -> None:
        sent, read = phone(52)
        await p.send(sent)
        await p.partitions.take({p.name: (0, 10)})
        await p.fold(read[:10])
        await p.store.claim(p.name, None)
        await p.checkpointer.write_all()
        assert (await p.saved(), p.checkpointer.written, p.checkpointer.failed) == ([], 0, 0)

    asyncio.run(parts.run(does))


def test_a_late_writer_leaves_the_newest_or_the_one_before_it(parts: Parts) -> None:
    """One that was away since it had packed its checkpoint: compaction keeps what is written last of each key."""

    async def does(p: Parts) -> None:
        sent, read = phone(53)
        await p.send(sent)
        await p.partitions.take({p.name: (0, 5)})
        await p.fold(read[:5])
        old = await asyncio.to_thread(pack, p.name, p.rules.fingerprint(), await p.store.read(p.name))
        for until in (15, 20):
            await p.fold(read[:until])
            await p.checkpointer.write_all()
        for turn in (0, 1):
            assert await p.checkpoints.write(p.name, turn, old)
            assert max(await p.saved()) >= 15
            more, later = phone(54, first=20 + 20 * turn)
            await p.send(more)
            await p.fold(later)
            await p.checkpointer.write_all()

    asyncio.run(parts.run(does))


@pytest.mark.fault(10)
def test_a_topic_made_anew_while_it_is_read_is_found_out(parts: Parts) -> None:
    async def does(p: Parts) -> None:
        sent, read = phone(55)
        await p.send(sent)
        await p.partitions.take({p.name: (0, 20)})
        await p.fold(read)
        await p.checkpointer.check_log([p.name])
        await p.checkpointer.check_log([p.name])
        await asyncio.to_thread(make_anew, p.installation.brokers, p.installation.topics["phone"], 1)
        other = phone(56)[0] + phone(57)[0]
        await p.send(other)
        with pytest.raises(LogReplaced, match="has another record at offset 19"):
            await p.checkpointer.check_log([p.name])
        await p.fold([Folded(20 + i, r.timestamp, r.value) for i, r in enumerate(other[20:])])
        await p.checkpointer.write_all()
        assert await p.saved() == [], "a checkpoint is of one log alone"
        assert len(p.other_log) == 1

    asyncio.run(parts.run(does))


@pytest.mark.fault(10)
def test_a_topic_made_anew_and_read_on_before_anybody_looked_is_found_out_by_the_next_owner(parts: Parts) -> None:
    """Whose last record is the new topic's: the log is known by what was counted before."""

    async def does(p: Parts) -> None:
        sent, read = phone(58)
        await p.send(sent)
        await p.partitions.take({p.name: (0, 20)})
        await p.fold(read)
        await asyncio.to_thread(make_anew, p.installation.brokers, p.installation.topics["phone"], 1)
        other = phone(59)[0] + phone(60)[0]
        await p.send(other)
        await p.fold([Folded(20 + i, r.timestamp, r.value) for i, r in enumerate(other[20:])])
        await p.partitions.give_up_all()
        with pytest.raises(LogReplaced, match="has another record at offset 19"):
            await p.partitions_of_another.take({p.name: (0, len(other))})

    asyncio.run(parts.run(does))


@pytest.mark.fault(2, 10)
def test_a_worker_that_asked_long_ago_where_the_log_ends_asks_again(parts: Parts) -> None:
    """It waited for Redis while another counted on: the log is no other for that. One that does end earlier is."""

    async def does(p: Parts) -> None:
        await p.send(phone(61)[0])
        await p.partitions.take({p.name: (12, 20)})
        assert await p.partitions_of_another.take({p.name: (0, 3)}) == {p.name: 12}
        await p.store.forget(p.name)
        await p.partitions.give_up_all()
        await p.partitions_of_another.give_up_all()
        await p.partitions.take({p.name: (30, 30)})
        with pytest.raises(LogReplaced, match="ends at offset 3, but 30 was counted already"):
            await p.partitions_of_another.take({p.name: (0, 3)})

    asyncio.run(parts.run(does))


def test_a_large_one_is_written_and_read(parts: Parts) -> None:
    """A year's partition packs to a few MB; more than Kafka takes of a record by default, and than one fetch brings.

    The topic takes records of a megabyte, as a platform's does.
    """

    async def does(p: Parts) -> None:
        hashes: Any = [{b"offset": b"9", b"pad": os.urandom(20 << 20)}, *[{} for _ in range(5)]]
        value = await asyncio.to_thread(pack, p.name, p.rules.fingerprint(), hashes)
        for turn in (0, 1):
            assert await p.checkpoints.write(p.name, turn, value)
        first, second = (await p.checkpoints.read([p.name]))[p.name].sound
        assert first.hashes() == second.hashes() == hashes

    asyncio.run(parts.run(does))


def test_writers_that_die_in_the_midst_leave_all_there_was_and_nothing_is_left_lying(parts: Parts) -> None:
    async def does(p: Parts) -> None:
        def made(offset: int, size: int) -> bytes:
            hashes: Any = [{b"offset": b"%d" % offset, b"pad": os.urandom(size)}, *[{} for _ in range(5)]]
            return pack(p.name, p.rules.fingerprint(), hashes)

        async def lying() -> int:
            return len((await p.checkpoints._records([p.name]))[0])

        for turn in (0, 1):
            assert await p.checkpoints.write(p.name, turn, made(turn, 3 << 20))
        assert await lying() == 2 * 5
        for turn in (2, 3):  # a process each, which dies when it has written two parts
            dies = KafkaCheckpoints(p.installation.settings())
            for at, part in cut(dies._keys(p.name)[turn % 2], made(turn, 3 << 20))[:2]:
                assert await dies._send(at, part)
            await dies.close()
        assert await p.saved() == [1, 0]
        another = KafkaCheckpoints(p.installation.settings())
        for turn, size in ((4, 3 << 20), (5, 1 << 20), (6, 10), (7, 3 << 20)):
            assert await another.write(p.name, turn, made(turn, size))
        assert await p.saved() == [7, 6]
        assert await lying() == 1 + 5, "what it found there, and what it wrote itself before, is gone"
        late = KafkaCheckpoints(p.installation.settings())
        for turn, size in ((8, 10), (9, 10), (11, 3 << 20)):  # the small ones forget nothing of what lies there
            assert await late.write(p.name, turn, made(turn, size))
        await late.close()
        assert await p.saved() == [11, 8]
        assert await lying() == 1 + 5, "nor are the parts of what was written there by another"
        await another.forget([p.name])
        await another.close()
        assert await lying() == 0

    asyncio.run(parts.run(does))
