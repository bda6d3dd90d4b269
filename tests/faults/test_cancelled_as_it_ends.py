"""Row 31: a task is cancelled at the moment when what it waited for is there. It ends, and nothing of it goes on.

On Python 3.11 `asyncio.wait_for` forgets such a cancellation; ours is `asyncio.timeout`, and ruff refuses the other.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from streams.keys import Keys
from streams.local import Valkey
from streams.redis_client import Client
from streams.serve.follower import Follower
from tests.events import START_MS
from tests.faults.running import Note
from tests.serve.publishing import Part, publisher, run, visit

pytestmark = [pytest.mark.real, pytest.mark.fault(31)]

MOST_STEPS = 20  # of the loop: more than any of these takes from what happens to what is done about it
ENDS_WITHIN_S = 3.0
Running = Coroutine[Any, Any, Any]
Happens = Callable[[], Awaitable[object] | None]


async def ends_wherever_it_is(begin: Callable[[], tuple[Running, Happens]]) -> None:
    """Cancelled after each number of the loop's steps since that happened which it waits for."""
    for steps in range(MOST_STEPS):
        running, happens = begin()
        task = asyncio.create_task(running)
        await asyncio.sleep(0.04)  # it waits by now; where not, other steps are tried
        assert not task.done()
        happening = happens()
        if happening is not None:
            await happening
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=ENDS_WITHIN_S)
        assert task.done(), f"cancelled {steps} steps after what it waited for, it went on"


async def looks_for_ever(follower: Follower) -> None:
    """As a board does."""
    while True:
        await follower.news(60)


async def reads_for_ever(follower: Follower) -> None:
    """As whoever asks Redis and does nothing else: each of its steps is redis-py's."""
    while True:
        await follower.read()


@pytest.mark.parametrize("what", ["a board", "a reader", "a follower", "a publisher"])
def test_it_ends(own_redis: Valkey, what: str, record_property: Note) -> None:
    keys = Keys(f"test-{uuid.uuid4().hex[:8]}")

    async def does(client: Client) -> None:
        def begin() -> tuple[Running, Happens]:
            follower = Follower(client, keys)
            if what == "a board":
                return looks_for_ever(follower), follower.read
            if what == "a reader":
                return reads_for_ever(follower), lambda: None
            if what == "a follower":
                return follower.run(), lambda: client.publish(keys.snapshot, b"{}")
            part = Part("t-0")
            part.fold(visit(1, 0))
            shows = publisher(client, keys, [part], START_MS)
            return shows.run(), shows.notify

        await ends_wherever_it_is(begin)

    run(own_redis.url, does)
    record_property("tries", MOST_STEPS)
