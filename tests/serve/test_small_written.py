"""Small documents on a real Valkey: each is written when it changes, by one writer, and is never believed when old."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as RedisConnectionError

from streams.core.fold import fold
from streams.fresh import FRESH_S
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.serve.configuration import Configured
from streams.serve.publisher import Publisher
from streams.serve.serving import DONE, Switch
from tests.events import CREATE_TIME, START_MS, Record, visit
from tests.examples import examples
from tests.serve.publishing import BY, Part, Reading, announce, clock_at, publisher, run
from tests.serve.smalls import all_in_redis, differences, read_small
from tests.serve.test_queue_dates import centre_with

pytestmark = pytest.mark.real

GROUP, HELSE, ARBEID = "phone/personbruker", "phone/personbruker/helse", "phone/personbruker/arbeid"
LATER_MS = round(FRESH_S * 1000) + 1000


@pytest.fixture
def keys() -> Keys:
    return Keys(f"test-{uuid.uuid4().hex[:8]}")


async def waiting(client: Client, keys: Keys, name: str = HELSE, now_ms: int = START_MS) -> Any:
    """How many wait by the small document; None where it is not to be believed, or does not know."""
    small = await read_small(client, keys, name, now_ms)
    return None if small is None else small["waiting"]


async def wrong(client: Client, keys: Keys) -> dict[str, Any]:
    """Where the small documents and the whole do not say the same."""
    whole = orjson.loads(await client.get(keys.snapshot) or b"null")
    return differences(whole, await all_in_redis(client, keys))


async def members(client: Client, keys: Keys) -> set[str]:
    """The keys of all, as whoever takes over finds them."""
    found: Any = await client.smembers(keys.now_keys)
    return {key.decode() for key in found}


async def said(client: Client, keys: Keys) -> Any:
    """Until when all may be believed, who says so, and how many steps there were."""
    return orjson.loads(await client.get(keys.now) or b"null")


class Heard:
    """What was announced of small documents."""

    def __init__(self, listens: Any, keys: Keys) -> None:
        self._listens, self._keys = listens, keys

    async def names(self) -> list[str]:
        return [name for name, _ in await self.messages()]

    async def messages(self) -> list[tuple[str, bytes]]:
        """Since this was last asked, in order: the name, and what was said."""
        found = []
        while (message := await self._listens.get_message(timeout=0.2)) is not None:
            found.append((message["channel"].decode().removeprefix(f"{self._keys.now}:"), message["data"]))
        return found


@asynccontextmanager
async def listening(client: Client, keys: Keys) -> AsyncIterator[Heard]:
    async with client.pubsub(ignore_subscribe_messages=True) as listens:
        await listens.psubscribe(f"{keys.now}:*")
        await listens.get_message(timeout=5)  # that it listens now
        yield Heard(listens, keys)


def one_part(*log: list[Any], **given: Any) -> Part:
    part = Part("t-0", **given)
    part.fold(event for events in log for event in events)
    return part


def test_they_say_what_the_whole_says_in_the_same_step(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS - 60_000))
        shows = publisher(client, keys, [part])
        for n in range(5):
            part.fold(visit(f"b{n}", START_MS - 1000 * n, line=ARBEID))
            await shows.publish()
            assert await wrong(client, keys) == {}
        assert (await waiting(client, keys), await waiting(client, keys, ARBEID)) == (1, 5)
        small = await read_small(client, keys, GROUP, START_MS)
        assert small is not None and small["oldest_entered_ms"] == START_MS - 60_000

    run(local_parts.redis_url, does)


def test_only_what_changed_is_written_and_announced(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS - 60_000))
        shows = publisher(client, keys, [part])
        async with listening(client, keys) as heard:
            await shows.publish()
            first = await heard.names()
            assert len(first) == len(set(first)) > 10
            before = await said(client, keys)
            await client.set(keys.now_of(ARBEID), b"nobody writes it anew")
            await shows.publish()
            assert await heard.names() == [], "ages grow, and nothing is written"
            believed = await said(client, keys)
            assert (believed["number"], believed["by"]) == (before["number"], before["by"])
            part.fold(visit("b", START_MS))
            await shows.publish()
            told = await heard.messages()
        assert sorted(name for name, _ in told) == [GROUP, HELSE]
        assert dict(told)[HELSE] == await client.get(keys.now_of(HELSE)), "the announcement is the document"
        assert (await said(client, keys))["number"] == before["number"] + 1
        assert await client.get(keys.now_of(ARBEID)) == b"nobody writes it anew"

    run(local_parts.redis_url, does)


def test_until_when_they_may_be_believed_is_renewed_by_each_publish_and_goes_by_itself(
    local_parts: LocalParts, keys: Keys
) -> None:
    async def does(client: Client) -> None:
        shows = publisher(client, keys, [one_part(visit("a", START_MS))])
        for later in (0, 1000):
            shows._clock = clock_at(START_MS + later)
            await shows.publish()
            until_ms = (await said(client, keys))["until_ms"]
            assert 0 <= until_ms - (START_MS + later) - FRESH_S * 1000 < 500
            assert 0 < await client.pttl(keys.now) <= FRESH_S * 1000
        assert await waiting(client, keys, now_ms=until_ms) == 1
        assert await waiting(client, keys, now_ms=until_ms + 1) is None, "the writer died"
        await client.pexpire(keys.now, 0)  # by Redis' clock, whatever the reader's says
        assert await waiting(client, keys) is None

    run(local_parts.redis_url, does)


def test_who_takes_over_writes_all_as_it_does_not_know_what_is_there(local_parts: LocalParts, keys: Keys) -> None:
    """
    first    | writes |             | (was away) writes nothing |
    second            | writes all                              |
    """

    async def does(client: Client) -> None:
        mine = one_part(visit("a", START_MS))
        await announce(client, keys, [mine])
        first = publisher(client, keys, [mine], instance="first")
        second = publisher(client, keys, [mine], instance="second")
        await first.publish()
        by = (await said(client, keys))["by"]
        await second.publish()
        assert (await said(client, keys))["by"] == by, "another is the writer"

        await client.delete(keys.publisher)  # as if the first had written nothing for long
        await client.set(keys.now_of(ARBEID), b"spoiled")
        mine.fold(visit("b", START_MS))
        async with listening(client, keys) as heard:
            await second.publish()
            assert set(await heard.names()) == (await all_in_redis(client, keys)).keys()
        assert await wrong(client, keys) == {} and await waiting(client, keys) == 2
        assert (await said(client, keys))["by"] != by

        mine.fold(visit("c", START_MS))
        written = await client.mget(keys.now, keys.now_of(HELSE))
        await first.publish()
        assert await client.mget(keys.now, keys.now_of(HELSE)) == written, "it is no longer the writer"
        await client.delete(keys.publisher)
        await first.publish()
        assert await wrong(client, keys) == {} and await waiting(client, keys) == 3

    run(local_parts.redis_url, does)


def configured(*ids: str) -> Configured:
    listed = ", ".join(f'"{id_}"' for id_ in ids)
    return centre_with(f'[[queues]]\nchannel = "phone"\naudience = "personbruker"\nids = [{listed}]\n')


@pytest.mark.parametrize("by_another", [False, True], ids=["in a worker that runs", "by one who takes over"])
def test_a_queue_that_is_gone_has_no_document_any_more(local_parts: LocalParts, keys: Keys, by_another: bool) -> None:
    async def does(client: Client) -> None:
        before, after = configured("helse", "gammel"), configured("helse", "ny")
        part = one_part(visit("a", START_MS))
        shows = publisher(client, keys, [part], by=before)
        await shows.publish()
        assert f"{GROUP}/gammel" in await all_in_redis(client, keys)
        async with listening(client, keys) as heard:
            if by_another:
                await client.delete(keys.publisher)
                shows = publisher(client, keys, [part], instance="another", by=after)
            shows._configured = lambda: after
            await shows.publish()
            told = dict(await heard.messages())
        assert told[f"{GROUP}/gammel"] == b"", "and who waits for it is told"
        there = await all_in_redis(client, keys)
        assert f"{GROUP}/gammel" not in there and f"{GROUP}/ny" in there
        assert await members(client, keys) == {keys.now_of(name) for name in there}

    run(local_parts.redis_url, does)


@pytest.mark.fault(8)
@pytest.mark.parametrize("forgets", ["a step", "all"])
def test_a_redis_that_went_back_in_time_is_told_again(local_parts: LocalParts, keys: Keys, forgets: str) -> None:
    """A replica that lagged is the primary now, or a file was cut: what the writer knows is not what is there."""

    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS))
        shows = publisher(client, keys, [part])
        await shows.publish()
        was: dict[str, Any] = {
            key: await client.dump(key) for key in [keys.now, keys.now_of(HELSE), keys.now_of(GROUP)]
        }
        part.fold(visit("b", START_MS))
        await shows.publish()
        assert await waiting(client, keys) == 2
        if forgets == "all":
            await client.delete(*await client.keys(f"{{{keys.namespace}}}*"))
        else:
            for key, packed in was.items():
                await client.restore(key, 5000 if key == keys.now else 0, packed, replace=True)
            assert await waiting(client, keys) == 1
        await shows.publish()
        assert await waiting(client, keys) == 2 and await wrong(client, keys) == {}

    run(local_parts.redis_url, does)


@pytest.mark.fault(5)
@pytest.mark.parametrize("arrives", [False, True], ids=["not done", "done, and the answer lost"])
def test_a_step_of_which_nobody_knows_whether_it_was_done_loses_nothing(
    local_parts: LocalParts, keys: Keys, arrives: bool
) -> None:
    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS))
        shows = publisher(client, keys, [part])
        await shows.publish()
        publishes = shows._writer._publish

        async def breaks(**given: Any) -> Any:
            if arrives:
                await publishes(**given)
            raise RedisConnectionError

        shows._writer._publish = breaks  # type: ignore[assignment]
        part.fold(visit("b", START_MS))
        with pytest.raises(RedisConnectionError):
            await shows.publish()
        shows._writer._publish = publishes
        broken = await said(client, keys)
        part.fold(visit("b", START_MS, ("queue.answered", 1000))[1:])  # as it was before the step
        await shows.publish()
        assert await waiting(client, keys) == 1 and await wrong(client, keys) == {}
        assert (await said(client, keys))["number"] > broken["number"], "a number is of what was written, once"

    run(local_parts.redis_url, does)


@pytest.mark.parametrize("wrong_ms", [60_000, -60_000])
def test_where_the_writer_s_clock_is_wrong_none_is_believed(local_parts: LocalParts, keys: Keys, wrong_ms: int) -> None:
    async def does(client: Client) -> None:
        part, is_wrong = one_part(visit("a", START_MS)), [0]
        shows = publisher(client, keys, [part], wrong_ms=lambda: is_wrong[0])
        await shows.publish()
        assert await waiting(client, keys) == 1
        is_wrong[0] = wrong_ms
        part.fold(visit("b", START_MS))
        await shows.publish()
        assert await client.get(keys.now) is None and await waiting(client, keys) is None
        is_wrong[0] = 0
        await shows.publish()
        assert await waiting(client, keys) == 2 and await wrong(client, keys) == {}

    run(local_parts.redis_url, does)


def test_of_a_state_that_is_not_served_there_are_none(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        green_keys = Keys(keys.namespace, "green")
        main = publisher(client, keys, [one_part(visit("a", START_MS))], instance="main")
        green = publisher(client, green_keys, [one_part(visit("a", START_MS), visit("b", START_MS))], instance="green")
        await green.publish()
        assert await all_in_redis(client, keys) == {}
        await main.publish()
        await green.publish()
        assert await waiting(client, keys) == 1
        assert await Switch(client, keys).to("green", 1) == DONE
        await main.publish()
        assert await waiting(client, keys) == 1, "till the other writes"
        while green.latest is None:
            await green.publish()
            await asyncio.sleep(0.02)
        assert await waiting(client, keys) == 2 and await wrong(client, keys) == {}
        await main.publish()
        assert await waiting(client, keys) == 2

    run(local_parts.redis_url, does)


def test_keys_that_hold_something_else_are_written_over(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        for key in (keys.now, keys.now_of(HELSE)):
            await client.rpush(key, "x")
        await client.set(keys.now_keys, "x")
        shows = publisher(client, keys, [one_part(visit("a", START_MS))])
        await shows.publish()
        assert await waiting(client, keys) == 1 and await wrong(client, keys) == {}
        assert len(await client.smembers(keys.now_keys)) == len(await all_in_redis(client, keys))

    run(local_parts.redis_url, does)


@pytest.mark.fault(20)
def test_a_partition_whose_owner_is_dead_makes_those_of_its_channel_stale(local_parts: LocalParts, keys: Keys) -> None:
    async def does(client: Client) -> None:
        mine, others = one_part(visit("a", START_MS)), Part("t-1")
        await announce(client, keys, [mine, others])
        first = publisher(client, keys, [mine], instance="first")
        second = publisher(client, keys, [others], instance="second")
        await first.publish()
        await second.publish()
        await first.publish()
        assert await waiting(client, keys) == 1
        await client.pexpire(keys.partition("t-1").view, 0)  # its owner wrote none for so long
        await first.publish()
        small = await read_small(client, keys, HELSE, START_MS)
        assert small is not None and (small["state"], small["waiting"]) == ("stale", None)
        assert await wrong(client, keys) == {}

    run(local_parts.redis_url, does)


# --- between two snapshots


def test_what_an_event_changed_is_written_before_the_next_snapshot(local_parts: LocalParts, keys: Keys) -> None:
    """
    snapshot   | of one who waits |                            | of all |
    small                         | of two who wait | of three |
    """

    async def does(client: Client) -> None:
        part, other = one_part(visit("a", START_MS)), Part("c-0", channel="chat")
        other.fold(visit("c", START_MS, line="chat/personbruker/helse"))
        shows = publisher(client, keys, [part, other], reader=Reading(channel_of={"t": "phone", "c": "chat"}))
        await shows.publish()
        before = await client.get(keys.snapshot), await said(client, keys)
        async with listening(client, keys) as heard:
            for n in (2, 3):
                part.fold(visit(f"b{n}", START_MS))
                await shows.look()
                assert (await waiting(client, keys), await waiting(client, keys, GROUP)) == (n, n)
                assert sorted(await heard.names()) == [GROUP, HELSE], "no other is made, or written"
            other.fold(visit("d", START_MS, line="chat/personbruker/helse"))
            await shows.look()
            assert sorted(await heard.names()) == ["chat/personbruker", "chat/personbruker/helse"]
            await shows.look()
            assert await heard.names() == [], "nothing has happened"
        assert await client.get(keys.snapshot) == before[0]
        after = await said(client, keys)
        assert (after["until_ms"], after["number"]) == (before[1]["until_ms"], before[1]["number"] + 3)
        assert 0 < await client.pttl(keys.now) <= FRESH_S * 1000, "none may be believed for longer by that"
        await shows.publish()
        assert await wrong(client, keys) == {} and await waiting(client, keys) == 3

    run(local_parts.redis_url, does)


def test_where_many_lines_have_changed_the_look_leaves_them_to_the_snapshot(
    local_parts: LocalParts, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nothing is held up by it; and what is left is lost by nobody."""
    monkeypatch.setattr("streams.serve.publisher.MOST_LOOKED_AT", 1)

    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS - 3000), visit("b", START_MS - 2000, line=ARBEID))
        shows = publisher(client, keys, [part])
        await shows.publish()
        part.fold(visit("c", START_MS - 1000))
        await shows.look()
        assert await waiting(client, keys) == 2, "of one line it tells"
        part.fold([*visit("d", START_MS), *visit("e", START_MS, line=ARBEID)])
        await shows.look()
        assert (await waiting(client, keys), await waiting(client, keys, ARBEID)) == (2, 1)
        await shows.publish()
        assert (await waiting(client, keys), await waiting(client, keys, ARBEID)) == (3, 2)
        assert await wrong(client, keys) == {}

    run(local_parts.redis_url, does)


