"""Publishing on a real Valkey: what is shown belongs together, one writes at a time, what is old is told or gone."""

import asyncio
import math
from dataclasses import replace
from typing import Any

import orjson
import pytest
from msgspec.msgpack import encode as msgpack
from structlog.testing import capture_logs

from streams.fresh import FRESH_S
from streams.ingest.partitions import Partitions
from streams.ingest.store import Store
from streams.ingest.turns import Batch
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.sealed import Seal
from streams.serve import publisher as module
from streams.serve.metrics import SnapshotCollector
from streams.serve.publisher import Publisher
from streams.serve.writer import GONE_AFTER_S, WRITER_FOR_S
from tests.events import START_MS, Event, records
from tests.serve.documents import as_read
from tests.serve.publishing import RULES, Part, Reading, announce, clock_at, publisher, run, visit

pytestmark = pytest.mark.real

LINE = "phone/personbruker/helse"
NO_UTF_8 = b"\x92\x81\xa9partition\xa1\xff\x80"  # but well formed MessagePack


def latest(publisher: Publisher) -> dict[str, Any]:
    assert publisher.latest is not None
    return as_read(publisher.latest)


async def read(client: Client, keys: Keys) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(await client.get(keys.snapshot) or b"null")
    return document


def test_what_is_shown_belongs_together_while_events_stream_in(local_parts: LocalParts, keys: Keys) -> None:
    """Batches are folded while a snapshot is on its way to Redis; it must be of before them or of after."""

    async def does(client: Client) -> None:
        part = Part("t-0")
        shows = publisher(client, keys, [part])
        for n in range(20):
            publishing = asyncio.create_task(shows.publish())
            while not publishing.done():
                await asyncio.sleep(0)
                async with part.busy:
                    part.fold(visit(f"{n}-{part.state.offset}", 0))
            await publishing
            document = latest(shows)
            assert document["residual"] == 0
            line = document["lines"][LINE]
            assert line["total"]["entered"] == line["waiting"]

    run(local_parts.redis_url, does)


