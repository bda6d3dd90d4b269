"""Who keeps the scorecard: when, for how long, and what becomes of it where it cannot be added up."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest
import redis

import config
from streams.keys import Keys
from streams.local import LocalParts
from streams.past.keeper import EVERY_S, GONE_AFTER_S, Scorecards
from streams.past.scorecard_document import Scorecard
from streams.serve.configuration import Configured
from streams.serve.documents import Snapshot
from streams.settings import Settings
from tests.generate.sample import later

pytestmark = pytest.mark.real

CENTRE = config.load()
BY = Configured(CENTRE, CENTRE.rules(b"a key"), {})


class World:
    """A worker's scorecards, with its clock, its snapshot, and what goes wrong."""

    def __init__(self, redis_url: str, namespace: str) -> None:
        self.now, self.document, self.fails = 1000.0, later(), False
        self.keys, self.redis = Keys(namespace), redis.Redis.from_url(redis_url)
        settings = Settings(redis_url=redis_url, namespace=namespace)  # type: ignore[call-arg, arg-type]
        self.kept = Scorecards(settings, self.keys, self._configured, self._snapshot, lambda: self.now)
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
