"""Who keeps the scorecard: when, for how long, and what becomes of it where it cannot be added up."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import msgspec
import pytest
import redis

import config
from streams.core.fold import fold
from streams.ingest.store import Store
from streams.keys import Keys
from streams.local import LocalParts
from streams.past.keeper import AGAIN_S, EVERY_S, GONE_AFTER_S, Scorecards
from streams.past.scorecard import Burn
from streams.past.scorecard_document import Scorecard
from streams.past.scorecard_metrics import families_of
from streams.redis_client import Client
from streams.serve.configuration import Configured
from streams.serve.documents import Snapshot
from streams.settings import Settings
from tests.events import Event, records, visit
from tests.generate.sample import later
from tests.past.test_scorecard import MINUTE
from tests.serve.publishing import run

pytestmark = pytest.mark.real

CENTRE = config.load()
BY = Configured(CENTRE, CENTRE.rules(b"a key"), {})


class World:
    """A worker's scorecards, with its clock, its snapshot, and what goes wrong."""

    def __init__(self, redis_url: str, namespace: str) -> None:
        self.now, self.document, self.fails = 1000.0, later(), False
        self.keys, self.redis = Keys(namespace), redis.Redis.from_url(redis_url)
        self.url = redis_url
        self.settings = Settings(redis_url=redis_url, namespace=namespace)  # type: ignore[call-arg, arg-type]
        self.kept = Scorecards(self.settings, self.keys, self._configured, self._snapshot, lambda: self.now)
        self.shown: Snapshot | None = self.document
        self.asked = self.looks = 0

    def _snapshot(self) -> Snapshot | None:
        self.looks += 1
        return self.shown

    def _configured(self) -> Configured:
        self.asked += 1
        if self.fails:
            raise ValueError("whatever goes wrong")
        return BY

    def in_redis(self) -> Scorecard | None:
        packed = self.redis.get(self.keys.scorecard)
        return msgspec.json.decode(packed, type=Scorecard) if isinstance(packed, bytes) else None


async def until(true: Callable[[], bool], what: str) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - on a condition, with a deadline
            await asyncio.sleep(0.01)
    assert true(), what


@pytest.fixture
def world(local_parts: LocalParts) -> Iterator[World]:
    made = World(local_parts.redis_url, f"keeper-{uuid.uuid4()}")
    yield made
    made.redis.close()


@contextmanager
def running(world: World) -> Iterator[asyncio.Task[None]]:
    task = asyncio.get_running_loop().create_task(world.kept.run())
    try:
        yield task
    finally:
        task.cancel()


def test_it_is_kept_while_this_process_writes_the_snapshot(world: World) -> None:
    async def does() -> None:
        with running(world) as task:
            await until(lambda: world.kept.latest is not None, "it is kept")
            assert world.in_redis() == world.kept.latest
            world.shown = None
            assert world.kept.latest is None, "another writes it now"
            assert not task.done()

    asyncio.run(does())


def test_none_is_made_while_much_is_still_to_be_read(world: World) -> None:
    async def does() -> None:
        world.shown = msgspec.structs.replace(world.document, status="catching_up")
        with running(world):
            await until(lambda: world.looks > 2, "it has looked")
            assert world.asked == 0 and world.in_redis() is None
            world.shown = world.document
            await until(lambda: world.kept.latest is not None, "it has caught up")

    asyncio.run(does())


def test_what_cannot_be_made_is_told_ends_nothing_and_is_gone_after_a_while(world: World) -> None:
    async def does() -> None:
        with running(world) as task:
            await until(lambda: world.kept.latest is not None, "it is kept")
            world.fails, asked = True, world.asked
            world.now += EVERY_S
            await until(lambda: world.asked > asked, "it is tried again")
            assert world.kept.latest is not None, "it is as of a minute ago"
            world.now += GONE_AFTER_S
            assert world.kept.latest is None, "nothing is better than something old"
            world.fails = False
            await until(lambda: world.kept.latest is not None, "it is added up again")
            assert not task.done()

    asyncio.run(does())


# --- how fast the year's budget is spent

NOW = later().as_of_ms  # a Tuesday, 11:20 in Oslo
MEAN = "phone-personbruker-mean"