def test_one_writes_at_a_time_and_the_next_takes_over(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        mine, others = Part("t-0"), Part("t-1")
        mine.fold(visit("a", 0))
        others.fold(visit("b", 0))
        await announce(client, keys, [mine, others])
        first = publisher(client, keys, [mine], instance="first")
        second = publisher(client, keys, [others], instance="second")
        await second.publish()  # alone at first, and so the writer
        assert latest(second)["missing_partitions"] == ["t-0"]
        await first.publish()
        assert first.latest is None
        await second.publish()
        assert (await read(client, keys))["lines"][LINE]["waiting"] == 2

        stopped_at = asyncio.get_running_loop().time()
        while first.latest is None:  # the second publishes no more
            assert asyncio.get_running_loop().time() < stopped_at + WRITER_FOR_S + 2
            await first.publish()
        assert asyncio.get_running_loop().time() > stopped_at + WRITER_FOR_S - 1
        await second.publish()
        assert second.latest is None
        assert await client.get(keys.publisher) == b"first"

    run(local_parts.redis_url, does)


def test_a_spare_that_came_to_write_is_shown_everything(local_parts: LocalParts, keys: Keys) -> None:
    """A worker without partitions can be the writer; the one who has them all must not keep them to itself."""

    async def does(client: Client) -> None:
        mine = Part("t-0")
        mine.fold(visit("a", 0))
        await announce(client, keys, [mine])
        spare, owner = publisher(client, keys, [], instance="spare"), publisher(client, keys, [mine], instance="owner")
        for shows in (spare, owner, spare):
            await shows.publish()
        assert (latest(spare)["status"], latest(spare)["missing_partitions"]) == ("live", [])
        assert latest(spare)["lines"][LINE]["waiting"] == 1

    run(local_parts.redis_url, does)


def test_where_nobody_writes_one_of_those_who_try_at_once_does(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        all_at_once = [publisher(client, keys, [Part(f"t-{n}")], instance=str(n)) for n in range(4)]
        await asyncio.gather(*(one.publish() for one in all_at_once))
        assert sum(one.latest is not None for one in all_at_once) == 1

    run(local_parts.redis_url, does)


@pytest.mark.fault(20)
def test_a_partition_whose_owner_is_dead_makes_the_snapshot_stale(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        mine, others = Part("t-0"), Part("t-1")
        await announce(client, keys, [mine, others])
        first = publisher(client, keys, [mine], instance="first")
        second = publisher(client, keys, [others], instance="second")
        await first.publish()
        await second.publish()
        await first.publish()
        assert (latest(first)["status"], latest(first)["missing_partitions"]) == ("live", [])

        view = keys.partition("t-1").view
        assert 0 < await client.pttl(view) <= module.VIEW_EXPIRES_S * 1000
        await client.pexpire(view, 0)  # as if that long had passed
        await first.publish()
        assert (latest(first)["status"], latest(first)["missing_partitions"]) == ("stale", ["t-1"])

    run(local_parts.redis_url, does)


@pytest.mark.fault(2)
@pytest.mark.parametrize("new", [{"epoch": "2"}, {"owner": "another"}])  # Redis was emptied: it counts anew
def test_a_view_of_an_earlier_owner_is_not_believed(local_parts: LocalParts, keys: Keys, new: dict[str, Any]) -> None:
    async def does(client: Client) -> None:
        mine, others = Part("t-0"), Part("t-1")
        await announce(client, keys, [mine, others])
        first = publisher(client, keys, [mine], instance="first")
        await first.publish()
        await publisher(client, keys, [others], instance="paused").publish()
        others = replace(others, **new)  # taken over: the view is of the owner before
        await announce(client, keys, [others])
        await first.publish()
        assert latest(first)["missing_partitions"] == ["t-1"]
        await publisher(client, keys, [others], instance="new").publish()
        await first.publish()
        assert latest(first)["missing_partitions"] == []

    run(local_parts.redis_url, does)


@pytest.mark.fault(20)
def test_a_snapshot_that_nobody_writes_any_more_goes(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        await publisher(client, keys, [Part("t-0")]).publish()
        assert 0 < await client.pttl(keys.snapshot) <= GONE_AFTER_S * 1000
        assert 0 < await client.pttl(keys.publisher) <= WRITER_FOR_S * 1000
        document = await read(client, keys)
        assert 0 < document["fresh_until_ms"] - document["as_of_ms"] <= FRESH_S * 1000

    run(local_parts.redis_url, does)


def test_windows_are_whole_when_a_partition_comes_back(local_parts: LocalParts, keys: Keys) -> None:
    """Given up in a rebalance right after a commit that nobody has shown yet, then taken again and found untouched."""

    async def does(client: Client) -> None:
        async def reject(*_: Any) -> None:
            raise AssertionError("nothing here is bad")

        store = Store(client, keys, RULES, "one")
        partitions = Partitions(store, clock_at(START_MS), reject, {"t": "phone"})
        shows = publisher(client, keys, {}, START_MS + 60_000, owned=lambda: partitions.held)
        log = records([event for n in range(20) for event in visit(n, 0, 10_000)])
        await partitions.take({"t-0": (0, 40)})
        await partitions.process("t-0", Batch.of(log[:20]))
        await shows.publish()
        await partitions.process("t-0", Batch.of(log[20:]))
        await partitions.give_up(["t-0"])
        before = partitions.held["t-0"].state
        await partitions.take({"t-0": (0, 40)})
        assert partitions.held["t-0"].state is before, "this test is of a partition that was kept"
        await shows.publish()
        line = latest(shows)["lines"][LINE]
        assert line["total"]["answered"] == 20
        assert {name: window["answered"] for name, window in line["windows"].items()} == dict.fromkeys(
            line["windows"], 20
        )

    run(local_parts.redis_url, does)


def answered(shows: Publisher) -> float:
    families = SnapshotCollector(lambda: shows.latest, shows.counters).collect()
    (family,) = [family for family in families if family.name == "svartid_answered"]
    return sum(sample.value for sample in family.samples)


@pytest.mark.fault(34)
def test_a_counter_does_not_fall_with_a_correction_while_no_worker_runs(local_parts: LocalParts, keys: Keys) -> None:
    """A worker tells of two answered and ends; what corrects one of them away is counted, and then the next one begins.
    At last the books are begun anew, and have one.
    """

    async def does(client: Client) -> None:
        part = Part("t-0")
        part.fold([*visit(1, 0, 60_000), *visit(2, 0, 60_000)])
        one = publisher(client, keys, [part])
        await one.publish()
        assert answered(one) == 2
        await one.publish()

        await client.delete(keys.snapshot, keys.publisher)  # it was long ago
        gave_up: Event = {**visit(2, 0)[0], "type": "queue.abandoned", "occurred_at": START_MS + 30_000}
        part.fold([gave_up])
        two = publisher(client, keys, [part], instance="two")
        await two.publish()
        assert latest(two)["lines"][LINE]["total"]["answered"] == 1
        assert answered(two) == 2

        part.books = "second"
        await two.publish()
        assert answered(two) == 1

    run(local_parts.redis_url, does)


@pytest.mark.fault(34)
def test_a_counter_does_not_fall_to_what_redis_had_before_it_was_told_of_more(
    local_parts: LocalParts, keys: Keys
) -> None:
    """Between a scrape and the next word to Redis its writer is one no more, and then it is again."""

    async def does(client: Client) -> None:
        part = Part("t-0")
        part.fold(visit(1, 0, 60_000))
        shows = publisher(client, keys, [part])
        await shows.publish()
        assert answered(shows) == 1
        await shows.publish()  # and leaves that in Redis
        part.fold(visit(2, 0, 60_000))
        await shows.publish()
        assert answered(shows) == 2

        await client.set(keys.publisher, "another", px=1000)
        await shows.publish()
        assert shows.latest is None
        await client.delete(keys.publisher)
        part.fold([{**visit(2, 0)[0], "type": "queue.abandoned", "occurred_at": START_MS + 30_000}])
        await shows.publish()
        assert latest(shows)["lines"][LINE]["total"]["answered"] == 1
        assert answered(shows) == 2
        next_one = publisher(client, keys, [part], instance="next")
        await client.delete(keys.publisher)
        await next_one.publish()
        assert answered(next_one) == 2

    run(local_parts.redis_url, does)


@pytest.mark.fault(26)
def test_keys_that_hold_something_else_are_written_over(local_parts: LocalParts, keys: Keys) -> None:
    """Another's view, the writer's name and the snapshot; the list of all is its owners' to mend."""

    async def does(client: Client) -> None:
        mine, others = Part("t-0"), Part("t-1")
        await announce(client, keys, [mine, others])
        shows = publisher(client, keys, [mine])
        view = keys.partition("t-1").view
        for key in (view, keys.publisher, keys.snapshot, keys.partitions):
            for garbage in (b"garbage", b"\xff\xfe", NO_UTF_8, None):
                before = await client.dump(keys.partitions)
                await client.delete(key)
                await (client.rpush(key, "x") if garbage is None else client.set(key, garbage))
                await shows.publish()
                document = await read(client, keys)
                assert document == latest(shows)
                assert key == keys.partitions or document["missing_partitions"] == ["t-1"]
                await client.delete(keys.partitions, keys.publisher)
                await client.restore(keys.partitions, 0, before or b"")

    run(local_parts.redis_url, does)


@pytest.mark.fault(26)
@pytest.mark.parametrize("left", [(), ("t-0",)], ids=["gone", "lost members"])
def test_a_list_of_partitions_that_lost_some_hides_nothing(
    local_parts: LocalParts, keys: Keys, left: tuple[str, ...]
) -> None:
    """What Kafka has is shown, or missed, until the list is whole again."""

    async def does(client: Client) -> None:
        mine, others = Part("t-0"), Part("t-1")
        mine.fold(visit("a", 0))
        others.fold(visit("b", 0))
        await announce(client, keys, [mine, others])
        knows = Reading(counts={"t": 2})
        first = publisher(client, keys, [mine], instance="first", reader=knows)
        second = publisher(client, keys, [others], instance="second", reader=knows)
        for shows in (first, second):
            await shows.publish()
        await client.delete(keys.partitions)
        for name in left:
            await client.sadd(keys.partitions, name)

        await first.publish()
        assert (latest(first)["status"], latest(first)["missing_partitions"]) == ("live", [])
        assert latest(first)["lines"][LINE]["waiting"] == 2
        await client.delete(keys.partition("t-1").view)
        await first.publish()
        assert (latest(first)["status"], latest(first)["missing_partitions"]) == ("stale", ["t-1"])
        assert latest(first)["lines"] == {}
        await second.publish()  # who does not write goes on showing what it has
        await first.publish()
        assert latest(first)["lines"][LINE]["waiting"] == 2

    run(local_parts.redis_url, does)


async def spoil(client: Client, key: str, garbage: bytes | None) -> None:
    """Puts garbage under a key; None: a value of another type."""
    await client.delete(key)
    await (client.hset(key, "a", "b") if garbage is None else client.set(key, garbage))


@pytest.mark.fault(26)
@pytest.mark.parametrize(
    "garbage",
    [b"", b"garbage!", b"\x92\x81\xa1\xff\xa1a\x90", msgpack([{}, [["a", ["b"], math.nan]]]), None],
    ids=["empty", "text", "no UTF-8", "no number", "another type"],
)
def test_what_was_told_and_cannot_be_read_is_nothing_told_yet(
    local_parts: LocalParts, keys: Keys, garbage: bytes | None
) -> None:
    """It is said once, by its key, and written anew; the next writer can read it."""

    async def does(client: Client) -> None:
        part = Part("t-0")
        part.fold(visit("a", 0, 60_000))
        await announce(client, keys, [part])
        await spoil(client, keys.told, garbage)
        with capture_logs() as said:
            for instance in ("one", "two"):
                shows = publisher(client, keys, [part], instance=instance)
                for _ in range(2):
                    await shows.publish()
                assert latest(shows)["status"] == "live"
                await client.delete(keys.publisher)
        assert [entry.get("key") for entry in said] == [keys.told]
        assert await client.type(keys.told) == b"string"

    run(local_parts.redis_url, does)


@pytest.mark.fault(26)
def test_a_view_is_its_owners_word_or_none(local_parts: LocalParts, keys: Keys) -> None:
    """One of the same owner's other partition, and one with another bit at each of many places."""

    async def does(client: Client) -> None:
        mine, others, third = Part("t-0"), Part("t-1"), Part("t-2")
        others.fold(visit("b", 0))
        await announce(client, keys, [mine, others, third])
        first = publisher(client, keys, [mine], instance="first")
        await first.publish()
        await publisher(client, keys, [others, third], instance="second").publish()
        await first.publish()
        assert latest(first)["missing_partitions"] == []

        view = keys.partition("t-1").view
        found: Any = await client.get(view)
        packed = bytes(found)
        await client.set(keys.partition("t-2").view, packed)
        await first.publish()
        assert latest(first)["missing_partitions"] == ["t-2"]

        for at in range(0, len(packed), 7):
            await client.set(view, packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :])
            await first.publish()
            assert latest(first)["missing_partitions"] == ["t-1", "t-2"]

    run(local_parts.redis_url, does)


@pytest.mark.fault(26)
def test_a_sealed_view_of_another_version_is_none(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        mine, others = Part("t-0"), Part("t-1")
        await announce(client, keys, [mine, others])
        view = keys.partition("t-1").view
        for packed in (b"", b"garbage", NO_UTF_8, b"\x91" * 100_000):
            await client.set(view, Seal(view).close({b"view": packed})[1])
            shows = publisher(client, keys, [mine])
            await shows.publish()
            assert latest(shows)["missing_partitions"] == ["t-1"]

    run(local_parts.redis_url, does)


@pytest.mark.fault(26)
@pytest.mark.parametrize("holds_s", [None, 3600], ids=["for ever", "for an hour"])
def test_who_holds_the_writers_key_for_longer_than_a_writer_is_none(
    local_parts: LocalParts, keys: Keys, holds_s: int | None
) -> None:
    async def does(client: Client) -> None:
        await client.set(keys.publisher, "somebody", ex=holds_s)
        shows = publisher(client, keys, [Part("t-0")])
        await shows.publish()
        assert latest(shows)["status"] == "live"
        assert 0 < await client.pttl(keys.publisher) <= WRITER_FOR_S * 1000

    run(local_parts.redis_url, does)


def test_redis_is_not_blamed_for_a_batch_that_takes_long(
    local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def does(client: Client) -> None:
        part = Part("t-0")
        await announce(client, keys, [part])
        shows = publisher(client, keys, [part])
        assert "Redis" not in shows.why_silent, "nothing was asked of it yet"
        async with part.busy:
            publishing = asyncio.create_task(shows.publish())
            await asyncio.sleep(0.1)
            assert "what came of t-0 is still being counted" in shows.why_silent
            assert "Redis" not in shows.why_silent
        await publishing

        async def hangs(views: object) -> None:
            await asyncio.sleep(3600)

        monkeypatch.setattr(shows, "_exchange", hangs)
        publishing = asyncio.create_task(shows.publish())
        await asyncio.sleep(0.2)
        assert "nothing could be written to Redis for 0 s: it has not answered yet" in shows.why_silent
        publishing.cancel()

    run(local_parts.redis_url, does)