def test_who_comes_first_in_the_morning_is_written_at_once_too(local_parts: LocalParts, keys: Keys) -> None:
    """Dated far ahead of all else in the partition: it waits to be counted, touches no line, and is shown."""

    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS - 3 * 3_600_000))
        shows = publisher(client, keys, [part])
        await shows.publish()
        (entry,) = visit("b", START_MS)
        fold(part.state, [Record(part.state.offset, START_MS, orjson.dumps(entry), CREATE_TIME)])
        part.touched.add(part.state.take_touched())
        assert len(part.state.ahead) == 1 and not part.touched.lines
        await shows.look()
        assert await waiting(client, keys) == 2

    run(local_parts.redis_url, does)


@pytest.mark.fault(2)
@pytest.mark.parametrize("why", ["another writes", "nobody does", "another state is served", "its clock is wrong"])
def test_who_is_not_the_writer_any_more_writes_nothing_in_between(
    local_parts: LocalParts, keys: Keys, why: str
) -> None:
    async def does(client: Client) -> None:
        part, is_wrong = one_part(visit("a", START_MS)), [0]
        shows = publisher(client, keys, [part], wrong_ms=lambda: is_wrong[0])
        await shows.publish()
        if why == "another writes":
            await client.set(keys.publisher, "another", px=3000)
        elif why == "nobody does":
            await client.delete(keys.publisher)
        elif why == "another state is served":
            await client.set(Keys(keys.namespace, "green").publisher, "its writer", px=3000)
            assert await Switch(client, keys).to("green", 1) == DONE
        else:
            is_wrong[0] = 60_000
        written = await client.mget(keys.now, keys.now_of(HELSE), keys.publisher)
        part.fold(visit("b", START_MS))
        await shows.look()
        assert await client.mget(keys.now, keys.now_of(HELSE), keys.publisher) == written

    run(local_parts.redis_url, does)