def calls(n: int, ago_ms: int, wait_ms: int) -> list[Event]:
    """So many, answered so long ago after such a wait."""
    each = (visit(f"{ago_ms}-{who}", NOW - ago_ms - wait_ms, ("queue.answered", wait_ms)) for who in range(n))
    return sorted((one for call in each for one in call), key=lambda one: one["occurred_at"])


async def counted(client: Client, world: World, log: list[Event], to_come: int = 0) -> None:
    """One partition of the phone's, as a worker leaves it in Redis; while records are to come it is not whole."""
    store = Store(client, world.keys, BY.rules, "one")
    owned = await store.claim("phone-0", None)
    await store.begin(owned, 0, log_end=len(log) + to_come)
    changes = fold(owned.state, records(log, NOW))
    assert await store.commit("phone-0", store.pack(owned, changes, now_ms=1)) == ("ok", len(log))


def burn_of(card: Scorecard | None) -> Burn:
    assert card is not None
    (burn,) = (one.burn for one in card.promises if one.id == MEAN)
    assert burn is not None
    return burn


async def first(world: World) -> Scorecard:
    with running(world):
        await until(lambda: world.kept.latest is not None, "it is kept")
    assert world.kept.latest is not None
    return world.kept.latest


HOURS = 60 * MINUTE
LOG = [*calls(60, 20 * HOURS, 420_000), *calls(30, 3 * HOURS, 1_260_000), *calls(20, 30 * MINUTE, 840_000)]


def test_the_burn_is_of_the_latest_quarters(world: World) -> None:
    """A day has 60 of just what is allowed, thirty of thrice that and twenty of twice: 190 / 110. Of the last two hours
    are the twenty. In a week are no 250. A day later nothing of it is left.
    """

    async def does(client: Client) -> None:
        await counted(client, world, LOG)
        burn = burn_of(await first(world))
        assert (burn.week, burn.two_hours, burn.too_fast) == (None, 2.0, True)
        assert burn.day == pytest.approx(190 / 110)
        world.shown = msgspec.structs.replace(world.document, as_of_ms=NOW + 24 * HOURS)
        world.now += EVERY_S
        with running(world):
            await until(lambda: (of := world.kept.latest) is not None and of.as_of_ms > NOW, "it is made again")
        assert burn_of(world.kept.latest) == Burn(week=None, day=None, two_hours=None, too_fast=False)

    run(world.url, does)


def test_while_a_partition_is_rebuilt_nothing_is_known_of_it(world: World) -> None:
    async def does(client: Client) -> None:
        await counted(client, world, LOG, to_come=1)
        card = await first(world)
        assert (card.not_whole, card.promises) == (["phone-0"], [])
        assert not [one for one in families_of(card) if one.name == "svartid_promise_burn_too_fast" and one.samples]

    run(world.url, does)


def test_what_is_not_whole_yet_is_added_up_again_soon_and_then_less_often(world: World) -> None:
    async def does(client: Client) -> None:
        await counted(client, world, LOG, to_come=1)
        with running(world):
            await until(lambda: world.kept.latest is not None, "it is kept")
            for waits_s in (AGAIN_S, 2 * AGAIN_S):
                asked, looks = world.asked, world.looks
                world.now += waits_s - 1
                await until(partial(lambda looks: world.looks > looks + 2, looks), "it has looked")
                assert world.asked == asked
                world.now += 1
                await until(partial(lambda asked: world.asked > asked, asked), "it is added up again")
                await until(lambda: world.kept._kept_at == world.now, "it is kept")

    run(world.url, does)


@pytest.mark.parametrize(("of", "day", "too_fast"), [("chat", True, True), ("phone", False, None)])
def test_while_a_partition_of_its_channel_is_missing_nothing_of_now_is_known(
    of: str, day: bool, too_fast: bool | None, world: World
) -> None:
    async def does(client: Client) -> None:
        await counted(client, world, LOG)
        feeds = world.document.feeds.items()
        missing = {name: msgspec.structs.replace(feed, missing=int(name == of)) for name, feed in feeds}
        world.shown = msgspec.structs.replace(world.document, feeds=missing)
        burn = burn_of(await first(world))
        assert (burn.day is not None, burn.too_fast) == (day, too_fast)

    run(world.url, does)