@pytest.mark.fault(5)
@pytest.mark.parametrize("what", ["forgot it", "went back", "was not reached", "gave no answer"])
def test_what_a_step_in_between_could_not_tell_is_in_the_next_snapshot_s(
    local_parts: LocalParts, keys: Keys, what: str
) -> None:
    async def does(client: Client) -> None:
        part = one_part(visit("a", START_MS))
        shows = publisher(client, keys, [part])
        await shows.publish()
        publishes = shows._writer._publish

        async def breaks(**given: Any) -> Any:
            if what == "gave no answer":
                await publishes(**given)
            raise RedisConnectionError

        part.fold(visit("b", START_MS))
        if what in ("was not reached", "gave no answer"):
            shows._writer._publish = breaks  # type: ignore[assignment]
            await shows._tried(shows.look)
            assert shows.outage.is_on and shows.latest is None
            shows._writer._publish = publishes
        else:
            if what == "forgot it":
                await client.delete(keys.now)
            else:
                await client.set(keys.now, b"said before", px=5000)
            await shows.look()
            assert await client.get(keys.now_of(HELSE)) is not None
            small: Any = await client.get(keys.now_of(HELSE))
            assert orjson.loads(small)["waiting"] == 1, "it is not known what is there"
        await shows.publish()
        assert await wrong(client, keys) == {} and await waiting(client, keys) == 2

    run(local_parts.redis_url, does)


@pytest.mark.parametrize("snapshots", [2, 10])
def test_the_snapshot_has_a_pace_of_its_own_and_the_small_are_written_in_between(
    local_parts: LocalParts, keys: Keys, snapshots: int
) -> None:
    """An event each hundredth of a second: so many snapshots are made of them in a second, and at least half."""

    async def does(client: Client) -> None:
        part = Part("t-0")
        shows = publisher(client, keys, [part], whole_every_s=1 / snapshots)
        async with client.pubsub(ignore_subscribe_messages=True) as listens:
            await listens.subscribe(keys.snapshot, keys.now_of(HELSE))
            for _ in range(2):
                await listens.get_message(timeout=5)  # that it listens now
            began, running = time.monotonic(), asyncio.create_task(shows.run())
            for n in range(100):
                async with part.busy:
                    part.fold(visit(f"{n}", START_MS))
                shows.notify()
                await asyncio.sleep(0.01)
            async with asyncio.timeout(10):
                while await waiting(client, keys) != 100:  # noqa: ASYNC110  # as a reader would
                    await asyncio.sleep(0)
            running.cancel()
            took_s, heard = time.monotonic() - began, []
            while (message := await listens.get_message(timeout=0.2)) is not None:
                heard.append(message["channel"].decode())
        assert snapshots / 2 <= heard.count(keys.snapshot) <= took_s * snapshots + 2
        if snapshots == 2:
            assert heard.count(keys.now_of(HELSE)) > 2 * heard.count(keys.snapshot)

    run(local_parts.redis_url, does)


# --- any course


@dataclass
class Course:
    """Two partitions of one topic, one of another, and a publisher, through whatever a test does to them."""

    client: Client
    keys: Keys
    now_ms: int = START_MS
    parts: list[Part] = field(default_factory=lambda: [Part("t-0"), Part("t-1"), Part("c-0", channel="chat")])
    lines: tuple[str, ...] = (HELSE, ARBEID, "phone/samhandler/kommune", "phone/personbruker/ukjent")
    visits: list[tuple[int, str, int, str]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)  # parts that nobody shows

    def __post_init__(self) -> None:
        self.reading = Reading(channel_of={"t": "phone", "c": "chat"})
        self.shows = self.worker("one")

    def worker(self, instance: str) -> Publisher:
        def owned() -> Mapping[str, Part]:
            return {part.name: part for n, part in enumerate(self.parts) if n not in self.gone}

        return publisher(self.client, self.keys, [], self.now_ms, instance, owned, reader=self.reading, by=BY)

    async def do(self, what: str, n: int) -> None:
        await getattr(self, what)(n)

    async def enters(self, n: int) -> None:
        part, line = n % 3, self.lines[n % 4]
        line = line.replace("phone", "chat") if part == 2 else line
        self.visits.append((part, f"v{len(self.visits)}", self.now_ms, line))
        self.parts[part].fold(visit(self.visits[-1][1], self.now_ms, line=line))

    async def is_answered(self, n: int) -> None:
        await self._ends(n, "queue.answered")

    async def gives_up(self, n: int) -> None:
        await self._ends(n, "queue.abandoned")

    async def _ends(self, n: int, how: str) -> None:
        if self.visits:
            part, who, entered_ms, line = self.visits.pop(n % len(self.visits))
            self.parts[part].fold(visit(who, entered_ms, (how, self.now_ms - entered_ms), line=line)[1:])

    async def time_goes_by(self, n: int) -> None:
        self.now_ms += [1000, 10_000, 60_000, 1_800_000, 6 * 3_600_000][n % 5]
        self.shows._clock = clock_at(self.now_ms)

    async def is_unread(self, n: int) -> None:
        self.reading.unread = () if self.reading.unread else (self.parts[n % 3].name,)

    async def is_rebuilt(self, n: int) -> None:
        part = self.parts[n % 3]
        part.rebuilding = (1, 2) if part.rebuilding is None else None

    async def is_missed(self, n: int) -> None:
        self.gone = set() if self.gone else {n % 3}
        await self.client.sadd(self.keys.partitions, *(part.name for part in self.parts))

    async def is_taken_over(self, n: int) -> None:
        await self.client.delete(self.keys.publisher)
        self.shows = self.worker(f"another-{n}")

    async def looks(self, n: int) -> None:
        await self.shows.look()

    async def publishes(self, n: int) -> None:
        await self.shows.publish()
        assert await wrong(self.client, self.keys) == {}
        assert await read_small(self.client, self.keys, HELSE, self.now_ms)


DOES = [name for name in vars(Course) if not name.startswith("_") and name not in vars(Course)["__annotations__"]]
STEPS = st.tuples(
    st.sampled_from([*("enters", "is_answered", "gives_up", "looks", "publishes", "time_goes_by") * 3, *DOES]),
    st.integers(0, 59),
).filter(lambda step: step[0] not in ("do", "worker"))


def test_after_any_course_they_say_what_the_whole_says(local_parts: LocalParts) -> None:
    def through(does: Callable[[Client], Any]) -> None:
        run(local_parts.redis_url, does)

    @settings(max_examples=examples(40), deadline=None)
    @given(st.lists(STEPS, min_size=1, max_size=30))
    def any_course(steps: list[tuple[str, int]]) -> None:
        async def does(client: Client) -> None:
            course = Course(client, Keys(f"test-{uuid.uuid4().hex[:8]}"))
            for what, n in [*steps, ("publishes", 0)]:
                await course.do(what, n)

        through(does)

    any_course()
